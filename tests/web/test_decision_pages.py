"""Pages of what people decided, and of the identity zone: for whom they are, and that they repeat no number."""

import httpx
import pytest
from fastapi import FastAPI

from embla.platform import OPERATOR, House, create_account
from embla.registry import cases_treated_by
from tests.support.people import made_up_numbers
from tests.web.clients import Reading, client_of, token_in
from tests.web.nation import OPENED_AT, WebNation

NUMBER = next(made_up_numbers())
ZONE, DPO = "keeper-of-test", "dpo-of-test"


@pytest.fixture
def house(nation: WebNation) -> House:
    with nation.house.database.transaction() as connection:
        for name, role in ((ZONE, "zone"), (DPO, "dpo")):
            create_account(connection, name, display=name, roles=[role], by=OPERATOR, at=nation.house.clock())
    return nation.house


def signed_in_as(app: FastAPI, account: str, language: str = "en") -> httpx.Client:
    client = client_of(app, language=language)
    page = client.get("/login")
    client.post("/login", data={"csrf": token_in(page.text), "account": account, "next": "/"})
    return client


def post(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return client.post(path, data={"csrf": token_in(client.get("/preferences").text), **fields})


def case_of_doctor(house: House) -> str:
    with house.database.reading() as connection:
        return cases_treated_by(connection, "doctor", on=OPENED_AT.date(), limit=1).items[0].id


def test_zone__its_keeper_registers_and_finds_and_no_page_repeats_the_number(house: House, app: FastAPI) -> None:
    keeper = signed_in_as(app, ZONE)

    unknown = post(keeper, "/identity/find", number=NUMBER)
    made = post(keeper, "/identity/register", number=NUMBER, name="Frode Zzpage")
    found = post(keeper, "/identity/find", number=f"{NUMBER[:6]}-{NUMBER[6:]}")
    wrong = post(keeper, "/identity/register", number="99" + NUMBER[2:], name="Frode Zzpage")

    assert "not registered" in unknown.text
    assert (made.status_code, found.status_code, wrong.status_code) == (200, 200, 422)
    ids = [
        set(Reading(page.text).words.split())
        & {w for w in Reading(page.text).words.split() if w[:1] == "P" and len(w) == 17}
        for page in (made, found)
    ]
    assert ids[0] == ids[1] and len(ids[0]) == 1
    for page in (unknown, made, found, wrong):
        assert NUMBER not in page.text and NUMBER[6:] not in page.text and "Zzpage" not in page.text
        assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("account", ["doctor", "lab-north", DPO, "board"])
def test_zone__is_closed_to_everybody_else(house: House, app: FastAPI, account: str) -> None:
    other = signed_in_as(app, account)

    assert other.get("/identity").status_code == 403
    assert post(other, "/identity/find", number=NUMBER).status_code == 403
    assert post(other, "/identity/register", number=NUMBER).status_code == 403


def test_consent__is_noted_and_shown_to_the_treating_clinician(house: House, app: FastAPI) -> None:
    doctor, path = signed_in_as(app, "doctor"), f"/case/{case_of_doctor(house)}/consent"
    fields = {"says": "given", "form": "general", "version": "2.1", "by": "patient", "findings": "none"}

    early = post(doctor, path, day="2030-01-01", **fields)
    strange = post(doctor, path, day="soon", **fields)
    noted = post(doctor, path, day="2026-09-09", recontact="yes", **fields)
    page = doctor.get(path)
    post(doctor, path, day="2026-09-10", says="withdrawn", form="general", version="2.1", by="patient")

    assert (early.status_code, strange.status_code, noted.status_code) == (422, 422, 303)
    assert "in force" in page.text and "2.1" in page.text
    assert "in force" not in doctor.get(path).text
    assert doctor.get(f"/case/{'C' + '0' * 16}/consent").status_code == 403


@pytest.mark.parametrize("account", ["lab-north", "board", ZONE])
def test_consent__is_closed_to_others(house: House, app: FastAPI, account: str) -> None:
    other, path = signed_in_as(app, account), f"/case/{case_of_doctor(house)}/consent"

    assert other.get(path).status_code == 403
    assert post(other, path, says="given").status_code == 403
    assert other.get("/decisions").status_code == 403
    assert post(other, "/decisions", person="P").status_code == 403


@pytest.mark.parametrize("language", ["en", "da"])
def test_decisions__the_data_protection_officer_sees_a_person_registers_and_agreements(
    house: House, app: FastAPI, language: str
) -> None:
    dpo = signed_in_as(app, DPO, language)
    with house.database.reading() as connection:
        person = cases_treated_by(connection, "doctor", on=OPENED_AT.date(), limit=1).items[0].person

    shown, nobody = post(dpo, "/decisions", person=person), post(dpo, "/decisions", person=NUMBER)

    assert (dpo.get("/decisions").status_code, shown.status_code, nobody.status_code) == (200, 200, 404)
    assert person in shown.text and NUMBER not in nobody.text
