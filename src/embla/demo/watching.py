"""What those who watch find in the demo: an emergency reviewed and one that waits, an alert, an incident in time."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

from embla.care import break_glass, calls, genomes_for, review_emergency
from embla.errors import NotPermitted
from embla.oversight import assess_incident, catch_up, close_incident, note_incident, report_incident
from embla.platform import Actor, House

NORTH: Final = Actor("clinician-north", frozenset({"clinician"}))
CAPITAL: Final = Actor("clinician-capital", frozenset({"clinician"}))
DPO: Final = Actor("dpo", frozenset({"dpo"}))


def watch(house: House, persons: list[str]) -> None:
    """`persons`: pseudonyms of people whom neither clinician treats, two or more."""
    first, second = persons[0], persons[1]
    fresh = replace(NORTH, stepped_up_until=house.clock() + timedelta(minutes=5))
    judged = break_glass(house, fresh, first, "Unconscious in the emergency room, an inherited arrhythmia suspected.")
    genomes_for(house, NORTH, emergency=judged.id)
    review_emergency(house, DPO, judged.id, "justified", "Confirmed by the head of the ward on the same day.")
    break_glass(house, fresh, second, "Transferred at night, the family's variant is needed before surgery.")
    for number in range(6):
        with suppress(NotPermitted):
            calls(house, CAPITAL, f"EMBG{9_000_000 + number:011d}", case="C" + "0" * 16)
    catch_up(house)
    made = note_incident(
        house, DPO, "disclosure", "A report was sent to the wrong ward.", detected=house.clock() - timedelta(hours=20)
    )
    assess_incident(house, DPO, made.id, "risk", "One person; the ward is bound to confidentiality.")
    report_incident(house, DPO, made.id, "By the authority's form, on the day after.")
    close_incident(house, DPO, made.id, "Wards are chosen from the register now, not typed.")
