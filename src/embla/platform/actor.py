"""Who acts: an account with roles, the operator at the machine, or nobody in particular. Pure.

An actor is proof of nothing by itself: `accounts` makes one from a session or a token, `policy` decides what it may do.
"""

from dataclasses import dataclass
from typing import Final

ROLES: Final = ("clinician", "lab", "dpo", "board", "admin", "researcher")
# Not given to accounts: whoever runs commands on the machine that holds the home.
OPERATOR_ROLE: Final = "operator"


@dataclass(frozen=True)
class Actor:
    """Somebody who asks. `id` is an account name, "operator" or "anonymous"; it goes into the event log."""

    id: str
    roles: frozenset[str] = frozenset()
    laboratory: str | None = None  # the laboratory a `lab` account reports for

    def has(self, role: str) -> bool:
        """True when the actor has this role."""
        return role in self.roles


ANONYMOUS: Final = Actor("anonymous")
OPERATOR: Final = Actor("operator", frozenset({OPERATOR_ROLE}))
