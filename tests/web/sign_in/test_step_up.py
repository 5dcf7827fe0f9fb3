"""Fresh sign-ins, and how strong a sign-in must be."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from embla.app import create_app
from embla.errors import NotPermitted
from embla.operations.doctor import surroundings
from embla.platform import Actor, House, step_up, who_is
from embla.policy import Action, permit
from tests.support.homes import Ticking
from tests.support.provider import SmallProvider
from tests.web.clients import client_of
from tests.web.sign_in.signing import ACCOUNTS, go_to_provider, session_cookie, sign_in


def test_step_up__asks_anew_gives_a_new_token_and_ends_after_its_minutes(
    browser: httpx.Client, provider: SmallProvider, house: House, clock: Ticking
) -> None:
    sign_in(browser, provider)
    clock.at += timedelta(minutes=20)
    before = session_cookie(browser)
    assert not _fresh(house, before)

    answer = browser.get(provider.authorize(go_to_provider(browser, path="/step-up")))

    assert answer.status_code == 303 and provider.asked[-1]["prompt"] == "login"
    assert session_cookie(browser) != before and who_is(house.database, before, at=clock()) is None
    assert _fresh(house, session_cookie(browser))
    clock.at += timedelta(minutes=11)
    assert not _fresh(house, session_cookie(browser))


def _fresh(house: House, token: str) -> bool:
    found = who_is(house.database, token, at=house.clock())
    assert found is not None
    until = found.actor.stepped_up_until
    return until is not None and house.clock() < until


@pytest.mark.parametrize("claims", [{"auth_time": 1_000_000_000}, {"auth_time": None}, {"sub": "admin"}])
def test_step_up__by_an_old_sign_in_or_by_another_is_refused(
    browser: httpx.Client, provider: SmallProvider, house: House, clock: Ticking, claims: dict[str, Any]
) -> None:
    sign_in(browser, provider)
    clock.at += timedelta(minutes=20)
    provider.claims = claims

    assert browser.get(provider.authorize(go_to_provider(browser, path="/step-up"))).status_code == 403
    assert not _fresh(house, session_cookie(browser))


@pytest.fixture
def demanding(house: House, provider: SmallProvider) -> Iterator[httpx.Client]:
    """A browser before an installation that demands the level `high`."""
    app = create_app(replace(house.settings, oidc_acr="high"), house)
    app.state.provider.transport = provider.transport()
    with client_of(app) as browser:
        browser.base_url = httpx.URL("https://embla.example")
        yield browser


@pytest.mark.parametrize(("language", "words"), [("en", "weaker means"), ("da", "svagere måde")])
@pytest.mark.parametrize("acr", [None, "low", "", ["high"], "HIGH"])
def test_sign_in__weaker_than_the_level_demanded_is_refused_to_everybody_and_says_so(
    demanding: httpx.Client, provider: SmallProvider, caplog: pytest.LogCaptureFixture, acr: Any, language: str,
    words: str,
) -> None:  # fmt: skip
    demanding.headers["accept-language"] = language
    for account, *_ in ACCOUNTS:
        provider.account, provider.claims = account, {"acr": acr}
        answer = sign_in(demanding, provider)
        assert answer.status_code == 403 and words in answer.text
        assert "__Host-embla_session" not in demanding.cookies
    assert {record.rule for record in caplog.records if hasattr(record, "rule")} == {"oidc.level"}
    provider.claims = {"acr": "high"}
    assert sign_in(demanding, provider).status_code == 303


def test_step_up__needs_the_level_of_assurance_that_is_set(
    demanding: httpx.Client, house: House, provider: SmallProvider, clock: Ticking
) -> None:
    browser = demanding
    provider.claims = {"acr": "high"}
    sign_in(browser, provider)
    clock.at += timedelta(minutes=20)
    for claims, status in (({"acr": "low"}, 403), ({"acr": "high"}, 303)):
        provider.claims = claims
        assert browser.get(provider.authorize(go_to_provider(browser, path="/step-up"))).status_code == status
        assert _fresh(house, session_cookie(browser)) == (status == 303)


def test_step_up__opens_what_policy_keeps_behind_it(
    browser: httpx.Client, provider: SmallProvider, house: House
) -> None:
    provider.account = "admin"
    sign_in(browser, provider)
    found = who_is(house.database, session_cookie(browser), at=house.clock())
    assert found is not None

    ask: dict[str, Any] = {"purpose": "operation", "clock": house.clock}
    assert permit(house.database, found.actor, Action.MANAGE_ACCOUNTS, **ask).allowed
    with pytest.raises(NotPermitted) as told:
        permit(house.database, Actor("admin", found.actor.roles), Action.MANAGE_ACCOUNTS, **ask)
    assert told.value.rule == "manage_accounts.admin.stepped_up"


def test_step_up__of_a_session_that_is_not_there_is_refused(house: House) -> None:
    with pytest.raises(NotPermitted), house.database.transaction() as connection:
        step_up(connection, "made-up", "doctor", at=house.clock(), confirmed=house.clock())


@pytest.mark.parametrize(("acr", "warned"), [("", True), ("high", False)])
def test_doctor__warns_where_no_level_of_sign_in_is_demanded(house: House, acr: str, warned: bool) -> None:
    other = replace(house, settings=replace(house.settings, oidc_acr=acr))

    assert ("sign-in" in {finding.name for finding in surroundings(other)}) == warned
