"""For every test: no settings of the person who runs them, a home of its own, and properties without a clock."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Databases on both engines, small homes, a ward and a bucket, made once for every folder of tests.
pytest_plugins = ("tests.support.homes", "tests.support.wards", "tests.support.buckets")

# A shared machine is sometimes slow; a deadline would then fail a right answer.
settings.register_profile("embla", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "embla"))


@pytest.fixture(autouse=True)
def own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """English, and a home that is empty; only EMBLA_TEST_... variables reach a test. Gives the home."""
    for name in list(os.environ):
        if name.startswith("EMBLA_") and not name.startswith("EMBLA_TEST_"):
            monkeypatch.delenv(name)
    for name in ("LC_ALL", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("EMBLA_HOME", str(home))
    return home
