"""A joint file: every locus once, a column for each person."""

from functools import lru_cache

from embla.simulation.calls import FT_FAIL, MISSING, Calls, Shapes
from embla.simulation.dialects import genotype_text, level_text


def joint_text(shapes: Shapes, everybody: list[Calls], failed: list[int], filters: tuple[str, str]) -> bytes:
    """All lines of one window. `failed` (loci,) 1 where the site fails FILTER; all Calls have the same shapes in
    order."""
    numbers = everybody[0].shape.tolist()
    mitochondrial = shapes.window.contig == "chrM"
    alts = [len(shapes.shapes[number].alts) for number in numbers]
    columns = [_column(calls, alts, mitochondrial) for calls in everybody]
    lines = []
    for number, bad, genotypes, cells in zip(
        numbers,
        failed,
        zip(*(calls.gt.tolist() for calls in everybody), strict=True),
        zip(*columns, strict=True),
        strict=True,
    ):
        shape = shapes.shapes[number]
        called = [allele for pair in genotypes for allele in pair if allele >= 0]
        counts = [called.count(i + 1) for i in range(len(shape.alts))]
        info = f"AC={','.join(map(str, counts))};AN={len(called)}"
        form = "GT:AD:DP:GQ:FT:AF" if mitochondrial else "GT:AD:DP:GQ:FT"
        left = f"{shapes.window.contig}\t{shape.pos}\t.\t{shape.ref}\t{','.join(shape.alts)}\t{60 + sum(counts)}.10"
        lines.append(f"{left}\t{filters[bad]}\t{info}\t{form}\t" + "\t".join(cells) + "\n")
    return "".join(lines).encode()


def _column(calls: Calls, alts: list[int], mitochondrial: bool) -> list[str]:
    return [
        cell(a, b, phased, dp, gq, tuple(ad[: n + 1]), ft, level if mitochondrial else -1)
        for (a, b), phased, dp, gq, ad, n, ft, level in zip(
            calls.gt.tolist(), calls.phased.tolist(), calls.dp.tolist(), calls.gq.tolist(), calls.ad.tolist(), alts,
            calls.ft.tolist(), calls.level.tolist(), strict=True,
        )
    ]  # fmt: skip


@lru_cache(maxsize=1 << 16)
def cell(a: int, b: int, phased: bool, dp: int, gq: int, ad: tuple[int, ...], ft: int, level: int) -> str:
    """One person's column: GT:AD:DP:GQ:FT, and AF on chrM (level from 0, -1 elsewhere)."""
    reads = "." if ad[0] == MISSING else ",".join(map(str, ad))
    depth, quality = ("." if value == MISSING else str(value) for value in (dp, gq))
    tail = f":{level_text(a, b, level, len(ad) - 1)}" if level >= 0 else ""
    return f"{genotype_text(a, b, phased)}:{reads}:{depth}:{quality}:{'LowGQ' if ft == FT_FAIL else 'PASS'}{tail}"
