"""For every test: no settings of the person who runs them, a home of its own, and properties without a clock."""

import gc
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Databases on both engines, small homes, a ward and a bucket, made once for every folder of tests.
pytest_plugins = ("tests.support.homes", "tests.support.wards", "tests.support.buckets")

# A shared machine is sometimes slow; a deadline would then fail a right answer.
settings.register_profile("embla", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "embla"))


def pytest_collection_finish() -> None:
    """What was loaded so far stays: the collector of garbage need not walk through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def places_for_homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Paths of homes, one a test. `mktemp` would read the names of all that came before, each time."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in count(1))


@pytest.fixture(autouse=True)
def own_surroundings(monkeypatch: pytest.MonkeyPatch, places_for_homes: Iterator[Path]) -> Path:
    """English, and a home that is empty; only EMBLA_TEST_... variables reach a test. Gives the home.

    Nothing waits for the disk: no test cuts the power, and what is tested of `fsync` is that and when it is called.
    """
    for name in list(os.environ):
        if name.startswith("EMBLA_") and not name.startswith("EMBLA_TEST_"):
            monkeypatch.delenv(name)
    for name in ("LC_ALL", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    home = next(places_for_homes)
    home.mkdir()
    monkeypatch.setenv("EMBLA_HOME", str(home))
    return home
