"""One wanted sample of a file while it is read: its contigs are settled, and handed on to who takes them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from embla.genome import Assembly, Contig, copies
from embla.genotypes.model.filters import MOST, folded, own_filters
from embla.genotypes.model.pack import PackFacts
from embla.genotypes.model.raw_alone import Lack, in_raw_alone
from embla.genotypes.reading.buffers import Buffers
from embla.genotypes.reading.evidence import decides, lack_by_header, lack_of
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.sample import Sample
from embla.genotypes.reading.samples import SampleSpec
from embla.genotypes.reading.settle import Settled, settle
from embla.genotypes.reading.table import ContigTable
from embla.genotypes.reading.taking import Begin, Taker, nbytes_of

T = TypeVar("T")


@dataclass(frozen=True)
class FileFacts:
    """What all genomes of a file share; `filters` are the FILTER texts met so far, by number, `formats` the FORMAT keys
    that its header declares, `raw_alone` contigs of which it says that adj is nowhere, None where it
    says nothing of that."""

    assembly: str
    policy: str
    pipeline: str
    filters: Sequence[str]
    formats: frozenset[str] = frozenset()
    raw_alone: frozenset[str] | None = None


def pieces_of(assembly: Assembly, contig: str) -> NDArray[np.int64]:
    """(pieces, 2): end of each piece of one ploidy rule, and 1 where it is the PAR of chrY."""
    return np.array([(piece.end, piece.kind == "par_y") for piece in assembly.pieces(contig)], np.int64)


@dataclass
class Person(Generic[T]):
    """A sample, its place among the specs, its column in the file, and who takes its contigs."""

    place: int
    spec: SampleSpec
    column: int
    sample: Sample
    begin: Begin[T]
    taker: Taker[T] | None = None
    seen: int = 0  # what its calls have, of all contigs but chrM
    waiting: list[tuple[Contig, Settled]] = field(default_factory=list)  # nothing on them says how they are judged

    def copies(self, assembly: Assembly, contig: str) -> NDArray[np.int8]:
        """Copy numbers of each piece of a contig; -1 where the karyotype leaves them unknown."""
        numbers = [copies(self.spec.karyotype, piece.kind) for piece in assembly.pieces(contig)]
        return np.array([-1 if number is None else number for number in numbers], np.int8)

    def take(self, facts: FileFacts, contig: Contig, settled: Settled, seen: int) -> None:
        """Hand a contig on, or hold it until the others say how it is judged. `facts` as they are by now, its FILTER
        texts by the numbers that the records have; `seen` is what its calls have (`evidence.py`)."""
        if contig.kind != "M":
            self.seen |= seen
        if settled.is_default:
            return
        if self.sample.callability == "assumed" or self.sample.policy.version < 2:
            self._hand_on(facts, contig, settled, None)
        elif facts.raw_alone is not None:
            lack = Lack("file", ()) if contig.name in facts.raw_alone else None
            self._hand_on(facts, contig, settled, lack)
        elif decides(seen):
            self._hand_on(facts, contig, settled, lack_of(seen, is_mt=contig.kind == "M"))
        else:
            self.waiting.append((contig, settled))

    def _hand_on(self, facts: FileFacts, contig: Contig, settled: Settled, lack: Lack | None) -> None:
        if lack is not None:
            self.sample.report.raw_alone[contig.name] = lack
            settled = replace(settled, calls=in_raw_alone(settled.calls, contig.length))
        numbers, texts = settled.calls.records.filter, tuple(facts.filters[number] for number in settled.filters)
        if len(texts) > MOST:
            numbers, own = own_filters(numbers, texts)
            self.sample.report.filters_folded += folded(settled.calls.records.filter, texts, own)
            texts = own
        self._taker(facts).contig(contig.name, settled.calls.with_filter(numbers.astype(np.uint8)), texts)

    def settle_rest(self, facts: FileFacts, assembly: Assembly, seen: set[str]) -> None:
        """Contigs of the BED that the file has no record of, which are callable all the same; and those that wait."""
        nothing = Buffers(1).rows(np.zeros(k.CTL_SIZE, np.int64))
        alone = Sample(0, self.sample.callability, self.sample.bed, self.sample.policy)
        for name in self.sample.bed or {}:
            if name not in seen:
                table = ContigTable(name, assembly.contig(name).length, nothing, pieces_of(assembly, name))
                settled = settle(table, alone, self.copies(assembly, name), len(facts.filters))
                self.take(facts, assembly.contig(name), settled, 0)
        for contig, settled in self.waiting:
            is_mt = contig.kind == "M"
            by_header = not decides(self.seen)
            lack = (
                lack_by_header(self.seen, facts.formats, is_mt=is_mt) if by_header else lack_of(self.seen, is_mt=is_mt)
            )
            self._hand_on(facts, contig, settled, lack)
        self.waiting.clear()

    def nbytes(self) -> int:
        """About the bytes of memory that it and its taker hold."""
        held = sum(nbytes_of(settled.calls) for _, settled in self.waiting)
        return held + (self.taker.nbytes() if self.taker is not None else 0)

    def done(self, facts: FileFacts, kept: dict[str, bytes]) -> T:
        """What its taker made of it."""
        return self._taker(facts).done(kept)

    def drop(self) -> None:
        """The file is not read to its end, or once more."""
        if self.taker is not None:
            self.taker.drop()

    def _taker(self, facts: FileFacts) -> Taker[T]:
        # Only now: before the first contig is settled, nobody knows that a file is a gVCF.
        if self.taker is None:
            own = str(self.spec.karyotype), self.sample.callability
            self.taker = self.begin(self.spec, PackFacts(facts.assembly, *own, facts.policy, facts.pipeline))
        return self.taker
