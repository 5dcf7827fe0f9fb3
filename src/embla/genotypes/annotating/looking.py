"""Alleles of a file looked up among the sites of a stretch: both are sorted by place, so one walk finds all of them.

The plain twin is `tests/support/plain_annotate.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numba import types
from numpy.typing import NDArray

from embla.compiled import kernel
from embla.genotypes.annotating import kernels as k
from embla.genotypes.annotating.stamp import STAMP
from embla.genotypes.model import tally
from embla.genotypes.model.keys import POS_SHIFT
from embla.genotypes.plane_bits import given

if TYPE_CHECKING:
    from embla.genotypes.annotating.sites import Sites

BY_KEY: Final = -2  # in `rows`: look for the key; else the row, -1 where there is none
_NOTHING: Final = np.zeros(0, np.bool_)
_AC, _D_AN, _NHOM, _NHEMI = tally.AC, tally.D_AN, tally.NHOM, tally.NHEMI


def _make_look_up(stamp: int) -> Any:
    @kernel(
        types.void(
            types.Array(types.int64, 2, "C"), given(types.int64), given(types.int64), given(types.uint64),
            given(types.int32, 2), given(types.int64), given(types.int32), given(types.boolean), given(types.boolean),
            given(types.boolean), types.Array(types.uint8, 1, "C"), types.Array(types.int32, 2, "C"),
        ),
        nogil=True,
    )  # fmt: skip
    def _look_up(  # type: ignore[no-untyped-def]
        found, which, rows, key, site_numbers, step_at, step_an, hidden, step_hidden, failed, status, numbers
    ):
        """`which` are alleles of `found` by place. Where nothing is hidden, both columns of that are empty, and so is
        `failed` where nothing was seen in failed calls alone."""
        _ = stamp
        n = len(key)
        step = first = np.int64(0)
        for t in range(len(which)):
            i = which[t]
            pos = found[i, k.A_POS]
            while step + 1 < len(step_at) and step_at[step + 1] <= pos - 1:
                step += 1
            row = rows[t]
            if row == BY_KEY:
                while first < n and np.int64(key[first] >> np.uint64(POS_SHIFT)) < pos:
                    first += 1
                own = np.uint64(found[i, k.A_KEY])
                row = first
                while row < n and key[row] < own:
                    row += 1
                if row == n or key[row] != own:
                    row = np.int64(-1)
            if row >= 0:
                for field in range(4):
                    numbers[i, field] = site_numbers[row, field]
            else:
                numbers[i, 0] = numbers[i, 2] = numbers[i, 3] = 0
                numbers[i, 1] = step_an[step]
            if numbers[i, 0] > 0:
                status[i] = k.OBSERVED
            elif numbers[i, 1] > 0:
                status[i] = k.ABSENT
            else:
                status[i] = k.NOT_CALLABLE
            if len(step_hidden) and (hidden[row] if row >= 0 else step_hidden[step]):
                status[i] = k.SUPPRESSED
            elif row >= 0 and len(failed) and failed[row]:
                status[i] |= k.FAILED_ONLY

    return _look_up


_look_up: Any = _make_look_up(STAMP)


def _make_numbers(stamp: int) -> Any:
    @kernel(
        types.void(
            given(types.uint64), given(types.int32, 2), given(types.int64), given(types.int32),
            types.Array(types.int32, 2, "C"),
        ),
        nogil=True,
    )  # fmt: skip
    def _numbers(key, counts, step_at, step_an, out):  # type: ignore[no-untyped-def]
        _ = stamp
        step = np.int64(0)
        for i in range(len(key)):
            pos = np.int64(key[i] >> np.uint64(POS_SHIFT))
            while step + 1 < len(step_at) and step_at[step + 1] <= pos - 1:
                step += 1
            out[i, 0] = counts[i, _AC]
            out[i, 1] = step_an[step] + counts[i, _D_AN]
            out[i, 2] = counts[i, _NHOM]
            out[i, 3] = counts[i, _NHEMI]

    return _numbers


_numbers: Any = _make_numbers(STAMP)


def numbers_of(
    key: NDArray[np.uint64], counts: NDArray[np.int32], step_at: NDArray[np.int64], step_an: NDArray[np.int32]
) -> NDArray[np.int32]:
    """`Sites.numbers` of sorted variants with their tallies (v, 12): AN by callability at POS, as own records have
    it."""
    out = np.empty((len(key), 4), np.int32)
    _numbers(key, counts, step_at, step_an, out)
    return out


def look_up(
    sites: Sites, found: NDArray[np.int64], which: NDArray[np.int64], rows: NDArray[np.int64],
    status: NDArray[np.uint8], numbers: NDArray[np.int32],
) -> None:  # fmt: skip
    """Fill `status` and `numbers` of some alleles of `found`, given by place. `rows` (len(which),): BY_KEY, or the row
    of an allele that has no key of its own."""
    shown: Any = sites.hidden is None or sites.step_hidden is None
    _look_up(
        found, which, rows, sites.key, sites.numbers, sites.step_at, sites.step_an,
        _NOTHING if shown else sites.hidden, _NOTHING if shown else sites.step_hidden,
        _NOTHING if sites.failed is None else sites.failed, status, numbers,
    )  # fmt: skip
