"""Releases cut by a machine that dies, and on a disk that refuses: what was acknowledged stays, whole and the same."""

import errno
import json
import os
import random
import signal
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from embla.composition import open_home
from embla.errors import Conflict, EmblaError, Refused
from embla.frequency import Releases, cut_release, open_answer
from embla.frequency.releases import release_folder
from embla.genome import Variant
from embla.platform import OPERATOR, House, Settings
from embla.registry import counted_genomes
from embla.registry.tables import genomes
from tests.frequency.nation import Nation, Person, nation
from tests.support.disk import Disk
from tests.support.mortal import burn

SNV = Variant("chr1", 1500, "A", "G")


def carrier(number: int) -> Person:
    return Person(f"p{number}", "XX" if number % 2 else "XY", calls=("chr1 1500 A G 0/1",))


def opened(settings: Settings) -> House:
    return open_home(settings, clock=lambda: datetime.now(UTC), new_id=lambda: uuid4().hex)


def live_and_cut(settings: Settings, folder: Path, told_to: Path, seed: int) -> None:
    """Until death: people come, leave and opt out, files are merged, releases are cut and each is acknowledged."""
    rng, house = random.Random(seed), opened(settings)
    n = Nation(house, folder)
    with told_to.open("ab", buffering=0) as told:
        while True:
            how = rng.choice(["add", "add", "leave", "opt out", "merge", "cut", "cut", "cut"])
            with house.database.reading() as connection:
                here = [p.accession for p in counted_genomes(connection, on=house.clock().date())]
                ids = dict(connection.execute(select(genomes.c.accession, genomes.c.person)).all())
            if how == "add":
                first = rng.getrandbits(40)
                n.add(*(carrier(first + i) for i in range(rng.randint(1, 4))))
            elif how == "merge":
                n.compact()
            elif how in ("leave", "opt out") and len(here) > 12:
                name = rng.choice(here)
                n.accession["one"], n.person_of["one"] = name, ids[name]
                (n.remove if how == "leave" else n.opt_out)("one")
            elif how == "cut":
                info = cut_release(house, OPERATOR)
                told.write(f"{json.dumps([info.number, info.digest])}\n".encode())


def death(child: int, told_to: Path, acknowledgements: int, more: float) -> int:
    """Kill a child some time after so many acknowledgements, if it did not kill itself before; how it ended."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        if told_to.read_bytes().count(b"\n") >= acknowledgements:
            end = min(end, time.monotonic() + more)
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def answers(house: House) -> dict[str, tuple[str, Any]]:
    """Each release's digest and answer; its files are whole, and it counts everybody whom it says it counts."""
    found = {}
    for info in Releases(house).list():
        Releases(house).get(info.number).own.verify()
        answer = open_answer(house, SNV, info.number)
        assert answer.headline.ac == info.people and answer.headline.an == 2 * info.people
        found[info.number] = (info.digest, answer.to_json() | {"how": None})
    return found


def folders(house: House) -> set[str]:
    return {name.split("/")[0] for name in release_folder(house).list() if "/" in name}


# Many short lives and not one long: every cut looks at all the releases before it, so that 200 deaths of one home did
# not end within the hour.
@pytest.mark.parametrize(
    ("kills", "seed"), [(6, 1), *(pytest.param(20, seed, marks=pytest.mark.deep) for seed in range(2, 10))]
)
def test_cut_release__by_a_machine_that_is_killed_again_and_again_keeps_what_was_acknowledged_whole(
    kills: int, seed: int, tmp_path: Path, database_url: str
) -> None:
    with nation(tmp_path, *map(carrier, range(14)), step=3, database_url=database_url) as n:
        settings = n.house.settings
        cut_release(n.house, OPERATOR)  # compiles here what each child would compile
        n.compact()
        before, told_to, rng = answers(n.house), tmp_path / "told", random.Random(seed)
    acknowledged = least = 0
    for kill in range(kills):
        told_to.write_text("")
        child = os.fork()
        if child == 0:
            try:
                if kill % 2:
                    burn(rng.randint(40, 400))
                live_and_cut(settings, tmp_path, told_to, 1000 * seed + kill)
            except BaseException as error:  # what a parent cannot see otherwise
                (tmp_path / "error").write_text(repr(error))
            finally:
                os._exit(7)
        wanted = rng.randint(0, 2)
        least += 0 if kill % 2 else wanted  # the others may die of their disk before
        status = death(child, told_to, acknowledgements=wanted, more=rng.uniform(0, 0.6))
        assert os.WIFSIGNALED(status), f"the child ended by itself: {(tmp_path / 'error').read_text()}"

        house = opened(settings)
        try:
            now = answers(house)
            said = dict(map(json.loads, told_to.read_text().splitlines()))
            assert before.items() <= now.items()
            assert {number: now[number][0] for number in said} == said
            assert len(now.keys() - before.keys() - said.keys()) <= 1, "one was committed and not acknowledged, no more"
            before = now
            acknowledged += len(said)
            if kill % 10 == 0 or kill == kills - 1:
                info = cut_release(house, OPERATOR)
                before = answers(house)
                assert info.number in before and folders(house) == set(before)
        finally:
            house.database.close()
    assert acknowledged >= least > 0


@pytest.mark.parametrize("step", [23, pytest.param(5, marks=pytest.mark.deep)])
@pytest.mark.parametrize(("call", "stays"), [("write", True), ("fsync", False), ("link", True), ("replace", False)])
def test_cut_release__on_a_disk_that_refuses_its_nth_call_says_so_and_the_releases_before_are_as_they_were(
    call: str, stays: bool, step: int, tmp_path: Path
) -> None:
    with nation(tmp_path, *map(carrier, range(4))) as n:
        cut_release(n.house, OPERATOR)
        n.add(carrier(4))
        for nth in count(1, step):
            before = answers(n.house)
            with pytest.MonkeyPatch.context() as patch:
                disk, said = Disk(patch, call, nth, stays, errno.ENOSPC), None
                try:
                    cut_release(n.house, OPERATOR)
                except EmblaError as error:
                    said = error
            after = answers(n.house)
            assert before.items() <= after.items() and (said is None) == (len(after) > len(before))
            if not disk.failed:
                break
            assert said is None or (not isinstance(said, Conflict | Refused) and said.message), nth
        assert folders(n.house) == set(answers(n.house))
        assert nth > 1 or call in ("link", "replace")
