"""Every cell of the table: role x action x how the subject stands to the one who asks. Pure; a page and a test show it.

`SITUATIONS` are facts as they are when the subject is one's own, another laboratory's, run out, taken back, and so on;
each changes what it is called for, and nothing else. A cell is what `decide` says, for the purpose with which the role
comes furthest, or for one that is given.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

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
        on, laboratory=_OWN, laboratory_valid=True, reporting_agreed=True, own_region=True, open_case=True, treats=True,
        of_case=True, reason_given=True, others_doing=True, consent=True, research_allowed=True, project_member=True,
        permit_valid=True, in_permit=True, in_data_set=True, agreement_valid=True, recipient_valid=True,
        study_valid=True, inside_zone=True, environment_valid=True, stepped_up=True,
    )  # fmt: skip


def _with(**facts: Any) -> Callable[[date], Facts]:
    return lambda on: replace(_own(on), **facts)


_STRANGER: Final = {"treats": False, "of_case": False}
SITUATIONS: Final[Mapping[str, Callable[[date], Facts]]] = {
    "own": _own,
    "other_laboratory": _with(laboratory=_OTHER),
    "other_region": _with(laboratory=_OTHER, own_region=False),
    "other_project": _with(project_member=False, in_permit=False, in_data_set=False),
    "no_relation": _with(**_STRANGER),
    "expired": _with(
        open_case=False, laboratory_valid=False, reporting_agreed=False, permit_valid=False, agreement_valid=False,
        recipient_valid=False, study_valid=False,
    ),
    "revoked": _with(
        treats=False, project_member=False, agreement_valid=False, reporting_agreed=False, recipient_valid=False,
        study_valid=False, environment_valid=False,
    ),
    "no_consent": _with(consent=False, research_allowed=False),
    "emergency": _with(**_STRANGER, glass_open=True),
    "outside_zone": _with(inside_zone=False),
    "own_doing": _with(others_doing=False),
    "stale_sign_in": _with(stepped_up=False),
}  # fmt: skip


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
    roles = frozenset() if role == NOBODY else frozenset({role})
    return Actor(role, roles, _OWN if role == "lab" else None, region=_OWN if role == "coordinator" else None)


def cell(action: Action, role: str, situation: str, on: date, purpose: str = "") -> Cell:
    """One cell: allowed for any purpose that a row of the role names (or for the one given), else refused by the row
    that came nearest."""
    facts = SITUATIONS[situation](on)
    actor = actor_of(role)
    named = sorted({p for rule in rules_of(action) if rule.role in (role, None) for p in rule.purposes})
    answers: list[Decision] = []
    for stated in [purpose] if purpose else named or [ACTIONS[action].purpose]:
        answers.append(decide(actor, stated, legal_basis(stated, on), action, "matrix", facts))
    best = next((answer for answer in answers if answer.allowed), answers[0])
    return Cell(action, role, situation, best.allowed, best.rule)


def cells(on: date) -> Iterator[Cell]:
    """Every cell, by action, role and situation."""
    for action in Action:
        for role in ALL_ROLES:
            for situation in SITUATIONS:
                yield cell(action, role, situation, on)
