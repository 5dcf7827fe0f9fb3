"""Sessions and tokens: seen and ended by their own, by the operator, and by nobody else."""

import re
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from embla.errors import NotPermitted
from embla.platform import (
    OPERATOR,
    House,
    actor_of_token,
    events_since,
    issue_token,
    list_tokens,
    note_use,
    revoke_tokens,
)
from embla.platform.accounts import hash_token
from embla.policy import Action, permit
from tests.support.homes import Ticking
from tests.support.provider import SmallProvider
from tests.web.clients import client_of, token_in
from tests.web.sign_in.signing import go_to_provider, session_cookie, sign_in


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

    # Whoever mistypes a name in a hurry must not believe that it is done.
    for command in ("end-sessions", "revoke-tokens"):
        assert run(["home", command, "docter"]) == 1
        assert "There is no account of this name." in capsys.readouterr().err
