"""The same calls as five callers would write them: header, records and reference blocks.

What a dialect changes is spelling: the symbolic ALT of a block, where depth and quality stand, FILTER words, ploidy
of GT.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from embla.genome import GRCH38
from embla.simulation.calls import FT_ABSENT, FT_PASS, MISSING, NO_SECOND, Calls, Habits, Shapes
from embla.simulation.coverage import Blocks
from embla.simulation.dice import Dice, Ints

_INFO_TAILS: Final = 256


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one caller writes. `symbol` is the ALT of a block and the last ALT of a record, "" if records have none."""

    name: str
    source: str
    symbol: str
    record_symbol: bool
    block: str  # FORMAT of a block
    habits: Habits
    filters: tuple[str, str]  # FILTER of a good and of a failed record
    quality: str = "GQ"
    indel_depth: str = "DP"
    writes_level: bool = False
    rich_info: bool = False
    phase: str = "PS"
    reference_filter: str = ""  # FILTER of a good record that is like the reference, where it has a word of its own
    low_block_filter: str = "."
    good_block_filter: str = "."


GATK: Final = Dialect(
    "gatk", "HaplotypeCaller", "<NON_REF>", True, "GT:DP:GQ:MIN_DP:PL",
    Habits(haploid_gt=False), (".", "LowQual"), writes_level=True, phase="PGT:PID",
)  # fmt: skip
DRAGEN: Final = Dialect(
    "dragen", "DRAGEN", "<NON_REF>", True, "GT:AD:DP:GQ:MIN_DP:PL",
    Habits(empty_is_called=False, mt_quality=False), ("PASS", "DRAGENSnpHardQUAL"), writes_level=True,
    low_block_filter="PASS", good_block_filter="PASS",
)  # fmt: skip
DEEPVARIANT: Final = Dialect(
    "deepvariant", "DeepVariant", "<*>", True, "GT:GQ:MIN_DP:PL",
    Habits(haploid_gt=False, empty_is_called=False, writes_ft=False), ("PASS", "LowQual"),
    reference_filter="RefCall",
)  # fmt: skip
STRELKA: Final = Dialect(
    "strelka", "strelka2", ".", False, "GT:GQX:DP:DPF:MIN_DP",
    Habits(moves_indels=True, empty_is_called=False), ("PASS", "LowGQX"), quality="GQX", indel_depth="DPI",
    low_block_filter="LowDepth;LowGQX", good_block_filter="PASS",
)  # fmt: skip
OLD_GATK: Final = Dialect(
    "gatk-unaligned", "HaplotypeCaller", "<NON_REF>", True, "GT:DP:GQ:MIN_DP:PL",
    Habits(moves_indels=True, haploid_gt=True), ("PASS", "VQSRTrancheSNP99.90to100.00"), writes_level=True,
)  # fmt: skip
PLAIN_VCF: Final = Dialect(
    "vcf", "GenotypeGVCFs", "", False, "",
    Habits(), ("PASS", "VQSRTrancheSNP99.90to100.00"), rich_info=True, writes_level=True,
)  # fmt: skip
UNALIGNED_VCF: Final = Dialect(
    "vcf-unaligned", "bcftools_call", "", False, "",
    Habits(moves_indels=True, haploid_gt=False), (".", "LowQual"), rich_info=True, writes_level=True,
)  # fmt: skip
JOINT: Final = Dialect(
    "joint", "GenotypeGVCFs", "", False, "",
    Habits(every_locus=True), ("PASS", "LowGQ"), writes_level=True,
)  # fmt: skip

# Which laboratory writes how, by the region that it serves.
GVCF_OF_REGION: Final = {"1081": GATK, "1082": DRAGEN, "1083": OLD_GATK, "1084": DEEPVARIANT, "1085": STRELKA}
VCF_OF_REGION: Final = {region: UNALIGNED_VCF if region == "1083" else PLAIN_VCF for region in GVCF_OF_REGION}

_META: Final = (
    ("FORMAT", "AD", "R", "Integer", "Reads of each allele"),
    ("FORMAT", "AF", "A", "Float", "Share of the reads of each ALT on chrM"),
    ("FORMAT", "DP", "1", "Integer", "Read depth"),
    ("FORMAT", "DPF", "1", "Integer", "Reads filtered before the call"),
    ("FORMAT", "DPI", "1", "Integer", "Read depth at the base before an indel"),
    ("FORMAT", "FT", "1", "String", "Filter of this genotype"),
    ("FORMAT", "GQ", "1", "Integer", "Genotype quality"),
    ("FORMAT", "GQX", "1", "Integer", "Genotype quality, the lower of both models"),
    ("FORMAT", "GT", "1", "String", "Genotype"),
    ("FORMAT", "MIN_DP", "1", "Integer", "Least depth of the block"),
    ("FORMAT", "PGT", "1", "String", "Phased genotype"),
    ("FORMAT", "PID", "1", "String", "Phase set by its first site"),
    ("FORMAT", "PL", "G", "Integer", "Phred-scaled likelihoods of the genotypes"),
    ("FORMAT", "PS", "1", "Integer", "Phase set"),
    ("INFO", "AC", "A", "Integer", "Allele count in this file"),
    ("INFO", "AF", "A", "Float", "Allele frequency in this file"),
    ("INFO", "AN", "1", "Integer", "Alleles called in this file"),
    ("INFO", "BaseQRankSum", "1", "Float", "Rank sum of base qualities"),
    ("INFO", "BLOCKAVG_min30p3a", "0", "Flag", "Block of similar sites"),
    ("INFO", "DP", "1", "Integer", "Read depth"),
    ("INFO", "END", "1", "Integer", "Last base of the block"),
    ("INFO", "ExcessHet", "1", "Float", "Phred-scaled excess of heterozygotes"),
    ("INFO", "FS", "1", "Float", "Phred-scaled strand bias"),
    ("INFO", "MLEAC", "A", "Integer", "Most likely allele count"),
    ("INFO", "MLEAF", "A", "Float", "Most likely allele frequency"),
    ("INFO", "MQ", "1", "Float", "Mapping quality"),
    ("INFO", "MQRankSum", "1", "Float", "Rank sum of mapping qualities"),
    ("INFO", "QD", "1", "Float", "Quality by depth"),
    ("INFO", "ReadPosRankSum", "1", "Float", "Rank sum of positions in reads"),
    ("INFO", "SOR", "1", "Float", "Strand odds ratio"),
)


def header(dialect: Dialect, contigs: list[str], samples: list[str]) -> bytes:
    """The header of a file, with every contig of the assembly that the nation uses at its true length."""
    lines = ["##fileformat=VCFv4.2", '##FILTER=<ID=PASS,Description="All filters passed">']
    if dialect.symbol in ("<NON_REF>", "<*>"):
        lines.append(f'##ALT=<ID={dialect.symbol[1:-1]},Description="Any other allele at this place">')
    words = {
        word
        for text in (dialect.filters[1], dialect.reference_filter, dialect.low_block_filter)
        for word in text.split(";")
        if word not in ("", "PASS", ".")
    }
    lines += [f'##FILTER=<ID={word},Description="Set by {dialect.source}">' for word in sorted(words)]
    lines += [f'##{kind}=<ID={name},Number={n},Type={t},Description="{text}">' for kind, name, n, t, text in _META]
    lines += [f"##contig=<ID={name},length={GRCH38.contig(name).length},assembly=GRCh38>" for name in contigs]
    lines.append(f"##source={dialect.source} (synthetic data by embla simulate)")
    lines.append("\t".join(("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples)))
    return ("\n".join(lines) + "\n").encode()


def person_text(dialect: Dialect, shapes: Shapes, calls: Calls, blocks: Blocks | None, seed: int) -> bytes:
    """All lines of one person in one window, sorted by position."""
    lines = _records(dialect, shapes, calls, seed)
    if blocks is None:
        return "".join(lines).encode()
    at = np.concatenate((calls.pos, blocks.start + shapes.window.start + 1))
    lines += _blocks(dialect, shapes, blocks)
    return "".join([lines[i] for i in np.argsort(at, kind="stable").tolist()]).encode()


def _records(dialect: Dialect, shapes: Shapes, calls: Calls, seed: int) -> list[str]:
    """The lines of all records; the common kind (one ALT, nothing special) is written in one go."""
    front = [_front(dialect, shapes, number) for number in calls.shape.tolist()]
    mitochondrial = shapes.window.contig == "chrM"
    one_alt = np.array([alts == 1 for _, alts, _ in front], dtype=bool)
    common = (
        one_alt & (calls.ft == FT_ABSENT) & ~calls.phased & (calls.ad[:, 0] >= 0) & (calls.dp >= 0) & (calls.gq >= 0)
    )
    lines = [""] * len(front)
    if not mitochondrial:
        at = np.flatnonzero(common)
        where = at.tolist()
        for index, line in zip(
            where, _common_records(dialect, [front[i] for i in where], calls, at, seed), strict=True
        ):
            lines[index] = line
    for index in np.flatnonzero(~common | mitochondrial).tolist():
        lines[index] = _record(dialect, front[index], calls, index, seed, mitochondrial)
    return lines


def _common_records(
    dialect: Dialect, front: list[tuple[str, int, bool]], calls: Calls, at: Ints, seed: int
) -> list[str]:
    tails = _info_tails(seed)
    good, failed_word = dialect.filters
    reference = dialect.reference_filter or good
    end = ",0" if dialect.record_symbol else ""
    width = 2 + dialect.record_symbol
    formats = [f"GT:AD:{depth}:{dialect.quality}:PL" for depth in ("DP", dialect.indel_depth)]
    genotypes = [(a, b) for a, b in calls.gt[at].tolist()]
    info = (
        [_rich_info(a, b, 1, dp, tails[(pos + dp) % _INFO_TAILS]) for (a, b), dp, pos in zip(
            genotypes, calls.dp[at].tolist(), calls.pos[at].tolist(), strict=True)]
        if dialect.rich_info else [f"DP={dp}" for dp in calls.dp[at].tolist()]
    )  # fmt: skip
    return [
        f"{left}\t{qual_text(pair, dp)}\t{failed_word if failed else reference if pair in _LIKE else good}\t"
        f"{about}\t{formats[indel]}\t"
        f"{_UNPHASED[pair]}:{ref},{alt}{end}:{dp}:{gq}:{likelihoods(width, pair, gq)}\n"
        for (left, _, indel), pair, dp, gq, ref, alt, failed, about in zip(
            front, genotypes, calls.dp[at].tolist(), calls.gq[at].tolist(), calls.ad[at, 0].tolist(),
            calls.ad[at, 1].tolist(), calls.filter[at].tolist(), info, strict=True,
        )
    ]  # fmt: skip


def _record(
    dialect: Dialect, front: tuple[str, int, bool], calls: Calls, index: int, seed: int, mitochondrial: bool
) -> str:
    left, alts, indel = front
    a, b = calls.gt[index].tolist()
    dp, gq, ft, pos = (int(column[index]) for column in (calls.dp, calls.gq, calls.ft, calls.pos))
    ad = calls.ad[index].tolist()
    extra = extra_value = ""
    if ft != FT_ABSENT:
        extra, extra_value = ":FT", ":PASS" if ft == FT_PASS else f":{dialect.filters[1]}"
    if mitochondrial and dialect.writes_level:
        extra, extra_value = extra + ":AF", f"{extra_value}:{level_text(a, b, int(calls.level[index]), alts)}"
    phased = bool(calls.phased[index])
    if phased and dialect.phase == "PS":
        extra, extra_value = extra + ":PS", f"{extra_value}:{pos}"
    elif phased:
        extra, extra_value = extra + ":PGT:PID", f"{extra_value}:{a}|{b}:{pos}_X_Y"
    ad_text = "." if ad[0] == MISSING else ",".join(map(str, ad[: alts + 1])) + (",0" if dialect.record_symbol else "")
    depth, quality = (value if value != MISSING else "." for value in (dp, gq))
    tail = _info_tails(seed)[(pos + dp) % _INFO_TAILS]
    info = _rich_info(a, b, alts, depth, tail) if dialect.rich_info else f"DP={depth}"
    measured, known = f"GT:AD:{dialect.indel_depth if indel else 'DP'}", ""
    if not mitochondrial or dialect.habits.mt_quality:
        measured, known = f"{measured}:{dialect.quality}", f":{quality}"
    word = dialect.filters[calls.filter[index]]
    if dialect.reference_filter and (a, b) in _LIKE and word == dialect.filters[0] and not mitochondrial:
        word = dialect.reference_filter
    return (
        f"{left}\t{qual_text((a, b), dp)}\t{word}\t{info}\t{measured}{extra}:PL\t"
        f"{genotype_text(a, b, phased)}:{ad_text}:"
        f"{depth}{known}{extra_value}:{likelihoods(1 + alts + dialect.record_symbol, (a, b), gq)}\n"
    )


def _front(dialect: Dialect, shapes: Shapes, number: int) -> tuple[str, int, bool]:
    """The columns up to ALT, how many ALTs the record has, and whether it is an indel."""
    known = shapes.fronts.get((number, dialect.record_symbol, dialect.symbol))
    if known is None:
        shape = shapes.shapes[number]
        alts = ",".join(shape.alts) + (f",{dialect.symbol}" if dialect.record_symbol else "")
        indel = any(len(alt) != len(shape.ref) or alt == "*" for alt in shape.alts)
        known = (f"{shapes.window.contig}\t{shape.pos}\t.\t{shape.ref}\t{alts}", len(shape.alts), indel)
        shapes.fronts[number, dialect.record_symbol, dialect.symbol] = known
    return known


def _blocks(dialect: Dialect, shapes: Shapes, blocks: Blocks) -> list[str]:
    window = shapes.window
    bases = window.bases[blocks.start].tobytes().decode("ascii")
    genotype = (("./.", "."), ("0/0", "0"))
    form = dialect.block
    if window.contig == "chrM" and not dialect.habits.mt_quality:
        form = form.replace("GQ:", "").removesuffix(":PL")
    text: Callable[[int, int, int], str] = _BLOCK_TEXT[form]
    flag = ";BLOCKAVG_min30p3a" if dialect.name == "strelka" else ""
    left, middle = f"{window.contig}\t", f"\t{dialect.symbol}\t.\t"
    first = (blocks.start + window.start + 1).tolist()
    return [
        f"{left}{pos}\t.\t{base}{middle}{dialect.good_block_filter if gq >= 20 else dialect.low_block_filter}"
        f"\tEND={end}{flag}\t{form}\t{genotype[ok][one]}:{text(dp, gq, least)}\n"
        for pos, base, end, dp, gq, least, ok, one in zip(
            first, bases, (blocks.end + window.start).tolist(), blocks.dp.tolist(), blocks.gq.tolist(),
            blocks.min_dp.tolist(), blocks.called.tolist(), blocks.single.tolist(), strict=True,
        )
    ]  # fmt: skip


_BLOCK_TEXT: Final[dict[str, Callable[[int, int, int], str]]] = {
    "GT:DP:GQ:MIN_DP:PL": lambda dp, gq, least: f"{dp}:{gq}:{least}:0,{gq},{gq * 12}",
    "GT:AD:DP:GQ:MIN_DP:PL": lambda dp, gq, least: f"{dp},0:{dp}:{gq}:{least}:0,{gq},{gq * 12}",
    "GT:AD:DP:MIN_DP": lambda dp, _, least: f"{dp},0:{dp}:{least}",
    "GT:GQ:MIN_DP:PL": lambda _, gq, least: f"{gq}:{least}:0,{gq},{gq * 12}",
    "GT:GQX:DP:DPF:MIN_DP": lambda dp, gq, least: f"{gq}:{dp}:{dp // 9}:{least}",
}


@lru_cache(maxsize=4096)
def genotype_text(a: int, b: int, phased: bool) -> str:
    """GT as text."""
    first = "." if a == MISSING else str(a)
    if b == NO_SECOND:
        return first
    return f"{first}{'|' if phased else '/'}{'.' if b == MISSING else b}"


_LIKE: Final = ((0, 0), (0, NO_SECOND))  # genotypes like the reference
_UNPHASED: Final = {(a, b): genotype_text(a, b, False) for a in range(-1, 2) for b in range(-2, 2)}


@lru_cache(maxsize=65_536)
def likelihoods(width: int, pair: tuple[int, int], gq: int) -> str:
    """A plausible PL: 0 for the genotype that was called, growing with the distance from it."""
    a, b = pair
    if a == MISSING or b == MISSING:
        return "."
    step = max(gq, 1)
    if b == NO_SECOND:
        return ",".join(str(0 if i == a else step * 13) for i in range(width))
    called = (min(a, b), max(a, b))
    return ",".join(
        str(0 if (i, j) == called else step * (1 + 12 * (i not in called) + 12 * (j not in called)))
        for j in range(width)
        for i in range(j + 1)
    )


def level_text(a: int, b: int, level: int, alts: int) -> str:
    """AF of each ALT on chrM, from 1/1,000."""
    carried = max(a, b, 1)
    return ",".join(f"{level / 1000:.3f}" if i + 1 == carried else "0.000" for i in range(alts))


@lru_cache(maxsize=65_536)
def qual_text(pair: tuple[int, int], dp: int) -> str:
    """QUAL, as high as the depth allows."""
    a, b = pair
    return f"{max(dp, 1) * (29 if a == b else 13)}.{(dp * 7 + a) % 90 + 10}" if a > 0 or b > 0 else "0.04"


def _rich_info(a: int, b: int, alts: int, depth: int | str, tail: str) -> str:
    if alts == 1:
        count, number = (a == 1) + (b == 1), (a >= 0) + (b >= 0)
        share = "1.00" if count == number and number else "0.500" if count else "0.00"
        return f"AC={count};AF={share};AN={number};DP={depth};ExcessHet=3.0103;MLEAC={count};MLEAF={share};{tail}"
    counts = [(a == i) + (b == i) for i in range(1, alts + 1)]
    number = (a >= 0) + (b >= 0)
    listed = ",".join(map(str, counts))
    shares = ",".join("0.500" if count else "0.00" for count in counts)
    return f"AC={listed};AF={shares};AN={number};DP={depth};ExcessHet=3.0103;MLEAC={listed};MLEAF={shares};{tail}"


@lru_cache(maxsize=8)
def _info_tails(seed: int) -> tuple[str, ...]:
    """Annotations of the site that nobody counts but every parser must walk over."""
    dice = Dice(seed, "info")
    numbers = dice.below(4000, _INFO_TAILS * 7).reshape(_INFO_TAILS, 7).tolist()
    return tuple(
        f"BaseQRankSum={(n[0] - 2000) / 1000:.3f};FS={n[1] / 300:.3f};MQ={60 - n[2] / 2000:.2f};"
        f"MQRankSum={(n[3] - 2000) / 1000:.3f};QD={2 + n[4] / 130:.2f};ReadPosRankSum={(n[5] - 2000) / 1000:.3f};"
        f"SOR={n[6] / 1000:.3f}"
        for n in numbers
    )
