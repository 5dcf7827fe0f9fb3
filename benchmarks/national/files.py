"""Some hundred of the people as the gVCFs their laboratories would send, through the real add; and the question whether
the store made from arrays, on which everything large is measured, counts them as the files do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysam

from benchmarks.national.store import STATES, filled, runs_of
from benchmarks.national.trees import CONTIG, FIRST_BASE, Carriers, allele_key
from embla.genome import GRCH38
from embla.genotypes import CohortStore, View
from embla.genotypes.files.runs import Runs
from embla.genotypes.model import keys

_WINDOW = 1_000_000


@dataclass(frozen=True)
class Few:
    """The first `people` of a nation, without the calls that stand where their genome is not callable."""

    carriers: Carriers
    runs: Runs
    length: int

    @staticmethod
    def of(nation: Carriers, people: int, length: int) -> Few:
        runs = runs_of(people, length, np.random.default_rng(1))
        rows = [(person, *nation.of(person)) for person in range(people)]
        kept = []
        for person, pos, hom in rows:
            mine = runs.ordinal == person
            row = np.searchsorted(runs.start[mine], pos - 1, side="right") - 1
            covered = (row >= 0) & (pos - 1 < np.append(runs.end[mine], 0)[row])
            kept.append((np.full((~covered).sum(), person), pos[~covered], hom[~covered]))
        who, pos, hom = (np.concatenate(column) for column in zip(*kept, strict=True))
        order = np.lexsort((who, pos))
        place, count = np.unique(pos, return_counts=True)
        carriers = Carriers(place, np.cumsum(count), who[order].astype(np.uint16), hom[order], people)
        return Few(carriers, runs, length)

    def write(self, folder: Path) -> list[Path]:
        """A gVCF each."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"N{person:06d}.g.vcf.gz" for person in range(self.carriers.people)]
        for person, path in enumerate(paths):
            if not path.exists():
                with pysam.BGZFile(str(path), "wb", None) as out:
                    out.write("".join(self._lines(person)).encode())
        return paths

    def _lines(self, person: int) -> Iterator[str]:
        yield "##fileformat=VCFv4.2\n"
        for key in ("GT", "AD", "DP", "GQ"):
            yield f'##FORMAT=<ID={key},Number=.,Type=String,Description="{key}">\n'
        yield f"##contig=<ID={CONTIG},length={GRCH38.contig(CONTIG).length}>\n"
        yield f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tN{person:06d}\n"
        rng = np.random.default_rng(person)
        mine = self.runs.ordinal == person
        # What interrupts the good blocks, by its first base: (end, exclusive, 0-based; the line there, if any).
        breaks = {
            int(a): (int(b), "" if state == STATES[0] else _block(int(a), int(b), 5))
            for a, b, state in zip(self.runs.start[mine], self.runs.end[mine], self.runs.state[mine], strict=True)
        }
        for pos, hom in zip(*self.carriers.of(person), strict=True):
            breaks[int(pos) - 1] = (int(pos), _call(int(pos), bool(hom), max(int(rng.poisson(34)), 12)))
        at = 0
        for start in sorted(breaks):
            end, line = breaks[start]
            if start > at:
                yield _block(at, start, 34)
            yield line
            at = end
        yield _block(at, GRCH38.contig(CONTIG).length, 34)


def _block(start: int, end: int, depth: int) -> str:
    return f"{CONTIG}\t{start + 1}\t.\tN\t<NON_REF>\t.\t.\tEND={end}\tGT:DP:GQ\t0/0:{depth}:{min(3 * depth, 99)}\n"


def _call(pos: int, hom: bool, depth: int) -> str:
    ref, alt = keys.key_alleles(allele_key(pos))
    own = depth if hom else depth // 2
    cell = f"{'1/1' if hom else '0/1'}:{depth - own},{own},0:{depth}:99"
    return f"{CONTIG}\t{pos}\t.\t{ref}\t{alt},<NON_REF>\t900\tPASS\t.\tGT:AD:DP:GQ\t{cell}\n"


def from_arrays(path: Path, few: Few) -> CohortStore:
    """The same people by the road that the whole nation takes."""
    return filled(path, few.carriers, few.length, runs=few.runs)


def counts(view: View, length: int) -> Iterator[tuple[int, int, int, int]]:
    """(key, ac, an, homozygous people) of every variant, in order."""
    everybody = [view.cohort()]
    for low in range(FIRST_BASE, FIRST_BASE + length + _WINDOW, _WINDOW):
        swept = view.sweep(CONTIG, low, low + _WINDOW, everybody, per_base=False)
        yield from zip(
            swept.key.tolist(), swept.ac[0].tolist(), swept.an[0].tolist(), swept.nhomalt[0].tolist(), strict=True
        )
