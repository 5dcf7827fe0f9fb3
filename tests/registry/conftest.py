"""Registers to fill, on both engines."""

import pytest

from embla.platform import House
from tests.registry.nation import Nation
from tests.support.homes import Ticking


@pytest.fixture
def nation(house_on_both: House, clock: Ticking) -> Nation:
    return Nation(house_on_both.database, clock)
