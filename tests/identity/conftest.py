"""A furnished home whose zone lies on the same engine as its database, each in a database of its own."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from embla.identity import zone_of
from embla.platform import House


@pytest.fixture
def home(house_on_both: House, request: pytest.FixtureRequest) -> Iterator[House]:
    """House and zone on SQLite, then both on PostgreSQL."""
    made = house_on_both
    if not made.database.is_sqlite:
        url = request.getfixturevalue("postgres_url")
        made = replace(made, settings=replace(made.settings, identity_url=url))
    yield made
    zone_of(made).database.close()
