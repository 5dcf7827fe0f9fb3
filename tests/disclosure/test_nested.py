"""An MNP beside its single bases, which count its people, too: who subtracts must not be left with a few."""

from collections import defaultdict
from itertools import product
from typing import Any

import pytest

from embla.disclosure.nested import level_beside_bases
from embla.disclosure.rules import Cell, Level, decide, is_small

K = 3
AN = 200


def told(cell: Cell, cap: Level = Level.FULL) -> tuple[Any, ...]:
    """What everybody sees of a total: its level, and the numbers that the level lets through."""
    level = decide(cell, {}, K, cell, cap).total
    return level, cell.ac if level else None, cell.classes if level is Level.FULL else None


def numbers(cell: Cell) -> tuple[int, ...]:
    return cell.ac, cell.nhet, cell.nhomalt, cell.nhemi


def people(het: int, hom: int) -> Cell:
    return Cell(AN, het + 2 * hom, het, hom, 0)


def both(one: Cell, two: Cell) -> Cell:
    return Cell(AN, one.ac + two.ac, one.nhet + two.nhet, one.nhomalt + two.nhomalt, 0)


@pytest.mark.parametrize(("homozygotes", "hidden_too"), [(4, False), (1, True)])
def test_who_has_a_base_otherwise__does_not_follow_as_a_few_from_what_is_shown(
    homozygotes: int, hidden_too: bool
) -> None:
    """The reader knows the rule, and lists all nations that would look the same. Of hidden MNPs with heterozygotes
    only: where a base shows that all its carriers are homozygous, so are those of the MNP, and rare borders follow."""
    views: dict[Any, set[tuple[int, int]]] = defaultdict(set)
    some = [people(het, hom) for het, hom in product(range(8), range(homozygotes))]
    for mnp, first, second in product(some, some, some):
        bases = [both(mnp, first), both(mnp, second)]
        cap = level_beside_bases(numbers(mnp), [(numbers(base), []) for base in bases], K)
        views[told(mnp, cap), *(told(base) for base in bases)].add((first.carriers, mnp.carriers))

    def asked(view: Any) -> bool:
        """Is every nation that looks so among those tried?"""
        return all((base[1] or 0) <= 7 for base in view[1:]) and (hidden_too or view[0][0] > Level.HIDDEN)

    followed = [
        (view, seen)
        for view, seen in views.items()
        for one in (0, 1)
        if asked(view) and len({pair[one] for pair in seen}) == 1 and is_small(next(iter(seen))[one], K)
    ]
    assert not followed
    # It is no rule that hides everything.
    assert {Level.ALLELES, Level.FULL} <= {view[0][0] for view in views if asked(view)}


@pytest.mark.parametrize(
    ("ac", "base", "others", "level"),
    [
        (20, 20, [], Level.FULL),
        (20, 21, [], Level.HIDDEN),
        (20, 24, [], Level.HIDDEN),  # two people may have two each
        (20, 25, [], Level.ALLELES),
        (20, 18, [], Level.HIDDEN),  # two whose own record of the base failed
        (20, 40, [20], Level.ALLELES),
        (20, 41, [20], Level.HIDDEN),
        (20, 28, [6], Level.HIDDEN),  # together they leave two
        (20, 60, [5] * 7, Level.HIDDEN),  # too many sums
        (0, 7, [], Level.ALLELES),
    ],
)
def test_level__goes_by_what_is_left_of_a_base(ac: int, base: int, others: list[int], level: Level) -> None:
    assert level_beside_bases((ac, ac), [((base, base), others)], K) is level
    assert level_beside_bases((ac, ac), [((base, base), others)], 1) is Level.FULL


def test_level__of_mtdna_goes_by_people_as_each_has_one_copy() -> None:
    assert level_beside_bases((20,), [((23,), [])], K, haploid=True) is Level.ALLELES
    assert level_beside_bases((20,), [((22,), [])], K, haploid=True) is Level.HIDDEN


def test_decide__shows_no_table_and_no_raw_number_of_what_is_capped() -> None:
    total = people(20, 0)
    shown = decide(total, {"region": {"north": total}}, K, total, Level.ALLELES)
    hidden = decide(total, {"region": {"north": total}}, K, total, Level.HIDDEN)

    assert (shown.total, shown.raw, shown.cells) == (Level.ALLELES, Level.HIDDEN, {})
    assert (hidden.total, hidden.cells) == (Level.HIDDEN, {"region": {"north": Level.HIDDEN}})
