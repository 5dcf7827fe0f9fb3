"""A log entry as the rules of anomaly see it: who reached for whom, how, when. Pure; no genotype, no name."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from embla.platform import Event

Sort = Literal["read", "refused", "glass", "sign_in"]
UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class Look:
    """`person`, `case`: whom it is about; `region`, `family`: that person's, as far as registered; `beside_cases`: not
    through a case that the actor treats; `address`: where a sign-in came from, where that is known."""

    number: int
    at: datetime
    actor: str
    sort: Sort
    person: str | None = None
    case: str | None = None
    region: str | None = None
    family: str | None = None
    address: str | None = None
    beside_cases: bool = False


@dataclass(frozen=True)
class About:
    """What the registers add to an event: the persons it concerns, and of the first their region and family."""

    persons: tuple[str, ...] = ()
    region: str | None = None
    family: str | None = None


def look_of(event: Event, about: About, reads: Collection[str]) -> Look | None:
    """The look that an event is, None for one that the rules do not speak of."""
    body = event.body
    if event.kind == "signed-in":
        address = body.get("address")
        return Look(event.number, event.at, event.actor, "sign_in", address=address) if address else None
    person = about.persons[0] if about.persons else None
    case = body.get("case") or (event.subject[5:] if event.subject.startswith("case:") else None)
    if event.kind == "glass-broken":
        sort: Sort = "glass"
    elif event.kind == "access-refused":
        sort = "refused"
    elif event.kind == "access-granted" and body.get("action") in reads:
        sort = "read"
    else:
        return None
    beside = sort != "read" or str(body.get("rule", "")).endswith(".break_glass")
    return Look(
        event.number, event.at, event.actor, sort, person, case, about.region, about.family, beside_cases=beside
    )  # fmt: skip
