"""One consistent state of a store, open for reading: who is in it, cohorts, and the way to every answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import NotFound, UsageError
from embla.genome import Karyotype, PieceKind, Place, Region, Variant, copies
from embla.genotypes.files.genomes import ASSUMED_CODE, CALLABILITIES, KARYOTYPES, GenomeTable
from embla.genotypes.files.manifest import Manifest, ManifestId
from embla.genotypes.files.segment import ContigReader, SegmentReader
from embla.genotypes.model.expression import evaluate

if TYPE_CHECKING:
    from embla.genotypes.counting import Carrier
    from embla.genotypes.files.packfile import PackFile
    from embla.genotypes.model.count import Count
    from embla.genotypes.model.pack import Pack
    from embla.genotypes.stats import Stats
    from embla.genotypes.store import CohortStore
    from embla.genotypes.sweep import SweptWindow

N_KARYOTYPES: Final = len(KARYOTYPES)
UNKNOWN: Final = KARYOTYPES.index("unknown")
_MANY_NAMES: Final = 50
_KINDS: Final[tuple[PieceKind, ...]] = ("autosome", "par_x", "x", "par_y", "y", "m")
# Copies by karyotype code; an unknown karyotype counts in neither AC nor AN of X outside PAR and of Y.
COPIES: Final[dict[PieceKind, NDArray[np.int8]]] = {
    kind: np.array([copies(Karyotype(k), kind) or 0 for k in KARYOTYPES], dtype=np.int8) for kind in _KINDS
}


@dataclass(frozen=True, eq=False)
class Mask:
    """A cohort: who of a view's genomes is in it. Removed genomes never are. Belongs to the view that made it."""

    bits: NDArray[np.bool_]
    manifest: ManifestId
    by_code: NDArray[np.int64]  # people by karyotype code, those of assumed callability 6 further on: (12,)

    def __len__(self) -> int:
        return int(self.by_code.sum())


@dataclass(frozen=True)
class LiveSegment:
    """A segment as a view sees it: its genomes are `offset` to `offset + n` of the view."""

    number: int
    offset: int
    table: GenomeTable
    blobs: tuple[tuple[frozenset[str], SegmentReader], ...]

    @cached_property
    def some_assumed(self) -> bool:
        """Is there a genome of assumed callability?"""
        return bool((self.table.callability == ASSUMED_CODE).any())

    @cached_property
    def _copies(self) -> dict[PieceKind, tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
        return {}

    def copies(self, kind: PieceKind) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Copies of such a piece by ordinal, and those that count in adj: none for assumed callability."""
        if kind not in self._copies:
            own = COPIES[kind][self.table.karyotype].astype(np.uint8)
            self._copies[kind] = (own, np.where(self.table.callability == ASSUMED_CODE, 0, own).astype(np.uint8))
        return self._copies[kind]

    def contig(self, name: str) -> ContigReader | None:
        """This contig, in whichever blob it lies."""
        for contigs, reader in self.blobs:
            if not contigs or name in contigs:
                return reader.contig(name)
        return None


class View:
    """One state. Safe between threads; stays readable while others add, remove or compact.

    Genomes are numbered 0..n-1 through all segments, removed ones included; masks are over these numbers.
    """

    def __init__(
        self,
        store: CohortStore,
        ident: ManifestId,
        manifest: Manifest,
        segments: Sequence[LiveSegment],
        removed: dict[int, list[int]],
    ) -> None:
        self.store = store
        self.manifest = ident
        self.content = manifest
        self.segments = tuple(segments)
        self.size = sum(len(s.table) for s in segments)
        empty = [np.empty(0, np.uint8)]
        self.karyotypes = np.concatenate([s.table.karyotype for s in segments] or empty)
        self.callabilities = np.concatenate([s.table.callability for s in segments] or empty)
        self.assumed: NDArray[np.bool_] = self.callabilities == ASSUMED_CODE
        self.alive = np.ones(self.size, dtype=np.bool_)
        for segment in segments:
            self.alive[np.array(removed.get(segment.number, []), dtype=np.int64) + segment.offset] = False
        self.policy = store.policy.digest()
        self._everybody = self._mask(self.alive.copy())

    def __len__(self) -> int:
        return len(self._everybody)

    @property
    def number(self) -> int:
        """The manifest's number."""
        return self.manifest.number

    @property
    def digest(self) -> str:
        """The manifest's SHA-256."""
        return self.manifest.digest

    @cached_property
    def index(self) -> dict[str, int]:
        """Name -> number of every genome that counts."""
        names = (name for segment in self.segments for name in segment.table.names)
        return {name: i for i, name in enumerate(names) if self.alive[i]}

    def number_of(self, name: str) -> int | None:
        """One name's number, by searching the names as they lie in the tables: nothing is built for it."""
        for segment in self.segments:
            ordinal = segment.table.find_name(name)
            if ordinal is not None and self.alive[segment.offset + ordinal]:
                return segment.offset + ordinal
        return None

    def pack_of(self, name: str) -> str | None:
        """The digest of a name's pack; None for a name that does not count."""
        number = self.number_of(name)
        if number is None:
            return None
        segment, ordinal = self.located(number)
        return segment.table.pack(ordinal)

    def has_pack(self, digest: str) -> bool:
        """Does a genome that counts have exactly this content?"""
        return any(self.alive[s.offset + ordinal] for s in self.segments for ordinal in s.table.find_pack(digest))

    @property
    def names(self) -> list[str]:
        """Names of the genomes that count, in order of number."""
        return list(self.index)

    @cached_property
    def columns(self) -> dict[str, list[str]]:
        """Attribute -> text of every genome, "" where missing; with `sample`, `karyotype` and `callability`."""
        own = sorted({key for segment in self.segments for key in segment.table.attributes})
        columns: dict[str, list[str]] = {}
        for key in own:
            columns[key] = [
                value for s in self.segments for value in (s.table.attributes.get(key) or [""] * len(s.table))
            ]
        columns["sample"] = [name for s in self.segments for name in s.table.names]
        columns["karyotype"] = [KARYOTYPES[k] for k in self.karyotypes]
        columns["callability"] = [CALLABILITIES[c] for c in self.callabilities]
        return columns

    @property
    def attributes(self) -> list[str]:
        """Names that a cohort expression or `by` may use."""
        return sorted(self.columns)

    def located(self, number: int) -> tuple[LiveSegment, int]:
        """Segment and local ordinal of a genome's number."""
        for segment in self.segments:
            if number < segment.offset + len(segment.table):
                return segment, number - segment.offset
        raise UsageError(f"this view has {self.size} genomes; there is no number {number}.")

    def cohort(
        self, expr: str | None = None, names: Iterable[str] | None = None, exclude: Collection[str] = ()
    ) -> Mask:
        """Everybody, or those an expression holds for, or those named; less `exclude`.

        Raises UsageError for an expression that is not one, NotFound for a name that is not in the store.
        """
        if not expr and names is None and not exclude:
            return self._everybody
        bits = self.alive.copy()
        if expr:
            bits &= evaluate(expr, self.columns, self.size)
        if names is not None:
            chosen = np.zeros(self.size, dtype=np.bool_)
            chosen[self.numbers(names)] = True
            bits &= chosen
        bits[self.numbers(exclude)] = False
        return self._mask(bits)

    def mask(self, bits: NDArray[np.bool_]) -> Mask:
        """A cohort from a bit per genome of this view, (size,). Removed genomes are left out."""
        if bits.shape != (self.size,):
            raise UsageError(f"a mask for this view has {self.size} places, not {bits.shape}.")
        return self._mask(bits & self.alive)

    def numbers(self, names: Iterable[str]) -> list[int]:
        """Numbers of named genomes. Raises NotFound, which says which of the names it was, not the name."""
        wanted = list(names)
        look = self.index.get if len(wanted) > _MANY_NAMES else self.number_of
        found = []
        for position, name in enumerate(wanted, 1):
            number = look(name)
            if number is None:
                raise NotFound(
                    f"no genome of the store has sample name number {position} of those given.",
                    mend="`embla store stats STORE --samples` lists the names.",
                    index=position,
                )
            found.append(number)
        return found

    def groups(self, by: str, cohort: Mask) -> dict[str, Mask]:
        """The cohort parted by an attribute; missing values are the group `unknown`. Groups are disjoint and add up."""
        if by not in self.columns:
            raise UsageError(f"No attribute '{by[:60]}' in this store.", mend=f"Known: {', '.join(self.attributes)}.")
        values = np.array([value or "unknown" for value in self.columns[by]], dtype=object)
        present = sorted({str(v) for v in values[cohort.bits]})
        return {value: self._mask(cohort.bits & (values == value)) for value in present}

    def checked(self, cohort: Mask | None) -> Mask:
        """Everybody for None. Raises UsageError for a mask of another view."""
        if cohort is None:
            return self._everybody
        if cohort.manifest != self.manifest:
            raise UsageError("this cohort belongs to another state of the store; make it anew from this view.")
        return cohort

    def count(
        self,
        asked: Variant | Place | Region,
        cohort: Mask | None = None,
        by: str | None = None,
        grpmax_without: frozenset[str] = frozenset({"unknown"}),
    ) -> list[Count]:
        """Exact counts. A variant gives one object whatever its status; a region those that somebody in the cohort
        carries; a place those at that base or one object without alleles.

        `by` adds `groups` and `grpmax` (without the groups named; people whose value is missing are
        no population). Raises BadInput when REF is not the reference's.
        """
        from embla.genotypes.counting import count

        return count(self, asked, self.checked(cohort), by, grpmax_without)

    def sweep(
        self,
        contig: str,
        start: int,
        end: int,
        cohorts: Sequence[Mask],
        *,
        carried_only: bool = True,
        per_base: bool = True,
    ) -> SweptWindow:
        """All variants of a window (0-based, end excluded) counted for several cohorts at once; see `sweep.py`."""
        from embla.genotypes.sweep import sweep

        return sweep(
            self, contig, start, end, [self.checked(c) for c in cohorts], carried_only=carried_only, per_base=per_base
        )

    def carriers(self, variant: Variant, cohort: Mask | None = None, unread: list[str] | None = None) -> list[Carrier]:
        """Who carries a variant, in order of number. Person-level: the caller decides who may see it.

        Where `unread` is given, segments that cannot be read are told there and passed over: the rest is answered.
        """
        from embla.genotypes.counting import carriers

        return carriers(self, variant, self.checked(cohort), unread)

    def pack_file(self, name: str, held: Mapping[str, bytes] | None = None) -> PackFile:
        """A genome's pack, opened; with keys held already, see `keys_of`. Raises NotFound."""
        (number,) = self.numbers([name])
        segment, ordinal = self.located(number)
        return self.store.open_pack(segment.table.pack(ordinal), held)

    def keys_of(self, names: Iterable[str]) -> dict[str, bytes]:
        """Digest -> key of the packs of those that are there, in one question, for `pack_file`. Of a few at a time: a
        key that is held outlives its destruction."""
        numbers = [number for number in map(self.number_of, names) if number is not None]
        located = [self.located(number) for number in numbers]
        return self.store.packs.keys.find_all([segment.table.pack(ordinal) for segment, ordinal in located])

    def genome(self, name: str) -> Pack:
        """A genome's pack in memory. Person-level. Raises NotFound."""
        return self.pack_file(name).pack()

    def live(self) -> Iterator[tuple[int, LiveSegment, int]]:
        """(number, segment, ordinal) of every genome that counts."""
        for segment in self.segments:
            for ordinal in range(len(segment.table)):
                if self.alive[segment.offset + ordinal]:
                    yield segment.offset + ordinal, segment, ordinal

    def stats(self) -> Stats:
        """What is in the store."""
        from embla.genotypes.stats import stats

        return stats(self)

    def _mask(self, bits: NDArray[np.bool_]) -> Mask:
        code = self.karyotypes[bits].astype(np.int64) + N_KARYOTYPES * self.assumed[bits]
        return Mask(bits, self.manifest, np.bincount(code, minlength=2 * N_KARYOTYPES))
