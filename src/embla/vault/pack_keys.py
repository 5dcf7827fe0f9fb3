"""The keys of a managed store's packs: rows wrapped under the home's key-encryption key. A destroyed row is the end."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select, update

from embla.platform import Database, Wrapping
from embla.vault.tables import pack_keys

_MANY = 500


class WrappedKeys:
    """Holds pack keys for `genotypes` (its protocol PackKeys). Each call is a transaction of its own: never call from
    inside another on SQLite."""

    def __init__(self, database: Database, wrapping: Wrapping) -> None:
        self._database = database
        self._wrapping = wrapping

    def find(self, digest: str) -> bytes | None:
        """The key, None when it was destroyed. Broken when it does not unwrap."""
        with self._database.reading() as connection:
            wrapped = connection.execute(select(pack_keys.c.wrapped).where(pack_keys.c.digest == digest)).scalar()
        return None if wrapped is None else self._wrapping.unwrap(wrapped, _context(digest))

    def find_all(self, digests: Collection[str]) -> dict[str, bytes]:
        """Digest -> key of those that are there. Broken when one does not unwrap."""
        asked, found = list(digests), dict[str, bytes]()
        with self._database.reading() as connection:
            for start in range(0, len(asked), _MANY):
                part = pack_keys.c.digest.in_(asked[start : start + _MANY])
                for row in connection.execute(select(pack_keys.c.digest, pack_keys.c.wrapped).where(part)):
                    found[row.digest] = self._wrapping.unwrap(row.wrapped, _context(row.digest))
        return found

    def keep(self, keys: Mapping[str, bytes]) -> None:
        """Hold these; one that is held already stays."""
        with self._database.transaction() as connection:
            there = self._there(connection, list(keys))
            rows = [
                {"digest": digest, "wrapped": self._wrapping.wrap(key, _context(digest))}
                for digest, key in keys.items()
                if digest not in there
            ]
            if rows:
                connection.execute(insert(pack_keys), rows)

    def destroy(self, digests: Collection[str]) -> None:
        """Forget these for good."""
        wanted = sorted(digests)
        if not wanted:
            return
        with self._database.transaction() as connection:
            for start in range(0, len(wanted), _MANY):
                connection.execute(delete(pack_keys).where(pack_keys.c.digest.in_(wanted[start : start + _MANY])))

    def digests(self) -> list[str]:
        """Of which packs there are keys."""
        with self._database.reading() as connection:
            return list(connection.execute(select(pack_keys.c.digest)).scalars())

    def wrap_again(self) -> int:
        """After the key-encryption key was rotated: wrap with the new one what the old one wrapped; how many."""
        done = 0
        with self._database.reading() as connection:
            rows = connection.execute(select(pack_keys.c.digest, pack_keys.c.wrapped)).all()
        for start in range(0, len(rows), _MANY):
            with self._database.transaction() as connection:
                for digest, wrapped in rows[start : start + _MANY]:
                    if not self._wrapping.is_old(wrapped):
                        continue
                    new = self._wrapping.wrap(self._wrapping.unwrap(wrapped, _context(digest)), _context(digest))
                    same = (pack_keys.c.digest == digest) & (pack_keys.c.wrapped == wrapped)
                    done += connection.execute(update(pack_keys).where(same).values(wrapped=new)).rowcount
        return done

    def _there(self, connection: Connection, digests: list[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(digests), _MANY):
            part = digests[start : start + _MANY]
            found |= set(connection.execute(select(pack_keys.c.digest).where(pack_keys.c.digest.in_(part))).scalars())
        return found


def _context(digest: str) -> str:
    return f"pack-key:{digest}"
