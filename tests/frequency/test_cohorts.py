"""Groups of a release: every person in one group of each table, and no group that singles out a few."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from embla.frequency.model.cohorts import GROUPS, RELATEDNESS, plan, pool
from embla.frequency.model.strips import strip

sizes = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 12), min_size=1)


@dataclass
class One:
    karyotype: str = "XX"
    region: str = "1081"
    patient_group: str = "heart"
    related: bool = False


@given(sizes, st.integers(1, 6))
def test_pool__every_group_has_the_threshold_or_is_everybody(groups: dict[str, int], threshold: int) -> None:
    shown = pool(groups, threshold)

    joined: dict[str, int] = {}
    for value, size in groups.items():
        joined[shown[value]] = joined.get(shown[value], 0) + size
    assert len(joined) == 1 or min(joined.values()) >= threshold


def test_pool__names_say_what_was_joined() -> None:
    assert pool({"XX": 200, "XY": 190, "X0": 2}, 5) == {"XX": "XX", "XY": "XY or other", "X0": "XY or other"}
    assert pool({"XX": 200, "XY": 190, "X0": 2, "XXY": 3}, 5)["X0"] == "remaining"


ones = st.builds(One, st.sampled_from(["XX", "XY", "X0"]), st.sampled_from(["1", "2", ""]), st.just("g"), st.booleans())


@given(st.lists(ones, min_size=5, max_size=40))
def test_plan__each_table_splits_everybody(people: list[One]) -> None:
    strata = plan(people, GROUPS, 5)  # type: ignore[arg-type]

    assert strata[0].members == tuple(range(len(people)))
    for by in GROUPS:
        members = [i for s in strata if s.by == by for i in s.members]
        assert sorted(members) in ([], list(range(len(people))))
    assert all(s.people >= 5 for s in strata)
    unrelated = [s for s in strata if s.by == RELATEDNESS]
    assert not unrelated or len(people) - unrelated[0].people not in (1, 2, 3, 4)


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5)), min_size=1, max_size=60), st.integers(1, 12))
def test_strip__pieces_tile_the_stretch_and_keep_the_mean(pieces: list[tuple[int, int]], most: int) -> None:
    runs, at = [], 100
    for length, an in pieces:
        runs.append((at, at + length, an))
        at += length

    drawn = strip(runs, lambda start: 10, 100, at, most)

    assert len(drawn) <= most
    assert [drawn[0].start, *(c.end for c in drawn)] == [c.start for c in drawn] + [at]
    whole = sum((b - a) * an for a, b, an in runs)
    assert abs(sum((c.end - c.start) * c.an for c in drawn) - whole) < 1e-6
