"""What changed from one release to another, from published numbers only: variants that appeared, vanished, or crossed a
threshold of frequency, and those of places where nobody was read in one of the two."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.disclosure import Level
from embla.errors import UsageError
from embla.frequency.leaving import overdue, refuse_withheld
from embla.frequency.model.cohorts import TOTAL
from embla.frequency.releases import Release, Releases, threshold
from embla.frequency.sites import shown_levels
from embla.genome import GRCH38, Region

if TYPE_CHECKING:
    from embla.frequency.files.contig import ContigFile
    from embla.genotypes import SweptWindow
    from embla.platform import House

# ACMG/AMP 2015: BA1 above 5 %, BS1 taken at 1 % where no disease says otherwise.
BA1: Final = 0.05
BS1: Final = 0.01
CLASSES: Final = ("absent", "few", "rare", "BS1", "BA1", "not_callable")
_STRIDE: Final = 1 << 22
_NOT_CALLABLE, _BA1, _BS1, _RARE, _FEW, _ABSENT = 5, 4, 3, 2, 1, 0


@dataclass(frozen=True)
class Change:
    """One variant whose class differs. Classes go by the published AF. `few`: 1 to k-1 carriers, so no AF;
    `not_callable`: nobody was read there (AN 0), so that it was not seen means nothing, and there is no AF either."""

    contig: str
    pos: int
    ref: str
    alt: str
    before: str
    after: str
    af_before: float | None
    af_after: float | None

    @property
    def kind(self) -> str:
        """appeared, vanished or crossed; callable or not_callable where nobody was read before, or is any more."""
        if self.before == "not_callable":
            return "callable"
        if self.after == "not_callable":
            return "not_callable"
        return "appeared" if self.before == "absent" else "vanished" if self.after == "absent" else "crossed"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "contig": self.contig, "pos": self.pos, "ref": self.ref, "alt": self.alt, "kind": self.kind,
            "before": self.before, "after": self.after, "af_before": self.af_before, "af_after": self.af_after,
        }  # fmt: skip


def release_diff(house: "House", first: str, second: str, region: Region | None = None) -> Iterator[Change]:
    """By position. A release that shows the other's numbers differs in nothing.

    Raises NotFound, Refused where one of them is withheld, UsageError for one release against itself.
    """
    if first == second:
        raise UsageError("A release does not differ from itself.", mend="Name two.")
    releases, late = Releases(house), overdue(house)
    before, after = releases.get(first), releases.get(second)
    for one in (before, after):
        refuse_withheld(late, one.source(TOTAL).info.number)
    if before.source(TOTAL) is after.source(TOTAL):
        return iter(())
    below = max(threshold(house, one) for one in (before, after))
    return _changes(before, after, region, below)


def _changes(before: Release, after: Release, region: Region | None, below: int) -> Iterator[Change]:
    spans = [(region.contig, region.start, region.end)] if region else [(c.name, 0, c.length) for c in GRCH38.contigs]
    for contig, start, end in spans:
        for low in range(start, end, _STRIDE):
            sides = []
            for release in (before, after):
                file = release.files.contig(contig)
                swept = file.totals(low, min(low + _STRIDE, end))
                sides.append(_Side(file, swept, *_classes(release, swept, below)))
            yield from _compared(contig, *sides)


def _classes(release: Release, swept: "SweptWindow", below: int) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """(v,) place in CLASSES and (v,) AF as published, NaN where hidden and where nobody was read."""
    level = shown_levels(release, swept, below)
    ac, an = swept.ac[0], swept.an[0]
    af = np.divide(ac, an, out=np.zeros(len(ac)), where=an > 0)
    found = np.where(ac == 0, _ABSENT, np.where(af > BA1, _BA1, np.where(af >= BS1, _BS1, _RARE))).astype(np.int8)
    # Where nobody is covered, AN says already that nobody carries it.
    hidden = (level == int(Level.HIDDEN)) & (an > 0)
    found[hidden], af[hidden] = _FEW, np.nan
    unread = an == 0
    found[unread], af[unread] = _NOT_CALLABLE, np.nan
    return found, af


@dataclass(frozen=True)
class _Side:
    """A window of one release: its variants, and (v,) of what `_classes` says of them."""

    file: "ContigFile"
    swept: "SweptWindow"
    found: NDArray[np.int8]
    af: NDArray[np.float64]

    def unseen(self, pos: NDArray[np.int64]) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
        """The same of variants that its table does not have, by (n,) sorted 1-based positions: AN tells two zeros
        apart."""
        read = self.file.an_of(0, pos - 1) > 0
        return np.where(read, _ABSENT, _NOT_CALLABLE).astype(np.int8), np.where(read, 0.0, np.nan)


def _compared(contig: str, before: _Side, after: _Side) -> Iterator[Change]:
    # Keys of long alleles are hashes with a salt of their own in each release: those are met by their texts.
    sides = before, after
    hashed = [np.isin(side.swept.key, _hashed(side.swept)) for side in sides]
    plain = [side.swept.key[~long] for side, long in zip(sides, hashed, strict=True)]
    every = np.union1d(*plain)
    places = [np.searchsorted(every, keys) for keys in plain]
    pos = np.zeros(len(every), np.int64)
    for side, at, long in zip(sides, places, hashed, strict=True):
        pos[at] = side.swept.pos[~long]
    classes, afs, there = [], [], []
    for side, at, long in zip(sides, places, hashed, strict=True):
        own, shares, has = np.zeros(len(every), np.int8), np.zeros(len(every)), np.zeros(len(every), np.bool_)
        own[at], shares[at], has[at] = side.found[~long], side.af[~long], True
        own[~has], shares[~has] = side.unseen(pos[~has])
        classes.append(own)
        afs.append(shares)
        there.append(has)
    changed = []
    for i in np.flatnonzero(classes[0] != classes[1]).tolist():
        swept = before.swept if there[0][i] else after.swept
        place = int(np.searchsorted(swept.key, every[i]))
        both = [(own[i], shares[i]) for own, shares in zip(classes, afs, strict=True)]
        changed.append(_change(contig, int(swept.pos[place]), *swept.alleles(place), *both))
    changed += _compared_by_text(contig, sides, hashed)
    yield from sorted(changed, key=lambda change: (change.pos, change.ref, change.alt))


def _compared_by_text(contig: str, sides: tuple[_Side, _Side], hashed: Sequence[NDArray[np.bool_]]) -> Iterator[Change]:
    named = [
        {
            (int(side.swept.pos[i]), *side.swept.alleles(i)): (side.found[i], side.af[i])
            for i in np.flatnonzero(long).tolist()
        }
        for side, long in zip(sides, hashed, strict=True)
    ]
    for name in {**named[0], **named[1]}:
        was, now = (
            own[name] if name in own else tuple(column[0] for column in side.unseen(np.array([name[0]], np.int64)))
            for side, own in zip(sides, named, strict=True)
        )
        if was[0] != now[0]:
            yield _change(contig, *name, was, now)


def _hashed(swept: "SweptWindow") -> NDArray[np.uint64]:
    return np.array(sorted(swept.texts), dtype=np.uint64)


def _change(contig: str, pos: int, ref: str, alt: str, was: tuple[Any, Any], now: tuple[Any, Any]) -> Change:
    shares = [None if np.isnan(af) else float(af) for _, af in (was, now)]
    return Change(contig, pos, ref, alt, CLASSES[int(was[0])], CLASSES[int(now[0])], shares[0], shares[1])
