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

from embla.errors import BadInput
from embla.pgx import loading
from embla.pgx.model.definition import Release

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
    """Read a release, check it, and keep it as one to call by; whole or not at all."""
    release = loading.load_release(path)
    if not _NAME.fullmatch(release.id):
        raise BadInput(f"{release.id[:40]!r} is no name of a release.", path=str(path), mend="As 2025-11-05-00-25.")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(loading.members(path)):
            archive.writestr(zipfile.ZipInfo(name), data)
    folder = house.home / FOLDER
    folder.mkdir(exist_ok=True)
    part = folder / f"{release.id}.{house.new_id()}.part"
    part.write_bytes(packed.getvalue())
    part.replace(folder / f"{release.id}.zip")
    return release


@lru_cache(maxsize=2)
def _load(path: Path, changed: int) -> Release:
    return loading.load_release(path)
