"""AN by callability as steps: where it changes, and to what. Costs what the runs cost, however wide the stretch is.

A sweep's per-base AN costs bases x cohorts; a release needs AN at every base of the genome, and it changes at few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embla.genome import GRCH38
from embla.genotypes.compiled import COUNTING, at_hand
from embla.genotypes.model import tally

if TYPE_CHECKING:
    from embla.genotypes.view import Mask, View

Int32s = NDArray[np.int32]


@dataclass(frozen=True)
class AnSteps:
    """AN of c cohorts from `start` to `end`: `at` (m,) sorted places, the first is `start`; `adj` and `raw` (c, m) hold
    from each place to the next. Neighbouring steps may be equal."""

    start: int
    end: int
    at: NDArray[np.int64]
    adj: Int32s
    raw: Int32s


def an_steps(view: View, contig: str, start: int, end: int, cohorts: Sequence[Mask]) -> AnSteps:
    """AN by callability over a stretch (0-based, end excluded), equal to `per_base_an` of a sweep."""
    parts = list(_pieces(view, GRCH38.contig(contig).name, start, end, cohorts))
    return AnSteps(
        start,
        end,
        np.concatenate([part.at for part in parts]),
        np.concatenate([part.adj for part in parts], axis=1),
        np.concatenate([part.raw for part in parts], axis=1),
    )


def _pieces(view: View, contig: str, start: int, end: int, cohorts: Sequence[Mask]) -> Iterator[AnSteps]:
    """Ploidy is one within a piece."""
    from embla.genotypes.view import COPIES

    for piece in GRCH38.pieces(contig):
        low, high = max(start, piece.start), min(end, piece.end)
        if low < high:
            yield _piece(view, contig, low, high, cohorts, COPIES[piece.kind])


def _piece(view: View, contig: str, start: int, end: int, cohorts: Sequence[Mask], copies: NDArray[np.int8]) -> AnSteps:
    from embla.genotypes.view import N_KARYOTYPES

    compiled = at_hand(COUNTING)
    # One row per run: its borders, what it takes from adj and raw, and whose it is in the view.
    begins, ends, owners, lost_adj, lost_raw = [], [], [], [], []
    for segment in view.segments:
        reader = segment.contig(contig)
        if reader is None:
            continue
        runs = compiled.JitEngine.runs_between(reader, start, end) if compiled else reader.runs_between(start, end)
        if not len(runs):
            continue
        owner = runs.ordinal.astype(np.int64) + segment.offset
        own = copies[view.karyotypes[owner]]
        begins.append(runs.start.astype(np.int64))
        ends.append(runs.end.astype(np.int64))
        owners.append(owner)
        lost_adj.append(np.where(view.assumed[owner], 0, tally.LOST_ADJ[own, runs.state]))
        lost_raw.append(tally.LOST_RAW[own, runs.state])
    wide = copies.astype(np.int64)
    by_code = np.stack([cohort.by_code for cohort in cohorts])
    adj_all = by_code[:, :N_KARYOTYPES] @ wide
    raw_all = adj_all + by_code[:, N_KARYOTYPES:] @ wide
    if not begins:
        at = np.array([start], dtype=np.int64)
        return AnSteps(start, end, at, adj_all[:, None].astype(np.int32), raw_all[:, None].astype(np.int32))
    begin, stop, who = np.concatenate(begins), np.concatenate(ends), np.concatenate(owners)
    # Sorting whole numbers is several times faster than finding the distinct ones first, as `np.unique` does.
    at = np.sort(np.concatenate([[start], begin, stop[stop < end]]))
    at = at[np.append(True, at[1:] != at[:-1])]
    first, last = np.searchsorted(at, begin), np.searchsorted(at, stop)
    adj, raw = np.empty((2, len(cohorts), len(at)), dtype=np.int32)
    for i, cohort in enumerate(cohorts):
        inside = cohort.bits[who]
        for out, whole, lost in ((adj, adj_all[i], lost_adj), (raw, raw_all[i], lost_raw)):
            weight = np.concatenate(lost)[inside].astype(np.float64)
            change = np.bincount(last[inside], weight, len(at) + 1) - np.bincount(first[inside], weight, len(at) + 1)
            out[i] = whole + np.cumsum(change[:-1]).astype(np.int64)
    return AnSteps(start, end, at, adj, raw)
