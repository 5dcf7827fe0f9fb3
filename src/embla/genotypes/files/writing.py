"""A segment on its way: encoded stretch by stretch, put together in order.

Encoding needs nothing but its own stretch, so it may happen anywhere, in any order; only putting together is one after
the other. The bytes are the same whoever encoded them.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from embla.genotypes.files import segment
from embla.genotypes.files.blob import BlobWriter
from embla.genotypes.files.columns import FAST, FITTED, SMALL, squeeze, squeeze_apart, to_planes
from embla.genotypes.files.runs import AIM, AIM_OF_MANY, Runs, encode_parts, encode_whole, take_apart
from embla.genotypes.files.segment import FRAME_INDEX, KIND, PART_INDEX, RUN_INDEX
from embla.genotypes.files.variants import Variants, encode

Bytes = bytes | memoryview


EncodedContig = tuple[
    str, int, Iterable[tuple[Bytes, "FrameFacts"]], Iterable[tuple[Bytes, "RunFacts"]]
]  # name, length, frames of variants, frames of runs


class FrameFacts(NamedTuple):
    """What the index says of one frame of variants."""

    first_key: int
    n_variants: int
    n_entries: int


class RunFacts(NamedTuple):
    """What the index says of one frame of runs: its first base, its window's size, whether each run fills it."""

    start: int
    level: int
    whole: bool
    n_runs: int


def encode_variants(chunk: Variants, n_genomes: int, per_frame: int = 0) -> Iterator[tuple[Bytes, FrameFacts]]:
    """The frames of a stretch of variants, in order of key, for a segment of so many genomes. `per_frame` 0: as long
    as is best."""
    # Few carriers per variant in small segments: longer frames, or a scan would pay for frames, not entries.
    # And plane frames are longer because planes have nearer neighbours among many.
    per_frame = per_frame or (512 if segment.SMALL_SEGMENT <= n_genomes < segment.PLANES_FROM else 2_048)
    if n_genomes < segment.PLANES_FROM or len(chunk.heteroplasmy):
        frames = encode(chunk, per_frame, SMALL if n_genomes >= 512 else FAST)
    else:
        # Compiled, and needed by whoever writes large segments only.
        from embla.genotypes.plane_writing import encode_all

        frames = encode_all(chunk, per_frame, FITTED, n_genomes)
    for frame in frames:
        yield frame.data, FrameFacts(frame.first_key, frame.n_variants, frame.n_entries)


def encode_runs(piece: Runs, length: int, n_genomes: int) -> Iterator[tuple[Bytes, RunFacts]]:
    """The frames of runs in whole 16 Mb windows of a contig of that length, for a segment of so many genomes."""
    many = n_genomes >= segment.PLANES_FROM
    for window in take_apart(piece, length, AIM_OF_MANY if many else AIM):
        if window.whole:
            sections = encode_whole(window.runs)
        else:
            sections = encode_parts(window.runs, window.start, window.level)
        yield (
            squeeze_apart(sections, FITTED if many else FAST),
            RunFacts(window.start, window.level, window.whole, len(window.runs)),
        )


class SegmentWriter:
    """Writes contigs one after another; `finish` gives the digest and the facts for the manifest."""

    def __init__(self, n_genomes: int) -> None:
        self.blob = BlobWriter(KIND)
        self.n_genomes = n_genomes
        self.per_frame = 0
        self.contigs: dict[str, Any] = {}
        self.n_entries = self.n_runs = 0

    def contig(self, name: str, length: int, chunks: Iterable[Variants], runs: Iterable[Runs]) -> None:
        """Write one contig. `chunks` in key order without overlap; `runs` in pieces of whole 16 Mb windows."""
        self.encoded_contig(
            name,
            length,
            (frame for chunk in chunks for frame in encode_variants(chunk, self.n_genomes, self.per_frame)),
            (frame for piece in runs for frame in encode_runs(piece, length, self.n_genomes)),
        )

    def encoded_contig(
        self,
        name: str,
        length: int,
        frames: Iterable[tuple[Bytes, FrameFacts]],
        runs: Iterable[tuple[Bytes, RunFacts]],
    ) -> None:
        """The same from frames that are encoded already, in the same order."""
        facts: dict[str, Any] = {"length": length}
        self._variants(facts, frames)
        self._runs(facts, runs)
        self.contigs[name] = facts

    def _variants(self, facts: dict[str, Any], frames: Iterable[tuple[Bytes, FrameFacts]]) -> None:
        rows: list[tuple[int, int, int, int]] = []
        for data, (first_key, n_variants, n_entries) in frames:
            offset, _ = self.blob.add(data)
            rows.append((first_key, offset, n_variants, n_entries))
        facts["variants"] = sum(row[2] for row in rows)
        facts["entries"] = sum(row[3] for row in rows)
        self.n_entries += facts["entries"]
        facts["frames_end"] = self.blob.size
        facts["frames"] = self._index(rows, FRAME_INDEX)

    def _runs(self, facts: dict[str, Any], frames: Iterable[tuple[Bytes, RunFacts]]) -> None:
        wide: dict[int, list[tuple[int, int, int]]] = {}
        parts: list[tuple[int, int, int, int]] = []
        for data, (start, level, whole, n) in frames:
            offset, _ = self.blob.add(data)
            if whole:
                wide.setdefault(level, []).append((start >> level, offset, n))
            else:
                parts.append((start, level, offset, n))
            self.n_runs += n
        facts["runs"] = sum(row[-1] for row in parts) + sum(row[-1] for rows in wide.values() for row in rows)
        facts["runs_end"] = self.blob.size
        facts["parts"] = self._index(sorted(parts), PART_INDEX)
        facts["levels"] = {str(level): self._index(sorted(some), RUN_INDEX) for level, some in sorted(wide.items())}

    def _index(self, rows: list[Any], columns: tuple[tuple[str, str], ...]) -> list[int]:
        """[offset, size, n] of an index of these columns."""
        table: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
        raw = b"".join(
            to_planes(np.array(values, dtype=dtype)) for values, (_, dtype) in zip(table, columns, strict=True)
        )
        offset, size = self.blob.add(squeeze(raw, 3))
        return [offset, size, len(rows)]

    def finish(self) -> str:
        """Write the directory; returns the SHA-256."""
        return self.blob.finish({"genomes": self.n_genomes, "contigs": self.contigs})
