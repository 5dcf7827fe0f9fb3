"""People by several attributes at once: a reader who adds and subtracts all that is told finds no small number."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.disclosure import NOT_TOLD, tell_crossed
from embla.disclosure.crossed import with_sums

K = 3


def tell(*rows: list[int], below: int = 5) -> list[list[int]]:
    return tell_crossed(np.array(rows), below).tolist()  # type: ignore[no-any-return]


def test_tell_crossed__rounds_down_and_tells_no_few_nor_that_nobody_fits() -> None:
    told = tell([20, 23], [22, 0])

    # Who is in neither the first row nor the second column: 22; in the second of both: nobody.
    assert told[0][0] == 65 and told[1][0] == 40 and told[2][0] == 20
    assert told[2][2] == NOT_TOLD


def test_tell_crossed__what_a_known_margin_would_leave_of_four_is_not_told() -> None:
    """23 in the region are known, 19 of them are men, "15 to 19": so the women, fewer than five, were four."""
    told = tell([19, 30], [4, 33])

    assert told[1][1] == NOT_TOLD and told[2][1] == NOT_TOLD


def test_tell_crossed__four_groups_with_one_each_are_not_known_by_their_sum() -> None:
    told = tell([1, 1, 1, 1, 0, 30], [20, 20, 20, 20, 20, 30])

    assert {told[1][n] for n in range(1, 6)} == {NOT_TOLD}


def test_tell_crossed__of_fewer_than_the_bound_in_all_nothing_is_told() -> None:
    assert {n for row in tell([1, 1], [1, 1]) for n in row} == {NOT_TOLD}


def test_tell_crossed__with_a_bound_of_one_everything_is_exact() -> None:
    assert tell([1, 0], [2, 3], below=1) == [[6, 3, 3], [1, 1, NOT_TOLD], [5, 2, 3]]


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray:
    shape = draw(st.sampled_from([(2, 2), (2, 3)]))
    return np.array(draw(st.lists(st.integers(0, 6), min_size=shape[0] * shape[1], max_size=6)) + [0] * 6)[
        : shape[0] * shape[1]
    ].reshape(shape)


@settings(max_examples=40)
@given(tables())
def test_tell_crossed__every_nation_that_fits_what_is_told_is_looked_through(table: np.ndarray) -> None:
    """A reader who knows the margins that a release shows goes through every table: where what is told leaves fewer
    values below k for a number of fewer than k than the release did, nobody and one are still among them."""
    told, sums = tell_crossed(table, K), with_sums(table)
    shown = told != NOT_TOLD
    before = [with_sums(cells) for cells in nations(table, margins_known(table), int(table.max()) + K)]
    after = [one for one in before if (one[shown] // K * K == told[shown]).all()]

    for place in np.ndindex(sums.shape):
        if sums[place] < K:
            small = [{int(one[place]) for one in some if one[place] < K} for some in (before, after)]
            assert small[0] == small[1] or {0, 1} <= small[1], (table, told, place)


def margins_known(table: np.ndarray) -> list[tuple[int, int, int]]:
    """(axis, place, people) that a release shows, written anew: groups below k are pooled, with the smallest other
    where together they are below it still."""
    found = []
    for axis in (0, 1):
        sizes = table.sum(axis=1 - axis)
        small = [n for n in sizes if n < K]
        large = sorted(n for n in sizes if n >= K)
        least = large[0] if large and 0 < sum(small) < K else None
        found += [(axis, i, int(n)) for i, n in enumerate(sizes) if n >= K and n != least]
    return found


def nations(table: np.ndarray, known: list[tuple[int, int, int]], most: int) -> Iterator[np.ndarray]:
    total = int(table.sum())
    for cells in product(range(most + 1), repeat=table.size - 1):
        last = total - sum(cells)
        if not 0 <= last <= most:
            continue
        other = np.array([*cells, last]).reshape(table.shape)
        if all(int(other.sum(axis=1 - axis)[place]) == n for axis, place, n in known):
            yield other


@pytest.mark.parametrize("seed", range(20))
def test_tell_crossed__of_a_nation_much_is_told(seed: int) -> None:
    """Sex by five regions by 17 groups of 60,000: the bounds cost hardly an answer."""
    rng = np.random.default_rng(seed)
    cells = rng.poisson(350, size=(2, 5, 17)).astype(np.int64)
    cells[1, :, 3] = rng.integers(0, 6, size=5)

    told = tell_crossed(cells, 5)

    assert (told != NOT_TOLD).mean() > 0.9
    shown = told != NOT_TOLD
    assert (told[shown] == with_sums(cells)[shown] // 5 * 5).all()
