"""What of a home may lie outside its folder: the identity zone on a server, the kept files in a bucket.

The zone is small and always in a backup, as lines, encrypted as it is. The kept files may be a petabyte: whoever puts
them elsewhere says where their second copy lies (`files_copy`), or that backups copy them. Where nobody said, each
backup and the doctor say so.
"""

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Final

from embla.errors import EmblaError, NotFound
from embla.identity import zone_database, zone_format, zone_opens
from embla.operations.model import BACKUP_HOURS, Finding
from embla.platform import IN_REPOSITORY, Database, House, Settings, newest_events, table_names
from embla.storage import Folder
from embla.vault import kept_bodies

if TYPE_CHECKING:
    from embla.storage import Storage

FILES: Final = "files/"
_PIECE: Final = 1 << 20
_SAMPLE: Final = 40


def files_elsewhere(house: House) -> bool:
    """True when the kept files lie where copying the home's folder does not reach them."""
    files = house.files
    return not (isinstance(files, Folder) and files.path.is_relative_to(house.home.absolute()))


def not_in_backup(house: House) -> tuple[str, ...]:
    """What a backup of this home leaves to something else."""
    return ("files",) if files_elsewhere(house) and house.settings.files_copy != IN_REPOSITORY else ()


def bodies_for_backup(house: House) -> dict[str, int]:
    """Name in storage -> bytes of every kept body that a backup copies from outside the home."""
    if not files_elsewhere(house) or house.settings.files_copy != IN_REPOSITORY:
        return {}
    with house.database.reading() as connection:
        return {file.body: file.body_size for file in kept_bodies(connection)}


def pieces(files: "Storage", name: str, size: int) -> Iterator[bytes]:
    """A body, a megabyte at a time."""
    return (files.read(name, start, _PIECE) for start in range(0, size, _PIECE))


def zone_to_dump(settings: Settings) -> Database | None:
    """The zone's database where there is a zone with something in it to dump."""
    database = zone_database(settings)
    if database is None:
        return None
    with database.reading() as connection:
        if zone_format(connection):
            return database
    database.close()
    return None


def kept_files(house: House) -> Iterator[Finding]:
    """Something holds the kept files besides the place they lie in, and it has them."""
    setting = house.settings.files_copy
    if not files_elsewhere(house):
        yield Finding("kept-files", "ok", "The kept files lie in the home; backups hold them.")
    elif not setting:
        told = f"The kept files lie in {house.settings.files_at}: no backup holds them, and nobody said what does."
        yield Finding(
            "kept-files", "bad", told, "Set EMBLA_FILES_COPY to where they are copied, or to `repository`."
        )  # fmt: skip
    elif setting == IN_REPOSITORY:
        with house.database.reading() as connection:
            made = newest_events(connection, kinds=("backup-made",), limit=1).items
        if not made or "files" in made[0].body.get("left_out", ["files"]):
            yield Finding("kept-files", "bad", "No kept file is in the last backup.", "embla backup make")
        else:
            yield Finding("kept-files", "ok", "The kept files lie outside the home; backups copy them.")
    else:
        yield _copied(house)


def identity_zone(house: House) -> Iterator[Finding]:
    """The zone answers, its key is its own, and the last backup has it. One that is gone is made anew, empty, by the
    next who asks it: then everybody would be somebody else."""
    with house.database.reading() as connection:
        made = newest_events(connection, kinds=("backup-made",), limit=1).items
        known = newest_events(connection, kinds=("identity-registered",), limit=1).items
    database = zone_database(house.settings)
    if database is None:
        if known or (made and made[0].body.get("zone")):
            told = "The identity zone is gone."
            yield Finding("identity", "bad", told, "Stop the service; restore it from a backup.")
        return
    try:
        with database.reading() as connection:
            tables, number = len(table_names(connection)), zone_format(connection)
    finally:
        database.close()
    if not number:
        yield Finding("identity", "bad", "There is no identity zone where the settings say.", "Check identity_url.")
        return
    try:
        zone_opens(house)
    except EmblaError as error:
        told = f"The identity zone does not open: {error}"
        yield Finding("identity", "bad", told, "Stop the service; restore it and its key from one backup.")
        return
    if made and not made[0].body.get("zone"):
        yield Finding("identity", "bad", "The last backup has no identity zone in it.", "embla backup make")
    else:
        yield Finding("identity", "ok", f"The identity zone answers ({tables} tables); backups hold it, encrypted.")


def _copied(house: House) -> Finding:
    """Some by lot: is each in the copy, as long as it was written? What is younger than a day may still come."""
    with house.database.reading() as connection:
        files = list(kept_bodies(connection))
    now = house.clock()
    old = [file for file in files if (now - file.stored_at).total_seconds() > BACKUP_HOURS * 3600]
    looked = Random(now.date().toordinal()).sample(old, min(_SAMPLE, len(old)))
    missing = 0
    try:
        copy = house.files_copy
        assert copy is not None
        for file in looked:
            try:
                missing += copy.size(file.body) != file.body_size
            except NotFound:
                missing += 1
    except EmblaError as error:
        return Finding("kept-files", "bad", f"The copy of the kept files does not answer: {error}", "Look at it.")
    place = house.settings.files_copy
    if missing:
        told = f"{missing} of {len(looked)} kept files are not in their copy at {place}."
        return Finding("kept-files", "bad", told, "Look at what copies them.")
    return Finding("kept-files", "ok", f"{len(looked)} of {len(old)} kept files were looked for in {place}: all there.")
