"""Files as they were sent, kept under their hash: `ab/abcdef...`. Written once, verified by reading them back."""

import logging
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from embla.errors import Broken
from embla.submission.package import Package

if TYPE_CHECKING:
    from embla.storage import Folder

log = logging.getLogger(__name__)
_CHUNK: Final = 1 << 20


def kept_name(digest: str) -> str:
    """Where a file of this SHA-256 lies."""
    return f"{digest[:2]}/{digest}"


def keep_files(files: "Folder", package: Package, *, verify: bool = True) -> None:
    """Keep every file of a package. Broken when what was written does not read back as it was.

    `verify` False: only what is not there any more is written (and verified) again.
    """
    for file in package.manifest.files:
        if verify or not files.exists(kept_name(file.sha256)):
            _keep(files, file.sha256, package.files[file.path])


def reads_back(files: "Folder", digest: str) -> bool:
    """True when the kept file is what its name says."""
    view = files.open(kept_name(digest))
    running = sha256()
    for start in range(0, len(view), _CHUNK):
        running.update(view[start : start + _CHUNK])
    return running.hexdigest() == digest


def _keep(files: "Folder", digest: str, place: Path) -> None:
    name = kept_name(digest)
    if not files.put(name, _chunks(place)) and not reads_back(files, digest):
        # The good bytes are at hand, so a copy that rotted since is mended here.
        log.error("a kept file had changed and was written again", extra={"sha256": digest})
        files.delete(name)
        files.put(name, _chunks(place))
    if not reads_back(files, digest):
        files.delete(name)
        raise Broken(
            "A file did not read back as it was sent.",
            mend="Is it being written to? Else check the disk.",
            sha256=digest,
        )


def _chunks(place: Path) -> Iterator[bytes]:
    with place.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
