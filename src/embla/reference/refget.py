"""Refget names of sequences and collections, and where a digest that took seconds is remembered.

GA4GH refget sequences v2: `SQ.` + sha512t24u of the upper-case bases. GA4GH sequence collections v1: sha512t24u of the
canonical JSON of each attribute array, then of the object of those digests.
"""

import json
import os
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from hashlib import md5, sha256, sha512
from pathlib import Path
from typing import NamedTuple


class SequenceNames(NamedTuple):
    """A contig of a file and what its upper-case bases are called. `md5` as CRAM and SAM's M5 write it, `ga4gh` is
    `SQ.` + sha512t24u, `trunc512` the same 24 bytes in hexadecimal, as refget version 1 wrote it."""

    contig: str
    length: int
    md5: str
    ga4gh: str
    trunc512: str


def name_sequence(contig: str, pieces: Iterable[bytes]) -> SequenceNames:
    """All names of upper-case bases given in pieces, in one reading."""
    short, long, length = md5(usedforsecurity=False), sha512(), 0
    for piece in pieces:
        short.update(piece)
        long.update(piece)
        length += len(piece)
    kept = long.digest()[:24]
    return SequenceNames(contig, length, short.hexdigest(), "SQ." + urlsafe_b64encode(kept).decode(), kept.hex())


def sha512t24u(pieces: Iterable[bytes]) -> str:
    """Truncated SHA-512 of the joined pieces: 24 bytes as 32 characters of base64url."""
    hasher = sha512()
    for piece in pieces:
        hasher.update(piece)
    return urlsafe_b64encode(hasher.digest()[:24]).decode("ascii")


def sequence_digest(pieces: Iterable[bytes]) -> str:
    """`SQ.` name of upper-case bases given in pieces."""
    return "SQ." + sha512t24u(pieces)


def collection_digest(contigs: Sequence[tuple[str, str]]) -> str:
    """Digest of (name, sequence digest) rows in their order: seqcol's level 0, over its two inherent attributes."""
    names, sequences = [name for name, _ in contigs], [digest for _, digest in contigs]
    return _of_json({"names": _of_json(names), "sequences": _of_json(sequences)})


def cache_folder() -> Path:
    """The user's cache folder for things that can be computed again; a temporary one where there is no home."""
    root = os.environ.get("XDG_CACHE_HOME")
    try:
        base = Path(root) if root else Path.home() / ".cache"
    except RuntimeError:
        base = Path(tempfile.gettempdir()) / f"cache-{os.getuid()}"
    return base / "embla" / "reference"


def remembered(path: Path, compute: Callable[[], str], cache: Path | None = None, *, what: str = "digest") -> str:
    """`compute()` for the file as it is now, or what it gave for the same path, size and time of change.

    ASCII text, kept beside a digest of its own: a note that was cut short is computed again. `what` tells notes on one
    file apart.
    """
    status = path.stat()
    key = sha256(f"{path.resolve()}|{status.st_size}|{status.st_mtime_ns}".encode()).hexdigest()[:32]
    folder = cache if cache is not None else cache_folder()
    note = folder / f"{key}.{what}"
    with suppress(OSError, UnicodeDecodeError):
        check, _, known = note.read_text(encoding="ascii").partition("\n")
        if check == sha512t24u([known.encode()]):
            return known
    value = compute()
    fresh = note.with_name(f"{note.name}.{os.getpid()}.tmp")
    with suppress(OSError):  # a cache that cannot be written costs time, not the answer
        folder.mkdir(parents=True, exist_ok=True)
        fresh.write_text(f"{sha512t24u([value.encode()])}\n{value}", encoding="ascii")
        os.replace(fresh, note)
    return value


def _of_json(value: object) -> str:
    # RFC 8785 for what occurs here: ASCII strings and sorted keys
    return sha512t24u([json.dumps(value, sort_keys=True, separators=(",", ":")).encode()])
