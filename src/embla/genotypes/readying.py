"""A genome made ready for the store: checked, encoded, and lightened to what a segment needs of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from embla.errors import EmblaError
from embla.genome import GRCH38, Contig
from embla.genotypes import checking
from embla.genotypes.files.blob import IN_MEMORY, BlobWriter
from embla.genotypes.files.genomes import Genome
from embla.genotypes.files.lexicon import Lexicon
from embla.genotypes.files.manifest import SegmentEntry
from embla.genotypes.files.packfile import PackWriter
from embla.genotypes.files.runs import Runs
from embla.genotypes.merging import Part, gather
from embla.genotypes.model import codes
from embla.genotypes.model.filters import by_contig
from embla.genotypes.model.pack import ContigCalls, PackFacts
from embla.genotypes.model.sex import SexCalls
from embla.genotypes.prints import Print, Printing
from embla.genotypes.staging import (
    ContigData,
    NewGenome,
    Scratch,
    Staged,
    attribute_text,
    encoded,
    stage_ready,
    write_segment,
)

if TYPE_CHECKING:
    from embla.genotypes.about import About
    from embla.genotypes.reading.samples import SampleSpec
    from embla.genotypes.view import View

Light = Mapping[str, tuple[Part, Runs]]  # by contig, under ordinal 0


def row_of(name: str, attributes: Mapping[str, object], facts: PackFacts, digest: str) -> Genome:
    """A genome's row in the table of its segment."""
    texts = {str(key): attribute_text(value) for key, value in attributes.items()}
    return Genome(name, digest, str(facts.karyotype), facts.callability, texts)


def light_of(calls: ContigCalls | None, callability: str, contig: Contig) -> tuple[Part, Runs]:
    """Entries and runs of one contig."""
    return part_of_calls(calls), runs_of_calls(calls, callability, contig.length)


def size_of(light: Light) -> int:
    """Entries and runs together."""
    return sum(len(part.key) + len(runs) for part, runs in light.values())


@dataclass(frozen=True)
class ReadyHere:
    """A genome made ready in this process; see `staging.Ready`. Its pack's file is there until it is closed."""

    row: Genome
    size: int
    problem: EmblaError | None
    light: Light
    own_print: Print  # of nothing for a genome that a store took before
    blob: BlobWriter

    @property
    def name(self) -> str:
        """As the laboratory gave it."""
        return self.row.name

    @property
    def digest(self) -> str:
        """Of its pack."""
        return self.row.pack

    def print(self) -> Print:
        """Its genotype print."""
        return self.own_print

    def chunks(self) -> Iterable[bytes]:
        """Its pack's file."""
        return self.blob.chunks()


@dataclass(frozen=True)
class Needs:
    """What a store asks of a genome, and how its packs are told. `reference`: the digest of its FASTA, "" for none,
    against which files are read. `known`: a store took it before, so that neither its karyotype nor its print is looked
    at."""

    assembly: str
    policy: str
    reference: str
    lexicon: Lexicon | None
    known: bool = False

    def begin(self, spec: SampleSpec, facts: PackFacts) -> Readying:
        """Who takes a sample of a file (`reading/taking.py`)."""
        return Readying(self, spec.name, spec.attributes, facts, self.reference)


class Readying:
    """Checks and encodes a genome contig by contig, and keeps what a segment needs of it (`reading.taking.Taker`)."""

    def __init__(
        self, needs: Needs, name: str, attributes: Mapping[str, object], facts: PackFacts, reference: str | None
    ) -> None:
        self._needs, self._name, self._attributes, self._facts = needs, name, attributes, facts
        self._writer = PackWriter(facts, needs.lexicon, reference)
        self._light: dict[str, tuple[Part, Runs]] = {}
        self._sex = SexCalls(facts.karyotype)
        self._printing = Printing()
        self._problem: EmblaError | None = None
        self._long = 0  # bytes of long alleles, about
        self._try(partial(checking.check_facts, facts, needs.assembly, needs.policy))
        self._try(partial(checking.check_reference, reference, needs.reference))

    def contig(self, name: str, calls: ContigCalls, filters: Sequence[str]) -> None:
        """One contig, whose records number `filters`; nothing more is done with it after a first problem."""
        self._try(partial(checking.check_contig, name, calls, self._facts))
        if self._problem is not None:
            return
        self._writer.contig(name, calls, filters)
        self._light[name] = light_of(calls, self._facts.callability, GRCH38.contig(name))
        self._long += calls.long_size()
        if not self._needs.known:
            self._sex.add(name, calls, filters)
            self._printing.add(name, calls)

    def nbytes(self) -> int:
        """See `Taker`."""
        return min(self._writer.blob.size, IN_MEMORY) + 14 * size_of(self._light) + self._long

    def done(self, kept: Mapping[str, bytes]) -> ReadyHere:
        """The genome made ready; the caller closes its `blob`."""
        if not self._needs.known:
            self._try(partial(checking.check_karyotype, self._sex))
        # A problem's pack is nobody's, and has no name.
        digest = self._writer.finish(kept) if self._problem is None else ""
        light = {c.name: self._light.get(c.name) or light_of(None, self._facts.callability, c) for c in GRCH38.contigs}
        row = row_of(self._name, self._attributes, self._facts, digest)
        return ReadyHere(row, size_of(light), self._problem, light, self._printing.done(), self._writer.blob)

    def drop(self) -> None:
        """See `Taker`."""
        self._writer.blob.close()

    def _try(self, check: Callable[[], None]) -> None:
        """The first problem is the genome's."""
        if self._problem is not None:
            return
        try:
            check()
        except EmblaError as error:
            self._problem = error


def made_ready(new: NewGenome, needs: Needs) -> ReadyHere:
    """A pack in memory made ready."""
    readying = Readying(needs, new.name, new.attributes, new.pack.facts, new.pack.reference)
    try:
        for name, calls, own in by_contig(new.pack):
            readying.contig(name, calls, own)
        return readying.done(new.pack.kept)
    except BaseException:
        readying.drop()
        raise


def stage_here(
    scratch: Scratch,
    view: View,
    genomes: Callable[[Needs], Generator[ReadyHere]],
    about: About,
    *,
    known: bool = False,
) -> Staged:
    """Add genomes in this process, as they are made ready to a store's needs; see `CohortStore.stage_add`."""
    lexicon = scratch.packs.newest_lexicon() if scratch.packs is not None else None
    # An error on the way keeps what it passed through alive, so both are told that nothing more is wanted.
    needs = Needs(about.assembly, about.policy.digest(), about.reference_digest, lexicon, known)
    with closing(genomes(needs)) as made, closing(_closed_after(made)) as ready:
        return stage_ready(scratch, view, ready, partial(write_here, scratch), known=known)


def _closed_after(genomes: Iterable[ReadyHere]) -> Generator[ReadyHere]:
    """Each genome's file is there until the next is asked for."""
    for one in genomes:
        with one.blob:
            yield one


def write_here(scratch: Scratch, number: int, group: list[ReadyHere]) -> Callable[[], SegmentEntry]:
    """Write a segment at once; see `staging.stage_ready`."""
    contigs = contigs_of([genome.light for genome in group])
    rows = [genome.row for genome in group]
    entry = write_segment(scratch, number, rows, encoded(contigs, len(rows)))
    return partial(_same, entry)


def _same(entry: SegmentEntry) -> SegmentEntry:
    return entry


def part_of_calls(calls: ContigCalls | None, ordinal: int = 0) -> Part:
    """A pack's entries on one contig, under an ordinal."""
    if calls is None:
        empty = np.empty(0, np.uint16)
        return Part(np.empty(0, np.uint64), empty, empty, empty, {})
    return Part(
        calls.key.astype(np.uint64, copy=False),
        np.full(len(calls.key), ordinal, np.uint16),
        calls.entry.astype(np.uint16, copy=False),
        calls.heteroplasmy.astype(np.uint16, copy=False),
        dict(calls.long_alleles),
    )


def runs_of_calls(calls: ContigCalls | None, callability: str, length: int, ordinal: int = 0) -> Runs:
    """A pack's runs on one contig; a contig it lacks is not called at all, or assumed whole (see model/pack.py)."""
    if calls is None:
        if callability == "assumed":
            return Runs.none()
        one = np.array([ordinal], np.uint16)
        whole = np.array([length], np.uint32)
        return Runs(one, np.zeros(1, np.uint32), whole, np.array([codes.STATE_NOTHING], np.uint8))
    said = calls.run_state != codes.STATE_FULL
    return Runs(
        np.full(int(said.sum()), ordinal, np.uint16),
        calls.run_start[said].astype(np.uint32, copy=False),
        calls.run_end[said].astype(np.uint32, copy=False),
        calls.run_state[said].astype(np.uint8, copy=False),
    )


def contigs_of(group: Sequence[Light]) -> Iterator[ContigData]:
    for contig in GRCH38.contigs:
        parts, runs = [], []
        for ordinal, light in enumerate(group):
            part, own = light[contig.name]
            number = np.uint16(ordinal)
            parts.append(Part(part.key, part.ordinal + number, part.entry, part.heteroplasmy, part.texts))
            runs.append(Runs(own.ordinal + number, own.start, own.end, own.state))
        joined = Runs.joined(runs)
        yield contig.name, contig.length, [gather(parts)], ([joined] if len(joined) else [])
