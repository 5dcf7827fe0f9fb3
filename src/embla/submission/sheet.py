"""Sample sheets: one row per sample, grouped into packages of one case each."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from embla.errors import BadInput
from embla.submission.identify import PERSONAL
from embla.submission.model.manifest import MAX_PERSONS, MAX_SAMPLES

# What other tables call our columns.
_ALSO: Final = {
    "path": "file",
    "vcf": "file",
    "calls": "file",
    "lab": "laboratory",
    "id": "sample",
}
_ROLES: Final = {
    "proband": "index", "patient": "index",
    "child": "index", "mom": "mother", "dad": "father",
    "fetus": "foetus", "pregnant": "mother",
}  # fmt: skip
TRIO: Final = frozenset({"index", "mother", "father"})
# Columns that name a file of what was called beside small variants.
CALLED: Final = ("structural", "copy_numbers", "repeats")
COLUMNS: Final = (
    "sample", "file", "package", "laboratory", "case", "kind", "patient_group", "opened", "clinicians", "family",
    "role", "person", "pseudonym", "karyotype", "region", "blood", "tissue", "collected", "assay", "callability", "bed",
    "pipeline", "pipeline_version", "mean_depth", "column", "type", "corrects", "follows", "source", "study", "origin",
    "material", "technology", "kit", "sequencer", "tumour_cells", "of_tumour", "gestation_days", "files",
    *CALLED, "covered_20x", "q30", "het_hom", "het_balance",
    *PERSONAL,
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong with a sheet: its line, what it is, how to mend it."""

    line: int
    found: str
    mend: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"line": self.line, "found": self.found, "mend": self.mend}


class SheetRefused(BadInput):
    """A sheet with faults: all of them, in the order of its lines. It reads as the first one."""

    def __init__(self, sheet: Path, faults: Sequence[Fault]) -> None:
        first, more = faults[0], len(faults) - 1
        mend = f"{first.mend} {more} more." if more else first.mend
        super().__init__(first.found, path=str(sheet), line=first.line, mend=mend)
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Row:
    """One sample of a sheet, its files found. `told`: what the sheet says of a file (read, flowcell, lane)."""

    line: int
    sample: str
    file: Path
    bed: Path | None
    values: Mapping[str, str] = field(default_factory=dict)
    raw: tuple[Path, ...] = ()
    told: Mapping[Path, Mapping[str, Any]] = field(default_factory=dict)
    called: Mapping[str, Path] = field(default_factory=dict)

    def files(self) -> list[Path]:
        """Every file of the sample."""
        return list(filter(None, (self.file, self.bed, *self.called.values(), *self.raw)))

    def get(self, name: str, default: str = "") -> str:
        """What the sheet or the defaults say, `default` for nothing."""
        return self.values.get(name) or default

    @property
    def role(self) -> str:
        """index, mother, father, sibling, child or foetus, whatever the sheet calls it."""
        role = self.get("role", "index")
        return _ROLES.get(role, role)


def read_sheet(
    sheet: Path, defaults: Mapping[str, str], given: Mapping[str, str], calls: str = ""
) -> tuple[list[Row], list[str]]:
    """Rows with their files found, and the columns that no manifest holds. The sheet beats `defaults`, `given` the
    sheet; `calls`: for an nf-core sample sheet, where its calls are. SheetRefused with every fault there is."""
    from embla.submission import samplesheet

    names, table, faults = _table(sheet)
    if samplesheet.is_samplesheet(names):
        own = {**defaults, **given}
        rows, found = samplesheet.read_samplesheet(sheet.parent, table, calls, own)
        unused = [name for name in names if name not in samplesheet.COLUMNS]
    else:
        if calls:
            found = [Fault(1, "--calls goes with an nf-core sample sheet.", "Here the column file names the calls.")]
            raise SheetRefused(sheet, found)
        rows, found = [], []
        for line, said in table:
            made, wrong = _row(sheet, line, {**defaults, **{name: v for name, v in said.items() if v}, **given})
            found += wrong
            rows += [made] if made is not None else []
        unused = [name for name in names if name not in COLUMNS]
    if faults := sorted([*faults, *found]):
        raise SheetRefused(sheet, faults)
    if not rows:
        raise BadInput("the table has no sample.", path=str(sheet), mend="Write one row per sample.")
    return rows, unused


def _table(sheet: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]], list[Fault]]:
    """Names of the columns, rows by line, and rows that are too long or too short. BadInput where there is no table."""
    try:
        text = sheet.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("this is not text in UTF-8.", path=str(sheet), mend="Save the table as UTF-8.") from None
    lines = text.splitlines()
    if not lines:
        raise BadInput("the table is empty.", path=str(sheet), mend="Begin it with a header line.")
    separator = "\t" if "\t" in lines[0] else ","
    table = csv.reader(lines, delimiter=separator)
    heads = [name.strip().lstrip("#") for name in next(table)]
    nf_core = {"patient", "sample"} <= set(heads) and not {"file", "path", "calls"} & set(heads)
    names = heads if nf_core else [_ALSO.get(name, name) for name in heads]
    for needed in ("sample",) if nf_core else ("sample", "file"):
        if needed not in names:
            mend = f"Columns: {', '.join(COLUMNS)}. Needed: sample, file (or path)."
            raise BadInput(f"the header line has no column '{needed}'.", path=str(sheet), line=1, mend=mend)
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise BadInput(f"two columns are called '{twice}'.", path=str(sheet), line=1, mend="Keep one of them.")
    rows: list[tuple[int, dict[str, str]]] = []
    faults = []
    for values in table:
        if not any(value.strip() for value in values):
            continue
        if len(values) != len(names):
            found = f"{len(values)} columns where the header line has {len(names)}."
            faults.append(Fault(table.line_num, found, "Leave an empty value between separators."))
            continue
        said = {name: value.strip() for name, value in zip(names, values, strict=True)}
        rows.append((table.line_num, said))
    return names, rows, faults


def _row(sheet: Path, line: int, said: Mapping[str, str]) -> tuple[Row | None, list[Fault]]:
    if not said.get("sample") or not said.get("file"):
        return None, [Fault(line, "the row has no sample or no file.", "Give both.")]
    callability, _, beside = said.get("callability", "").partition(":")
    bed = said.get("bed") or (beside if callability == "bed" else "")
    raw = [sheet.parent / name for name in said.get("files", "").split(";") if name.strip()]
    called = {name: sheet.parent / said[name] for name in CALLED if said.get(name)}
    found = [sheet.parent / said["file"], sheet.parent / bed if bed else None, *raw, *called.values()]
    missing = [path for path in found if path is not None and not path.is_file()]
    if missing:
        mend = "Paths are absolute, or relative to the table's folder."
        return None, [Fault(line, f"there is no file {path}.", mend) for path in missing]
    assert found[0] is not None
    return Row(line, said["sample"], found[0], found[1], said, tuple(raw), called=called), []


def grouped(sheet: Path, rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Package name -> its rows, in the order of the sheet."""
    groups: dict[str, list[Row]] = defaultdict(list)
    families: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.get("package"):
            groups[row.get("package")].append(row)
        elif row.get("family"):
            families[row.get("family")].append(row)
        else:
            groups[row.sample].append(_without_family(row))
    for family, members in families.items():
        trio = _trio(members)
        for row in trio:
            groups[family].append(row)
        for row in members:
            if row not in trio:
                alone = len(members) == 1 and row.role == "index"
                groups[row.sample].append(_without_family(row) if alone else row)
    for name, members in groups.items():
        people = len({row.get("person") or row.sample for row in members})
        if people > MAX_PERSONS or len(members) > MAX_SAMPLES:
            found = (
                f"package '{name[:60]}' has {len(members)} rows; a package holds one case of at most {MAX_PERSONS} "
                f"persons."
            )
            raise BadInput(found, path=str(sheet), line=members[-1].line, mend="Give each case a package of its own.")
    return groups


def _trio(members: Iterable[Row]) -> list[Row]:
    """Index, mother and father of a family, where all three are there, from one laboratory."""
    first: dict[str, Row] = {}
    for row in members:
        first.setdefault(row.role, row)
    if not first.keys() >= TRIO:
        return []
    trio = [first["index"], first["mother"], first["father"]]
    return trio if len({row.get("laboratory") for row in trio}) == 1 else []


def _without_family(row: Row) -> Row:
    return replace(row, values={name: value for name, value in row.values.items() if name not in ("family", "role")})
