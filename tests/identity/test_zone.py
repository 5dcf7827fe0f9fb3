"""The zone on both engines: who is whom, chains of numbers, keys, and what lies in its database."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from embla import identity
from embla.errors import Broken, NotFound, NotPermitted, Refused, UsageError
from embla.identity import (
    Entry,
    add_alias,
    is_issued,
    may_decide,
    parse_number,
    register_persons,
    rename_person,
    rotate,
    status,
    zone_of,
)
from embla.identity.keys import KeyFile
from embla.identity.zone import Zone
from embla.platform import ANONYMOUS, OPERATOR, PLAIN_KEY_FILES, Actor, House, events_of, newest_events
from embla.policy import About, Action, Decision, permit
from embla.registry import agreements, end_agreement
from tests.support.people import made_up_numbers
from tests.support.zone import find_persons, project_pseudonyms, show_person

KEEPER = Actor("keeper", frozenset({"zone"}))
NUMBERS = [parse_number(text) for text in islice(made_up_numbers(), 6)]
ANN, NEW, OTHER, STRANGER = NUMBERS[:4]


def register(house: House, *entries: Entry) -> list[str]:
    return register_persons(house, KEEPER, entries)


def find(house: House, *numbers: object) -> list[str | None]:
    return find_persons(house, KEEPER, numbers)  # type: ignore[arg-type]


def test_register__gives_a_random_pseudonym_and_the_same_one_again(home: House) -> None:
    first = register(home, Entry(ANN, "Ann"), Entry(OTHER))
    again = register(home, Entry(OTHER), Entry(ANN), Entry(ANN))

    assert first[0] != first[1] and all(person[0] == "P" and len(person) == 17 for person in first)
    assert again == [first[1], first[0], first[0]]
    assert find(home, ANN, STRANGER, OTHER) == [first[0], None, first[1]]


def test_register__a_birth_date_that_lies_ahead_is_refused(home: House) -> None:
    with pytest.raises(UsageError, match="lies ahead"):
        register(home, Entry(parse_number("0101354000")))

    assert status(home, OPERATOR)["persons"] == 0


def test_register__links_a_number_to_a_pseudonym_that_the_house_has(home: House) -> None:
    person = "P" + "7" * 16

    assert register(home, Entry(ANN, person=person)) == [person]
    assert find(home, ANN) == [person]
    with pytest.raises(Refused):
        register(home, Entry(ANN, person="P" + "8" * 16))


def test_alias__every_number_of_the_chain_finds_the_person_and_history_is_kept(home: House) -> None:
    (person,) = register(home, Entry(ANN, "Ann"))

    assert add_alias(home, KEEPER, ANN, NEW) == person
    assert add_alias(home, KEEPER, ANN, NEW) == person
    assert add_alias(home, KEEPER, NEW, OTHER) == person

    assert find(home, ANN, NEW, OTHER) == [person] * 3
    assert [n.text for n in show_person(home, KEEPER, person).numbers] == [ANN.text, NEW.text, OTHER.text]


def test_alias__never_joins_two_persons(home: House) -> None:
    ann, other = register(home, Entry(ANN), Entry(OTHER))

    with pytest.raises(Refused):
        add_alias(home, KEEPER, ANN, OTHER)
    with pytest.raises(NotFound):
        add_alias(home, KEEPER, STRANGER, NEW)

    assert find(home, ANN, OTHER, NEW) == [ann, other, None]


def test_rename__the_old_name_stays_behind_the_new(home: House) -> None:
    (person,) = register(home, Entry(ANN, "Ann"))
    rename_person(home, KEEPER, ANN, "Anna")
    register(home, Entry(ANN, "Anna"))

    assert show_person(home, KEEPER, person).names == ("Ann", "Anna")


def test_project__calls_each_person_the_same_again_and_other_projects_otherwise(home: House) -> None:
    persons = register(home, Entry(ANN), Entry(OTHER))

    one = project_pseudonyms(home, OPERATOR, "heart-1", persons)
    two = project_pseudonyms(home, OPERATOR, "heart-2", persons)

    assert project_pseudonyms(home, OPERATOR, "heart-1", persons[::-1]) == one[::-1]
    assert len({*persons, *one, *two}) == 6


@pytest.mark.parametrize("actor", [ANONYMOUS, Actor("dr", frozenset({"clinician", "researcher", "admin", "dpo"}))])
def test_zone__opens_to_its_keepers_only_and_logs_who_tried(home: House, actor: Actor) -> None:
    (person,) = register(home, Entry(ANN, "Ann"))

    for attempt in (
        lambda: find_persons(home, actor, [ANN]),
        lambda: register_persons(home, actor, [Entry(NEW)]),
        lambda: show_person(home, actor, person),
        lambda: add_alias(home, actor, ANN, NEW),
        lambda: rename_person(home, actor, ANN, "Nobody"),
        lambda: project_pseudonyms(home, actor, "heart-1", [person]),
        lambda: rotate(home, actor),
        lambda: status(home, actor),
    ):
        with pytest.raises(NotPermitted):
            attempt()

    with home.database.reading() as connection:
        refused = newest_events(connection, kinds=["access-refused"], actor=actor.id).items
    assert len(refused) == 8


def test_laboratory__turns_numbers_into_pseudonyms_and_nothing_back(home: House) -> None:
    lab = Actor("lab-north", frozenset({"lab"}), "north")

    (person,) = register_persons(home, lab, [Entry(ANN, "Ann")])

    assert find_persons(home, lab, [ANN]) == [person]
    with pytest.raises(NotPermitted):
        show_person(home, lab, person)


LOOK_UPS: dict[str, tuple[Action, About, Callable[[House, Decision], object]]] = {
    "find": (Action.LOOK_UP_IDENTITY, About(), lambda house, said: identity.find_persons(house, said, [ANN])),
    "show": (
        Action.MANAGE_IDENTITY,
        About(person="P" + "1" * 16),
        lambda house, said: identity.show_person(house, said, "P" + "1" * 16),
    ),
    "name": (
        Action.GIVE_PROJECT_PSEUDONYM,
        About(project="heart-1"),
        lambda house, said: identity.project_pseudonyms(house, said, "heart-1", ["P" + "1" * 16]),
    ),
}


@pytest.mark.parametrize("what", LOOK_UPS)
def test_look_up__takes_a_decision_that_is_in_the_log_and_about_just_this(
    house: House, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    action, about, look = LOOK_UPS[what]
    purpose = "research" if what == "name" else "operation"
    said = permit(house.database, OPERATOR, action, purpose=purpose, clock=house.clock, about=about)
    elsewhere = About(person="P" + "2" * 16)
    other = permit(house.database, OPERATOR, action, purpose=purpose, clock=house.clock, about=elsewhere)
    strange = permit(house.database, OPERATOR, Action.OPERATE, purpose="operation", clock=house.clock, about=about)
    monkeypatch.setattr("embla.identity.service.zone_of", lambda _: pytest.fail("the zone was opened"))

    for forged, rule in (
        (replace(said, event=None), "identity.logged"),
        (replace(said, actor="somebody"), "identity.logged"),
        (replace(said, purpose="rights"), "identity.logged"),
        (replace(said, subject="laboratory:north"), "identity.logged" if what == "find" else "identity.subject"),
        (other, "identity.subject"),
        (strange, "identity.action"),
    ):
        with pytest.raises(NotPermitted) as told:
            look(house, forged)
        assert told.value.rule == rule


def test_laboratory__looks_up_nobody_when_its_agreement_is_taken_back(house: House) -> None:
    lab = Actor("lab-north", frozenset({"lab"}), "north")
    (person,) = register_persons(house, lab, [Entry(ANN)])
    assert find_persons(house, lab, [ANN]) == [person]
    with house.database.reading() as connection:
        (agreement,) = agreements(connection, "north")

    end_agreement(house, OPERATOR, agreement.id, on=house.clock().date())

    for attempt in (lambda: find_persons(house, lab, [ANN]), lambda: register_persons(house, lab, [Entry(NEW)])):
        with pytest.raises(NotPermitted) as told:
            attempt()
        assert told.value.rule.endswith(".lab.reporting_agreed")


def test_look_up__is_logged_by_pseudonym_before_it_is_answered(home: House) -> None:
    (person,) = register(home, Entry(ANN, "Ann"))
    find(home, ANN, STRANGER)

    with home.database.reading() as connection:
        kinds = [event.kind for event in events_of(connection, f"person:{person}")]
        log = json.dumps([vars(event) for event in newest_events(connection, limit=200).items], default=str)
    assert kinds == ["identity-registered", "identity-found"]
    assert not any(number.text in log or number.text[:6] in log for number in (ANN, STRANGER))
    assert "Ann" not in log


def test_zone__its_database_shows_no_number_name_or_link_without_the_key(home: House) -> None:
    (person,) = register(home, Entry(ANN, "Ann Zzsecret", born=None))
    (pseudonym,) = project_pseudonyms(home, OPERATOR, "heart-1", [person])

    with zone_of(home).database.reading() as connection:
        rows = [
            str(row)
            for table in ("zone_people", "zone_numbers", "zone_projects", "zone_state")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}")
        ]
    assert not any(ANN.text in row or "Zzsecret" in row or pseudonym in row for row in rows)
    links = [row for row in rows if "heart-1" in row]
    assert len(links) == 1 and person not in links[0]


def test_rotate__everything_is_found_again_and_the_old_key_opens_nothing_new(home: House) -> None:
    ann, other = register(home, Entry(ANN, "Ann"), Entry(OTHER))
    add_alias(home, KEEPER, ANN, NEW)
    before = project_pseudonyms(home, OPERATOR, "heart-1", [ann, other])
    zone = zone_of(home)
    other_process = Zone(zone.database, zone.keys, zone.clock, zone.new_id)

    told = rotate(home, OPERATOR, destroy=True)

    assert told["rows"] == 7 and told["destroyed"] == [1]
    assert find(home, ANN, NEW, OTHER) == [ann, ann, other]
    assert project_pseudonyms(home, OPERATOR, "heart-1", [ann, other]) == before
    assert status(home, OPERATOR)["key_versions_kept"] == [2]
    # A process that had the old key in memory goes on with the new one.
    with other_process.writing() as inside:
        assert inside.key.number == 2


def test_rotate__that_died_after_it_wrote_a_key_is_finished_by_the_next(home: House) -> None:
    (person,) = register(home, Entry(ANN))
    zone_of(home).keys.add()

    assert find(home, ANN) == [person]
    assert rotate(home, OPERATOR)["version"] == 2
    assert find(home, ANN) == [person]


@pytest.mark.parametrize("what", ["gone", "another", "broken", "open to others"])
def test_key__missing_or_wrong_fails_loudly_and_is_never_made_anew(home: House, what: str) -> None:
    register(home, Entry(ANN))
    zone = zone_of(home)
    path = zone.keys.path
    if what == "broken":
        path.write_text("{}")
    elif what == "open to others":
        path.chmod(0o644)
    else:
        path.unlink()
        if what == "another":
            KeyFile(path, PLAIN_KEY_FILES).add()

    with pytest.raises(UsageError if what == "open to others" else Broken):
        with Zone(zone.database, KeyFile(path, PLAIN_KEY_FILES), zone.clock, zone.new_id).writing():
            pass

    assert path.exists() == (what != "gone")


def test_zone__a_value_that_was_moved_to_another_person_does_not_open(home: House) -> None:
    ann, other = register(home, Entry(ANN, "Ann"), Entry(OTHER, "Bo"))
    with zone_of(home).database.transaction() as connection:
        connection.exec_driver_sql(
            f"UPDATE zone_people SET sealed = (SELECT sealed FROM zone_people AS z WHERE z.person = '{ann}') "
            f"WHERE person = '{other}'"
        )

    with pytest.raises(Broken):
        show_person(home, KEEPER, other)


def test_zone__needs_a_database_of_its_own(home: House) -> None:
    shared = replace(
        home, settings=replace(home.settings, database_url="postgresql://x/y", identity_url="postgresql://x/y")
    )

    with pytest.raises(UsageError, match="of its own"):
        zone_of(shared)


@pytest.mark.parametrize(
    ("number", "born", "on", "decides"),
    [
        ("1403104111", None, date(2025, 3, 13), False),
        ("1403104111", None, date(2025, 3, 14), True),
        ("2902084111", None, date(2023, 2, 28), False),
        ("2902084111", None, date(2023, 3, 1), True),
        ("010110LBX1", date(2010, 3, 1), date(2025, 3, 31), False),
        ("010110LBX1", date(2010, 3, 1), date(2025, 4, 1), True),
        ("010110LBX1", None, date(2025, 4, 1), None),
    ],
)
def test_may_decide__from_the_fifteenth_birthday_on(
    house: House, number: str, born: date | None, on: date, decides: bool | None
) -> None:
    (person,) = register(house, Entry(parse_number(number), born=born))

    assert may_decide(house, person, on) is decides
    assert may_decide(house, "P" + "9" * 16, on) is None


class Died(BaseException):
    """The process is gone."""


def test_register__a_death_between_zone_and_log_links_nothing_wrongly(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr("embla.identity.service.is_issued", die)
        with pytest.raises(Died):
            register(home, Entry(ANN, "Ann"), Entry(OTHER))

    # Nobody was told these pseudonyms; the house does not take them, and a look-up does not give them.
    assert find(home, ANN, OTHER) == [None, None]
    with zone_of(home).reading() as inside:
        kept = [row[0] for row in inside.connection.exec_driver_sql("SELECT person FROM zone_people")]
    with home.database.reading() as connection:
        assert not any(is_issued(connection, person) for person in kept)

    again = register(home, Entry(ANN, "Ann"), Entry(OTHER))
    assert sorted(again) == sorted(kept)
    with home.database.reading() as connection:
        assert all(is_issued(connection, person) for person in again)


def test_zone__files_are_for_their_owner_only(house: House) -> None:
    register(house, Entry(ANN))

    assert (house.home / "keys" / "identity.key").stat().st_mode & 0o777 == 0o600
    assert (house.home / "identity").stat().st_mode & 0o777 == 0o700
    assert sqlite3.connect(house.home / "identity" / "identity.db").execute("SELECT count(*) FROM zone_people")
    assert Path(house.home / "embla.db").exists()
