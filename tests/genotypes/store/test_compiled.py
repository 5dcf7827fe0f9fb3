"""Loops that another thread is still loading are waited for, not used by half."""

import sys
from pathlib import Path
from threading import Thread

import pytest

from embla.genotypes.compiled import at_hand

SLOW = "import time\ntime.sleep(0.5)\nWHOLE = True\n"


def test_at_hand__is_nothing_where_nobody_loaded_it_and_whole_while_somebody_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slowly_loaded_here.py").write_text(SLOW)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert at_hand("slowly_loaded_here") is None

    loading = Thread(target=__import__, args=("slowly_loaded_here",))
    loading.start()
    while "slowly_loaded_here" not in sys.modules:
        pass
    half = not hasattr(sys.modules["slowly_loaded_here"], "WHOLE")
    found = at_hand("slowly_loaded_here")
    loading.join()
    monkeypatch.delitem(sys.modules, "slowly_loaded_here")

    assert half and found.WHOLE
