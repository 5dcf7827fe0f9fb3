"""The measurement of a large store runs, on a small one."""

from pathlib import Path

import pytest

from embla.genotypes.verifying import verify

pytest.importorskip("msprime", reason="the benchmark's people come from msprime")


@pytest.mark.deep
def test_benchmark__of_a_nation_measures_every_row_on_a_small_one(tmp_path: Path) -> None:
    from benchmarks.national.__main__ import measure

    figures = list(measure(tmp_path, 600, 40_000, 25))

    assert len(figures) >= 16 and all(figure.value > 0 for figure in figures)


def test_people_from_arrays__make_a_sound_segment_and_packs_that_a_store_takes(tmp_path: Path) -> None:
    from benchmarks.national.store import filled, packs_of
    from benchmarks.national.trees import kept
    from embla.genotypes import CohortStore, NewGenome

    carriers = kept(tmp_path, 30, 20_000)
    made = filled(tmp_path / "arrays", carriers, 20_000)
    store = CohortStore.create(tmp_path / "packs")

    store.add([NewGenome(f"N{i}", pack) for i, pack in enumerate(packs_of(carriers, 2, 500))])

    assert len(made.view()) == 30 and list(verify(store, recount=True)) == []
