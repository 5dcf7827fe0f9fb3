"""The board's ledger: what was decided, planned, paid and taken back. Entries are only added; a mistake is answered by
an entry that takes it back.

What each kind of entry must say stands in KINDS; `parse` reads it strictly, so that whatever is in the ledger is whole.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from embla.errors import BadInput, Refused
from embla.governance.model.money import parse_amount, parse_decimal, told

Parse = Callable[[Any], Any]
MOST_TEXT: Final = 4_000
_DAYS: Final = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True)
class Reads:
    """How a field is read, strictly. `shape`: word, line, text, amount, count, year, date, moment, flag, choice,
    weights or days, which is what a form asks for; one that is not `needed` may be left out."""

    shape: str
    parse: Parse
    choices: tuple[str, ...] = ()
    needed: bool = True

    def __call__(self, value: Any) -> Any:
        """The value; BadInput for one that cannot be read."""
        return None if value is None and not self.needed else self.parse(value)


@dataclass(frozen=True)
class Line:
    """One entry. `day`: from when it holds, or when it happened; `decision`: the id of the decision it stands on;
    `demo`: an invented amount, and shown as one."""

    number: int
    kind: str
    name: str
    day: date
    decision: str | None
    says: Mapping[str, Any]
    demo: bool
    event: int = 0


def _read_text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MOST_TEXT:
        raise BadInput(f"A text is 1 to {MOST_TEXT} letters.")
    return value.strip()


def _read_word(value: Any) -> str:
    said = _read_text(value)
    if len(said) > 80 or not said.isprintable():
        raise BadInput("A name is 1 to 80 visible letters.")
    return said


def _read_amount(value: Any) -> str:
    return told(parse_amount(_read_text(value)))


def _read_decimal(value: Any) -> str:
    return str(parse_decimal(_read_text(value), "a number"))


def _read_count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10**12:
        raise BadInput("A count is a whole number of 0 or more.")
    return value


def _read_year(value: Any) -> int:
    year = _read_count(value)
    if not 1900 <= year <= 2999:
        raise BadInput(f"{year} is no year.")
    return year


def _read_date(value: Any) -> str:
    try:
        return date.fromisoformat(_read_text(value)).isoformat()
    except ValueError:
        raise BadInput("A date is written as 2026-01-31.") from None


def parse_moment(text: str) -> datetime:
    """ "2025-03-02T09:30", in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    # An offset that was dropped would move the hours.
    if found is None or found.tzinfo is not None:
        raise BadInput(f"'{text[:30]}' is no time.", mend="Write it as 2026-01-31T12:00, in UTC, without an offset.")
    return found.replace(tzinfo=UTC)


def _read_moment(value: Any) -> str:
    return parse_moment(_read_text(value)).strftime("%Y-%m-%dT%H:%M:%S")


def _read_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadInput("Give true or false.")
    return value


def _read_weights(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not 0 < len(value) <= 100:
        raise BadInput("A key is an object of 1 to 100 names with weights as text.")
    return {_read_word(name): _read_decimal(weight) for name, weight in value.items()}


def _read_days(value: Any) -> dict[str, int]:
    if not isinstance(value, dict) or not 0 < len(value) <= 1000 or not all(_DAYS.fullmatch(day) for day in value):
        raise BadInput("Give days as an object: whole days -> samples.")
    return {str(int(day)): _read_count(n) for day, n in value.items()}


def _one_of(*known: str) -> "Reads":
    def parse(value: Any) -> str:
        if value not in known:
            raise BadInput(f"Known here: {', '.join(known)}.")
        return str(value)

    return Reads("choice", parse, known)


def _maybe(reads: "Reads") -> "Reads":
    return replace(reads, needed=False)


_text, _line, _word = Reads("text", _read_text), Reads("line", _read_text), Reads("word", _read_word)
_amount, _count, _year = Reads("amount", _read_amount), Reads("count", _read_count), Reads("year", _read_year)
_date, _moment, _flag = Reads("date", _read_date), Reads("moment", _read_moment), Reads("flag", _read_flag)
_weights, _days = Reads("weights", _read_weights), Reads("days", _read_days)

PARTS: Final = ("fixed", "variable", "undisposed")
UNITS: Final = ("genomes", "equivalents")
# What an initiative says before it may start (minutes of 4 November 2025, items 2.1, 5.1 and 5.2 alike).
FOUR_PARTS: Final = ("budget", "activities", "governance", "evaluation")
ELEMENTS: Final = ("count", "process_time", "international", "literature", "interviews", "cases")

# kind -> what it says. A field that may be left out is `_maybe`.
KINDS: Final[Mapping[str, Mapping[str, Reads]]] = {
    "forum": {"title": _text, "until": _maybe(_date), "follows": _maybe(_word)},
    "member": {"forum": _word, "post": _line, "votes": _flag, "until": _maybe(_date)},
    "meeting": {"forum": _word, "written": _maybe(_flag)},
    "decision": {"forum": _word, "type": _one_of("B", "D", "O"), "item": _word, "title": _text,
                 "annex": _maybe(_line)},
    "rate": {"region": _word, "unit": _one_of(*UNITS), "amount": _amount, "until": _maybe(_date)},
    "refund": {"period": _word, "region": _word, "unit": _one_of(*UNITS), "first": _count, "last": _count,
               "rate": _amount, "amount": _amount, "takes_back": _maybe(_count)},
    "grant_line": {"title": _text, "amount": _amount},
    "budget_line": {"year": _year, "version": _word, "part": _one_of(*PARTS),
                    "side": _one_of("cost", "income", "risk_pool", "claim"), "amount": _amount, "explains": _text,
                    "explains_da": _maybe(_text)},
    "posting": {"year": _year, "line": _word, "amount": _amount, "reference": _word, "takes_back": _maybe(_count)},
    "expected": {"year": _year, "version": _word, "line": _word, "amount": _amount},
    "carry_over": {"from_year": _year, "to_year": _year, "amount": _amount},
    "appropriation": {"act": _word, "account": _word, "recipient": _maybe(_word), "initiative": _maybe(_word),
                      "amount": _amount, "explains": _text},
    "key": {"weights": _weights, "until": _maybe(_date), "explains": _text},
    "initiative": {"title": _text, **{part: _maybe(_text) for part in FOUR_PARTS}, "planned": _maybe(_amount),
                   "planned_parts": _maybe(_weights)},
    "initiative_start": {"initiative": _word},
    "initiative_report": {"initiative": _word, "spent": _amount, "progress": _text, "effect": _text},
    "programme": {"letter": _one_of(*"ABCDEFGH"), "title": _text, "year": _year, "cost": _amount,
                  "priority": _count, "recommended": _flag},
    "agreement": {"partner": _line, "about": _text, "until": _maybe(_date)},
    "report": {"group": _word, "element": _one_of(*ELEMENTS[2:]), "text": _text},
    "group_step": {"state": _one_of("proposed", "assessed", "approved", "running", "evaluated"), "by": _word,
                   "reason": _maybe(_line)},
    "expected_equivalents": {"group": _word, "year": _year, "equivalents": _count},
    "inhabitants": {"region": _word, "year": _year, "people": _count, "source": _maybe(_line)},
    "turnaround": {"month": _word, "urgent": _flag, "days": _days, "group": _maybe(_word)},
    "yields": {"group": _word, "year": _year, "answers": _count, "positive": _count},
    "storage": {"used_gb": _count, "size_gb": _count},
    "co_financing": {"year": _year, "frame": _amount, "cost": _amount, "key": _word},
    "opening": {"unit": _one_of("equivalents"), "count": _count, "explains": _text},
    "outage": {"from": _moment, "to": _moment, "planned": _flag, "cause": _word},
}  # fmt: skip
# Nothing is paid, carried over or started without a decision.
NEEDS_DECISION: Final = frozenset(
    ("rate", "refund", "carry_over", "initiative_start", "programme", "key", "co_financing", "opening")
)


def parse(kind: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry of this kind says, each field read strictly. BadInput names the field."""
    fields = KINDS.get(kind)
    if fields is None:
        raise BadInput(f"The ledger has no entry called '{kind[:40]}'.", mend=f"Known: {', '.join(KINDS)}.")
    if unknown := sorted(set(said) - set(fields)):
        raise BadInput(f"{kind} has no field '{unknown[0][:40]}'.", mend=f"Known: {', '.join(fields)}.")
    found = {}
    for name, read in fields.items():
        try:
            found[name] = read(said.get(name))
        except BadInput as error:
            raise BadInput(f"{kind}, {name}: {error.message}", mend=error.mend, field=name) from None
    return {name: value for name, value in found.items() if value is not None}


def line_of(number: int, said: Mapping[str, Any]) -> Line:
    """The entry that {kind, name, day, decision?, demo?, and what its kind says} makes. BadInput where it is none."""
    rest = {key: value for key, value in said.items() if key not in ("kind", "name", "day", "decision", "demo")}
    kind, name, decision = said.get("kind"), said.get("name"), said.get("decision")
    if not isinstance(kind, str) or not isinstance(name, str) or not 0 < len(name) <= 80 or not name.isprintable():
        raise BadInput("An entry says its kind, and a name of 1 to 80 visible letters.", mend="See docs/board.md.")
    if decision is not None and not isinstance(decision, str):
        raise BadInput("A decision is named by its id, as text.")
    if not isinstance(said.get("demo", False), bool):
        raise BadInput("demo is true or false.")
    try:
        day = date.fromisoformat(str(said.get("day")))
    except ValueError:
        raise BadInput("An entry says its day as 2026-01-31.") from None
    return Line(number, kind, name, day, decision, parse(kind, rest), bool(said.get("demo", False)))


class Ledger:
    """The entries up to a day, by kind, in the order in which they were made."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines = tuple(lines)

    def of(self, kind: str, by: date | None = None) -> Iterator[Line]:
        """Entries of one kind, of days up to `by`."""
        return (one for one in self.lines if one.kind == kind and (by is None or one.day <= by))

    def newest(self, kind: str, name: str, by: date | None = None) -> Line | None:
        """The last entry of this kind and name: a later one takes an earlier one's place."""
        return next((one for one in reversed(list(self.of(kind, by))) if one.name == name), None)

    def latest(self, kind: str, by: date | None = None) -> dict[str, Line]:
        """The last entry of each name."""
        return {one.name: one for one in self.of(kind, by)}

    def amount(self, line: Line) -> Decimal:
        """The amount an entry says."""
        return Decimal(line.says["amount"])


def check_decision(ledger: Ledger, line: Line) -> None:
    """Refused for an entry that needs a decision and names none, or one that is not there, not a decision of type B, or
    later than what it is to carry."""
    if line.kind not in NEEDS_DECISION and line.decision is None:
        return
    if line.decision is None:
        raise Refused(
            f"A {line.kind} needs a decision: nothing is paid, carried over or started without one.",
            mend='Enter the decision first, then name it with "decision".',
            field="decision",
        )
    found = ledger.newest("decision", line.decision)
    if found is None:
        raise Refused(f"There is no decision {line.decision}.", mend="`embla board ledger decision` lists them.",
                      field="decision")  # fmt: skip
    if found.says["type"] != "B":
        raise Refused(f"{line.decision} is of type {found.says['type']}; only type B decides.", field="decision")
    if found.day > line.day:
        raise Refused(
            f"{line.decision} was taken on {found.day}, after {line.day}.", mend="Give a later day.", field="day"
        )
