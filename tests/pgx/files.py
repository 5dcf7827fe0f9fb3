"""VCFs written site by site from the definitions: everything 0/0 but what a test says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embla.pgx import release
from embla.pgx.model.calling import GeneCall
from embla.pgx.model.definition import Gene
from embla.pgx.service import call_file, genes_of

LENGTHS = {
    "chr1": 248956422, "chr2": 242193529, "chr4": 190214555, "chr6": 170805979, "chr7": 159345973, "chr8": 145138636,
    "chr10": 133797422, "chr12": 133275309, "chr13": 114364328, "chr16": 90338345, "chr19": 58617616,
    "chr22": 50818468, "chrX": 156040895,
}  # fmt: skip
CONTIGS = "".join(f"##contig=<ID={name},length={length}>\n" for name, length in LENGTHS.items())


def gene(name: str) -> Gene:
    return release().genes[name]


def vcf(path: Path, rows: list[str], *, head: str = CONTIGS, samples: str = "S1") -> Path:
    """Write lines `contig pos ref alt FORMAT value ...`, or with FILTER and INFO before FORMAT."""
    text = f"##fileformat=VCFv4.2\n{head}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{samples}\n"
    path.write_text(text + "".join(row + "\n" for row in rows))
    return path


def line(contig: str, pos: int, ref: str, alt: str, gt: str, *, keys: str = "GT", filters: str = "PASS") -> str:
    return f"{contig}\t{pos}\t.\t{ref}\t{alt}\t.\t{filters}\t.\t{keys}\t{gt}"


def rows_of(name: str, told: Mapping[str, str] = {}, *, without: tuple[str, ...] = ()) -> list[str]:
    """Every site of a gene as a line. `told`: rsID or HGVS -> GT in allele numbers of the definition's ALTs.

    A GT may be followed by `:PS`.
    """
    rows = []
    known = gene(name)
    assert set(told) | set(without) <= {site.name for site in known.sites}
    for site in known.sites:
        if site.name in without:
            continue
        gt = told.get(site.name, "0/0")
        rows.append(
            line(known.contig, site.pos, site.ref, ",".join(site.alts), gt, keys="GT:PS" if ":" in gt else "GT")
        )
    return rows


def called(path: Path, name: str, *, karyotype: str | None = None) -> GeneCall:
    """The call of one gene of the first sample."""
    return next(iter(call_file(path, release(), genes_of(release(), [name]), karyotype=karyotype))).calls[name]


def names(call: GeneCall) -> list[str]:
    return ["/".join(one) for one in call.diplotypes]


def terms(call: GeneCall) -> list[str]:
    return [one.term for one in call.phenotypes]


def told_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(one) for one in text.splitlines()]
