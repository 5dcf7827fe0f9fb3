"""A pack says which FASTA it was read against, and a store takes and keeps only what was read against its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from embla.cli import run
from embla.errors import Refused
from embla.genome import GRCH38, Variant
from embla.genotypes import CohortStore, NewGenome, Policy, SampleSpec, read_packs
from embla.genotypes.adding import add_files
from embla.genotypes.rebuilding import rebuild
from embla.genotypes.rereading import reread
from embla.genotypes.verifying import verify
from embla.reference import Reference
from tests.genotypes.store.spread import vcf
from tests.support.packs import Call, Person, make_pack

# A deletion of one T of six, written in the middle and at the right: against REF both are at the left.
RUN = "ACGA" + "TTTTTT" + "GCAT"
AT_LEFT = Variant("chr1", 4, "AT", "A")


def fasta(path: Path, sequence: str = RUN) -> Path:
    path.write_text(f">chr1\n{sequence * 50}\n")
    return path


def deleted(path: Path, name: str, pos: int) -> Path:
    return vcf(path, name, f"chr1 {pos} . TT T 50 PASS . GT:DP:GQ 0/1:30:60")


def packs_of(store: CohortStore) -> list[str | None]:
    return [store.open_pack(segment.table.packs[ordinal]).reference for _, segment, ordinal in store.view().live()]


def carriers(store: CohortStore) -> int:
    """Of the deletion; files without blocks count in raw."""
    raw = store.view().count(AT_LEFT)[0].raw
    return raw.ac if raw is not None else 0


@pytest.fixture
def store(tmp_path: Path) -> CohortStore:
    """One person, whose deletion was left-aligned."""
    store = CohortStore.create(tmp_path / "s", reference=fasta(tmp_path / "ref.fa"))
    add_files(store, [deleted(tmp_path / "a.vcf", "A", 7)], None)
    return store


def test_pack__says_which_reference_it_was_read_against(store: CohortStore, tmp_path: Path) -> None:
    bare = CohortStore.create(tmp_path / "bare")
    add_files(bare, [deleted(tmp_path / "b.vcf", "B", 7)], None)
    made = CohortStore.create(tmp_path / "made")
    made.add([NewGenome("C", make_pack(Person(calls=(Call("chr1", 1000, "A", "G"),))))])

    assert packs_of(store) == [store.about.reference_digest] and carriers(store) == 1
    assert packs_of(bare) == [""] and packs_of(made) == [None]
    assert all(list(verify(one)) == [] for one in (store, bare, made))


def test_add__without_the_stores_reference_is_refused_as_one_deletion_would_be_two(
    store: CohortStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("ref.fa", "ref.fa.fai"):
        (tmp_path / name).rename(tmp_path / f"away.{name}")
    b = deleted(tmp_path / "b.vcf", "B", 8)
    before = store.current()

    assert run(["store", "add", str(tmp_path / "s"), str(b)]) == 1

    said = capsys.readouterr().err
    assert "ref.fa" in said and "Put the FASTA back" in said and CohortStore.open(tmp_path / "s").current() == before
    fasta(tmp_path / "ref.fa", RUN[::-1])
    assert run(["store", "add", str(tmp_path / "s"), str(b)]) == 1 and "not the one" in capsys.readouterr().err
    fasta(tmp_path / "ref.fa")
    assert run(["store", "add", str(tmp_path / "s"), str(b)]) == 0
    assert carriers(CohortStore.open(tmp_path / "s")) == 2


def test_genomes__read_against_another_reference_or_none_are_refused(store: CohortStore, tmp_path: Path) -> None:
    spec = SampleSpec("B", deleted(tmp_path / "b.vcf", "B", 8), "XX", "assumed")
    others = {"none": None, "another": Reference.open(fasta(tmp_path / "other.fa", RUN + "GGGG"), any_length=True)}
    same, unsaid = (Reference.open(tmp_path / "ref.fa", any_length=True) for _ in range(2))
    for one in (others["another"], same):
        one.digest()
    read = {
        name: next(read_packs([spec], assembly=GRCH38, reference=one, policy=Policy())).pack
        for name, one in {**others, "same": same, "unsaid": unsaid}.items()
    }

    assert read["none"].reference == "" and read["unsaid"].reference is None, "asking would read all of the FASTA"
    for name in others:
        with pytest.raises(Refused, match="read against another reference"):
            store.add([NewGenome("B", read[name])])
    store.add([NewGenome("B", read["unsaid"])])
    store.add([NewGenome("B2", read["same"])])
    assert carriers(store) == 3


def test_verify__finds_packs_that_were_read_against_another_reference(store: CohortStore, tmp_path: Path) -> None:
    store.add([NewGenome("C", make_pack(Person(calls=(Call("chr1", 1000, "A", "G"),))))])  # as packs of before
    about = replace(store.about, reference="", reference_digest="")
    (tmp_path / "s" / "store.json").write_bytes(about.encode())

    problems = list(verify(CohortStore.open(store.path)))

    assert len(problems) == 1 and "was read against another reference than the store's" in problems[0]


def test_rebuild__takes_over_the_reference_also_where_the_fasta_went_away(store: CohortStore, tmp_path: Path) -> None:
    digest = store.about.reference_digest
    (tmp_path / "ref.fa").unlink()

    new = rebuild(CohortStore.open(store.path).view(), tmp_path / "new")

    assert (new.about.reference, new.about.reference_digest) == (store.about.reference, digest)
    assert packs_of(new) == [digest] and list(verify(new, recount=True)) == []
    with pytest.raises(Refused, match="Nothing is read against another"):
        reread(CohortStore.open(store.path).view(), tmp_path / "reread", Policy(min_gq=30), [])
    assert not (tmp_path / "reread").exists()
