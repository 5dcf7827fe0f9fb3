"""One wanted sample of a file while it is read: what is settled so far, and the pack that comes of it."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from embla.genome import Assembly, copies
from embla.genotypes.model.pack import Pack
from embla.genotypes.reading.buffers import Buffers
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.sample import Sample
from embla.genotypes.reading.samples import SampleSpec
from embla.genotypes.reading.settle import Settled, settle
from embla.genotypes.reading.table import ContigTable

_MOST_FILTERS = 255  # a record holds the number of its FILTER text in a byte; the last number is OTHER


def pieces_of(assembly: Assembly, contig: str) -> NDArray[np.int64]:
    """(pieces, 2): end of each piece of one ploidy rule, and 1 where it is the PAR of chrY."""
    return np.array([(piece.end, piece.kind == "par_y") for piece in assembly.pieces(contig)], np.int64)


@dataclass
class Person:
    """A sample, its place among the specs, its column in the file, and its contigs so far."""

    place: int
    spec: SampleSpec
    column: int
    sample: Sample
    settled: dict[str, Settled] = field(default_factory=dict)

    def copies(self, assembly: Assembly, contig: str) -> NDArray[np.int8]:
        """Copy numbers of each piece of a contig; -1 where the karyotype leaves them unknown."""
        numbers = [copies(self.spec.karyotype, piece.kind) for piece in assembly.pieces(contig)]
        return np.array([-1 if number is None else number for number in numbers], np.int8)

    def settle_kit(self, assembly: Assembly, seen: set[str]) -> None:
        """Contigs of the BED that the file has no record of: callable all the same."""
        nothing = Buffers(1).rows(np.zeros(k.CTL_SIZE, np.int64))
        alone = Sample(0, self.sample.callability, self.sample.bed, self.sample.policy)
        for name in self.sample.bed or {}:
            if name not in seen:
                table = ContigTable(name, assembly.contig(name).length, nothing, pieces_of(assembly, name))
                self.settled[name] = settle(table, alone, self.copies(assembly, name))

    def pack(
        self, assembly: Assembly, filters: list[bytes], pipeline: str, policy: str, kept: dict[str, bytes]
    ) -> Pack:
        """The pack. `filters` are the FILTER texts of the file by number; the pack numbers its own as they come."""
        texts = [text.decode("utf-8", "replace") for text in filters]
        own: dict[str, int] = {}
        contigs = {}
        for contig in assembly.contigs:
            settled = self.settled.get(contig.name)
            if settled is None:
                continue
            lookup = np.zeros(len(texts), np.uint8)
            for number in _as_they_come(settled.filters, len(texts)):
                text = texts[number]
                if text not in own and len(own) >= _MOST_FILTERS:
                    self.sample.report.filters_folded += int((settled.filters == number).sum())
                    text = "OTHER"
                lookup[number] = own.setdefault(text, len(own))
            settled.calls.records.filter[:] = lookup[settled.filters]
            contigs[contig.name] = settled.calls
        return Pack(
            assembly.name,
            str(self.spec.karyotype),
            self.sample.callability,
            policy,
            pipeline,
            tuple(own),
            contigs,
            kept,
        )


def _as_they_come(numbers: NDArray[np.int32], n: int) -> list[int]:
    """The distinct ones of many numbers below n, in the order of their first."""
    if not len(numbers) or bool((numbers == numbers[0]).all()):
        return [int(number) for number in numbers[:1]]
    first = np.full(n, len(numbers))
    first[numbers[::-1]] = np.arange(len(numbers))[::-1]  # of several the last one written stays
    order: list[int] = np.argsort(first, kind="stable")[: int((first < len(numbers)).sum())].tolist()
    return order
