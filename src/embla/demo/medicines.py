"""A patient of the demo whose drug genes were read: known alleles at every defining position, and a passport of them.

The demo's other people have real sequence of chromosome 21 only, where no drug gene lies.
"""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from embla.pgx import issue, release
from embla.platform import Actor, House
from embla.submission import prepare_sheet, receive_many

if TYPE_CHECKING:
    from embla.pgx import Gene, Issued

LABORATORY: Final = "capital"
CLINICIAN: Final = "clinician-capital"
# What the passport must say of this patient; every other gene has its reference on both strands.
ALLELES: Final = {
    "CYP2C19": ("*1", "*2"), "CYP2C9": ("*1", "*3"), "TPMT": ("*1", "*3A"), "SLCO1B1": ("*1", "*5"),
    "CYP3A5": ("*3", "*3"),
}  # fmt: skip
_LENGTHS: Final = {
    "chr1": 248956422, "chr2": 242193529, "chr4": 190214555, "chr6": 170805979, "chr7": 159345973, "chr8": 145138636,
    "chr10": 133797422, "chr12": 133275309, "chr13": 114364328, "chr16": 90338345, "chr19": 58617616,
    "chr22": 50818468, "chrX": 156040895,
}  # fmt: skip


def give_passport(house: House, scratch: Path, *, opened: date) -> "Issued":
    """Report the patient's genome as the laboratory would, and issue a passport for the clinician who treats."""
    file = write_drug_genes(scratch / "drug-genes.vcf", "DRUGS1")
    row = {
        "sample": "DRUGS1", "file": str(file), "package": "drugs-1", "laboratory": LABORATORY, "patient_group": "heart",
        "opened": opened.isoformat(), "clinicians": CLINICIAN, "person": "drugs-1", "karyotype": "XX",
        "pipeline": "gatk", "pipeline_version": "4.5.0",
    }  # fmt: skip
    sheet = scratch / "drugs.tsv"
    with sheet.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, list(row), delimiter="\t")
        table.writeheader()
        table.writerow(row)
    reporter = Actor(f"lab-{LABORATORY}", frozenset({"lab"}), LABORATORY)
    packages = prepare_sheet(sheet, scratch / "drugs").packages
    ((_, outcome),) = receive_many(house, reporter, packages)
    if isinstance(outcome, Exception):
        raise outcome
    return issue(house, Actor(CLINICIAN, frozenset({"clinician"})), outcome.case, unchecked=True)


def write_drug_genes(path: Path, sample: str, alleles: Mapping[str, tuple[str, str]] = ALLELES) -> Path:
    """A VCF with a phased genotype at each defining position of each gene. `alleles`: gene -> rows of its definition,
    one a strand; a gene that is not named has its reference twice."""
    order = list(_LENGTHS)
    rows = sorted(
        (order.index(gene.contig), site.pos, _line(gene, at, alleles))
        for gene in release().genes.values() for at, site in enumerate(gene.sites)
    )  # fmt: skip
    head = "".join(f"##contig=<ID={name},length={length}>\n" for name, length in _LENGTHS.items())
    text = (
        f'##fileformat=VCFv4.2\n##FILTER=<ID=PASS,Description="Believed">\n{head}'
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
        '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">\n'
        '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">\n'
        f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{sample}\n"
    )
    path.write_text(text + "".join(line + "\n" for _, _, line in rows), "utf-8")
    return path


def _line(gene: "Gene", at: int, alleles: Mapping[str, tuple[str, str]]) -> str:
    site = gene.sites[at]
    rows = {allele.name: allele for allele in gene.alleles}
    strands = [rows[name] for name in alleles.get(gene.name, (gene.reference.name, gene.reference.name))]
    told = [allele.cells[at] or gene.reference.cells[at] or site.ref for allele in strands]
    texts = [site.ref, *site.alts]
    # The reference row's own base is the genome's where it is none of the listed changes.
    genotype = "|".join(str(texts.index(base) if base in texts else 0) for base in told)
    return f"{gene.contig}\t{site.pos}\t.\t{site.ref}\t{','.join(site.alts)}\t.\tPASS\t.\tGT:DP:GQ\t{genotype}:34:99"
