"""A provider, an installation that trusts it, and browsers: one that may sign in, one that will be refused."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from embla.app import create_app
from embla.platform import House, Provider
from tests.support.homes import Ticking
from tests.support.provider import SmallProvider
from tests.web.clients import client_of
from tests.web.sign_in.signing import opened


@pytest.fixture
def provider(clock: Ticking) -> SmallProvider:
    return SmallProvider(now=clock)


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
