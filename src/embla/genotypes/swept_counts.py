"""The counts of a swept window as objects, all at once: what a region and a whole store are told with.

Columns become lists in one go, as a number taken out of an array by itself takes longer than all else about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from embla.genotypes.model import tally
from embla.genotypes.model.count import Count, Numbers, find_grpmax, make_count

if TYPE_CHECKING:
    from embla.genotypes.sweep import SweptWindow
    from embla.genotypes.view import View

RAW_NOTE: Final = "Seen only in calls that do not pass the gates, see raw."
_Row = tuple[Numbers, Numbers, int]


def counts_of(
    swept: SweptWindow,
    view: View,
    *,
    by: str | None,
    groups: Sequence[str] | None,
    without: frozenset[str],
    told: Callable[[int], tuple[tuple[str, ...], int | None]],
) -> Iterator[Count]:
    """Each variant of a window whose first cohort is the one asked about, and whose others are its `groups` by `by`.

    `told` gives the notes of a 1-based position, and the people whose copies nobody knows there.
    """
    make = partial(make_count, swept.contig, policy=view.policy, manifest=view.manifest.short)
    shares = None if swept.max_heteroplasmy is None else (swept.max_heteroplasmy[0] / 10_000).tolist()
    rows = [_rows(swept, cohort) for cohort in range(len(swept.counts))]
    for i, (pos, row, *parts) in enumerate(zip(swept.pos.tolist(), *rows, strict=True)):
        ref, alt = swept.alleles(i)
        notes, unknown_sex = told(pos)
        if row[0].ac == 0 and row[1].ac > 0:
            notes = (*notes, RAW_NOTE)
        more: dict[str, Any] = {"notes": notes, "unknown_sex": unknown_sex}
        if shares is not None:
            more["max_heteroplasmy"] = shares[i]
        if groups is not None:
            cells = {name: make(pos, ref, alt, *part) for name, part in zip(groups, parts, strict=True)}
            more |= {"by": by, "groups": cells, "grpmax": find_grpmax(cells, without)}
        yield make(pos, ref, alt, *row, **more)


def _rows(swept: SweptWindow, cohort: int) -> Iterator[_Row]:
    """adj, raw and `nfail` of each variant for one cohort; AN of a window is final."""
    row = swept.counts[cohort].T.tolist()
    adj = map(Numbers, row[tally.AC], swept.an[cohort].tolist(), row[tally.NHET], row[tally.NHOM], row[tally.NHEMI])
    ac, nhet, nhom, nhemi = (row[tally.RAW + field] for field in (tally.AC, tally.NHET, tally.NHOM, tally.NHEMI))
    raw = map(Numbers, ac, swept.raw_an[cohort].tolist(), nhet, nhom, nhemi)
    return zip(adj, raw, row[tally.NFAIL], strict=True)
