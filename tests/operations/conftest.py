from collections.abc import Iterator
from pathlib import Path

import pytest

from embla.operations import Repository
from embla.platform import OPERATOR, House
from embla.storage import Folder
from embla.submission import PackageRefused, receive_many
from tests.support.laboratory import START, make_single


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An empty repository."""
    return Repository.open(Folder(tmp_path / "repository"), create=True)


@pytest.fixture
def packages(tmp_path: Path) -> Iterator[list[Path]]:
    """Three packages of one person each, with a call of their own."""
    yield [
        make_single(tmp_path / f"package{n}", f"N{n}", [("chr21", START + 100 * n, "A", "G", "0/1")]) for n in (1, 2, 3)
    ]


def report(house: House, packages: list[Path]) -> list[str]:
    """Send packages; the accessions of their genomes."""
    names = []
    for _, outcome in receive_many(house, OPERATOR, packages):
        assert not isinstance(outcome, PackageRefused), outcome
        names += [genome.accession for genome in outcome.genomes]
    return names
