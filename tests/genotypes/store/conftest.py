"""Hundreds of small stores: with nearly all long alleles sharing a hash, and in the form of large ones."""

import pytest

from embla.genotypes.files import segment
from embla.genotypes.model import keys


@pytest.fixture
def short_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long alleles of one place nearly always share a hash, so salts matter."""
    original = keys.allele_digest
    monkeypatch.setattr(keys, "allele_digest", lambda text: bytes(7) + bytes([original(text)[7] & 1]))


@pytest.fixture
def in_planes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of any size are written as those of 512 genomes and more are."""
    monkeypatch.setattr(segment, "PLANES_FROM", 1)
