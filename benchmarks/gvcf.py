"""A gVCF of as many lines as one likes, in some seconds per million: a genome's shape, nothing of its content.

Blocks of a few hundred bases with a variant after about four of them, all of it on chr1 to chr22, written as GATK
writes; some blocks are too thin to be called.
"""

import random
from pathlib import Path

import pysam

from embla.genome import GRCH38

_POOL = 4_096
_AUTOSOMES = tuple(contig for contig in GRCH38.contigs if contig.kind == "autosome")


def write_gvcf(path: Path, lines: int, seed: int = 1) -> None:
    """Write `lines` record lines; the same seed gives the same text."""
    rng = random.Random(seed)
    blocks = [_block_cells(rng) for _ in range(_POOL)]
    calls = [_call_cells(rng) for _ in range(_POOL)]
    whole = sum(contig.length for contig in _AUTOSOMES)
    with pysam.BGZFile(str(path), "wb", None) as out:
        out.write(_header().encode())
        left = lines
        for contig in _AUTOSOMES:
            mine = left if contig is _AUTOSOMES[-1] else lines * contig.length // whole
            left -= mine
            out.write(_contig(contig.name, contig.length, mine, blocks, calls, rng).encode())


def _header() -> str:
    keys = ("GT", "AD", "DP", "GQ", "MIN_DP", "PL", "SB")
    lines = ["##fileformat=VCFv4.2", "##source=HaplotypeCaller"]
    lines += [f'##FORMAT=<ID={key},Number=.,Type=String,Description="{key}">' for key in keys]
    lines += [f"##contig=<ID={contig.name},length={contig.length}>" for contig in GRCH38.contigs]
    return "\n".join([*lines, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSYN1"]) + "\n"


def _contig(name: str, length: int, n: int, blocks: list[str], calls: list[str], rng: random.Random) -> str:
    """`n` lines without a gap between them: variants, and blocks that share out the rest of the contig."""
    parts = []
    pos = 1
    for left in range(n, 0, -1):
        number = rng.getrandbits(30)
        if number % 5 == 0:
            parts.append(f"{name}\t{pos}{calls[number >> 8 & 4095]}")
            pos += 1
        else:
            size = max((length - pos) // left, 1)
            parts.append(f"{name}\t{pos}\t.\t{'ACGT'[number & 3]}\t<NON_REF>\t.\t.\tEND={pos + size - 1}\t"
                         f"{blocks[number >> 8 & 4095]}")  # fmt: skip
            pos += size
    return "".join(parts)


def _block_cells(rng: random.Random) -> str:
    depth = rng.randint(2, 9) if rng.random() < 0.04 else rng.randint(15, 45)
    quality = min(99, 3 * depth)
    return f"GT:DP:GQ:MIN_DP:PL\t0/0:{depth}:{quality}:{depth - 1}:0,{quality},{quality * 12}\n"


def _call_cells(rng: random.Random) -> str:
    ref, alt = rng.sample("ACGT", 2)
    if rng.random() < 0.1:
        ref += "".join(rng.choice("ACGT") for _ in range(rng.randint(1, 4)))
    elif rng.random() < 0.1:
        alt = ref + "".join(rng.choice("ACGT") for _ in range(rng.randint(1, 4)))
    depth = rng.randint(15, 45)
    own = depth // 2 if rng.random() < 0.6 else depth
    info = f"BaseQRankSum={rng.gauss(0, 1):.3f};DP={depth};MQRankSum={rng.gauss(0, 1):.3f};ReadPosRankSum=0.358"
    cell = (
        f"{'0/1' if own < depth else '1/1'}:{depth - own},{own},0:{depth}:99:{30 * own},0,{900 - 9 * own},999,999,1200"
    )
    return f"\t.\t{ref}\t{alt},<NON_REF>\t{30 * own}.60\t.\t{info}\tGT:AD:DP:GQ:PL:SB\t{cell}:8,{own},7,3\n"
