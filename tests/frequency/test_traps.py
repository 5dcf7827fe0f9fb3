"""T24-T30 of the frequency traps, through releases and live counts."""

from pathlib import Path

import pytest

from embla.frequency import LeaveOut, cut_release, live_answer, open_answer
from embla.frequency.groups import grpmax
from embla.genome import Place, Variant
from embla.genotypes import Count, Numbers, make_count
from embla.platform import OPERATOR
from tests.frequency.nation import Person, nation

SNV = Variant("chr1", 1500, "A", "G")


def count(ac: int, an: int) -> Count:
    numbers = Numbers(ac, an, ac, 0, 0)
    return make_count("chr1", 1500, "A", "G", numbers, numbers, 0, policy="p", manifest="1")


def test_t24__an_of_the_whole_sums_both_groups_when_the_allele_is_seen_in_one_only(tmp_path: Path) -> None:
    north = [Person(f"n{i}", region="1081", calls=["chr1 1500 A G 0/1"]) for i in range(2)]
    south = [Person(f"s{i}", region="1083") for i in range(3)]
    with nation(tmp_path, *north) as n:
        n.add(*south)
        cut_release(n.house, OPERATOR)

        answer = open_answer(n.house, SNV)
        cells = answer.groups["region"]
        assert (answer.headline.ac, answer.headline.an) == (2, 10)
        assert {name: (c.ac, c.an) for name, c in cells.items()} == {"1081": (2, 4), "1083": (0, 6)}
        live = live_answer(n.house, n.clinician, n.case_of["n0"], SNV)
        assert (live.headline.an, sum(c.an for c in live.groups["region"].values())) == (10, 10)


def test_t26__a_trio_counts_three_people_and_its_parents_alone_where_only_the_unrelated_count(tmp_path: Path) -> None:
    trio = [
        Person("child", family="f", role="index", calls=["chr1 1500 A G 0/1"]),
        Person("mother", family="f", role="mother", calls=["chr1 1500 A G 0/1"]),
        Person("father", "XY", family="f", role="father"),
    ]
    with nation(tmp_path, *trio) as n:
        cut_release(n.house, OPERATOR)

        for answer in (open_answer(n.house, SNV), live_answer(n.house, n.clinician, n.case_of["child"], SNV)):
            assert (answer.headline.ac, answer.headline.an) == (2, 6)
            assert answer.unrelated is not None
            assert (answer.unrelated.ac, answer.unrelated.an) == (1, 4)


def test_t27__never_seen_and_not_callable_are_two_zeros(tmp_path: Path) -> None:
    with nation(tmp_path, *(Person(f"p{i}") for i in range(8))) as n:
        cut_release(n.house, OPERATOR)

        absent = open_answer(n.house, SNV).headline
        nowhere = open_answer(n.house, Variant("chr1", 9000, "A", "G")).headline
        assert (absent.status, absent.ac, absent.an, absent.af) == ("absent", 0, 16, 0.0)
        assert absent.af_upper95 == pytest.approx(1 - 0.05 ** (1 / 16))
        assert (nowhere.status, nowhere.ac, nowhere.an, nowhere.af, nowhere.af_upper95) == (
            "not_callable",
            0,
            0,
            None,
            None,
        )
        place = open_answer(n.house, Place("chr1", 1500)).headline
        assert (place.status, place.ref, place.alt, place.an) == ("absent", None, None, 16)


def test_t27__upper_bound_at_an_120000_is_three_over_an() -> None:
    assert count(0, 120_000).af_upper95 == pytest.approx(2.5e-5, rel=0.01)


@pytest.mark.parametrize(
    "ac,expected",
    [(1, 0.0), (2, 2.961e-6), (3, 6.814e-6), (5, 1.642e-5), (20, 1.105e-4), (100, 7.012e-4)],
)
def test_t28__filtering_af_at_an_120000_is_the_exact_poisson_bound(ac: int, expected: float) -> None:
    assert count(ac, 120_000).faf95 == pytest.approx(expected, rel=5e-4)


def test_t29__grpmax_is_the_highest_af_and_its_faf_may_be_another_groups() -> None:
    cells = {"1081": count(3, 100), "1082": count(40, 2000), "1083": count(0, 4000)}

    found = grpmax("region", cells)

    assert found is not None
    assert (found.group, found.ac, found.an) == ("1081", 3, 100)
    assert (found.faf_group, found.faf95) == ("1082", cells["1082"].faf95)


def test_t29__pooled_unknown_and_configured_groups_take_no_part() -> None:
    cells = {
        "1081": count(3, 100), "1082": count(1, 100), "remaining": count(50, 100), "unknown": count(50, 100),
        "1083 or other": count(50, 100),
    }  # fmt: skip

    found = grpmax("region", cells, ["1081"])

    assert found is not None
    assert found.group == "1082"
    assert set(found.left_out) == {"1081", "remaining", "unknown", "1083 or other"}


def test_t29__a_tie_goes_to_the_larger_an_then_to_the_name() -> None:
    assert grpmax("region", {"b": count(2, 100), "a": count(1, 50)}).group == "b"  # type: ignore[union-attr]
    assert grpmax("region", {"b": count(2, 100), "a": count(2, 100)}).group == "a"  # type: ignore[union-attr]
    assert grpmax("region", {"a": count(0, 100)}) is None


def test_t29__a_release_keeps_its_exclusions(tmp_path: Path) -> None:
    people = [Person(f"a{i}", region="1081", calls=["chr1 1500 A G 1/1"]) for i in range(2)]
    people += [Person(f"b{i}", region="1082", calls=["chr1 1500 A G 0/1"]) for i in range(2)]
    with nation(tmp_path, *people) as n:
        cut_release(n.house, OPERATOR)
        cut_release(n.house, OPERATOR, grpmax_without=["1081"])

        assert open_answer(n.house, SNV, "2026.1").grpmax.group == "1081"  # type: ignore[union-attr]
        assert open_answer(n.house, SNV, "2026.2").grpmax.group == "1082"  # type: ignore[union-attr]


def test_t30__ac_never_exceeds_an_when_many_carriers_lack_cover_beside_them(tmp_path: Path) -> None:
    holes = [("chr1", 1501, 1600), ("chr1", 1400, 1499)]
    people = [Person(f"p{i}", calls=["chr1 1500 A G 1/1"], holes=holes) for i in range(3)]
    with nation(tmp_path, *people) as n:
        cut_release(n.house, OPERATOR)

        for answer in (open_answer(n.house, SNV), live_answer(n.house, n.clinician, n.case_of["p0"], SNV, LeaveOut())):
            assert (answer.headline.ac, answer.headline.an) == (6, 6)
