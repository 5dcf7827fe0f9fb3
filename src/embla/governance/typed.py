"""An entry of the ledger as a form: which fields a kind has, and what was typed as the values that the ledger reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from embla.errors import BadInput
from embla.governance import labels
from embla.governance.labels import Label, Say
from embla.governance.model.ledger import KINDS, Line
from embla.governance.model.money import told

_YES: Final = ("true", "false")
_WIDGETS: Final = {"text": "long", "weights": "table", "days": "table", "count": "count", "year": "count"}


@dataclass(frozen=True)
class Field:
    """One field of the form. `kind`: text, long, count, table, or choice with its `choices`."""

    name: str
    kind: str
    label: Label
    needed: bool
    choices: tuple[tuple[str, str], ...] = ()
    value: str = ""


def fields_of(kind: str, filled: Mapping[str, Any], say: Say) -> list[Field]:
    """The form of a kind of entry, filled with what was typed, or with an earlier entry. BadInput for no kind."""
    known(kind)
    made = []
    for name, reads in KINDS[kind].items():
        values = _YES if reads.shape == "flag" else reads.choices
        choices = tuple((value, labels.choice(name, value, say)) for value in values)
        shape = "choice" if choices else _WIDGETS.get(reads.shape, "text")
        label, value = labels.label(kind, name, say), _text(filled.get(name, ""))
        made.append(Field(name, shape, label, reads.needed, choices, value))
    return made


def known(kind: str) -> None:
    """BadInput for a kind that the ledger does not have."""
    if kind not in KINDS:
        raise BadInput(f"The ledger has no entry called '{kind[:40]}'.", mend=f"Known: {', '.join(KINDS)}.")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "\n".join(f"{name} = {one}" for name, one in value.items()) if isinstance(value, Mapping) else str(value)


def faults(kind: str, typed: Mapping[str, str], say: Say) -> dict[str, str]:
    """What cannot be read of what was typed, all of it: field -> what to do. Rules that need the ledger come after."""
    found = {}
    name, day = typed.get("name", "").strip(), typed.get("day", "").strip()
    if not 0 < len(name) <= 80 or not name.isprintable():
        found["name"] = say(labels.NAME_MEND)
    try:
        date.fromisoformat(day)
    except ValueError:
        found["day"] = say(labels.DAY_MEND)
    for field, reads in KINDS[kind].items():
        text = typed.get(f"says.{field}", "").strip()
        try:
            reads(_value(field, reads.shape, text) if text else None)
        except BadInput:
            found[field] = labels.mend(reads, text, say)
    return found


def entry_of(kind: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, as an entry of the ledger. An empty field is left out; what each must be is the ledger's rule."""
    known(kind)
    said: dict[str, Any] = {"kind": kind, "name": typed.get("name", "").strip(), "day": typed.get("day", "").strip()}
    if decision := typed.get("decision", "").strip():
        said["decision"] = decision
    if typed.get("demo") == "true":
        said["demo"] = True
    for field, reads in KINDS[kind].items():
        text = typed.get(f"says.{field}", "").strip()
        if text:
            said[field] = _value(field, reads.shape, text)
    return said


def _value(field: str, shape: str, text: str) -> Any:
    if shape == "flag":
        return text == "true" if text in _YES else text
    if shape in ("count", "year"):
        return _whole(text)
    if shape in ("weights", "days"):
        rows = [line.partition("=") for line in text.splitlines() if line.strip()]
        if any(not equals for _, equals, _ in rows):
            raise BadInput(f"{field}: write one a line, as 1081 = 2.5.", field=field)
        names = [name.strip() for name, _, _ in rows]
        if len(set(names)) < len(names):
            raise BadInput(f"{field}: a name stands twice.", field=field)
        return {
            name: _whole(n.strip()) if shape == "days" else n.strip()
            for name, (_, _, n) in zip(names, rows, strict=True)
        }
    return text


def _whole(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 13 else text


def again(line: Line) -> dict[str, Any]:
    """An entry that mends this one: under its name, or, of money that moved, with the opposite amount."""
    filled: dict[str, Any] = dict(line.says)
    if line.kind in ("refund", "posting") and "takes_back" not in filled:
        filled |= {"takes_back": line.number, "amount": told(-Decimal(line.says["amount"]))}
    return filled
