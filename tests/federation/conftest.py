"""A ward with reads and files, made once, and a nation behind a Beacon, made anew for each file of tests."""

from collections.abc import Iterator

import httpx
import pytest

from embla.app import create_app
from embla.frequency import open_region
from embla.genome import Variant
from tests.federation.delivered import Delivered, make
from tests.support.wards import MadeWard
from tests.web.clients import client_of
from tests.web.nation import WINDOW, WebNation, shared


@pytest.fixture(scope="session")
def delivered(tmp_path_factory: pytest.TempPathFactory, made_ward: MadeWard) -> Iterator[Delivered]:
    """Tests leave it as it was, but for the log."""
    made = make(tmp_path_factory.mktemp("delivered"), made_ward)
    yield made
    made.house.database.close()


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebNation]:
    made = shared(tmp_path_factory)
    yield made
    made.house.database.close()


@pytest.fixture(scope="module")
def beacon(nation: WebNation) -> httpx.Client:
    return client_of(create_app(nation.house.settings, nation.house))


@pytest.fixture(scope="module")
def shown(nation: WebNation) -> list[Variant]:
    """Every variant of the window whose count the release shows to everybody."""
    first = open_region(nation.house, WINDOW, page_size=1000)
    pages = [first, *(open_region(nation.house, WINDOW, page=n, page_size=1000) for n in range(2, first.pages + 1))]
    counts = [count for page in pages for count in page.variants]
    assert any(count.status == "suppressed" for count in counts), "the nation has small counts"
    return [Variant(c.contig, c.pos, str(c.ref), str(c.alt)) for c in counts if c.ac]
