"""Classifications for a laboratory's own system: by token, from a draft to a signature, and what strangers see."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from embla.app import create_app
from embla.platform import OPERATOR, House, create_account, issue_token
from tests.classification.labs import CSTB, SPLICE, names_of_labs, publish
from tests.web.clients import client_of

DRAFT: dict[str, Any] = {
    "variant": "21:43774279:GGA:G", "class": "LP", "condition": "MONDO:0009698", "inheritance": "ar",
    "criteria": ["PVS1", "PM2_Supporting"], "summary": "Absent.", "share": "public", "evaluated": "2026-02-01",
}  # fmt: skip


@pytest.fixture
def ask(house: House) -> Iterator[Any]:
    labs = names_of_labs(house)
    tokens = {}
    with house.database.transaction() as connection:
        for name, lab in (("anna", labs[0]), ("bent", labs[0]), ("carl", labs[1]), ("dora", None)):
            create_account(
                connection, name, display=name, roles=("lab",) if lab else ("clinician",), laboratory=lab, by=OPERATOR,
                at=house.clock(),
            )  # fmt: skip
            tokens[name] = issue_token(connection, name, label="system", by=OPERATOR, at=house.clock())
    client = client_of(create_app(house.settings, house))

    def send(who: str, method: str, path: str, **said: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {tokens[who]}"} if who else {}
        return client.request(method, path, headers=headers, **said)

    yield send
    client.close()


def test_api__from_a_draft_to_what_everybody_is_told(ask: Any) -> None:
    made = ask("anna", "POST", "/api/classifications", json=DRAFT)
    told = made.json()

    assert made.status_code == 201 and made.headers["cache-control"] == "no-store"
    assert (told["allele"], told["class"], told["state"], told["inheritance"]) == (CSTB, "LP", "draft", "AR")
    assert ask("", "GET", "/api/classifications", params={"variant": CSTB}).json()["classifications"] == []
    step = f"/api/classifications/{told['id']}"
    assert ask("anna", "POST", f"{step}/sign", json={"expected": 1, "verdict": "LP"}).status_code == 409
    assert ask("carl", "POST", f"{step}/sign", json={"expected": 1, "verdict": "LP"}).status_code == 404
    assert ask("bent", "POST", f"{step}/sign", json={"expected": 1, "verdict": "VUS"}).json()["signed"] is False
    assert ask("bent", "POST", f"{step}/sign", json={"expected": 1, "verdict": "LP"}).json()["signed"] is True
    seen = ask("", "GET", "/api/classifications", params={"variant": "21:43774279:GGA:G"}).json()
    assert seen["variant"] == CSTB and "vrs_id" in seen
    assert [one["class"] for one in seen["classifications"]] == ["LP"]
    assert ask("anna", "POST", "/api/classifications", json=DRAFT).status_code == 409  # somebody saved since 0
    assert [one["id"] for one in ask("anna", "GET", "/api/classifications/own").json()["classifications"]] == [
        told["id"]
    ]
    assert ask("carl", "GET", "/api/classifications/own").json() == {"classifications": [], "next": None}
    assert ask("bent", "POST", f"{step}/withdraw", json={"reason": "duplicate"}).json()["state"] == "withdrawn"
    assert ask("", "GET", "/api/classifications", params={"variant": CSTB}).json()["classifications"] == []


def test_api__strangers_see_what_is_public_and_laboratories_what_they_share(ask: Any, house: House) -> None:
    publish(house, 0, "P", share="public")
    publish(house, 1, "B", share="labs")
    publish(house, 1, "B", allele=SPLICE, share="own")

    def classes(who: str, variant: str = CSTB) -> list[str]:
        found = ask(who, "GET", "/api/classifications", params={"variant": variant}).json()["classifications"]
        return sorted(one["class"] for one in found)

    assert (classes(""), classes("dora"), classes("anna")) == (["P"], ["B", "P"], ["B", "P"])
    assert classes("dora", SPLICE) == classes("anna", SPLICE) == []
    assert ask("dora", "POST", "/api/classifications", json=DRAFT).status_code == 403
    for method, path in (("GET", "/api/classifications/own"), ("POST", "/api/classifications")):
        assert ask("", method, path, json=DRAFT if method == "POST" else None).status_code == 401
    wrong = house and ask("", "GET", "/api/classifications", params={"variant": "nothing"})
    assert wrong.status_code == 422


def test_api__arithmetic_is_for_everybody_and_bad_criteria_are_refused(ask: Any) -> None:
    told = ask("", "POST", "/api/acmg", json={"criteria": ["PVS1", "PM2_Supporting"]}).json()

    assert (told["proposed"], told["points"]) == ("LP", 9)
    for wrong in (["PVS9"], ["PS1", "PS1_Moderate"]):
        assert ask("", "POST", "/api/acmg", json={"criteria": wrong}).status_code == 422
    assert ask("", "POST", "/api/acmg", json={"criteria": ["PS1"] * 41}).status_code == 400
