"""Files that leave with their person: row and header in the caller's transaction, the body right after it.

A header is the only place of its body's key, so from the commit on nobody opens the body. Its name is written into
`vault_gone` in the same commit and marked there once the storage has deleted it. Whoever dies in between, the next
start, the next erasure or the sweeper goes on; a name of a body is never used twice, so no lock is needed for that.
"""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, delete, func, insert, select, update

from embla.errors import EmblaError
from embla.vault import store
from embla.vault.tables import vault_files, vault_gone, vault_holders, vault_subjects

if TYPE_CHECKING:
    from embla.platform import House

log = logging.getLogger(__name__)
_MANY: Final = 200


@dataclass(frozen=True)
class Left:
    """files: how many went, and their bytes as they were sent; shared: how many stay because they hold others' data."""

    files: int
    size: int
    shared: int


def note_holders(connection: Connection, sha256: str, genomes: Iterable[str]) -> None:
    """Whose data a file holds, by accession. Once more is no error."""
    known = select(vault_holders.c.genome).where(vault_holders.c.sha256 == sha256)
    there = set(connection.execute(known).scalars())
    for genome in sorted(set(genomes) - there):
        connection.execute(insert(vault_holders).values(sha256=sha256, genome=genome))


def held(connection: Connection, genomes: Sequence[str]) -> set[str]:
    """SHA-256 of every file that holds data of one of these genomes."""
    found: set[str] = set()
    for part in _parts(sorted(set(genomes))):
        query = select(vault_holders.c.sha256).where(vault_holders.c.genome.in_(part))
        found |= set(connection.execute(query).scalars())
    return found


def holders(connection: Connection, sha256: str) -> list[str]:
    """Of whom a file holds data: accessions, and ids of assays that are no genome."""
    query = select(vault_holders.c.genome).where(vault_holders.c.sha256 == sha256)
    return list(connection.execute(query.order_by(vault_holders.c.genome)).scalars())


def let_go(
    connection: Connection, genomes: Sequence[str], subjects: Collection[str], *, because: str, at: datetime
) -> Left:
    """Forget the files that hold nobody's data but these genomes', and that the others hold data of these at all.

    `subjects`: names under which the leaving could be asked for ("genome:...", "person:..."); a file that stays loses
    them. `because` is kept with the bodies' names. Call `delete_bodies` after the commit; keep submissions out
    meanwhile (the store's lock), else one may count on a file that goes.
    """
    leaving = sorted(set(genomes))
    files = size = shared = 0
    for sha256 in sorted(held(connection, leaving)):
        for part in _parts(leaving):
            mine = (vault_holders.c.sha256 == sha256) & vault_holders.c.genome.in_(part)
            connection.execute(delete(vault_holders).where(mine))
        if connection.execute(select(func.count()).where(vault_holders.c.sha256 == sha256)).scalar_one():
            theirs = (vault_subjects.c.sha256 == sha256) & vault_subjects.c.subject.in_(sorted(subjects))
            connection.execute(delete(vault_subjects).where(theirs))
            shared += 1
            continue
        file = store.find_file(connection, sha256)
        # An older home kept files plain, under this name.
        bodies = [f"{sha256[:2]}/{sha256}"]
        if file is not None:
            bodies.append(file.body)
            connection.execute(delete(vault_files).where(vault_files.c.sha256 == sha256))
            files, size = files + 1, size + file.size
        connection.execute(delete(vault_subjects).where(vault_subjects.c.sha256 == sha256))
        for body in bodies:
            _note_gone(connection, body, sha256, because, at)
    return Left(files, size, shared)


def delete_bodies(house: "House") -> int:
    """Delete what `let_go` left to be deleted, here and where the files are copied to; how many. Unavailable when one
    of the two is: then it waits."""
    waiting = select(vault_gone.c.body).where(vault_gone.c.deleted_at.is_(None)).order_by(vault_gone.c.body)
    done = 0
    while True:
        with house.database.reading() as connection:
            bodies = list(connection.execute(waiting.limit(_MANY)).scalars())
        if not bodies:
            return done
        for body in bodies:
            house.files.delete(body)
            if house.files_copy is not None:
                house.files_copy.delete(body)
        with house.database.transaction() as connection:
            these = vault_gone.c.body.in_(bodies)
            connection.execute(update(vault_gone).where(these).values(deleted_at=house.clock()))
        done += len(bodies)


def try_delete_bodies(house: "House") -> None:
    """The same where it may as well be done later."""
    try:
        delete_bodies(house)
    except EmblaError:
        log.warning("files of people who left could not be deleted yet", exc_info=True)


def bodies_waiting(connection: Connection, because: str | None = None) -> int:
    """How many bodies wait for their deletion, of all or for one reason."""
    query = select(func.count()).select_from(vault_gone).where(vault_gone.c.deleted_at.is_(None))
    if because is not None:
        query = query.where(vault_gone.c.because == because)
    return int(connection.execute(query).scalar_one())


def bodies_found(house: "House", because: str) -> int:
    """How many bodies that went for a reason lie in the storage after all: none, or the storage lies."""
    with house.database.reading() as connection:
        bodies = list(connection.execute(select(vault_gone.c.body).where(vault_gone.c.because == because)).scalars())
    return sum(house.files.exists(body) for body in bodies)


def gone_for_good(connection: Connection) -> set[str]:
    """SHA-256 of files that left and that nobody brought again."""
    back = select(vault_holders.c.sha256)
    query = select(vault_gone.c.sha256).where(vault_gone.c.sha256.not_in(back))
    return set(connection.execute(query).scalars())


def _note_gone(connection: Connection, body: str, sha256: str, because: str, at: datetime) -> None:
    values: dict[str, Any] = {"sha256": sha256, "because": because, "gone_at": at, "deleted_at": None}
    same = vault_gone.c.body == body
    # The plain name of an older home may leave twice: the content was sent again in between.
    if not connection.execute(update(vault_gone).where(same).values(**values)).rowcount:
        connection.execute(insert(vault_gone).values(body=body, **values))


def _parts(names: Sequence[str]) -> Iterable[Sequence[str]]:
    return (names[start : start + _MANY] for start in range(0, len(names), _MANY))
