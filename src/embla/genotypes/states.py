"""The states of a store that are open, and the immutable files that they share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Final

from embla.errors import Broken
from embla.genotypes.files.genomes import GenomeTable
from embla.genotypes.files.manifest import BlobEntry, ManifestId
from embla.genotypes.files.segment import SegmentReader
from embla.genotypes.places import open_segment
from embla.genotypes.view import LiveSegment, View
from embla.storage import Blocks, Storage

if TYPE_CHECKING:
    from embla.genotypes.store import CohortStore

_OPEN: Final = 2


class OpenStates:
    """The last two states stay open, with their files; safe between threads. `cache` has blocks of a bucket's files."""

    def __init__(self, folder: Storage, cache: Blocks | None) -> None:
        self._folder, self._cache = folder, cache
        self._readers: dict[str, Any] = {}
        self._views: dict[ManifestId, View] = {}
        self._guard = threading.Lock()

    def find(self, ident: ManifestId) -> View | None:
        """The view of a state, if it is open."""
        return self._views.get(ident)

    def open(self, store: CohortStore, ident: ManifestId) -> View:
        """Open a state. Raises NotFound where a file of it was swept away, Broken for damage."""
        manifest = store.manifest(ident)
        offset, segments = 0, []
        for entry in manifest.segments:
            blobs = tuple((frozenset(blob.contigs), self._segment(blob)) for blob in entry.blobs)
            table = self._reader(entry.table, lambda file: GenomeTable(self._folder.open(file), file))
            if len(table) != entry.genomes or any(reader.n_genomes != entry.genomes for _, reader in blobs):
                raise Broken(f"segment {entry.number} does not hold the genomes its manifest says.")
            segments.append(LiveSegment(entry.number, offset, table, blobs))
            offset += entry.genomes
        view = View(store, ident, manifest, segments, store.tombstones(manifest))
        self._remember(view)
        return view

    def forget(self, files: Collection[str]) -> None:
        """These files were deleted: no state that needs one stays open."""
        gone = set(files)
        with self._guard:
            for view in [v for v in self._views.values() if gone.intersection(v.content.files)]:
                del self._views[view.manifest]
            for file in gone:
                self._readers.pop(file, None)

    def _remember(self, view: View) -> None:
        """Keep the last two states open, and let go of the files of older ones: a file that was deleted is on the disk
        as long as somebody has it mapped, and a removed person's calls with it."""
        with self._guard:
            self._views[view.manifest] = view
            for old in list(self._views)[:-_OPEN]:
                del self._views[old]
            used = {file for v in self._views.values() for file in v.content.files}
            for file in [file for file in self._readers if file not in used]:
                del self._readers[file]
            if self._cache is not None:
                blobs = (b for v in self._views.values() for s in v.content.segments for b in s.blobs)
                self._cache.keep_only(frozenset(blob.digest for blob in blobs))

    def _segment(self, blob: BlobEntry) -> SegmentReader:
        def open_blob(file: str) -> SegmentReader:
            return SegmentReader(open_segment(self._folder, file, blob.digest, blob.size, self._cache), file)

        reader: SegmentReader = self._reader(blob.file, open_blob)
        return reader

    def _reader(self, file: str, open_file: Callable[[str], Any]) -> Any:
        """Immutable files stay open between views."""
        reader = self._readers.get(file)
        if reader is None:
            opened = open_file(file)
            with self._guard:
                reader = self._readers.setdefault(file, opened)
        return reader
