"""When laboratories disagree about one allele, condition, origin and axis: opening, working on it, closing. Pure.

Opening is automatic; closing is computed (back in one bucket) or agreed, with a reason. A closed one opens again when a
laboratory joins or says something else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

from embla.classification.model.classes import Class
from embla.classification.model.comparing import Comparison, compare
from embla.errors import BadInput, Conflict, Refused

TRIAGE: Final = ("pending", "will_amend", "discuss", "confident", "low_penetrance")
CONTINUED: Final = ("no answer", "other method", "documented disagreement")
CONCORDANT: Final = "concordant"
# The order in which they are worked on, and how long each may take.
LEVELS: Final[Mapping[str, int]] = {"opposite": 30, "significant": 60, "other": 180}


@dataclass(frozen=True)
class Position:
    """What one laboratory says: of several records the one evaluated last."""

    laboratory: str
    class_: str
    evaluated: date


@dataclass(frozen=True)
class LabState:
    """One laboratory of a discordance, and what it means to do."""

    laboratory: str
    class_: str
    triage: str = "pending"
    text: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Discordance:
    """State is open or closed; `reason` says why it closed. `print` is what was said when it was last looked at."""

    id: str
    allele: str
    condition: str
    origin: str
    axis: str
    level: str
    state: str
    opened: datetime
    due: date
    print: str
    labs: tuple[LabState, ...]
    closed: datetime | None = None
    reason: str = ""
    revision: int = 1

    @property
    def comparison(self) -> Comparison:
        """Of the classes as they stand."""
        return compare([Class(lab.class_) for lab in self.labs])

    @property
    def pending_concordance(self) -> bool:
        """True when those who promised to amend are all that is in the way."""
        firm = [Class(lab.class_) for lab in self.labs if lab.triage != "will_amend"]
        return self.state == "open" and 0 < len(firm) < len(self.labs) and not compare(firm).discordant

    def overdue_at(self, day: date) -> bool:
        """True when its clock has run out."""
        return self.state == "open" and day > self.due


def reduced(positions: Sequence[Position]) -> tuple[Position, ...]:
    """One per laboratory: the latest evaluation, whenever it was uploaded; of two on one day the more severe."""
    newest: dict[str, Position] = {}
    for one in positions:
        known = newest.get(one.laboratory)
        if known is None or (one.evaluated, Class(one.class_).rank) > (known.evaluated, Class(known.class_).rank):
            newest[one.laboratory] = one
    return tuple(newest[name] for name in sorted(newest))


def print_of(positions: Sequence[Position]) -> str:
    """Who says what, as a short print."""
    said = ";".join(f"{one.laboratory}={one.class_}" for one in reduced(positions))
    return sha256(said.encode()).hexdigest()[:32]


def settle(
    before: Discordance | None, subject: tuple[str, str, str, str], positions: Sequence[Position], new_id: str,
    at: datetime,
) -> tuple[Discordance | None, str]:  # fmt: skip
    """The discordance as it is after what laboratories say now, and what happened to it.

    What happened: "" (nothing), opened, reopened, changed, closed. `subject`: allele, condition, origin, axis.
    """
    said = reduced(positions)
    found = compare([Class(one.class_) for one in said]) if said else None
    if found is None or not found.discordant:
        # One that was closed in disagreement is closed anew, so that the same disagreement later opens it again.
        if before is None or before.reason == CONCORDANT:
            return before, ""
        kept = _labs(before, said)
        closed = replace(
            before, state="closed", closed=at, reason=CONCORDANT, labs=kept, print=print_of(said),
            revision=before.revision + 1,
        )  # fmt: skip
        return closed, "closed"
    seen, due = print_of(said), (at + timedelta(days=LEVELS[found.level])).date()
    if before is None:
        labs = tuple(LabState(one.laboratory, one.class_) for one in said)
        return Discordance(new_id, *subject, found.level, "open", at, due, seen, labs), "opened"
    if before.print == seen:
        return before, ""
    again = before.state == "closed"
    changed = replace(
        before, level=found.level, state="open", closed=None, reason="", labs=_labs(before, said), print=seen,
        due=due if again else min(due, before.due), opened=at if again else before.opened,
        revision=before.revision + 1,
    )  # fmt: skip
    return changed, "reopened" if again else "changed"


def _labs(before: Discordance, said: Sequence[Position]) -> tuple[LabState, ...]:
    """Who stands to the same class keeps what they mean to do; who changed it starts anew."""
    known = {lab.laboratory: lab for lab in before.labs}
    return tuple(
        known[one.laboratory]
        if one.laboratory in known and known[one.laboratory].class_ == one.class_
        else LabState(one.laboratory, one.class_)
        for one in said
    )


def triaged(
    one: Discordance, laboratory: str, triage: str, text: str, by: str, at: datetime, expected: int
) -> Discordance:
    """What a laboratory means to do. Conflict when it changed since it was read."""
    _open(one, expected)
    if triage not in TRIAGE:
        raise BadInput(f"'{triage[:40]}' is no way to go on.", mend=f"Known: {', '.join(TRIAGE)}.")
    if laboratory not in [lab.laboratory for lab in one.labs]:
        raise Refused("This laboratory takes no part in it.")
    labs = tuple(
        LabState(laboratory, lab.class_, triage, text, by, at) if lab.laboratory == laboratory else lab
        for lab in one.labs
    )
    return replace(one, labs=labs, revision=one.revision + 1)


def closed(one: Discordance, reason: str, at: datetime, expected: int) -> Discordance:
    """Agreed to continue in disagreement. Refused while a laboratory has not said where it stands."""
    _open(one, expected)
    if reason not in CONTINUED:
        raise BadInput(f"'{reason[:40]}' is no reason to close it.", mend=f"Known: {'; '.join(CONTINUED)}.")
    waiting = [lab.laboratory for lab in one.labs if lab.triage in ("pending", "will_amend")]
    if waiting and (reason != "no answer" or at.date() <= one.due):
        raise Refused(
            f"Not everybody has said where they stand: {', '.join(waiting)}.",
            mend="Wait for them; after its due date it can be closed for want of an answer.",
        )
    return replace(one, state="closed", closed=at, reason=reason, revision=one.revision + 1)


def _open(one: Discordance, expected: int) -> None:
    if one.revision != expected:
        raise Conflict("This discordance has changed since it was read.", mend="Read it again and retry.")
    if one.state != "open":
        raise Refused("This discordance is closed.", mend="It opens again when a laboratory says something else.")
