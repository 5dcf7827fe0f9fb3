"""The sweeper: delete what no state needs. Runs only under the store's LOCK, so never under a writer's feet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from embla.errors import NotFound
from embla.genotypes.files.genomes import GenomeTable
from embla.genotypes.files.manifest import ManifestId
from embla.genotypes.staging import pack_file

if TYPE_CHECKING:
    from embla.genotypes.store import CohortStore

_PLACES: Final = ("manifests/", "segments/", "genomes/", "packs/", "tombstones/")


def tidy(store: CohortStore, keep: set[ManifestId]) -> list[str]:
    """Delete every file that none of the states in `keep` needs; returns their names.

    A removed genome's pack stays while its row is only masked, and goes when compaction has dropped the row.
    """
    needed: set[str] = set()
    for ident in keep:
        try:
            manifest = store.manifest(ident)
        except NotFound:
            continue
        needed.add(ident.file)
        needed.update(manifest.files)
        for segment in manifest.segments:
            table = GenomeTable(store.folder.open(segment.table), segment.table)
            needed.update(pack_file(digest) for digest in table.packs)
    if not needed:
        return []
    # The manifests go first: a sweep that dies half way leaves files nobody names, never a state with holes.
    found = [name for place in _PLACES for name in store.folder.list(place)]
    deleted = [name for name in found if name not in needed]
    for name in deleted:
        store.folder.delete(name)
    # No writer is alive while we hold the LOCK, so every temporary file is a dead one's.
    store.folder.sweep(0)
    return deleted
