"""What changed between two releases, from what both showed."""

from pathlib import Path

import pytest

from embla.errors import NotFound, UsageError
from embla.frequency import cut_release
from embla.frequency.diffing import release_diff
from embla.genome import Region
from embla.platform import OPERATOR
from tests.frequency.nation import Person, nation

LONG = "A" * 30


def crowd(first: int, n: int, *calls: str) -> list[Person]:
    return [Person(f"p{i}", calls=calls) for i in range(first, first + n)]


def test_release_diff__tells_what_appeared_vanished_and_crossed_a_threshold(tmp_path: Path) -> None:
    common, rare, gone = "chr1 1500 A G 0/1", "chr1 1600 A G 0/1", "chr1 1700 A G 0/1"
    few, long = "chr1 1800 A G 0/1", f"chr1 1900 A A{LONG} 0/1"
    people = [
        *crowd(0, 6, common, gone), *crowd(6, 5, rare), *crowd(11, 189), *crowd(200, 2, few), *crowd(202, 6, long),
    ]  # fmt: skip
    with nation(tmp_path, *people, suppress_below=5, step=5) as n:
        cut_release(n.house, OPERATOR)
        n.remove(*[f"p{i}" for i in range(6)])
        n.add(*crowd(300, 20, common), *crowd(320, 5, few), *crowd(325, 9, "chr1 2000 A T 0/1"))
        cut_release(n.house, OPERATOR)

        changes = {c.pos: c for c in release_diff(n.house, "2026.1", "2026.2")}

        assert {pos: (c.kind, c.before, c.after) for pos, c in changes.items()} == {
            1700: ("vanished", "BS1", "absent"),
            1800: ("crossed", "few", "BS1"),
            2000: ("appeared", "absent", "BS1"),
        }
        assert changes[1800].af_before is None
        assert [c.pos for c in release_diff(n.house, "2026.2", "2026.1", Region("chr1", 1690, 1750))] == [1700]


def test_release_diff__of_kept_numbers_is_empty(tmp_path: Path) -> None:
    with nation(tmp_path, *crowd(0, 20, "chr1 1500 A G 0/1"), step=5) as n:
        cut_release(n.house, OPERATOR)
        n.add(*crowd(20, 1, "chr1 1600 A G 0/1"))
        cut_release(n.house, OPERATOR)

        assert list(release_diff(n.house, "2026.1", "2026.2")) == []
        with pytest.raises(UsageError, match="itself"):
            release_diff(n.house, "2026.1", "2026.1")
        with pytest.raises(NotFound):
            release_diff(n.house, "2026.1", "2026.9")
