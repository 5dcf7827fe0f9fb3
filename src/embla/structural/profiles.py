"""Where callers looked, each once for all genomes that share it: kept with the first, gone with the last.

Who takes a profile up and who drops it wait for each other at its row, or one would refer to what the other deletes.
"""

import zlib

from sqlalchemy import Connection, delete, insert, select

from embla.structural import tables


def keep_profile(connection: Connection, digest: str, runs: bytes) -> None:
    """A profile under its digest, and its row held until the caller's transaction ends."""
    own = tables.profiles
    held = select(own.c.digest).where(own.c.digest == digest).with_for_update(read=True, key_share=True)
    if connection.execute(held).scalar() is None:
        connection.execute(insert(own).values(digest=digest, runs=zlib.compress(runs, 6)))


def drop_profile(connection: Connection, digest: str) -> None:
    """Delete a profile that no genome has any more."""
    own, sets = tables.profiles, tables.sets
    connection.execute(select(own.c.digest).where(own.c.digest == digest).with_for_update())
    if connection.execute(select(sets.c.kind).where(sets.c.profile == digest).limit(1)).scalar() is None:
        connection.execute(delete(own).where(own.c.digest == digest))
