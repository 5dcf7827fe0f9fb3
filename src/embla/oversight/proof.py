"""When an opt-out took effect: the entry, the last release with the person, and today's answer without."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from embla.care import person_asked
from embla.errors import NotFound
from embla.frequency import releases_in_order, releases_with
from embla.platform import events_of
from embla.policy import About, Action, permit
from embla.registry import accessions_of, counted_genomes, opt_outs

if TYPE_CHECKING:
    from embla.platform import Actor, House


@dataclass(frozen=True)
class Mark:
    """One entry of the log that set or ended a mark. `hash` chains it to the rest."""

    number: int
    at: datetime
    by: str
    what: str
    kind: str
    day: str
    hash: str


@dataclass(frozen=True)
class Proof:
    """`releases_with`: numbers of releases that show the person in any part, also those that kept the numbers of an
    earlier one, oldest first; `releases_without`: those that came after the last of them. `counted_now`: whether the
    cohort that the next release and research take holds the person; `people_now`: how many it holds. `marked`: whether
    a genetic mark stands today."""

    person: str
    marks: tuple[Mark, ...]
    marked: bool
    releases_with: tuple[str, ...]
    releases_without: tuple[str, ...]
    counted_now: bool
    people_now: int
    at: datetime
    event: int

    def to_json(self) -> dict[str, Any]:
        """Plain values; times as ISO 8601."""
        marks = [asdict(mark) | {"at": mark.at.isoformat()} for mark in self.marks]
        return asdict(self) | {"marks": marks, "at": self.at.isoformat()}


def proof_of(house: "House", actor: "Actor", person: str) -> Proof:
    """Read everything in one state of the database, after the look was logged."""
    known = person_asked(house, person)
    decision = permit(
        house.database, actor, Action.SEE_PROOF, purpose="supervision", clock=house.clock,
        about=About(person=known or "unknown"),
    )  # fmt: skip
    if known is None:
        raise NotFound("No such person was reported.", mend="Give the pseudonym, an accession, or LABORATORY:KEY.")
    now = house.clock()
    with house.database.reading() as connection:
        marks = tuple(
            Mark(
                event.number, event.at, event.actor, event.kind, str(event.body.get("kind", "")),
                str(event.body.get("since") or event.body.get("until") or ""), event.hash,
            )
            for event in events_of(connection, f"person:{known}")
            if event.kind.startswith("opt-out-")
        )  # fmt: skip
        numbers = [number for number, _ in releases_in_order(connection)]
        holding = releases_with(connection, accessions_of(connection, known))
        inside = [number for number in numbers if number in holding]
        cohort = counted_genomes(connection, on=now.date(), with_opted_out=False)
        standing = [m for m in opt_outs(connection, known) if m.kind == "genetic" and m.holds_on(now.date())]
    last = numbers.index(inside[-1]) if inside else -1
    return Proof(
        person=known,
        marks=marks,
        marked=bool(standing),
        releases_with=tuple(inside),
        releases_without=tuple(numbers[last + 1 :]),
        counted_now=any(one.person == known for one in cohort),
        people_now=len(cohort),
        at=now,
        event=decision.event or 0,
    )
