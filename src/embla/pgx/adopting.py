"""Which release of definitions a home calls by: the newest that it adopted, or the carried one where that is newer.

A release given to `embla pgx recall --definitions` is adopted: kept whole in the home, so that profiles, passports and
later re-calls stand on what the nation was called by. Every answer names its release.
"""

import io
import re
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from embla.errors import BadInput, Refused
from embla.pgx import loading
from embla.pgx.model.definition import Release
from embla.platform import replace_file

if TYPE_CHECKING:
    from embla.platform import House

FOLDER: Final = "definitions"
# ClinPGx names a release by its moment.
_NAME: Final = re.compile(r"[0-9]{4}(-[0-9]{2}){4}")


def release_of(house: "House") -> Release:
    """The release that this home calls by. Names begin with the day, so the later name is the newer."""
    carried = loading.release()
    kept = [path for path in (house.home / FOLDER).glob("*.zip") if path.stem > carried.id]
    if not kept:
        return carried
    newest = max(kept, key=lambda path: path.stem)
    return _load(newest, newest.stat().st_mtime_ns)


def adopt(house: "House", path: Path) -> Release:
    """Read a release, check it, and keep it as one to call by; whole or not at all. Refused for one that is older than
    the one in use, or another of its name: the nation would be called by it, and profiles would not."""
    release = loading.load_release(path)
    if not _NAME.fullmatch(release.id):
        raise BadInput(f"{release.id[:40]!r} is no name of a release.", path=str(path), mend="As 2025-11-05-00-25.")
    used = release_of(house)
    if (release.id, release.digest) != (used.id, used.digest) and release.id <= used.id:
        raise Refused(
            f"{release.id} is not newer than {used.id}, which is in use.", mend="Files are called by it: pgx call."
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(loading.members(path)):
            archive.writestr(zipfile.ZipInfo(name), data)
    if release.id != loading.release().id:
        replace_file(house.home / FOLDER / f"{release.id}.zip", packed.getvalue())
    return release


@lru_cache(maxsize=2)
def _load(path: Path, changed: int) -> Release:
    return loading.load_release(path)
