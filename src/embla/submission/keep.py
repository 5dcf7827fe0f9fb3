"""Files as they were sent, kept in the vault under the hash that the manifest gives them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from embla.submission.package import Package
from embla.vault import Vault

_CHUNK: Final = 1 << 20


def keep_files(vault: Vault, package: Package, *, verify: bool = True) -> None:
    """Keep every file of a package. Broken when what was written does not read back as it was.

    `verify` False: only what is not there any more is written (and verified) again.
    """
    for file in package.manifest.files:
        if verify or not vault.holds(file.sha256):
            vault.put(_chunks(package.files[file.path]), file.sha256)


def _chunks(place: Path) -> Iterator[bytes]:
    with place.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
