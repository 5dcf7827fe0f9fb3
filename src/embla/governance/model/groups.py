"""The life of a patient group: proposed, assessed, approved, running, evaluated; each step by somebody, on a day. Pure.

A step goes one state forward. What goes back, or is said again, has a reason; approval stands on a decision of type B.
Steps are entries of the ledger, so they are only added.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from embla.errors import BadInput, Refused
from embla.governance.model.ledger import Ledger, Line

STATES: Final = ("proposed", "assessed", "approved", "running", "evaluated")
KIND: Final = "group_step"
# What only the board gives.
DECIDED: Final = frozenset({"approved"})


@dataclass(frozen=True)
class Step:
    """One step: the state from `day` on, who took it, on which decision, and why where it goes back."""

    state: str
    day: date
    by: str
    decision: str | None
    reason: str
    number: int

    @classmethod
    def of(cls, line: Line) -> "Step":
        """As the ledger has it."""
        says = line.says
        return cls(says["state"], line.day, says["by"], line.decision, says.get("reason", ""), line.number)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return vars(self) | {"day": self.day.isoformat(), "reason": self.reason or None}


def life(ledger: Ledger, group: str, by: date | None = None) -> tuple[Step, ...]:
    """The steps of a group up to a day, in their order; the last one's state is the group's. Empty: nothing is told."""
    return tuple(Step.of(line) for line in ledger.of(KIND, by) if line.name == group)


def lives(ledger: Ledger, by: date | None = None) -> dict[str, tuple[Step, ...]]:
    """The same of every group that a step is told of."""
    return {group: life(ledger, group, by) for group in dict.fromkeys(line.name for line in ledger.of(KIND, by))}


def check_step(ledger: Ledger, line: Line) -> None:
    """Refused for a step that skips a state, goes back without a reason, comes before the last one's day, or approves
    without a decision."""
    steps = life(ledger, line.name)
    state, reason = line.says["state"], line.says.get("reason", "")
    if state in DECIDED and line.decision is None:
        raise Refused(
            "A patient group is approved by a decision.", mend='Enter the decision first, then name it with "decision".'
        )
    if not steps:
        if state != STATES[0]:
            raise Refused(f"Nothing is told of {line.name} yet.", mend=f"Its life begins with {STATES[0]}.")
        return
    last = steps[-1]
    if line.day < last.day:
        raise BadInput(f"{line.name} is {last.state} since {last.day}; a step cannot be earlier.")
    ahead = STATES.index(state) - STATES.index(last.state)
    if ahead > 1:
        raise Refused(
            f"{line.name} is {last.state}: {state} does not come next.",
            mend=f"Next is {STATES[STATES.index(last.state) + 1]}.",
        )
    if ahead < 1 and not reason:
        raise Refused(f"{line.name} is {last.state} and would be {state} again.", mend='Say why, with "reason".')
