"""Signing in: through a provider that is right, by the browser that began, once, and to our own pages."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from embla.app import create_app
from embla.composition import open_home
from embla.platform import OPERATOR, House, Settings, close_account, create_account, events_since, who_is
from tests.support.homes import Ticking
from tests.support.provider import CLIENT, SmallProvider, on_loopback
from tests.web.clients import client_of, token_in
from tests.web.sign_in.signing import TABLES, go_to_provider, session_cookie, sign_in

LONG = "a" * 3000


def test_sign_in__through_the_provider_gives_a_session_and_comes_back(
    browser: httpx.Client, provider: SmallProvider, house: House
) -> None:
    answer = sign_in(browser, provider)

    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-embla_session"))
    assert all(word in cookie.lower() for word in ("httponly", "secure", "samesite=lax", "path=/"))
    assert "domain" not in cookie.lower()
    assert "doctor" in browser.get("/account").text
    with house.database.reading() as connection:
        assert [e.kind for e in events_since(connection, 0)][-1] == "signed-in"
        kept = str([list(r) for t in TABLES for r in connection.execute(text(f"SELECT * FROM {t}"))])
    assert session_cookie(browser) not in kept


def test_sign_in__over_a_socket(tmp_path: Path, clock: Ticking, furnished_home: Path) -> None:
    small = SmallProvider(now=clock)
    with on_loopback(small) as issuer:
        shutil.copytree(furnished_home, tmp_path / "home")
        settings = Settings(
            home=tmp_path / "home", oidc_issuer=issuer, oidc_client_id=CLIENT, public_url="https://embla.example"
        )
        house = open_home(settings, clock=clock)
        with house.database.transaction() as connection:
            create_account(connection, "doctor", display="d", roles=["clinician"], by=OPERATOR, at=clock())
        with client_of(create_app(settings, house)) as client:
            client.base_url = httpx.URL("https://embla.example")
            back = httpx.get(go_to_provider(client), follow_redirects=False).headers["location"]
            assert client.get(back).headers["location"] == "/account"
        house.database.close()


def test_answer__is_for_the_browser_that_began_and_for_once(
    app: FastAPI, browser: httpx.Client, provider: SmallProvider
) -> None:
    back = provider.authorize(go_to_provider(browser))
    with client_of(app) as other:
        other.base_url = httpx.URL("https://embla.example")
        assert other.get(back).status_code == 403  # login CSRF: another's answer
    assert browser.get(back).status_code == 403  # and it is used up

    good = provider.authorize(go_to_provider(browser))
    assert browser.get(good).status_code == 303
    assert browser.get(good).status_code == 403


def test_answer__too_late_is_refused(browser: httpx.Client, provider: SmallProvider, clock: Ticking) -> None:
    back = provider.authorize(go_to_provider(browser))
    clock.at += timedelta(minutes=11)

    assert browser.get(back).status_code == 403


@pytest.mark.parametrize("query", ["", "?state=x&code=y", "?error=denied&state=x", f"?state=%00&code={LONG}"])
def test_answer__that_nobody_began_is_refused(stranger: tuple[httpx.Client, SmallProvider], query: str) -> None:
    assert stranger[0].get(f"/login/callback{query}").status_code == 403


@pytest.mark.parametrize("claims", [{"sub": "nobody-we-know"}, {"sub": "operator"}, {"sub": ["doctor"]}])
def test_account__unknown_here_is_not_made(
    stranger: tuple[httpx.Client, SmallProvider], claims: dict[str, Any]
) -> None:
    browser, provider = stranger
    provider.claims = claims

    assert sign_in(browser, provider).status_code in (403, 404)
    assert "__Host-embla_session" not in browser.cookies


def test_account__closed_does_not_sign_in(browser: httpx.Client, provider: SmallProvider, house: House) -> None:
    with house.database.transaction() as connection:
        close_account(connection, "doctor", by=OPERATOR, at=house.clock())

    assert sign_in(browser, provider).status_code == 404


@pytest.mark.parametrize(
    "after", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\t//e"]
)
def test_next__leads_to_our_own_pages_only(stranger: tuple[httpx.Client, SmallProvider], after: str) -> None:
    browser, provider = stranger
    answer = browser.get("/login/start", params={"next": after})

    back = browser.get(provider.authorize(answer.headers["location"]))

    assert back.headers["location"] == "/"


def test_demo_sign_in__does_not_exist_outside_the_demo(browser: httpx.Client, provider: SmallProvider) -> None:
    page = browser.get("/preferences")
    answer = browser.post("/login", data={"csrf": token_in(page.text), "account": "admin", "next": "/"})

    assert answer.headers["location"].startswith(provider.issuer) and "__Host-embla_session" not in browser.cookies


def test_sign_in__gives_a_new_token_each_time_and_the_old_one_opens_nothing(
    browser: httpx.Client, provider: SmallProvider, house: House
) -> None:
    sign_in(browser, provider)
    first = session_cookie(browser)
    sign_in(browser, provider)

    assert session_cookie(browser) != first
    assert who_is(house.database, first, at=house.clock()) is None


def test_sign_in__is_not_begun_by_a_link_of_another_site(browser: httpx.Client, provider: SmallProvider) -> None:
    for site in ("cross-site", "same-site"):
        answer = browser.get("/login/start?next=/account", headers={"Sec-Fetch-Site": site})

        assert answer.headers["location"] == "/login?next=%2Faccount" and "__Host-embla_login" not in browser.cookies
    assert browser.get("/login/start").headers["location"].startswith(provider.issuer)


def test_sign_in__that_is_refused_is_in_the_log_by_its_rule_alone(
    browser: httpx.Client, provider: SmallProvider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.claims = {"nonce": "of another", "sub": "somebody-by-name"}
    sign_in(browser, provider)
    provider.claims = {"sub": "somebody-by-name"}
    sign_in(browser, provider)

    told = [record for record in caplog.records if record.getMessage() == "a sign-in was refused"]
    assert [record.rule for record in told] == ["oidc.nonce", "account"]
    assert "somebody" not in caplog.text
