"""Which sample of which file, and what the laboratory says about it: `samples.tsv` and plain lists of files."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from embla.errors import BadInput
from embla.genome import Karyotype
from embla.genotypes.model.pack import Callability
from embla.genotypes.reading.header import read_header
from embla.genotypes.reading.source import open_source

_OWN: Final = ("sample", "path", "karyotype", "callability")
_ATTRIBUTE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_MAX_TABLE: Final = 64 << 20
_KARYOTYPES: Final = ", ".join(Karyotype)


@dataclass(frozen=True)
class SampleSpec:
    """One sample in one file. `column` is its name in the #CHROM line (None: the same as `name`); `callability` None
    means gvcf if the file has blocks, else assumed; `bed` is set where callability is "bed". Attributes are text, or
    bool for `true` and `false`."""

    name: str
    path: Path
    karyotype: str = "unknown"
    callability: Callability | None = None
    bed: Path | None = None
    column: str | None = None
    attributes: Mapping[str, str | bool] = field(default_factory=dict)


def specs_for(paths: Iterable[str | Path]) -> list[SampleSpec]:
    """Every sample of each file, karyotype unknown. BadInput for what is not VCF, or for one name in two files."""
    specs: list[SampleSpec] = []
    seen: dict[str, Path] = {}
    for path in map(Path, paths):
        with open_source(path) as source:
            header = read_header(source)
        for name in header.samples:
            if name in seen:
                raise BadInput(
                    f"it holds a sample whose name {seen[name]} has too.",
                    path=str(path),
                    mend="Give each file once; rename a sample with `bcftools reheader`, or write a samples.tsv.",
                )
            seen[name] = path
            specs.append(SampleSpec(name, path, column=name))
    return specs


def read_samples_tsv(path: str | Path) -> list[SampleSpec]:
    """Read a samples table: a header line, then one row per sample; file paths absolute or relative to the table.

    Columns `sample` and `path`, and if given `karyotype` and `callability` (gvcf, bed:PATH, assumed, or empty); every
    other column is an attribute. BadInput names the table and its line.
    """
    path = Path(path)
    lines = _lines(path)
    if not lines:
        raise BadInput("the table is empty.", path=str(path), mend=f"Begin it with a header line: {' '.join(_OWN)}.")
    columns = _columns(path, lines[0])
    specs: list[SampleSpec] = []
    line_of: dict[str, int] = {}
    for number, text in enumerate(lines[1:], 2):
        if not text.strip():
            continue
        values = text.split("\t")
        if len(values) != len(columns):
            raise BadInput(
                f"{len(values)} columns where the header line has {len(columns)}.",
                path=str(path),
                line=number,
                mend="Separate columns by one tab; leave a value empty between two tabs.",
            )
        row = {column: value.strip() for column, value in zip(columns, values, strict=True)}
        spec = _spec(path, number, row)
        if spec.name in line_of:
            raise BadInput(
                f"a second row for the sample of line {line_of[spec.name]}.",
                path=str(path),
                line=number,
                mend="Keep one row per sample.",
            )
        line_of[spec.name] = number
        specs.append(spec)
    if not specs:
        raise BadInput("the table has no sample.", path=str(path), mend="Write one row per sample below the header.")
    return specs


def _lines(path: Path) -> list[str]:
    with open_source(path) as source:
        if source.kind == "bcf":
            raise BadInput("this is BCF, not a samples table.", path=str(path), mend="Give the BCF as a file.")
        data = bytearray()
        while piece := source.next():
            data += piece
            if len(data) > _MAX_TABLE:
                raise BadInput("the table is larger than 64 MB.", path=str(path), mend="Is it a samples table?")
    if b"\0" in data:
        raise BadInput("this is not text.", path=str(path), mend="Write a tab-separated table in UTF-8.")
    if data.startswith(b"##fileformat=VCF"):
        raise BadInput("this is a VCF, not a samples table.", path=str(path), mend="Give the VCF without --samples.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadInput("this line is not UTF-8.", path=str(path), line=line, mend="Save the table as UTF-8.") from None
    return [line.rstrip("\r") for line in text.rstrip("\n").split("\n")] if text.strip() else []


def _columns(path: Path, text: str) -> list[str]:
    columns = [name.strip() for name in text.lstrip("#").split("\t")]
    for needed in ("sample", "path"):
        if needed not in columns:
            raise BadInput(
                f"the header line has no column {needed!r}.",
                path=str(path),
                line=1,
                mend=f"Name the columns {' '.join(_OWN)} (separated by tabs), then attributes.",
            )
    for name in columns:
        if columns.count(name) > 1:
            raise BadInput(f"two columns are called {name[:60]!r}.", path=str(path), line=1, mend="Keep one of them.")
        if not _ATTRIBUTE.fullmatch(name):
            raise BadInput(
                f"{name[:60]!r} cannot be the name of an attribute.",
                path=str(path),
                line=1,
                mend="Use letters, digits and underscores, with a letter first.",
            )
    return columns


def _spec(table: Path, number: int, row: dict[str, str]) -> SampleSpec:
    def refuse(message: str, mend: str) -> BadInput:
        return BadInput(message, path=str(table), line=number, mend=mend)

    name = row["sample"]
    if not name or not name.isprintable():
        raise refuse("the row has no sample name that can be printed.", "Give each row a sample name.")
    if not row["path"]:
        raise refuse("the row has no path.", "Give the VCF, gVCF or BCF of the sample.")
    karyotype = row.get("karyotype", "unknown")
    if karyotype not in list(Karyotype):
        raise refuse(f"karyotype {karyotype[:40]!r} is not known.", f"Write one of {_KARYOTYPES}.")
    callability, bed = _callability(table, row.get("callability", ""), refuse)
    path = _beside(table, row["path"])
    for wanted in (path, bed):
        if wanted is not None and not wanted.is_file():
            raise refuse(f"there is no file {wanted}.", "Paths are absolute, or relative to the folder of the table.")
    attributes: dict[str, str | bool] = {
        key: value == "true" if value in ("true", "false") else value
        for key, value in row.items()
        if key not in _OWN and value
    }
    return SampleSpec(name, path, karyotype, callability, bed, None, attributes)


def _callability(
    table: Path, text: str, refuse: Callable[[str, str], BadInput]
) -> tuple[Callability | None, Path | None]:
    if text in ("", "auto"):
        return None, None
    if text == "gvcf":
        return "gvcf", None
    if text == "assumed":
        return "assumed", None
    if text.startswith("bed:") and text != "bed:":
        return "bed", _beside(table, text.removeprefix("bed:"))
    raise refuse(f"callability {text[:40]!r} is not known.", "Write gvcf, bed:PATH or assumed.")


def _beside(table: Path, text: str) -> Path:
    return table.parent / text
