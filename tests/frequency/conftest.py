"""Power cuts are tested where files are written (tests/storage); here a disk that need not sync makes tests fast."""

import os

import pytest

from tests.support.homes import database_url, postgres_server, postgres_url

__all__ = ["database_url", "no_fsync", "postgres_server", "postgres_url"]


@pytest.fixture(autouse=True)
def no_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)
