"""bcftools csq over whole files, in a process of its own: what the stretches cut out for it are compared with."""

import gzip
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from embla.genome import Variant
from embla.reference import Consequence, Reference
from embla.reference.consequences import read_consequences

_RUN = "import sys, pysam.bcftools; pysam.bcftools.csq(*sys.argv[1:], catch_stdout=False)"


def with_parents_apart(genes: Path, folder: Path) -> Path:
    """The GFF3 with a line for each parent: csq passes over features that name several, as Ensembl 84's do."""
    rows = []
    for line in gzip.open(genes, "rt").read().splitlines():
        head, found, tail = line.rpartition("Parent=")
        parents, semicolon, rest = tail.partition(";")
        names = parents.split(",") if found else []
        rows += [f"{head}Parent={name}{semicolon}{rest}" for name in names] if len(names) > 1 else [line]
    path = folder / "apart.gff3"
    path.write_text("\n".join(rows) + "\n")
    return path


def whole_csq(
    variants: Iterable[Variant], reference: Reference, genes: Path, folder: Path
) -> dict[Variant, tuple[Consequence, ...]]:
    """Consequences of each allele, over the whole reference and the whole GFF3."""
    asked = sorted(set(variants), key=Variant.sort_key)
    given, answer = folder / "in.vcf", folder / "out.vcf"
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=21>", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    lines += [
        f"{reference.name_in_file(one.contig)}\t{one.pos}\t{number}\t{one.ref}\t{one.alt}\t.\t.\t."
        for number, one in enumerate(asked)
    ]
    given.write_text("\n".join(lines) + "\n")
    words = ["--local-csq", "-f", str(reference.path), "-g", str(genes), "-o", str(answer), str(given)]
    subprocess.run([sys.executable, "-c", _RUN, *words], check=True, capture_output=True)
    rows = [line.split("\t") for line in answer.read_text().splitlines() if not line.startswith("#")]
    return {asked[int(row[2])]: read_consequences(row[7]) for row in rows}
