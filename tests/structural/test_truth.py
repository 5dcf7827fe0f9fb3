"""Simulated people whose callers write in different ways: clusters and histograms equal the truth."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.structural import measure
from embla.genome import Karyotype
from embla.simulation import simulate_structural
from embla.structural import CallerSet, read_caller_file
from embla.structural.model.counting import Looked, count_clusters
from embla.structural.model.repeats import count_loci
from tests.support.plain_structural import plain_histogram

COLUMNS = {"sv": "structural", "cnv": "copy_numbers", "str": "repeats"}
START, END = 25_580_000, 25_724_000
Made = tuple[dict[str, Any], dict[str, list[CallerSet]]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("truth")
    samples = folder / "samples.tsv"
    samples.write_text("sample\tkaryotype\n" + "".join(f"S{n}\tXX\n" for n in range(60)))
    nation = simulate_structural(samples, folder / "calls", seed=3, start=START, end=END)
    read: dict[str, list[CallerSet]] = {kind: [] for kind in COLUMNS}
    for sample, files in nation.files.items():
        for kind, column in COLUMNS.items():
            if column in files:
                read[kind].append(read_caller_file(files[column], sample, kind, "XX"))  # type: ignore[arg-type]
    return json.loads(Path(nation.truth).read_text()), read


def together(sets: list[CallerSet]) -> tuple[Any, Any]:
    who = [np.full(len(one.rows), number) for number, one in enumerate(sets)]
    return np.concatenate([one.rows for one in sets]), np.concatenate(who)


@pytest.mark.parametrize("kind", ["sv", "cnv"])
def test_clusters__carriers_and_alleles_are_the_truths(made: Made, kind: str) -> None:
    truth, read = made
    rows, who = together(read[kind])
    people = Looked(
        (Karyotype.XX,) * len(read[kind]), np.arange(len(read[kind])), tuple(one.callable for one in read[kind])
    )

    found = count_clusters(rows, who, people, cnv=kind == "cnv")

    wanted = [(one["type"], one["carriers"], one["alleles"]) for one in truth[kind] if one.get("carriers")]
    assert [(one.type.name, one.tallies[0].carriers, one.tallies[0].ac) for one in found] == wanted
    assert len(wanted) > (6 if kind == "sv" else 2)
    assert all(one.tallies[0].people == truth["called"][kind] for one in found)


def test_histograms__are_the_truths_and_the_plain_twins(made: Made) -> None:
    truth, read = made
    rows, who = together(read["str"])

    found = count_loci(rows, who, len(read["str"]))

    for one, wanted in zip(found, truth["str"], strict=True):
        told = {size.size: size.alleles for size in one.histograms[0].sizes}
        records = [("carries", row["size"][: row["n"]].tolist()) for row in rows[rows["start"] == one.start]]
        assert told == {int(size): n for size, n in wanted["sizes"].items()} == plain_histogram(records)[0]
        assert one.histograms[0].an == plain_histogram(records)[1] == 2 * len(read["str"])
        assert one.histograms[0].at_least(40) == told.get(45, 0)


def test_benchmark__runs_to_its_end_and_counts_what_was_drawn() -> None:
    told = measure(40, 200, contigs=2)

    assert (told["contigs_not_as_drawn"], told["calls"] > 500) == (0, True)
