"""`decide`, which reads the table of what is allowed (`table.py`). Deny by default. Pure."""

from dataclasses import dataclass

from embla.platform import Actor
from embla.policy.conditions import Condition
from embla.policy.law import LEGAL_BASES
from embla.policy.model import Action, Decision, Facts


@dataclass(frozen=True)
class Rule:
    """One row: it allows one action to one role for some purposes when all of its conditions hold. `role` None is
    anybody, signed in or not."""

    name: str
    action: Action
    role: str | None
    purposes: frozenset[str]
    conditions: tuple[Condition, ...]
    text: str


def decide(actor: Actor, purpose: str, legal_basis: str, action: Action, subject: str, facts: Facts) -> Decision:
    """Allowed when a row says so; else refused by the row that came nearest, with the condition that failed.

    `subject` names what it is about ("case:EMBC...", "laboratory:north"); it is carried into the decision, not read.
    """
    from embla.policy.table import rules_of

    def answer(allowed: bool, rule: str, text: str) -> Decision:
        return Decision(allowed, rule, text, actor.id, action, purpose, legal_basis, subject)

    nearest, refusal = -1, answer(False, f"{action}.no_rule", "No rule allows this.")
    for rule in rules_of(action):
        failed, passed = _first_failure(rule, actor, purpose, legal_basis, facts)
        if failed is None:
            return answer(True, rule.name, rule.text)
        if passed > nearest:
            nearest, refusal = passed, answer(False, f"{rule.name}.{failed[0]}", failed[1])
    return refusal


def _first_failure(
    rule: Rule, actor: Actor, purpose: str, legal_basis: str, facts: Facts
) -> tuple[tuple[str, str] | None, int]:
    """The first thing of this row that does not hold, as (name, sentence), and how many held before it."""
    basis = LEGAL_BASES.get(legal_basis)
    tests = [
        (
            rule.role is None or actor.has(rule.role),
            "role",
            f"This needs the role {rule.role}.",
        ),
        (actor.may_ask(rule.action), "scope", "This token was not made for that."),
        (purpose in rule.purposes, "purpose", f"This may be done for {_or(rule.purposes)}, not for '{purpose}'."),
        (basis is not None and purpose in basis.purposes, "legal_basis", "No legal basis was given for this purpose."),
        (basis is not None and basis.valid_on(facts.on), "in_force", "The legal basis is not in force on this day."),
    ]
    tests += [(condition.holds(actor, facts), condition.name, condition.text) for condition in rule.conditions]
    for passed, (holds, name, text) in enumerate(tests):
        if not holds:
            return (name, text), passed
    return None, len(tests)


def _or(words: frozenset[str]) -> str:
    return " or ".join(sorted(words))
