"""What a laboratory writes about one person in one window: records with their genotypes, depths, filters and
mishaps."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.simulation import alleles
from embla.simulation.alleles import Key
from embla.simulation.coverage import GAP, GOOD, Stretches
from embla.simulation.dice import Dice, Ints, distinct
from embla.simulation.inheritance import ALLELE_BITS, STAR
from embla.simulation.loci import Loci
from embla.simulation.sequence import Window

MISSING: Final = -1  # a missing allele or number
NO_SECOND: Final = -2  # a haploid GT
FT_ABSENT, FT_PASS, FT_FAIL = 0, 1, 2
PASS: Final = 0
FAIL: Final = 1
HETEROPLASMY_ONE: Final = 1_000
MOST_ALTS: Final = 4

# Mishaps, per 10,000 calls, in the order they are tried.
_HALF, _NO_CALL, _FILTERED, _FT, _NO_DP, _NO_GQ, _NO_AD, _UNBALANCED, _UNSURE, _WRONG_PLOIDY = range(10)
_MISHAPS: Final = (50, 40, 150, 50, 30, 30, 60, 70, 80, 100)
_FALSE_CANDIDATES: Final = 120  # one 0/0 record per so many calls
_STAR_RECORDS: Final = 250  # per mille of copies under somebody's deletion that get a record of their own


@dataclass(frozen=True, slots=True)
class Shape:
    """A record as written: pos 1-based; `alts` with "*" where a copy is deleted. `keys` are numbers in the window's key
    table, -1 for "*"; `derived` the numbers of an MNP's components, for each ALT."""

    pos: int
    ref: str
    alts: tuple[str, ...]
    keys: tuple[int, ...]
    derived: tuple[tuple[int, ...], ...]


class Shapes:
    """The records that can be written in a window, and its table of keys. Grows as people need more of them.

    Number 2 * s is single allele s of the window's loci in normal form, 2 * s + 1 its other spelling.
    """

    def __init__(self, window: Window, loci: Loci) -> None:
        self.window = window
        self.loci = loci
        self.shapes: list[Shape] = []
        self.keys: list[Key] = []
        self._number: dict[Key, int] = {}
        self._made: dict[tuple[int, tuple[int, ...]], int] = {}
        self.fronts: dict[tuple[int, bool, str], tuple[str, int, bool]] = {}  # text of records, kept by the writer
        first = []
        single = 0
        for locus in loci.loci:
            first.append(single)
            single += len(locus.alleles)
            for key, moved in zip(locus.alleles, locus.moved, strict=True):
                number = (self._key(key),)
                derived = (tuple(self._key(part) for part in alleles.components(key)),)
                self.shapes.append(Shape(key[0], key[1], (key[2],), number, derived))
                self.shapes.append(
                    self.shapes[-1] if moved is None else Shape(moved[0], moved[1], (moved[2],), number, derived)
                )
        self.first_single = np.array(first, dtype=np.int64)
        self.simple = np.array([len(locus.alleles) == 1 and locus.under < 0 for locus in loci.loci], dtype=bool)
        self._pos = self._ref_length = np.zeros(0, dtype=np.int64)

    def _key(self, key: Key) -> int:
        number = self._number.setdefault(key, len(self.keys))
        if number == len(self.keys):
            self.keys.append(key)
        return number

    def several(self, locus: int, chosen: tuple[int, ...]) -> int:
        """The record of more than one allele of a locus; `chosen` are allele numbers from 1, STAR among them."""
        made = self._made.get((locus, chosen))
        if made is None:
            keys = self.loci.loci[locus].alleles
            real = tuple(keys[number - 1] for number in chosen if number != STAR)
            pos, ref, alts = alleles.merged(self.window, real or keys[:1])
            written = iter(alts)
            numbers = tuple(-1 if n == STAR else self._key(keys[n - 1]) for n in chosen)
            derived = tuple(
                () if n == STAR else tuple(self._key(part) for part in alleles.components(keys[n - 1])) for n in chosen
            )
            texts = tuple("*" if n == STAR else next(written) for n in chosen)
            made = self._made[locus, chosen] = len(self.shapes)
            self.shapes.append(Shape(pos, ref, texts, numbers, derived))
        return made

    def extent(self, shape: Ints) -> tuple[Ints, Ints]:
        """pos and length of REF of each record."""
        if len(self._pos) < len(self.shapes):
            late = self.shapes[len(self._pos) :]
            self._pos = np.concatenate((self._pos, [one.pos for one in late]))
            self._ref_length = np.concatenate((self._ref_length, [len(one.ref) for one in late]))
        return self._pos[shape], self._ref_length[shape]


@dataclass(frozen=True, slots=True)
class Calls:
    """Records of one person in one window, sorted by pos; n records. -1 is missing."""

    shape: Ints
    gt: NDArray[np.int64]  # (n, 2) allele numbers of the record; MISSING, NO_SECOND
    phased: NDArray[np.bool_]
    dp: Ints
    gq: Ints
    ad: NDArray[np.int64]  # (n, 1 + MOST_ALTS) reads of REF and of each ALT; a first value of -1 is no AD at all
    filter: Ints
    ft: Ints
    level: Ints  # heteroplasmy in 1/1,000 on chrM, else 0
    pos: Ints
    ref_length: Ints

    def first(self, count: int) -> "Calls":
        """At most the first `count` records."""
        return Calls(*(getattr(self, field.name)[:count] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Habits:
    """How a laboratory writes."""

    moves_indels: bool = False
    haploid_gt: bool = True  # `1` rather than `1/1` where a person has one copy
    writes_ft: bool = True
    empty_is_called: bool = True
    mt_quality: bool = True  # whether chrM has GQ
    every_locus: bool = False  # a joint file: each person has a genotype at each locus


def call(
    shapes: Shapes, copies: NDArray[np.uint8], slots: tuple[Ints, Ints], bad: Stretches, depth: int, habits: Habits,
    dice: Dice,
) -> Calls:  # fmt: skip
    """The records of one person. `copies` (window,) 0, 1 or 2 by true karyotype; `slots` sorted allele codes."""
    place = shapes.loci.place - shapes.window.start
    locus, first, second = _genotypes(shapes, copies, slots, place, habits, dice)
    shape, gt = _written(shapes, locus, first, second, habits, dice)
    pos, ref_length = shapes.extent(shape)
    kind = bad.at(pos - 1 - shapes.window.start)
    if habits.every_locus:
        gt[kind == GAP] = MISSING
    else:
        order = np.argsort(pos, kind="stable")
        order = order[kind[order] != GAP]
        locus, shape, gt, pos, ref_length, kind = (a[order] for a in (locus, shape, gt, pos, ref_length, kind))
    own = copies[place[locus]].astype(np.int64)
    return _measure(shapes, shape, gt, pos, ref_length, kind, own, depth, habits, dice)


def _genotypes(
    shapes: Shapes, copies: NDArray[np.uint8], slots: tuple[Ints, Ints], place: Ints, habits: Habits, dice: Dice
) -> tuple[Ints, Ints, Ints]:
    """Loci to write, with the allele of each copy (0 reference); a copy that the person lacks is NO_SECOND."""
    have = copies[place] if len(place) else np.zeros(0, dtype=np.uint8)
    kept = [codes[have[codes >> ALLELE_BITS] > slot] for slot, codes in enumerate(slots)]
    if habits.every_locus:
        locus = np.arange(len(place))
    else:
        extra = dice.below(max(len(place), 1), (len(kept[0]) + len(kept[1])) // _FALSE_CANDIDATES + 1)
        extra = extra[: len(place)]
        extra = extra[have[extra] > 0] if len(place) else extra[:0]
        # Reads of X and of PAR that were placed on Y give false records to people without one.
        stray = np.flatnonzero(have == 0)[:: 40 + dice.one(40)]
        locus = distinct(np.concatenate((kept[0] >> ALLELE_BITS, kept[1] >> ALLELE_BITS, extra, stray)))
    pair = []
    for slot, codes in enumerate(kept):
        allele = np.zeros(len(locus), dtype=np.int64)
        allele[np.searchsorted(locus, codes >> ALLELE_BITS)] = codes & (1 << ALLELE_BITS) - 1
        allele[have[locus] <= slot] = NO_SECOND
        pair.append(allele)
    first, second = pair
    no_copy = have[locus] == 0
    first[no_copy], second[no_copy] = (1, 1) if not habits.every_locus else (0, 0)
    if not habits.every_locus:
        only_star = ((first == STAR) | (first <= 0)) & ((second == STAR) | (second <= 0))
        only_star &= (first == STAR) | (second == STAR)
        keep = ~only_star | dice.chance(_STAR_RECORDS, len(locus))
        locus, first, second = locus[keep], first[keep], second[keep]
    return locus, first, second


def _written(
    shapes: Shapes, locus: Ints, first: Ints, second: Ints, habits: Habits, dice: Dice
) -> tuple[Ints, NDArray[np.int64]]:
    """Which record each locus gets, and the genotype in that record's numbers."""
    gt = np.stack((first, second), axis=1)
    low, high = np.minimum(np.maximum(first, 0), np.maximum(second, 0)), np.maximum(first, second)
    one = ((low == 0) | (low == high)) & (high != STAR)
    other_spelling = dice.chance(500, len(locus)) if habits.moves_indels else np.zeros(len(locus), dtype=bool)
    single = shapes.first_single[locus] + np.maximum(high, 1) - 1
    shape = 2 * single + other_spelling
    gt = np.where(gt > 0, 1, gt)
    if habits.every_locus:
        one = shapes.simple[locus]
        shape = 2 * single
    for i in np.flatnonzero(~one).tolist():
        numbers = shapes.loci.loci[int(locus[i])]
        if habits.every_locus:
            chosen = tuple(range(1, len(numbers.alleles) + 1)) + ((STAR,) if numbers.under >= 0 else ())
        else:
            chosen = tuple(dict.fromkeys(a for a in (int(first[i]), int(second[i])) if a > 0))
        shape[i] = shapes.several(int(locus[i]), chosen)
        gt[i] = [chosen.index(a) + 1 if a > 0 else a for a in (int(first[i]), int(second[i]))]
    return shape, gt


def _measure(
    shapes: Shapes, shape: Ints, gt: NDArray[np.int64], pos: Ints, ref_length: Ints, kind: Ints, own: Ints, depth: int,
    habits: Habits, dice: Dice,
) -> Calls:  # fmt: skip
    """Give each record depth, allele depths and quality, and to a few of them a mishap."""
    count = len(shape)
    mitochondrial = shapes.window.contig == "chrM"
    mean = np.full(count, depth * 60) if mitochondrial else np.maximum(depth * own // 2, 8)
    shake = dice.below(1000, count)
    dp = np.where(kind == GOOD, np.maximum(mean * (700 + shake * 6 // 10) // 1000, 1), 1 + shake % 9)
    level = _levels(count, dice) if mitochondrial else np.zeros(count, dtype=np.int64)
    if mitochondrial:
        carried = gt[:, 0] > 0
        level[~carried] = 0
        level[carried & (level == 0)] = 1
        mixed = carried & (level < 950)
        gt[mixed] = (0, 1)
        gt[carried & ~mixed] = (1, NO_SECOND) if habits.haploid_gt else (1, 1)
        gt[(gt[:, 0] == 0) & ~mixed, 1] = NO_SECOND if habits.haploid_gt else 0
    elif not habits.haploid_gt:
        single = gt[:, 1] == NO_SECOND
        gt[single, 1] = gt[single, 0]
    mishap = _mishaps(count, dice)
    number = dice.below(1 << 20, count)
    diploid_locus = (own == 2) & ~mitochondrial
    if habits.every_locus:
        mishap[np.isin(mishap, (_FILTERED, _WRONG_PLOIDY))] = -1
    called = (gt[:, 0] >= 0) & (gt[:, 1] != MISSING)
    _spoil_genotypes(gt, mishap, number, own, called, mitochondrial)
    ad = _allele_depths(gt, dp, level, mishap, mitochondrial, dice)
    het = (gt[:, 0] >= 0) & (gt[:, 1] >= 0) & (gt[:, 0] != gt[:, 1])
    least = np.where(ad > 0, ad, 1 << 20).min(axis=1)
    gq = np.where(het & diploid_locus, np.minimum(99, np.where(least >= 4, 60 + number % 60, 11 * least)), 3 * dp)
    gq = np.minimum(99, np.where(mishap == _UNSURE, 3 + number % 17, gq))
    dp = np.where(mishap == _NO_DP, MISSING, dp)
    gq = np.where(mishap == _NO_GQ, MISSING, gq)
    if mitochondrial and not habits.mt_quality:
        gq[:] = MISSING
    ad[mishap == _NO_AD, 0] = MISSING
    ft = np.full(count, FT_ABSENT)
    if habits.writes_ft:
        ft[(mishap == _FT) & called] = FT_FAIL
        ft[(mishap == _FT) & (number % 4 == 0)] = FT_PASS
    failed = np.where((mishap == _FILTERED) & called, FAIL, PASS)
    phased = (number % 5 == 0) & (gt[:, 1] >= 0) & (gt[:, 0] >= 0)
    swap = het & ~phased & (gt[:, 0] > gt[:, 1])
    gt[swap] = gt[swap][:, ::-1]
    return Calls(shape, gt, phased, dp, gq, ad, failed, ft, level, pos, ref_length)


def _mishaps(count: int, dice: Dice) -> Ints:
    """The mishap of each call, -1 for most."""
    drawn = dice.below(10_000, count)
    which = np.searchsorted(np.cumsum(_MISHAPS), drawn, side="right")
    return np.where(which < len(_MISHAPS), which, -1).astype(np.int64)


def _spoil_genotypes(
    gt: NDArray[np.int64], mishap: Ints, number: Ints, own: Ints, called: NDArray[np.bool_], mitochondrial: bool
) -> None:
    diploid = called & (gt[:, 1] >= 0)
    half = (mishap == _HALF) & diploid & (not mitochondrial)
    gt[half, number[half] % 2] = MISSING
    nothing = (mishap == _NO_CALL) & called
    gt[nothing, 0] = MISSING
    gt[nothing & (gt[:, 1] >= 0), 1] = MISSING
    if mitochondrial:
        return
    wrong = (mishap == _WRONG_PLOIDY) & called & (gt[:, 0] > 0)
    gt[wrong & (own == 1)] = (0, 1)
    gt[wrong & (own == 2) & (number % 8 == 0), 1] = NO_SECOND


def _levels(count: int, dice: Dice) -> Ints:
    """Heteroplasmy: most sites are homoplasmic, some mixed, some below what is counted; borders are drawn too."""
    kind = dice.pick([70, 14, 12, 1, 1, 1, 1], count)
    number = dice.below(1 << 20, count)
    borders = [np.full(count, value) for value in (950, 949, 100, 99)]
    levels = np.choose(kind, [960 + number % 41, 110 + number % 830, 10 + number % 88, *borders])
    return levels.astype(np.int64)


def _allele_depths(
    gt: NDArray[np.int64], dp: Ints, level: Ints, mishap: Ints, mitochondrial: bool, dice: Dice
) -> NDArray[np.int64]:
    """Reads of each allele; they add up to dp."""
    rows = np.arange(len(dp))
    ad = np.zeros((len(dp), 1 + MOST_ALTS), dtype=np.int64)
    first, second = np.maximum(gt[:, 0], 0), np.where(gt[:, 1] == NO_SECOND, gt[:, 0], gt[:, 1])
    second = np.maximum(second, 0)
    if mitochondrial:
        alt = np.maximum(first, second)
        reads = -(-dp * level // HETEROPLASMY_ONE)
        ad[rows, 0] = dp - reads
        ad[rows, alt] += reads
        return ad
    heads = dice.heads(dp)
    uneven = mishap == _UNBALANCED
    heads = np.where(uneven, dp - dp * (8 + dice.below(16, len(dp))) // 100, heads)
    heads = np.where((mishap == _HALF) & (dp > 1), dp // 2, heads)
    ad[rows, first] += heads
    ad[rows, second] += dp - heads
    return ad
