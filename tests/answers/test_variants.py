"""The page of a case's variants: what the patient carries and somebody spoke of, and what is asked for in one go."""

from collections.abc import Iterator

import httpx
import pytest

from embla.answers.variants import Row, Unread, variants_of
from embla.app import create_app
from embla.errors import NotPermitted
from embla.frequency import cut_release
from embla.platform import OPERATOR, events_since
from embla.registry import close_case, giving
from tests.answers.clinic import CSTB, DOCTOR, SPLICED, STRANGER, Clinic
from tests.web.clients import client_of, token_in

OTHERS = "chr21-5030500-A-G"  # N1's, and not this patient's
INDEX_DE_NOVO = "chr21-43774705-C-T"


def test_variants__are_those_that_the_patient_carries_with_who_says_what(clinic: Clinic) -> None:
    clinic.conclude("capital", "P")
    clinic.conclude("south", "VUS")
    clinic.conclude("capital", "VUS", allele=SPLICED)
    clinic.conclude("capital", "P", allele=OTHERS)
    made = clinic.answered()
    release = cut_release(clinic.house, OPERATOR).number

    found = variants_of(clinic.house, DOCTOR, clinic.case())

    assert [(one.allele, one.carried, one.rank) for one in found.known] == [(CSTB, "het", 4), (SPLICED, "het", 2)]
    (first, second) = found.known
    assert {one.record.identity.laboratory: one.content.class_ for one in first.stands} == {
        "capital": "P", "south": "VUS"}  # fmt: skip
    assert first.answered == ((made.answer, 1, "P"),) and second.answered == ()
    assert first.count is not None and found.release == release and found.looked == 3


def test_variants__asked_for_are_told_apart_as_carried_absent_or_unread(clinic: Clinic) -> None:
    asked = variants_of(clinic.house, DOCTOR, clinic.case(), [INDEX_DE_NOVO, OTHERS, "no name", INDEX_DE_NOVO]).asked

    told = [one.carried if isinstance(one, Row) else type(one) for one in asked]
    assert told[0] == "het" and told[1] in ("absent", "not called") and told[2] is Unread and len(told) == 3


def test_variants__a_look_by_the_pack_is_a_look_in_the_store(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    clinic.conclude("capital", "P")
    clinic.conclude("capital", "VUS", allele=SPLICED)
    slow = variants_of(clinic.house, DOCTOR, clinic.case())

    monkeypatch.setattr(giving, "_TOGETHER", 0)

    assert [one.allele for one in variants_of(clinic.house, DOCTOR, clinic.case()).known] == [CSTB, SPLICED]
    assert [one.allele for one in slow.known] == [CSTB, SPLICED]


def test_variants__are_for_who_treats_also_after_the_case_and_the_look_is_in_the_log(clinic: Clinic) -> None:
    house, day = clinic.house, clinic.house.clock().date()
    with house.database.transaction() as connection:
        close_case(connection, clinic.case(), on=day, by=OPERATOR, at=house.clock())
    clinic.later(days=2)

    found = variants_of(house, DOCTOR, clinic.case())

    with house.database.reading() as connection:
        (entry,) = [one for one in events_since(connection, found.event - 1) if one.number == found.event]
    assert (entry.actor, entry.kind, entry.body["action"]) == ("doctor", "access-granted", "answer")
    with pytest.raises(NotPermitted):
        variants_of(house, STRANGER, clinic.case())


@pytest.fixture
def client(clinic: Clinic) -> Iterator[httpx.Client]:
    with client_of(create_app(clinic.house.settings, clinic.house)) as made:
        made.post("/login", data={"csrf": token_in(made.get("/login").text), "account": "doctor", "next": "/"})
        yield made


def test_page__shows_them_and_keeps_what_was_typed_out_of_the_address(clinic: Clinic, client: httpx.Client) -> None:
    clinic.conclude("capital", "P")
    path = f"/case/{clinic.case()}/variants"
    token = token_in(client.get(path).text)

    sent = client.post(path, data={"csrf": token, "alleles": f"{INDEX_DE_NOVO}\nno name"})
    shown = client.get(sent.headers["Location"]).text
    many = client.post(path, data={"csrf": token, "alleles": "\n".join(f"21-{5_030_500 + n}-A-G" for n in range(51))})
    number = client.post(path, data={"csrf": token, "alleles": "010203-1234"})

    assert sent.status_code == 303 and "43774705" not in sent.headers["Location"]
    assert INDEX_DE_NOVO in shown and "Pathogenic" in shown and CSTB in shown and "no name" in shown
    assert many.status_code == 422 and "51 variants were typed" in many.text and "21-5030550-A-G" in many.text
    assert number.status_code == 422 and "010203" not in number.text


def test_cases__that_were_closed_are_a_list_of_their_own_and_lead_to_what_was_answered(
    clinic: Clinic, client: httpx.Client
) -> None:
    house, case, day = clinic.house, clinic.case(), clinic.house.clock().date()
    with house.database.transaction() as connection:
        close_case(connection, case, on=day, by=OPERATOR, at=house.clock())

    def listed(**fields: str) -> str:
        token = token_in(client.get("/cases").text)
        return client.post("/cases", data={"csrf": token, **fields}, follow_redirects=True).text

    assert case in client.get("/cases").text and case not in listed(closed="yes")  # its last open day is open
    clinic.later(days=1)
    client.post("/login", data={"csrf": token_in(client.get("/login").text), "account": "doctor", "next": "/"})
    assert case not in client.get("/cases").text and f"/case/{case}/answers" in listed(closed="yes")
    assert case not in listed(closed="yes", text="no such case")
    assert client.get(f"/case/{case}/answers").status_code == 200
