"""A provider that is wrong in every way, changes its key or is down; and what of it leaves the server."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from embla.platform import House
from tests.support.homes import Ticking
from tests.support.provider import CLIENT, SmallProvider, curve_key, other_key, shared_secret
from tests.web.sign_in.signing import TABLES, sign_in

WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "issuer": {"iss": "https://evil.example"},
    "audience": {"aud": "another-client"},
    "authorised_party": {"aud": [CLIENT, "another"], "azp": "another"},
    "expired": {"exp": 1_000_000_000},
    "issued": {"iat": 4_000_000_000},
    "not_before": {"nbf": 4_000_000_000},
    "nonce": {"nonce": "of another sign-in"},
    "subject": {"sub": None},
}


@pytest.mark.parametrize("rule", WRONG_CLAIMS)
def test_identity_token__that_is_not_for_this_sign_in_is_refused(
    stranger: tuple[httpx.Client, SmallProvider], rule: str
) -> None:
    browser, provider = stranger
    provider.claims = WRONG_CLAIMS[rule]

    assert sign_in(browser, provider).status_code == 403
    assert "__Host-embla_session" not in browser.cookies


@pytest.mark.parametrize("claim", ["exp", "iat", "nonce", "iss", "aud"])
def test_identity_token__without_a_claim_is_refused(stranger: tuple[httpx.Client, SmallProvider], claim: str) -> None:
    browser, provider = stranger
    provider.claims = {claim: None}

    assert sign_in(browser, provider).status_code == 403


@pytest.mark.parametrize("how", ["another key", "none", "HS256", "ES256 of another"])
def test_identity_token__not_signed_by_the_provider_is_refused(
    stranger: tuple[httpx.Client, SmallProvider], how: str
) -> None:
    browser, provider = stranger
    if how == "another key":
        provider.signing = other_key()
    elif how == "none":
        provider.alg = "none"
    elif how == "HS256":
        provider.alg, provider.signing = "HS256", shared_secret()
    else:
        provider.alg, provider.signing = "ES256", curve_key()

    assert sign_in(browser, provider).status_code == 403


def test_provider__that_changed_its_key_is_asked_again(browser: httpx.Client, provider: SmallProvider) -> None:
    assert sign_in(browser, provider).status_code == 303
    provider.key = provider.signing = other_key()

    assert sign_in(browser, provider).status_code == 303


def test_clock__may_differ_by_a_minute_and_no_more(
    browser: httpx.Client, provider: SmallProvider, clock: Ticking
) -> None:
    for seconds, status in ((50, 303), (120, 403)):
        provider.claims = {"iat": int(clock.at.timestamp()) + seconds}
        assert sign_in(browser, provider).status_code == status


@pytest.mark.parametrize("wrong", [{"issuer": "https://evil.example"}, {"token_endpoint": "http://evil.example/token"}])
def test_provider__that_says_something_else_of_itself_is_refused(
    stranger: tuple[httpx.Client, SmallProvider], wrong: dict[str, str]
) -> None:
    browser, provider = stranger
    provider.metadata = wrong

    assert browser.get("/login/start").status_code == 403


@pytest.mark.parametrize("status", [500, 503])
def test_provider__that_is_down_is_503_and_open_pages_work(
    stranger: tuple[httpx.Client, SmallProvider], status: int
) -> None:
    browser, provider = stranger
    provider.fail = status

    assert browser.get("/login/start").status_code == 503
    assert browser.get("/how").status_code == 200


def test_provider__its_tokens_stay_on_the_server(browser: httpx.Client, provider: SmallProvider, house: House) -> None:
    given: list[str] = []
    answer = provider.answer

    def noted(method: str, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        status, body = answer(method, path, form)
        given.extend(str(value) for name, value in body.items() if name.endswith("_token"))
        return status, body

    provider.answer = noted  # type: ignore[method-assign]
    back = sign_in(browser, provider)

    seen = str(back.headers) + back.text + browser.get("/account").text + str(dict(browser.cookies))
    with house.database.reading() as connection:
        seen += str([list(row) for table in TABLES for row in connection.execute(text(f"SELECT * FROM {table}"))])
    assert len(given) == 2 and not [token for token in given if token in seen]


def test_provider__is_asked_for_no_more_than_who_it_is(browser: httpx.Client, provider: SmallProvider) -> None:
    sign_in(browser, provider)

    (asked,) = provider.asked
    assert asked["scope"] == "openid" and asked["response_type"] == "code" and "response_mode" not in asked
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert all(len(asked[name]) >= 43 for name in ("state", "nonce", "code_challenge"))
