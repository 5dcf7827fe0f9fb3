"""A pack made ready for the store: checked, encoded, and lightened to what a segment needs of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from embla.errors import EmblaError
from embla.genome import GRCH38, Contig
from embla.genotypes import checking
from embla.genotypes.files.blob import BlobWriter
from embla.genotypes.files.genomes import Genome
from embla.genotypes.files.lexicon import Lexicon
from embla.genotypes.files.manifest import SegmentEntry
from embla.genotypes.files.packfile import encode_pack
from embla.genotypes.files.runs import Runs
from embla.genotypes.merging import Part, gather
from embla.genotypes.model import codes
from embla.genotypes.model.pack import ContigCalls, Pack
from embla.genotypes.prints import Print, print_of
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
    from embla.genotypes.view import View

Light = Mapping[str, tuple[Part, Runs]]  # by contig, under ordinal 0


def problem_of(pack: Pack, assembly: str, policy: str, *, known: bool) -> EmblaError | None:
    """Why a store of that assembly and policy cannot take a pack. `known`: one took it before, so its karyotype is not
    compared with its calls again."""
    try:
        checking.check_pack(pack, assembly, policy)
        if not known:
            checking.check_karyotype(pack)
    except EmblaError as error:
        return error
    return None


def row_of(new: NewGenome, digest: str) -> Genome:
    """A genome's row in the table of its segment."""
    attributes = {str(key): attribute_text(value) for key, value in new.attributes.items()}
    return Genome(new.name, digest, str(new.pack.karyotype), new.pack.callability, attributes)


def lighten(pack: Pack) -> Light:
    """Entries and runs of every contig; the records stay in the pack."""
    return {c.name: light_of(pack.contigs.get(c.name), pack.callability, c) for c in GRCH38.contigs}


def light_of(calls: ContigCalls | None, callability: str, contig: Contig) -> tuple[Part, Runs]:
    """Entries and runs of one contig."""
    return part_of_calls(calls), runs_of_calls(calls, callability, contig.length)


def size_of(light: Light) -> int:
    """Entries and runs together."""
    return sum(len(part.key) + len(runs) for part, runs in light.values())


@dataclass(frozen=True)
class ReadyHere:
    """A genome made ready in this process; see `staging.Ready`."""

    row: Genome
    size: int
    problem: EmblaError | None
    light: Light
    own_print: Print | None  # not made of a genome that a store took before
    blob: BlobWriter | None

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
        assert self.own_print is not None
        return self.own_print

    def chunks(self) -> Iterable[bytes]:
        """Its pack's file."""
        assert self.blob is not None
        return self.blob.chunks()


def ready(
    news: Iterable[NewGenome], assembly: str, policy: str, lexicon: Lexicon | None, *, known: bool
) -> Iterator[ReadyHere]:
    """Each genome made ready; its pack's file is there until the next is asked for."""
    for new in news:
        problem = problem_of(new.pack, assembly, policy, known=known)
        if problem is not None:
            yield ReadyHere(row_of(new, ""), 0, problem, {}, None, None)
            continue
        digest, blob = encode_pack(new.pack, lexicon)
        light = lighten(new.pack)
        with blob:
            own = None if known else print_of(new.pack)
            yield ReadyHere(row_of(new, digest), size_of(light), None, light, own, blob)


def stage_here(
    scratch: Scratch, view: View, news: Iterable[NewGenome], assembly: str, policy: str, *, known: bool
) -> Staged:
    """Add genomes in this process; see `CohortStore.stage_add`."""
    lexicon = scratch.packs.newest_lexicon() if scratch.packs is not None else None
    readied = ready(news, assembly, policy, lexicon, known=known)
    return stage_ready(scratch, view, readied, partial(write_here, scratch), known=known)


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
