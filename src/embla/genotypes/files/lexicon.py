"""A lexicon: the alleles that many genomes of a store carry, by which packs name calls in bits instead of bytes.

A common allele costs a pack some fourteen bits as place and bases, and two as one of a list that both sides know, told
by how often it is carried. A lexicon is a file of its own, `lexicons/GENOMES-SHA256`, written once and never deleted or
changed: packs that were written by it cannot be read without it. It holds no genotype and nobody: an allele is in it
when at least 20 genomes carried it, and then with one of sixteen shares.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import Broken
from embla.genotypes.files.blob import BlobWriter, Buffer, read_directory
from embla.genotypes.files.columns import from_planes, plane_sections, running, squeeze_apart, unsqueeze
from embla.genotypes.model.keys import POS_SHIFT

KIND: Final = b"LEX"
FOLDER: Final = "lexicons/"
_NAME: Final = re.compile(FOLDER + r"[0-9]{10}-[0-9a-f]{64}")
LEAST_CARRIERS: Final = 20
# Shares of the genomes that carry an allele, falling; class 0 is above the first.
_SHARES: Final = np.array([0.9, 0.75, 0.5, 0.35, 0.25, 0.18, 0.125, 0.09, 1 / 16, *(2.0**-k for k in range(5, 11))])
# Classes in which a bit for each allele is shorter than the gaps between those carried.
_IN_BITS: Final = 5
U64 = NDArray[np.uint64]
Columns = dict[str, NDArray[Any]]


def is_lexicon(name: str) -> bool:
    """Is a file named as the writer of lexicons names them? What else lies there is nobody's."""
    return _NAME.fullmatch(name) is not None


def classes_of(share: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The class of alleles that this share of the genomes carry."""
    return (len(_SHARES) - np.searchsorted(_SHARES[::-1], share, side="right")).astype(np.uint8)


def found_in(keys: U64, key: U64) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where each key is among sorted ones, or would be, and whether it is there."""
    at = np.searchsorted(keys, key)
    if not len(keys):
        return at, np.zeros(len(key), np.bool_)
    return at, keys[np.minimum(at, len(keys) - 1)] == key


@dataclass(frozen=True)
class Known:
    """The alleles of one contig: sorted keys that are not hashed, and the class of each."""

    key: U64
    kind: NDArray[np.uint8]

    def find(self, key: U64) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Where each key is, or would be, and whether it is there."""
        return found_in(self.key, key)

    def tell(self, at: NDArray[np.intp]) -> Columns:
        """Some of the alleles, by sorted numbers, as columns: by class either bits or gaps."""
        chosen = np.zeros(len(self.key), np.bool_)
        chosen[at] = True
        order, border = self._by_class
        chosen = chosen[order]
        columns: Columns = {}
        for kind, (a, b) in enumerate(pairwise(border)):
            own = chosen[a:b]
            gaps = np.diff(np.flatnonzero(own), prepend=0).astype(np.uint32)
            columns[_column(kind)] = np.packbits(own) if kind < _IN_BITS else gaps
        return {name: column for name, column in columns.items() if len(column)}

    def hear(self, columns: Columns) -> NDArray[np.intp]:
        """The inverse. Raises Broken where columns are not of this list."""
        chosen = np.zeros(len(self.key), np.bool_)
        order, border = self._by_class
        for kind, (a, b) in enumerate(pairwise(border)):
            own = columns.get(_column(kind))
            if own is None:
                continue
            if kind < _IN_BITS:
                if len(own) != (b - a + 7) // 8:
                    raise _another()
                chosen[order[a:b]] = np.unpackbits(own, count=b - a).astype(np.bool_)
                continue
            at = np.cumsum(own, dtype=np.int64)
            if len(at) and int(at[-1]) >= b - a:
                raise _another()
            chosen[order[a:b][at]] = True
        return np.flatnonzero(chosen)

    @cached_property
    def _by_class(self) -> tuple[NDArray[np.intp], list[int]]:
        """Numbers of the alleles, class by class, and where each class begins and ends there."""
        sizes = np.bincount(self.kind, minlength=len(_SHARES) + 1)
        return np.argsort(self.kind, kind="stable"), [0, *np.cumsum(sizes).tolist()]


def _another() -> Broken:
    return Broken("a pack was written by another lexicon.", mend="Run `embla store verify`.")


def _column(kind: int) -> str:
    return f"known_{kind:02}"


NOTHING_KNOWN: Final = Known(np.empty(0, np.uint64), np.empty(0, np.uint8))


class LexiconWriter:
    """Collects contigs; `finish` gives the file's name. Use `blob.chunks()` for its bytes."""

    def __init__(self, genomes: int) -> None:
        self.genomes = genomes
        self.blob = BlobWriter(KIND)
        self._contigs: dict[str, Any] = {}

    def contig(self, name: str, known: Known) -> None:
        """Add one."""
        pos = (known.key >> np.uint64(POS_SHIFT)).astype(np.uint32)
        pos[1:] -= pos[:-1].copy()
        low, high = known.key.astype(np.uint32), (known.key >> np.uint64(32)).astype(np.uint8) & np.uint8(15)
        parts = {"pos": pos, "low": low, "high": high, "kind": known.kind}
        where = {part: self.blob.add(squeeze_apart(plane_sections(column))) for part, column in parts.items()}
        self._contigs[name] = {"alleles": len(known.key), "parts": where}

    def finish(self) -> str:
        """The name of its file."""
        digest = self.blob.finish({"genomes": self.genomes, "contigs": self._contigs})
        return f"{FOLDER}{self.genomes:010d}-{digest}"


class Lexicon:
    """A lexicon over its bytes; contigs are read when asked, and the last one stays, as packs are read in turns."""

    def __init__(self, data: Buffer, name: str) -> None:
        self.name = name
        self._data = data
        self._directory = read_directory(data, KIND, name)
        self._guard = Lock()
        self._last: tuple[str, Known] | None = None

    @property
    def genomes(self) -> int:
        """How many there were in the store that it was made of."""
        genomes: int = self._directory["genomes"]
        return genomes

    def contig(self, name: str) -> Known:
        """What is known of a contig; nothing where it is not in it. Raises Broken for damage."""
        with self._guard:
            last = self._last
        if last is not None and last[0] == name:
            return last[1]
        known = self._read(name)
        with self._guard:
            self._last = name, known
        return known

    def _read(self, name: str) -> Known:
        facts = self._directory["contigs"].get(name)
        if facts is None:
            return NOTHING_KNOWN
        n: int = facts["alleles"]

        def column(part: str, dtype: type) -> NDArray[Any]:
            offset, size = facts["parts"][part]
            return from_planes(unsqueeze(self._data[offset : offset + size]), dtype, n)

        key: U64 = running(column("pos", np.uint32)).astype(np.uint64) << np.uint64(POS_SHIFT)
        key |= column("high", np.uint8).astype(np.uint64) << np.uint64(32)
        key |= column("low", np.uint32)
        return Known(key, column("kind", np.uint8))
