"""Files that appear together: all under their names, or none, whatever step fails."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embla.errors import Unavailable
from embla.storage import together

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def make(out: Path) -> None:
    with together(out) as made:
        (made.folder / out.name).write_bytes(b"data")
        (made.folder / "a.folder").mkdir()
        (made.folder / "a.folder" / "part").write_bytes(b"part")
        (made.folder / f"{out.name}.json").write_bytes(b"manifest")
        made.settle()
        made.put(last=f"{out.name}.json")


def test_together__gives_all_their_names_the_last_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[str] = []
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda one, target: named.append(target.name) or replace(one, target))

    make(tmp_path / "z.vcf")

    assert named == ["a.folder", "z.vcf", "z.vcf.json"]
    assert {str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*")} == {*named, "a.folder/part"}


def failing(call: Callable[..., Any], at: int, error: OSError = FULL) -> Callable[..., Any]:
    """The call, which fails the n-th time."""
    seen = [0]

    def tried(*arguments: Any, **more: Any) -> Any:
        seen[0] += 1
        if seen[0] == at:
            raise error
        return call(*arguments, **more)

    return tried


@pytest.mark.parametrize("what,at", [("fsync", n) for n in range(1, 7)] + [("replace", n) for n in (1, 2, 3)])
def test_together__any_step_that_fails_leaves_nothing_and_it_can_be_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, at: int
) -> None:
    out = tmp_path / "z.vcf"
    with monkeypatch.context() as patch:
        where = os if what == "fsync" else Path
        patch.setattr(where, what, failing(getattr(where, what), at))
        with pytest.raises(Unavailable, match=f"{out} cannot be written: No space left") as failed:
            make(out)
    assert failed.value.mend and not list(tmp_path.iterdir())

    make(out)

    assert out.read_bytes() == b"data"


def test_together__what_was_there_before_stays_and_other_errors_are_not_the_disks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.folder").mkdir()
    (tmp_path / "z.vcf").write_bytes(b"before")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", failing(Path.replace, 3))
        with pytest.raises(Unavailable):
            make(tmp_path / "z.vcf")
    assert (tmp_path / "z.vcf").exists() and (tmp_path / "a.folder").exists()
    with pytest.raises(FileNotFoundError), together(tmp_path / "x"):
        raise FileNotFoundError(errno.ENOENT, "of something else")
    with pytest.raises(Unavailable, match="cannot be written") as failed, together(Path("/proc/self/x")):
        pass
    assert "permissions" in failed.value.mend and not list(tmp_path.glob(".*"))
