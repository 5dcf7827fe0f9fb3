"""Postings out of the accounting system's CSV: a mapping says which column is what, and which account is which line.

Mapping: {"year": 2026, "delimiter": ";", "decimal": ",", "date_format": "%d-%m-%Y", "columns": {"day": "Dato",
"account": "Konto", "amount": "Beløb", "reference": "Bilag"}, "lines": {"2210": "Operation of the HPC"}}
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from embla.errors import BadInput, Refused
from embla.governance import store
from embla.governance.model.budget import check_posting
from embla.governance.model.ledger import Line
from embla.governance.model.money import parse_amount, told
from embla.governance.writing import enter_all
from embla.policy import Action, permit

if TYPE_CHECKING:
    from embla.platform import Actor, House

MOST_ROWS: Final = 5_000
DELIMITERS: Final = (";", ",", "|", "\t")
# 1.234,50 and 1234,50; a dot before two figures is another country's decimal sign, and no thousand.
_WITH_COMMA: Final = re.compile(r"[+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]+)?")
_COLUMNS: Final = ("day", "account", "amount", "reference")


@dataclass(frozen=True)
class Imported:
    """`there`: rows whose reference was posted before, which change nothing; `written` False in a dry run."""

    new: int
    there: int
    amount: Decimal
    by_line: dict[str, Decimal]
    written: bool

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        lines = {name: told(amount) for name, amount in self.by_line.items()}
        return {"new": self.new, "there": self.there, "amount": told(self.amount), "lines": lines,
                "written": self.written}  # fmt: skip


def import_postings(house: "House", actor: "Actor", text: str, mapping: str, *, dry_run: bool) -> Imported:
    """Read, check every row, and write all of them or none. BadInput lists the first faults, each with its line."""
    permit(house.database, actor, Action.MANAGE_BOARD, purpose="operation", clock=house.clock)
    entries = read_postings(text, parse_mapping(mapping))
    with house.database.reading() as connection:
        known = store.read_ledger(connection)
    posted = {one.says["reference"] for one in known.of("posting")}
    new = [one for one in entries if one["reference"] not in posted]
    for one in new:
        said = {name: one[name] for name in ("year", "line", "amount", "reference")}
        try:
            check_posting(known, Line(0, "posting", one["name"], datetime.fromisoformat(one["day"]).date(), None, said,
                                      False))  # fmt: skip
        except Refused as error:
            raise Refused(f"Reference {one['reference']}: {error.message}", mend=error.mend) from None
    by_line: dict[str, Decimal] = {}
    for one in new:
        by_line[one["line"]] = by_line.get(one["line"], Decimal(0)) + Decimal(one["amount"])
    if not dry_run and new:
        enter_all(house, actor, new)
    return Imported(len(new), len(entries) - len(new), sum(by_line.values(), Decimal(0)), by_line, not dry_run)


def parse_mapping(text: str) -> dict[str, Any]:
    """The mapping, with its defaults."""
    try:
        said = json.loads(text)
        columns = said["columns"]
        given = {"delimiter": ";", "decimal": ",", "date_format": "%Y-%m-%d", **said}
        if (
            not isinstance(columns, dict)
            or set(columns) != set(_COLUMNS)
            or not isinstance(said["lines"], dict)
            or not isinstance(said["year"], int)
        ):
            raise KeyError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadInput(
            "The mapping is not whole.",
            mend=f"It needs year, lines, and columns {', '.join(_COLUMNS)}; see docs/board.md.",
        ) from None
    if given["delimiter"] not in DELIMITERS or given["decimal"] not in (",", "."):
        raise BadInput("The mapping's delimiter is ; , | or a tab, and its decimal sign , or . .")
    if not isinstance(given["date_format"], str):
        raise BadInput("The mapping's date_format is a text, as %Y-%m-%d.")
    return given


def read_postings(text: str, mapping: dict[str, Any]) -> list[dict[str, Any]]:
    """The ledger's entries, one for each row."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=mapping["delimiter"])
    columns = mapping["columns"]
    faults: list[str] = []
    entries: list[dict[str, Any]] = []
    if missing := [name for name in columns.values() if name not in (reader.fieldnames or ())]:
        raise BadInput(f"The file has no column '{missing[0]}'.", mend="Mend the mapping.")
    seen: set[str] = set()
    for row in _rows(reader):
        if len(entries) + len(faults) >= MOST_ROWS:
            raise BadInput(f"The file has more than {MOST_ROWS} rows.", mend="Split it.")
        try:
            entry = _entry({name: (row[column] or "").strip() for name, column in columns.items()}, mapping)
            if entry["reference"] in seen:
                raise BadInput(f"the reference {entry['reference']} stands twice")
            seen.add(entry["reference"])
            entries.append(entry)
        except BadInput as error:
            faults.append(f"line {reader.line_num}: {error.message}")
    if faults:
        raise BadInput("\n".join(faults[:20]), mend=f"{len(faults)} rows cannot be posted; nothing was written.")
    return entries


def _rows(reader: "csv.DictReader[str]") -> Iterator[dict[str, str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise BadInput(f"line {reader.line_num + 1}: {error}", mend="Export it as CSV, one posting a line.") from None


def _entry(row: dict[str, str], mapping: dict[str, Any]) -> dict[str, Any]:
    line = mapping["lines"].get(row["account"])
    if line is None:
        raise BadInput(f"the mapping has no line for the account '{row['account'][:40]}'")
    if not 0 < len(row["reference"]) <= 80:
        raise BadInput("a posting needs a reference of 1 to 80 letters")
    plain = row["amount"]
    if mapping["decimal"] == ",":
        if not _WITH_COMMA.fullmatch(plain):
            raise BadInput(f"'{plain[:30]}' is no amount as 1.234,50")
        plain = plain.replace(".", "").replace(",", ".")
    try:
        day = datetime.strptime(row["day"], mapping["date_format"]).date()
    except ValueError:
        raise BadInput(f"'{row['day'][:30]}' is no date as {mapping['date_format']}") from None
    if day.year != mapping["year"]:
        raise BadInput(f"{day} is not in {mapping['year']}")
    return {
        "kind": "posting", "name": row["reference"], "day": day.isoformat(), "year": mapping["year"], "line": line,
        "amount": told(parse_amount(plain)), "reference": row["reference"],
    }  # fmt: skip
