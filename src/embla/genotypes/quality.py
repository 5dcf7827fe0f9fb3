"""What a pack says about how well its genome was measured: depths, callable bases, counts of calls by kind.

Read from the pack itself, contig by contig, so that it is true of what is counted and not of what a file once claimed.
Depth and genotype quality are of the records (places that differ from the reference); a pack keeps no depth elsewhere.
"""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from embla.genome import GRCH38, copies
from embla.genotypes.model import codes
from embla.genotypes.model.pack import ContigCalls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embla.genome import Region
    from embla.genotypes.files.packfile import PackFile

AUTOSOMES: Final = frozenset(f"chr{n}" for n in range(1, 23))


@dataclass(frozen=True)
class ContigQuality:
    """One contig: `calls` entries, `length` bases that this karyotype has, `raw` and `adj` of them called."""

    contig: str
    calls: int
    length: int
    raw: int
    adj: int


@dataclass(frozen=True)
class Quality:
    """One genome. Shares and means are None where nothing was measured; `het_hom` is of the autosomes.

    adj, failed: calls that passed the gates, that failed FILTER. mean_dp, mean_gq: over records that say them.
    callable_raw, callable_adj: share of the bases (of contigs the pack speaks of) that were called; None for `assumed`.
    """

    karyotype: str
    callability: str
    pipeline: str
    calls: int
    het: int
    hom: int
    hemi: int
    half: int
    adj: int
    failed: int
    het_hom: float | None
    mean_dp: float | None
    mean_gq: float | None
    callable_raw: float | None
    callable_adj: float | None
    contigs: tuple[ContigQuality, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def called_shares(pack: "PackFile", stretches: "Mapping[str, Sequence[Region]]") -> dict[str, float | None] | None:
    """Per name, the share (0 to 1) of its stretches that was called and passed the gates; None for `assumed` genomes.

    Stretches of one name do not overlap. A name without a base is left out, as is one on a contig that the karyotype
    does not have. None where the karyotype is unknown and decides how many copies there are (X outside PAR, Y).
    """
    if pack.callability == "assumed":
        return None
    told: dict[str, float | None] = {}
    known: dict[str, ContigCalls | None] = {}
    for name, regions in stretches.items():
        length = called = 0
        for one in regions:
            if one.contig not in known:
                known[one.contig] = pack.contig(one.contig)
            length += one.end - one.start
            called += _called_in(known[one.contig], one)
        here = {
            copies(pack.karyotype, piece.kind)
            for one in regions
            for piece in GRCH38.pieces(one.contig)
            if piece.start < one.end and one.start < piece.end
        }
        if length and here != {0}:
            told[name] = None if None in here else called / length
    return told


def _called_in(found: ContigCalls | None, region: "Region") -> int:
    """Bases of a region that passed the gates; a contig that the pack lacks was not called at all."""
    if found is None:
        return 0
    start = np.maximum(found.run_start.astype(np.int64), region.start)
    end = np.minimum(found.run_end.astype(np.int64), region.end)
    not_called = (found.run_state % 3 == codes.NOTHING) & (start < end)
    return region.end - region.start - int((end - start)[not_called].sum())


def measure_quality(pack: "PackFile") -> Quality:
    """Sum up one pack; a contig at a time is in memory."""
    kinds = np.zeros(8, np.int64)
    autosomal = np.zeros(8, np.int64)
    adj = failed = calls = 0
    dp, gq = _Mean(), _Mean()
    contigs = []
    for contig in GRCH38.contigs:
        found = pack.contig(contig.name)
        if found is None:
            continue
        own = found.entry[(found.entry & codes.DERIVED) == 0]
        own = own[(own & codes.CLASS_MASK) != codes.NONE]
        counted = np.bincount(own & codes.CLASS_MASK, minlength=8)
        kinds += counted
        if contig.name in AUTOSOMES:
            autosomal += counted
        calls += len(own)
        adj += int(((own & codes.ADJ) != 0).sum())
        failed += int(((found.entry & codes.FAILED) != 0).sum())
        dp.add(found.records.dp)
        gq.add(found.records.gq)
        contigs.append(_contig(contig.name, len(own), found, pack.karyotype))
    told = pack.callability != "assumed"
    length = sum(one.length for one in contigs)
    return Quality(
        karyotype=pack.karyotype,
        callability=pack.callability,
        pipeline=str(pack.facts["pipeline"]),
        calls=calls,
        het=int(kinds[codes.HET] + kinds[codes.MT_HET]),
        hom=int(kinds[codes.HOM] + kinds[codes.MT_HOM]),
        hemi=int(kinds[codes.HEMI]),
        half=int(kinds[codes.HALF]),
        adj=adj,
        failed=failed,
        het_hom=_share(int(autosomal[codes.HET]), int(autosomal[codes.HOM])),
        mean_dp=dp.value,
        mean_gq=gq.value,
        callable_raw=_share(sum(one.raw for one in contigs), length) if told else None,
        callable_adj=_share(sum(one.adj for one in contigs), length) if told else None,
        contigs=tuple(contigs),
    )


class _Mean:
    """A mean over several arrays, of what is not missing (-1)."""

    def __init__(self) -> None:
        self.sum = self.n = 0

    def add(self, values: "np.ndarray[Any, Any]") -> None:
        there = values[values >= 0]
        self.sum += int(there.sum(dtype=np.int64))
        self.n += len(there)

    @property
    def value(self) -> float | None:
        return _share(self.sum, self.n)


def _contig(name: str, calls: int, found: ContigCalls, karyotype: str) -> ContigQuality:
    length = raw = adj = 0
    for piece in GRCH38.pieces(name):
        # Unknown karyotype: nobody knows how many copies, so what was called there is called.
        if copies(karyotype, piece.kind) == 0:
            continue
        length += piece.end - piece.start
        start = np.maximum(found.run_start.astype(np.int64), piece.start)
        size = np.maximum(np.minimum(found.run_end.astype(np.int64), piece.end) - start, 0)
        # Outside the runs every copy was called in both; a half-call is not a called base.
        raw += piece.end - piece.start - int(size[found.run_state // 3 != codes.FULL].sum())
        adj += piece.end - piece.start - int(size[found.run_state % 3 != codes.FULL].sum())
    return ContigQuality(name, calls, length, raw, adj)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
