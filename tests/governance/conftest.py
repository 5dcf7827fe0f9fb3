"""A home whose board has decided something."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from embla.governance import load_history
from embla.governance.writing import enter_all
from embla.platform import OPERATOR, House
from tests.support.homes import Ticking, opened

DECIDED = {"kind": "decision", "name": "13/25", "day": "2025-12-12", "forum": "board", "type": "B", "item": "13/25",
           "title": "Budget 2026"}  # fmt: skip
RATE = {"kind": "rate", "name": "r", "day": "2026-01-01", "decision": "13/25", "region": "*", "unit": "genomes",
        "amount": "5000.00", "demo": True}  # fmt: skip
GRANT = {"kind": "grant_line", "name": "refunds", "day": "2025-12-12", "title": "Refunds", "amount": "20000.00"}
LINE = {"kind": "budget_line", "name": "HPC", "day": "2025-12-12", "year": 2026, "version": "first", "part": "fixed",
        "side": "cost", "amount": "100.00", "explains": "Runs the machine."}  # fmt: skip


@pytest.fixture(scope="session")
def decided_home(tmp_path_factory: pytest.TempPathFactory, furnished_home: Path) -> Path:
    """A home with the history, a decision, a rate and a line, to be copied."""
    path = tmp_path_factory.mktemp("decided") / "home"
    shutil.copytree(furnished_home, path)
    made = opened(path, "", Ticking())
    load_history(made, OPERATOR)
    enter_all(made, OPERATOR, [DECIDED, RATE, GRANT, LINE])
    made.database.close()
    return path


@pytest.fixture
def decided(tmp_path: Path, decided_home: Path) -> Iterator[House]:
    shutil.copytree(decided_home, tmp_path / "decided")
    made = opened(tmp_path / "decided", "", Ticking(), first_id=1000)
    yield made
    made.database.close()
