"""Rows of a genome lie under its own key: what destroys the key ends them in every copy; older rows come under one."""

import zlib
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from time import sleep
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from embla.composition import open_home
from embla.errors import Broken
from embla.frequency.live import live_structural
from embla.operations import Repository, back_up, restore
from embla.operations.forgetting import forget_keys
from embla.operations.keys import KEYS
from embla.operations.model import Backup
from embla.platform import OPERATOR, House, Settings, newest_events
from embla.registry import withdraw_person
from embla.storage import Folder
from embla.structural import seal_waiting, sealing, store
from embla.structural import tables as own
from embla.structural.model.values import CALL, REPEAT, RUN
from embla.structural.sealing import LOOKED
from embla.vault import Vault, genomes_unsealed, rotate
from embla.vault.tables import genome_keys
from embla.worker import _seal as round_of_worker
from tests.structural.test_counting import DOCTOR, PLACE, few, live, rows_of


def make_plain(house: House) -> None:
    """As rows lay before there were keys: the inverse of `seal_waiting`, written by hand."""
    with house.database.transaction() as connection:
        keys = connection.execute(select(genome_keys)).all()
        opened = sealing.opened_keys(house.wrapping, {row.accession: row.wrapped for row in keys})
        for row in connection.execute(select(own.calls)).all():
            form = RUN if row.contig == LOOKED else REPEAT if row.kind == "str" else CALL
            plain = sealing.open_row(
                opened[row.accession], row.rows, form, row.kind, row.contig, row.bin, row.accession
            )  # fmt: skip
            here = [getattr(own.calls.c, name) == getattr(row, name) for name in ("kind", "contig", "bin", "accession")]
            if row.contig == LOOKED:
                digest = f"runs-of-{row.accession}"
                connection.execute(own.profiles.insert().values(digest=digest, runs=zlib.compress(plain.tobytes(), 6)))
                mine = (own.sets.c.accession == row.accession) & (own.sets.c.kind == row.kind)
                connection.execute(update(own.sets).where(mine).values(profile=digest))
                connection.execute(delete(own.calls).where(*here))
            else:
                connection.execute(update(own.calls).where(*here).values(rows=zlib.compress(plain.tobytes(), 1)))
        connection.execute(delete(own.profiles).where(own.profiles.c.digest == "own"))
        connection.execute(update(genome_keys).values(wrapped=""))


def raw_rows(house: House) -> list[bytes]:
    with house.database.reading() as connection:
        return list(connection.execute(select(own.calls.c.rows)).scalars())


def told(house: House, acks: list[Any]) -> dict[str, Any]:
    found = live(house, acks).to_json()
    return {name: found[name] for name in ("kinds", "events", "repeats")}


def test_a_row__opens_with_the_key_of_its_genome_in_its_own_place_only(house_on_both: House, tmp_path: Path) -> None:
    house = house_on_both
    acks = few(house, tmp_path)
    first, second = (acks[n].genomes[0].accession for n in (0, 1))

    rows = raw_rows(house)
    assert rows and all(row[:1] == b"\x01" for row in rows)
    with house.database.transaction() as connection:
        mine = (own.calls.c.kind == "sv") & (own.calls.c.accession == first)
        data = connection.execute(select(own.calls.c.rows).where(mine)).scalar_one()
        with pytest.raises(zlib.error):
            zlib.decompress(data[13:])
        connection.execute(
            update(own.calls).where(own.calls.c.kind == "sv", own.calls.c.accession == second).values(rows=data)
        )
    with pytest.raises(Broken, match="structural calls"):
        live(house, acks)


def test_a_plain_row__under_a_genome_that_has_a_key_is_refused(house: House, tmp_path: Path) -> None:
    acks = few(house, tmp_path)
    with house.database.transaction() as connection:
        connection.execute(update(own.calls).where(own.calls.c.kind == "sv").values(rows=zlib.compress(b"")))

    with pytest.raises(Broken, match="structural calls"):
        live(house, acks)


def test_seal_waiting__changes_no_answer_before_midway_or_after(house_on_both: House, tmp_path: Path) -> None:
    house = house_on_both
    acks = few(house, tmp_path)
    before, many = told(house, acks), rows_of(house)
    make_plain(house)
    assert not any(row[:1] == b"\x01" for row in raw_rows(house)) and told(house, acks) == before

    assert seal_waiting(house, most=1) == 1
    assert told(house, acks) == before
    round_of_worker(house)

    assert seal_waiting(house) == 0
    assert told(house, acks) == before and rows_of(house) == many
    assert all(row[:1] == b"\x01" for row in raw_rows(house))
    with house.database.reading() as connection:
        assert not any("runs-of" in name for name in connection.execute(select(own.profiles.c.digest)).scalars())


def test_seal_waiting__that_dies_in_a_genome_leaves_it_plain_and_goes_on_another_time(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acks = few(house, tmp_path)
    before = told(house, acks)
    make_plain(house)
    real, times = sealing.seal_row, iter(range(100))

    def dies(*given: Any) -> bytes:
        if next(times) == 4:
            raise OSError("power")
        return real(*given)

    with monkeypatch.context() as cut:
        cut.setattr(sealing, "seal_row", dies)
        with pytest.raises(OSError, match="power"):
            seal_waiting(house)

    assert told(house, acks) == before
    assert seal_waiting(house) >= 1 and seal_waiting(house) == 0 and told(house, acks) == before


def test_rotation__brings_the_keys_of_genomes_under_the_new_key(house_on_both: House, tmp_path: Path) -> None:
    house = house_on_both
    acks = few(house, tmp_path)
    before = told(house, acks)

    rotate(Vault(house))

    with house.database.reading() as connection:
        wrapped = list(connection.execute(select(genome_keys.c.wrapped)).scalars())
    assert len(wrapped) == 3 and not any(house.wrapping.is_old(one) for one in wrapped)
    assert told(house, acks) == before


def test_withdrawal__ends_the_rows_in_an_older_backup_as_well(house: House, tmp_path: Path) -> None:
    acks = few(house, tmp_path)
    repository = Repository.open(Folder(tmp_path / "backups"), create=True)
    older = back_up(house, repository)
    key_objects = {one.sha256 for one in older.tables if one.table == "genome_keys"}
    assert forget_keys(repository) == 0
    gone = acks[1].genomes[0]
    # What somebody holds who copied the older database: rows, and the keys beside them.
    with house.database.reading() as connection:
        stolen = connection.execute(select(own.calls).where(own.calls.c.accession == gone.accession)).all()
    withdraw_person(house, OPERATOR, gone.person)
    after = told(house, acks)
    back_up(house, repository)

    stripped = repository.backup(older.id)
    (keys,) = [one for one in stripped.tables if one.table == "genome_keys"]
    lines = b"".join(repository.read(keys.sha256))
    assert keys.rows == 2 and gone.accession.encode() not in lines and acks[0].genomes[0].accession.encode() in lines
    assert not any(repository.has(digest) for digest in key_objects)
    assert repository.verify(stripped) > 0 and forget_keys(repository) == 0
    restored = restore(repository, stripped, Settings(home=tmp_path / "again", demo=True), keys=house.home / KEYS)
    assert restored.withdrawn_again == 1
    back = open_home(Settings(home=tmp_path / "again", demo=True), create=False)
    found = live_structural(back, DOCTOR, acks[0].case, PLACE).to_json()
    assert {name: found[name] for name in ("kinds", "events", "repeats")} == after
    # And every key that is left, of that home or this, opens none of the rows that were copied.
    with back.database.reading() as connection:
        left = connection.execute(select(genome_keys)).all()
    opened = sealing.opened_keys(back.wrapping, {row.accession: row.wrapped for row in left})
    assert len(stolen) == 3 and len(opened) == 2
    for row in stolen:
        for key in opened.values():
            with pytest.raises(Broken):
                sealing.open_row(key, row.rows, CALL, row.kind, row.contig, row.bin, gone.accession)
    back.database.close()


def test_a_database__in_which_a_key_is_gone_counts_that_genome_as_never_called(
    house_on_both: House, tmp_path: Path
) -> None:
    house = house_on_both
    acks = few(house, tmp_path)
    with house.database.transaction() as connection:
        connection.execute(delete(genome_keys).where(genome_keys.c.accession == acks[1].genomes[0].accession))

    found = live(house, acks)

    assert (found.events[0].count.ac, found.events[0].count.an) == (1, 4)
    assert {kind.kind: kind.people for kind in found.kinds} == {"sv": 2, "cnv": 1, "str": 2}


def keys_of(backup: Backup) -> str:
    """The object that holds a backup's keys of genomes."""
    return next(one.sha256 for one in backup.tables if one.table == "genome_keys")


def test_forgetting__a_rotten_backup_is_told_and_hinders_no_other(house: House, tmp_path: Path) -> None:
    acks = few(house, tmp_path)
    gone = acks[1].genomes[0]
    repository = Repository.open(Folder(tmp_path / "backups"), create=True)
    one = back_up(house, repository)
    rotten = tmp_path / "backups" / "objects" / keys_of(one)[:2] / keys_of(one)
    rotten.chmod(0o600)
    rotten.write_bytes(b"x" + rotten.read_bytes()[1:])
    rotate(Vault(house))
    back_up(house, repository)
    withdraw_person(house, OPERATOR, gone.person)

    with pytest.raises(Broken, match=one.id):
        back_up(house, repository)

    with house.database.reading() as connection:
        noted = [event for event in newest_events(connection, limit=200).items if event.kind == "backup-made"]
    found = repository.backups()
    assert len(found) == len(noted) == 3
    for backup in found[1:]:
        assert gone.accession.encode() not in b"".join(repository.read(keys_of(backup)))


def test_forgetting__that_died_is_finished_by_the_next_backup(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acks = few(house, tmp_path)
    repository = Repository.open(Folder(tmp_path / "backups"), create=True)
    old = keys_of(back_up(house, repository))
    withdraw_person(house, OPERATOR, acks[1].genomes[0].person)

    def die(_: Repository) -> None:
        raise OSError("the power went")

    with monkeypatch.context() as patched, pytest.raises(OSError, match="power"):
        patched.setattr(Repository, "drop_leaving", die)
        back_up(house, repository)
    assert repository.has(old)
    back_up(house, repository)

    assert not repository.has(old)


def test_seal_waiting__passes_over_a_genome_whose_row_is_damaged(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    acks = few(house, tmp_path)
    make_plain(house)
    first = min(ack.genomes[0].accession for ack in acks if ack.genomes)
    with house.database.transaction() as connection:
        connection.execute(update(own.calls).where(own.calls.c.accession == first).values(rows=b"rotten"))

    with house.database.reading() as connection:
        waiting = len(genomes_unsealed(connection))
    sealed = seal_waiting(house)

    with house.database.reading() as connection:
        assert genomes_unsealed(connection) == [first] and sealed == waiting - 1 > 0
    assert "1 genomes are damaged" in caplog.text and first not in caplog.text


@pytest.mark.parametrize("seals_first", [True, False])
def test_withdrawal__that_meets_the_sealer_leaves_nothing(
    house_on_both: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seals_first: bool
) -> None:
    """Each holds the genome's key when the other comes. SQLite lets one writer in at a time; PostgreSQL does not."""
    house = house_on_both
    acks = few(house, tmp_path)
    make_plain(house)
    with house.database.reading() as connection:
        query = select(own.sets.c.accession).where(own.sets.c.kind == "cnv")
        called = set(connection.execute(query).scalars())
    gone = next(ack.genomes[0] for ack in acks if ack.genomes and ack.genomes[0].accession in called)
    inside, faults = Event(), list[Exception]()

    def slow(then: Callable[..., None]) -> Callable[..., None]:
        """The same, and then it holds what it has until the other has come."""

        def act(*given: Any) -> None:
            then(*given)
            if gone.accession in given[-1]:
                inside.set()
                sleep(0.7)

        return act

    if seals_first:
        monkeypatch.setattr(sealing, "_seal", slow(sealing._seal))
    else:
        monkeypatch.setattr(store, "destroy_genome_keys", slow(store.destroy_genome_keys))

    def run(first: bool, act: Callable[[], object]) -> None:
        try:
            if not first:
                assert inside.wait(20)
            act()
        except Exception as error:
            faults.append(error)

    both = [
        Thread(target=run, args=(seals_first, lambda: seal_waiting(house))),
        Thread(target=run, args=(not seals_first, lambda: withdraw_person(house, OPERATOR, gone.person))),
    ]
    for one in both:
        one.start()
    for one in both:
        one.join(60)

    assert faults == []
    with house.database.reading() as connection:
        for table in (own.calls, own.sets, genome_keys):
            assert connection.execute(select(table).where(table.c.accession == gone.accession)).all() == []
