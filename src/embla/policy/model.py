"""What is asked of policy and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from embla.errors import NotPermitted


class Action(StrEnum):
    """What somebody wants to do."""

    SUBMIT = "submit"
    SEE_OWN_SUBMISSIONS = "see_own_submissions"
    LIVE_COUNT = "live_count"
    READ_RELEASE = "read_release"
    CUT_RELEASE = "cut_release"
    SEE_ACCESS_LOG = "see_access_log"
    MANAGE_REGISTRY = "manage_registry"


@dataclass(frozen=True)
class Facts:
    """What the caller has established. Everything but the day has a default that allows nothing.

    laboratory: the laboratory that the subject (a package, a list of submissions) belongs to.
    laboratory_valid: that laboratory may report on this day.
    open_case: the case is open on this day; treats: the actor is one of its treating clinicians.
    """

    on: date
    laboratory: str | None = None
    laboratory_valid: bool = False
    open_case: bool = False
    treats: bool = False


@dataclass(frozen=True)
class Decision:
    """Allowed or not, by which row, and the sentence that says so. `rule` is "row" or "row.condition"; `event` is the
    number of the event that logged it, where it was logged.

    An argument of this type is the proof that somebody asked: functions that give out person-level data take one.
    """

    allowed: bool
    rule: str
    text: str
    actor: str
    action: Action
    purpose: str
    legal_basis: str
    subject: str
    event: int | None = None

    def require(self) -> "Decision":
        """Itself when allowed; raises NotPermitted with the rule's name when not."""
        if not self.allowed:
            raise NotPermitted(self.text, rule=self.rule)
        return self

    def to_json(self) -> Mapping[str, object]:
        """What the event log keeps of it (the log has actor and subject in columns of their own)."""
        return {
            "allowed": self.allowed,
            "rule": self.rule,
            "action": str(self.action),
            "purpose": self.purpose,
            "legal_basis": self.legal_basis,
        }
