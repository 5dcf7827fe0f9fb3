"""Uploads: a package that arrives file by file, may break off, and goes on where it was.

An upload is a folder of the home, `incoming/<package hash>/`, with the manifest and one file per number. What a client
calls a file never becomes a path here, and a file counts as here only when it has the size and the hash that the
manifest says. One upload belongs to the laboratory that its manifest names.
"""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from embla.errors import BadInput, NotFound, NotPermitted
from embla.submission.arriving import Receiver, Span, Unseal, arrived, no_room
from embla.submission.check import Checked
from embla.submission.model.finding import PackageRefused
from embla.submission.package import MANIFEST, Package, read_manifest
from embla.submission.rules_manifest import check

INCOMING: Final = "incoming"


@dataclass(frozen=True)
class Upload:
    """One package on its way. `missing` are the numbers (from 0, as in the manifest) of the files still to come."""

    folder: Path
    package: Package

    @property
    def id(self) -> str:
        """The package's hash."""
        return self.package.hash

    @property
    def missing(self) -> list[int]:
        """Files that are not here yet."""
        return [number for number in range(len(self.package.manifest.files)) if not self._place(number).exists()]

    def whole(self) -> Package:
        """The package with its files; BadInput when some are missing."""
        if self.missing:
            paths = ", ".join(self.package.manifest.files[number].path for number in self.missing[:5])
            raise BadInput(f"{len(self.missing)} files of this package have not arrived: {paths}.", mend="Send them.")
        listed = enumerate(self.package.manifest.files)
        files = {file.path: self._place(number) for number, file in listed}
        return replace(self.package, files=files)

    def receiver(self, number: int, span: Span | None = None, unseal: Unseal | None = None) -> Receiver:
        """Takes a piece of one file, or without `span` the whole file anew; with `unseal`, of one that was encrypted
        for us."""
        if not 0 <= number < len(self.package.manifest.files):
            raise NotFound(f"This package has no file {number}.")
        file = self.package.manifest.files[number]
        whole = Span(0, file.size, file.size)
        return Receiver(self._place(number), file, span or whole, unseal, anew=span is None)

    def arrived(self, number: int, *, sealed: bool = False) -> int:
        """How many bytes of a file are here, of those that travel."""
        return arrived(self._place(number), sealed=sealed)

    def drop(self) -> None:
        """Remove it: the package is acknowledged, or given up."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _place(self, number: int) -> Path:
        return self.folder / str(number)


def begin_upload(home: Path, raw: bytes, permit: Callable[[Package], object], *, on: date) -> Upload:
    """Begin, or find again, the upload of the package that this manifest describes.

    `permit` is asked before anything is written. PackageRefused when the manifest alone is enough to refuse.
    """
    try:
        package = read_manifest(raw)
    except PackageRefused as refused:
        if refused.rest is None:
            raise
        try:
            permit(refused.rest)
        except (NotPermitted, PackageRefused):
            raise refused from None
        findings = [*refused.findings, *check(refused.rest, on)]
        raise PackageRefused(findings, refused.rest.manifest.package) from None
    permit(package)
    findings = check(package, on)
    Checked(package, tuple(findings), ()).require()
    folder = home / INCOMING / package.hash
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / MANIFEST).exists():
            temporary = folder / f".{MANIFEST}.{os.getpid()}"
            temporary.write_bytes(raw)
            os.replace(temporary, folder / MANIFEST)
    except OSError as error:
        raise no_room(error) from error
    return Upload(folder, package)


def find_upload(home: Path, upload: str) -> Upload:
    """The upload of this id; NotFound when there is none."""
    folder = home / INCOMING / upload
    if len(upload) != 64 or set(upload) - set("0123456789abcdef") or not (folder / MANIFEST).is_file():
        raise NotFound("There is no such upload.", mend="Send the manifest first.")
    try:
        return Upload(folder, read_manifest((folder / MANIFEST).read_bytes()))
    except PackageRefused:
        raise NotFound("There is no such upload.", mend="Send the manifest first.") from None


def drop_old_uploads(home: Path, *, hours: float) -> list[str]:
    """Remove uploads that nobody has touched for so many hours; returns which."""
    dropped = []
    for folder in sorted((home / INCOMING).glob("*")):
        newest = max([folder.stat().st_mtime, *(file.stat().st_mtime for file in folder.iterdir())])
        if newest < time.time() - hours * 3600:
            shutil.rmtree(folder, ignore_errors=True)
            dropped.append(f"{INCOMING}/{folder.name}")
    return dropped
