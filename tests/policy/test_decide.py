"""The table of what is allowed: each row by its example, and nothing beside them."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import NotPermitted
from embla.platform import ANONYMOUS, OPERATOR, ROLES, Actor
from embla.policy import LEGAL_BASES, PURPOSES, RULES, Action, Decision, Facts, decide, legal_basis

TODAY = date(2026, 3, 2)
DOCTOR = Actor("doctor", frozenset({"clinician"}))
LAB = Actor("lab.north", frozenset({"lab"}), "north")
DPO = Actor("dpo", frozenset({"dpo"}))
ADMIN = Actor("admin", frozenset({"admin"}))
TREATED = Facts(TODAY, open_case=True, treats=True)
OWN = Facts(TODAY, laboratory="north", laboratory_valid=True, reporting_agreed=True)


def ask(actor: Actor, action: Action, facts: Facts, purpose: str, basis: str | None = None) -> Decision:
    return decide(actor, purpose, legal_basis(purpose, TODAY) if basis is None else basis, action, "subject", facts)


@pytest.mark.parametrize(
    ("actor", "action", "facts", "purpose", "rule"),
    [
        (LAB, Action.SUBMIT, OWN, "reporting", "submit.lab"),
        (OPERATOR, Action.SUBMIT, OWN, "reporting", "submit.operator"),
        (LAB, Action.SEE_OWN_SUBMISSIONS, OWN, "reporting", "see_own_submissions.lab"),
        (ADMIN, Action.SEE_OWN_SUBMISSIONS, Facts(TODAY), "operation", "see_own_submissions.admin"),
        (DOCTOR, Action.LIVE_COUNT, TREATED, "care", "live_count.clinician"),
        (ANONYMOUS, Action.READ_RELEASE, Facts(TODAY), "statistics", "read_release.anyone"),
        (ADMIN, Action.CUT_RELEASE, Facts(TODAY), "operation", "cut_release.admin"),
        (DPO, Action.SEE_ACCESS_LOG, Facts(TODAY), "supervision", "see_access_log.dpo"),
        (ADMIN, Action.MANAGE_REGISTRY, Facts(TODAY), "operation", "manage_registry.admin"),
        (OPERATOR, Action.SEE_ACCESS_LOG, Facts(TODAY), "supervision", "see_access_log.operator"),
        (OPERATOR, Action.MANAGE_REGISTRY, Facts(TODAY), "operation", "manage_registry.operator"),
    ],
)
def test_decide__allows_what_a_row_says(actor: Actor, action: Action, facts: Facts, purpose: str, rule: str) -> None:
    decision = ask(actor, action, facts, purpose)

    assert (decision.allowed, decision.rule) == (True, rule)
    assert decision.require() is decision


@pytest.mark.parametrize(
    ("actor", "action", "facts", "purpose", "rule"),
    [
        (LAB, Action.SUBMIT, replace(OWN, laboratory="south"), "reporting", "submit.lab.own_laboratory"),
        (LAB, Action.SUBMIT, replace(OWN, laboratory=None), "reporting", "submit.lab.own_laboratory"),
        (LAB, Action.SUBMIT, replace(OWN, laboratory_valid=False), "reporting", "submit.lab.laboratory_valid"),
        (LAB, Action.SUBMIT, replace(OWN, reporting_agreed=False), "reporting", "submit.lab.reporting_agreed"),
        (
            OPERATOR,
            Action.SUBMIT,
            replace(OWN, reporting_agreed=False),
            "reporting",
            "submit.operator.reporting_agreed",
        ),
        (DOCTOR, Action.SUBMIT, OWN, "reporting", "submit.lab.role"),
        (Actor("x", frozenset({"lab"})), Action.SUBMIT, Facts(TODAY), "reporting", "submit.lab.own_laboratory"),
        (LAB, Action.SEE_OWN_SUBMISSIONS, Facts(TODAY), "reporting", "see_own_submissions.lab.own_laboratory"),
        (DOCTOR, Action.LIVE_COUNT, Facts(TODAY), "care", "live_count.clinician.treats"),
        (DOCTOR, Action.LIVE_COUNT, replace(TREATED, open_case=False), "care", "live_count.clinician.open_case"),
        (DOCTOR, Action.LIVE_COUNT, replace(TREATED, treats=False), "care", "live_count.clinician.treats"),
        (DOCTOR, Action.LIVE_COUNT, TREATED, "statistics", "live_count.clinician.purpose"),
        (ADMIN, Action.LIVE_COUNT, TREATED, "care", "live_count.clinician.role"),
        (OPERATOR, Action.LIVE_COUNT, TREATED, "care", "live_count.clinician.role"),
        (ANONYMOUS, Action.LIVE_COUNT, TREATED, "care", "live_count.clinician.role"),
        (ADMIN, Action.SEE_ACCESS_LOG, Facts(TODAY), "supervision", "see_access_log.dpo.role"),
        (DPO, Action.CUT_RELEASE, Facts(TODAY), "operation", "cut_release.admin.role"),
        (DOCTOR, Action.MANAGE_REGISTRY, Facts(TODAY), "operation", "manage_registry.admin.role"),
    ],
)
def test_decide__names_the_row_and_the_condition_that_failed(
    actor: Actor, action: Action, facts: Facts, purpose: str, rule: str
) -> None:
    decision = ask(actor, action, facts, purpose)

    assert (decision.allowed, decision.rule) == (False, rule)
    with pytest.raises(NotPermitted) as told:
        decision.require()
    assert told.value.rule == rule and told.value.message


def test_decide__needs_a_legal_basis_for_the_purpose_that_is_in_force() -> None:
    no_basis = ask(DOCTOR, Action.LIVE_COUNT, TREATED, "care", "")
    other = ask(DOCTOR, Action.LIVE_COUNT, TREATED, "care", "health-act-223b-statistics")
    before = decide(
        DOCTOR, "care", "health-act-223b-care", Action.LIVE_COUNT, "s", replace(TREATED, on=date(2019, 6, 30))
    )

    assert [d.rule.rpartition(".")[2] for d in (no_basis, other, before)] == ["legal_basis", "legal_basis", "in_force"]


def test_rules__every_action_has_one_and_every_purpose_and_role_in_them_exists() -> None:
    assert {rule.action for rule in RULES} == set(Action)
    assert {purpose for rule in RULES for purpose in rule.purposes} <= set(PURPOSES)
    assert {rule.role for rule in RULES} <= {*ROLES, "operator", None}
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.name.startswith(f"{rule.action}.") for rule in RULES)


def test_legal_bases__each_cites_a_paragraph_and_carries_known_purposes() -> None:
    assert all(basis.law and basis.paragraph and basis.text for basis in LEGAL_BASES.values())
    assert all(basis.purposes <= set(PURPOSES) for basis in LEGAL_BASES.values())
    assert {purpose for basis in LEGAL_BASES.values() for purpose in basis.purposes} == set(PURPOSES)
    assert legal_basis("care", date(2019, 6, 30)) == ""


roles = st.frozensets(st.sampled_from([*ROLES, "operator", "king"]))
actors = st.builds(Actor, st.just("x"), roles, st.sampled_from([None, "north", "south"]))
facts = st.builds(
    Facts,
    on=st.dates(date(2010, 1, 1), date(2040, 1, 1)),
    laboratory=st.sampled_from([None, "north", "south"]),
    laboratory_valid=st.booleans(),
    reporting_agreed=st.booleans(),
    open_case=st.booleans(),
    treats=st.booleans(),
)


@given(
    actors,
    facts,
    st.sampled_from(Action),
    st.sampled_from([*PURPOSES, "", "curiosity"]),
    st.sampled_from([*LEGAL_BASES, ""]),
)
def test_decide__whatever_is_asked_the_promises_hold(
    actor: Actor, given: Facts, action: Action, purpose: str, basis: str
) -> None:
    decision = decide(actor, purpose, basis, action, "s", given)

    assert decision.rule.startswith(f"{action}.") and decision.text
    if decision.allowed:
        assert basis in LEGAL_BASES and LEGAL_BASES[basis].valid_on(given.on) and purpose in LEGAL_BASES[basis].purposes
        assert action == Action.READ_RELEASE or actor.roles
        if action == Action.LIVE_COUNT:
            assert "clinician" in actor.roles and given.open_case and given.treats and purpose == "care"
        if action == Action.SUBMIT:
            assert (
                given.laboratory_valid
                and given.reporting_agreed
                and ("operator" in actor.roles or actor.laboratory == given.laboratory)
            )


@given(actors, facts, st.sampled_from(Action))
def test_decide__knowing_less_never_allows_more(actor: Actor, given: Facts, action: Action) -> None:
    """A fact that was not established counts against the one who asks."""
    for purpose in PURPOSES:
        basis = legal_basis(purpose, given.on)
        if not decide(actor, purpose, basis, action, "s", given).allowed:
            assert not decide(actor, purpose, basis, action, "s", Facts(given.on)).allowed
