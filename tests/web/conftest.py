"""One small nation a session, and a client over the real application."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from embla.app import create_app
from tests.web.clients import client_of
from tests.web.nation import WebNation, shared

Login = Callable[[str], httpx.Client]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many cells of role x route x owner S1 asked; reports carry them, whichever worker ran the test."""
    told = [dict(report.user_properties).get("cells", 0) for report in terminalreporter.stats.get("passed", [])]
    if sum(told):
        terminalreporter.write_line(f"S1: {sum(told):,} cells of route x role x owner asked, each as the table says.")


@pytest.fixture(scope="session")
def nation(tmp_path_factory: pytest.TempPathFactory) -> WebNation:
    """Simulated people over real sequence, reported and released. Tests must not change it but by what they send."""
    return shared(tmp_path_factory)


@pytest.fixture(scope="session")
def app(nation: WebNation) -> FastAPI:
    """The application over the nation."""
    return create_app(nation.house.settings, nation.house)


@pytest.fixture
def client(app: FastAPI) -> Iterator[httpx.Client]:
    """Nobody in particular, reading English."""
    with client_of(app) as made:
        yield made


@pytest.fixture
def danish(app: FastAPI) -> Iterator[httpx.Client]:
    """Nobody in particular, reading Danish."""
    with client_of(app, language="da") as made:
        yield made


@pytest.fixture
def signed_in(app: FastAPI) -> Iterator[Login]:
    """A function that gives a client signed in under an account of the nation."""
    made: list[httpx.Client] = []

    def login(account: str, language: str = "en") -> httpx.Client:
        client = client_of(app, language=language)
        made.append(client)
        page = client.get("/login")
        from tests.web.clients import token_in

        client.post("/login", data={"csrf": token_in(page.text), "account": account, "next": "/"})
        return client

    yield login
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def samples() -> Path:
    """Where this folder lies."""
    return Path(__file__).parent
