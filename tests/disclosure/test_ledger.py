"""Published cohorts against each other: two of them, and several tables together."""

from datetime import UTC, datetime
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.disclosure import (
    EXPORT,
    STRATUM,
    Difference,
    Parts,
    Persons,
    PublishedCohort,
    any_few,
    came_and_left,
    compare,
    flows,
    members,
    publish_cohorts,
    published,
    singles_out,
)
from embla.disclosure.members import pack, unpack
from embla.errors import Broken, Refused
from embla.platform import Database

AT = datetime(2026, 3, 1, tzinfo=UTC)
people = st.sets(st.integers(1, 40))
EACH = Persons.of({})  # every genome is of somebody else


@given(people, people, st.integers(1, 8))
def test_compare__is_few_when_either_side_has_some_and_fewer_than_the_step(a: set[int], b: set[int], step: int) -> None:
    found = compare(members(a), members(b), step, EACH)

    assert found.few == (0 < len(b - a) < step or 0 < len(a - b) < step)
    assert (found is Difference.SAME) == (a == b)
    assert came_and_left(members(a), members(b)) == (len(b - a), len(a - b))


AGAIN = Persons.of({101 + i: 1 + i for i in range(60)})  # whoever was sequenced again has the number and a hundred


def test_compare__twenty_who_were_sequenced_again_hide_neither_one_who_came_nor_one_who_left() -> None:
    first, again = members(range(1, 61)), [*range(21, 61), *range(101, 121)]

    assert compare(first, members(again), 20, AGAIN) is Difference.APART
    assert compare(first, members([*again, 61]), 20, AGAIN) is Difference.FEW_MORE
    assert compare(first, members(sorted(again)[1:]), 20, AGAIN) is Difference.FEW_LESS
    assert compare(first, members([*range(2, 61), 101]), 20, AGAIN).few  # one alone shows what changed in that one
    assert compare(first, members([*again, *range(201, 221)]), 20, AGAIN) is Difference.APART


@given(
    st.dictionaries(st.integers(1, 30), st.booleans()), st.dictionaries(st.integers(1, 30), st.booleans()),
    st.integers(1, 8),
)  # fmt: skip
def test_compare__is_few_when_the_change_is_that_of_some_persons_and_fewer_than_the_step(
    a: dict[int, bool], b: dict[int, bool], step: int
) -> None:
    """Person -> second genome or first: what rose can be those who came or changed, what fell who left or changed."""
    came, left = set(b) - set(a), set(a) - set(b)
    again = {person for person in set(a) & set(b) if a[person] != b[person]}
    cohorts = [members(person + 100 * second for person, second in one.items()) for one in (a, b)]

    few = any(0 < len(some) < step for some in (came, left, came | again, left | again))
    assert compare(*cohorts, step, AGAIN).few == few


def test_persons__are_named_by_the_lowest_number_and_by_their_own_where_nobody_knows() -> None:
    persons = Persons.of({9: 2, 5: 2})

    assert persons.of_each(members({2, 5, 7, 9})).tolist() == [2, 2, 7, 2]
    assert persons.cohort(members({5, 7, 9})).tolist() == [2, 7]
    parts = persons.parts(Parts.of([("a", members({3, 9})), ("b", members({4}))]))
    assert (parts.who.tolist(), parts.code.tolist(), parts.names) == ([2, 3, 4], [0, 0, 1], ("a", "b"))


@given(st.sets(st.integers(1, 1 << 40)))
def test_pack__is_undone_by_unpack(a: set[int]) -> None:
    assert unpack(pack(members(a)), len(a)).tolist() == sorted(a)


def test_unpack__of_what_was_changed_is_broken() -> None:
    with pytest.raises(Broken):
        unpack(pack(members({1, 2})), 3)
    with pytest.raises(Broken):
        unpack(b"nonsense", 3)


moves = st.dictionaries(st.integers(1, 60), st.tuples(st.sampled_from("abc-"), st.sampled_from("abc-")))


@given(moves, st.integers(2, 5))
def test_any_few__false_means_that_no_two_unions_differ_by_a_few(where: dict[int, tuple[str, str]], step: int) -> None:
    """By going through every union of old groups and every union of new ones."""

    def parts(i: int) -> Parts:
        return Parts.of([(name, members(p for p, w in where.items() if w[i] == name)) for name in "abc"])

    flow = flows(parts(0), parts(1))
    flow[-1, -1] = 0
    if any_few(flow, step):
        return
    for old, new in product(subsets("abc"), subsets("abc")):
        a = {p for p, w in where.items() if w[0] in old}
        b = {p for p, w in where.items() if w[1] in new}
        assert not 0 < len(a - b) < step
        assert not 0 < len(b - a) < step


def subsets(names: str) -> list[set[str]]:
    return [{n for i, n in enumerate(names) if bits >> i & 1} for bits in range(1 << len(names))]


def test_singles_out__finds_the_one_who_is_north_and_kidney() -> None:
    """Each group grew by twenty or more; North less heart is one person (rows: North, South, heart, kidney)."""
    columns = [[1, 0, 1, 0]] * 20 + [[0, 1, 0, 1]] * 20 + [[1, 0, 0, 1]]

    assert singles_out(np.array(columns), 20)
    assert not singles_out(np.array(columns[:-1]), 20)
    assert not singles_out(np.array(columns + [[1, 0, 0, 1]] * 19), 20)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 1)] * 3), max_size=14), st.integers(2, 4))
def test_singles_out__false_means_that_no_combination_is_left_with_a_few(
    rows: list[tuple[int, ...]], step: int
) -> None:
    """Every combination with small whole coefficients, which with three rows of 0 and 1 are enough."""
    columns = np.array(rows, dtype=np.int64).reshape(len(rows), 3)
    if singles_out(columns, step):
        return
    for weights in product(range(-3, 4), repeat=3):
        assert not 0 < int((columns @ np.array(weights) != 0).sum()) < step


def test_singles_out__counts_a_person_with_two_genomes_once() -> None:
    """Ten were sequenced again: their old genomes and their new ones are twenty columns, and ten persons."""
    columns = np.array([[1, 0]] * 10 + [[-1, 0]] * 10 + [[0, 1]] * 20)
    ten = np.array([*range(10), *range(10), *range(10, 30)])

    assert not singles_out(columns, 20)
    assert singles_out(columns, 20, ten)
    assert not singles_out(columns, 10, ten)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), *[st.integers(-1, 1)] * 3), max_size=14), st.integers(2, 4))
def test_singles_out__false_means_that_no_combination_is_left_with_a_few_persons(
    rows: list[tuple[int, ...]], step: int
) -> None:
    table = np.array(rows, dtype=np.int64).reshape(len(rows), 4)
    if singles_out(table[:, 1:], step, table[:, 0]):
        return
    for weights in product(range(-3, 4), repeat=3):
        assert not 0 < len(set(table[table[:, 1:] @ np.array(weights) != 0, 0].tolist())) < step


def cohort(name: str, line: str, kind: str, *who: range) -> PublishedCohort:
    return PublishedCohort(name, line, kind, AT, members(n for r in who for n in r))


def test_publish_cohorts__refuses_one_that_differs_by_a_few_and_names_both(database: Database) -> None:
    first = cohort("2026.1/total", "total", STRATUM, range(100))
    with database.transaction() as connection:
        publish_cohorts(connection, [first], step=20, persons=EACH)

    with pytest.raises(Refused, match="'hearts' differs from '2026.1/total' by fewer than 20") as refused:
        with database.transaction() as connection:
            publish_cohorts(connection, [cohort("hearts", "hearts", EXPORT, range(99))], step=20, persons=EACH)

    assert refused.value.facts == {"difference": "few_less"}
    with database.reading() as connection:
        assert [(c.name, c.members.tolist()) for c in published(connection)] == [(first.name, list(range(100)))]


def test_publish_cohorts__takes_the_same_people_and_those_far_apart(database: Database) -> None:
    with database.transaction() as connection:
        publish_cohorts(connection, [cohort("a", "a", EXPORT, range(100))], step=20, persons=EACH)
        publish_cohorts(connection, [cohort("same", "b", EXPORT, range(100))], step=20, persons=EACH)
        publish_cohorts(connection, [cohort("far", "c", EXPORT, range(20, 130))], step=20, persons=EACH)
        with pytest.raises(Refused):
            publish_cohorts(
                connection,
                [cohort("x", "d", EXPORT, range(300)), cohort("y", "e", EXPORT, range(301))],
                step=20,
                persons=EACH,
            )


def test_publish_cohorts__twenty_newcomers_do_not_hide_one_who_left(database: Database) -> None:
    with database.transaction() as connection:
        publish_cohorts(connection, [cohort("1/total", "total", STRATUM, range(100))], step=20, persons=EACH)

    with pytest.raises(Refused, match="in the first only"), database.transaction() as connection:
        publish_cohorts(connection, [cohort("2/total", "total", STRATUM, range(1, 130))], step=20, persons=EACH)


def test_publish_cohorts__strata_of_other_lines_are_the_tables_business(database: Database) -> None:
    with database.transaction() as connection:
        publish_cohorts(connection, [cohort("1/total", "total", STRATUM, range(100))], step=20, persons=EACH)
        publish_cohorts(connection, [cohort("1/region/n", "region/n", STRATUM, range(95))], step=20, persons=EACH)

        assert [c.name for c in published(connection, "region/n")] == ["1/region/n"]


def test_publish_cohorts__counts_persons_in_old_entries_too(database: Database) -> None:
    again = cohort("hearts", "hearts", EXPORT, range(21, 61), range(101, 121))
    with database.transaction() as connection:
        publish_cohorts(connection, [cohort("1/total", "total", STRATUM, range(1, 62))], step=20, persons=EACH)

    with pytest.raises(Refused, match="in the first only"), database.transaction() as connection:
        publish_cohorts(connection, [again], step=20, persons=AGAIN)
