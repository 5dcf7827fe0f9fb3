"""The bulk road equals the single road, and the compiled loops equal the plain ones."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import UsageError
from embla.genome import Place, Region, Variant
from embla.genotypes import CohortStore, NewGenome, View, an_steps
from embla.genotypes.asking import ask_everything
from embla.genotypes.counting import an_at
from embla.genotypes.files import segment
from embla.genotypes.sweep import sweep
from tests.support.nations import PLACES, persons
from tests.support.packs import Call, Person, make_pack

pytestmark = pytest.mark.usefixtures("short_hashes")


def nation(path: Path, people: list[Person], *, in_groups_of: int = 2) -> View:
    store = CohortStore.create(path)
    for first in range(0, len(people), in_groups_of):
        group = people[first : first + in_groups_of]
        store.add(NewGenome(f"P{first + i}", make_pack(p)) for i, p in enumerate(group))
    return store.view()


@pytest.mark.parametrize("planes_from", [1, 512])
@given(people=st.lists(persons(), min_size=1, max_size=6), seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_sweep__equals_single_counts_for_several_cohorts_at_once(
    people: list[Person], seed: int, planes_from: int, tmp_path_factory
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment, "PLANES_FROM", planes_from)
        view = nation(tmp_path_factory.mktemp("s") / "s", people)
    some = view.mask(np.random.default_rng(seed).random(view.size) < 0.5)
    masks = [view.cohort(), some]
    for contig, places in PLACES.items():
        for jit in (False, True):
            swept = sweep(view, contig, 0, places[-1], masks, carried_only=False, per_base=False, jit=jit)
            for c, mask in enumerate(masks):
                for i in range(len(swept)):
                    one = view.count(Variant(contig, int(swept.pos[i]), *swept.alleles(i)), mask)[0]
                    bulk = swept.count(c, i, view)
                    keys = (
                        "ac",
                        "an",
                        "nhet",
                        "nhomalt",
                        "nhemi",
                        "nfail",
                        "raw",
                        "faf95",
                        "status",
                        "max_heteroplasmy",
                    )
                    assert all(getattr(one, k) == getattr(bulk, k) for k in keys), (one, bulk)


@given(people=st.lists(persons(), min_size=1, max_size=6), seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_a_region__tells_of_each_variant_what_is_told_of_it_alone(
    people: list[Person], seed: int, tmp_path_factory
) -> None:
    store = CohortStore.create(tmp_path_factory.mktemp("s") / "s")
    store.add(NewGenome(f"P{i}", make_pack(p), attributes={"region": "ab"[i % 2]}) for i, p in enumerate(people))
    view = store.view()
    some = view.mask(np.random.default_rng(seed).random(view.size) < 0.7)
    for by in (None, "region"):
        everything = [c.to_json() for c in ask_everything(view, some, by)]
        told = []
        for contig, places in PLACES.items():
            told += [c.to_json() for c in view.count(Region(contig, 0, places[-1]), some, by)]
        assert [one for one in everything if one["contig"] in PLACES] == told
        for one in told:
            assert one == view.count(Variant(one["contig"], one["pos"], one["ref"], one["alt"]), some, by)[0].to_json()


@given(people=st.lists(persons(), min_size=1, max_size=5))
@settings(max_examples=15, deadline=None)
def test_per_base_an__equals_an_by_place_at_borders_of_windows_and_par(people: list[Person], tmp_path_factory) -> None:
    view = nation(tmp_path_factory.mktemp("s") / "s", people)
    mask = view.cohort()
    for contig, places in PLACES.items():
        for pos in places:
            start, end = max(pos - 3, 0), pos + 2
            for jit in (False, True):
                swept = sweep(view, contig, start, end, [mask], carried_only=True, per_base=True, jit=jit)
                steps = an_steps(view, contig, swept.start, swept.end, [mask])
                for place in range(swept.start, swept.end):
                    said = (swept.per_base_an[0, place - start], swept.per_base_raw_an[0, place - start])
                    step = int(np.searchsorted(steps.at, place, side="right")) - 1
                    assert said == (steps.adj[0, step], steps.raw[0, step])
                    answer = view.count(Place(contig, place + 1), mask)[0]
                    if answer.alt is None:
                        assert said == (answer.an, answer.raw.an)


def test_region__lists_what_somebody_carries_in_order_and_a_removed_only_carrier_is_gone(tmp_path: Path) -> None:
    view = nation(
        tmp_path / "s", [Person(calls=(Call("chr1", 900, "A", "T"), Call("chr1", 700, "A", "ACGTACGTACGTACGTAA")))]
    )
    store = view.store
    store.add([NewGenome("Q", make_pack(Person(calls=(Call("chr1", 800, "C", "T"),))))])

    listed = [str(c.pos) for c in store.view().count(Region("chr1", 0, 1000))]
    store.remove(["Q"])

    assert listed == ["700", "800", "900"]
    assert [c.pos for c in store.view().count(Region("chr1", 0, 1000))] == [700, 900]


def test_sweep__refuses_a_window_too_wide_for_per_base_an(tmp_path: Path) -> None:
    view = nation(tmp_path / "s", [Person()])

    with pytest.raises(UsageError):
        view.sweep("chr1", 0, 200_000_000, [view.cohort()])
    with pytest.raises(UsageError):
        view.sweep("chr1", 10, 10, [view.cohort()])
    with pytest.raises(UsageError):
        view.sweep("chr1", 0, 10, [])


def test_cohort__of_another_state_is_refused(tmp_path: Path) -> None:
    view = nation(tmp_path / "s", [Person()])
    old = view.cohort()
    view.store.add([NewGenome("Q", make_pack(Person(karyotype="XY")))])

    with pytest.raises(UsageError):
        view.store.view().count(Place("chr1", 5), old)


def test_many_carriers__fill_several_blocks_of_a_frame_and_agree(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    people = [
        Person(calls=tuple(Call("chr2", 1000 + v, "A", "G") for v in np.flatnonzero(rng.random(400) < 0.7)))
        for _ in range(70)
    ]
    view = nation(tmp_path / "s", people, in_groups_of=70)
    for jit in (False, True):
        swept = sweep(view, "chr2", 0, 10_000, [view.cohort()], carried_only=True, per_base=False, jit=jit)
        expected = [sum(any(c.pos == 1000 + v for c in p.calls) for p in people) for v in range(400)]
        assert swept.ac[0].tolist() == expected
    assert view.count(Variant("chr2", 1399, "A", "G"))[0].ac == expected[399]


@given(people=st.lists(persons(), min_size=1, max_size=6), seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_an_at_a_place__is_the_same_by_compiled_loops_and_by_plain_ones(
    people: list[Person], seed: int, tmp_path_factory
) -> None:
    importlib.import_module("embla.genotypes.kernels")
    view = nation(tmp_path_factory.mktemp("s") / "s", people)
    masks = [view.cohort(), view.mask(np.random.default_rng(seed).random(view.size) < 0.5)]
    for contig, places in PLACES.items():
        for pos in places:
            compiled = an_at(view, contig, pos, masks)
            with pytest.MonkeyPatch.context() as patch:
                patch.delitem(sys.modules, "embla.genotypes.kernels")
                assert an_at(view, contig, pos, masks) == compiled
