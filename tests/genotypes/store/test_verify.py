"""`verify` finds what is wrong: a damaged file, a missing one, and numbers that are not those of the packs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import Refused
from embla.genotypes import CohortStore, NewGenome
from embla.genotypes import readying as readying_module
from embla.genotypes.files.runs import Runs
from embla.genotypes.merging import Part
from embla.genotypes.model import codes
from embla.genotypes.model.policy import Policy
from embla.genotypes.verifying import verify
from tests.support.nations import persons
from tests.support.packs import Call, Person, make_pack


def two_people(path: Path) -> CohortStore:
    store = CohortStore.create(path)
    people = {
        "A": Person(calls=(Call("chr1", 1000, "A", "G"), Call("chr1", 2000, "C", "CACGTACGTACGTACGT"))),
        "B": Person(
            "XY", calls=(Call("chrM", 3243, "A", "G", codes.MT_HET, heteroplasmy=4370),), runs={"chr2": ((0, 500, 3),)}
        ),
    }
    store.add(NewGenome(name, make_pack(person)) for name, person in people.items())
    return store


@given(people=st.lists(persons(), min_size=1, max_size=5))
@settings(max_examples=10, deadline=None)
def test_verify__finds_nothing_in_a_sound_store(people: list[Person], tmp_path_factory) -> None:
    store = CohortStore.create(tmp_path_factory.mktemp("v") / "s")
    for i, person in enumerate(people):
        store.add([NewGenome(f"P{i}", make_pack(person))])
    store.remove(["P0"])

    assert list(verify(store, recount=True)) == []
    store.compact()
    assert list(verify(store, recount=True)) == []


@pytest.mark.parametrize("folder", ["segments", "genomes", "packs", "manifests"])
@pytest.mark.parametrize("how", ["flip", "cut", "lose"])
def test_verify__names_the_file_that_is_damaged(folder: str, how: str, tmp_path: Path) -> None:
    store = two_people(tmp_path / "s")
    victim = sorted((tmp_path / "s" / folder).iterdir())[-1]
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 4
    victim.unlink()
    if how != "lose":
        victim.write_bytes(bytes(data) if how == "flip" else bytes(data[: len(data) // 2]))

    problems = list(verify(CohortStore.open(store.path), recount=True))

    assert problems and victim.name[:10] in problems[0]


def test_verify__finds_packs_of_another_policy_than_the_store_says(tmp_path: Path) -> None:
    store = two_people(tmp_path / "s")
    about = replace(store.about, policy=Policy(min_gq=60))
    (tmp_path / "s" / "store.json").write_bytes(about.encode())

    problems = list(verify(CohortStore.open(store.path)))

    assert len(problems) == 2 and all("under another counting policy" in problem for problem in problems)


def test_writer__that_finds_another_store_at_its_path_changes_nothing(tmp_path: Path) -> None:
    store = two_people(tmp_path / "s")
    store.path.rename(tmp_path / "first")
    other = CohortStore.create(tmp_path / "s", policy=Policy(min_gq=60))
    before = other.folder.list("manifests/"), other.current()

    with pytest.raises(Refused, match="another store lies at"):
        store.remove(["A"])

    assert (other.folder.list("manifests/"), other.current()) == before


def tampered(monkeypatch: pytest.MonkeyPatch, path: Path, what: str) -> list[str]:
    """A store whose segments were written wrongly, with all hashes right."""
    right_part, right_runs = readying_module.part_of_calls, readying_module.runs_of_calls

    def part(calls, ordinal=0):
        good = right_part(calls, ordinal)
        if what == "entry" and len(good.key):
            return replace(good, entry=good.entry ^ np.uint16(codes.ADJ))
        if what == "lost" and len(good.key):
            return Part(good.key[1:], good.ordinal[1:], good.entry[1:], good.heteroplasmy[1:], good.texts)
        if what == "share" and len(good.heteroplasmy):
            return replace(good, heteroplasmy=good.heteroplasmy + np.uint16(1))
        return good

    def runs(calls, callability, length, ordinal=0):
        good = right_runs(calls, callability, length, ordinal)
        if what == "run" and len(good) and int(good.end[0]) == 500:
            return Runs(good.ordinal, good.start, good.end + np.uint32(1), good.state)
        return good

    monkeypatch.setattr(readying_module, "part_of_calls", part)
    monkeypatch.setattr(readying_module, "runs_of_calls", runs)
    store = two_people(path)
    monkeypatch.undo()
    return list(verify(store, recount=True))


@pytest.mark.parametrize(
    ("what", "where"), [("entry", "chr1:1000"), ("lost", "chr1:1000"), ("share", "chrM:3243"), ("run", "chr2:1")]
)
def test_recount__says_where_the_first_difference_is(
    what: str, where: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    problems = tampered(monkeypatch, tmp_path / "s", what)

    assert any(problem.startswith(where) for problem in problems), problems


def test_recount__finds_two_people_who_changed_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every count of everybody is right, and yet it is wrong."""
    right = readying_module.contigs_of

    def swapped(group):
        for name, length, variants, runs in right(group):
            yield name, length, [replace(v, ordinal=(1 - v.ordinal).astype(np.uint16)) for v in variants], runs

    monkeypatch.setattr(readying_module, "contigs_of", swapped)
    store = CohortStore.create(tmp_path / "s")
    store.add(
        [
            NewGenome("A", make_pack(Person(calls=(Call("chr1", 1000, "A", "G"),)))),
            NewGenome("B", make_pack(Person(calls=(Call("chr1", 2000, "A", "G"),)))),
        ]
    )
    monkeypatch.undo()

    problems = list(verify(store, recount=True))

    assert problems and problems[0].startswith("chr1:1000")
