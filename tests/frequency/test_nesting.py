"""An MNP counts at its single bases, too: what open doors show of both tells of no few who have a base otherwise."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from embla.disclosure import Level
from embla.frequency import Releases, cut_release, open_answer, open_batch, open_region
from embla.frequency.listing import Listing
from embla.frequency.nesting import LONGEST, caps
from embla.frequency.sites import release_header, shown_levels, write_sites
from embla.genome import Region, Variant
from embla.platform import OPERATOR
from tests.frequency.nation import Nation, Person, nation

NEAR = Variant("chr1", 1500, "AC", "GT")  # 12 people; 2 more have the first base alone
FAR = Variant("chr1", 1600, "AC", "GT")  # 12; 10 more have the last base alone
SAME = Variant("chr1", 1700, "AC", "GT")  # 12, and nobody else has one of its bases
FEW = Variant("chr1", 1800, "AC", "GT")  # 3
PAIR = Variant("chr1", 1900, "AC", "GT")  # 12; PAIR and OTHER leave one of the A>G at 1900
OTHER = Variant("chr1", 1900, "ACTC", "GCTG")  # 9
LONG = Variant("chr1", 2000, "A" + "C" * LONGEST, "G" + "C" * (LONGEST - 1) + "T")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    people = []
    for i in range(40):
        calls = [f"chr1 {one.pos} {one.ref} {one.alt} 0/1" for one in (NEAR, FAR, SAME, PAIR, LONG) if i < 12]
        calls += ["chr1 1800 AC GT 0/1"] * (i < 3)
        calls += ["chr1 1500 A G 0/1"] * (i in (20, 21)) + ["chr1 1601 C T 0/1"] * (20 <= i < 30)
        calls += [f"chr1 1900 {OTHER.ref} {OTHER.alt} 0/1"] * (12 <= i < 21) + ["chr1 1900 A G 0/1"] * (i == 21)
        people.append(Person(f"p{i}", ["XX", "XY"][i % 2], ["1081", "1082"][i % 4 // 2], calls=calls))
    with nation(tmp_path_factory.mktemp("nested"), *people, suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        yield n


def test_an_mnp__is_hidden_where_a_base_less_the_mnp_is_of_few(made: Nation) -> None:
    told = open_answer(made.house, NEAR)
    base = open_answer(made.house, Variant("chr1", 1500, "A", "G")).headline

    assert (told.headline.status, told.headline.ac, told.headline.raw) == ("suppressed", None, None)
    assert all(cell.ac is None for cells in told.groups.values() for cell in cells.values())
    assert (base.status, base.ac, base.nhet) == ("observed", 14, 14)


def test_an_mnp__shows_alleles_alone_where_many_have_a_base_otherwise(made: Nation) -> None:
    told = open_answer(made.house, FAR)

    assert (told.headline.ac, told.headline.nhet, told.headline.raw, told.headline.nfail) == (12, None, None, None)
    assert not told.groups and told.unrelated is None and told.grpmax is None
    assert any(note.startswith("Not shown by") and "karyotype" in note for note in told.notes)
    assert open_answer(made.house, Variant("chr1", 1601, "C", "T")).groups["karyotype"]["XX"].ac == 11


def test_an_mnp__is_shown_whole_where_nobody_has_a_base_otherwise(made: Nation) -> None:
    told = open_answer(made.house, SAME)

    assert (told.headline.ac, told.headline.nhet, told.headline.raw.ac) == (12, 12, 12)
    assert {name: cell.ac for name, cell in told.groups["karyotype"].items()} == {"XX": 6, "XY": 6}


def test_a_hidden_mnp__looks_like_one_that_few_carry(made: Nation) -> None:
    few, near = open_answer(made.house, FEW), open_answer(made.house, NEAR)

    assert few.headline.notes == near.headline.notes and "or hidden so that" in few.headline.notes[-1]
    assert {by: {n: c.status for n, c in cells.items()} for by, cells in few.groups.items()} == {
        by: {n: c.status for n, c in cells.items()} for by, cells in near.groups.items()
    }


def test_two_mnps_with_one_base__are_both_hidden_where_together_they_leave_one(made: Nation) -> None:
    assert open_answer(made.house, Variant("chr1", 1900, "A", "G")).headline.ac == 22
    assert {open_answer(made.house, one).headline.status for one in (PAIR, OTHER)} == {"suppressed"}


def test_every_door__shows_an_mnp_alike(made: Nation, tmp_path: Path) -> None:
    asked = [NEAR, FAR, SAME, FEW, PAIR, OTHER, LONG]
    release = Releases(made.house).get()
    alone = {one: open_answer(made.house, one).headline for one in asked}
    wide = {v.pos: [] for v in asked}
    for one in open_region(made.house, Region("chr1", 1000, 3000)).variants:
        wide.setdefault(one.pos, []).append(one)
    lines = {line.asked: line.headline for line in open_batch(made.house, [str(one) for one in asked])}
    write_sites(release, tmp_path / "sites.vcf.gz", release_header(release, {}), 5)
    rows = [line.split("\t") for line in gzip.open(tmp_path / "sites.vcf.gz", "rt") if not line.startswith("#")]
    listed = {one.variant for one in Listing.open(made.house).overlapping("chr1", 1000, 3000)}

    for one in asked:
        near = [v for v in open_region(made.house, Region("chr1", one.pos - 1, one.pos)).variants if v.alt == one.alt]
        many = [v for v in wide[one.pos] if (v.ref, v.alt) == (one.ref, one.alt)]
        seen = [(v.status, v.ac, v.nhet, v.raw) for v in (alone[one], lines[one], *near, *many)]
        assert len(seen) == 4 and len(set(seen)) == 1, one
        (row,) = [row for row in rows if row[1:2] + row[3:5] == [str(one.pos), one.ref, one.alt]]
        assert ("EMBLA_AC=" in row[7]) == (alone[one].ac is not None), one
        assert (one in listed) == (alone[one].ac is not None), one
    assert alone[LONG].status == "suppressed"


def test_levels__do_not_go_by_where_a_window_begins_and_ends(made: Nation) -> None:
    release = Releases(made.house).get()
    file = release.files.contig("chr1")
    whole = file.totals(0, 5000)
    levels = {int(key): int(level) for key, level in zip(whole.key, shown_levels(release, whole, 5), strict=True)}
    assert sorted(levels.values()).count(int(Level.HIDDEN)) >= 5
    for start in range(1480, 2010, 3):
        part = file.totals(start, start + 5)
        here = shown_levels(release, part, 5)
        assert [int(level) for level in here] == [levels[int(key)] for key in part.key]
    assert np.all(caps(release.files, whole, 1) == int(Level.FULL))
