"""A clinician's pages: their cases only, exact counts with somebody left out, each in the log, nothing kept."""

import re

import httpx
import pytest

from embla.frequency.live import live_answer
from embla.frequency.model.answers import LeaveOut
from embla.frequency.service import open_region
from embla.genome import Variant
from embla.platform import Actor, newest_events
from embla.registry import cases_treated_by
from tests.web.clients import Reading, token_in
from tests.web.nation import WINDOW, WebNation

DOCTOR = Actor("doctor", frozenset({"clinician"}))


@pytest.fixture
def doctor(signed_in) -> httpx.Client:  # type: ignore[no-untyped-def]
    client: httpx.Client = signed_in("doctor")
    return client


@pytest.fixture(scope="module")
def case(nation: WebNation) -> str:
    with nation.house.database.reading() as connection:
        return cases_treated_by(connection, "doctor", on=nation.house.clock().date()).items[0].id


@pytest.fixture(scope="module")
def variant(nation: WebNation) -> Variant:
    found = next(v for v in open_region(nation.house, WINDOW).variants if v.ac and v.ac > 20)
    return Variant(found.contig, found.pos, found.ref or "", found.alt or "")


def ask(client: httpx.Client, case: str, **fields: object) -> httpx.Response:
    token = token_in(client.get(f"/case/{case}").text)
    return client.post(f"/case/{case}", data={"csrf": token, **fields})


def test_cases__lists_those_of_this_clinician(nation: WebNation, doctor: httpx.Client) -> None:
    with nation.house.database.reading() as connection:
        mine = cases_treated_by(connection, "doctor", on=nation.house.clock().date(), limit=200).items

    answer = doctor.get("/cases")

    assert {href for href in Reading(answer.text).hrefs() if href.startswith("/case/")} == {
        f"/case/{c.id}" for c in mine
    }
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("leave_out", [(), ("person",), ("family",), ("person", "family", "group")])
def test_live_count__is_the_services_with_the_same_left_out(
    nation: WebNation, doctor: httpx.Client, case: str, variant: Variant, leave_out: tuple[str, ...]
) -> None:
    expected = live_answer(nation.house, DOCTOR, case, variant, LeaveOut.of(*leave_out))

    answer = ask(doctor, case, q=str(variant), leave_out=list(leave_out))

    page = Reading(answer.text).words
    assert answer.status_code == 200
    assert "Live, exact, logged" in page
    assert f"{expected.headline.ac} / {expected.headline.an}" in page
    assert answer.headers["cache-control"] == "no-store"


def test_live_count__is_in_the_log_before_it_is_on_the_page(
    nation: WebNation, doctor: httpx.Client, case: str, variant: Variant
) -> None:
    answer = ask(doctor, case, q=str(variant), leave_out="person")

    with nation.house.database.reading() as connection:
        event = newest_events(connection, limit=1).items[0]
    assert event.kind == "access-granted" and event.subject == f"case:{case}"
    assert re.search(rf"Logged as event</dt><dd><span class=\"id\">{event.number}<", answer.text)


def test_looking_at_the_form__counts_and_logs_nothing(nation: WebNation, doctor: httpx.Client, case: str) -> None:
    doctor.get("/cases")
    with nation.house.database.reading() as connection:
        before = newest_events(connection, limit=1).items

    doctor.get(f"/case/{case}")

    with nation.house.database.reading() as connection:
        assert newest_events(connection, limit=1).items == before


def test_variant__never_stands_in_the_address_of_a_case(doctor: httpx.Client, case: str, variant: Variant) -> None:
    answer = ask(doctor, case, q=str(variant))

    for href in Reading(answer.text).hrefs():
        assert not (case in href and str(variant.pos) in href)


def test_case__of_somebody_else_is_refused_like_one_that_does_not_exist(
    doctor: httpx.Client, nation: WebNation
) -> None:
    from sqlalchemy import select

    from embla.registry.tables import case_clinicians, cases

    with nation.house.database.reading() as connection:
        mine = select(case_clinicians.c.case)
        other = connection.execute(select(cases.c.id).where(cases.c.id.not_in(mine)).limit(1)).scalar_one()

    theirs, none = doctor.get(f"/case/{other}"), doctor.get("/case/C0000000000000000")

    assert theirs.status_code == none.status_code == 403
    clean = [re.sub(r"<code>\w+</code>|/case/\w+", "", answer.text) for answer in (theirs, none)]
    assert clean[0] == clean[1]


@pytest.mark.parametrize("text", ["nonsense", "", "21-43774500-A-C"])
def test_live_count__of_what_is_no_variant_says_why_beside_the_field(
    doctor: httpx.Client, case: str, text: str
) -> None:
    answer = ask(doctor, case, q=text)

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text and 'id="live-error"' in answer.text


def test_live_count__of_a_region_tells_its_structural_kinds_and_what_is_not_loaded(
    doctor: httpx.Client, case: str
) -> None:
    answer = ask(doctor, case, q="21:43772512-43776445")

    assert answer.status_code == 200
    assert 'id="structural-title"' in answer.text and "not loaded" in answer.text


def test_live_count__refuses_a_personal_number_and_does_not_show_it(doctor: httpx.Client, case: str) -> None:
    answer = ask(doctor, case, q="010190-1234")

    assert answer.status_code == 422 and "010190-1234" not in answer.text


def test_live_count__without_a_token_is_refused(doctor: httpx.Client, case: str, variant: Variant) -> None:
    assert doctor.post(f"/case/{case}", data={"q": str(variant)}).status_code == 403


def test_open_variant_page__offers_the_live_count_to_the_clinician_alone(
    doctor: httpx.Client, client: httpx.Client, variant: Variant, case: str
) -> None:
    assert f'action="/case/{case}"' in doctor.get(f"/variant/{variant}").text
    assert "/case/" not in client.get(f"/variant/{variant}").text


def test_live_page__is_danish_all_through(signed_in, case: str, variant: Variant) -> None:  # type: ignore[no-untyped-def]
    client = signed_in("doctor", "da")

    answer = ask(client, case, q=str(variant), leave_out=["family", "group"])

    assert answer.status_code == 200
    assert '<span lang="en">' not in answer.text
