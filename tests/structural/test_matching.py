"""Clusters equal a plain twin, whatever order the calls come in; the traps of T31."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.genome import Karyotype
from embla.structural.model.counting import Looked, count_clusters
from embla.structural.model.matching import cluster, matches
from embla.structural.model.values import CALL, RUN, Alleles, State, Type
from tests.support.plain_structural import plain_clusters, same_event

EVERYWHERE = np.array([(number, 0, 1 << 28) for number in range(25)], RUN)
STATES = ("carries", "failed", "missing")


def call(kind: str = "DEL", start: int = 1000, end: int = 2000, **more: Any) -> dict[str, Any]:
    base = {"contig": 0, "mate": 0, "strands": 0, "length": 0, "ci": (0, 0, 0, 0), "state": "carries", "alleles": 1}
    return {**base, "type": kind, "start": start, "end": end, "copies": -1, **more}


def rows(calls: list[dict[str, Any]]) -> Any:
    made = np.zeros(len(calls), CALL)
    for row, one in zip(made, calls, strict=True):
        for name in ("contig", "mate", "strands", "start", "end", "length", "ci", "alleles", "copies"):
            row[name] = one[name]
        row["type"], row["state"] = Type[one["type"]], STATES.index(one["state"])
    return made


def looked(people: int, karyotype: str = "XX") -> Looked:
    return Looked((Karyotype(karyotype),) * people, np.zeros(people, np.int64), (EVERYWHERE,))


def tally(calls: list[dict[str, Any]], who: list[int], people: int, karyotype: str = "XX") -> Any:
    return count_clusters(rows(calls), np.array(who, np.int64), looked(people, karyotype))


@st.composite
def some_calls(draw: Any) -> list[dict[str, Any]]:
    made = []
    for _ in range(draw(st.integers(1, 25))):
        kind = draw(st.sampled_from(["DEL", "DEL", "DUP", "INS", "INS", "BND"]))
        start = draw(st.integers(1, 60)) * 97
        size = draw(st.sampled_from([60, 100, 199, 400, 900, 1000, 2500]))
        end = start if kind == "INS" else start + size
        wide = draw(st.sampled_from([0, 0, 10, 300, 500]))
        made.append(
            call(
                kind, start, end, length=draw(st.sampled_from([0, 60, 100, 121, 400])) if kind == "INS" else 0,
                ci=(-wide, wide, 0, wide), state=draw(st.sampled_from(["carries"] * 4 + ["failed", "missing"])),
                strands=draw(st.integers(0, 1)) if kind == "BND" else 0,
                mate=draw(st.integers(0, 1)) if kind == "BND" else 0,
            )
        )  # fmt: skip
    return made


def as_sets(calls: list[dict[str, Any]], cnv: bool) -> set[frozenset[int]]:
    _, place = cluster(rows(calls), cnv=cnv)
    return {frozenset(np.flatnonzero(place == n).tolist()) for n in range(place.max(initial=-1) + 1)}


@settings(max_examples=60, deadline=None)
@given(some_calls(), st.booleans())
def test_cluster__equals_the_plain_twin(calls: list[dict[str, Any]], cnv: bool) -> None:
    calls = [one for one in calls if one["type"] in ("DEL", "DUP")] if cnv else calls

    assert as_sets(calls, cnv) == {frozenset(own) for own in plain_clusters(calls, cnv).values()}


@st.composite
def some_segments(draw: Any) -> list[dict[str, Any]]:
    """Segments of a few bases to most of a contig, many of them just above or below 80 % of another."""
    made: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(2, 30))):
        if made and draw(st.booleans()):
            like = draw(st.sampled_from(made))
            size = like["end"] - like["start"]
            shift, grow = (draw(st.integers(-size // 4 - 1, size // 4 + 1)) for _ in range(2))
            start, end = max(0, like["start"] + shift), like["end"] + shift + grow
        else:
            start, size = draw(st.integers(0, 1 << 27)), int(draw(st.floats(0, 18).map(np.exp)))
            end = start + size
        made.append(call("DEL", start, max(end, start + 1)))
    return made


@settings(max_examples=150, deadline=None)
@given(some_segments())
def test_segments__of_any_length_equal_the_plain_twin(calls: list[dict[str, Any]]) -> None:
    assert as_sets(calls, True) == {frozenset(own) for own in plain_clusters(calls, True).values()}


@settings(max_examples=60, deadline=None)
@given(some_calls(), st.randoms(use_true_random=False))
def test_cluster__the_order_of_adding_changes_nothing(calls: list[dict[str, Any]], random: Any) -> None:
    who = [n % 7 for n in range(len(calls))]
    order = list(range(len(calls)))
    random.shuffle(order)

    one = tally(calls, who, 7)
    other = tally([calls[n] for n in order], [who[n] for n in order], 7)

    assert one == other


@settings(max_examples=60, deadline=None)
@given(some_calls())
def test_count__invariants_of_every_cluster(calls: list[dict[str, Any]]) -> None:
    found = tally(calls, [n % 5 for n in range(len(calls))], 5)

    for one in found:
        told = one.tallies[0]
        assert 0 < told.ac <= told.an <= 10
        assert told.carriers <= told.people <= 5
        assert told.people + told.nfail <= 5
        assert told.nhom <= told.ac / 2


@settings(max_examples=20, deadline=None)
@given(some_calls())
def test_matches__is_the_rule_of_the_kernel_both_ways(calls: list[dict[str, Any]]) -> None:
    made = rows(calls)

    for a, one in zip(made[:6], calls[:6], strict=True):
        for b, other in zip(made[:6], calls[:6], strict=True):
            assert matches(a, b) == matches(b, a) == same_event(one, other, False)


def test_t31__a_deletion_of_1000_bases_shifted_by_40_is_one_event_of_two_people() -> None:
    (found,) = tally([call(start=1000, end=2000), call(start=1040, end=2040)], [0, 1], 4)

    assert (found.tallies[0].ac, found.tallies[0].an, found.starts) == (2, 8, (1000, 1040))


def test_t31__a_deletion_of_60_bases_shifted_by_40_is_another() -> None:
    assert len(tally([call(start=1000, end=1060), call(start=1040, end=1100)], [0, 1], 4)) == 2


def test_t31__insertions_of_unknown_length_are_near_each_other_and_break_nothing() -> None:
    (found,) = tally([call("INS", 1000, 1000), call("INS", 1010, 1010, length=300)], [0, 1], 2)

    assert (found.length, found.tallies[0].carriers) == (300, 2)


def test_t31__an_unknown_length_never_joins_a_short_and_a_long_insertion() -> None:
    found = tally([call("INS", 1000, 1000, length=n) for n in (60, 6000)] + [call("INS", 1000, 1000)] * 3,
                  [0, 1, 2, 3, 4], 5)  # fmt: skip

    assert sorted(one.length for one in found) == [60, 6000]


def test_count__two_calls_of_one_person_in_a_cluster_count_once_with_the_most_alleles() -> None:
    (found,) = tally([call(alleles=Alleles.ONE_OF_TWO), call(start=1001, alleles=Alleles.TWO_OF_TWO)], [0, 0], 3)

    assert (found.tallies[0].carriers, found.tallies[0].ac, found.tallies[0].nhom) == (1, 2, 1)


def test_count__whose_own_call_failed_is_not_in_the_an() -> None:
    (found,) = tally([call(), call(state="failed"), call(start=1010, state="missing")], [0, 1, 2], 4)

    assert (found.tallies[0].an, found.tallies[0].nfail, found.tallies[0].people) == (4, 2, 2)


def test_count__a_failed_call_makes_no_cluster() -> None:
    assert tally([call(state="failed")], [0], 2) == []


def test_count__a_carrier_without_a_genotype_counts_with_one_allele_of_two() -> None:
    (found,) = tally([call(alleles=Alleles.NOT_SAID)], [0], 3)

    assert (found.tallies[0].ac, found.tallies[0].an, found.tallies[0].nhet) == (1, 6, 0)


def test_count__x_of_xy_is_one_copy_and_het_there_is_missing() -> None:
    far = 50_000_000
    (found,) = count_clusters(
        rows([
            call(contig=22, mate=22, start=far, end=far + 999, alleles=Alleles.ONE_COPY),
            call(contig=22, mate=22, start=far, end=far + 999, alleles=Alleles.ONE_OF_TWO),
        ]),
        np.array([0, 1]), looked(3, "XY"),
    )  # fmt: skip

    assert (found.tallies[0].ac, found.tallies[0].an, found.tallies[0].nhemi, found.tallies[0].nfail) == (1, 2, 1, 1)


def test_count__who_looked_elsewhere_is_not_in_the_denominator() -> None:
    elsewhere = np.array([(0, 5000, 9000)], RUN)
    people = Looked((Karyotype.XX,) * 3, np.array([0, 1, 1]), (EVERYWHERE, elsewhere))

    (found,) = count_clusters(rows([call()]), np.array([0]), people)

    assert (found.tallies[0].an, found.tallies[0].people) == (2, 1)


def test_count__groups_add_up_to_everybody() -> None:
    first = np.array([True, False, True, False])
    calls = [call(), call(start=1020), call(state="failed")]

    (found,) = count_clusters(rows(calls), np.array([0, 1, 2]), looked(4), (first, ~first))

    everybody, one, other = found.tallies
    assert (one.ac + other.ac, one.an + other.an, one.nfail + other.nfail) == (
        everybody.ac, everybody.an, everybody.nfail,
    )  # fmt: skip


def test_state_and_alleles__are_what_the_rows_hold() -> None:
    assert [State(n).name.lower() for n in range(3)] == list(STATES)
