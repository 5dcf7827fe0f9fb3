"""Lists that laboratories keep: CSV or TSV with a mapping, VCF with INFO fields, both plain or gzipped. Lines only.

A mapping is a JSON object: our name -> the column's name. Without one, names that laboratories and ClinVar use are
known. What a line says stays text here; `importing.py` reads it.
"""

import csv
import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from urllib.parse import unquote

from embla.errors import BadInput, UsageError
from embla.genome import GRCH38

FIELDS: Final = (
    "allele", "contig", "pos", "ref", "alt", "class", "condition", "inheritance", "origin", "axis", "evaluated",
    "criteria", "summary", "evaluator", "share", "citations", "subclass", "assembly",
)  # fmt: skip
# Column names in lower case, without blanks, underscores and signs.
_KNOWN: Final[Mapping[str, Sequence[str]]] = {
    "allele": ("allele", "variant", "hgvs", "hgvsg", "variantname", "name", "spdi", "genomichgvs"),
    "contig": ("contig", "chrom", "chr", "chromosome"),
    "pos": ("pos", "position", "positionvcf", "start"),
    "ref": ("ref", "reference", "referenceallele", "referenceallelevcf"),
    "alt": ("alt", "alternate", "alternateallele", "alternateallelevcf"),
    "class": ("class", "classification", "clinicalsignificance", "clnsig", "pathogenicity", "acmgclassification",
              "significance", "germlineclassification"),
    "condition": ("condition", "disease", "disorder", "phenotype", "phenotypelist", "clndn", "conditionid", "mondo"),
    "inheritance": ("inheritance", "moi", "modeofinheritance"),
    "origin": ("origin", "alleleorigin"),
    "axis": ("axis",),
    "evaluated": ("evaluated", "datelastevaluated", "lastevaluated", "dateevaluated", "classificationdate", "date",
                  "lastmodified"),
    "criteria": ("criteria", "acmg", "acmgcriteria", "acmgcodes", "evidencecodes"),
    "summary": ("summary", "comment", "description", "interpretation", "evidencesummary"),
    "evaluator": ("evaluator", "evaluatedby", "classifiedby"),
    "share": ("share", "sharelevel"),
    "citations": ("citations", "pmid", "pmids", "references"),
    "subclass": ("subclass",),
    "assembly": ("assembly", "build", "genomebuild", "genomeassembly", "referencegenome"),
}  # fmt: skip
# What a column of builds says where there is nothing to say; c., n. and p. names have no build.
_NO_OTHER_BUILD: Final = re.compile(r"(?:grch|hg)?38(?:\.?p\d+)?|na|[-.]?", re.IGNORECASE)
_NO_BUILD: Final = re.compile(r"(?:^|[:\s])[cnp]\.", re.IGNORECASE)
_OTHER_BUILD: Final = re.compile(r"GRCh3[67]|hg1[789]|\bb3[67]\b|hs37|NCBI_?3[67]|human_g1k|CHM13", re.IGNORECASE)
_CONTIG: Final = re.compile(r"##contig=<.*?\bID=([^,>]+)(?:.*?\blength=(\d{1,12}))?")
# ClinVar writes a code for the origin.
_CLINVAR_ORIGIN: Final = {"1": "germline", "2": "somatic"}
MOST_LINE: Final = 1_000_000


@dataclass(frozen=True)
class Line:
    """One line of a list; `number` is 1-based in the file, `said` holds our names.

    `shifted`: it has more cells than the list has columns, so a cell may stand under another's name.
    """

    number: int
    said: Mapping[str, str]
    shifted: bool = False

    @property
    def allele(self) -> str:
        """As written: a name, or contig, position, REF and ALT with dashes; another build of a column goes first."""
        name = self.said.get("allele") or "-".join(self.said.get(part, "") for part in ("contig", "pos", "ref", "alt"))
        build = self.said.get("assembly", "")
        return name if _NO_OTHER_BUILD.fullmatch(build) or _NO_BUILD.search(name) else f"{build}:{name}"


def read_mapping(path: Path) -> dict[str, str]:
    """Our name -> the column's name, from a JSON file."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The mapping {path} cannot be read.", mend="It is a JSON object: our name to a column."
        ) from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise UsageError(f"The mapping {path} is no JSON object of texts.")
    unknown = sorted(set(found) - set(FIELDS))
    if unknown:
        raise UsageError(f"The mapping names {', '.join(unknown)}.", mend=f"Known: {', '.join(FIELDS)}.")
    return found


def read_list(path: Path, mapping: Mapping[str, str] | None = None) -> Iterator[Line]:
    """The lines of a list, one by one. BadInput for a file that is none."""
    with _opened(path) as file:
        try:
            yield from _lines(file, path, mapping)
        except UnicodeDecodeError as error:
            raise BadInput("This file is no text in UTF-8.", path=str(path)) from error


def _lines(file: IO[str], path: Path, mapping: Mapping[str, str] | None) -> Iterator[Line]:
    first = file.readline(MOST_LINE)
    if first.startswith("##fileformat=VCF"):
        yield from _vcf(file, path)
        return
    skipped = 1
    while first.startswith("##") or (first and not first.strip()):
        first, skipped = file.readline(MOST_LINE), skipped + 1
    yield from _table(file, first, path, mapping, skipped)


def _table(file: IO[str], header: str, path: Path, mapping: Mapping[str, str] | None, skipped: int) -> Iterator[Line]:
    between = "\t" if "\t" in header else ";" if header.count(";") > header.count(",") else ","
    names = [name.strip().lstrip("#\ufeff") for name in next(csv.reader([header], delimiter=between), [])]
    columns = _columns(names, mapping)
    if "class" not in columns or not (
        {"allele"} <= columns.keys() or {"contig", "pos", "ref", "alt"} <= columns.keys()
    ):
        raise BadInput(
            "The list has no column for the allele, or none for the class.", path=str(path), line=skipped,
            mend="Name the columns in a mapping file: {\"allele\": \"HGVS\", \"class\": \"Significance\"}.",
        )  # fmt: skip
    reader = csv.reader(file, delimiter=between)
    try:
        for row in reader:
            if not row or row[0].startswith("#"):
                continue
            said = {name: row[at].strip() for name, at in columns.items() if at < len(row)}
            yield Line(reader.line_num + skipped, said, shifted=any(cell.strip() for cell in row[len(names) :]))
    except csv.Error as error:
        raise BadInput("This line cannot be read.", path=str(path), line=reader.line_num + skipped) from error


def _columns(names: Sequence[str], mapping: Mapping[str, str] | None) -> dict[str, int]:
    if mapping is not None:
        missing = [column for column in mapping.values() if column not in names]
        if missing:
            raise UsageError(f"The list has no column {missing[0]!r}.", mend=f"It has: {', '.join(names)[:300]}.")
        return {ours: names.index(theirs) for ours, theirs in mapping.items()}
    plain = ["".join(c for c in name.lower() if c.isalnum()) for name in names]
    return {
        ours: next(plain.index(word) for word in words if word in plain)
        for ours, words in _KNOWN.items()
        if any(word in plain for word in words)
    }


def _vcf(file: IO[str], path: Path) -> Iterator[Line]:
    """ClinVar's VCF and those like it: INFO CLNSIG (or CLASS), CLNDN (or CONDITION), ORIGIN, and our own names."""
    contigs: dict[str, int | None] = {}
    for number, line in enumerate(iter(lambda: file.readline(MOST_LINE), ""), 2):
        if line.startswith("#"):
            _check_header(line, contigs, path, number)
        if line.startswith("#") or not line.strip():
            continue
        columns = line.rstrip("\r\n").split("\t")
        if len(columns) < 8:
            raise BadInput("A line of a VCF has at least eight columns.", path=str(path), line=number)
        info: dict[str, str] = {}
        for part in columns[7].split(";"):
            key, _, value = part.partition("=")
            info[key] = value
        plain = {key.lower(): unquote(value).replace("_", " ") for key, value in info.items()}
        common: dict[str, str] = {}
        for name in ("evaluated", "inheritance", "criteria", "summary"):
            common[name] = plain.get(name, "")
        common["class"] = plain.get("clnsig") or plain.get("class", "")
        common["condition"] = (info.get("CLNDISDB") or plain.get("clndn") or plain.get("condition", "")).split("|")[0]
        common["origin"] = _CLINVAR_ORIGIN.get(info.get("ORIGIN", ""), plain.get("origin", ""))
        for alt in columns[4].split(","):
            if alt not in (".", "*"):
                yield Line(number, {"contig": columns[0], "pos": columns[1], "ref": columns[3], "alt": alt, **common})


def _check_header(line: str, contigs: dict[str, int | None], path: Path, number: int) -> None:
    """BadInput for a VCF of another build, whose positions would be other alleles here. Collects `contigs`."""
    if line.startswith(("##reference=", "##assembly=")) and (found := _OTHER_BUILD.search(line)):
        raise BadInput(
            f"This VCF is of {found[0]}, and the database is GRCh38.", path=str(path), line=number,
            mend="Lift it over, or take the file of GRCh38.",
        )  # fmt: skip
    contigs |= contig_of(line)
    if line.startswith("#CHROM"):
        GRCH38.check_header(contigs, path=str(path))


def contig_of(line: str) -> dict[str, int | None]:
    """{name: length, or None} of a VCF's `##contig` line; empty for any other."""
    found = _CONTIG.match(line)
    return {found[1]: int(found[2]) if found[2] else None} if found else {}


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
        with (
            gzip.open(path, "rt", encoding="utf-8", newline="")
            if zipped
            else path.open(encoding="utf-8", newline="") as file
        ):
            yield file
    except (OSError, EOFError) as error:
        raise BadInput("This file cannot be read.", path=str(path)) from error
