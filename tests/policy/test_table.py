"""The table as a whole: what no row may say, and what every row about a person must ask."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from embla.platform import Actor
from embla.policy import ACTIONS, LEGAL_BASES, RULES, About, Action, Decision, Facts, decide, facts, legal_basis

TODAY = date(2026, 3, 2)
EVERYTHING = Facts(TODAY, "north", **{f.name: True for f in fields(Facts) if f.name not in ("on", "laboratory")})
DOCTOR = Actor("doctor", frozenset({"clinician"}))
RESEARCHER = Actor("researcher", frozenset({"researcher"}))


def ask(actor: Actor, action: Action, facts: Facts, purpose: str = "") -> Decision:
    stated = purpose or ACTIONS[action].purpose
    return decide(actor, stated, legal_basis(stated, TODAY), action, "s", facts)


def test_actions__each_says_what_it_touches_and_has_a_row_for_the_purpose_it_names() -> None:
    assert set(ACTIONS) == set(Action)
    for action, touches in ACTIONS.items():
        assert any(touches.purpose in rule.purposes for rule in RULES if rule.action == action), action
        assert legal_basis(touches.purpose, TODAY) in LEGAL_BASES


def test_rows__that_give_bytes_about_a_person_each_ask_something_of_the_subject() -> None:
    for rule in RULES:
        if rule.action in (Action.READ_CALLS, Action.READ_FILE, Action.READ_QC, Action.SEND_PERSON_DATA):
            assert rule.conditions, rule.name
            assert rule.role in ("clinician", "researcher", "lab", "admin", "operator")


def test_rows__nobody_but_the_releases_reader_needs_no_role() -> None:
    assert {rule.action for rule in RULES if rule.role is None} == {Action.READ_RELEASE}


@pytest.mark.parametrize("action", [Action.READ_CALLS, Action.READ_FILE, Action.READ_QC])
@pytest.mark.parametrize("missing", ["treats", "open_case", "of_case"])
def test_clinician__needs_the_whole_treatment_relation_or_a_broken_glass(action: Action, missing: str) -> None:
    known = {name: True for name in ("treats", "open_case", "of_case") if name != missing}

    assert ask(DOCTOR, action, Facts(TODAY, treats=True, open_case=True, of_case=True)).allowed
    refused = ask(DOCTOR, action, Facts(TODAY, **known))
    assert (refused.allowed, refused.rule) == (False, f"{action}.clinician.{missing}")
    assert ask(DOCTOR, action, Facts(TODAY, glass_open=True)).rule == f"{action}.break_glass"


@pytest.mark.parametrize(
    "missing", ["project_member", "permit_valid", "in_permit", "in_data_set", "research_allowed", "inside_zone"]
)
def test_researcher__needs_permit_membership_opt_out_and_the_zone_all_of_them(missing: str) -> None:
    names = {"project_member", "permit_valid", "in_permit", "in_data_set", "research_allowed", "inside_zone"}

    assert ask(RESEARCHER, Action.READ_CALLS, Facts(TODAY, **dict.fromkeys(names, True)), "research").allowed
    refused = ask(RESEARCHER, Action.READ_CALLS, Facts(TODAY, **dict.fromkeys(names - {missing}, True)), "research")
    assert refused.rule == f"read_calls.researcher.{missing}"


def test_opt_out__stops_research_and_leaves_the_own_doctor_untouched() -> None:
    treated = Facts(TODAY, treats=True, open_case=True, of_case=True, research_allowed=False)

    assert ask(DOCTOR, Action.READ_CALLS, treated).allowed
    assert not ask(RESEARCHER, Action.READ_CALLS, treated, "research").allowed


@pytest.mark.parametrize("role", ["dpo", "admin", "board", "secretary", "zone", "operator"])
def test_who_runs_or_watches_the_house__never_reads_a_persons_calls_or_files(role: str) -> None:
    actor = Actor("x", frozenset({role}), "north")

    for action in (Action.READ_CALLS, Action.READ_FILE, Action.LIVE_COUNT):
        for purpose in ("care", "research", "operation", "supervision"):
            assert not ask(actor, action, EVERYTHING, purpose).allowed


@pytest.mark.parametrize(
    "action", [Action.SUBMIT, Action.REGISTER_IDENTITY, Action.LOOK_UP_IDENTITY, Action.MANAGE_CONSENT]
)
def test_laboratory__does_nothing_about_persons_without_its_agreement(action: Action) -> None:
    lab = Actor("lab", frozenset({"lab"}), "north")

    assert ask(lab, action, EVERYTHING, "reporting").allowed
    refused = ask(lab, action, replace(EVERYTHING, reporting_agreed=False), "reporting")
    assert refused.rule == f"{action}.lab.reporting_agreed"


def test_step_up__stands_before_exports_break_glass_and_accounts() -> None:
    asks = {rule.name for rule in RULES if any(c.name == "stepped_up" for c in rule.conditions)}

    assert asks >= {
        "break_glass.clinician", "export_release.admin", "send_person_data.admin", "manage_accounts.admin",
        "withdraw_person.admin", "look_up_identity.dpo",
    }  # fmt: skip


def test_reviewer__does_not_review_the_own_doing() -> None:
    dpo = Actor("dpo", frozenset({"dpo"}))

    assert ask(dpo, Action.REVIEW_BREAK_GLASS, Facts(TODAY, others_doing=True)).allowed
    assert ask(dpo, Action.REVIEW_BREAK_GLASS, Facts(TODAY)).rule == "review_break_glass.dpo.others_doing"


def test_residency__nothing_individual_leaves_the_zone_whoever_asks() -> None:
    for actor in (Actor("a", frozenset({"admin"})), Actor("operator", frozenset({"operator"}))):
        outside = Facts(TODAY, agreement_valid=True, stepped_up=True, environment_valid=True)
        assert ask(actor, Action.SEND_PERSON_DATA, outside).rule.endswith(".inside_zone")


def test_token__made_for_some_actions_opens_only_those() -> None:
    machine = Actor("lab", frozenset({"lab"}), "north", scopes=frozenset({"submit"}))
    own = Facts(TODAY, laboratory="north", laboratory_valid=True, reporting_agreed=True)

    assert ask(machine, Action.SUBMIT, own).allowed
    assert ask(machine, Action.SEE_OWN_SUBMISSIONS, own).rule == "see_own_submissions.lab.scope"


def test_about__is_called_by_the_narrowest_thing_named() -> None:
    assert About(case="C1", genome="EMBG1", laboratory="north").subject == "genome:EMBG1"
    assert About(laboratory="north").subject == "laboratory:north"
    assert About().subject == "database"


@pytest.mark.parametrize(
    ("about", "subject"),
    [
        (About(file="ab1234567890" + "c" * 52), "file:ab1234567890" + "c" * 52),
        (About(person="P1234567890ABCDEF"), "person:P1234567890ABCDEF"),
        (About(genome="EMBG00000000001"), "genome:EMBG00000000001"),
        (About(person="010203-1234"), "person:-"),
        (About(person="0102031234"), "person:-"),
        (About(case="K-010203-1234"), "case:-"),
        (About(case="a b"), "case:-"),
        (About(region="1" * 201), "region:-"),
    ],
)
def test_about__keeps_ids_of_the_house_whole_and_what_may_be_a_persons_number_out(about: About, subject: str) -> None:
    assert about.subject == subject


def test_step_up__ends_when_its_minutes_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "_PROVIDERS", {})
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    for until, holds in ((now + timedelta(seconds=1), True), (now, False), (None, False)):
        actor = Actor("a", frozenset({"admin"}), stepped_up_until=until)
        assert facts.gather(None, actor, About(), now).stepped_up is holds  # type: ignore[arg-type]


def test_facts__a_provider_may_not_speak_of_what_is_not_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    for said in ({"stepped_up": True}, {"king": True}):
        monkeypatch.setattr(facts, "_PROVIDERS", {"room": lambda *_, said=said: said})
        with pytest.raises(ValueError, match="room"):
            facts.gather(None, DOCTOR, About(), now)  # type: ignore[arg-type]


def test_facts__two_providers_may_not_speak_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"a": lambda *_: {"treats": True}, "b": lambda *_: {"treats": True}}
    monkeypatch.setattr(facts, "_PROVIDERS", both)

    with pytest.raises(ValueError, match="treats"):
        facts.gather(None, DOCTOR, About(), datetime(2026, 3, 2, 9, tzinfo=UTC))  # type: ignore[arg-type]
