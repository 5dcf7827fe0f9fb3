"""A patient's data back to those who treat: genomes of a case, calls, files as sent, quality; and emergencies.

Owns: what a treating clinician gets of a person, and the *emergency* (breaking the glass): a relation of a few hours
to one person without a case, with a stated reason, that somebody else reviews the day after. Words: *calls* = the
genome as VCF out of the store; *file* = the laboratory's own file, byte for byte; *quality* = how well it was measured;
*review* = another one's judgement of an emergency, justified or not.
Never knows: what the log says about anybody (`embla.oversight`), how often a variant occurs, who a person is.
Everything is decided by `embla.policy` and in the log before the first byte leaves. Start at model/emergency.py, then
giving.py and emergencies.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.care.emergencies import (
        break_glass,
        emergencies_to_review,
        emergency_of,
        open_emergencies,
        reason_of,
        review_emergency,
        unreviewed,
    )
    from embla.care.facts import care_facts
    from embla.care.giving import Given, calls, genomes_for, person_asked, quality_of, sealed_file, sent_file
    from embla.care.model.emergency import OUTCOMES, Emergency, checked_text
    from embla.care.sealing import append_sealed, read_sealed

_NAMES = {
    "emergencies": "break_glass emergencies_to_review emergency_of open_emergencies reason_of review_emergency"
    " unreviewed",
    "facts": "care_facts",
    "giving": "Given calls genomes_for person_asked quality_of sealed_file sent_file",
    "model.emergency": "OUTCOMES Emergency checked_text",
    "sealing": "append_sealed read_sealed",
}

__all__ = [
    "Emergency",
    "Given",
    "OUTCOMES",
    "append_sealed",
    "break_glass",
    "calls",
    "care_facts",
    "checked_text",
    "emergencies_to_review",
    "emergency_of",
    "genomes_for",
    "open_emergencies",
    "person_asked",
    "quality_of",
    "read_sealed",
    "reason_of",
    "review_emergency",
    "sealed_file",
    "sent_file",
    "unreviewed",
]

__getattr__ = lazy(__name__, {name: module for module, names in _NAMES.items() for name in names.split()})
