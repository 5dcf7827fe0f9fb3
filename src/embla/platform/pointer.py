"""Which manifest of the home's cohort store is the current one: one row, moved by compare-and-swap.

Moving it is part of the transaction that says why (a genome accepted, a genome withdrawn), so what is counted and what
is acknowledged are never two different things. Everything that changes who is in the store moves this row, and so
whoever moved it from N knows that nobody else changed anything since N.
"""

from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, update

from embla.errors import Conflict
from embla.platform.tables import store_pointer

if TYPE_CHECKING:
    from embla.genotypes import ManifestId


def current_manifest(connection: Connection) -> "ManifestId | None":
    """The manifest that counts now; None before the first genome."""
    from embla.genotypes import ManifestId

    row = connection.execute(select(store_pointer.c.number, store_pointer.c.digest)).one_or_none()
    return None if row is None else ManifestId(row.number, row.digest)


def move_manifest(connection: Connection, expected: "ManifestId | None", new: "ManifestId") -> None:
    """Point at `new`; Conflict when the pointer is not at `expected` any more."""
    values = {"number": new.number, "digest": new.digest}
    if expected is None:
        # The primary key refuses the second of two firsts; the database reports that as Conflict.
        connection.execute(insert(store_pointer).values(id=1, **values))
        return
    at_expected = (store_pointer.c.number == expected.number) & (store_pointer.c.digest == expected.digest)
    if connection.execute(update(store_pointer).where(at_expected).values(**values)).rowcount != 1:
        raise Conflict("The store has moved on since this change was made ready.", mend="Stage it again.")
