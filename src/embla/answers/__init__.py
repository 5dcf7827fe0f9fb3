"""What was answered about patients, and the one loop by which new knowledge comes back to them.

Owns: *answers* (what was said about whom in which case, on which data and classes, in versions that never change),
their delivery (FHIR, PDF, receipt, read), *triggers* (a class that went to another bucket, an allele that became too
common, a panel that asks for more, a changed drug profile, a corrected genome), *follow-ups* (what a trigger asks of
the department that treats: recontact, amend, or no action with a reason; with clock, escalation and register), and
*questions* from one department to another that treats another carrier, neither learning about whom.
Never knows: who a person is; which laboratories disagree, or how profiles are called (those rooms tell it by the log).
Start at model/follow_up.py and model/trigger.py, then watching.py (log to follow-ups), following.py, answering.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.answers.answering import Draft, Said, acknowledge, answers_of, give, read
    from embla.answers.asking import ask, asked_by_me, asked_of_me, question_to, reply
    from embla.answers.following import decide, escalations, mine, note_informed, register, whole
    from embla.answers.store import forget_person
    from embla.answers.watching import catch_up

_NAMES = {
    "answering": "Draft Said acknowledge answers_of give read",
    "asking": "ask asked_by_me asked_of_me question_to reply",
    "following": "decide escalations mine note_informed register whole",
    "store": "forget_person",
    "watching": "catch_up",
}

__all__ = [
    "Draft",
    "Said",
    "acknowledge",
    "answers_of",
    "ask",
    "asked_by_me",
    "asked_of_me",
    "catch_up",
    "decide",
    "escalations",
    "forget_person",
    "give",
    "mine",
    "note_informed",
    "question_to",
    "read",
    "register",
    "reply",
    "whole",
]

__getattr__ = lazy(__name__, {name: module for module, names in _NAMES.items() for name in names.split()})
