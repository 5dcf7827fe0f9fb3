"""Every cell of the table: role x action x how the subject stands to the one who asks. Pure; a page and a test show it.

`SITUATIONS` are facts as they are when the subject is one's own, another laboratory's, run out, taken back, and so on.
A cell is what `decide` says, for the purpose with which the role comes furthest.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from embla.platform import ROLES, Actor
from embla.policy.actions import ACTIONS
from embla.policy.law import legal_basis
from embla.policy.model import Action, Decision, Facts
from embla.policy.rules import decide
from embla.policy.table import rules_of

NOBODY: Final = "nobody"
ALL_ROLES: Final = (*ROLES, "operator", NOBODY)
_OWN, _OTHER = "own", "other"


def _own(on: date) -> Facts:
    return Facts(
        on, laboratory=_OWN, laboratory_valid=True, reporting_agreed=True, open_case=True, treats=True, of_case=True,
        reason_given=True, others_doing=True, consent=True, research_allowed=True, project_member=True,
        permit_valid=True, in_permit=True, agreement_valid=True, recipient_valid=True, inside_zone=True,
        stepped_up=True,
    )  # fmt: skip


def _others(on: date) -> Facts:
    return replace(_own(on), laboratory=_OTHER, treats=False, of_case=False, project_member=False, in_permit=False)


SITUATIONS: Final[Mapping[str, Callable[[date], Facts]]] = {
    "own": _own,
    "other_laboratory": _others,
    # The table knows laboratories, not borders: another region's is another laboratory's; shown and tested apart.
    "other_region": _others,
    "expired": lambda on: replace(
        _own(on),
        open_case=False,
        laboratory_valid=False,
        reporting_agreed=False,
        permit_valid=False,
        agreement_valid=False,
        recipient_valid=False,
    ),  # fmt: skip
    "revoked": lambda on: replace(
        _own(on), treats=False, project_member=False, agreement_valid=False, reporting_agreed=False
    ),
    "no_consent": lambda on: replace(_own(on), consent=False, research_allowed=False),
    "emergency": lambda on: replace(_others(on), glass_open=True),
    "outside_zone": lambda on: replace(_own(on), inside_zone=False),
    "own_doing": lambda on: replace(_own(on), others_doing=False),
    "stale_sign_in": lambda on: replace(_own(on), stepped_up=False),
}


@dataclass(frozen=True)
class Cell:
    """One answer. `rule` is the row that allows, or the row and condition that refuse."""

    action: Action
    role: str
    situation: str
    allowed: bool
    rule: str

    @property
    def condition(self) -> str:
        """The condition that failed, "" where it is allowed."""
        return "" if self.allowed else self.rule.rpartition(".")[2]


def actor_of(role: str) -> Actor:
    """Somebody with this role alone."""
    return Actor(role, frozenset() if role == NOBODY else frozenset({role}), _OWN if role == "lab" else None)


def cell(action: Action, role: str, situation: str, on: date) -> Cell:
    """One cell: allowed for any purpose that a row of the role names, else refused by the row that came nearest."""
    facts = SITUATIONS[situation](on)
    actor = actor_of(role)
    purposes = sorted({p for rule in rules_of(action) if rule.role in (role, None) for p in rule.purposes})
    answers: list[Decision] = []
    for purpose in purposes or [ACTIONS[action].purpose]:
        answers.append(decide(actor, purpose, legal_basis(purpose, on), action, "matrix", facts))
    best = next((answer for answer in answers if answer.allowed), answers[0])
    return Cell(action, role, situation, best.allowed, best.rule)


def cells(on: date) -> Iterator[Cell]:
    """Every cell, by action, role and situation."""
    for action in Action:
        for role in ALL_ROLES:
            for situation in SITUATIONS:
                yield cell(action, role, situation, on)
