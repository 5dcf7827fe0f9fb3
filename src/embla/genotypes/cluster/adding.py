"""Many files into a store: workers read them and encode segments, the driver judges, seals and puts together.

Two kinds of job. One reads a file: a pack for each of its samples that is wanted goes to `work/`, with the print by
which the driver finds twins. The other makes the frames of a segment from such packs. What decides whether a genome is
taken (names, duplicates, twins) stays with the driver, in the order of the samples, as in one process; and so do the
keys: workers never see one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embla.errors import EmblaError
from embla.genome import GRCH38
from embla.genotypes.cluster.crew import Crew, Pending
from embla.genotypes.cluster.handing import Handed, delete_handed, receive, working
from embla.genotypes.cluster.packing import (
    FileJob,
    ReadGenome,
    SegmentFrames,
    SegmentJob,
    encode_segment,
    print_from,
    read_file,
)
from embla.genotypes.cluster.site import Site
from embla.genotypes.files.genomes import Genome
from embla.genotypes.files.manifest import SegmentEntry
from embla.genotypes.files.writing import Bytes, EncodedContig
from embla.genotypes.prints import Print
from embla.genotypes.reading import ReadReport, SampleSpec
from embla.genotypes.reading.reader import by_file
from embla.genotypes.staging import Scratch, Staged, stage_ready, write_segment
from embla.storage import Storage

if TYPE_CHECKING:
    from embla.genotypes.view import View

Seen = Callable[[SampleSpec, ReadReport], None]  # a sample that was read, and what reading left out


@dataclass(frozen=True)
class AfarGenome:
    """A genome that a worker made ready; see `staging.Ready`."""

    read: ReadGenome
    storage: Storage

    @property
    def name(self) -> str:
        """As the laboratory gave it."""
        return self.read.row.name

    @property
    def digest(self) -> str:
        """Of its pack."""
        return self.read.row.pack

    @property
    def size(self) -> int:
        """Entries and runs."""
        return self.read.size

    @property
    def problem(self) -> EmblaError | None:
        """Why it cannot be taken."""
        return self.read.problem

    @property
    def handed(self) -> Handed:
        """Its file in `work/`."""
        assert self.read.handed is not None
        return self.read.handed

    def print(self) -> Print:
        """Its genotype print."""
        return print_from(receive(self.storage, self.handed)[0])

    def chunks(self) -> Iterable[bytes]:
        """Its pack's file."""
        return (bytes(part) for part in receive(self.storage, self.handed)[1:])


def stage_files(scratch: Scratch, view: View, *, crew: Crew, specs: Sequence[SampleSpec], seen: Seen) -> Staged:
    """Add the samples of files; `seen` hears of each as it comes. Raises what adding in one process raises."""
    store = view.store
    store.check_rules()
    reference = store.about.reference_digest if store.reference is not None else ""
    jobs = [FileJob(tuple(map(_from_anywhere, some)), reference) for some in by_file(specs).values()]
    with working(store.folder) as token:
        site = Site.of(store, view.manifest, token)

        def genomes() -> Iterator[AfarGenome]:
            answers = crew.answers(read_file, site, jobs)
            for done, (job, genomes) in enumerate(zip(jobs, answers, strict=True), 1):
                for spec, read in zip(job.specs, genomes, strict=True):
                    seen(spec, read.report)
                    yield AfarGenome(read, store.folder)
                crew.tell("Files", done, len(jobs))

        writer = _Segments(scratch, crew, site)
        return stage_ready(scratch, view, genomes(), writer.begin)


class _Segments:
    """Segments being made. Those that are not asked for yet are finished in their order, so that what waits in `work/`
    stays bounded."""

    def __init__(self, scratch: Scratch, crew: Crew, site: Site) -> None:
        self._scratch, self._crew, self._site = scratch, crew, site
        self._open: deque[_Segment] = deque()

    def begin(self, number: int, group: list[AfarGenome]) -> Callable[[], SegmentEntry]:
        """See `staging.stage_ready`."""
        packs = tuple(genome.handed for genome in group)
        pending = self._crew.begin(encode_segment, self._site, SegmentJob(packs))
        made = _Segment(self._scratch, number, [genome.read.row for genome in group], packs, pending)
        self._open.append(made)
        while len(self._open) > self._crew.ahead:
            self._finish(self._open[0])
        return partial(self._finish, made)

    def _finish(self, wanted: _Segment) -> SegmentEntry:
        while self._open and not wanted.done:
            self._open.popleft().write()
        return wanted.entry


@dataclass
class _Segment:
    scratch: Scratch
    number: int
    rows: list[Genome]
    packs: tuple[Handed, ...]
    pending: Pending[SegmentFrames]
    done: bool = False

    def write(self) -> None:
        """Put it together from the worker's frames."""
        _ = self.entry

    @cached_property
    def entry(self) -> SegmentEntry:
        """Its line in the manifest."""
        answer = self.pending.result()
        storage = self.scratch.folder
        entry = write_segment(self.scratch, self.number, self.rows, _contigs(storage, answer))
        delete_handed(storage, (answer.handed, *self.packs))
        self.done = True
        return entry


def _contigs(storage: Storage, answer: SegmentFrames) -> Iterator[EncodedContig]:
    parts = iter(receive(storage, answer.handed))
    for name, variants, runs in answer.contigs:
        yield name, GRCH38.contig(name).length, _paired(parts, variants), _paired(parts, runs)


def _paired(parts: Iterator[memoryview], facts: Sequence[Any]) -> Iterator[tuple[Bytes, Any]]:
    for fact in facts:
        yield next(parts), fact


def _from_anywhere(spec: SampleSpec) -> SampleSpec:
    return replace(
        spec,
        path=Path(spec.path).absolute(),
        bed=spec.bed.absolute() if spec.bed is not None else None,
        attributes=dict(spec.attributes),
    )
