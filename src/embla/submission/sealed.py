"""A package that is encrypted where it lies: each file Crypt4GH for the database's key, the manifest as it was.

The manifest keeps size and SHA-256 of the plain files, so a package is the same package, by the same hash, whether it
travels plain or encrypted. Whoever encrypts compares each file with it on the way.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from embla.errors import BadInput, Refused
from embla.storage import hashed
from embla.submission.arriving import Span
from embla.submission.check import Progress
from embla.submission.model.acknowledgement import Acknowledgement
from embla.submission.package import MANIFEST, open_package
from embla.submission.upload import Upload, begin_upload
from embla.vault import SEALED, opener, seal

if TYPE_CHECKING:
    from embla.platform import Actor, House

_CHUNK: Final = 1 << 20
PARALLEL: Final = 2


def encrypt_package(
    folder: Path, out: Path, key: bytes, *, parallel: int = PARALLEL, progress: Progress | None = None
) -> Path:
    """Write `folder` to `out` with every file encrypted for `key`; returns `out`.

    Refused where `out` holds a package. BadInput for a file that is not what the manifest says: then `out` is not left
    half made.
    """
    package = open_package(folder)
    if (out / MANIFEST).exists() or out.resolve() == folder.resolve():
        raise Refused(f"{out} is a package already.", mend="Choose another output folder.")
    missing = [file.path for file in package.manifest.files if file.path not in package.files]
    if missing:
        raise BadInput("is listed in the manifest and not there.", path=missing[0], mend="Put it into the package.")

    def one(number: int) -> None:
        file = package.manifest.files[number]
        _encrypt(package.files[file.path], out / (file.path + SEALED), key, file.sha256, file.path, progress)

    with ThreadPoolExecutor(max(1, parallel)) as pool:
        list(pool.map(one, range(len(package.manifest.files))))
    out.mkdir(parents=True, exist_ok=True)
    # Last, so that a folder with a manifest is a whole package.
    temporary = out / f".{MANIFEST}.new"
    temporary.write_bytes(package.raw)
    os.replace(temporary, out / MANIFEST)
    return out


def is_sealed(folder: Path) -> bool:
    """Is it a package whose files were encrypted?"""
    return (folder / MANIFEST).is_file() and next(folder.rglob(f"*{SEALED}"), None) is not None


def receive_sealed(house: "House", actor: "Actor", folder: Path) -> Acknowledgement:
    """Take in an encrypted package that lies on this machine: opened into the home, then like any other."""
    from embla.submission.receive import permit_report, receive

    raw = (folder / MANIFEST).read_bytes()
    upload = begin_upload(
        house.home, raw, lambda package: permit_report(house, actor, package), on=house.clock().date()
    )
    for number in upload.missing:
        path = upload.package.manifest.files[number].path
        place = folder / (path + SEALED)
        if not place.is_file():
            raise BadInput("is listed in the manifest and not there.", path=path, mend="Encrypt the package again.")
        _bring(house, upload, number, place)
    try:
        return receive(house, actor, upload.whole(), hashed=True)
    finally:
        upload.drop()


def _bring(house: "House", upload: Upload, number: int, place: Path) -> None:
    size = place.stat().st_size
    start = upload.arrived(number, sealed=True)
    receiver = upload.receiver(number, Span(min(start, size), size, size), partial(opener, house))
    try:
        with place.open("rb") as file:
            file.seek(start)
            while chunk := file.read(_CHUNK):
                receiver.write(chunk)
        receiver.finish()
    finally:
        receiver.close()


def _encrypt(place: Path, out: Path, key: bytes, expected: str, path: str, progress: Progress | None) -> None:
    digest, size, done = sha256(), place.stat().st_size, 0
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f".{out.name}.new")

    def pieces() -> Iterator[bytes]:
        nonlocal done
        with place.open("rb") as file:
            for chunk in hashed(iter(lambda: file.read(_CHUNK), b""), digest):
                done += len(chunk)
                yield chunk
                if progress is not None:
                    progress(place, done, size)

    try:
        with temporary.open("wb") as sealed:
            for block in seal(pieces(), key):
                sealed.write(block)
            sealed.flush()
            os.fsync(sealed.fileno())
        if digest.hexdigest() != expected:
            mend = "Was it changed after the manifest was written? Check it, then write the manifest again."
            raise BadInput("its SHA-256 is not the manifest's.", path=path, mend=mend)
        os.replace(temporary, out)
    finally:
        temporary.unlink(missing_ok=True)
