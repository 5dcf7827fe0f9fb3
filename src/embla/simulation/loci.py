"""The sites of a window: what kind of variant lies where, with every allele's normal form and the awkward spellings."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.simulation import alleles
from embla.simulation.alleles import MARGIN, Key
from embla.simulation.dice import Dice, Ints
from embla.simulation.sequence import Window

# Kinds of site, per mille.
_KINDS: Final = ("snv", "indel", "mnp", "two_snvs", "repeat", "mixed", "spanned")
_WEIGHTS: Final = (822, 130, 14, 14, 10, 4, 6)
_SNV, _INDEL, _MNP, _TWO_SNVS, _REPEAT, _MIXED, _SPANNED = range(len(_KINDS))
# Lengths of indels: mostly one base, with a tail that no longer fits a 14-base key.
_LENGTHS: Final = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 48)
_LENGTH_WEIGHTS: Final = (430, 170, 90, 110, 40, 45, 35, 25, 20, 15, 12, 8)
_TRANSITION: Final = {"A": "G", "G": "A", "C": "T", "T": "C"}
_LETTERS: Final = "ACGT"
_IS_BASE: Final = np.isin(np.arange(256), np.frombuffer(b"ACGT", dtype=np.uint8))


@dataclass(slots=True)
class Locus:
    """One site. `alleles` are the keys of its ALTs in normal form, `moved` another legal spelling of each (or None)."""

    site: int
    first: int  # the offsets it occupies, indel shifts included
    last: int
    alleles: tuple[Key, ...]
    moved: tuple[Key | None, ...]
    deletes: int = -1  # the deleting allele, if another locus lies in what it deletes
    under: int = -1  # the locus whose deletion covers this one


@dataclass(slots=True)
class Loci:
    """The kept loci in order of position; `of_site` (sites,) gives each drawn site's locus or -1."""

    loci: list[Locus]
    of_site: Ints
    place: Ints  # (loci,) 0-based position on the contig of the first allele's key
    pairs: list[tuple[int, int, int]] = field(default_factory=list)  # (deleting locus, allele number, covered locus)


@dataclass(frozen=True, slots=True)
class Planted:
    """A site that the caller wants in the nation. `frequency` is in 1/1,000,000, or -1 to draw one."""

    pos: int
    ref: str
    alts: tuple[str, ...]
    frequency: int


def make_loci(window: Window, offset: Ints, planted: list[Planted], borders: list[int], dice: Dice) -> Loci:
    """Turn drawn sites into loci that do not disturb each other; sites that would are dropped (`of_site` -1).

    The last `len(planted)` sites of `offset` are for `planted`, which win over the drawn. `borders` are 0-based
    positions (PAR) that no site comes near to.
    """
    maker = _Maker(window, borders, dice)
    drawn = len(offset) - len(planted)
    made = [
        locus
        for site, variant in enumerate(planted, start=drawn)
        if (locus := maker.planted(site, variant)) is not None
    ]
    taken = sorted((locus.first, locus.last) for locus in made)
    found = maker.draw(offset[:drawn])
    made += [locus for locus in found if not _overlaps(taken, locus)]
    return _settle(made, len(offset), window.start)


def _overlaps(taken: list[tuple[int, int]], locus: Locus) -> bool:
    return any(first <= locus.last and locus.first <= last for first, last in taken)


def _settle(made: list[Locus], sites: int, start: int) -> Loci:
    """Drop the later of two loci that touch; a locus under a deletion stays with it."""
    kept: list[Locus] = []
    of_site = np.full(sites, -1, dtype=np.int64)
    pairs = []
    last = -1
    outer: Locus | None = None
    outer_index = -1
    for locus in sorted(made, key=lambda one: (one.first, one.under >= 0)):
        inner = locus.under >= 0
        if inner and (outer is None or locus.under != outer.site):
            continue
        if not inner and locus.first <= last:
            continue
        if inner:
            locus.under = outer_index
            pairs.append((outer_index, outer.deletes + 1 if outer else 0, len(kept)))
        else:
            last = locus.last
        of_site[locus.site] = len(kept)
        if locus.deletes >= 0:
            outer, outer_index = locus, len(kept)
        kept.append(locus)
    place = np.array([locus.alleles[0][0] - 1 for locus in kept], dtype=np.int64)
    return Loci(kept, of_site, place, pairs)


class _Maker:
    def __init__(self, window: Window, borders: list[int], dice: Dice) -> None:
        self.window = window
        self.text = window.text(0, len(window.bases))
        self.dice = dice
        bad = ~_IS_BASE[window.bases]
        for border in borders:
            near = slice(max(0, border - MARGIN - window.start), max(0, border + MARGIN - window.start))
            bad[near] = True
        bad[:MARGIN] = True
        bad[len(bad) - MARGIN :] = True
        self.bad = np.concatenate(([0], np.cumsum(bad)))
        self.runs = _runs(window.bases)

    def free(self, first: int, last: int, room: int = 60) -> bool:
        """True when a locus may lie on these offsets, with room to the next N, border or end."""
        low, high = first - room, last + room + 1
        return low >= 0 and high < len(self.bad) and bool(self.bad[high] == self.bad[low])

    def draw(self, offset: Ints) -> list[Locus]:
        """Give each drawn site a kind and its alleles."""
        sites = len(offset)
        kind = self.dice.pick(list(_WEIGHTS), sites)
        low, high = np.maximum(offset - 100, 0), np.minimum(offset + 140, len(self.bad) - 1)
        kind[self.bad[high] != self.bad[low]] = -1
        numbers = self.dice.below(1 << 30, sites)
        lengths = np.asarray(_LENGTHS)[self.dice.pick(list(_LENGTH_WEIGHTS), sites)]
        made: list[Locus] = []
        inner_of: tuple[int, int] | None = None
        makers = (None, self._indel, self._mnp, self._two_snvs, self._repeat, self._mixed)
        for site, (at, what, number, length) in enumerate(
            zip(offset.tolist(), kind.tolist(), numbers.tolist(), lengths.tolist(), strict=True)
        ):
            if what < 0:
                continue
            if inner_of is not None and what == _SNV:
                inner = self._snv(site, inner_of[1], number)
                inner.under, inner_of = inner_of[0], None
                made.append(inner)
            elif what == _SNV:
                made.append(self._snv(site, at, number))
            elif what == _SPANNED:
                outer = self._spanning(site, at, 6 + number % 30)
                if outer is not None:
                    made.append(outer)
                    inner_of = (site, outer.alleles[0][0] - 1 - self.window.start + 2 + number % 3)
            else:
                maker = makers[what]
                locus = maker(site, at, number, length) if maker else None
                if locus is not None and self.free(locus.first, locus.last):
                    made.append(locus)
        return made

    def planted(self, site: int, variant: Planted) -> Locus | None:
        """A site that the caller gave; None where it does not lie inside the window's sequence."""
        keys = []
        for alt in variant.alts:
            key = alleles.normal_form(self.window, self.text, variant.pos, variant.ref, alt)
            if key is None:
                return None
            keys.append(key)
        first = min(key[0] for key in keys) - 1 - self.window.start
        last = max(key[0] + len(key[1]) for key in keys) - 2 - self.window.start
        for pos, ref, alt in keys:
            placed = None
            if len(ref) > 1 and len(alt) == 1:
                placed = alleles.deletion(self.window, self.text, pos - 1 - self.window.start, len(ref) - 1)
            elif len(alt) > 1 and len(ref) == 1:
                placed = alleles.insertion(self.window, self.text, pos - 1 - self.window.start, alt[1:])
            last = max(last, placed[3] + len(ref)) if placed else last
        if not self.free(first, last, room=0):
            return None
        return Locus(site, first, last, tuple(keys), (None,) * len(keys))

    def _snv(self, site: int, at: int, number: int) -> Locus:
        ref, pos = self.text[at], self.window.start + at + 1
        alt = _TRANSITION[ref] if number % 3 else _other(ref, _TRANSITION[ref], number >> 4)
        # Some callers give a base of context in front.
        before = self.text[at - 1]
        moved = (pos - 1, before + ref, before + alt) if number % 32 == 1 else None
        return Locus(site, at - 1, at + 1, ((pos, ref, alt),), (moved,))

    def _two_snvs(self, site: int, at: int, number: int, _: int) -> Locus:
        ref, pos = self.text[at], self.window.start + at + 1
        alts = [_TRANSITION[ref], *(_LETTERS[(number + i) % 4] for i in range(4))]
        some = list(dict.fromkeys(alt for alt in alts if alt != ref))[: 3 if number % 5 == 0 else 2]
        return Locus(site, at - 1, at + 1, tuple((pos, ref, alt) for alt in some), (None,) * len(some))

    def _indel(self, site: int, at: int, number: int, length: int) -> Locus | None:
        unit = length
        if number % 3 and len(self.runs):  # two of three lie in a repeat
            at, period = self.runs[number // 3 % len(self.runs)]
            unit = period * (1 + (number >> 8) % 3)
            at += (number >> 12) % 4
        if not self.free(at, at + unit):
            return None
        if number & 1:
            placed = alleles.deletion(self.window, self.text, at, unit)
        else:
            copy = self.text[at + 1 : at + 1 + unit] if number % 3 else _word(number, unit)
            placed = alleles.insertion(self.window, self.text, at, copy)
        if placed is None:
            return None
        key, moved, left, right = placed
        if left == right:
            following = self.text[right + len(key[1])]
            moved = (key[0], key[1] + following, key[2] + following)
        return Locus(site, left - 1, right + len(key[1]) + 1, (key,), (moved,))

    def _repeat(self, site: int, at: int, number: int, _: int) -> Locus | None:
        if not len(self.runs):
            return None
        at, unit = self.runs[number % len(self.runs)]
        if not self.free(at, at + 3 * unit):
            return None
        placed = [
            alleles.deletion(self.window, self.text, at, unit),
            alleles.insertion(self.window, self.text, at, self.text[at + 1 : at + 1 + unit]),
            alleles.deletion(self.window, self.text, at, 2 * unit),
        ]
        good = [one for one in placed[: 2 + number % 2] if one is not None]
        if len(good) < 2:
            return None
        first = min(one[2] for one in good) - 1
        last = max(one[3] + len(one[0][1]) for one in good) + 1
        return Locus(site, first, last, tuple(one[0] for one in good), tuple(one[1] for one in good))

    def _mnp(self, site: int, at: int, number: int, _: int) -> Locus | None:
        length = 3 if number % 5 == 0 else 2
        ref, pos = self.text[at : at + length], self.window.start + at + 1
        middle = ref[1] if length == 3 and number % 2 else ""
        ends = [_other(base, "", number >> 3 * i) for i, base in enumerate(ref)]
        alt = ends[0] + middle + ends[-1] if middle else "".join(ends)
        keys: tuple[Key, ...] = ((pos, ref, alt),)
        if number % 5 < 2:  # others have the first base alone: the same key as a component of the MNP
            keys = (*keys, (pos, ref[0], alt[0]))
        return Locus(site, at - 1, at + length, keys, (None,) * len(keys))

    def _mixed(self, site: int, at: int, number: int, _: int) -> Locus | None:
        length = 3 + number % 5
        placed = alleles.deletion(self.window, self.text, at, length)
        if placed is None or placed[2] != placed[3]:
            return None
        at = placed[2]
        inside = at + 1 + number % length
        base = self.text[inside]
        snv = (self.window.start + inside + 1, base, _TRANSITION[base])
        return Locus(site, at - 1, at + length + 2, (placed[0], snv), (None, None))

    def _spanning(self, site: int, at: int, length: int) -> Locus | None:
        placed = alleles.deletion(self.window, self.text, at, length)
        if placed is None or placed[2] != placed[3] or not self.free(at, at + length):
            return None
        return Locus(site, placed[2] - 1, placed[2] + length + 2, (placed[0],), (None,), deletes=0)


def _other(ref: str, avoid: str, number: int) -> str:
    """A base that is neither `ref` nor in `avoid`."""
    choice = [letter for letter in _LETTERS if letter != ref and letter not in avoid]
    return choice[number % len(choice)]


def _word(number: int, length: int) -> str:
    return "".join(_LETTERS[(number * 2_654_435_761 >> (2 * i % 31)) & 3] for i in range(length))


def _runs(bases: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """(offset before the repeat, length of its unit) of homopolymers from 5 and of pairs and triplets from 4 units."""
    found: list[tuple[int, int]] = []
    for unit, least in ((1, 5), (2, 8), (3, 12)):
        same = (bases[unit:] == bases[:-unit]) & _IS_BASE[bases[unit:]]
        edges = np.flatnonzero(np.diff(np.concatenate(([0], same.astype(np.int8), [0]))))
        starts, ends = edges[::2], edges[1::2]
        long = (ends - starts + unit >= least) & (starts > 0)
        if unit > 1:
            long &= bases[starts] != bases[np.minimum(starts + 1, len(bases) - 1)]
        found += [(int(start) - 1, unit) for start in starts[long]]
    return found
