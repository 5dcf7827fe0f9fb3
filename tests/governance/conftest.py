"""A home whose board has decided something."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from embla.governance import load_history
from embla.governance.writing import enter_all
from embla.platform import OPERATOR, House
from tests.governance.decided import DECIDED, GRANT, LINE, RATE
from tests.support.homes import Ticking, opened


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
