"""Nasty little nations through the real reader and store: every key and every base equals the oracle of the texts."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import pysam
import pytest
from hypothesis import HealthCheck, given, settings

from embla.genome import GRCH38, Place, Variant
from embla.genotypes import CohortStore, NewGenome, SampleSpec, read_packs
from embla.reference import Reference
from tests.genotypes.hostile.nasty import WIDTH, Nation, nations, sequence
from tests.genotypes.hostile.oracle import Genome, carried, count, place

SETTINGS = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reference]:
    path = tmp_path_factory.mktemp("fasta") / "ref.fa"
    path.write_text("".join(f">{contig}\n{bases}\n" for contig, bases in sequence().items()))
    pysam.faidx(str(path))
    yield Reference.open(path, any_length=True)


def report(nation: Nation, folder: Path, reference: Reference | None) -> CohortStore:
    """Write the files as callers do, read them, put them in a store."""
    store = CohortStore.create(folder / "store", reference=reference)
    specs = []
    for number, file in enumerate(nation.files):
        path = folder / f"{number}.vcf"
        path.write_text(file.text)
        for row in nation.rows:
            if row["name"] not in file.samples:
                continue
            bed = None
            if row["bed"]:
                bed = folder / f"{row['name']}.bed"
                lines = [f"{c}\t{a}\t{b}\n" for c, each in row["bed"].items() for a, b in each]
                bed.write_text("".join(lines))
            about = {"group": row["group"]}
            specs.append(SampleSpec(row["name"], path, row["karyotype"], row["callability"], bed, row["name"], about))
    packs = read_packs(specs, assembly=GRCH38, reference=reference, policy=store.policy)
    store.add(NewGenome(read.spec.name, read.pack, dict(read.spec.attributes)) for read in packs)
    return store


def row_of(answer: object) -> tuple[int, ...]:
    adj = (answer.ac, answer.an, answer.nhet, answer.nhomalt, answer.nhemi)
    return (*adj, *astuple(answer.raw), answer.nfail)


def compare(nation: Nation, store: CohortStore, people: list[Genome]) -> None:
    view = store.view()
    cohort = view.cohort(names=[person.name for person in people])
    length = GRCH38.contig(nation.contig).length
    first, last = max(1, nation.start - 20), min(nation.start + WIDTH + 20, length)
    window = view.sweep(nation.contig, first - 1, last, [cohort], per_base=True)
    for pos in range(first, last + 1):
        found = (int(window.per_base_raw_an[0, pos - first]), int(window.per_base_an[0, pos - first]))
        right = place(people, nation.contig, pos)
        assert found == right, ("an of base", nation.contig, pos, found, right)
    swept = {}
    for i in range(len(window)):
        answer = window.count(0, i, view)
        swept[nation.contig, answer.pos, answer.ref, answer.alt] = row_of(answer)
    assert set(swept) == carried(people)
    for key in {key for person in people for key in person.said}:
        right = count(people, key)
        assert right[0] <= right[1] and right[5] <= right[6]
        (answer,) = view.count(Variant(*key), cohort)
        assert (answer.contig, answer.pos, answer.ref, answer.alt) == key
        assert row_of(answer) == right, (key, row_of(answer), right)
        assert swept.get(key, right) == right, (key, swept[key], right)
    for pos in (first, nation.start + 5):
        here = [key for key in swept if key[1] == pos]
        answers = view.count(Place(nation.contig, pos), cohort)
        if not here:
            (answer,) = answers
            assert (answer.raw.an, answer.an, answer.alt) == (*place(people, nation.contig, pos), None)
        else:
            assert sorted(a.alt for a in answers) == sorted(key[3] for key in here)


def play(nation: Nation, reference: Reference) -> None:
    folder = Path(tempfile.mkdtemp(prefix="hostile-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        store = report(nation, folder, reference if nation.with_reference else None)
        people = nation.people()
        compare(nation, store, people)
        for group in {row["group"] for row in nation.rows}:
            part = [p for p, row in zip(people, nation.rows, strict=True) if row["group"] == group]
            compare(nation, store, part)
        store.remove([people[0].name])
        compare(nation, store, people[1:])
        store.compact()
        compare(nation, store, people[1:])
    finally:
        shutil.rmtree(folder)


@settings(max_examples=200, **SETTINGS)
@given(nation=nations())
def test_a_nasty_nation__counts_as_the_texts_say(nation: Nation, reference: Reference) -> None:
    play(nation, reference)


@pytest.mark.deep
@pytest.mark.timeout(3600)
@settings(max_examples=int(os.environ.get("EMBLA_HOSTILE", "5000")), **SETTINGS)
@given(nation=nations())
def test_thousands_of_nasty_nations__count_as_the_texts_say(nation: Nation, reference: Reference) -> None:
    play(nation, reference)
