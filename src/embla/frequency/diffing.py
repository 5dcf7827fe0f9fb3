"""What changed from one release to another, from published numbers only: variants that appeared, vanished, or crossed a
threshold of frequency."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.disclosure import Level, levels
from embla.errors import UsageError
from embla.frequency.leaving import overdue, refuse_withheld
from embla.frequency.model.cohorts import TOTAL
from embla.frequency.releases import Release, Releases
from embla.genome import GRCH38, Region

if TYPE_CHECKING:
    from embla.genotypes import SweptWindow
    from embla.platform import House

# ACMG/AMP 2015: BA1 above 5 %, BS1 taken at 1 % where no disease says otherwise.
BA1: Final = 0.05
BS1: Final = 0.01
CLASSES: Final = ("absent", "few", "rare", "BS1", "BA1")
_STRIDE: Final = 1 << 22
_BA1, _BS1, _RARE, _FEW, _ABSENT = 4, 3, 2, 1, 0


@dataclass(frozen=True)
class Change:
    """One variant whose class differs. `few`: 1 to k-1 carriers, so no AF; classes go by the published AF."""

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
        """appeared, vanished or crossed."""
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
    below = max(before.info.threshold, after.info.threshold, house.settings.suppress_below)
    return _changes(before, after, region, below)


def _changes(before: Release, after: Release, region: Region | None, below: int) -> Iterator[Change]:
    spans = [(region.contig, region.start, region.end)] if region else [(c.name, 0, c.length) for c in GRCH38.contigs]
    for contig, start, end in spans:
        for low in range(start, end, _STRIDE):
            sides = []
            for release in (before, after):
                swept = release.files.contig(contig).totals(low, min(low + _STRIDE, end))
                sides.append((swept, *_classes(swept, below)))
            yield from _compared(contig, *sides)


def _classes(swept: "SweptWindow", below: int) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """(v,) place in CLASSES and (v,) AF as published, NaN where hidden."""
    ac, nhet, nhomalt, nhemi = (column[0] for column in (swept.ac, swept.nhet, swept.nhomalt, swept.nhemi))
    level = levels(ac, nhet, nhomalt, nhemi, below, haploid=swept.contig == "chrM")
    an = swept.an[0]
    af = np.divide(ac, an, out=np.zeros(len(ac)), where=an > 0)
    found = np.where(ac == 0, _ABSENT, np.where(af > BA1, _BA1, np.where(af >= BS1, _BS1, _RARE))).astype(np.int8)
    hidden = level == int(Level.HIDDEN)
    found[hidden], af[hidden] = _FEW, np.nan
    return found, af


_Side = tuple["SweptWindow", NDArray[np.int8], NDArray[np.float64]]


def _compared(contig: str, before: _Side, after: _Side) -> Iterator[Change]:
    # Keys of long alleles are hashes with a salt of their own in each release: those are met by their texts.
    sides = [(side[0], side[1], side[2], np.isin(side[0].key, _hashed(side[0]))) for side in (before, after)]
    plain = [swept.key[~hashed] for swept, _, _, hashed in sides]
    every = np.union1d(*plain)
    classes, afs = [], []
    for (_, found, af, hashed), keys in zip(sides, plain, strict=True):
        own, shares = np.zeros(len(every), np.int8), np.zeros(len(every))
        at = np.searchsorted(every, keys)
        own[at], shares[at] = found[~hashed], af[~hashed]
        classes.append(own)
        afs.append(shares)
    changed = []
    for i in np.flatnonzero(classes[0] != classes[1]).tolist():
        swept = sides[0][0] if classes[0][i] else sides[1][0]
        place = int(np.searchsorted(swept.key, every[i]))
        changed.append(
            _change(
                contig,
                int(swept.pos[place]),
                *swept.alleles(place),
                *[(c[i], a[i]) for c, a in zip(classes, afs, strict=True)],
            )
        )
    long = [
        {(int(swept.pos[i]), *swept.alleles(i)): (found[i], af[i]) for i in np.flatnonzero(hashed).tolist()}
        for swept, found, af, hashed in sides
    ]
    for name in {**long[0], **long[1]}:
        was, now = (side.get(name, (np.int8(_ABSENT), np.float64(0))) for side in long)
        if was[0] != now[0]:
            changed.append(_change(contig, *name, was, now))
    yield from sorted(changed, key=lambda change: (change.pos, change.ref, change.alt))


def _hashed(swept: "SweptWindow") -> NDArray[np.uint64]:
    return np.array(sorted(swept.texts), dtype=np.uint64)


def _change(contig: str, pos: int, ref: str, alt: str, was: tuple[Any, Any], now: tuple[Any, Any]) -> Change:
    shares = [None if np.isnan(af) else float(af) for _, af in (was, now)]
    return Change(contig, pos, ref, alt, CLASSES[int(was[0])], CLASSES[int(now[0])], shares[0], shares[1])
