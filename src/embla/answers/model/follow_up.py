"""A follow-up: what new knowledge asks of one department about one patient, from the question to the closing. Pure.

States: `asked` (the department has not said), `amending` (it said recontact or amend), `sent` (an answer went out), and
`closed`. It closes only by a decision with a reason (no action), or when the answer that went out was acknowledged by
the record system and read by a named clinician, and, where the patient was to be contacted, the patient was told
(specs of delivery: ESHG 2018 recontacting; "sent" alone is nothing). Every state has a clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from embla.errors import BadInput, Conflict, Refused

# class: a class went to another bucket. drift: an allele became too common. panel: genes are newly asked for. pgx: a
# drug profile changed. correction: the genome that an answer stands on was replaced.
KINDS: Final = ("class", "drift", "panel", "pgx", "correction")
CHOICES: Final = ("recontact", "amend", "no action")
# Why nothing is done, or a follow-up ended without the department.
REASONS: Final = (
    "known and answered already", "no consequence for this patient", "patient is dead", "treated elsewhere", "other",
)  # fmt: skip
DELIVERED: Final = "delivered"
ENDED: Final = ("consent", "genome")
# Days until the department must have said. What may harm now comes first; a wrong genome is the gravest.
DAYS: Final[Mapping[str, int]] = {"correction": 7, "pgx": 30, "class": 60, "drift": 90, "panel": 90}
PATHOGENIC_DAYS: Final = 14
AMEND_DAYS: Final = 30
READ_DAYS: Final = 14
# Days past the due date -> who is told: the laboratory of the case at once, the administrators when nobody moved.
LEVELS: Final = ((1, "laboratory"), (15, "administrators"))


@dataclass(frozen=True)
class FollowUp:
    """One loop. `subject` is what it is about (an allele, `pgx`, a panel, a genome); `role`: patient, or relative where
    the genome was reported with another's case. `recontact`: the person may be contacted about new knowledge.
    `level`: how far it was escalated."""

    id: str
    kind: str
    subject: str
    case: str
    person: str
    genome: str
    role: str
    laboratory: str
    recontact: bool
    state: str
    opened: datetime
    due: date
    choice: str = ""
    reason: str = ""
    text: str = ""
    decided: datetime | None = None
    decided_by: str = ""
    answer: str = ""
    number: int = 0
    informed: datetime | None = None
    closed: datetime | None = None
    level: int = 0
    revision: int = 1

    def overdue_at(self, day: date) -> bool:
        """True when its clock has run out."""
        return self.state != "closed" and day > self.due

    def level_at(self, day: date) -> int:
        """How far it must be escalated on a day: 0 not yet, 1 to the laboratory, 2 to the administrators."""
        late = (day - self.due).days
        return 0 if self.state == "closed" else sum(1 for days, _ in LEVELS if late >= days)


def due_for(kind: str, after: str, at: datetime) -> date:
    """The day until which the department must have said. `after` is the bucket that a class went to."""
    days = PATHOGENIC_DAYS if kind == "class" and after == "P/LP" else DAYS[kind]
    return (at + timedelta(days=days)).date()


def decided(one: FollowUp, choice: str, reason: str, text: str, by: str, at: datetime, expected: int) -> FollowUp:
    """What the department will do. BadInput, Refused, or Conflict when it moved since it was read."""
    _at(one, expected, "asked")
    if choice not in CHOICES:
        raise BadInput(f"'{choice[:40]}' is no way to go on.", mend=f"Known: {', '.join(CHOICES)}.")
    if choice == "recontact" and not one.recontact:
        raise Refused("This person did not agree to be contacted about new knowledge.", mend="Amend the answer alone.")
    if choice == "no action" and reason not in REASONS:
        raise BadInput("No action needs a reason.", mend=f"Known: {'; '.join(REASONS)}.")
    if choice == "no action" and reason == "other" and not text.strip():
        raise BadInput("This reason needs words.", mend="Say in a sentence why.")
    moved = replace(
        one, choice=choice, reason=reason if choice == "no action" else "", text=text, decided=at, decided_by=by,
        revision=one.revision + 1, level=0,
    )  # fmt: skip
    if choice == "no action":
        return replace(moved, state="closed", closed=at)
    return replace(moved, state="amending", due=(at + timedelta(days=AMEND_DAYS)).date())


def sent(one: FollowUp, answer: str, number: int, at: datetime) -> FollowUp:
    """The amended answer went out. Another one may take its place until it was read."""
    if one.state not in ("amending", "sent"):
        raise Refused("Nobody has said yet what is done.", mend="Decide first: recontact, amend or no action.")
    return replace(
        one, state="sent", answer=answer, number=number, due=(at + timedelta(days=READ_DAYS)).date(), level=0,
        revision=one.revision + 1,
    )  # fmt: skip


def informed(one: FollowUp, at: datetime, expected: int) -> FollowUp:
    """The patient was told."""
    if one.choice != "recontact" or one.state not in ("amending", "sent"):
        raise Refused("Here nobody waits to be told.", mend="Only who decided to recontact notes this.")
    _expect(one, expected)
    return replace(one, informed=one.informed or at, revision=one.revision + 1)


def settled(one: FollowUp, acknowledged: bool, read: bool, at: datetime) -> FollowUp:
    """Closed where everything has happened that must; else as it was."""
    told = one.choice != "recontact" or one.informed is not None
    if one.state != "sent" or not (acknowledged and read and told):
        return one
    return replace(one, state="closed", reason=DELIVERED, closed=at, revision=one.revision + 1)


def ended(one: FollowUp, reason: str, at: datetime) -> FollowUp:
    """Closed from outside: the consent was taken back, or the genome is no more."""
    return replace(one, state="closed", reason=reason, closed=at, revision=one.revision + 1)


def escalated(one: FollowUp, day: date) -> FollowUp | None:
    """One step further, None where it stands already as far as it should."""
    level = one.level_at(day)
    return replace(one, level=level, revision=one.revision + 1) if level > one.level else None


def _expect(one: FollowUp, expected: int) -> None:
    if one.revision != expected:
        raise Conflict("This follow-up has changed since it was read.", mend="Read it again and retry.")


def _at(one: FollowUp, expected: int, state: str) -> None:
    _expect(one, expected)
    if one.state == "closed":
        raise Refused("This follow-up is closed.", mend="New knowledge opens another one.")
    if one.state != state:
        raise Refused("This was decided already.", mend="Read it again.")
