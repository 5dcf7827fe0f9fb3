"""Who may do what, for which purpose, on which legal basis: one pure decision, from tables.

Owns: `decide`, the actions, the purposes and the legal bases with their paragraphs and dates (`rules.py`, `law.py`).
Words: *purpose* is why somebody asks (care, statistics, ...); *legal basis* the paragraph that allows that purpose;
*facts* what the caller has established about actor and subject. What is not allowed by a row is refused, a fact that
was not given counts as not true, and each refusal names the row and the condition that failed.
Never knows: a database, a clock, a web page. Rooms above gather the facts (`embla.registry.permit` does it for persons'
data) and log the decision before any byte leaves. Start at model.py, then rules.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.policy.law import LEGAL_BASES, PURPOSES, LegalBasis, Purpose, legal_basis
    from embla.policy.model import Action, Decision, Facts
    from embla.policy.rules import RULES, Rule, decide

__all__ = [
    "LEGAL_BASES",
    "PURPOSES",
    "RULES",
    "Action",
    "Decision",
    "Facts",
    "LegalBasis",
    "Purpose",
    "Rule",
    "decide",
    "legal_basis",
]

__getattr__ = lazy(
    __name__,
    {
        "LEGAL_BASES": "law",
        "PURPOSES": "law",
        "LegalBasis": "law",
        "Purpose": "law",
        "legal_basis": "law",
        "Action": "model",
        "Decision": "model",
        "Facts": "model",
        "RULES": "rules",
        "Rule": "rules",
        "decide": "rules",
    },
)
