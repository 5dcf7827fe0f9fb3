"""Laboratories whose agreement about reporting is missing or runs out: the day after, nothing of theirs is taken in."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from embla.operations.model import Finding
from embla.platform import House
from embla.registry import Agreement, agreements, laboratories

# Long enough for a new one to be drafted and signed.
NOTICE_DAYS: Final = 60
_MEND: Final = "embla registry agreement add LAB --flow reporting --name ... --signed DATE"
_FLOW: Final = "reporting"


def reporting_agreements(house: House) -> Iterator[Finding]:
    """One finding for those that may not report today for want of an agreement, one for those that soon may not."""
    today = house.clock().date()
    with house.database.reading() as connection:
        known = {one.id: agreements(connection, one.id) for one in laboratories(connection, on=today)}
    ends = {laboratory: uncovered(found, today, NOTICE_DAYS) for laboratory, found in sorted(known.items())}
    missing = [laboratory for laboratory, day in ends.items() if day == today]
    last = {laboratory: day - timedelta(days=1) for laboratory, day in ends.items() if day is not None and day > today}
    ending = [f"{laboratory} (last day {day})" for laboratory, day in last.items()]
    if missing:
        told = f"No agreement about reporting is in force with: {', '.join(missing)}. They cannot report."
        yield Finding("agreements", "warn", told, _MEND)
    if ending:
        told = f"An agreement about reporting ends within {NOTICE_DAYS} days: {', '.join(ending)}."
        yield Finding("agreements", "warn", told, _MEND)
    if not missing and not ending:
        yield Finding("agreements", "ok", f"{len(known)} laboratories report under an agreement in force.")


def uncovered(found: Sequence[Agreement], today: date, days: int) -> date | None:
    """The first day, from today to so many days on, on which no agreement about reporting is in force; None: never."""
    ahead = (today + timedelta(days=n) for n in range(days + 1))
    reporting = [one for one in found if one.flow == _FLOW]
    return next((day for day in ahead if not any(one.state_on(day) == "signed" for one in reporting)), None)
