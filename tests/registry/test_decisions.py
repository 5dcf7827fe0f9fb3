"""What persons decided, and the registers and agreements around it: history, fail closed, own care untouched."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from embla.errors import NotFound, NotPermitted, Refused, Unavailable, UsageError
from embla.identity import Entry, parse_number, register_persons
from embla.platform import ANONYMOUS, OPERATOR, Actor, House, events_of, newest_events
from embla.policy import About, Action, permit
from embla.registry import (
    Partner,
    Statement,
    add_agreement,
    add_environment_key,
    admit_person,
    agreement_in_force,
    agreements,
    all_marks,
    before_research,
    consents_of,
    consents_seen,
    counted_genomes,
    end_agreement,
    end_environment_key,
    in_force,
    must_be_renewed,
    note_consent,
    register_states,
    research_allowed,
    set_opt_out,
    sign_agreement,
    sync_consents,
    sync_opt_outs,
    unasked_persons,
)
from embla.registry.model.agreement import Agreement, inside
from embla.registry.model.consent import Noted
from tests.registry.nation import Nation
from tests.support.homes import START, Ticking
from tests.support.people import made_up_numbers

TODAY = START.date()
NUMBERS = list(islice(made_up_numbers(), 4))
TREATING = Actor("dr", frozenset({"clinician"}))


@pytest.fixture
def nation(house_on_both: House, clock: Ticking) -> Nation:
    return Nation(house_on_both.database, clock)


def given_on(person: str, day: date, **changes: Any) -> Statement:
    values: dict[str, Any] = {
        "form": "general", "version": "1.4", "says": "given", "secondary_findings": "actionable", "recontact": True,
    }  # fmt: skip
    return Statement(person=person, day=day, **(values | changes))


def withdrawn_on(person: str, day: date, **changes: Any) -> Statement:
    return given_on(person, day, says="withdrawn", secondary_findings=None, recontact=None, **changes)


def standing(house: House, person: str, on: date = TODAY, form: Any = "general") -> Statement | None:
    with house.database.reading() as connection:
        found = in_force(consents_of(connection, person), on, form)
    return None if found is None else found.statement


def registered(house: House, number: str = NUMBERS[0], **more: Any) -> str:
    """Somebody whom both the zone and the registers know."""
    (person,) = register_persons(house, OPERATOR, [Entry(parse_number(number), **more)], purpose="operation")
    with house.database.transaction() as connection:
        admit_person(connection, person, at=house.clock())
    return person


# consent


def test_consent__the_latest_day_counts_and_history_is_kept(house_on_both: House, nation: Nation) -> None:
    house, person = house_on_both, nation.person("p")
    first, second = given_on(person, TODAY - timedelta(9)), given_on(person, TODAY - timedelta(2), recontact=False)
    note_consent(house, OPERATOR, second)
    note_consent(house, OPERATOR, first)
    note_consent(house, OPERATOR, first)

    assert standing(house, person) == second
    assert standing(house, person, TODAY - timedelta(3)) == first
    assert standing(house, person, TODAY - timedelta(10)) is None
    with house.database.reading() as connection:
        assert len(consents_of(connection, person)) == 2


def test_consent__a_withdrawal_ends_it_and_a_new_one_begins_it_again(house_on_both: House, nation: Nation) -> None:
    house, person = house_on_both, nation.person("p")
    note_consent(house, OPERATOR, given_on(person, TODAY - timedelta(9)))
    note_consent(house, OPERATOR, withdrawn_on(person, TODAY - timedelta(1)))

    assert standing(house, person) is None
    note_consent(house, OPERATOR, given_on(person, TODAY, version="2"))
    assert standing(house, person).version == "2"  # type: ignore[union-attr]


def test_consent__the_prenatal_form_stands_apart(house_on_both: House, nation: Nation) -> None:
    house, person = house_on_both, nation.person("p")
    note_consent(house, OPERATOR, given_on(person, TODAY, form="prenatal"))

    assert standing(house, person) is None
    assert standing(house, person, form="prenatal") is not None


@pytest.mark.parametrize(
    ("years", "by", "allowed"),
    [
        (14, "guardian", True),
        (14, "patient", False),
        (15, "patient", True),
        (15, "guardian", False),
        (14, "not told", True),
    ],
)
def test_consent__from_15_on_the_patient_decides(house_on_both: House, years: int, by: str, allowed: bool) -> None:
    born = (
        date(TODAY.year - 15, TODAY.month, TODAY.day)
        if years == 15
        else date(TODAY.year - 15, TODAY.month, TODAY.day + 1)
    )
    person = registered(house_on_both, f"{born:%d%m%y}4111")
    statement = given_on(person, TODAY, signed_by=by)

    if allowed:
        note_consent(house_on_both, OPERATOR, statement)
    else:
        with pytest.raises(Refused) as refusal:
            note_consent(house_on_both, OPERATOR, statement)
        assert refusal.value.facts["rule"] == "consent.decides"
        assert str(born.year) not in str(refusal.value)
    assert (standing(house_on_both, person) is not None) == allowed


def test_consent__of_somebody_who_turned_15_since_is_to_be_renewed(house_on_both: House) -> None:
    person = registered(house_on_both, "010310LBX1", born=date(2011, 2, 1))
    noted = note_consent(house_on_both, OPERATOR, given_on(person, date(2026, 2, 28), signed_by="guardian"))

    assert not must_be_renewed(noted, False)
    assert must_be_renewed(noted, True)


@pytest.mark.parametrize(
    "changes",
    [{"form": "x"}, {"secondary_findings": "some"}, {"signed_by": "me"}, {"version": ""}, {"version": "a\nb"}],
)
def test_consent__what_no_form_says_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        given_on("P" + "1" * 16, TODAY, **changes)


def test_consent__is_not_of_the_future_and_not_of_a_stranger(house_on_both: House, nation: Nation) -> None:
    with pytest.raises(UsageError, match="future"):
        note_consent(house_on_both, OPERATOR, given_on(nation.person("p"), TODAY + timedelta(1)))
    with pytest.raises(NotFound):
        note_consent(house_on_both, OPERATOR, given_on("P" + "9" * 16, TODAY))


def test_consent__is_for_who_treats_the_patient_and_the_log_has_every_look(
    house_on_both: House, nation: Nation
) -> None:
    nation.genome("p", clinicians=["dr"])
    person, other = nation.person("p"), nation.person("q")
    with house_on_both.database.reading() as connection:
        case = connection.exec_driver_sql("SELECT id FROM cases").scalar()
    note_consent(house_on_both, TREATING, given_on(person, TODAY), case=case, purpose="care")

    assert len(consents_seen(house_on_both, TREATING, person, case=case, purpose="care")) == 1
    for actor, about, what in ((TREATING, other, case), (TREATING, person, None), (ANONYMOUS, person, case)):
        with pytest.raises(NotPermitted):
            consents_seen(house_on_both, actor, about, case=what, purpose="care")
    with house_on_both.database.reading() as connection:
        kinds = [event.kind for event in events_of(connection, f"person:{person}")]
    assert kinds == ["access-granted", "consent-noted", "access-granted", "access-refused", "access-refused"]


class Decisions(RuleBasedStateMachine):
    """The oracle: a list, looked through from the end."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Noted] = []

    @rule(
        day=st.integers(0, 9),
        says=st.sampled_from(["given", "withdrawn"]),
        form=st.sampled_from(["general", "prenatal"]),
    )
    def say(self, day: int, says: str, form: str) -> None:
        make = given_on if says == "given" else withdrawn_on
        at = START + timedelta(seconds=len(self.said))
        self.said.append(Noted(f"N{len(self.said):04}", make("P", TODAY - timedelta(day), form=form), "dr", at))

    @invariant()
    def the_last_word_of_the_last_day_holds(self) -> None:
        for form in ("general", "prenatal"):
            for ago in range(11):
                on = TODAY - timedelta(ago)
                expected = None
                for noted in self.said:
                    if noted.statement.form == form and noted.statement.day <= on:
                        if expected is None or noted.statement.day >= expected.statement.day:
                            expected = noted
                if expected is not None and expected.statement.says == "withdrawn":
                    expected = None
                assert in_force(self.said[::-1], on, form) == expected  # type: ignore[arg-type]


def test_consent__equals_a_list_looked_through_from_the_end() -> None:
    run_state_machine_as_test(Decisions, settings=settings(max_examples=60, stateful_step_count=15, deadline=None))


# the register outside


def written(path: Path, items: list[dict[str, Any]], as_of: str = "2026-03-02T08:00:00Z") -> Path:
    path.write_text(json.dumps({"as_of": as_of, "items": items}))
    return path


def asking(house: House, source: Path | str, **changes: Any) -> House:
    return replace(house, settings=replace(house.settings, opt_out_source=str(source), **changes))


def mark(number: str, kind: str = "genetic", since: str = "2026-01-01", **more: Any) -> dict[str, Any]:
    return {"number": number, "kind": kind, "since": since} | more


@pytest.fixture
def people(house_on_both: House) -> list[str]:
    """Two persons with genomes and numbers."""
    house = house_on_both
    persons = [registered(house, number) for number in NUMBERS[:2]]
    nation = Nation(house.database, house.clock)  # type: ignore[arg-type]
    with house.database.transaction() as connection:
        for key, person in zip("ab", persons, strict=True):
            connection.exec_driver_sql(
                f"INSERT INTO person_keys (laboratory, key, person) VALUES ('north', '{key}', '{person}')"
            )
    for key in "ab":
        nation.genome(key)
    return persons


def in_research(house: House) -> set[str]:
    with house.database.reading() as connection:
        return {g.person for g in counted_genomes(connection, on=TODAY, with_opted_out=False)}


def in_care(house: House) -> set[str]:
    with house.database.reading() as connection:
        return {g.person for g in counted_genomes(connection, on=TODAY)}


def test_register__its_marks_take_a_person_out_of_research_and_leave_care_alone(
    house_on_both: House, people: list[str], tmp_path: Path
) -> None:
    house = asking(house_on_both, written(tmp_path / "r.json", [mark(NUMBERS[0][:6] + "-" + NUMBERS[0][6:])]))
    assert in_research(house) == set(people)

    asked = sync_opt_outs(house, OPERATOR)

    assert (asked.persons, asked.marks, asked.unasked) == (2, 1, 0)
    assert in_research(house) == {people[1]}
    assert in_care(house) == set(people)
    with house.database.reading() as connection:
        assert [research_allowed(connection, person, house.clock()) for person in people] == [False, True]
        assert "opt-out-set" in [event.kind for event in events_of(connection, f"person:{people[0]}")]


def test_register__the_two_marks_are_separate(house_on_both: House, people: list[str], tmp_path: Path) -> None:
    house = asking(house_on_both, written(tmp_path / "r.json", [mark(NUMBERS[0], "tissue")]))

    sync_opt_outs(house, OPERATOR)

    assert in_research(house) == set(people)
    with house.database.reading() as connection:
        found = {g.person: g for g in counted_genomes(connection, on=TODAY)}
        assert research_allowed(connection, people[0], house.clock())
    assert (found[people[0]].opted_out, found[people[0]].opted_out_tissue) == (False, True)


def test_register__a_mark_that_it_takes_back_is_gone_and_one_noted_here_stays(
    house_on_both: House, people: list[str], tmp_path: Path
) -> None:
    path = written(tmp_path / "r.json", [mark(NUMBERS[0])])
    house = asking(house_on_both, path)
    sync_opt_outs(house, OPERATOR)
    with house.database.transaction() as connection:
        set_opt_out(connection, people[1], "genetic", since=TODAY, by=OPERATOR, at=house.clock())
    written(path, [])

    sync_opt_outs(house, OPERATOR)

    assert in_research(house) == {people[0]}
    with house.database.reading() as connection:
        assert [m.person for m in all_marks(connection)] == [people[1]]
        assert events_of(connection, f"person:{people[0]}")[-1].kind == "opt-out-ended"


def test_register__finds_a_person_under_every_number_of_the_chain(
    house_on_both: House, people: list[str], tmp_path: Path
) -> None:
    from embla.identity import add_alias

    house = asking(house_on_both, written(tmp_path / "r.json", [mark(NUMBERS[2])]))
    add_alias(house, OPERATOR, parse_number(NUMBERS[0]), parse_number(NUMBERS[2]))

    sync_opt_outs(house, OPERATOR)

    assert in_research(house) == {people[1]}


def test_register__who_has_no_number_cannot_be_asked_about_and_is_not_in_research(
    house_on_both: House, people: list[str], tmp_path: Path
) -> None:
    house = asking(house_on_both, written(tmp_path / "r.json", []))
    nation = Nation(house.database, house.clock)  # type: ignore[arg-type]
    nation.new_id = lambda: "X" * 16
    nation.person("nameless")

    asked = sync_opt_outs(house, OPERATOR)

    assert asked.unasked == 1
    with house.database.reading() as connection:
        assert unasked_persons(connection) == {"P" + "X" * 16}
        assert not research_allowed(connection, "P" + "X" * 16, house.clock())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_text("{"),
        lambda path: path.write_text("[" * 100_000),
        lambda path: path.write_text('{"items": []}'),
        lambda path: written(path, [], as_of="2026-02-28T08:00:00Z"),
        lambda path: written(path, [], as_of="2027-01-01T08:00:00Z"),
        lambda path: written(path, [], as_of="2026-03-02T08:00:00"),
        lambda path: written(path, [{"number": NUMBERS[0]}]),
        lambda path: written(path, [mark(NUMBERS[0], "money")]),
        lambda path: written(path, [{"number": 7}]),
        lambda path: written(path, [mark(NUMBERS[0], since="soon")]),
    ],
)
def test_register__that_is_down_stale_or_strange_closes_research_and_not_care(
    house_on_both: House, people: list[str], tmp_path: Path, spoil: Any
) -> None:
    path = written(tmp_path / "r.json", [mark(NUMBERS[0])])
    house = asking(house_on_both, path)
    sync_opt_outs(house, OPERATOR)
    spoil(path)

    with pytest.raises(Unavailable) as refusal:
        before_research(house, OPERATOR)

    assert NUMBERS[0] not in str(refusal.value)
    assert in_care(house) == set(people)
    with house.database.reading() as connection:
        assert newest_events(connection, kinds=["opt-out-register-failed"]).items
        assert [m.person for m in all_marks(connection)] == [people[0]]


def test_register__an_answer_grows_too_old_for_research(
    house_on_both: House, people: list[str], tmp_path: Path, clock: Ticking
) -> None:
    house = asking(house_on_both, written(tmp_path / "r.json", []))
    sync_opt_outs(house, OPERATOR)

    clock.at += timedelta(hours=24)

    with house.database.reading() as connection:
        assert not register_states(connection, clock())[0].fresh
        assert not research_allowed(connection, people[0], clock())


def test_register__a_setting_that_got_lost_opens_nothing(
    house_on_both: House, people: list[str], tmp_path: Path
) -> None:
    before_research(house_on_both, OPERATOR)  # no register was ever set up
    sync_opt_outs(asking(house_on_both, written(tmp_path / "r.json", [])), OPERATOR)

    with pytest.raises(Unavailable, match="not set up any more"):
        before_research(house_on_both, OPERATOR)


class _Register(BaseHTTPRequestHandler):
    answers: Any = None
    seen: list[tuple[str, dict[str, Any]]] = []

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).seen.append((self.path, asked))
        status, body = type(self).answers(asked)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    _Register.seen = []
    made = HTTPServer(("127.0.0.1", 0), _Register)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}/marks"
    made.shutdown()
    made.server_close()


def test_register__is_asked_over_http_with_numbers_in_the_body_only(
    house_on_both: House, people: list[str], server: str
) -> None:
    _Register.answers = lambda asked: (200, {"as_of": "2026-03-02T08:59:00Z", "items": [mark(NUMBERS[1])]})

    sync_opt_outs(asking(house_on_both, server), OPERATOR)

    assert in_research(house_on_both) == {people[0]}
    assert [path for path, _ in _Register.seen] == ["/marks"]
    assert sorted(_Register.seen[0][1]["numbers"]) == sorted(NUMBERS[:2])


@pytest.mark.parametrize("status", [204, 302, 404, 500])
def test_register__any_other_answer_closes_research(
    house_on_both: House, people: list[str], server: str, status: int
) -> None:
    _Register.answers = lambda asked: (status, {})

    with pytest.raises(Unavailable):
        before_research(asking(house_on_both, server), OPERATOR)


def test_register__is_never_asked_over_the_open_net(house_on_both: House) -> None:
    with pytest.raises(UsageError, match="https"):
        before_research(asking(house_on_both, "http://register.example/"), OPERATOR)


def test_electronic_consents__are_taken_over_once(house_on_both: House, people: list[str], tmp_path: Path) -> None:
    item = {
        "number": NUMBERS[0], "form": "general", "version": "e-1", "says": "given", "day": "2026-02-01",
        "secondary_findings": "none", "recontact": False, "signed_by": "patient", "colour": "blue",
    }  # fmt: skip
    path = written(tmp_path / "c.json", [item])
    house = replace(house_on_both, settings=replace(house_on_both.settings, consent_source=str(path)))

    assert [sync_consents(house, OPERATOR), sync_consents(house, OPERATOR)] == [1, 0]

    assert standing(house, people[0]).source == "electronic"  # type: ignore[union-attr]
    written(path, [item | {"secondary_findings": "perhaps"}])
    with pytest.raises(Unavailable):
        sync_consents(house, OPERATOR)


# agreements and where data may lie


def agreement(**days: date) -> Agreement:
    return Agreement("A1", "p", "delivery", "", date(2026, 1, 1), **days)


@pytest.mark.parametrize(
    ("days", "on", "state"),
    [
        ({}, date(2026, 3, 1), "draft"),
        ({"signed": date(2026, 2, 1)}, date(2026, 1, 31), "draft"),
        ({"signed": date(2026, 2, 1)}, date(2026, 2, 1), "signed"),
        ({"signed": date(2026, 2, 1), "expires": date(2026, 3, 1)}, date(2026, 3, 1), "signed"),
        ({"signed": date(2026, 2, 1), "expires": date(2026, 3, 1)}, date(2026, 3, 2), "expired"),
        ({"expires": date(2026, 3, 1)}, date(2026, 3, 2), "expired"),
        ({"signed": date(2026, 2, 1), "ended": date(2026, 2, 9)}, date(2026, 2, 9), "ended"),
    ],
)
def test_agreement__its_state_follows_from_its_days(days: dict[str, date], on: date, state: str) -> None:
    assert agreement(**days).state_on(on) == state


def test_flow__without_a_signed_agreement_is_blocked_by_a_named_rule(house_on_both: House, nation: Nation) -> None:
    house, name = house_on_both, nation.genome("p")
    key = sha256(b"an environment's key").digest()

    def send() -> str:
        about = About(genome=name, destination="hospital", environment=sha256(key).hexdigest())
        try:
            permit(house.database, OPERATOR, Action.SEND_PERSON_DATA, purpose="care", clock=house.clock, about=about)
        except NotPermitted as refusal:
            return refusal.rule
        return ""

    assert send() == "send_person_data.operator.environment_valid"
    made = add_agreement(
        house, OPERATOR, Partner("hospital", "Hospital", "DK"), flow="delivery", reference="", drafted=TODAY
    )
    registered = add_environment_key(house, OPERATOR, "secure", "hospital", key)
    partner = Partner("hospital", "Hospital", "DK")
    for other in ("reporting", "files", "research", "processing"):
        add_agreement(house, OPERATOR, partner, flow=other, reference="", drafted=TODAY, signed=TODAY)
    assert send() == "send_person_data.operator.agreement_valid"
    sign_agreement(house, OPERATOR, made.id, on=TODAY)
    assert send() == ""
    end_agreement(house, OPERATOR, made.id, on=TODAY)
    assert send() == "send_person_data.operator.agreement_valid"
    end_environment_key(house, OPERATOR, registered.fingerprint, on=TODAY)
    assert send() == "send_person_data.operator.environment_valid"
    with house.database.reading() as connection:
        assert len(newest_events(connection, kinds=["access-refused"]).items) == 4
        assert agreement_in_force(connection, "hospital", TODAY, "delivery") is None
        assert len(agreements(connection, "hospital")) == 5


def test_egress__of_a_persons_data_out_of_the_zone_is_refused_and_logged(house_on_both: House, nation: Nation) -> None:
    house, name = house_on_both, nation.genome("p")
    partner = Partner("abroad", "Abroad", "SE")
    add_agreement(house, OPERATOR, partner, flow="delivery", reference="", drafted=TODAY, signed=TODAY)
    key = sha256(b"an environment's key").digest()
    made = add_environment_key(house, OPERATOR, "secure", "abroad", key)

    with pytest.raises(NotPermitted) as refusal:
        about = About(genome=name, destination="abroad", environment=made.fingerprint)
        permit(house.database, OPERATOR, Action.SEND_PERSON_DATA, purpose="care", clock=house.clock, about=about)

    assert refusal.value.rule == "send_person_data.operator.inside_zone"
    with house.database.reading() as connection:
        assert newest_events(connection, kinds=["access-refused"]).items[0].subject == f"genome:{name}"


@given(st.sampled_from(["DK", "NO", "SE"]), st.lists(st.sampled_from(["DK", "DK,NO", "NO, SE"]), max_size=3))
def test_inside__is_inside_every_zone_and_nothing_is_inside_no_zone(country: str, zones: list[str]) -> None:
    assert inside(country, zones) == (bool(zones) and not any(country not in zone for zone in zones))


def test_agreements__are_for_those_who_keep_them(house_on_both: House) -> None:
    with pytest.raises(NotPermitted):
        add_agreement(house_on_both, TREATING, Partner("p1", "P", "DK"), flow="files", reference="", drafted=TODAY)
    with pytest.raises(NotFound):
        sign_agreement(house_on_both, OPERATOR, "A0", on=TODAY)
