"""At the laboratory: a package that comes back, and local files held against a certificate."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from embla.errors import BadInput, Broken, Refused, Unavailable
from embla.submission.package import MANIFEST, safe_path
from embla.submission.rules_files import sha256_of

_CHUNK: Final = 1 << 20
_TRIES: Final = 5
# The bytes of a file, by its number, from a byte on.
Pieces = Callable[[int, int], Iterable[bytes]]


def bring_back(
    out: Path, manifest: str, files: Sequence[Mapping[str, Any]], pieces: Pieces, told: Callable[[int, int], None]
) -> None:
    """Write manifest and files into `out`. What is there already with the right SHA-256 stays, what was cut goes on.

    Refused for a folder that holds another package; Broken when a file is not what the server said.
    """
    place = out / MANIFEST
    # As bytes: reading as text would change the ends of lines.
    if place.exists() and place.read_bytes().decode("utf-8-sig", "replace") != manifest:
        raise Refused(f"{out} holds another package.", mend="Choose another folder.")
    total, done = sum(int(file["size"]) for file in files), 0
    out.mkdir(parents=True, exist_ok=True)
    for file in files:
        path = str(file["path"])
        if not safe_path(path):
            raise BadInput("The server names a file that lies outside of a package.", mend="Is it the right server?")
        _one(out / path, file, pieces, lambda n, before=done: told(before + n, total))  # type: ignore[misc]
        done += int(file["size"])
    temporary = out / f".{MANIFEST}.new"
    temporary.write_text(manifest, "utf-8", newline="")
    os.replace(temporary, place)


def differences(folder: Path, files: Sequence[Mapping[str, Any]]) -> list[str]:
    """Paths of files of a certificate that are not in this folder, or are other ones there."""
    return [
        str(file["path"])
        for file in files
        if not safe_path(str(file["path"]))
        or not (folder / file["path"]).is_file()
        or (folder / file["path"]).stat().st_size != file["size"]
        or sha256_of(folder / file["path"]) != file["sha256"]
    ]


def _one(place: Path, file: Mapping[str, Any], pieces: Pieces, told: Callable[[int], None]) -> None:
    if place.is_file() and sha256_of(place) == file["sha256"]:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.part")
    for attempt in range(_TRIES):
        have = part.stat().st_size if part.exists() else 0
        digest = sha256()
        with part.open("ab+") as held:
            held.seek(0)
            while chunk := held.read(_CHUNK):
                digest.update(chunk)
            try:
                for piece in pieces(int(file["number"]), have) if have < file["size"] or not have else ():
                    digest.update(piece)
                    held.write(piece)
                    have += len(piece)
                    told(have)
            except Unavailable:
                if attempt == _TRIES - 1:
                    raise
                continue
            held.flush()
            os.fsync(held.fileno())
        if digest.hexdigest() == file["sha256"]:
            os.replace(part, place)
            return
        part.unlink()
        if attempt:
            break
    raise Broken(f"{file['path']} did not come back as it was sent.", mend="Fetch it again; tell the operator.")
