"""A sample sheet may name persons by CPR number: the zone gives pseudonyms for them, and only those go on.

The sheet stays at the laboratory. Numbers and names go to the identity zone and nowhere else: not into a manifest, a
package folder, a message or a log.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from embla.errors import BadInput, UsageError
from embla.identity import Entry, read_entries

if TYPE_CHECKING:
    from embla.submission.sheet import Row

# The columns that never reach a manifest.
PERSONAL: Final = ("cpr", "name", "born")
# Gives the pseudonym of each entry, in order.
Identify = Callable[[Sequence[Entry]], Sequence[str]]


def with_pseudonyms(sheet: Path, rows: "Sequence[Row]", identify: Identify | None) -> "list[Row]":
    """The rows with a pseudonym in place of number and name. BadInput, which repeats neither, with the sheet's line."""
    wanted = [row for row in rows if row.get("cpr")]
    if not wanted:
        return [_plain(row, None) for row in rows]
    if identify is None:
        raise UsageError(
            "The table names persons by CPR number.", mend="Give --to with a server, or run it where the home is."
        )
    entries = [_entry(sheet, row) for row in wanted]
    given = iter(identify(entries))
    return [_plain(row, next(given) if row.get("cpr") else None) for row in rows]


def read_identities(path: Path) -> dict[str, dict[str, str]]:
    """Sample -> {cpr, name, born}, from a table with a header line: what goes beside a folder of files, never in it."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise BadInput("the table of identities cannot be read.", mend="Give a table of text in UTF-8.") from None
    table = csv.reader(lines, delimiter="\t" if lines and "\t" in lines[0] else ",")
    names = [name.strip().lstrip("#") for name in next(table, [])]
    if not {"sample", "cpr"} <= set(names) <= {"sample", *PERSONAL}:
        found = "the table of identities has the columns sample, cpr, and name and born if you like."
        raise BadInput(found, line=1)
    return {
        said["sample"]: {name: said[name] for name in PERSONAL if said.get(name)}
        for values in table
        if (said := dict(zip(names, (value.strip() for value in values), strict=False))).get("sample")
    }


def _entry(sheet: Path, row: "Row") -> Entry:
    if row.get("pseudonym"):
        raise BadInput("the row has a cpr and a pseudonym.", path=str(sheet), line=row.line, mend="Give one of them.")
    try:
        (entry,) = read_entries(["\t".join(row.get(name) for name in PERSONAL)])
    except BadInput as error:
        raise BadInput(error.message, path=str(sheet), line=row.line, mend=error.mend) from None
    except ValueError:
        raise BadInput("the row names nobody.", path=str(sheet), line=row.line) from None
    return entry


def _plain(row: "Row", pseudonym: str | None) -> "Row":
    values = {name: value for name, value in row.values.items() if name not in PERSONAL}
    return replace(row, values=values | ({"pseudonym": pseudonym} if pseudonym else {}))
