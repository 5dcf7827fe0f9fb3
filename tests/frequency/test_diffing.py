"""What changed between two releases, from what both showed."""

from pathlib import Path

import numpy as np
import pytest

from embla.app import create_app
from embla.errors import NotFound, UsageError
from embla.frequency import cut_release, open_answer
from embla.frequency.diffing import release_diff
from embla.frequency.releases import Releases
from embla.genome import Region, Variant
from embla.platform import OPERATOR
from tests.frequency.nation import Person, nation
from tests.web.clients import client_of

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


SEEN, LONG_SEEN, FAILED = "chr1 1600 A G 0/1", f"chr1 1610 A A{LONG} 0/1", "chr1 1640 A C 0/1 LowQual"


def test_release_diff__tells_not_read_from_not_seen_as_the_open_answers_do(tmp_path: Path) -> None:
    """Four zeros: of a variant that a release does not have, its AN at the place says which it is."""
    common, hole = "chr1 1500 A G 0/1", (("chr1", 1550, 1700),)
    old = [Person(f"p{i}", calls=(common,), holes=hole) for i in range(60)]
    with nation(tmp_path, *old, suppress_below=5, step=20) as n:
        cut_release(n.house, OPERATOR)
        new = (common, SEEN, LONG_SEEN, FAILED, "chr1 1750 A G 0/1", f"chr1 1760 A A{LONG} 0/1")
        n.add(*crowd(100, 30, *new), *[Person(f"r{i}", holes=(("chr1", 1640, 1640),)) for i in range(3)])
        cut_release(n.house, OPERATOR)

        there = list(release_diff(n.house, "2026.1", "2026.2"))
        back = list(release_diff(n.house, "2026.2", "2026.1"))

        assert [(c.pos, c.kind, c.before, c.after, c.af_before) for c in there] == [
            (1600, "callable", "not_callable", "BA1", None),
            (1610, "callable", "not_callable", "BA1", None),
            (1750, "appeared", "absent", "BA1", 0.0),
            (1760, "appeared", "absent", "BA1", 0.0),
        ]
        assert [(c.pos, c.kind, c.before, c.after, c.af_after) for c in back] == [
            (1600, "not_callable", "BA1", "not_callable", None),
            (1610, "not_callable", "BA1", "not_callable", None),
            (1750, "vanished", "BA1", "absent", 0.0),
            (1760, "vanished", "BA1", "absent", 0.0),
        ]
        assert [(c.before, c.after, c.af_before, c.af_after) for c in back] == [
            (c.after, c.before, c.af_after, c.af_before) for c in there
        ]
        for change in there:
            asked = Variant(change.contig, change.pos, change.ref, change.alt)
            for number, found, af in (
                ("2026.1", change.before, change.af_before), ("2026.2", change.after, change.af_after),
            ):  # fmt: skip
                told = open_answer(n.house, asked, number).headline
                assert (told.status, told.af) == (found if found in ("absent", "not_callable") else "observed", af)

        with client_of(create_app(n.house.settings, n.house)) as client:
            page = client.get("/releases/compare?before=2026.1&after=2026.2&region=chr1:1590-1800").text
            told = client.get("/api/releases/2026.1/compare/2026.2?region=chr1:1590-1800").json()["changes"]
        assert page.count("can be read now</td><td>Cannot be read here</td>") == 2
        assert page.count("appeared</td><td>Not observed</td>") == 2
        assert told == [change.to_json() for change in there]


def test_release_diff__tells_a_place_that_is_read_but_where_nobody_was_seen_in_either(tmp_path: Path) -> None:
    """Whose only carriers failed is in a release's table with an AC of 0: read, or not read, as its AN says."""
    hole = (("chr1", 1640, 1640),)
    with nation(tmp_path, *[Person(f"p{i}", calls=(FAILED,), holes=hole) for i in range(20)], step=5) as n:
        cut_release(n.house, OPERATOR)
        n.add(*crowd(50, 20))
        cut_release(n.house, OPERATOR)

        (change,) = release_diff(n.house, "2026.1", "2026.2")

        assert (change.pos, change.kind, change.before, change.after) == (1640, "callable", "not_callable", "absent")
        assert (change.af_before, change.af_after) == (None, 0.0)


@pytest.mark.parametrize("seed", range(3))
def test_an_of_places__is_that_of_each_place(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    holes = [(("chr1", int(low), int(low) + 40),) for low in rng.integers(1000, 2900, 12)]
    with nation(tmp_path, *[Person(f"p{i}", holes=hole) for i, hole in enumerate(holes)]) as n:
        cut_release(n.house, OPERATOR)
        file = Releases(n.house).get().files.contig("chr1")
        places = np.sort(np.concatenate((rng.integers(900, 3100, 200), rng.integers(0, file.length, 50), [0])))
        for track in range(file.tracks):
            assert file.an_of(track, places).tolist() == [int(file.an_at(int(at))[track]) for at in places]
        assert file.an_of(0, places[:0]).tolist() == []
