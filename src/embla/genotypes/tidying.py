"""The sweeper: delete what no state needs. Runs only under the store's LOCK, so never under a writer's feet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from embla.errors import NotFound
from embla.genotypes.files.genomes import GenomeTable
from embla.genotypes.files.manifest import ManifestId
from embla.genotypes.staging import pack_file

if TYPE_CHECKING:
    from embla.genotypes.store import CohortStore

_PLACES: Final = ("manifests/", "segments/", "genomes/", "packs/", "tombstones/")


def tidy(store: CohortStore, current: ManifestId, keep: Iterable[ManifestId]) -> list[str]:
    """Delete every file that neither `current` nor the states in `keep` need; returns their names.

    A removed genome's pack stays while its row is only masked, and goes when compaction has dropped the row. Raises
    when `current` cannot be read: then nothing is deleted.
    """
    needed = _needed(store, current)
    for ident in keep:
        try:
            needed |= _needed(store, ident)
        except NotFound:
            continue
    found = [name for place in _PLACES for name in store.folder.list(place)]
    # The manifests go first: a sweep that dies half way leaves files nobody names, never a state with holes.
    deleted = [name for name in found if name not in needed]
    for name in deleted:
        store.folder.delete(name)
    # No writer is alive while we hold the LOCK, so every temporary file is a dead one's.
    store.folder.sweep(0)
    return deleted


def _needed(store: CohortStore, ident: ManifestId) -> set[str]:
    manifest = store.manifest(ident)
    files = {ident.file, *manifest.files}
    for segment in manifest.segments:
        table = GenomeTable(store.folder.open(segment.table), segment.table)
        files.update(pack_file(digest) for digest in table.packs)
    return files
