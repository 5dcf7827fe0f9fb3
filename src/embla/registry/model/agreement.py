"""Agreements with partners about data, and where the partners are. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from embla.errors import UsageError
from embla.registry.model.values import _Plain

# reporting: a partner's genomes come here. delivery: data of single persons go to who treats them. research: to a
# study. files: whole releases. processing: somebody handles data on our behalf.
FLOWS: Final = ("reporting", "delivery", "research", "files", "processing")
State = Literal["draft", "signed", "expired", "ended"]


@dataclass(frozen=True)
class Partner(_Plain):
    """An organisation on the other side of a flow. country: where it keeps data, two letters (ISO 3166)."""

    id: str
    name: str
    country: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,62}", self.id):
            raise UsageError("This is no id of a partner.", mend="2 to 63 of a-z 0-9 -.")
        if not re.fullmatch(r"[A-Z]{2}", self.country):
            raise UsageError("A country has two capital letters.", mend="Denmark is DK.")
        if not 0 < len(self.name) <= 200 or not self.name.isprintable():
            raise UsageError("A partner's name has 1 to 200 visible characters.")


@dataclass(frozen=True)
class Agreement(_Plain):
    """A data processing agreement. signed None: a draft. expires: its last day, None for no end. ended: taken back."""

    id: str
    partner: str
    flow: str
    reference: str
    drafted: date
    signed: date | None = None
    expires: date | None = None
    ended: date | None = None

    def __post_init__(self) -> None:
        if self.flow not in FLOWS:
            raise UsageError(f"A flow is one of: {', '.join(FLOWS)}.")
        if self.signed is not None and self.signed < self.drafted:
            raise UsageError("An agreement is drafted before it is signed.")
        if self.expires is not None and self.expires < (self.signed or self.drafted):
            raise UsageError("An agreement cannot expire before it begins.")
        if len(self.reference) > 200 or not self.reference.isprintable():
            raise UsageError("A reference has at most 200 visible characters.")

    def state_on(self, day: date) -> State:
        """How it stands on a day; its last day still counts."""
        if self.ended is not None and day >= self.ended:
            return "ended"
        if self.expires is not None and day > self.expires:
            return "expired"
        return "signed" if self.signed is not None and self.signed <= day else "draft"


def in_force(agreements: Iterable[Agreement], on: date, flow: str | None = None) -> Agreement | None:
    """One that is signed and not over on a day, about this flow or, for None, any."""
    return next((a for a in agreements if a.state_on(on) == "signed" and flow in (None, a.flow)), None)


def nearest_agreement(agreements: Iterable[Agreement], on: date, flow: str) -> Agreement | None:
    """Where none is in force: the one about this flow that came last, to tell what became of it."""
    return max(
        (a for a in agreements if a.flow == flow and a.state_on(on) != "signed"),
        key=lambda a: (a.ended or a.expires or a.signed or a.drafted, a.id),
        default=None,
    )


def inside(country: str, residencies: Iterable[str]) -> bool:
    """True when a country lies in every one of these residency zones ("DK" or "DK,NO"). No zone is no permission."""
    zones = [{place.strip() for place in zone.split(",")} for zone in residencies]
    return bool(zones) and all(country in zone for zone in zones)
