"""A home with four accounts before a provider, and the way of a browser through both."""

from pathlib import Path

import httpx

from embla.composition import open_home
from embla.platform import OPERATOR, House, Settings, create_account
from tests.support.homes import Ticking, counting_ids
from tests.support.provider import CLIENT, SmallProvider
from tests.web.clients import Reading

ACCOUNTS = (
    ("doctor", ["clinician"], None),
    ("dpo", ["dpo"], None),
    ("admin", ["admin"], None),
    ("lab", ["lab"], "north"),
)
TABLES = ("sessions", "login_states", "events")


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
