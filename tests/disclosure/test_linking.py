"""Tables shown together, attacked by whoever tries every nation that fits what is shown."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from embla.disclosure import linked, suppress_people

K = 3
Key = tuple[str, ...]


def shown(cells: dict[Key, int], order: Sequence[int], *, alone: bool = False) -> list[tuple[list[int], int]]:
    """What is published, as (row over the cells, number): the total, and each table that is not withheld."""
    support, people = list(cells), list(cells.values())
    rows: dict[str, list[list[int]]] = {"": [[1] * len(cells)]}
    for place in order:
        counted: dict[str, int] = {}
        for key, n in cells.items():
            counted[key[place]] = counted.get(key[place], 0) + n
        told = suppress_people(sum(people), counted, below=K) or {}
        rows[str(place)] = [
            [int(key[place] == name) for key in support] for name, n in told.items() if n is not None
        ]  # fmt: skip
    withheld = frozenset() if alone else linked(support, people, rows, below=K)
    open_rows = [row for name, some in rows.items() if name not in withheld for row in some]
    return [(row, sum(a * n for a, n in zip(row, people, strict=True))) for row in open_rows]


def nations(size: int, total: int) -> Iterator[tuple[int, ...]]:
    if size == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in nations(size - 1, total - first):
            yield (first, *rest)


def given_away(cells: dict[Key, int], published: list[tuple[list[int], int]]) -> set[tuple[tuple[int, ...], Key]]:
    """Small cells (of one category or of two crossed) that have one value in every nation that fits."""
    support, total = list(cells), sum(cells.values())
    fits = [
        one for one in nations(len(support), total)
        if all(sum(a * n for a, n in zip(row, one, strict=True)) == told for row, told in published)
    ]  # fmt: skip
    found = set()
    for some in [*combinations(range(3), 1), *combinations(range(3), 2)]:
        for name in {tuple(key[at] for at in some) for key in support}:
            where = [at for at, key in enumerate(support) if tuple(key[one] for one in some) == name]
            truth = sum(cells[support[at]] for at in where)
            if 0 < truth < K and len({sum(one[at] for at in where) for one in fits}) == 1:
                found.add((some, name))
    return found


@st.composite
def peoples(draw: st.DrawFn) -> dict[Key, int]:
    keys = st.tuples(st.sampled_from("nse"), st.sampled_from("ab"), st.sampled_from("xy"))
    cells: dict[Key, int] = draw(st.dictionaries(keys, st.integers(1, 5), min_size=1, max_size=5))
    if sum(cells.values()) < K:
        cells[min(cells)] += K
    return cells


@given(peoples(), st.permutations(range(3)))
@settings(max_examples=60, deadline=None)
def test_linked__no_small_cell_is_the_same_in_every_nation_that_fits(cells: dict[Key, int], order: list[int]) -> None:
    assert not given_away(cells, shown(cells, order))


def test_linked__a_study_that_is_all_research_is_withheld_where_two_are_left() -> None:
    cells = {("research", "study", "x"): 8, ("research", "none", "x"): 2, ("clinical", "none", "x"): 9}

    assert given_away(cells, shown(cells, (0, 1), alone=True))
    assert not given_away(cells, shown(cells, (0, 1)))
    assert len(shown(cells, (0, 1))) == 3  # the total and both sources


def test_linked__tables_that_cross_everywhere_stay_open() -> None:
    cells = {(region, kind, "x"): 3 for region in "nse" for kind in "ab"} | {("n", "a", "y"): 3, ("s", "b", "y"): 4}

    assert len(shown(cells, (0, 1, 2))) == 1 + 3 + 2 + 2
