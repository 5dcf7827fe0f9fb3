"""The shell: headers, cookies, forms, bounds, errors, log lines, languages."""

import json
import logging
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from embla import errors
from embla.app import STATUS, create_app, status_of
from embla.optional import require
from embla.platform import formats, is_this_machine
from embla.platform.sessions import sessions_of
from embla.platform.web.rate import Rate
from embla.platform.web.shell import own_path
from tests.web.clients import Reading, TestClient, client_of, token_in
from tests.web.nation import WebNation

HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "x-frame-options", "x-request-id")


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/static/embla.css", "/healthz", "/variant/nonsense", "/openapi.json"]
)
def test_every_answer__has_the_security_headers(client: httpx.Client, path: str) -> None:
    answer = client.get(path)

    assert all(name in answer.headers for name in HEADERS)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy and "*" not in policy


def test_defect__is_a_page_with_a_number_and_no_detail(nation: WebNation) -> None:
    app = create_app(nation.house.settings, nation.house)

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("secret detail")

    answer = client_of(app).get("/broken")

    assert answer.status_code == 500
    assert "secret" not in answer.text and "Traceback" not in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.UsageError("x"), 400),
        (errors.BadInput("x"), 422),
        (errors.UnknownContig("x"), 422),
        (errors.Refused("x"), 409),
        (errors.NameTaken("x"), 409),
        (errors.NotPermitted("x", rule="r"), 403),
        (errors.NotFound("x"), 404),
        (errors.Conflict("x"), 409),
        (errors.Broken("x"), 500),
        (errors.WrongFormat("x"), 500),
        (errors.Unavailable("x"), 503),
        (errors.MissingPackage("x"), 501),
        (errors.EmblaError("x"), 500),
    ],
)
def test_status_of__each_error_of_the_tree(error: errors.EmblaError, status: int) -> None:
    assert status_of(error) == status
    assert errors.EmblaError in STATUS


def test_unavailable__is_503_with_retry_after_and_keeps_quiet(nation: WebNation) -> None:
    app = create_app(nation.house.settings, nation.house)

    @app.get("/down")
    def down() -> None:
        raise errors.Unavailable("disk 7 of host x is gone")

    answer = client_of(app).get("/down")

    assert answer.status_code == 503 and answer.headers["retry-after"]
    assert "disk 7" not in answer.text


def test_a_missing_package__is_named_to_page_and_program(nation: WebNation) -> None:
    app = create_app(nation.house.settings, nation.house)

    @app.get("/paper")
    @app.get("/fairdp/paper")
    def paper() -> None:
        require("no_such_package", doing="Writing PDF", extra="pdf")

    seen = client_of(app).get("/paper", headers={"accept": "text/html"})
    told = client_of(app).get("/fairdp/paper", headers={"accept": "text/turtle"})

    assert seen.status_code == told.status_code == 501
    assert "Not in this installation" in seen.text and "embla[pdf]" in seen.text
    assert told.json()["mend"] == "pip install 'embla[pdf]'"


def test_page__comes_out_when_the_database_is_down(nation: WebNation, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(nation.house.settings, nation.house)

    def gone(*_: object, **__: object) -> None:
        raise errors.Unavailable("gone")

    monkeypatch.setattr("embla.app.who_is", gone)
    monkeypatch.setattr("embla.frequency.pages.asking.Releases.list", gone)
    client = client_of(app)
    client.cookies.set("embla_session", "x" * 43)

    assert client.get("/accessibility").status_code == 200
    assert client.get("/releases").status_code == 503


def test_health__tells_a_broken_database(nation: WebNation, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(nation.house.settings, nation.house)
    client = client_of(app)
    assert client.get("/healthz").json() == {"status": "ok"}

    def gone(*_: object, **__: object) -> None:
        raise errors.Unavailable("gone")

    monkeypatch.setattr("embla.app.laboratories", gone)

    assert client.get("/healthz").status_code == 503
    assert client.get("/status").status_code == 503


def test_error__is_json_for_programs(client: httpx.Client) -> None:
    answer = client.get("/variant/chr99-1-A-T.json")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body["message"] and body["mend"] and body["request"] == answer.headers["x-request-id"]


# Forms and sessions


def test_post__without_our_token_is_refused(client: httpx.Client) -> None:
    client.get("/login")

    assert client.post("/login", data={"account": "doctor"}).status_code == 403
    assert client.post("/login", data={"account": "doctor", "csrf": "x" * 43}).status_code == 403


def test_post__from_another_site_is_refused_even_with_the_token(client: httpx.Client) -> None:
    token = token_in(client.get("/login").text)

    answer = client.post("/login", data={"account": "doctor", "csrf": token}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert "embla_session" not in client.cookies


def test_post__from_another_origin_is_refused_in_an_old_browser(app: FastAPI) -> None:
    with TestClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False) as client:
        assert client.post("/search", data={"q": "CSTB"}, headers={"Origin": "https://evil.example"}).status_code == 403
        assert (
            client.post("/search", data={"q": "CSTB"}, headers={"Origin": "http://127.0.0.1:8000"}).status_code == 303
        )


def test_session__is_a_cookie_no_script_can_read_and_ends_at_sign_out(signed_in) -> None:  # type: ignore[no-untyped-def]
    client = signed_in("doctor")
    page = client.get("/")
    assert "Dr. Astrid Holm" in page.text
    assert page.headers["cache-control"] == "no-store"
    kept = client.cookies["embla_session"]

    client.post("/logout", data={"csrf": token_in(page.text)})
    client.cookies.set("embla_session", kept)

    assert "Dr. Astrid Holm" not in client.get("/").text


def test_session_cookie__has_its_flags(client: httpx.Client) -> None:
    token = token_in(client.get("/login").text)

    answer = client.post("/login", data={"csrf": token, "account": "doctor"})

    cookie = next(text for text in answer.headers.get_list("set-cookie") if text.startswith("embla_session="))
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    # Over plain HTTP on loopback, in the demo alone, a browser must be able to send it back.
    assert "Secure" not in cookie


def test_cookies__are_secure_everywhere_but_in_the_demo_on_loopback(nation: WebNation) -> None:
    settings = replace(nation.house.settings, host="0.0.0.0")
    app = create_app(settings, replace(nation.house, settings=settings))

    answer = client_of(app).get("/login")

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-embla_form=") and "Secure" in cookie
    assert "strict-transport-security" in answer.headers


def test_sign_in_without_password__exists_in_the_demo_only(nation: WebNation) -> None:
    settings = replace(nation.house.settings, demo=False)
    app = create_app(settings, replace(nation.house, settings=settings))
    client = client_of(app)
    client.base_url = httpx.URL("https://embla.example")
    page = client.get("/login").text
    assert "Astrid" not in page and "Demo" not in page
    form = client.get("/preferences").text

    answer = client.post("/login", data={"csrf": token_in(form), "account": "doctor"})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\nb", "x"]
)
def test_next__never_leads_off_the_site(client: httpx.Client, target: str) -> None:
    token = token_in(client.get("/login").text)

    answer = client.post("/login", data={"csrf": token, "account": "doctor", "next": target})

    assert answer.headers["location"] == "/"
    assert own_path(target) == "/"


def test_private_page__asks_to_sign_in_and_comes_back(client: httpx.Client) -> None:
    answer = client.get("/cases")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/cases"


def test_private_page__is_refused_to_the_wrong_role(signed_in) -> None:  # type: ignore[no-untyped-def]
    assert signed_in("board").get("/cases").status_code == 403
    assert signed_in("doctor").get("/submissions").status_code == 403


# Bounds


def test_body__larger_than_the_bound_is_413_announced_or_not(client: httpx.Client) -> None:
    big = b"q=" + b"A" * (2 << 20)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    assert client.post("/batch", content=big, headers=kind).status_code == 413
    assert client.post("/batch", content=iter([big]), headers=kind).status_code == 413
    assert client.post("/batch", content=b"", headers={**kind, "Content-Length": "-5"}).status_code in (400, 413)


def test_address__that_is_too_long_is_414(client: httpx.Client) -> None:
    assert client.get("/variant/" + "A" * 5000).status_code == 414


def test_requests__beyond_the_bound_are_429_with_retry_after(nation: WebNation) -> None:
    settings = replace(nation.house.settings, requests_per_minute=5)
    client = client_of(create_app(settings, replace(nation.house, settings=settings)))

    codes = [client.get("/accessibility").status_code for _ in range(7)]
    refused = client.get("/accessibility")

    assert codes[:5] == [200] * 5 and codes[5:] == [429] * 2
    assert int(refused.headers["retry-after"]) >= 1
    assert client.get("/static/embla.css").status_code == 200
    assert client.get("/healthz").status_code == 200


def test_rate__refills_evenly_and_forgets_the_oldest() -> None:
    now = [0.0]
    rate = Rate(60, lambda: now[0], remembered=2)
    assert [rate.wait("a") > 0 for _ in range(61)] == [False] * 60 + [True]

    now[0] = 1.0
    assert rate.wait("a") == 0
    assert rate.wait("a") > 0
    rate.wait("b")
    rate.wait("c")

    assert rate.wait("a") == 0
    assert len(rate.buckets) == 2


# Log lines


def test_log__says_which_page_and_never_what_was_asked(client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.get("/variant/chr21-43774500?asked=secretspelling")
        client.get("/search?q=secretword")
        client.post("/search", data={"q": "secretword"})
        client.get("/gene/SECRETGENE")
        client.get("/no/such/secretpath")

    lines = [json.dumps({key: str(value) for key, value in vars(record).items()}) for record in caplog.records]
    ours = [line for line in lines if '"embla.' in line]
    assert len(ours) >= 5
    assert not any("secret" in line.lower() or "43774500" in line for line in ours)
    assert any("/variant/{text}" in line for line in ours)


# Languages and preferences


@pytest.mark.parametrize(
    ("query", "cookie", "accept", "expected"),
    [
        ("da", "en", "en", "da"),
        ("", "da", "en", "da"),
        ("", "", "da-DK,en;q=0.5", "da"),
        ("", "", "fr", "en"),
        ("xx", "yy", "da", "da"),
        ("", "", "", "en"),
    ],
)
def test_language__query_beats_cookie_beats_header(
    app: FastAPI, query: str, cookie: str, accept: str, expected: str
) -> None:
    client = client_of(app, language=accept)
    if cookie:
        client.cookies.set("embla_lang", cookie)

    answer = client.get("/how" + (f"?lang={query}" if query else ""))

    assert answer.headers["content-language"] == expected
    assert ("embla_lang=da" in answer.headers.get("set-cookie", "")) == (query == "da")


def test_preferences__are_kept_in_cookies(client: httpx.Client) -> None:
    token = token_in(client.get("/preferences").text)

    client.post("/preferences", data={"csrf": token, "lang": "da", "theme": "dark"})
    page = client.get("/how").text

    assert 'lang="da"' in page and 'data-theme="dark"' in page and 'data-shortcuts="off"' in page


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("x.dk", False)]
)
def test_is_this_machine__only_this_machine(host: str, loopback: bool) -> None:
    assert is_this_machine(host) is loopback


def test_request_state__is_not_shared(client: httpx.Client) -> None:
    first, second = client.get("/how?lang=da"), client.get("/how?lang=en")

    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert second.headers["content-language"] == "en"
    assert isinstance(Request, type)


def test_pages__say_which_zone_their_times_are_in(nation: WebNation, signed_in) -> None:  # type: ignore[no-untyped-def]
    doctor = signed_in("doctor", "da")
    with nation.house.database.reading() as connection:
        begun = max(one.begun for one in sessions_of(connection, "doctor", at=nation.house.clock()))
    page = Reading(doctor.get("/account").text).words

    assert "Tidspunkter på siderne er i tidszonen Europe/Copenhagen." in page
    assert formats("da", "Europe/Copenhagen").moment(begun) in page


def test_privacy__says_who_answers_how_to_opt_out_who_looked_and_what_rights_one_has(nation: WebNation) -> None:
    settings = replace(
        nation.house.settings, node_organisation="Genomcentret", node_contact="mailto:post@genom.example",
        officer_contact="dpo@genom.example",
    )  # fmt: skip
    with client_of(create_app(settings, nation.house), language="da") as client:
        page = Reading(client.get("/privacy").text).words

    for said in (
        "Genomcentret er dataansvarlig", "post@genom.example", "dpo@genom.example", "sundhedslovens § 29",
        "Vævsanvendelsesregisteret", "Datatilsynet", "i en zone for sig", "Du får et brev med det hele",
    ):  # fmt: skip
        assert said in page
    for article in (15, 16, 17, 18, 21):
        assert f"(artikel {article})" in page
    # The identity zone of this very home may hold both.
    assert "er ikke i den" not in page
