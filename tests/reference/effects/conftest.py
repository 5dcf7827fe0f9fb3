"""The process beside, and consequences by it, over the demo's reference and genes."""

from collections.abc import Iterator

import pytest

from embla.reference import Effects, Genes, Reference
from embla.reference.beside import Beside
from embla.reference.effects import WORKER
from tests.reference.effects.askers import PATHS


@pytest.fixture(scope="module")
def beside() -> Iterator[Beside]:
    made = Beside(WORKER, seconds=60, turn=60, rest=0)
    yield made
    made.close()


@pytest.fixture(scope="module")
def loaded(beside: Beside) -> Effects:
    return Effects(Reference.open(PATHS.fasta), Genes.open(PATHS.genes), beside)
