"""The pure rules: FAF, the bound, grpmax, cohort expressions."""

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from embla.errors import UsageError
from embla.genotypes import Numbers, af_upper95, faf, find_grpmax, make_count
from embla.genotypes.model.expression import evaluate
from embla.genotypes.model.statistics import poisson_lower


@pytest.mark.parametrize(
    ("ac", "right"), [(1, 0.0), (2, 2.961e-6), (3, 6.814e-6), (5, 1.642e-5), (20, 1.105e-4), (100, 7.012e-4)]
)
def test_t28__faf95_has_the_published_values(ac: int, right: float) -> None:
    assert faf(ac, 120_000, 0.95) == pytest.approx(right, rel=5e-4)


@given(st.integers(2, 400), st.sampled_from([0.95, 0.99]))
def test_faf__is_where_the_tail_probability_is_one_less_confidence(ac: int, confidence: float) -> None:
    m = poisson_lower(ac, confidence)

    below = sum(math.exp(k * math.log(m) - m - math.lgamma(k + 1)) for k in range(ac))

    assert 1 - below == pytest.approx(1 - confidence, rel=1e-6)
    assert m < ac


def test_faf__grows_with_ac_falls_with_confidence_and_is_zero_for_nobody() -> None:
    values = [faf(ac, 1000, 0.95) for ac in range(2, 200)]
    assert values == sorted(values)
    assert all(faf(ac, 1000, 0.99) < faf(ac, 1000, 0.95) for ac in (2, 50, 900))
    assert faf(0, 0) == faf(1, 10) == 0.0
    assert 0 < faf(1_000_000, 1_200_000, 0.95) < 1


def test_t27__the_bound_when_absent_is_exact_and_about_three_over_an() -> None:
    assert af_upper95(120_000) == pytest.approx(3 / 120_000, rel=2e-3)
    assert (1 - af_upper95(2)) ** 2 == pytest.approx(0.05)
    with pytest.raises(UsageError):
        af_upper95(0)


def cell(ac: int, an: int):
    return make_count("chr1", 1, "A", "G", Numbers(ac, an), Numbers(ac, an), 0, policy="p", manifest="m")


def test_t29__grpmax_takes_the_highest_af_with_carriers_and_breaks_ties_by_an_then_name() -> None:
    groups = {"a": cell(1, 10), "b": cell(10, 100), "c": cell(0, 5), "d": cell(50, 600), "e": cell(10, 100)}

    top = find_grpmax(groups)
    assert top is not None and (top.group, top.af) == ("b", 0.1)
    assert top.faf_group == "d"
    without = find_grpmax(groups, frozenset("be"))
    assert without is not None and without.group == "a"
    assert find_grpmax({"c": cell(0, 5), "x": cell(0, 0)}) is None


@given(st.lists(st.tuples(st.integers(1, 2**31 - 1), st.integers(1, 2**31 - 1)), min_size=2, max_size=5))
@example([(1_073_741_823, 2_147_483_645), (1_073_741_824, 2_147_483_647)])
@example([(3, 9), (1, 3)])
def test_grpmax__compares_as_fractions(pairs: list[tuple[int, int]]) -> None:
    # Without the FAF of the numbers: of a thousand million carriers it takes seconds.
    cells = {str(i): replace(cell(0, max(pair)), ac=min(pair), af=0.5) for i, pair in enumerate(pairs)}
    right = max(cells, key=lambda name: (Fraction(cells[name].ac, cells[name].an), cells[name].an, -int(name)))
    top = find_grpmax(cells)
    assert top is not None and top.group == right


def test_count__says_none_where_nobody_is_callable() -> None:
    nobody, absent = cell(0, 0), cell(0, 10)
    assert (nobody.status, nobody.af, nobody.faf95, nobody.af_upper95) == ("not_callable", None, None, None)
    assert (absent.status, absent.af) == ("absent", 0.0) and absent.af_upper95 is not None
    assert cell(1, 10).af_upper95 is None


COLUMNS = {
    "karyotype": ["XX", "XY", "XX", "XX"],
    "region": ["1084", "1081", "", "1082"],
    "related": ["true", "false", "", "true"],
    "age": ["40", "7", "", "x"],
}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ('karyotype == "XX" and region != "1084" and not related', "0010"),
        ("related", "1001"),
        ("not related", "0110"),
        ("related == false", "0100"),
        ("related != true", "0110"),
        ('region in ["1081", "1082"]', "0101"),
        ('region not in ("1081", "1082")', "1010"),
        ("region == 1084", "1000"),
        ("age > 6.5 and age <= 40", "1100"),
        ("6 < age < 10", "0100"),
        ('"XY" == karyotype', "0100"),
        ("10 > age", "0100"),
        ("true", "1111"),
        ("karyotype == 'XX' or (age == 7 and false)", "1011"),
        ('region == ""', "0000"),
        ("age != 7", "1011"),
        ("age < -1", "0000"),
    ],
)
def test_expression__means_what_it_says(text: str, right: str) -> None:
    assert "".join(str(int(x)) for x in evaluate(text, COLUMNS, 4)) == right


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nosuch == 1", "Known: age, karyotype, region, related"),
        ("karyotype", "true or false"),
        ("__import__('os').system('x')", "Example"),
        ("karyotype == region", "quotes"),
        ("(lambda: 1)()", "Example"),
        ("region ==", "cannot be read"),
        ("", "cannot be read"),
        ("karyotype is 'XX'", "compares with"),
        ("region in 'abc'", "list"),
        ("1 + 1 == 2", "attribute"),
        ("related > true", "order"),
        ("karyotype == [x for x in region]", "text"),
        ("not " * 80 + "related", "deep"),
        ("a" * 30_000, "characters"),
        ("(" * 300 + "related" + ")" * 300, "e"),
        ("karyotype == f'{region}'", "text"),
        ("region.__class__ == 'x'", "attribute"),
        ("region == b'1084'", "text"),
        ("region == \x00", "cannot be read"),
    ],
)
def test_expression__refuses_everything_else_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        evaluate(text, COLUMNS, 4)
