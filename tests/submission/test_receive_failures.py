"""Calls to the disk that fail, and a full disk: a package is received whole or not at all."""

import errno
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from embla.errors import Unavailable
from embla.platform import House, verify_chain
from embla.submission import receive
from tests.submission.receiving import NORTH, count
from tests.support.laboratory import SITE, START, make_single, make_trio

CALLS = ("fsync", "fdatasync", "link", "rename", "replace", "mkdir")


def test_receive__any_single_call_that_fails_leaves_all_or_nothing(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The n-th fsync, link, rename or mkdir fails, for every n; then the disk is well and the package comes again."""
    every_call_fails_once(tmp_path, house, monkeypatch, genomes=1)


@pytest.mark.deep
def test_receive__any_single_call_of_a_trio_that_fails_leaves_all_or_nothing(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    every_call_fails_once(tmp_path, house, monkeypatch, genomes=3)


def every_call_fails_once(tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch, *, genomes: int) -> None:
    receive(house, NORTH, package(tmp_path, 0, genomes))
    left = 0

    def failing(real: Any) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*given, **named)

        return call

    n = failures = 0
    while True:
        n += 1
        folder = package(tmp_path, n, genomes)
        left = n
        with monkeypatch.context() as patch:
            for name in CALLS:
                patch.setattr(os, name, failing(getattr(os, name)))
            try:
                receive(house, NORTH, folder)
            except Unavailable:
                failures += 1
                assert count(house)[0] == n * genomes
            else:
                assert count(house)[0] == (n + 1) * genomes
        survived = left > 0
        receive(house, NORTH, folder)
        assert count(house) == ((n + 1) * genomes, 2 * (n + 1) * genomes)
        if survived:
            break
        assert n < 200 * genomes
    with house.database.reading() as connection:
        verify_chain(connection)
    assert failures >= 10


@pytest.mark.parametrize("packages", [8, pytest.param(1500, marks=[pytest.mark.deep, pytest.mark.timeout(3600)])])
def test_receive__with_a_call_in_twenty_failing_never_counts_half(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch, packages: int
) -> None:
    """R2: any of the calls fails with 5 %, also while what failed before is cleaned up; at last each package is in."""
    rng, failed, here = random.Random(packages), 0, 0

    def failing(real: Any) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            nonlocal failed
            if rng.random() < 0.05:
                failed += 1
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return real(*given, **named)

        return call

    for n in range(packages):
        genomes = 3 if n % 5 == 4 else 1
        folder = package(tmp_path, n, genomes)
        for _ in range(200):
            with monkeypatch.context() as patch:
                for name in CALLS:
                    patch.setattr(os, name, failing(getattr(os, name)))
                try:
                    receive(house, NORTH, folder)
                except Unavailable:
                    assert count(house)[0] in (here, here + genomes)
                else:
                    break
        here += genomes
        assert count(house) == (here, 2 * here)
    with house.database.reading() as connection:
        verify_chain(connection)
    assert failed >= packages


def package(folder: Path, n: int, genomes: int) -> Path:
    """The n-th package: one person, or a trio, each with the site and one variant more."""
    own = ("chr21", START + 10 + n, "A", "G", "0/1")
    if genomes == 1:
        return make_single(folder / f"p{n}", f"N{n}", [SITE, own])
    return make_trio(folder / f"p{n}", f"N{n}", {role: [SITE, own] for role in ("index", "mother", "father")})


@pytest.mark.parametrize(
    "rooms",
    [
        (0, 100, 1000, 4000, 20_000, 300_000),
        pytest.param([int(2 ** random.Random(n).uniform(0, 18)) for n in range(50)], marks=pytest.mark.deep),
    ],
    ids=["6", "50"],
)
def test_receive__on_a_full_disk_says_so_and_goes_on_when_there_is_room(
    tmp_path: Path, house: House, rooms: Sequence[int]
) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    refused = 0
    for n, room in enumerate(rooms):
        folder = make_single(tmp_path / f"p{n}", f"N{n}", [SITE, ("chr21", START + 10 + n, "A", "G", "0/1")])
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            receive(house, NORTH, folder)
        except Unavailable:
            refused += 1
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        receive(house, NORTH, folder)
        assert count(house) == (n + 1, 2 * (n + 1))
    assert refused >= 3
    with house.database.reading() as connection:
        verify_chain(connection)
