"""A clinician's pages: their cases only, exact counts with somebody left out, each in the log, nothing kept."""

import random
import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from embla.frequency.live import live_answer
from embla.frequency.model.answers import LeaveOut
from embla.frequency.pages import asking
from embla.frequency.service import open_region
from embla.genome import Variant
from embla.platform import Actor, newest_events
from embla.platform.web import asked, seal_question
from embla.registry import cases_treated_by
from embla.registry.tables import cases, genomes
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
    return client.post(f"/case/{case}", data={"csrf": token, **fields}, follow_redirects=True)


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
    from embla.registry.tables import case_clinicians

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


def look(client: httpx.Client, **fields: str) -> httpx.Response:
    token = token_in(client.get("/cases").text)
    return client.post("/cases", data={"csrf": token, **fields}, follow_redirects=True)


def cases_on(answer: httpx.Response) -> list[str]:
    found = (re.fullmatch(r"/case/(\w+)", href) for href in Reading(answer.text).hrefs())
    return [one[1] for one in found if one]


def test_live_count__has_an_address_to_come_back_to_that_tells_nothing(
    nation: WebNation, doctor: httpx.Client, case: str, variant: Variant
) -> None:
    token = token_in(doctor.get(f"/case/{case}").text)
    led = doctor.post(f"/case/{case}", data={"csrf": token, "q": str(variant), "leave_out": "person"})
    address = led.headers["location"]

    first, again = doctor.get(address), doctor.get(address)

    assert led.status_code == 303 and first.status_code == again.status_code == 200
    assert not any(part in address for part in (str(variant.pos), variant.contig, "person"))
    events = [re.search(r"Logged as event</dt><dd><span class=\"id\">(\d+)<", one.text) for one in (first, again)]
    assert events[0] and events[1] and int(events[0][1]) < int(events[1][1])


def test_live_count__of_an_address_made_for_another_case_or_account_counts_nothing(
    nation: WebNation, doctor: httpx.Client, case: str, variant: Variant
) -> None:
    house = nation.house
    with house.database.reading() as connection:
        other = cases_treated_by(connection, "doctor", on=house.clock().date()).items[1].id
        before = newest_events(connection, limit=1).items
    said = {"q": str(variant), "leave_out": []}
    theirs = seal_question(house.wrapping, "board", f"/case/{case}", said, house.clock())
    elsewhere = seal_question(house.wrapping, "doctor", f"/case/{other}", said, house.clock())
    late = seal_question(house.wrapping, "doctor", f"/case/{case}", said, house.clock() - timedelta(hours=13))

    for text in (theirs, elsewhere, late, "", "nonsense", "é"):
        answer = doctor.get(f"/case/{case}/count", params={"asked": text or ""})
        assert answer.status_code == 303 and answer.headers["location"] == f"/case/{case}"

    with house.database.reading() as connection:
        assert newest_events(connection, limit=1).items == before


def test_live_count__of_a_text_too_long_for_an_address_is_answered_at_once(
    doctor: httpx.Client, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(7)
    token = token_in(doctor.get(f"/case/{case}").text)
    long = "21-43774500-G-G" + "".join(rng.choice("ACGT") for _ in range(4900))

    fits = doctor.post(f"/case/{case}", data={"csrf": token, "q": long})
    monkeypatch.setattr(asked, "LONGEST", 500)
    over = doctor.post(f"/case/{case}", data={"csrf": token, "q": long})

    assert fits.status_code == 303 and len(fits.headers["location"]) < 4096
    assert over.status_code == 200 and "Live, exact, logged" in over.text


def test_cases__are_found_by_name_pseudonym_and_genome_and_by_nobody_elses(
    nation: WebNation, doctor: httpx.Client
) -> None:
    with nation.house.database.reading() as connection:
        mine = cases_treated_by(connection, "doctor", on=nation.house.clock().date(), limit=200).items
        wanted = mine[1]
        genome = connection.execute(select(genomes.c.accession).where(genomes.c.case == wanted.id)).scalar_one()
        other = connection.execute(select(cases.c.person).where(cases.c.laboratory != "north").limit(1)).scalar_one()

    for text in (wanted.key.lower(), wanted.person, genome.lower(), wanted.id):
        answer = look(doctor, text=text)
        assert cases_on(answer) == [wanted.id], text
        assert text not in str(answer.url) and f'value="{text}"' in answer.text
    assert cases_on(look(doctor, text=other)) == [] == cases_on(look(doctor, text="100%"))
    assert "like that" in look(doctor, text=other).text


def test_cases__are_narrowed_by_group_and_by_what_was_answered(nation: WebNation, doctor: httpx.Client) -> None:
    with nation.house.database.reading() as connection:
        mine = cases_treated_by(connection, "doctor", on=nation.house.clock().date(), limit=200).items

    hearts = look(doctor, group="heart")

    assert set(cases_on(hearts)) == {one.id for one in mine if one.patient_group == "heart"} != set()
    assert set(cases_on(look(doctor, state="unanswered"))) == {one.id for one in mine}
    assert cases_on(look(doctor, state="answered")) == cases_on(look(doctor, state="made-up")) == []


def test_cases__a_page_further_on_keeps_what_was_looked_for(
    doctor: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = cases_on(look(doctor, text="k-"))
    monkeypatch.setattr(asking.cases, "__defaults__", (2,))
    first = look(doctor, text="k-")
    (following,) = [href for href in Reading(first.text).hrefs() if "page=" in href]

    second = doctor.get(following)

    assert len(whole) > 3 and cases_on(first) == whole[:2] and cases_on(second) == whole[2:4]
    assert 'value="k-"' in second.text


def test_cases__a_personal_number_is_refused_and_not_shown(doctor: httpx.Client) -> None:
    answer = look(doctor, text="010190-1234")

    assert answer.status_code == 422 and "010190-1234" not in answer.text


def test_pages_of_a_case__are_linked_from_each_of_them(doctor: httpx.Client, case: str) -> None:
    for here in ("", "/genomes", "/medicines", "/answers", "/consent"):
        links = Reading(doctor.get(f"/case/{case}{here}").text).hrefs()

        assert {f"/case/{case}{end}" for end in ("", "/genomes", "/medicines", "/answers", "/consent")} <= set(links)


def test_foot__leads_to_medicines_and_organisations(client: httpx.Client) -> None:
    assert {"/medicines", "/registry/organisations", "/catalogue"} <= set(Reading(client.get("/").text).hrefs())
