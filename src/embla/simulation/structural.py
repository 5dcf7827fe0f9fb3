"""Callers' files of structural variants, copy numbers and repeats for the people of a nation, with the exact truth.

Each event has a place, a frequency and a caller's noise: breakpoints some bases off, as two breakends or by symbol.
Events lie far apart, so which calls are one event is known; the truth says how many alleles and people carry each.
Nobody inherits here: families' events are drawn apart.
"""

import csv
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from embla.genome import GRCH38

COLUMNS: Final = ("structural", "copy_numbers", "repeats")
_APART: Final = 12_000
_MOTIFS: Final = ("CAG", "CGG", "AAGGG", "GAA")
_CALLERS: Final = ("Manta 1.6.0", "GRIDSS 2.13.2", "Sniffles2 2.2")


@dataclass(frozen=True)
class Planted:
    """One event: 0-based start and end, share of chromosomes, length of an insertion."""

    kind: str
    start: int
    end: int
    length: int
    share: float


@dataclass(frozen=True)
class StructuralNation:
    """`files`: sample -> column of a sample sheet -> path; `truth`: a JSON file."""

    files: dict[str, dict[str, Path]]
    truth: Path


def simulate_structural(
    samples: Path, out: Path, *, seed: int, contig: str = "chr21", start: int, end: int, events: int = 12,
    loci: int = 3, called: float = 0.8,
) -> StructuralNation:  # fmt: skip
    """Write files for the people of `samples` (samples.tsv of `embla simulate`) over start to end (0-based).

    `called`: share of people for whom structural variants were called; of half of them copy numbers and repeats, too.
    """
    rng = np.random.default_rng([seed, 41])
    with samples.open(encoding="utf-8", newline="") as opened:
        people = [row["sample"] for row in csv.DictReader(opened, delimiter="\t")]
    events = min(events, max(1, (end - start) // _APART - 1))
    sv = [_event(rng, start + n * _APART, sharing) for n, sharing in enumerate(_shares(events))]
    cnv = [_segment(rng, start + n * _APART, sharing) for n, sharing in enumerate(_shares(max(1, events // 3)))]
    repeats = [(start + 9_000 + n * _APART, _MOTIFS[n % len(_MOTIFS)]) for n in range(min(loci, events))]
    out.mkdir(parents=True, exist_ok=True)
    truth: dict[str, Any] = {"sv": [Counter[str]() for _ in sv], "cnv": [Counter[str]() for _ in cnv],
                             "str": [Counter[int]() for _ in repeats], "called": Counter[str]()}  # fmt: skip
    files: dict[str, dict[str, Path]] = {}
    for number, sample in enumerate(people):
        if rng.random() >= called:
            continue
        own = files[sample] = {}
        caller = _CALLERS[number % len(_CALLERS)]
        lines = _structural_lines(rng, contig, sv, caller, truth["sv"])
        own["structural"] = _write(out / f"{sample}.sv.vcf", contig, sample, caller, lines)
        truth["called"]["sv"] += 1
        if rng.random() < 0.5:
            continue
        lines = _segment_lines(rng, contig, cnv, start, end, truth["cnv"])
        own["copy_numbers"] = _write(out / f"{sample}.cnv.vcf", contig, sample, "DRAGEN 4.2", lines)
        lines = _repeat_lines(rng, contig, repeats, truth["str"])
        own["repeats"] = _write(out / f"{sample}.repeats.vcf", contig, sample, "ExpansionHunter 5", lines)
        truth["called"]["cnv"] += 1
        truth["called"]["str"] += 1
    told = {
        "called": truth["called"],
        "sv": [{"type": e.kind, "start": e.start, "end": e.end} | t for e, t in zip(sv, truth["sv"], strict=True)],
        "cnv": [{"type": e.kind, "start": e.start, "end": e.end} | t for e, t in zip(cnv, truth["cnv"], strict=True)],
        "str": [
            {"start": place, "motif": motif, "sizes": dict(sorted(sizes.items()))}
            for (place, motif), sizes in zip(repeats, truth["str"], strict=True)
        ],
    }
    path = out / "structural_truth.json"
    path.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    return StructuralNation(files, path)


def _shares(n: int) -> list[float]:
    """Shares of chromosomes: some common, most rare."""
    return [(0.3, 0.15, 0.05, 0.01)[at % 4] for at in range(n)]


def _event(rng: np.random.Generator, at: int, share: float) -> Planted:
    kind = str(rng.choice(["DEL", "DEL", "DUP", "INS", "INV"]))
    place, size = at + 1_000, int(rng.integers(400, 5_000))
    return Planted(kind, place, place if kind == "INS" else place + size, size if kind == "INS" else 0, share)


def _segment(rng: np.random.Generator, at: int, share: float) -> Planted:
    return Planted(str(rng.choice(["DEL", "DUP"])), at + 500, at + 10_500, 0, share)


def _structural_lines(
    rng: np.random.Generator, contig: str, events: list[Planted], caller: str, truth: list[Counter[str]]
) -> list[str]:
    lines = []
    for event, told in zip(events, truth, strict=True):
        alleles = int(rng.binomial(2, event.share))
        if not alleles or (caller.startswith("GRIDSS") and event.kind not in ("DEL", "DUP")):
            continue  # that caller gives no genotypes, and has breakends only
        start, end = (place + int(rng.integers(-20, 21)) for place in (event.start, event.end))
        if event.kind == "INS":
            end = start
        told["carriers"] += 1
        pairs = caller.startswith("GRIDSS")
        told["alleles"] += 1 if pairs else alleles
        gt = "." if pairs else ("0/1", "1/1")[alleles - 1]
        if pairs and event.kind == "DEL":
            ends: tuple[tuple[int, str], ...] = ((start, f"N[{contig}:{end + 1}["), (end + 1, f"]{contig}:{start}]N"))
        else:
            ends = ((start + 1, f"]{contig}:{end}]N"), (end, f"N[{contig}:{start + 1}["))
        if pairs:
            names = (f"g{start}o", f"g{start}h")
            for (pos, alt), own, mate in zip(ends, names, names[::-1], strict=True):
                lines.append(f"{contig}\t{pos}\t{own}\tN\t{alt}\t.\tPASS\tSVTYPE=BND;MATEID={mate}\tGT\t{gt}")
            continue
        length = f";SVLEN={event.length}" if event.kind == "INS" else ""
        info = f"SVTYPE={event.kind};END={end}{length};CIPOS=-10,10;CIEND=-10,10"
        lines.append(f"{contig}\t{start}\tm{start}\tN\t<{event.kind}>\t.\tPASS\t{info}\tGT\t{gt}")
    return lines


def _segment_lines(
    rng: np.random.Generator, contig: str, events: list[Planted], start: int, end: int, truth: list[Counter[str]]
) -> list[str]:
    lines, at = [], start
    for event, told in zip(events, truth, strict=True):
        if event.start > at:
            lines.append(f"{contig}\t{at}\tref\tN\t.\t.\tPASS\tEND={event.start}\tGT:CN\t./.:2")
        carried = rng.random() < event.share
        number = (1 if event.kind == "DEL" else 3) if carried else 2
        alt = f"<{event.kind}>" if carried else "."
        lines.append(f"{contig}\t{event.start}\tseg\tN\t{alt}\t.\tPASS\tEND={event.end}\tGT:CN\t./.:{number}")
        told["carriers"] += int(carried)
        told["alleles"] += int(carried)
        at = event.end
    return [*lines, f"{contig}\t{at}\tref\tN\t.\t.\tPASS\tEND={end}\tGT:CN\t./.:2"] if at < end else lines


def _repeat_lines(
    rng: np.random.Generator, contig: str, loci: list[tuple[int, str]], truth: list[Counter[int]]
) -> list[str]:
    lines = []
    for number, ((place, motif), told) in enumerate(zip(loci, truth, strict=True)):
        sizes = sorted(int(rng.choice([9, 10, 11, 12, 17, 45], p=[0.2, 0.3, 0.25, 0.2, 0.03, 0.02])) for _ in range(2))
        told.update(sizes)
        end = place + 10 * len(motif)
        info = f"END={end};REF=10;RL={10 * len(motif)};RU={motif};VARID=SIM{number + 1}"
        own = "/".join(map(str, sizes))
        ci = "/".join(f"{size}-{size + (5 if size > 40 else 0)}" for size in sizes)
        lines.append(f"{contig}\t{place}\t.\tN\t<STR{sizes[1]}>\t.\tPASS\t{info}\tGT:REPCN:REPCI\t0/1:{own}:{ci}")
    return lines


def _write(path: Path, contig: str, sample: str, caller: str, lines: list[str]) -> Path:
    head = [
        "##fileformat=VCFv4.3",
        f"##source={caller}",
        f"##contig=<ID={contig},length={GRCH38.contig(contig).length}>",
    ]
    columns = "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", sample])
    path.write_text("\n".join([*head, columns, *lines]) + "\n", "utf-8")
    return path
