"""Each walk over lines, alleles and sites finds what looking at them one by one finds."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.genotypes.annotating import kernels as k
from embla.genotypes.annotating.looking import BY_KEY, look_up, numbers_of
from embla.genotypes.annotating.sites import Sites
from embla.genotypes.annotating.walking import known, reach
from embla.genotypes.files.variants import Texts
from embla.genotypes.model import tally
from embla.genotypes.model.keys import make_key

ALLELES = [("A", "C"), ("A", "G"), ("AC", "A"), ("C", "CTT")]


def plainly(
    sites: Sites, found: np.ndarray, which: np.ndarray, rows: np.ndarray
) -> tuple[dict[int, int], dict[int, list[int]]]:
    """The slow twin: for each allele its status and its numbers."""
    keys, status, numbers = sites.key.tolist(), {}, {}
    for t, i in enumerate(which.tolist()):
        row = int(rows[t])
        if row == BY_KEY:
            row = keys.index(int(found[i, k.A_KEY])) if int(found[i, k.A_KEY]) in keys else -1
        step = max(j for j, at in enumerate(sites.step_at.tolist()) if at <= found[i, k.A_POS] - 1)
        numbers[i] = sites.numbers[row].tolist() if row >= 0 else [0, int(sites.step_an[step]), 0, 0]
        ac, an = numbers[i][:2]
        status[i] = k.OBSERVED if ac > 0 else k.ABSENT if an > 0 else k.NOT_CALLABLE
        if sites.hidden is not None and (sites.hidden[row] if row >= 0 else sites.step_hidden[step]):  # type: ignore[index]
            status[i] = k.SUPPRESSED
    return status, numbers


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_look_up__finds_what_its_slow_twin_finds(data: st.DataObject) -> None:
    draw = data.draw
    place = st.tuples(st.integers(1, 30), st.sampled_from(ALLELES))
    there = sorted({make_key(pos, *alleles) for pos, alleles in draw(st.sets(place, max_size=20))})
    small = st.integers(0, 2)
    cells = draw(st.lists(small, min_size=4 * len(there), max_size=4 * len(there)))
    steps = [0, *sorted(draw(st.sets(st.integers(1, 29), max_size=6)))]
    hides = draw(st.booleans())
    sites = Sites(
        np.array(there, np.uint64),
        Texts(),
        np.array(cells, np.int32).reshape(-1, 4),
        np.array(steps, np.int64),
        np.array(draw(st.lists(small, min_size=len(steps), max_size=len(steps))), np.int32),
        np.array(draw(st.lists(st.booleans(), min_size=len(there), max_size=len(there))), np.bool_) if hides else None,
        np.array(draw(st.lists(st.booleans(), min_size=len(steps), max_size=len(steps))), np.bool_) if hides else None,
    )
    # Twice the same allele, and alleles of one place in any order, as files have them.
    asked = sorted(draw(st.lists(place, max_size=25)), key=lambda one: one[0])
    found = np.zeros((len(asked) + 2, k.FACTS), np.int64)
    which = np.arange(len(asked), dtype=np.int64) + 1
    rows = np.full(len(asked), BY_KEY, np.int64)
    for t, (pos, alleles) in enumerate(asked):
        found[t + 1, k.A_POS], found[t + 1, k.A_KEY] = pos, make_key(pos, *alleles)
        if there and draw(st.integers(0, 9)) == 0:
            found[t + 1, k.A_KEY], rows[t] = 0, draw(st.integers(-1, len(there) - 1))
    status, numbers = np.full(len(found), 99, np.uint8), np.full((len(found), 4), -9, np.int32)

    look_up(sites, found, which, rows, status, numbers)

    said, counted = plainly(sites, found, which, rows)
    assert {i: int(status[i]) for i in which.tolist()} == said
    assert {i: numbers[i].tolist() for i in which.tolist()} == counted
    assert status[[0, -1]].tolist() == [99, 99] and (numbers[[0, -1]] == -9).all()


@given(
    places=st.lists(st.integers(1, 40), max_size=20),
    steps=st.sets(st.integers(1, 39), max_size=6),
    seed=st.integers(0, 99),
)
@settings(max_examples=100, deadline=None)
def test_numbers__take_an_where_they_stand_and_what_own_records_say(
    places: list[int], steps: set[int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    key = np.array([make_key(pos, "A", "C") for pos in sorted(places)], np.uint64)
    counts = rng.integers(-5, 9, (len(key), tally.N_FIELDS)).astype(np.int32)
    step_at = np.array([0, *sorted(steps)], np.int64)
    step_an = rng.integers(0, 99, len(step_at)).astype(np.int32)

    numbers = numbers_of(key, counts, step_at, step_an)

    for i, pos in enumerate(sorted(places)):
        an = int(step_an[max(j for j, at in enumerate(step_at.tolist()) if at <= pos - 1)])
        row = counts[i].tolist()
        said = [row[tally.AC], an + row[tally.D_AN], row[tally.NHOM], row[tally.NHEMI]]
        assert numbers[i].tolist() == said


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_walks__give_what_the_rows_say_one_by_one(data: st.DataObject) -> None:
    facts = data.draw(
        st.lists(st.tuples(st.booleans(), st.integers(-1 if data.draw(st.booleans()) else 1, 50), st.integers(1, 9))),
    )
    rows = np.zeros((len(facts) + 2, k.COLUMNS), np.int64)
    for line, (empty, pos, size) in enumerate(facts, 1):
        rows[line, [k.START, k.CHROM_END, k.POS, k.REF, k.REF_END]] = (7, 7 if empty else 9, pos, 20, 20 + size)
    lines = [(line, pos, size) for line, (empty, pos, size) in enumerate(facts, 1) if not empty]

    where = reach(rows, 1, len(facts) + 1)

    wrong = [line for line, pos, _ in lines if pos < 0]
    assert where.wrong == (wrong[0] if wrong else -1)
    if not wrong:
        assert where.low == min((pos for _, pos, _ in lines), default=0)
        assert where.high == max((pos + size for _, pos, size in lines), default=0)

    states = st.sampled_from([k.READY, k.NOT_LOADED, k.BY_HAND, k.TRIMMED])
    alleles = data.draw(st.lists(st.tuples(states, st.integers(1, 50), st.integers(0, len(facts) + 1)), max_size=20))
    found = np.zeros((len(alleles) + 3, k.FACTS), np.int64)
    for i, (state, pos, line) in enumerate(alleles, 2):
        found[i, [k.A_STATE, k.A_POS, k.A_LINE]] = state, pos, line

    which, pos, moved = known(found, 2, len(alleles) + 2, rows)

    loaded = [(place, i, line) for i, (state, place, line) in enumerate(alleles, 2) if state != k.NOT_LOADED]
    assert moved == sum(place != rows[line, k.POS] for place, _, line in loaded)
    assert list(zip(pos.tolist(), which.tolist(), strict=True)) == sorted((place, i) for place, i, _ in loaded)
