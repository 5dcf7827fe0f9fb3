"""Small files that hold keys: for the owner's eyes only, whole or not there at all after a crash, never overwritten."""

import os
import re
from pathlib import Path
from secrets import token_hex

from embla.errors import Broken, Conflict, NotFound, Unavailable

_LARGEST = 1 << 20


def write_secret(place: Path, data: bytes) -> None:
    """Write a new file with mode 0600 in a folder with mode 0700; Conflict when the name is taken."""
    _write(place, data, 0o600, replace=False)


def key_versions(folder: Path) -> tuple[int, ...]:
    """Numbers of the files `vN.key` in a folder, N from 1, lowest first; none where there is no folder."""
    try:
        names = [re.fullmatch(r"v([1-9]\d*)\.key", path.name) for path in folder.iterdir()]
    except FileNotFoundError:
        return ()
    return tuple(sorted(int(name[1]) for name in names if name))


def replace_file(place: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Put `data` under the name, in one step, whatever was there before."""
    _write(place, data, mode, replace=True)


def read_secret(place: Path) -> bytes:
    """The bytes of a key file. Broken when others on the machine may read it: then it is no secret any more."""
    try:
        with place.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise Broken(
                    f"{place.name} in {place.parent} can be read by others on this machine.",
                    mend=f"If nobody did: chmod 600 {place}. Otherwise rotate the key.",
                )
            return file.read(_LARGEST)
    except FileNotFoundError:
        raise NotFound(f"There is no key {place.name} in {place.parent}.", mend="Restore the folder `keys`.") from None
    except OSError as error:
        raise Unavailable(f"The key {place.name} in {place.parent} cannot be read: {error.strerror}.") from error


def _write(place: Path, data: bytes, mode: int, *, replace: bool) -> None:
    temporary = place.parent / f".tmp-{os.getpid()}-{token_hex(8)}"
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(temporary, place)
        else:
            os.link(temporary, place)
            os.unlink(temporary)
        folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except FileExistsError:
        temporary.unlink(missing_ok=True)
        raise Conflict(f"{place.name} is there already.", mend="Read it again.") from None
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise Unavailable(f"{place} cannot be written: {error.strerror}.") from error
