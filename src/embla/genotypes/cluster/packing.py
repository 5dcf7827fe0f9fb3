"""What workers do for an add: read a file into packs, and make the frames of a segment from packs.

Packs travel through `work/`. Keys do not: a pack is sealed by the driver, once it is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from embla.errors import BadInput, EmblaError, Refused
from embla.genome import GRCH38
from embla.genotypes.cluster.handing import Handed, hand_over, receive
from embla.genotypes.cluster.site import Site
from embla.genotypes.files.genomes import Genome
from embla.genotypes.files.packfile import PackFile
from embla.genotypes.files.runs import Runs
from embla.genotypes.files.writing import Bytes, FrameFacts, RunFacts
from embla.genotypes.merging import Part
from embla.genotypes.prints import Print
from embla.genotypes.reading import ReadReport, SampleSpec, read_genomes
from embla.genotypes.readying import Needs, contigs_of, light_of
from embla.genotypes.staging import encoded

if TYPE_CHECKING:
    from embla.genotypes.store import CohortStore

_PRINT: Final = np.dtype([("order", "<u8"), ("contig", "u1"), ("key", "<u8"), ("entry", "<u2")])


@dataclass(frozen=True)
class FileJob:
    """A job: the samples wanted of one file. `reference` is the digest of the FASTA that the driver reads against."""

    specs: tuple[SampleSpec, ...] = field(repr=False)  # a scheduler writes what it shows into logs
    reference: str


@dataclass(frozen=True)
class ReadGenome:
    """What a worker says of one sample. `handed` is its print, then its pack's file; None where it has a `problem`."""

    row: Genome = field(repr=False)
    size: int
    problem: EmblaError | None
    handed: Handed | None
    report: ReadReport = field(repr=False)


def read_file(store: CohortStore, site: Site, job: FileJob) -> list[ReadGenome]:
    """On a worker: samples of a file become packs in `work/`."""
    for path in {path for spec in job.specs for path in (spec.path, spec.bed) if path is not None}:
        if not path.is_file():
            raise BadInput("a worker finds no such file.", path=str(path), mend="Use a folder that all machines share.")
    own = store.about.reference_digest if store.reference is not None else ""
    if own != job.reference:
        raise Refused(
            "a worker does not read against the same reference as the driver.",
            mend=f"Put {store.about.reference} where every machine finds it.",
        )
    answers = []
    needs = Needs(store.about.assembly, store.policy.digest(), own, store.packs.newest_lexicon())
    for read in read_genomes(job.specs, needs.begin, assembly=GRCH38, reference=store.reference, policy=store.policy):
        ready = read.made
        with ready.blob:
            handed = None
            if ready.problem is None:
                handed = hand_over(store.folder, site.token, _with_print(ready.print(), ready.chunks()))
        answers.append(ReadGenome(ready.row, ready.size, ready.problem, handed, read.report))
    return answers


@dataclass(frozen=True)
class SegmentJob:
    """A job: the packs of a segment, in the order of their ordinals."""

    packs: tuple[Handed, ...]


@dataclass(frozen=True)
class SegmentFrames:
    """What a worker says of a segment: the frames of each contig, in order, lie in `handed` one after another."""

    handed: Handed
    contigs: list[tuple[str, list[FrameFacts], list[RunFacts]]]


def encode_segment(store: CohortStore, site: Site, job: SegmentJob) -> SegmentFrames:
    """On a worker: the frames of a segment, contig by contig."""
    lexicon = store.packs.lexicon
    lights = [_PackLight(PackFile(_joined(receive(store.folder, one)[1:]), one.name, lexicon)) for one in job.packs]
    facts: list[tuple[str, list[FrameFacts], list[RunFacts]]] = []

    def frames() -> Iterator[Bytes]:
        for name, _, variants, runs in encoded(contigs_of(lights), len(lights)):
            own: tuple[str, list[FrameFacts], list[RunFacts]] = (name, [], [])
            facts.append(own)
            for data, frame in variants:
                own[1].append(frame)
                yield data
            for data, piece in runs:
                own[2].append(piece)
                yield data

    return SegmentFrames(hand_over(store.folder, site.token, frames()), facts)


@dataclass(frozen=True)
class _PackLight(Mapping[str, tuple[Part, Runs]]):
    """A pack's entries and runs, decoded contig by contig as they are asked for."""

    pack: PackFile

    def __getitem__(self, contig: str) -> tuple[Part, Runs]:
        return light_of(self.pack.contig(contig), self.pack.callability, GRCH38.contig(contig))

    def __iter__(self) -> Iterator[str]:
        return (contig.name for contig in GRCH38.contigs)

    def __len__(self) -> int:
        return len(GRCH38.contigs)


def _with_print(own: Print, chunks: Iterable[bytes]) -> Iterator[bytes]:
    rows = np.zeros(len(own), _PRINT)
    for column in _PRINT.names or ():
        rows[column] = getattr(own, column)
    yield rows.tobytes()
    yield from chunks


def print_from(data: memoryview) -> Print:
    rows = np.frombuffer(data, _PRINT)
    return Print(*(np.ascontiguousarray(rows[column]) for column in _PRINT.names or ()))


def _joined(parts: list[memoryview]) -> bytes | memoryview:
    return parts[0] if len(parts) == 1 else b"".join(parts)
