"""Doors, headers and bodies: what OWASP's ASVS asks of an application that the other tests here do not show.

Which requirement each test stands for is said in docs/security-asvs.md.
"""

import json
import logging
import re
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from embla.app import create_app
from embla.gates import ROUTES
from embla.platform import OPERATOR, issue_token
from embla.platform.sessions import start
from embla.platform.tables import sessions
from tests.web.clients import Reading, client_of, token_in
from tests.web.conftest import Login
from tests.web.nation import WebNation

API = "/api/frequencies"
GETS = sorted(row.removeprefix("GET ") for row in ROUTES if row.startswith("GET ") and "{" not in row)


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PATCH", "DELETE", "PROPFIND"])
def test_methods__that_nobody_offers_are_405_everywhere(client: httpx.Client, method: str) -> None:
    for path in ("/", "/login", API, "/static/embla.css", "/healthz"):
        answer = client.request(method, path)

        assert answer.status_code == 405, path
        assert "x-content-type-options" in answer.headers


@pytest.mark.parametrize("path", GETS)
def test_answers__name_their_kind_and_letters_and_allow_no_other_origin(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"Origin": "https://evil.example"})

    kind = answer.headers.get("content-type", "")
    if answer.content:
        assert re.fullmatch(
            r"application/json|(text/(html|plain|csv|turtle)|application/[\w.+-]+);.*charset=utf-8", kind
        ), kind
    allowed = {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}
    # GA4GH's doors are open to every page, and know no session that one could borrow; those that take a token echo.
    open_to = "*" if path.startswith(("/beacon/aggregated", "/fairdp", "/refget/")) else ""
    echoed = "https://evil.example" if path.startswith(("/htsget/", "/ga4gh/drs/")) else open_to
    assert allowed == ({"access-control-allow-origin": echoed} if echoed else {})
    assert not answer.headers.get("server") and not answer.headers.get("x-powered-by")


def test_preflight__is_not_answered_for_any_origin(client: httpx.Client) -> None:
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}

    answer = client.options(API, headers=asks)

    assert answer.status_code == 405 and "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_api__takes_no_body_that_a_form_of_another_site_could_send(client: httpx.Client, kind: str) -> None:
    body = json.dumps({"variants": ["chr21-43774500-G-C"]}).encode()

    answer = client.post(API, content=body, headers={"Content-Type": kind, "Accept": "application/json"})

    assert answer.status_code in (400, 415, 422)


@pytest.mark.parametrize("kind", ["application/xml", "text/xml", "application/graphql", "application/x-yaml"])
def test_api__reads_json_and_no_other_language(client: httpx.Client, kind: str) -> None:
    entity = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'

    answer = client.post(API, content=entity, headers={"Content-Type": kind, "Accept": "application/json"})

    assert answer.status_code in (400, 415, 422) and "root:" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        {"variants": "chr1-1-A-C"}, {"variants": [1]}, {"variants": {"0": "x"}}, {"variants": [None]},
        {"variants": True}, [], {"variants": ["x"], "release": 7},
    ],
)  # fmt: skip
def test_api__takes_each_value_in_its_own_type_only(client: httpx.Client, body: object) -> None:
    answer = client.post(API, json=body, headers={"Accept": "application/json"})

    assert answer.status_code == 400 and answer.json()["message"]


def test_parameters__given_twice_are_one_and_never_another_place(client: httpx.Client) -> None:
    twice = client.get("/region/chr21-43772512-43772600.json?page=1&page=99999&page=1")
    elsewhere = client.post("/batch.json?list=chr1-1-A-C", data={"list": "chr21-43774500-G-C"})

    assert twice.status_code == 200
    assert [line["text"] for line in elsewhere.json()] == ["chr21-43774500-G-C"]


def test_fields__that_a_form_does_not_have_change_nothing(signed_in: Login, nation: WebNation) -> None:
    doctor = signed_in("doctor")
    form = {"csrf": token_in(doctor.get("/preferences").text), "theme": "dark"}

    doctor.post(
        "/preferences", data=form | {"roles": "admin", "account": "admin", "laboratory": "north", "actor": "dpo"}
    )

    assert doctor.get("/dpo").status_code == 403 and "doctor" in doctor.get("/account").text


def test_text__is_decoded_once(client: httpx.Client) -> None:
    page = client.get("/search?q=%253Cb%253E").text

    assert "%3Cb%3E" in page and "&lt;b&gt;" not in page


def test_tokens__in_an_address_open_nothing(client: httpx.Client, nation: WebNation) -> None:
    with nation.house.database.transaction() as connection:
        token = issue_token(connection, "lab-north", label="t", by=OPERATOR, at=nation.house.clock())

    for name in ("token", "access_token", "api_key", "authorization", "embla_session"):
        assert client.get(f"/api/submissions?{name}={token}").status_code == 401
        assert client.get(f"/account?{name}={token}").headers["location"].startswith("/login")


def test_tokens__of_one_kind_are_not_taken_for_the_other(app: FastAPI, nation: WebNation) -> None:
    with nation.house.database.transaction() as connection:
        machine = issue_token(connection, "lab-north", label="t", by=OPERATOR, at=nation.house.clock())
        person = start(connection, "lab-north", at=nation.house.clock()).token

    with client_of(app) as client:
        assert client.get("/api/submissions", headers={"Authorization": f"Bearer {person}"}).status_code == 401
        client.cookies.set("embla_session", machine)
        assert client.get("/submissions").headers["location"].startswith("/login")


def test_session__tokens_are_unlike_each_other_and_long(nation: WebNation) -> None:
    with nation.house.database.transaction() as connection:
        made = [start(connection, "board", at=nation.house.clock()) for _ in range(20)]
        kept = connection.execute(select(sessions.c.token_hash).where(sessions.c.account == "board")).scalars().all()

    # 43 letters of 64 kinds: 256 bits.
    assert all(re.fullmatch(r"[\w-]{43}", one.token) for one in made)
    assert len({one.token for one in made} | {one.csrf for one in made}) == 40
    assert not {one.token for one in made} & set(kept)


@pytest.mark.parametrize("account", ["doctor", "lab-north", "dpo", "admin", "zone", "board", "researcher"])
def test_sign_out__is_on_every_page_of_who_is_signed_in(signed_in: Login, account: str) -> None:
    client = signed_in(account)

    for path in ("/", "/account", "/how", "/nothing-here", "/dpo", "/cases", "/submissions", "/identity"):
        page = client.get(path)
        assert ("form", "/logout") in [
            (tag, attributes.get("action")) for tag, attributes in Reading(page.text).tags
        ], path
        assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP"])
def test_bound__on_requests_is_not_moved_by_what_a_client_says_of_its_address(nation: WebNation, header: str) -> None:
    settings = replace(nation.house.settings, requests_per_minute=3, anonymous_per_minute=3)
    client = client_of(create_app(settings, replace(nation.house, settings=settings)))

    codes = [client.get("/accessibility", headers={header: f"10.0.0.{n}"}).status_code for n in range(5)]

    assert codes == [200] * 3 + [429] * 2


def test_addresses__on_pages_come_from_no_header(client: httpx.Client) -> None:
    for header in (
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-HTTP-Method-Override",
    ):
        answer = client.get("/login", headers={header: "evil.example"})

        assert answer.status_code == 200 and "evil.example" not in answer.text


def test_lists__that_weigh_are_answered_some_at_once_and_the_others_told_to_wait(nation: WebNation) -> None:
    settings = replace(nation.house.settings, heavy_at_once=0)
    client = client_of(create_app(settings, replace(nation.house, settings=settings)))

    answer = client.post("/batch.json", data={"list": "chr21-43774500-G-C"})

    assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
    # The first count of a day goes through everybody's row.
    assert client.get("/catalogue?q=x").status_code == 503
    assert client.get("/how").status_code == 200


def test_refusals__each_leave_a_line_in_the_log(nation: WebNation, caplog: pytest.LogCaptureFixture) -> None:
    settings = replace(nation.house.settings, requests_per_minute=5, anonymous_per_minute=5)
    client = client_of(create_app(settings, replace(nation.house, settings=settings)))

    with caplog.at_level(logging.INFO, "embla.web"):
        client.post("/login", data={"account": "doctor"})
        client.post("/search", content=b"x" * 2_000_000)
        client.get("/api/submissions")
        client.get("/" + "x" * 5000)
        [client.get("/how") for _ in range(4)]

    told = [record.status for record in caplog.records if record.getMessage() == "request"]
    assert {403, 413, 401, 414, 429} <= set(told)
    assert all(record.request for record in caplog.records if record.getMessage() == "request")


@pytest.mark.parametrize(
    "name", ["a\r\nSet-Cookie: x=1", 'a"; filename="b.exe', "../../etc/passwd", "Ærø\u202e", "x" * 500]
)
def test_downloads__have_names_that_are_plain(name: str) -> None:
    from embla.platform.web import csv_response

    told = csv_response(name, ["a"], []).headers["content-disposition"]

    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9._-]{0,80}\.csv"', told)
