"""The table of what is allowed, and `decide`, which reads it. Deny by default.

A row allows one action to one role for some purposes when all of its conditions hold. To change what Embla allows,
change a row; nothing else in the program says who may do what.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from embla.platform import Actor
from embla.policy.law import LEGAL_BASES
from embla.policy.model import Action, Decision, Facts


@dataclass(frozen=True)
class Condition:
    """Something that must be so. `text` is the refusal when it is not."""

    name: str
    text: str
    holds: Callable[[Actor, Facts], bool]


@dataclass(frozen=True)
class Rule:
    """One row. `role` None is anybody, signed in or not."""

    name: str
    action: Action
    role: str | None
    purposes: frozenset[str]
    conditions: tuple[Condition, ...]
    text: str


OWN_LABORATORY: Final = Condition(
    "own_laboratory",
    "A laboratory reports and sees its own submissions only.",
    lambda actor, facts: actor.laboratory is not None and actor.laboratory == facts.laboratory,
)
LABORATORY_VALID: Final = Condition(
    "laboratory_valid",
    "This laboratory is not among those that may report on this day.",
    lambda actor, facts: facts.laboratory_valid,
)
OPEN_CASE: Final = Condition(
    "open_case", "This case is closed; exact live counts need an open one.", lambda actor, facts: facts.open_case
)
TREATS: Final = Condition(
    "treats",
    "Exact live counts need a case, and only those who treat its patient may ask.",
    lambda actor, facts: facts.treats,
)


def _row(name: str, action: Action, role: str | None, purposes: str, text: str, *conditions: Condition) -> Rule:
    return Rule(name, action, role, frozenset(purposes.split()), conditions, text)


RULES: Final = (
    _row("submit.lab", Action.SUBMIT, "lab", "reporting",
         "A laboratory reports its own genomes.", OWN_LABORATORY, LABORATORY_VALID),
    _row("submit.operator", Action.SUBMIT, "operator", "reporting",
         "The operator takes in a laboratory's package at the machine.", LABORATORY_VALID),
    _row("see_own_submissions.lab", Action.SEE_OWN_SUBMISSIONS, "lab", "reporting",
         "A laboratory sees its own submissions.", OWN_LABORATORY),
    _row("see_own_submissions.admin", Action.SEE_OWN_SUBMISSIONS, "admin", "operation",
         "Administrators see how submissions fare."),
    _row("see_own_submissions.operator", Action.SEE_OWN_SUBMISSIONS, "operator", "reporting operation",
         "The operator sees how submissions fare."),
    _row("live_count.clinician", Action.LIVE_COUNT, "clinician", "care",
         "A clinician with an open case counts live for the patient's care.", TREATS, OPEN_CASE),
    _row("read_release.anyone", Action.READ_RELEASE, None, "care statistics",
         "Releases are public."),
    _row("cut_release.admin", Action.CUT_RELEASE, "admin", "operation statistics",
         "Administrators cut releases."),
    _row("cut_release.operator", Action.CUT_RELEASE, "operator", "operation statistics",
         "The operator cuts releases at the machine."),
    _row("see_access_log.dpo", Action.SEE_ACCESS_LOG, "dpo", "supervision",
         "The data protection officer reads the access log."),
    _row("see_access_log.operator", Action.SEE_ACCESS_LOG, "operator", "supervision",
         "The operator reads the access log at the machine."),
    _row("manage_registry.admin", Action.MANAGE_REGISTRY, "admin", "operation",
         "Administrators keep the registers."),
    _row("manage_registry.operator", Action.MANAGE_REGISTRY, "operator", "operation",
         "The operator keeps the registers at the machine."),
)  # fmt: skip


def decide(actor: Actor, purpose: str, legal_basis: str, action: Action, subject: str, facts: Facts) -> Decision:
    """Allowed when a row says so; else refused by the row that came nearest, with the condition that failed.

    `subject` names what it is about ("case:EMBC...", "laboratory:north"); it is carried into the decision, not read.
    """

    def answer(allowed: bool, rule: str, text: str) -> Decision:
        return Decision(allowed, rule, text, actor.id, action, purpose, legal_basis, subject)

    nearest, refusal = -1, answer(False, f"{action}.no_rule", "No rule allows this.")
    for rule in (rule for rule in RULES if rule.action == action):
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
