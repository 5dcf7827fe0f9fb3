"""What may be told of people by several attributes at once (sex, region, patient group), each number rounded. Pure.

Rounding alone is not enough: a region's people are known exactly from the release, so 23 of whom "15 to 19" are men
leave four women or more, and a number that is not told is below five. So what is told is read here as a reader would
read it, by bounds that narrow each other along every line of the table, and told less of until every small number may
be none as well as some, as far as the release leaves that open. docs/decisions/0062.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from embla.disclosure.rules import is_small

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
NOT_TOLD: Final = -1
_ROUNDS: Final = 60


def with_sums(cells: Ints) -> Ints:
    """People by n attributes -> the same with a place 0 on each axis for "any"."""
    for axis in range(cells.ndim):
        cells = np.concatenate([cells.sum(axis=axis, keepdims=True), cells], axis=axis)
    return cells


def tell_crossed(cells: Ints, below: int) -> Ints:
    """People by n attributes -> every number that can be asked (place 0: any), rounded down to `below`; NOT_TOLD where
    fewer fit, where fewer than `below` but somebody of a line does not, or where it would give such a number away.

    That nobody fits is not told either: who knows of four groups that somebody is in each, and of all together that it
    is fewer than five, knows them all.
    """
    numbers = with_sums(cells)
    if numbers.flat[0] < below:
        return np.full_like(numbers, NOT_TOLD)
    told = numbers >= below
    everybody = np.full_like(numbers, numbers.flat[0])
    for whole in (everybody, *(numbers.take([0], axis=axis) for axis in range(numbers.ndim))):
        rest = whole - numbers
        told &= (rest == 0) | (rest >= below)
    exact = _known_exactly(numbers, below)
    named = sum((np.indices(numbers.shape)[axis] > 0).astype(np.int64) for axis in range(numbers.ndim))
    while (narrowed := _narrowed(numbers, told, exact, below)).any():
        # What stands on a line with it goes, what names most first; where nothing stands there, whatever names most.
        may_go = told & (named > 0)
        if not may_go.any():
            break
        beside = _beside(narrowed) & may_go
        going = beside if beside.any() else may_go
        told &= ~(going & (named == named[going].max()))
    return np.where(told, numbers // below * below, NOT_TOLD)


def _known_exactly(numbers: Ints, below: int) -> Flags:
    """The total, and groups of one attribute that a release shows: not those that it pools (0003, 9)."""
    known = np.zeros(numbers.shape, dtype=np.bool_)
    known.flat[0] = True
    for axis in range(numbers.ndim):
        line: list[int | slice] = [0] * numbers.ndim
        line[axis] = slice(1, None)
        sizes = numbers[tuple(line)]
        shown = sizes >= below
        if is_small(int(sizes[~shown].sum()), below) and shown.any():
            shown &= sizes > sizes[shown].min()
        known[tuple(line)] = shown
    return known


def _narrowed(numbers: Ints, told: Flags, exact: Flags, below: int) -> Flags:
    """Numbers of fewer than `below` people, of a place or of the rest of a line beside it, of which what is told says
    much more than the release does."""
    known, now = _bounds(numbers, exact & False, exact, below), _bounds(numbers, told, exact, below)
    found: Flags = (numbers < below) & _tighter(known, now, below)
    for axis in range(numbers.ndim):
        rest = numbers.take([0], axis=axis) - numbers
        narrowed = (rest < below) & _tighter(_rest(*known, axis), _rest(*now, axis), below)
        narrowed[_first(axis, numbers.ndim)] = False
        found |= narrowed
    return found


def _tighter(known: tuple[Ints, Ints], now: tuple[Ints, Ints], below: int) -> Flags:
    # That somebody is there must not follow; of how many there are at most, half of what is hidden may.
    found: Flags = (now[0] > known[0]) | (now[1] < np.minimum(known[1], below // 2))
    return found


def _rest(low: Ints, high: Ints, axis: int) -> tuple[Ints, Ints]:
    """Bounds of those of a line who are not in a place of it."""
    any_low, any_high = low.take([0], axis=axis), high.take([0], axis=axis)
    parts_low = low.sum(axis=axis, keepdims=True) - any_low
    parts_high = high.sum(axis=axis, keepdims=True) - any_high
    return np.maximum(any_low - high, parts_low - low), np.minimum(any_high - low, parts_high - high)


def _bounds(numbers: Ints, told: Flags, exact: Flags, below: int) -> tuple[Ints, Ints]:
    """The least and the most that each number can be, for a reader of what is told and of what is known exactly."""
    rounded = numbers // below * below
    low = np.where(exact, numbers, np.where(told, rounded, 0))
    high = np.where(exact, numbers, np.where(told, rounded + below - 1, numbers.flat[0]))
    for _ in range(_ROUNDS):
        before = low.copy(), high.copy()
        for axis in range(numbers.ndim):
            first, parts = _first(axis, numbers.ndim), _parts(axis, numbers.ndim)
            low[first] = np.maximum(low[first], low[parts].sum(axis=axis, keepdims=True))
            high[first] = np.minimum(high[first], high[parts].sum(axis=axis, keepdims=True))
            others_low = low[parts].sum(axis=axis, keepdims=True) - low[parts]
            others_high = high[parts].sum(axis=axis, keepdims=True) - high[parts]
            low[parts] = np.maximum(low[parts], low[first] - others_high)
            high[parts] = np.minimum(high[parts], high[first] - others_low)
        if (low == before[0]).all() and (high == before[1]).all():
            break
    return low, high


def _beside(places: Flags) -> Flags:
    """Every place on a line with one of these."""
    found = places.copy()
    for axis in range(places.ndim):
        found |= places.any(axis=axis, keepdims=True)
    return found


def _first(axis: int, ndim: int) -> tuple[slice, ...]:
    return tuple(slice(0, 1) if one == axis else slice(None) for one in range(ndim))


def _parts(axis: int, ndim: int) -> tuple[slice, ...]:
    return tuple(slice(1, None) if one == axis else slice(None) for one in range(ndim))
