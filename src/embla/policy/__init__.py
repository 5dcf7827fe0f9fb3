"""Who may do what, for which purpose, on which legal basis: one pure decision, from tables.

Owns: `decide`, the actions (`actions.py`), the table of who may do them (`table.py`), the purposes and the legal bases
with their paragraphs and dates (`law.py`); and `permit`, the one door: facts, decision, log; `prove` is what a
giver of bytes asks of a decision. Words: *purpose* is why
somebody asks (care, statistics, ...); *legal basis* the paragraph that allows that purpose; *facts* what has been
established about actor and subject, by providers that rooms register (`facts.py`); *about* what is asked about. What is
not allowed by a row is refused, a fact that was not given counts as not true, and each refusal names the row and the
condition that failed.
Never knows: what a fact is made from, a web page but its own. Start at model.py, then table.py, rules.py, door.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.policy.actions import ACTIONS, Touches
    from embla.policy.conditions import Condition
    from embla.policy.door import decisions_of_request, permit, prove
    from embla.policy.facts import Provider, provide
    from embla.policy.law import LEGAL_BASES, PURPOSES, LegalBasis, Purpose, legal_basis
    from embla.policy.model import About, Action, Decision, Facts
    from embla.policy.rules import Rule, decide
    from embla.policy.table import RULES

_NAMES = {
    "actions": "ACTIONS Touches",
    "conditions": "Condition",
    "door": "decisions_of_request permit prove",
    "facts": "Provider provide",
    "law": "LEGAL_BASES PURPOSES LegalBasis Purpose legal_basis",
    "model": "About Action Decision Facts",
    "rules": "Rule decide",
    "table": "RULES",
}

__all__ = [
    "ACTIONS",
    "About",
    "Action",
    "Condition",
    "Decision",
    "Facts",
    "LEGAL_BASES",
    "LegalBasis",
    "PURPOSES",
    "Provider",
    "Purpose",
    "RULES",
    "Rule",
    "Touches",
    "decide",
    "decisions_of_request",
    "legal_basis",
    "permit",
    "prove",
    "provide",
]

__getattr__ = lazy(__name__, {name: module for module, names in _NAMES.items() for name in names.split()})
