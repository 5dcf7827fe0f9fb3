"""A session that ended, or a sign-in that grew old, costs nobody what they typed; and is not blamed on their rights."""

import re
from html import unescape

import httpx

from embla.platform import House, events_since
from tests.web.clients import token_in
from tests.web.conftest import Login
from tests.web.nation import WebNation

WORDS = "Two lines of\nwell weighed <words>, typed for forty minutes."
REASON = "Unconscious in the emergency room, arrhythmia suspected."


def kept_in(page: str) -> dict[str, str]:
    """The fields of the form that is sent again."""
    form = page[page.index('<form id="again"') :].split("</form>")[0]
    fields = re.findall(r'(?s)<textarea name="([^"]+)" hidden>\n?(.*?)</textarea>', form)
    (was,) = re.findall(r'name="was" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in fields} | {"csrf": token_in(form), "was": was}


def signs_in(client: httpx.Client, account: str) -> None:
    client.post("/login", data={"csrf": token_in(client.get("/login").text), "account": account, "next": "/account"})


def test_signed_out__gives_the_typed_words_back_and_they_are_sent_after_signing_in(signed_in: Login) -> None:
    client = signed_in("lab-north")
    token = token_in(client.get("/classifications/new").text)
    typed = {"variant": "chr21-43774279-GGA-G", "summary": WORDS, "do": "points"}
    client.cookies.clear()

    late = client.post("/classifications", data={"csrf": token} | typed)

    assert late.status_code == 403 and "You were signed out" in late.text
    assert "does not have the right" not in late.text and "not sent from one of our pages" not in late.text
    assert late.headers["Cache-Control"] == "no-store"
    again = kept_in(late.text)
    assert {name: again[name].replace("\r\n", "\n") for name in typed} == typed
    assert client.post("/classifications", data=again).status_code == 403  # not before somebody signed in
    signs_in(client, "lab-north")
    sent = client.post("/classifications", data=again)
    assert sent.status_code in (200, 422) and "well weighed &lt;words&gt;" in sent.text


def test_signed_out__the_next_account_on_the_computer_does_not_send_what_another_typed(signed_in: Login) -> None:
    client = signed_in("lab-north")
    token = token_in(client.get("/classifications/new").text)
    client.cookies.clear()
    again = kept_in(client.post("/classifications", data={"csrf": token, "summary": WORDS, "do": "points"}).text)

    signs_in(client, "lab-south")
    sent = client.post("/classifications", data=again)

    assert sent.status_code == 403 and "well weighed" not in sent.text
    assert "Somebody else typed this" in sent.text


def test_signed_out__keeps_no_field_with_a_personal_number(signed_in: Login) -> None:
    client = signed_in("doctor")
    token = token_in(client.get("/emergency").text)
    client.cookies.clear()

    late = client.post("/emergency", data={"csrf": token, "person": "010203-1234", "reason": REASON})

    assert "010203" not in late.text and kept_in(late.text)["reason"] == REASON
    assert "A field that may hold a personal number is not kept" in late.text


def test_foreign_token__in_a_session_is_refused_without_a_word_about_rights(signed_in: Login) -> None:
    client = signed_in("doctor")

    answer = client.post("/emergency", data={"csrf": "x" * 43, "person": "x", "reason": REASON})

    assert answer.status_code == 403 and 'id="again"' not in answer.text
    assert "This form could not be taken" in answer.text and "does not have the right" not in answer.text


def test_other_site__gets_no_form_back(signed_in: Login) -> None:
    client = signed_in("doctor")
    client.cookies.clear()

    answer = client.post("/emergency", data={"reason": REASON}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403 and REASON not in answer.text


def test_emergency__has_no_form_before_the_sign_in_is_fresh_and_loses_nothing_when_it_grew_old(
    signed_in: Login, nation: WebNation
) -> None:
    client, house = signed_in("doctor"), nation.house
    page = client.get("/emergency").text
    assert 'name="reason"' not in page and "/step-up?next=/emergency" in page
    person = _somebody(house)
    before = _last(house)

    late = client.post("/emergency", data={"csrf": token_in(page), "person": person, "reason": REASON})

    assert late.status_code == 403 and "Confirm who you are, then send it again" in late.text
    # Nobody asked for anything yet: the patient's log has no refused emergency access.
    assert not [one for one in _since(house, before) if "break_glass" in str(one.body)]
    again = kept_in(late.text)
    client.post("/step-up", data={"csrf": token_in(client.get("/step-up").text), "next": "/account"})
    sent = client.post("/emergency", data=again)
    assert sent.status_code == 303 and sent.headers["Location"].startswith("/emergency/E")


def _somebody(house: House) -> str:
    from sqlalchemy import select

    from embla.registry.tables import genomes

    with house.database.reading() as connection:
        return str(connection.scalars(select(genomes.c.person).limit(1)).one())


def _last(house: House) -> int:
    return max(one.number for one in _since(house, 0))


def _since(house: House, after: int):  # type: ignore[no-untyped-def]
    with house.database.reading() as connection:
        return list(events_since(connection, after))
