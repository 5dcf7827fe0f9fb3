"""The register outside: its marks close research, its silence too, and own care is untouched."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from embla.errors import Unavailable, UsageError
from embla.identity import parse_number
from embla.platform import OPERATOR, House, events_of, newest_events
from embla.registry import (
    all_marks,
    before_research,
    counted_genomes,
    register_states,
    research_allowed,
    set_opt_out,
    sync_consents,
    sync_opt_outs,
    unasked_persons,
)
from tests.registry.decided import NUMBERS, TODAY, registered, standing
from tests.registry.nation import Nation
from tests.support.homes import Ticking


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
