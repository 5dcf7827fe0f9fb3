"""Answers about one variant, place or region from a view. NumPy only, so that a single question starts fast."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import Broken, NotFound, Unavailable, UsageError
from embla.genome import GRCH38, Place, Region, Variant
from embla.genotypes.compiled import COUNTING, at_hand
from embla.genotypes.files.planes import PlaneReader, Row
from embla.genotypes.files.runs import parts_at
from embla.genotypes.files.variants import Column16
from embla.genotypes.model import codes, tally
from embla.genotypes.model.count import NO_NUMBERS, Count, Numbers, find_grpmax, make_count
from embla.genotypes.swept_counts import RAW_NOTE, counts_of
from embla.genotypes.view import COPIES, N_KARYOTYPES, UNKNOWN, LiveSegment, Mask, View
from embla.reference import normalise

if TYPE_CHECKING:
    from embla.genotypes.files.segment import AnyFrame
    from embla.genotypes.view import LiveSegment

_ADDS: Final = tally.TALLY.astype(np.int64)
_BASES: Final = frozenset("ACGTN")
CLASS_NAMES: Final = ("none", "het", "hom", "hemi", "half", "het", "hom")


@dataclass(frozen=True)
class Carrier:
    """One person at one variant. `genotype`: het, hom, hemi or half; `heteroplasmy` 0..1 on chrM."""

    sample: str
    genotype: str
    adj: bool
    failed: bool
    derived: bool  # a component of the person's MNP
    heteroplasmy: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        out = {"sample": self.sample, "genotype": self.genotype, "adj": self.adj, "failed": self.failed}
        if self.derived:
            out["derived"] = True
        return out if self.heteroplasmy is None else out | {"heteroplasmy": self.heteroplasmy}


def count(
    view: View, asked: Variant | Place | Region, cohort: Mask, by: str | None, without: frozenset[str]
) -> list[Count]:
    """See `View.count`."""
    groups = view.groups(by, cohort) if by else None
    asker = _Asker(view, cohort, by, groups, without)
    if isinstance(asked, Variant):
        return [asker.variant(asked)]
    if isinstance(asked, Region):
        return asker.region(asked)
    found = asker.region(asked.region, asked.notes)
    return found or [asker.place(asked)]


@dataclass(frozen=True)
class _Asker:
    view: View
    cohort: Mask
    by: str | None
    groups: dict[str, Mask] | None
    without: frozenset[str]

    def variant(self, asked: Variant) -> Count:
        variant, notes = self.normal_form(asked)
        if not loaded(variant):
            return self.make(
                variant.contig, variant.pos, variant.ref, variant.alt, *_NOTHING, status="not_loaded", notes=notes
            )
        hits = _hits(self.view, variant)
        more: dict[str, Any] = {}
        if variant.contig == "chrM":
            more["max_heteroplasmy"] = _max_heteroplasmy(hits, self.cohort)
        rows = [_sum_rows(hits, mask) for mask in self.masks()]
        ans = an_at(self.view, variant.contig, variant.pos, self.masks())
        return self.assemble(variant.contig, variant.pos, variant.ref, variant.alt, rows, ans, notes, more)

    def place(self, asked: Place) -> Count:
        contig = GRCH38.contig(asked.contig).name
        GRCH38.piece_at(contig, asked.pos)
        ans = an_at(self.view, contig, asked.pos, self.masks())
        rows = [np.zeros(tally.N_FIELDS, dtype=np.int64) for _ in self.masks()]
        return self.assemble(contig, asked.pos, None, None, rows, ans, asked.notes, {})

    def region(self, asked: Region, notes: tuple[str, ...] | None = None) -> list[Count]:
        swept = self.view.sweep(asked.contig, asked.start, asked.end, self.masks(), per_base=False)
        notes = asked.notes if notes is None else notes
        names = None if self.groups is None else tuple(self.groups)

        def told(pos: int) -> tuple[tuple[str, ...], int | None]:
            return self.notes_at(swept.contig, pos, notes), self.unknown_sex(swept.contig, pos)

        return list(counts_of(swept, self.view, by=self.by, groups=names, without=self.without, told=told))

    def masks(self) -> list[Mask]:
        """The cohort, then its groups."""
        return [self.cohort, *(self.groups or {}).values()]

    def normal_form(self, asked: Variant) -> tuple[Variant, tuple[str, ...]]:
        contig = GRCH38.contig(asked.contig)
        GRCH38.piece_at(contig.name, asked.pos)
        named = Variant(contig.name, asked.pos, asked.ref, asked.alt)
        if not loaded(named):
            return named, asked.notes
        normal = normalise(named, self.view.store.reference).variant
        notes = asked.notes
        if (normal.pos, normal.ref, normal.alt) != (asked.pos, asked.ref.upper(), asked.alt.upper()):
            notes = (
                *notes,
                f"Trimmed and left-aligned from {asked.contig}-{asked.pos}-{_shown(asked.ref)}-{_shown(asked.alt)}.",
            )
        elif contig.name != asked.contig and not notes:
            notes = (f"{asked.contig} is {contig.name}.",)
        return normal, notes

    def assemble(
        self,
        contig: str,
        pos: int,
        ref: str | None,
        alt: str | None,
        rows: list[NDArray[np.int64]],
        ans: list[tuple[int, int]],
        notes: tuple[str, ...],
        more: dict[str, Any],
    ) -> Count:
        counts = [
            make_count(
                contig,
                pos,
                ref,
                alt,
                tally.adj_numbers(row, an),
                tally.raw_numbers(row, raw_an),
                int(row[tally.NFAIL]),
                policy=self.view.policy,
                manifest=self.view.manifest.short,
            )
            for row, (an, raw_an) in zip(rows[1:], ans[1:], strict=True)
        ]
        return _with_raw_note(
            self.make(
                contig,
                pos,
                ref,
                alt,
                tally.adj_numbers(rows[0], ans[0][0]),
                tally.raw_numbers(rows[0], ans[0][1]),
                int(rows[0][tally.NFAIL]),
                notes=self.notes_at(contig, pos, notes),
                unknown_sex=self.unknown_sex(contig, pos),
                **more,
                **self.cells(counts),
            )
        )

    def make(
        self,
        contig: str,
        pos: int,
        ref: str | None,
        alt: str | None,
        adj: Numbers,
        raw: Numbers,
        nfail: int,
        **more: Any,
    ) -> Count:
        return make_count(
            contig, pos, ref, alt, adj, raw, nfail, policy=self.view.policy, manifest=self.view.manifest.short, **more
        )

    def cells(self, counts: list[Count]) -> dict[str, Any]:
        if self.groups is None:
            return {}
        cells = dict(zip(self.groups, counts, strict=True))
        return {"by": self.by, "groups": cells, "grpmax": find_grpmax(cells, self.without)}

    def unknown_sex(self, contig: str, pos: int) -> int | None:
        """On X outside PAR and on Y: people of the cohort left out because nobody knows their copies."""
        if contig not in ("chrX", "chrY") or GRCH38.piece_at(contig, pos).kind not in ("x", "y"):
            return None
        return int(self.cohort.by_code[UNKNOWN] + self.cohort.by_code[UNKNOWN + N_KARYOTYPES])

    @staticmethod
    def notes_at(contig: str, pos: int, notes: tuple[str, ...]) -> tuple[str, ...]:
        if contig == "chrY" and GRCH38.piece_at(contig, pos).kind == "par_y":
            return (*notes, "The PAR of chrY is counted on chrX, where aligners put its reads.")
        return notes


_NOTHING: Final = (NO_NUMBERS, NO_NUMBERS, 0)


def loaded(variant: Variant) -> bool:
    """False for symbolic alleles, breakends, repeats and `*`: classes of variants that this store does not hold."""
    return (
        bool(variant.alt)
        and bool(variant.ref)
        and _BASES.issuperset(variant.alt.upper())
        and _BASES.issuperset(variant.ref.upper())
    )


def an_at(view: View, contig: str, pos: int, masks: list[Mask]) -> list[tuple[int, int]]:
    """(adj, raw) AN by callability at a 1-based place, for each cohort."""
    kind = GRCH38.piece_at(contig, pos).kind
    wide = COPIES[kind].astype(np.int64)
    lost = np.zeros((len(masks), 2), np.int64)
    bits = masks[0].bits[None] if len(masks) == 1 else np.stack([mask.bits for mask in masks])
    compiled = at_hand(COUNTING)
    for segment in view.segments:
        reader = segment.contig(contig)
        if reader is None:
            continue
        here = np.ascontiguousarray(bits[:, segment.offset : segment.offset + len(segment.table)])
        copies, adj_copies = segment.copies(kind)
        found, part = reader.whole_at(pos - 1), reader.part_at(pos - 1)
        if part is not None and compiled is not None:
            compiled.lost_at(*part, copies, adj_copies, here, lost)
        elif part is not None:
            found.append(parts_at(*part))
        for ordinals, states in found:
            adj = tally.LOST_ADJ[adj_copies[ordinals], states]
            raw = tally.LOST_RAW[copies[ordinals], states]
            for i, own in enumerate(here):
                inside = own[ordinals]
                lost[i] += int(adj[inside].sum(dtype=np.int64)), int(raw[inside].sum(dtype=np.int64))
    answers = []
    for mask, (adj_lost, raw_lost) in zip(masks, lost.tolist(), strict=True):
        whole, assumed = int(mask.by_code[:N_KARYOTYPES] @ wide), int(mask.by_code[N_KARYOTYPES:] @ wide)
        answers.append((whole - adj_lost, whole + assumed - raw_lost))
    return answers


def carriers(view: View, asked: Variant, cohort: Mask, unread: list[str] | None = None) -> list[Carrier]:
    """See `View.carriers`."""
    variant, _ = _Asker(view, cohort, None, None, frozenset()).normal_form(asked)
    if not loaded(variant):
        raise UsageError("this store holds no variants of that kind, so nobody can be named.")
    people = []
    for segment in view.segments:
        try:
            hit = _hit(view, segment, variant)
            if hit is None:
                continue
            ordinals, entries, het = hit.entries
        except (OSError, NotFound, Broken, Unavailable):
            if unread is None:
                raise
            unread.append(f"segment {segment.number}")
            continue
        for i, (ordinal, entry) in enumerate(zip(ordinals.tolist(), entries.tolist(), strict=True)):
            kind = entry & codes.CLASS_MASK
            if kind == codes.NONE or not cohort.bits[segment.offset + ordinal]:
                continue
            adj = bool(entry & codes.ADJ) and not view.assumed[segment.offset + ordinal]
            people.append(
                Carrier(
                    segment.table.names[ordinal],
                    CLASS_NAMES[kind],
                    adj,
                    bool(entry & codes.FAILED),
                    bool(entry & codes.DERIVED),
                    int(het[i]) / 10_000 if len(het) else None,
                )
            )
    return people


@dataclass(frozen=True)
class _Hit:
    """A variant found in one segment. Rows of people and lists of entries are opened when first asked for."""

    view: View
    segment: LiveSegment
    frame: AnyFrame
    number: int  # of the variant in the frame

    @cached_property
    def here(self) -> slice:
        """The segment's genomes in masks of the view."""
        return slice(self.segment.offset, self.segment.offset + len(self.segment.table))

    @cached_property
    def entries(self) -> tuple[Column16, Column16, Column16]:
        """Ordinals, entries, heteroplasmy."""
        return self.frame.carriers(self.number)

    @cached_property
    def _rows(self) -> list[Row]:
        return self.frame.rows(self.number) if isinstance(self.frame, PlaneReader) else []

    @cached_property
    def _everybody(self) -> NDArray[np.int64]:
        """The summed row over all genomes of the segment, from sizes that the frame's head gives."""
        assert isinstance(self.frame, PlaneReader)
        return _summed(self.frame.sizes(self.number), 0)

    def add_to(self, total: NDArray[np.int64], mask: Mask) -> None:
        """Add what the cohort's people of this segment say."""
        if not isinstance(self.frame, PlaneReader):
            ordinals, entries, _ = self.entries
            number = ordinals.astype(np.int64) + self.segment.offset
            row = entries + tally.ASSUMED * self.view.assumed[number]
            total += tally.TALLY[row[mask.bits[number]]].sum(axis=0, dtype=np.int64)
            return
        members = mask.bits[self.here]
        if not self.segment.some_assumed and members.all():
            total += self._everybody
            return
        kinds = [(members, 0)]
        if self.segment.some_assumed:
            assumed = self.view.assumed[self.here]
            kinds = [(members & ~assumed, 0), (members & assumed, tally.ASSUMED)]
        for some, offset in kinds:
            total += _summed([(row.code, row.among(some)) for row in self._rows], offset)


def _summed(sizes: list[tuple[int, int]], offset: int) -> NDArray[np.int64]:
    """The sum over rows of people times what their code adds; further rows' people stand in the first row too."""
    default = _ADDS[offset + sizes[0][0]]
    total: NDArray[np.int64] = sizes[0][1] * default
    for code, people in sizes[1:]:
        total = total + people * (_ADDS[offset + code] - default)
    return total


def _hits(view: View, variant: Variant) -> list[_Hit]:
    """The segments that have the key."""
    return [hit for segment in view.segments if (hit := _hit(view, segment, variant)) is not None]


def _hit(view: View, segment: LiveSegment, variant: Variant) -> _Hit | None:
    reader = segment.contig(variant.contig)
    found = reader.find_allele(variant.pos, variant.ref, variant.alt) if reader else None
    return _Hit(view, segment, *found) if found else None


def _sum_rows(hits: list[_Hit], mask: Mask) -> NDArray[np.int64]:
    total = np.zeros(tally.N_FIELDS, dtype=np.int64)
    for hit in hits:
        hit.add_to(total, mask)
    return total


def _max_heteroplasmy(hits: list[_Hit], mask: Mask) -> float:
    top = 0
    for hit in hits:
        ordinals, _, het = hit.entries
        inside = het[mask.bits[ordinals.astype(np.int64) + hit.segment.offset]]
        top = max(top, int(inside.max()) if len(inside) else 0)
    return top / 10_000


def _with_raw_note(answer: Count) -> Count:
    """Say it when somebody carries the allele in a call that the gates turned down."""
    if answer.ac == 0 and answer.raw is not None and answer.raw.ac > 0:
        from dataclasses import replace

        return replace(answer, notes=(*answer.notes, RAW_NOTE))
    return answer


def _shown(allele: str) -> str:
    return allele if len(allele) <= 30 else f"({len(allele):,} bases)"
