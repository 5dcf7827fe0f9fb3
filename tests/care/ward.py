"""A ward: two patients of laboratory north, one trio, a treating doctor, a colleague, and those who review."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from embla.platform import OPERATOR, Actor, House, create_account, events_since
from embla.platform.events import Event
from embla.submission import receive_many
from tests.support.laboratory import make_single, make_trio

DOCTOR = Actor("doctor", frozenset({"clinician"}))
COLLEAGUE = Actor("colleague", frozenset({"clinician"}))
RESEARCHER = Actor("researcher", frozenset({"researcher"}))
DPO = Actor("dpo", frozenset({"dpo"}))
ADMIN = Actor("admin", frozenset({"admin"}))
REASON = "Unconscious in the emergency room, arrhythmia suspected."


@dataclass(frozen=True)
class Ward:
    """What the laboratory reported, by the names of its packages, which lie in `folder`. Tests get one from the
    fixtures of tests/support/wards.py."""

    house: House
    folder: Path
    acknowledgements: dict[str, Any]

    @classmethod
    def reported(cls, house: House, folder: Path) -> "Ward":
        """Accounts made, packages written and received."""
        with house.database.transaction() as connection:
            for actor in (DOCTOR, COLLEAGUE, RESEARCHER, DPO, ADMIN):
                create_account(
                    connection, actor.id, display=actor.id.title(), roles=actor.roles, by=OPERATOR, at=house.clock()
                )
        mine = {"case": {"clinicians": ["doctor"]}}
        packages = [
            make_single(folder / "N1", "N1", [("chr21", 5_030_500, "A", "G", "0/1")], **mine),
            make_single(folder / "N2", "N2", [("chr21", 5_031_500, "A", "G", "1/1")]),
            make_trio(folder / "T1", "T1", case={"kind": "trio", "clinicians": ["doctor"]}),
        ]
        packages += [
            make_single(folder / f"S{n}", f"S{n}", [("chr21", 5_033_000 + n, "A", "G", "0/1")]) for n in range(3)
        ]
        acknowledgements = {}
        for _, outcome in receive_many(house, OPERATOR, packages):
            if isinstance(outcome, Exception):
                raise outcome
            acknowledgements[outcome.package] = outcome
        return cls(house, folder, acknowledgements)

    def genome(self, package: str = "N1", role: str = "index") -> str:
        return next(g.accession for g in self.acknowledgements[package].genomes if g.role == role)

    def person(self, package: str = "N1", role: str = "index") -> str:
        return next(g.person for g in self.acknowledgements[package].genomes if g.role == role)

    def case(self, package: str = "N1") -> str:
        return self.acknowledgements[package].case

    def events(self, *kinds: str) -> list[Event]:
        with self.house.database.reading() as connection:
            return list(events_since(connection, 0, kinds=kinds))

    def stepped(self, actor: Actor) -> Actor:
        """The actor, freshly signed in."""
        return replace(actor, stepped_up_until=self.house.clock() + timedelta(minutes=5))
