"""A ward with reads and files, made once."""

from collections.abc import Iterator

import pytest

from tests.federation.delivered import Delivered, make
from tests.support.wards import MadeWard


@pytest.fixture(scope="session")
def delivered(tmp_path_factory: pytest.TempPathFactory, made_ward: MadeWard) -> Iterator[Delivered]:
    """Tests leave it as it was, but for the log."""
    made = make(tmp_path_factory.mktemp("delivered"), made_ward)
    yield made
    made.house.database.close()
