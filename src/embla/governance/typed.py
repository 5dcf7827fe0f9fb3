"""An entry of the ledger as a form: which fields a kind has, and what was typed as the values that the ledger reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from embla.errors import BadInput
from embla.governance.model.ledger import ELEMENTS, KINDS, PARTS, UNITS, Line
from embla.governance.model.money import told

_COUNTS: Final = frozenset(
    ("year", "from_year", "to_year", "first", "last", "takes_back", "priority", "equivalents", "people", "answers",
     "positive", "count", "used_gb", "size_gb")
)  # fmt: skip
_FLAGS: Final = frozenset(("votes", "written", "recommended", "urgent"))
_TABLES: Final = frozenset(("weights", "planned_parts", "days"))
_LONG: Final = frozenset(
    ("title", "explains", "explains_da", "text", "about", "progress", "effect", "budget", "activities", "governance",
     "evaluation")
)  # fmt: skip
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "part": PARTS, "side": ("cost", "income", "risk_pool", "claim"), "type": ("B", "D", "O"), "unit": UNITS,
    "letter": tuple("ABCDEFGH"), "element": ELEMENTS[2:],
}  # fmt: skip
_YES: Final = ("true", "false")


@dataclass(frozen=True)
class Field:
    """One field of the form. `kind`: text, long, count, table, or choice with its `choices`."""

    name: str
    kind: str
    choices: tuple[str, ...] = ()
    value: str = ""


def fields_of(kind: str, filled: Mapping[str, Any]) -> list[Field]:
    """The form of a kind of entry, filled with what was typed, or with an earlier entry. BadInput for no kind."""
    if kind not in KINDS:
        raise BadInput(f"The ledger has no entry called '{kind[:40]}'.", mend=f"Known: {', '.join(KINDS)}.")
    return [_field(kind, name, _text(filled.get(name, ""))) for name in KINDS[kind]]


def _field(kind: str, name: str, value: str) -> Field:
    if name in _FLAGS or (kind, name) == ("outage", "planned"):
        return Field(name, "choice", _YES, value)
    if name in _CHOICES:
        return Field(name, "choice", _CHOICES[name], value)
    shape = "table" if name in _TABLES else "count" if name in _COUNTS else "long" if name in _LONG else "text"
    return Field(name, shape, (), value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "\n".join(f"{name} = {one}" for name, one in value.items()) if isinstance(value, Mapping) else str(value)


def entry_of(kind: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, as an entry of the ledger. An empty field is left out; what each must be is the ledger's rule."""
    said: dict[str, Any] = {"kind": kind, "name": typed.get("name", "").strip(), "day": typed.get("day", "").strip()}
    if decision := typed.get("decision", "").strip():
        said["decision"] = decision
    if typed.get("demo") == "true":
        said["demo"] = True
    for one in fields_of(kind, {}):
        text = typed.get(f"says.{one.name}", "").strip()
        if text:
            said[one.name] = _value(one, text)
    return said


def _value(field: Field, text: str) -> Any:
    if field.choices == _YES:
        return text == "true" if text in _YES else text
    if field.kind == "count":
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 13 else text
    if field.kind == "table":
        rows = [line.partition("=") for line in text.splitlines() if line.strip()]
        if any(not equals for _, equals, _ in rows):
            raise BadInput(f"{field.name}: write one a line, as 1081 = 2.5.")
        names = [name.strip() for name, _, _ in rows]
        if len(set(names)) < len(names):
            raise BadInput(f"{field.name}: a name stands twice.")
        numbers = [value.strip() for _, _, value in rows]
        whole = field.name == "days"
        return {
            name: int(n) if whole and n.isascii() and n.isdigit() and len(n) <= 13 else n
            for name, n in zip(names, numbers, strict=True)
        }
    return text


def again(line: Line) -> dict[str, Any]:
    """An entry that mends this one: under its name, or, of money that moved, with the opposite amount."""
    filled: dict[str, Any] = dict(line.says)
    if line.kind in ("refund", "posting") and "takes_back" not in filled:
        filled |= {"takes_back": line.number, "amount": told(-Decimal(line.says["amount"]))}
    return filled
