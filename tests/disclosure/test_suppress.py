"""`suppress` on counts, and the same rule on columns."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.disclosure import levels, suppress
from embla.disclosure.rules import Cell, level_of
from embla.disclosure.suppress import RAW_HIDDEN_NOTE
from embla.genotypes import RAW_NOTE, Count, Numbers, make_count

HIDDEN_KEYS = "ac af nhet nhomalt nhemi nfail faf95 faf99 af_upper95 raw".split()


def count(het: int = 0, hom: int = 0, hemi: int = 0, half: int = 0, an: int = 400, **more: Any) -> Count:
    adj = Numbers(het + 2 * hom + hemi + half, an, het, hom, hemi)
    raw = more.pop("raw", adj)
    nfail = more.pop("nfail", 0)
    return make_count("chr1", 1000, "A", "G", adj, raw, nfail, policy="p", manifest="1", **more)


def add(*counts: Count) -> Count:
    fields = [sum(getattr(c, name) for c in counts) for name in ("nhet", "nhomalt", "nhemi")]
    half = sum(c.ac - c.nhet - 2 * c.nhomalt - c.nhemi for c in counts)
    return count(*fields, half, an=sum(c.an for c in counts))


def test_suppress__one_to_four_carriers_are_hidden_in_every_number_but_an() -> None:
    shown = suppress(count(het=3), below=5).total.to_json()

    assert shown["status"] == "suppressed"
    assert {key: shown[key] for key in HIDDEN_KEYS} == dict.fromkeys(HIDDEN_KEYS)
    assert shown["an"] == 400
    assert "fewer than 5" in shown["notes"]


@pytest.mark.parametrize("carriers", [0, 5, 60])
def test_suppress__none_and_five_or_more_carriers_are_shown_as_they_are(carriers: int) -> None:
    whole = count(het=carriers)

    assert suppress(whole, below=5).total == whole


def test_suppress__a_few_homozygotes_take_the_genotypes_but_not_the_alleles() -> None:
    shown = suppress(count(het=50, hom=2), below=5).total

    assert (shown.status, shown.ac, shown.nhet, shown.nhomalt) == ("observed", 54, None, None)
    assert shown.faf95 == count(het=50, hom=2).faf95


def test_suppress__raw_numbers_that_differ_from_adj_by_a_few_people_are_hidden() -> None:
    near = Numbers(52, 410, 52, 0, 0)
    far = Numbers(60, 420, 60, 0, 0)

    assert suppress(count(het=50, raw=near), below=5).total.raw is None
    assert suppress(count(het=50, raw=far), below=5).total.raw == far


def test_suppress__raw_carriers_of_an_absent_variant_are_hidden_when_few() -> None:
    assert suppress(count(raw=Numbers(2, 410, 2, 0, 0)), below=5).total.raw is None


def test_suppress__few_failed_calls_and_few_of_unknown_sex_are_hidden() -> None:
    shown = suppress(count(het=50, nfail=3, unknown_sex=2), below=5).total

    assert shown.nfail is None
    assert shown.unknown_sex is None
    assert suppress(count(het=50, nfail=7, unknown_sex=9), below=5).total.nfail == 7


def test_suppress__highest_heteroplasmy_is_rounded_and_goes_with_a_hidden_count() -> None:
    many = count(het=50, max_heteroplasmy=0.4321)
    few = count(het=3, max_heteroplasmy=0.4321)

    assert suppress(many, below=5).total.max_heteroplasmy == 0.43
    assert suppress(few, below=5).total.max_heteroplasmy is None


def test_suppress__cells_carry_no_raw_numbers_and_no_failed_calls() -> None:
    cells = {"XX": count(het=50, nfail=9), "XY": count(het=60, nfail=8)}

    shown = suppress(add(*cells.values()), {"karyotype": cells}, below=5).tables["karyotype"]["XX"]

    assert (shown.ac, shown.raw, shown.nfail) == (50, None, None)


def test_suppress__says_that_a_table_was_withheld() -> None:
    # Three people are covered in A and all carry; nothing that hides A could hide it: B alone is left to share the sum.
    cells = {"A": count(hom=3, an=6), "B": count(het=40)}

    shown = suppress(add(*cells.values()), {"region": cells}, below=5)

    assert shown.withheld == ("region",)
    assert shown.tables == {}


def test_suppress__a_count_that_was_never_made_passes() -> None:
    none = Count("chr1", 1, "A", "<DEL>", "not_loaded", *[None] * 10, raw=None, policy="p", manifest="1")

    assert suppress(none, below=5).total == none


def test_suppress__below_1_hides_nothing() -> None:
    cells = {"A": count(het=1), "B": count()}

    shown = suppress(add(*cells.values()), {"region": cells}, below=1)

    assert shown.tables["region"]["A"].ac == 1
    assert shown.total.nhet == 1


people = st.integers(0, 9)
cells = st.builds(count, people, people, st.integers(0, 2), st.integers(0, 2))


@settings(max_examples=300, deadline=None)
@given(st.lists(cells, min_size=1, max_size=6), st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_suppress__no_shown_number_and_no_difference_of_shown_numbers_is_small(
    regions: list[Count], split: list[int]
) -> None:
    """Two tables of one total: every shown cell, every sum of what one table hides, and raw less adj."""
    total = add(*regions)
    groups = {f"g{i}": [c for c, s in zip(regions, split, strict=False) if s == i] for i in range(4)}
    tables = {
        "region": {str(i): c for i, c in enumerate(regions)},
        "patient_group": {name: add(*members) for name, members in groups.items() if members},
    }

    shown = suppress(total, tables, below=5)

    if shown.total.ac is None:
        assert all(c.ac is None or not c.an for table in shown.tables.values() for c in table.values())
        return
    assert shown.total.ac == 0 or carriers(total) >= 5
    for by, table in shown.tables.items():
        hidden = [name for name, c in table.items() if c.ac is None]
        assert all(carriers(tables[by][name]) >= 5 or c.ac == 0 for name, c in table.items() if c.ac is not None)
        assert len(hidden) != 1
        assert not hidden or sum(carriers(tables[by][name]) for name in hidden) >= 5
        for name, c in table.items():
            for shown_people in (c.nhet, c.nhomalt, c.nhemi):
                assert shown_people is None or not 0 < shown_people < 5, name


def carriers(c: Count) -> int:
    return c.ac - c.nhomalt


def test_levels__columns_say_what_single_counts_say() -> None:
    rows = list(product(range(13), range(8), range(7), range(3)))
    het, hom, hemi, half = (np.array(column, dtype=np.int32) for column in zip(*rows, strict=True))
    ac = het + 2 * hom + hemi + half

    for k in (1, 2, 3, 5):
        found = levels(ac, het, hom, hemi, k)
        single = [level_of(Cell(999, int(a), *row[:3]), k) for a, row in zip(ac, rows, strict=True)]
        assert found.tolist() == [int(level) for level in single]


def test_levels__on_chrm_a_homoplasmic_person_is_one_allele() -> None:
    ac = np.array([4, 5], dtype=np.int32)
    none = np.zeros(2, dtype=np.int32)

    assert levels(ac, none, ac, none, 5, haploid=True).tolist() == [0, 2]


def failed(*genotypes: int, an: int = 400) -> Count:
    """Nobody in a call that passes; het, hom in others."""
    het, hom = (*genotypes, 0)[:2]
    return count(an=an, raw=Numbers(het + 2 * hom, 410, het, hom, 0))


@pytest.mark.parametrize("few", [(1,), (4,), (0, 4), (2, 2)])
def test_suppress__few_who_have_it_in_calls_that_fail_look_like_few_who_carry_it(few: tuple[int, ...]) -> None:
    groups = {"XX": count(an=200), "XY": count(an=200)}

    hidden = suppress(failed(*few), {"karyotype": groups}, below=5)
    carried = suppress(count(het=3), {"karyotype": {"XX": count(het=3, an=200), "XY": count(an=200)}}, below=5)

    assert hidden == carried and hidden.total.status == "suppressed"


def test_suppress__says_of_an_absent_variant_that_enough_have_it_in_calls_that_fail() -> None:
    told, unlike = suppress(failed(8), below=5).total, suppress(failed(8, 1), below=5).total

    assert (told.status, told.ac, told.raw, told.notes) == ("absent", 0, Numbers(8, 410, 8, 0, 0), (RAW_NOTE,))
    assert (unlike.status, unlike.raw, unlike.notes) == ("absent", None, (RAW_HIDDEN_NOTE,))
    assert suppress(failed(0), below=5).total.notes == ()
    assert suppress(failed(1), below=1).total.notes == (RAW_NOTE,)


@pytest.mark.parametrize(("het", "note"), [(0, ()), (2, (RAW_HIDDEN_NOTE,)), (8, (RAW_NOTE,))])
def test_suppress__where_nobody_was_read_well_it_says_who_has_it_and_of_few_not_how_many(
    het: int, note: tuple[str, ...]
) -> None:
    shown = suppress(failed(het, an=0), below=5).total

    assert (shown.status, shown.notes, shown.nfail) == ("not_callable", note, None if 0 < het < 5 else 0)


def test_levels__of_what_only_failed_calls_have_say_what_single_counts_say() -> None:
    rows = list(product(range(3), range(8), range(4)))
    adj, het, hom = (np.array(column, dtype=np.int32) for column in zip(*rows, strict=True))
    none = np.zeros_like(adj)

    found = levels(adj, adj, none, none, 5, seen=adj + het + hom)

    for level, (own, more, twice) in zip(found.tolist(), rows, strict=True):
        raw = Numbers(own + more + 2 * twice, 410, own + more, twice, 0)
        assert (level == 0) == (suppress(count(het=own, raw=raw), below=5).total.status == "suppressed")
