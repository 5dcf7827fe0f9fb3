"""A store that format 1 wrote, taken along: format1.zip holds one of 21 people (and one removed) as the Embla of
November 2026 wrote it, with what that program counted in counts.json."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from embla.errors import NameTaken, Refused, WrongFormat
from embla.genome import Variant
from embla.genotypes import CohortStore, NewGenome, pack_digest
from embla.genotypes.about import FORMAT
from embla.genotypes.files import packfile, segment
from embla.genotypes.upgrading import upgrade
from embla.genotypes.verifying import verify
from embla.storage import Folder
from tests.support.packs import Call, Person, make_pack


class Crash(BaseException):
    """The process dies here."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    with ZipFile(Path(__file__).with_name("format1.zip")) as kept:
        kept.extractall(tmp_path)
    return tmp_path / "s"


def counted(path: Path) -> dict[str, Any]:
    view = CohortStore.open(path).view()
    said = {}
    for name in json.loads((path.parent / "counts.json").read_text()):
        contig, pos, ref, alt = name.split("-")
        said[name] = view.count(Variant(contig, int(pos), ref, alt))[0].to_json()
        del said[name]["manifest"], said[name]["policy"]
    return said


@pytest.mark.parametrize("planes_from", [1, 512])
def test_upgrade__keeps_every_number_whether_segments_are_written_anew_or_not(
    planes_from: int, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment, "PLANES_FROM", planes_from)
    with pytest.raises(WrongFormat, match="embla store upgrade"):
        CohortStore.open(old)

    done = upgrade(old)

    assert done.changed and done.segments == (1 if planes_from == 1 else 0)
    assert counted(old) == json.loads((old.parent / "counts.json").read_text())
    store = CohortStore.open(old)
    assert store.about.format == FORMAT and store.about.digests == 1
    assert all(r.contig("chr1").in_planes == (planes_from == 1) for s in store.view().segments for _, r in s.blobs)
    assert list(verify(store, recount=True)) == []
    assert not upgrade(old).changed


def test_an_upgraded_store__goes_on(old: Path) -> None:
    upgrade(old)
    store = CohortStore.open(old)

    # Its policy is that of the program that made it: so are the packs that it takes.
    pack = make_pack(Person(calls=(Call("chr1", 4242, "A", "G"),)))
    with pytest.raises(Refused, match="another counting policy"):
        store.add([NewGenome("new", pack)])
    store.add([NewGenome("new", replace(pack, policy=store.policy.digest()))])
    store.compact()

    assert len(store.view()) == 22 and store.view().count(Variant("chr1", 4242, "A", "G"))[0].ac == 1
    assert list(verify(store, recount=True)) == []


def test_a_genome_whose_pack_has_the_first_digest__is_known_when_it_is_sent_again(old: Path) -> None:
    upgrade(old)
    store = CohortStore.open(old)
    state = store.current()
    row = store.view().segments[0].table.row(0)
    pack = store.open_pack(row.pack).pack()
    assert pack_digest(pack) != row.pack == pack_digest(pack, 1)

    again = store.add([NewGenome(row.name, pack)])

    assert again.unchanged == (row.name,) and store.current() == state
    with pytest.raises(NameTaken):
        store.add([NewGenome(row.name, replace(pack, pipeline="another"))])
    store.packs.keys.destroy([row.pack])
    with pytest.raises(NameTaken):
        store.add([NewGenome(row.name, pack)])


@pytest.mark.parametrize("digests", [1, 2])
def test_a_genome_without_a_print__is_a_duplicate_of_one_whose_pack_has_the_first_digest(
    digests: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CohortStore.create(tmp_path / "s")
    assert store.about.digests == 2
    store.about = replace(store.about, digests=digests)
    # Of an assumed genome no call passes the gates. Files name no FILTER text that no record has.
    person = Person(callability="assumed", calls=(Call("chr1", 4242, "A", "G", adj=False),))
    pack, other = (replace(make_pack(person), filters=("PASS",), pipeline=name) for name in ("one", "another"))
    with monkeypatch.context() as patch:
        patch.setattr(packfile, "joined_digest", lambda *_: pack_digest(pack, 1))
        store.add([NewGenome("A", pack)])

    again = store.add([NewGenome("B", pack)])

    assert again.duplicates == (("B",) if digests == 1 else ())
    assert not again.duplicates or "exactly the same calls" in again.warnings[0]
    assert store.add([NewGenome("C", other)]).duplicates == ()


def test_a_store_that_says_what_this_program_does_not_know__is_not_opened(old: Path) -> None:
    upgrade(old)
    said = json.loads((old / "store.json").read_text())
    assert "digests" not in said
    (old / "store.json").write_text(json.dumps({**said, "shape": 3}))

    with pytest.raises(WrongFormat, match="shape"):
        CohortStore.open(old)


@pytest.mark.parametrize("k", [0, 1, 30, 38, 39, 40, 41, 42])
def test_upgrade__that_dies_on_the_way_is_run_again(k: int, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "PLANES_FROM", 1)
    left, real = [k], {name: getattr(Folder, name) for name in ("put", "swap")}

    def dying(name: str) -> Any:
        def step(self: Folder, *arguments: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise Crash
            return real[name](self, *arguments, **more)

        return step

    with monkeypatch.context() as patch:
        for name in real:
            patch.setattr(Folder, name, dying(name))
        with pytest.raises(Crash):
            upgrade(old)

    upgrade(old)

    assert counted(old) == json.loads((old.parent / "counts.json").read_text())
    assert list(verify(CohortStore.open(old), recount=True)) == []
