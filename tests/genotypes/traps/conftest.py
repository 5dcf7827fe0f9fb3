"""A small nation for one trap: write a few records per person, report them, ask, all through the command line."""

import json
from pathlib import Path

import pytest

from embla.cli import run

HEADER = """##fileformat=VCFv4.2
##FILTER=<ID=PASS,Description="All filters passed">
##FILTER=<ID=LowQual,Description="Low quality">
##INFO=<ID=END,Number=1,Type=Integer,Description="End">
##ALT=<ID=NON_REF,Description="Any other allele">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">
##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="Lowest depth of the block">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Allele depths">
##FORMAT=<ID=AF,Number=A,Type=Float,Description="Heteroplasmy">
##FORMAT=<ID=FT,Number=1,Type=String,Description="Filter of the call">
"""
LENGTHS = {
    "chr1": 248956422,
    "chr2": 242193529,
    "chr21": 46709983,
    "chrX": 156040895,
    "chrY": 57227415,
    "chrM": 16569,
}


class Nation:
    """Files, a samples.tsv and a store in one folder; `ask` answers one count as a dict."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        self.store = folder / "store"
        self.reference: Path | None = None
        self.rows: list[dict[str, str]] = []
        self.err = ""
        self.out = ""

    def run(self, *words: object) -> int:
        self.capsys.readouterr()
        code = run([str(word) for word in words])
        caught = self.capsys.readouterr()
        self.out, self.err = caught.out, caught.err
        return code

    def vcf(
        self, name: str, records: list[str], *, samples: list[str] | None = None, contigs: dict[str, int] | None = None
    ) -> Path:
        """`records` are tab- or space-separated VCF lines: CHROM POS REF ALT FILTER INFO FORMAT SAMPLE..."""
        lines = [HEADER.rstrip()]
        lines += [f"##contig=<ID={contig},length={length}>" for contig, length in (contigs or LENGTHS).items()]
        lines.append("\t".join("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT".split() + (samples or [name])))
        for record in records:
            contig, pos, ref, alt, flt, info, fmt, *values = record.split()
            lines.append("\t".join([contig, pos, ".", ref, alt, "50", flt, info, fmt, *values]))
        path = self.folder / f"{name}.vcf"
        path.write_text("\n".join(lines) + "\n")
        return path

    def person(
        self, name: str, records: list[str], karyotype: str = "XX", callability: str = "gvcf", **attributes: str
    ) -> None:
        path = self.vcf(name, records)
        self.rows.append(
            {"sample": name, "path": path.name, "karyotype": karyotype, "callability": callability, **attributes}
        )

    def create(self) -> None:
        words = ["store", "create", self.store, "--assembly", "GRCh38"]
        assert self.run(*words, *(["--reference", self.reference] if self.reference else [])) == 0, self.err

    def report(self, rows: list[dict[str, str]] | None = None) -> int:
        rows = rows if rows is not None else self.rows
        columns = list(dict.fromkeys(key for row in rows for key in row))
        table = self.folder / "samples.tsv"
        table.write_text(
            "\n".join("\t".join(row.get(c, "") for c in columns) for row in [{c: c for c in columns}, *rows]) + "\n"
        )
        return self.run("store", "add", self.store, "--samples", table)

    def build(self) -> "Nation":
        self.create()
        assert self.report() == 0, self.err
        return self

    def ask_all(self, query: str, *options: object) -> list[dict]:
        assert self.run("store", "count", self.store, query, "--json", *options) == 0, self.err
        return [json.loads(line) for line in self.out.splitlines()]

    def ask(self, query: str, *options: object) -> dict:
        answers = self.ask_all(query, *options)
        assert len(answers) == 1, answers
        return answers[0]


@pytest.fixture
def nation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Nation:
    return Nation(tmp_path, capsys)


def numbers(count: dict) -> tuple:
    """ac an nhet nhomalt nhemi, adj."""
    return tuple(count[key] for key in ("ac", "an", "nhet", "nhomalt", "nhemi"))


def raw(count: dict) -> tuple:
    return tuple(count["raw"][key] for key in ("ac", "an", "nhet", "nhomalt", "nhemi"))


GOOD = "GT:DP:GQ:AD"
BLOCK = "GT:DP:GQ:MIN_DP"


def het(contig: str, pos: int, ref: str, alt: str, flt: str = "PASS") -> str:
    return f"{contig} {pos} {ref} {alt} {flt} . {GOOD} 0/1:30:60:15,15"


def hom(contig: str, pos: int, ref: str, alt: str, flt: str = "PASS") -> str:
    return f"{contig} {pos} {ref} {alt} {flt} . {GOOD} 1/1:30:60:0,30"


def block(
    contig: str,
    start: int,
    end: int,
    ref: str = "A",
    alt: str = "<NON_REF>",
    dp: int = 30,
    gq: int = 60,
    gt: str = "0/0",
) -> str:
    """Reference block over 1-based start..end."""
    return f"{contig} {start} {ref} {alt} . END={end} {BLOCK} {gt}:{dp}:{gq}:{dp}"
