"""Files that leave, by a machine that dies: whole and signed or without a manifest, and what it left is swept."""

import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

from embla import cli
from embla.composition import open_home
from embla.errors import NameTaken, Refused, UsageError
from embla.frequency import cut_release, hand_over, hand_over_mininode, make_freeze
from embla.platform import OPERATOR, House
from embla.registry import Partner, add_agreement
from tests.frequency.nation import DAY
from tests.frequency.test_freezing import studied
from tests.support.mortal import burn

Give = Callable[[House, Path], object]
GIVEN: dict[str, Give] = {
    "release.vcf.gz": lambda house, out: hand_over(house, OPERATOR, "study", out, variants=5),
    "GOE-DK-KILLED-1": lambda house, out: hand_over_mininode(house, OPERATOR, "study", out, variants=5),
    "freeze": lambda house, out: make_freeze(house, OPERATOR, "a-study", "study", out, kind="plink2"),
}


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.deep)])
def test_what_leaves__by_a_machine_that_is_killed_has_a_manifest_only_when_it_is_whole(
    name: str, step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give, folder = GIVEN[name], tmp_path / "given"
    with studied(tmp_path) as n:
        partner = Partner("study", "A study", "DK")
        add_agreement(n.house, OPERATOR, partner, flow="files", reference="2", drafted=DAY, signed=DAY)
        cut_release(n.house, OPERATOR)
        settings = n.house.settings
        (tmp_path / "first").mkdir()
        give(n.house, tmp_path / "first" / name)  # compiles here what each child would compile
        whole = {path.name for path in (tmp_path / "first").iterdir()}
        monkeypatch.setenv("EMBLA_HOME", str(settings.home))
        left = 0
        for k in count(1, step):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            child = os.fork()
            if child == 0:
                try:
                    house = open_home(settings, clock=n.house.clock, new_id=lambda: uuid4().hex)
                    burn(k)
                    give(house, folder / name)
                    os._exit(0)
                finally:
                    os._exit(1)
            status = os.waitpid(child, 0)[1]
            assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
            here = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
            left += len(list(folder.iterdir())) > len(here)
            if f"{name}.json" in here:
                assert here == whole and cli.run(["verify", str(folder / f"{name}.json")]) == 0
            elif here:
                with pytest.raises((NameTaken, UsageError, Refused)):
                    give(n.house, folder / name)
                for path in folder.iterdir():
                    if path.name in here:
                        shutil.rmtree(path) if path.is_dir() else path.unlink()
            if f"{name}.json" not in here:
                give(n.house, folder / name)
                assert {path.name for path in folder.iterdir()} == whole, "what the dead one left is gone"
                assert cli.run(["verify", str(folder / f"{name}.json")]) == 0
            if not os.WIFSIGNALED(status):
                break
    assert left >= 2 and os.WEXITSTATUS(status) == 0
