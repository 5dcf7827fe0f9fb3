"""After the acknowledgement: merge the store's segments, and remove what dead processes left behind."""

import logging
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from embla.errors import EmblaError
from embla.platform import OPERATOR, House, append_event, current_manifest, move_manifest
from embla.submission.tables import submission_files
from embla.submission.upload import drop_old_uploads
from embla.vault import Vault, delete_bodies, gone_for_good

if TYPE_CHECKING:
    from embla.genotypes import Staged

log = logging.getLogger(__name__)
# A file that nothing refers to may belong to a package that is being taken in right now.
KEEP_HOURS: Final = 24
KEEP_UPLOAD_HOURS: Final = 7 * 24


def tend(house: House) -> int:
    """Merge segments where a tier is full; returns how many merges. Counts stay what they are, whoever dies when."""
    merges = 0
    while True:
        with house.store.writing():
            with house.database.reading() as connection:
                base = current_manifest(connection)
            staged = house.store.stage_compact(base, full=False)
            if staged is None or not staged.changed:
                break
            with house.database.transaction() as connection:
                move_manifest(connection, base, staged.manifest)
                append_event(
                    connection,
                    at=house.clock(),
                    actor=OPERATOR.id,
                    kind="store-compacted",
                    subject="store",
                    body={"manifest": str(staged.manifest)},
                )
            note_state(house, staged)
        merges += 1
    if merges and base is not None:
        house.store.learn(base)
    return merges


def note_state(house: House, staged: "Staged") -> None:
    """Tell the store what was committed. The database's pointer is the true one, and this copy is for the store's own
    commands: that it cannot be written must not take back an acknowledgement. Opening the home sets it right."""
    try:
        house.store.publish(staged)
    except EmblaError:
        log.warning("the store could not note its state", exc_info=True)


def sweep(house: House, *, hours: float = KEEP_HOURS) -> list[str]:
    """Delete files of the home that nothing refers to and that are older than `hours`; returns what was deleted."""
    deleted = drop_old_uploads(house.home, hours=max(hours, KEEP_UPLOAD_HOURS) if hours else 0)
    with house.store.writing():
        with house.database.reading() as connection:
            pointer = current_manifest(connection)
            kept = set(connection.execute(select(submission_files.c.sha256)).scalars()) - gone_for_good(connection)
        delete_bodies(house)
        gone = Vault(house).sweep(lambda digest: digest in kept, hours=hours)
        deleted += [f"files/{name}" for name in gone]
        deleted += [f"store/{name}" for name in house.store.tidy([pointer] if pointer is not None else [])]
    return deleted
