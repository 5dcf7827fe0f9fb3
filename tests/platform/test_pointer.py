"""The store's pointer moves by compare-and-swap, and only within the transaction that says why."""

import pytest

from embla.errors import Conflict
from embla.genotypes import ManifestId
from embla.platform import Database, current_manifest, move_manifest

FIRST, SECOND, OTHER = (ManifestId(n, digit * 64) for n, digit in ((1, "a"), (2, "b"), (2, "c")))


def test_pointer__moves_from_what_was_read(database: Database) -> None:
    with database.transaction() as connection:
        assert current_manifest(connection) is None
        move_manifest(connection, None, FIRST)
        move_manifest(connection, FIRST, SECOND)

    with database.reading() as connection:
        assert current_manifest(connection) == SECOND


@pytest.mark.parametrize("expected", [None, FIRST, OTHER])
def test_pointer__does_not_move_from_what_it_is_not(database: Database, expected: ManifestId | None) -> None:
    with database.transaction() as connection:
        move_manifest(connection, None, SECOND)

    with pytest.raises(Conflict), database.transaction() as connection:
        move_manifest(connection, expected, OTHER if expected != OTHER else FIRST)

    with database.reading() as connection:
        assert current_manifest(connection) == SECOND
