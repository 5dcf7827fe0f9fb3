"""A line of a person's log: who, when, what, why, on which basis. Pure.

In an extract for the person (GDPR article 15) staff are told by role, numbered so that two of them can be told apart,
unless the setting says by account: Datatilsynet holds since June 2024 that entries about a person fall under the right
of access, not necessarily the staff's names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from embla.platform import Event

COLUMNS: Final = (
    "number", "at", "who", "role", "what", "about", "case", "purpose", "legal_basis", "allowed", "rule", "emergency",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """`what` is an action (`read_calls`) or a kind of event (`opt-out-set`); `allowed` None where nothing was asked."""

    number: int
    at: datetime
    who: str
    role: str
    what: str
    about: str
    case: str
    purpose: str
    legal_basis: str
    allowed: bool | None
    rule: str
    emergency: bool

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"at": self.at.isoformat()}

    def cells(self) -> list[object]:
        """In the order of COLUMNS, for CSV."""
        return [self.to_json()[name] for name in COLUMNS]


def line_of(event: Event, roles: Mapping[str, str]) -> Line:
    """One entry as a line. `roles`: account -> role."""
    body = event.body
    asked = event.kind.startswith("access-")
    rule = str(body.get("rule", ""))
    case = str(body.get("case", "") or (event.subject[5:] if event.subject.startswith("case:") else ""))
    return Line(
        number=event.number,
        at=event.at,
        who=event.actor,
        role=roles.get(event.actor, event.actor if event.actor in ("operator", "anonymous", "system") else ""),
        what=str(body.get("action", event.kind)) if asked else event.kind,
        about=str(body.get("genome", "")) or _about(event.subject),
        case=case,
        purpose=str(body.get("purpose", "")),
        legal_basis=str(body.get("legal_basis", "")),
        allowed=bool(body.get("allowed")) if asked else None,
        rule=rule,
        emergency=".break_glass" in rule or event.kind in ("glass-broken", "emergency-reviewed"),
    )


def _about(subject: str) -> str:
    """What it was about, the person left out: the whole page is about that one."""
    return "" if subject.startswith("person:") else subject.removeprefix("genome:")


def redacted(lines: Iterable[Line]) -> list[Line]:
    """Staff by role and number ("clinician 1"), the same number for the same account."""
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    made = []
    for line in lines:
        if line.who not in names:
            role = line.role or "staff"
            counts[role] = counts.get(role, 0) + 1
            names[line.who] = f"{role} {counts[role]}"
        made.append(replace(line, who=names[line.who]))
    return made
