"""A key for each genome, for what rooms above keep of it in the database: with the key's row all of it is unreadable,
in whatever copy of the database it still lies.

Wrapped under the home's key-encryption key, as the keys of packs are; a destroyed row is the end. Where `wrapped` is
empty, the genome's rows are of before there were keys and wait to be sealed.
"""

from collections.abc import Collection
from secrets import token_bytes
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from embla.platform import Database, Wrapping
from embla.vault.tables import genome_keys

WAITS: Final = ""
_MANY: Final = 500


def genome_key(connection: Connection, wrapping: Wrapping, accession: str) -> bytes:
    """The key of a genome, made where there is none yet; exists when the caller's transaction commits."""
    query = select(genome_keys.c.wrapped).where(genome_keys.c.accession == accession)
    wrapped = connection.execute(query).scalar()
    if wrapped:
        return open_genome_key(wrapping, accession, wrapped)
    key = token_bytes(32)
    values = {"wrapped": wrapping.wrap(key, _context(accession))}
    if wrapped is None:
        connection.execute(insert(genome_keys).values(accession=accession, **values))
    else:
        connection.execute(update(genome_keys).where(genome_keys.c.accession == accession).values(**values))
    return key


def wrapped_genome_keys(connection: Connection) -> dict[str, str]:
    """Accession -> wrapped key of every genome that has one, "" where its rows wait: `open_genome_key` opens one."""
    query = select(genome_keys.c.accession, genome_keys.c.wrapped)
    return {row.accession: row.wrapped for row in connection.execute(query)}


def open_genome_key(wrapping: Wrapping, accession: str, wrapped: str) -> bytes:
    """Unwrap what stands in the row of a genome. Broken when it is another's, or the home's key is another."""
    return wrapping.unwrap(wrapped, _context(accession))


def destroy_genome_keys(connection: Connection, accessions: Collection[str]) -> None:
    """Forget these for good, in the caller's transaction. One that is not there is no error."""
    wanted = sorted(accessions)
    for start in range(0, len(wanted), _MANY):
        connection.execute(
            delete(genome_keys).where(genome_keys.c.accession.in_(wanted[start : start + _MANY]))
        )  # fmt: skip


def genomes_unsealed(connection: Connection) -> list[str]:
    """Genomes whose rows are of before there were keys, in order."""
    query = select(genome_keys.c.accession).where(genome_keys.c.wrapped == WAITS)
    return list(connection.execute(query.order_by(genome_keys.c.accession)).scalars())


def waits_for_key(connection: Connection, accession: str) -> bool:
    """Does this genome still wait, and nobody else seals it? The row is held until the caller's transaction ends."""
    mine = (genome_keys.c.accession == accession) & (genome_keys.c.wrapped == WAITS)
    return connection.execute(select(genome_keys.c.accession).where(mine).with_for_update()).scalar() is not None


def wrap_genome_keys_again(database: Database, wrapping: Wrapping) -> int:
    """After the key-encryption key was rotated: wrap with the new one what the old one wrapped; how many."""
    done, table = 0, genome_keys.c
    with database.reading() as connection:
        rows = connection.execute(select(table.accession, table.wrapped).where(table.wrapped != WAITS)).all()
    for start in range(0, len(rows), _MANY):
        with database.transaction() as connection:
            for accession, wrapped in rows[start : start + _MANY]:
                if wrapping.is_old(wrapped):
                    new = wrapping.wrap(open_genome_key(wrapping, accession, wrapped), _context(accession))
                    same = (table.accession == accession) & (table.wrapped == wrapped)
                    done += connection.execute(update(genome_keys).where(same).values(wrapped=new)).rowcount
    return done


def _context(accession: str) -> str:
    return f"genome-key:{accession}"
