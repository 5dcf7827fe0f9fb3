"""A manifest: one state of the store. It lists segments, never genomes, so it stays small at any number of people."""

import json
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Final

from embla.errors import Broken, WrongFormat

FORMAT: Final = 1


@dataclass(frozen=True, order=True)
class ManifestId:
    """Which state: number and SHA-256 of the manifest. Written `12-a1b2c3...`."""

    number: int
    digest: str

    def __str__(self) -> str:
        return f"{self.number}-{self.digest}"

    @property
    def short(self) -> str:
        """`12-a1b2c3d4e5f6`, for answers."""
        return f"{self.number}-{self.digest[:12]}"

    @property
    def file(self) -> str:
        """The manifest's file in the store."""
        return f"manifests/{self.number:010d}-{self.digest}.json"

    @staticmethod
    def parse(text: str) -> "ManifestId":
        """From `12-<64 hex digits>`. Raises Broken."""
        number, _, digest = text.strip().partition("-")
        if not number.isdigit() or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            raise Broken("the store's CURRENT file is damaged.", mend="Run `embla store verify`.")
        return ManifestId(int(number), digest)


@dataclass(frozen=True)
class BlobEntry:
    """One blob file of a segment and the contigs in it, () for all; a top-tier segment may have several."""

    file: str
    digest: str
    size: int
    contigs: tuple[str, ...] = ()


@dataclass(frozen=True)
class SegmentEntry:
    """One segment. `table` is its genome table's file (named by its SHA-256)."""

    number: int
    genomes: int
    table: str
    blobs: tuple[BlobEntry, ...]
    entries: int
    runs: int

    @property
    def files(self) -> list[str]:
        """Every file of the segment."""
        return [self.table, *(blob.file for blob in self.blobs)]


@dataclass(frozen=True)
class Manifest:
    """One state: live segments in order, the next free segment number, the tombstones' file if there is one."""

    number: int = 0
    next_segment: int = 1
    segments: tuple[SegmentEntry, ...] = ()
    tombstones: str = ""
    removed: int = 0  # genomes the tombstones mask
    format: int = field(default=FORMAT)

    def encode(self) -> tuple[ManifestId, bytes]:
        """Canonical JSON and the id that follows from it."""
        data = json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode() + b"\n"
        return ManifestId(self.number, sha256(data).hexdigest()), data

    @staticmethod
    def decode(data: bytes, wanted: ManifestId) -> "Manifest":
        """Raises Broken when it is not the manifest of that id, WrongFormat for another version."""
        if sha256(data).hexdigest() != wanted.digest:
            raise Broken(f"{wanted.file} does not match its hash.", mend="Run `embla store verify`.")
        raw: dict[str, Any] = json.loads(data)
        if raw.get("format") != FORMAT:
            raise WrongFormat(
                f"this store's manifest has format {raw.get('format')}, this program reads {FORMAT}.",
                mend="Run `embla store upgrade STORE`.",
            )
        segments = tuple(
            SegmentEntry(
                **{**s, "blobs": tuple(BlobEntry(**{**b, "contigs": tuple(b["contigs"])}) for b in s["blobs"])}
            )
            for s in raw["segments"]
        )
        return Manifest(**{**raw, "segments": segments})

    @property
    def genomes(self) -> int:
        """People who count."""
        return sum(s.genomes for s in self.segments) - self.removed

    @property
    def files(self) -> list[str]:
        """Every file this state needs, packs excepted."""
        own = [file for segment in self.segments for file in segment.files]
        return own + ([self.tombstones] if self.tombstones else [])


Tombstones = dict[int, list[int]]  # segment number -> sorted ordinals


def encode_tombstones(stones: Tombstones) -> tuple[str, bytes]:
    """File name and bytes."""
    data = (
        json.dumps({str(k): sorted(v) for k, v in sorted(stones.items()) if v}, separators=(",", ":")).encode() + b"\n"
    )
    return f"tombstones/{sha256(data).hexdigest()}.json", data


def decode_tombstones(data: bytes, file: str) -> Tombstones:
    """Raises Broken when the bytes are not the file of that name."""
    if f"tombstones/{sha256(data).hexdigest()}.json" != file:
        raise Broken(f"{file} does not match its hash.", mend="Run `embla store verify`.")
    return {int(k): v for k, v in json.loads(data).items()}
