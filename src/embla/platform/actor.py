"""Who acts: an account with roles, the operator at the machine, or nobody in particular. Pure.

An actor is proof of nothing by itself: `accounts` makes one from a session or a token, `policy` decides what it may do.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

# coordinator: follows how a region's laboratories report. zone: keepers of the identity zone, who know who is who and
# nothing else. secretary: of the board, whose ledger it writes; a member only sees.
ROLES: Final = ("clinician", "lab", "coordinator", "dpo", "board", "secretary", "admin", "researcher", "zone")
# Not given to accounts: whoever runs commands on the machine that holds the home.
OPERATOR_ROLE: Final = "operator"


@dataclass(frozen=True)
class Actor:
    """Somebody who asks. `id` is an account name, "operator" or "anonymous"; it goes into the event log.

    `stepped_up_until`: signed in anew for what needs it, until then. `scopes`: the only actions that a machine's token
    was made for; None for all that the roles allow.
    """

    id: str
    roles: frozenset[str] = frozenset()
    laboratory: str | None = None  # the laboratory a `lab` account reports for
    stepped_up_until: datetime | None = None
    scopes: frozenset[str] | None = None
    region: str | None = None  # code of the region a `coordinator` account is for

    def has(self, role: str) -> bool:
        """True when the actor has this role."""
        return role in self.roles

    def may_ask(self, action: str) -> bool:
        """False for a token that was not made for this action."""
        return self.scopes is None or action in self.scopes


ANONYMOUS: Final = Actor("anonymous")
OPERATOR: Final = Actor("operator", frozenset({OPERATOR_ROLE}))
