"""Signing in: through a provider that is right, and one that is wrong in every way; fresh sign-ins; tokens; start."""

import math
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from embla.app import create_app
from embla.composition import open_home
from embla.errors import NotPermitted, UsageError
from embla.operations.doctor import surroundings
from embla.platform import (
    OPERATOR,
    Actor,
    House,
    Provider,
    Settings,
    actor_of_token,
    check_start,
    close_account,
    create_account,
    events_since,
    issue_token,
    list_tokens,
    note_use,
    revoke_tokens,
    step_up,
    who_is,
)
from embla.platform.accounts import hash_token
from embla.policy import Action, permit
from tests.support.homes import Ticking, counting_ids
from tests.support.provider import CLIENT, SmallProvider, curve_key, on_loopback, other_key, shared_secret
from tests.web.clients import Reading, client_of, token_in

ACCOUNTS = (
    ("doctor", ["clinician"], None),
    ("dpo", ["dpo"], None),
    ("admin", ["admin"], None),
    ("lab", ["lab"], "north"),
)
TABLES = ("sessions", "login_states", "events")
LONG = "a" * 3000


@pytest.fixture
def provider(clock: Ticking) -> SmallProvider:
    return SmallProvider(now=clock)


def opened(home: Path, provider: SmallProvider, clock: Ticking) -> House:
    settings = Settings(
        home=home, demo=False, oidc_issuer=provider.issuer, oidc_client_id=CLIENT,
        public_url="https://embla.example", requests_per_minute=0,
    )  # fmt: skip
    made = open_home(settings, clock=clock, new_id=counting_ids())
    with made.database.transaction() as connection:
        for name, roles, laboratory in ACCOUNTS:
            create_account(connection, name, display=name, roles=roles, laboratory=laboratory, by=OPERATOR, at=clock())
    return made


@pytest.fixture
def house(tmp_path: Path, clock: Ticking, furnished_home: Path, provider: SmallProvider) -> Iterator[House]:
    shutil.copytree(furnished_home, tmp_path / "home")
    made = opened(tmp_path / "home", provider, clock)
    yield made
    made.database.close()


@pytest.fixture
def app(house: House, provider: SmallProvider) -> FastAPI:
    made = create_app(house.settings, house)
    made.state.provider.transport = provider.transport()
    return made


@pytest.fixture
def browser(app: FastAPI) -> Iterator[httpx.Client]:
    with client_of(app) as client:
        client.base_url = httpx.URL("https://embla.example")
        yield client


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory, furnished_home: Path) -> Iterator[tuple[FastAPI, Ticking]]:
    """One application for all who are refused: they leave it as it was."""
    home, clock = tmp_path_factory.mktemp("refusing") / "home", Ticking()
    shutil.copytree(furnished_home, home)
    house = opened(home, SmallProvider(now=clock), clock)
    yield create_app(house.settings, house), clock
    house.database.close()


@pytest.fixture
def stranger(unchanged: tuple[FastAPI, Ticking]) -> Iterator[tuple[httpx.Client, SmallProvider]]:
    """A browser that will be refused, and a provider that is wrong in some way, of which nothing is known yet."""
    app, clock = unchanged
    small = SmallProvider(now=clock)
    app.state.provider = Provider(app.state.house.settings)
    app.state.provider.transport = small.transport()
    with client_of(app) as client:
        client.base_url = httpx.URL("https://embla.example")
        yield client, small


def go_to_provider(browser: httpx.Client, after: str = "/account", path: str = "/login") -> str:
    page = browser.get(f"{path}?next={after}")
    href = next(href for href in Reading(page.text).hrefs() if href.startswith("/login/start"))
    answer = browser.get(href)
    assert answer.status_code == 303
    return answer.headers["location"]


def sign_in(browser: httpx.Client, provider: SmallProvider, after: str = "/account") -> httpx.Response:
    return browser.get(provider.authorize(go_to_provider(browser, after)))


def session_cookie(browser: httpx.Client) -> str:
    return browser.cookies["__Host-embla_session"]


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


def test_sign_out_everywhere__ends_every_session_of_the_account_and_no_other(
    app: FastAPI, browser: httpx.Client, provider: SmallProvider, house: House
) -> None:
    sign_in(browser, provider)
    with client_of(app) as second, client_of(app) as other:
        for client, account in ((second, "doctor"), (other, "dpo")):
            client.base_url = httpx.URL("https://embla.example")
            provider.account = account
            sign_in(client, provider)
        page = browser.get("/account")
        browser.post("/sign-out-everywhere", data={"csrf": token_in(page.text)})

        assert second.get("/account").headers["location"].startswith("/login")
        assert other.get("/account").status_code == 200


def test_sessions__are_seen_and_any_one_of_them_ended_after_a_fresh_sign_in(
    app: FastAPI, browser: httpx.Client, provider: SmallProvider, house: House, clock: Ticking
) -> None:
    with client_of(app) as second, client_of(app) as third:
        for client in (second, third, browser):
            client.base_url = httpx.URL("https://embla.example")
            sign_in(client, provider)
        clock.at += timedelta(minutes=20)
        page = browser.get("/account").text
        handles = re.findall(r'name="session" value="(\w+)"', page)
        assert len(set(handles)) == 3 and not any(hash_token(session_cookie(c)) in page for c in (browser, second))

        # Not before the fresh sign-in, and nothing has ended.
        stale = {"csrf": token_in(page), "session": handles[1]}
        assert browser.post("/account/end-session", data=stale).headers["location"] == "/step-up?next=/account"
        assert browser.post("/sign-out-everywhere", data=stale).headers["location"] == "/step-up?next=/account"
        browser.get(provider.authorize(go_to_provider(browser, path="/step-up")))
        page = browser.get("/account").text
        assert len(re.findall(r'name="session"', page)) == 3

        # Newest first: this one, the third, the second.
        ask = {"csrf": token_in(page), "session": handles[1]}
        assert browser.post("/account/end-session", data=ask).headers["location"] == "/account"
        assert [c.get("/account").status_code for c in (browser, second, third)] == [200, 200, 303]
        assert browser.post("/account/end-session", data=ask).status_code == 404
    with house.database.reading() as connection:
        assert [e.kind for e in events_since(connection, 0)].count("session-ended") == 1


def test_sessions__of_another_account_are_not_ended_by_their_handle(
    app: FastAPI, browser: httpx.Client, provider: SmallProvider
) -> None:
    sign_in(browser, provider)
    with client_of(app) as other:
        other.base_url = httpx.URL("https://embla.example")
        provider.account = "dpo"
        sign_in(other, provider)
        handle = re.findall(r'name="session" value="(\w+)"', other.get("/account").text)[0]
        token = token_in(browser.get("/account").text)

        for guess in (handle, "", "0" * 24, hash_token(session_cookie(other)), session_cookie(other)):
            answer = browser.post("/account/end-session", data={"csrf": token, "session": guess})
            assert answer.status_code == 404
        assert other.get("/account").status_code == 200


def test_step_up__of_a_session_that_is_not_there_is_refused(house: House) -> None:
    with pytest.raises(NotPermitted), house.database.transaction() as connection:
        step_up(connection, "made-up", "doctor", at=house.clock(), confirmed=house.clock())


def test_token__is_bound_to_its_door_and_its_scopes_and_remembers_when_it_was_used(house: House) -> None:
    with house.database.transaction() as connection:
        api = issue_token(connection, "lab", label="a", by=OPERATOR, at=house.clock(), scopes=["submit"])
        other = issue_token(connection, "lab", label="b", by=OPERATOR, at=house.clock(), audience="federation")
    note_use(house.database, api, at=house.clock())

    with house.database.reading() as connection:
        assert actor_of_token(connection, api, at=house.clock()).scopes == {"submit"}
        assert actor_of_token(connection, other, at=house.clock(), audience="federation").id == "lab"
        with pytest.raises(NotPermitted):
            actor_of_token(connection, other, at=house.clock())
        listed = {token.label: token for token in list_tokens(connection, "lab")}
    assert listed["a"].used is not None and listed["b"].used is None and listed["a"].scopes == ("submit",)
    assert api not in str(listed) and listed["a"].id not in api
    with house.database.transaction() as connection:
        assert revoke_tokens(connection, "lab", by=OPERATOR, at=house.clock(), only=listed["a"].id) == 1
        actor_of_token(connection, other, at=house.clock(), audience="federation")


def test_token__never_counts_as_a_fresh_sign_in(house: House) -> None:
    with house.database.transaction() as connection:
        token = issue_token(connection, "admin", label="a", by=OPERATOR, at=house.clock())
    with house.database.reading() as connection:
        actor = actor_of_token(connection, token, at=house.clock())

    with pytest.raises(NotPermitted):
        permit(house.database, actor, Action.MANAGE_ACCOUNTS, purpose="operation", clock=house.clock)


SECRET = "k3Jq9-Zx81_vTy7w"
BAD_STARTS: dict[str, dict[str, Any]] = {
    "an address for all without TLS": {"host": "0.0.0.0"},
    "TLS that is none": {"host": "0.0.0.0", "public_url": "http://embla.example"},
    "the demo's sign-in over a real home": {"host": "0.0.0.0", "demo": True},
    "a default secret": {"secret": "changeme" * 5},
    "a secret of one letter": {"secret": "a" * 40},
    "a short client secret": {"oidc_client_secret": "short"},
    "a default metrics token": {"metrics_token": "secret-secret-secret"},
    "an issuer in the clear": {"oidc_issuer": "http://id.example", "oidc_client_id": "x"},
    "a PostgreSQL elsewhere without TLS": {"database_url": "postgresql://embla@db.example/embla"},
    "an identity zone elsewhere without TLS": {"identity_url": "postgresql://embla@db.example/zone?sslmode=require"},
    "an issuer without a client": {"oidc_issuer": "https://id.example"},
}


@pytest.mark.parametrize("what", BAD_STARTS)
def test_start__is_refused_with(tmp_path: Path, what: str) -> None:
    with pytest.raises(UsageError) as told:
        check_start(Settings(home=tmp_path, **BAD_STARTS[what]), is_demo_home=False)

    assert told.value.mend and not any(str(v) in str(told.value) for k, v in BAD_STARTS[what].items() if "secret" in k)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"demo": True},
        {"host": "0.0.0.0", "public_url": "https://embla.example", "oidc_client_secret": SECRET},
        {"oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "x"},
    ],
)
def test_start__is_fine_with(tmp_path: Path, given: dict[str, Any]) -> None:
    check_start(Settings(home=tmp_path, **given), is_demo_home=False)


def test_start__a_demo_home_may_be_shown_to_others(tmp_path: Path) -> None:
    check_start(Settings(home=tmp_path, host="0.0.0.0", demo=True), is_demo_home=True)


def test_rate__who_is_not_signed_in_has_the_narrower_bound_and_is_told_when_to_come_back(house: House) -> None:
    app = create_app(replace(house.settings, requests_per_minute=30, anonymous_per_minute=5), house)
    with client_of(app) as client:
        answers = [client.get("/how") for _ in range(12)]
        began = time.monotonic()
        known = [client.get("/how", headers={"Authorization": "Bearer x"}) for _ in range(60)]
        # While we ask, one more is allowed every two seconds.
        more = math.ceil((time.monotonic() - began) / 2)

    assert [a.status_code for a in answers][:5] == [200] * 5 and answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert 30 <= [a.status_code for a in known].count(200) <= 30 + more and known[-1].status_code == 429


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


def test_sessions__are_ended_by_the_operator_for_one_and_for_all(
    app: FastAPI, browser: httpx.Client, provider: SmallProvider, house: House, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from embla.cli import run

    monkeypatch.setenv("EMBLA_HOME", str(house.home))

    sign_in(browser, provider)
    with client_of(app) as other:
        other.base_url = httpx.URL("https://embla.example")
        provider.account = "dpo"
        sign_in(other, provider)
        assert run(["home", "end-sessions", "doctor"]) == 0
        assert browser.get("/account").headers["location"].startswith("/login")
        assert other.get("/account").status_code == 200
        assert run(["home", "end-sessions"]) == 0
        assert other.get("/account").headers["location"].startswith("/login")
    assert capsys.readouterr().out.split() == ["1", "1"]


@pytest.mark.parametrize(("acr", "warned"), [("", True), ("high", False)])
def test_doctor__warns_where_no_level_of_sign_in_is_demanded(house: House, acr: str, warned: bool) -> None:
    other = replace(house, settings=replace(house.settings, oidc_acr=acr))

    assert ("sign-in" in {finding.name for finding in surroundings(other)}) == warned
