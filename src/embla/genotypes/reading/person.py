"""One wanted sample of a file while it is read: its contigs are settled, and handed on to who takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from embla.genome import Assembly, copies
from embla.genotypes.model.filters import MOST, folded, own_filters
from embla.genotypes.model.pack import PackFacts
from embla.genotypes.reading.buffers import Buffers
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.sample import Sample
from embla.genotypes.reading.samples import SampleSpec
from embla.genotypes.reading.settle import Settled, settle
from embla.genotypes.reading.table import ContigTable
from embla.genotypes.reading.taking import Begin, Taker

T = TypeVar("T")


@dataclass(frozen=True)
class FileFacts:
    """What all genomes of a file share; `filters` are the FILTER texts met so far, by number."""

    assembly: str
    policy: str
    pipeline: str
    filters: Sequence[str]


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

    def copies(self, assembly: Assembly, contig: str) -> NDArray[np.int8]:
        """Copy numbers of each piece of a contig; -1 where the karyotype leaves them unknown."""
        numbers = [copies(self.spec.karyotype, piece.kind) for piece in assembly.pieces(contig)]
        return np.array([-1 if number is None else number for number in numbers], np.int8)

    def take(self, facts: FileFacts, contig: str, settled: Settled) -> None:
        """Hand a contig on. `facts` as they are by now, its FILTER texts by the numbers that the records have."""
        if settled.is_default:
            return
        numbers, texts = settled.calls.records.filter, tuple(facts.filters[number] for number in settled.filters)
        if len(texts) > MOST:
            numbers, own = own_filters(numbers, texts)
            self.sample.report.filters_folded += folded(settled.calls.records.filter, texts, own)
            texts = own
        self._taker(facts).contig(contig, settled.calls.with_filter(numbers.astype(np.uint8)), texts)

    def settle_kit(self, facts: FileFacts, assembly: Assembly, seen: set[str]) -> None:
        """Contigs of the BED that the file has no record of: callable all the same."""
        nothing = Buffers(1).rows(np.zeros(k.CTL_SIZE, np.int64))
        alone = Sample(0, self.sample.callability, self.sample.bed, self.sample.policy)
        for name in self.sample.bed or {}:
            if name not in seen:
                table = ContigTable(name, assembly.contig(name).length, nothing, pieces_of(assembly, name))
                self.take(facts, name, settle(table, alone, self.copies(assembly, name), len(facts.filters)))

    def nbytes(self) -> int:
        """About the bytes of memory that its taker holds."""
        return self.taker.nbytes() if self.taker is not None else 0

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
