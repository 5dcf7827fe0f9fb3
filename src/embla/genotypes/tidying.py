"""The sweeper: delete what no state needs. Runs only in the store's own turn, so never under a writer's feet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from embla.errors import NotFound
from embla.genotypes.files.genomes import GenomeTable
from embla.genotypes.files.manifest import ManifestId
from embla.genotypes.packs import pack_file

if TYPE_CHECKING:
    from embla.genotypes.store import CohortStore

WORK: Final = "work/"  # what workers hand to their driver; no state names it
# Not lexicons/: packs cannot be read without theirs, and only they know which it is.
_PLACES: Final = ("manifests/", "segments/", "genomes/", "packs/", "tombstones/", WORK)


def tidy(store: CohortStore, current: ManifestId, keep: Iterable[ManifestId]) -> list[str]:
    """Delete every file that neither `current` nor the states in `keep` need; returns their names.

    A removed genome's pack stays while its row is only masked, and goes when compaction has dropped the row; its key
    goes with the genome, or here if a crash left it. Raises when `current` cannot be read: then nothing is deleted.
    """
    needed, counted = _needed(store, current)
    for ident in keep:
        try:
            files, packs = _needed(store, ident)
        except NotFound:
            continue
        needed |= files
        counted |= packs
    found = [name for place in _PLACES for name in store.folder.list(place)]
    # The manifests go first: a sweep that dies half way leaves files nobody names, never a state with holes.
    deleted = [name for name in found if name not in needed]
    for name in deleted:
        store.check_turn()
        store.folder.delete(name)
    store.check_turn()
    store.packs.keys.destroy([digest for digest in store.packs.keys.digests() if digest not in counted])
    # No writer is alive while we hold the LOCK, so every temporary file is a dead one's.
    store.folder.sweep(0)
    return deleted


def destroy_orphan_keys(store: CohortStore, current: ManifestId) -> int:
    """Destroy keys of packs that no genome of this state needs: a crash between a removal and its key's end left them.
    Returns how many. Only under the store's LOCK."""
    _, counted = _needed(store, current)
    left = [digest for digest in store.packs.keys.digests() if digest not in counted]
    store.packs.keys.destroy(left)
    return len(left)


def _needed(store: CohortStore, ident: ManifestId) -> tuple[set[str], set[str]]:
    """The files of a state, and the digests of the packs of genomes that count in it."""
    manifest = store.manifest(ident)
    files = {ident.file, *manifest.files}
    counted: set[str] = set()
    stones = store.tombstones(manifest)
    for segment in manifest.segments:
        table = GenomeTable(store.folder.open(segment.table), segment.table)
        files.update(pack_file(digest) for digest in table.packs)
        removed = set(stones.get(segment.number, ()))
        counted.update(digest for ordinal, digest in enumerate(table.packs) if ordinal not in removed)
    return files, counted
