"""The genome table of a segment: by ordinal the name, pack digest, karyotype, callability and attributes.

The only files of the store with names in them. One per segment, so that a manifest stays small and compaction drops a
removed person's name with the person.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import Broken
from embla.genome import Karyotype
from embla.genotypes.files.blob import BlobWriter, read_directory
from embla.genotypes.files.columns import squeeze, unsqueeze

KIND: Final = b"GEN"
KARYOTYPES: Final = tuple(str(k) for k in Karyotype)
CALLABILITIES: Final = ("gvcf", "bed", "assumed")
ASSUMED_CODE: Final = CALLABILITIES.index("assumed")


@dataclass(frozen=True)
class Genome:
    """One row."""

    name: str
    pack: str  # digest, 64 hex digits
    karyotype: str
    callability: str
    attributes: dict[str, str]


def encode_genomes(rows: list[Genome]) -> tuple[str, BlobWriter]:
    """SHA-256 and file of a table."""
    blob = BlobWriter(KIND)
    columns = sorted({key for row in rows for key in row.attributes})
    parts = {
        "karyotype": bytes(KARYOTYPES.index(row.karyotype) for row in rows),
        "callability": bytes(CALLABILITIES.index(row.callability) for row in rows),
        "pack": b"".join(bytes.fromhex(row.pack) for row in rows),
        "name": "".join(row.name + "\n" for row in rows).encode(),
        "attributes": json.dumps({key: [row.attributes.get(key, "") for row in rows] for key in columns}).encode(),
    }
    where = {name: blob.add(squeeze(raw, 3)) for name, raw in parts.items()}
    return blob.finish({"genomes": len(rows), "parts": where}), blob


class GenomeTable:
    """A table over its bytes. Karyotypes are read at once, names and attributes when asked."""

    def __init__(self, data: memoryview | bytes, name: str) -> None:
        self.data = memoryview(data)
        self.name = name
        directory = read_directory(self.data, KIND, name)
        self.n: int = directory["genomes"]
        self._where: dict[str, list[int]] = directory["parts"]
        self.karyotype: NDArray[np.uint8] = np.frombuffer(self._part("karyotype"), np.uint8)
        self.callability: NDArray[np.uint8] = np.frombuffer(self._part("callability"), np.uint8)
        if len(self.karyotype) != self.n or len(self.callability) != self.n:
            raise Broken(f"{name} is damaged.", mend="Run `embla store verify`.")

    def __len__(self) -> int:
        return self.n

    @cached_property
    def names(self) -> list[str]:
        """By ordinal."""
        return self._name_text.decode().split("\n")[1:-1]

    @cached_property
    def _name_text(self) -> bytes:
        return b"\n" + self._part("name")

    @cached_property
    def _pack_bytes(self) -> bytes:
        return self._part("pack")

    def find_name(self, name: str) -> int | None:
        """The ordinal of a name, or None. Searches text, which at 8,192 names is faster than to build a table."""
        at = self._name_text.find(b"\n" + name.encode() + b"\n") if "\n" not in name else -1
        return None if at < 0 else self._name_text.count(b"\n", 0, at)

    def find_pack(self, digest: str) -> list[int]:
        """Ordinals of the genomes with this pack."""
        wanted, found, at = bytes.fromhex(digest), [], -1
        while (at := self._pack_bytes.find(wanted, at + 1)) >= 0:
            if at % 32 == 0:
                found.append(at // 32)
        return found

    def pack(self, ordinal: int) -> str:
        """One pack digest."""
        return self._pack_bytes[32 * ordinal : 32 * ordinal + 32].hex()

    @cached_property
    def packs(self) -> list[str]:
        """Pack digests by ordinal."""
        raw = self._pack_bytes.hex()
        return [raw[i : i + 64] for i in range(0, len(raw), 64)]

    @cached_property
    def attributes(self) -> dict[str, list[str]]:
        """Column -> texts by ordinal."""
        columns: dict[str, list[str]] = json.loads(self._part("attributes"))
        return columns

    def row(self, ordinal: int) -> Genome:
        """One genome."""
        return Genome(
            self.names[ordinal],
            self.pack(ordinal),
            KARYOTYPES[int(self.karyotype[ordinal])],
            CALLABILITIES[int(self.callability[ordinal])],
            {key: values[ordinal] for key, values in self.attributes.items()},
        )

    def rows(self, ordinals: Iterable[Any] | None = None) -> list[Genome]:
        """Several, or all."""
        return [self.row(int(o)) for o in (range(self.n) if ordinals is None else ordinals)]

    def _part(self, name: str) -> bytes:
        offset, size = self._where[name]
        return unsqueeze(self.data[offset : offset + size])
