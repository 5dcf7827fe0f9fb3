"""Each genome's pack is sealed under a key of its own, and destroying the key is the end of the genome everywhere."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from embla.errors import Broken, EmblaError, Refused
from embla.genome import Variant
from embla.genotypes import CohortStore, NewGenome
from embla.genotypes.rebuilding import rebuild
from embla.genotypes.verifying import verify
from embla.storage import Folder, is_sealed
from tests.support.packs import Call, Person, make_pack

ONE = Person(calls=(Call("chr1", 1000, "A", "G"),))
OTHER = Person("XY", calls=(Call("chr1", 3000, "C", "T"),))


class HeldElsewhere:
    """A holder of keys as an owner's database is one."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def find(self, digest):
        return self.held.get(digest)

    def find_all(self, digests):
        return {digest: self.held[digest] for digest in digests if digest in self.held}

    def keep(self, keys):
        self.held = {**keys, **self.held}

    def destroy(self, digests):
        for digest in digests:
            self.held.pop(digest, None)

    def digests(self):
        return list(self.held)


def two(path: Path, **how) -> CohortStore:
    store = CohortStore.create(path, **how)
    with store.writing():
        store.publish(store.stage_add([NewGenome("A", make_pack(ONE)), NewGenome("B", make_pack(OTHER))]))
    return store


def keys_of(store: CohortStore) -> list[str]:
    return store.folder.list("keys/")


def test_pack__is_sealed_and_its_key_is_the_owners_alone(tmp_path: Path) -> None:
    store = two(tmp_path / "s")

    packs = store.folder.list("packs/")

    assert [name.replace("packs/", "keys/") for name in packs] == keys_of(store) and len(packs) == 2
    assert all(is_sealed(store.folder.get(name)) for name in packs)
    assert len({store.folder.get(name) for name in keys_of(store)}) == 2
    for name in keys_of(store):
        assert stat.S_IMODE(os.stat(store.path / name).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(store.path / "keys").st_mode) == 0o700
    assert store.view().genome("A").contigs["chr1"].key.tolist()


def test_remove__destroys_the_key_so_that_no_copy_of_the_pack_opens(tmp_path: Path) -> None:
    store = two(tmp_path / "s")
    segment, ordinal = store.view().located(store.view().index["A"])
    digest = segment.table.pack(ordinal)
    shutil.copytree(tmp_path / "s" / "packs", tmp_path / "backup")

    store.remove(["A"])

    assert len(keys_of(store)) == 1 and f"keys/{digest}" not in keys_of(store)
    shutil.copytree(tmp_path / "backup", tmp_path / "s" / "packs", dirs_exist_ok=True)
    with pytest.raises(Broken, match="key"):
        CohortStore.open(tmp_path / "s").open_pack(digest)
    assert list(verify(store, recount=True)) == []
    assert store.view().genome("B").karyotype == "XY"


def test_remove__of_one_of_two_equal_genomes_leaves_the_other_readable(tmp_path: Path) -> None:
    store = two(tmp_path / "s")
    store.add([NewGenome("A2", make_pack(ONE))])

    store.remove(["A"])
    assert store.view().genome("A2").karyotype == "XX"

    store.remove(["A2"])
    assert len(keys_of(store)) == 1


def test_add__of_an_erased_genome_seals_it_under_a_new_key(tmp_path: Path) -> None:
    store = two(tmp_path / "s")
    before = {name: store.folder.get(name) for name in [*keys_of(store), *store.folder.list("packs/")]}
    store.remove(["A"])

    store.add([NewGenome("A", make_pack(ONE))])

    changed = [name for name, data in before.items() if store.folder.get(name) != data]
    assert len(changed) == 2 and store.view().genome("A").karyotype == "XX"
    assert list(verify(store, recount=True)) == []


def test_tidy__destroys_the_key_that_a_crash_between_commit_and_erasing_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = two(tmp_path / "s")
    with monkeypatch.context() as patch:
        patch.setattr(store.packs.keys, "destroy", lambda digests: None)
        store.remove(["A"])
    assert len(keys_of(store)) == 2 and store.view().number_of("A") is None

    CohortStore.open(tmp_path / "s").tidy()

    assert len(keys_of(store)) == 1 and store.view().genome("B").karyotype == "XY"


@pytest.mark.parametrize("how", ["lose", "change", "exchange"])
def test_key__lost_or_wrong_is_loud_and_never_another_genome(how: str, tmp_path: Path) -> None:
    store = two(tmp_path / "s")
    one, other = (tmp_path / "s" / name for name in keys_of(store))
    if how == "lose":
        one.unlink()
    elif how == "change":
        one.write_bytes(b"\0" * 32)
    else:
        first, second = one.read_bytes(), other.read_bytes()
        one.write_bytes(second)
        other.write_bytes(first)

    problems = list(verify(store))

    assert len(problems) == (2 if how == "exchange" else 1) and "packs/" in problems[0]
    failed = 0
    for name in ("A", "B"):
        try:
            store.view().genome(name)
        except Broken:
            failed += 1
    assert failed == len(problems)


def test_owner__holds_the_keys_and_without_him_no_pack_opens(tmp_path: Path) -> None:
    owner = HeldElsewhere()
    store = two(tmp_path / "s", managed=True, keys=owner)

    assert keys_of(store) == [] and len(owner.held) == 2
    assert CohortStore.open(tmp_path / "s", owner).view().genome("A").karyotype == "XX"
    alone = CohortStore.open(tmp_path / "s")
    assert alone.view().count(Variant("chr1", 1000, "A", "G"))[0].ac == 1
    with pytest.raises(Refused, match="owner"):
        alone.view().genome("A")


def test_rebuild__makes_keys_of_its_own(tmp_path: Path) -> None:
    store = two(tmp_path / "s")

    new = rebuild(store.view(), tmp_path / "new")

    old_keys = {store.folder.get(name) for name in keys_of(store)}
    assert keys_of(new) == keys_of(store) and not old_keys & {new.folder.get(name) for name in keys_of(new)}


def test_plain_packs__of_an_older_store_are_read_and_can_be_sealed(tmp_path: Path) -> None:
    store = two(tmp_path / "s")
    digests = [name.removeprefix("packs/") for name in store.folder.list("packs/")]
    for digest in digests:
        plain = b"".join(store.open_pack(digest).data.pieces())
        (tmp_path / "s" / "packs" / digest).write_bytes(plain)
    shutil.rmtree(tmp_path / "s" / "keys")
    old = CohortStore.open(tmp_path / "s")
    assert list(verify(old, recount=True)) == []

    assert old.packs.seal_plain(digests) == 2
    assert old.packs.seal_plain(digests) == 0

    assert list(verify(CohortStore.open(tmp_path / "s"), recount=True)) == [] and len(keys_of(old)) == 2


class Dead(BaseException):
    """The process dies here."""


class Mortal(Folder):
    """Dies at its n-th change."""

    left = 10**9

    def _tick(self):
        self.left -= 1
        if self.left < 0:
            raise Dead

    def put(self, name, data, *, private=False):
        self._tick()
        return super().put(name, data, private=private)

    def delete(self, name):
        self._tick()
        return super().delete(name)

    def swap(self, name, expected, new):
        self._tick()
        return super().swap(name, expected, new)


@pytest.mark.parametrize("what", ["add", "remove", "again", "compact"])
def test_crash__at_any_change_leaves_no_genome_without_its_key(what: str, tmp_path: Path) -> None:
    died = 0
    for number in range(60):
        path = tmp_path / f"{number}"
        store = two(path)
        if what in ("again", "compact"):
            store.remove(["A"])
        dying = CohortStore.open(Mortal(path))
        dying.folder.left = number
        try:
            if what == "add":
                dying.add([NewGenome("C", make_pack(Person(calls=(Call("chr1", 5000, "A", "G"),))))])
            elif what == "again":
                dying.add([NewGenome("A", make_pack(ONE))])
            elif what == "remove":
                dying.remove(["A"])
            else:
                dying.compact()
            ended = True
        except Dead:
            ended, died = False, died + 1
        after = CohortStore.open(path)
        for name in after.view().names:
            assert after.view().genome(name).contigs
        assert list(verify(after)) == []
        after.tidy()
        live = {f"keys/{after.view().pack_file(name).digest}" for name in after.view().names}
        assert set(keys_of(after)) == live
        if ended:
            break
    assert died >= 2


def test_refused_add__leaves_neither_pack_nor_key(tmp_path: Path) -> None:
    store = two(tmp_path / "s")
    before = store.folder.list()

    with pytest.raises(EmblaError):
        store.add(
            [NewGenome("C", make_pack(Person(calls=(Call("chr1", 9, "A", "G"),)))), NewGenome("A", make_pack(OTHER))]
        )

    assert store.folder.list() == before
