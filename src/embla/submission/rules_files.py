"""Rules of the files: all there, none besides, each with the size and the hash that the manifest says."""

from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path

from embla.submission.model.finding import Finding
from embla.submission.package import MANIFEST, Package, safe_path, shortened


def check(package: Package, *, hashed: bool = False) -> list[Finding]:
    """Every finding of these rules; sizes and hashes are taken on trust when `hashed`."""
    return [*_listed(package, hashed), *shortened(list(_strays(package)), MANIFEST)]


def _listed(package: Package, hashed: bool) -> Iterator[Finding]:
    for number, file in enumerate(package.manifest.files):
        place = package.files.get(file.path)
        if place is None:
            if safe_path(file.path):
                mend = "Put it into the package, or take it out of files."
                line = package.line("files", number, "path")
                yield Finding("files.missing", file.path, 0, f"Line {line} of the manifest lists it.", mend)
            continue
        if hashed:
            continue
        size = place.stat().st_size
        if size != file.size:
            found = f"It has {size:,} bytes; line {package.line('files', number, 'size')} says {file.size:,}."
            yield Finding("files.size", file.path, 0, found, "Was it cut on its way? Send it again.")
        elif (digest := sha256_of(place)) != file.sha256:
            line = package.line("files", number, "sha256")
            found = f"Its SHA-256 is {digest[:12]}...; line {line} says {file.sha256[:12]}..."
            mend = "It was changed after the manifest was written: check it, then write the manifest again."
            yield Finding("files.sha256", file.path, 0, found, mend)


def _strays(package: Package) -> Iterator[Finding]:
    for path in package.strays:
        mend = "List it under files, or take it out of the package."
        yield Finding("files.unlisted", path, 0, "The manifest does not list it.", mend)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, 64 hex digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
