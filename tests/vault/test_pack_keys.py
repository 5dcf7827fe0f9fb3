"""A home's packs open with its database and its keys, and a removed genome's key is gone, whoever died when."""

from pathlib import Path

import pytest

from embla.composition import open_home
from embla.errors import Broken, Refused
from embla.genotypes import CohortStore, NewGenome, verify
from embla.platform import House, current_manifest, move_manifest
from embla.vault import WrappedKeys
from tests.support.packs import Call, Person, make_pack

ONE = Person(calls=(Call("chr1", 1000, "A", "G"),))
OTHER = Person("XY", calls=(Call("chr1", 3000, "C", "T"),))


def keys_of(house: House) -> WrappedKeys:
    return WrappedKeys(house.database, house.wrapping)


def change(house: House, *, add: dict[str, Person], remove: tuple[str, ...] = (), publish: bool = True) -> None:
    with house.store.writing():
        with house.database.reading() as connection:
            base = current_manifest(connection)
        if remove:
            staged = house.store.stage_remove(remove, base)
        else:
            staged = house.store.stage_add([NewGenome(name, make_pack(one)) for name, one in add.items()], base)
        with house.database.transaction() as connection:
            move_manifest(connection, base, staged.manifest)
        if publish:
            house.store.publish(staged)


def test_pack_keys__lie_wrapped_in_the_database_and_nowhere_else(house_on_both: House) -> None:
    house = house_on_both
    change(house, add={"A": ONE, "B": OTHER})

    assert len(keys_of(house).digests()) == 2 and house.store.folder.list("keys/") == []
    assert house.store.view().genome("A").karyotype == "XX"
    with pytest.raises(Refused, match="owner"):
        CohortStore.open(house.store.path).view().genome("A")
    raw = [keys_of(house).find(digest) for digest in keys_of(house).digests()]
    stored = b"".join(path.read_bytes() for path in house.home.rglob("*") if path.is_file())
    assert not [key for key in raw if key in stored]


def test_remove__destroys_the_key_with_the_commit(house_on_both: House) -> None:
    house = house_on_both
    change(house, add={"A": ONE, "B": OTHER})
    digest = house.store.view().pack_file("A").digest

    change(house, add={}, remove=("A",))

    assert keys_of(house).find(digest) is None and len(keys_of(house).digests()) == 1
    with pytest.raises(Broken):
        house.store.open_pack(digest)
    assert list(verify(house.store)) == []


def test_remove__whose_process_died_after_the_commit_is_finished_when_the_home_is_opened(house: House) -> None:
    change(house, add={"A": ONE, "B": OTHER})
    change(house, add={}, remove=("A",), publish=False)
    assert len(keys_of(house).digests()) == 2

    again = open_home(house.settings)

    assert again.store.view().names == ["B"] and len(keys_of(again).digests()) == 1
    assert again.store.view().genome("B").karyotype == "XY"


def test_wrapped_key__moved_to_another_pack_does_not_open(house: House) -> None:
    from embla.vault.tables import pack_keys

    change(house, add={"A": ONE, "B": OTHER})
    first, second = keys_of(house).digests()
    with house.database.transaction() as connection:
        wrapped = connection.execute(pack_keys.select().where(pack_keys.c.digest == first)).one().wrapped
        connection.execute(pack_keys.update().where(pack_keys.c.digest == second).values(wrapped=wrapped))

    with pytest.raises(Broken):
        keys_of(house).find(second)


def test_home__with_the_keys_of_another_opens_nothing(house: House, tmp_path: Path) -> None:
    change(house, add={"A": ONE})
    place = house.home / "keys" / "wrapping" / "v1.key"
    place.write_bytes(b"k" * 32)

    with pytest.raises(Broken, match="key"):
        open_home(house.settings).store.view().genome("A")
