"""Killed at random moments of adding, removing and compacting: what was acknowledged is there, and nothing half."""

import os
import random
import signal
import time
from itertools import pairwise
from pathlib import Path

import pytest

from embla.genome import Variant
from embla.genotypes import CohortStore, NewGenome
from embla.genotypes.verifying import verify
from tests.support.packs import Call, Person, make_pack

SHARED = Variant("chr1", 1000, "A", "G")


def person(number: int) -> Person:
    return Person(calls=(Call("chr1", 1000, "A", "G"), Call("chr1", 5_000 + number, "C", "T")))


def work(path: Path, log: Path, seed: int, first: int) -> None:
    """Add, remove and compact until death; a line before each change and one after it."""
    rng = random.Random(seed)
    store = CohortStore.open(path)
    number = first
    with log.open("ab", buffering=0) as told:
        while True:
            how = rng.choice(["add", "add", "add", "remove", "compact", "merge"])
            names = store.view().names
            if how == "add":
                told.write(f"begin add {number}\n".encode())
                store.add([NewGenome(f"N{number}", make_pack(person(number)))])
                told.write(f"done add {number}\n".encode())
                number += 1
            elif how == "remove" and len(names) > 3:
                name = rng.choice(names)[1:]
                told.write(f"begin remove {name}\n".encode())
                store.remove([f"N{name}"])
                told.write(f"done remove {name}\n".encode())
            elif how in ("compact", "merge"):
                store.compact(full=how == "compact")


def said(log: Path) -> tuple[set[int], set[int]]:
    """Who must be there by what was acknowledged, and whose change was under way."""
    there: set[int] = set()
    open_: set[int] = set()
    for line in log.read_text().splitlines():
        when, how, number = line.split()
        if when == "begin":
            open_.add(int(number))
            continue
        open_.discard(int(number))
        (there.add if how == "add" else there.discard)(int(number))
    return there, open_


@pytest.mark.parametrize("kills", [5, pytest.param(250, marks=pytest.mark.deep)])
def test_kill_minus_nine__at_random_moments_loses_nothing_acknowledged_and_leaves_no_orphan(
    kills: int, tmp_path: Path
) -> None:
    path, rng, first = tmp_path / "s", random.Random(1), 0
    CohortStore.create(path)
    there: set[int] = set()
    for kill in range(kills):
        log = tmp_path / f"log{kill}"
        log.write_text("".join(f"begin add {n}\ndone add {n}\n" for n in sorted(there)))
        child = os.fork()
        if child == 0:
            try:
                work(path, log, kill, first)
            finally:
                os._exit(7)
        time.sleep(rng.uniform(0.02, 0.5))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "the child ended by itself"

        must, open_ = said(log)
        store = CohortStore.open(path)
        view = store.view()
        now = {int(name[1:]) for name in view.names}
        assert now - open_ == must - open_ and now ^ must <= open_
        assert view.count(SHARED)[0].ac == len(now)
        store.tidy()
        packs = {f"packs/{digest}" for s in store.view().segments for digest in s.table.packs}
        # What a store has learned stays: packs are told by it, and only they know which of them.
        lexicons = sorted(store.folder.list("lexicons/"))
        of_so_many = [int(name.removeprefix("lexicons/").partition("-")[0]) for name in lexicons]
        assert all(2 * few <= many for few, many in pairwise(of_so_many))
        needed = {"store.json", "CURRENT", "LOCK", store.current().file, *store.view().content.files, *lexicons} | packs
        assert {name for name in store.folder.list() if not name.startswith("keys/")} == needed
        if kill % 25 == 24 or kill == kills - 1:
            assert list(verify(store, recount=True)) == []
        there, first = now, max([first, *(n + 1 for n in must | open_ | now)])
    assert len(there) > kills // 10
