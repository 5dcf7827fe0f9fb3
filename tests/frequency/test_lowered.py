"""The threshold was lowered while a release keeps earlier numbers: no door tells what the page of it hides. And what
only calls that fail have, by every door."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from embla.frequency import (
    Listing,
    Releases,
    annotate_file,
    country_of,
    cut_release,
    live_answer,
    open_answer,
    open_batch,
    open_region,
    threshold,
)
from embla.frequency.diffing import release_diff
from embla.frequency.mininode import write_mininode
from embla.frequency.sites import release_header, write_sites
from embla.genome import Region, Variant
from embla.genotypes import RAW_NOTE
from embla.platform import OPERATOR
from tests.frequency.nation import HEADER, Nation, Person, nation

RARE = Variant("chr1", 1600, "A", "G")
HERE = Region("chr1", 1500, 1900)


def crowd(first: int, n: int, *calls: str) -> list[Person]:
    return [Person(f"p{i}", calls=calls) for i in range(first, first + n)]


@pytest.fixture(scope="module")
def lowered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    """2026.1 hides the seven carriers below 10; 2026.2 shows the same numbers, and is cut when the setting is 5; 2026.3
    has numbers of its own."""
    folder = tmp_path_factory.mktemp("lowered")
    with nation(folder, *crowd(0, 7, "chr1 1600 A G 0/1"), *crowd(7, 40), suppress_below=10, step=5) as n:
        cut_release(n.house, OPERATOR)
        n.add(*crowd(100, 1))
        object.__setattr__(n.house.settings, "suppress_below", 5)
        assert cut_release(n.house, OPERATOR).numbers_from["total"] == "2026.1"
        yield n


def test_release__that_keeps_numbers_hides_what_hid_them_by_every_door(lowered: Nation, tmp_path: Path) -> None:
    house, release = lowered.house, Releases(lowered.house).get("2026.2")
    vcf, out = tmp_path / "in.vcf", tmp_path / "out.vcf"
    columns = "\t".join("#CHROM POS ID REF ALT QUAL FILTER INFO".split())
    vcf.write_text(f"{HEADER}{columns}\nchr1\t1600\t.\tA\tG\t.\t.\t.\n")
    annotate_file(house, vcf, out, release="2026.2")
    write_sites(release, tmp_path / "sites.vcf.gz", release_header(release, {}), threshold(house, release))

    assert (release.info.threshold, threshold(house, release)) == (10, 10)
    assert open_answer(house, RARE, "2026.2").headline.status == "suppressed"
    assert [c.status for c in open_region(house, HERE, "2026.2").variants] == ["suppressed"]
    assert open_batch(house, [str(RARE)], "2026.2")[0].headline.status == "suppressed"
    assert Listing.open(house).overlapping("chr1", 1500, 1900) == []
    assert write_mininode(house, release, frozenset(), tmp_path / "mini", country_of("GDI-DK-NGC-1"), {}) == (0, [])
    annotated = out.read_text().splitlines()
    assert annotated[-1].endswith("EMBLA_STATUS=suppressed") and "EMBLA_AC=.;" in annotated[-1]
    assert 'HiddenBelow="10"' in out.read_text()


def test_release_diff__hides_what_either_page_hides(lowered: Nation) -> None:
    lowered.add(*crowd(200, 60))
    assert cut_release(lowered.house, OPERATOR).numbers_from["total"] == "2026.3"

    changes = list(release_diff(lowered.house, "2026.2", "2026.3"))

    # 7 of 94 alleles were BA1, 7 of 216 are BS1: told, that would give the 7 away.
    assert open_answer(lowered.house, RARE, "2026.2").headline.ac is None
    assert open_answer(lowered.house, RARE, "2026.3").headline.ac == 7
    assert changes == []


@pytest.mark.parametrize("release", ["2026.1", "2026.2"])
def test_release__says_the_threshold_by_which_it_hides(lowered: Nation, release: str) -> None:
    answer = open_answer(lowered.house, RARE, release)

    assert "fewer than 10" in answer.notes
    assert "Counts of 1 to 9 carriers are not shown, nor what would give one away." in answer.how.rules


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    """Calls without depth fail: of 1600 in three people, of 1700 in eight; nobody has them in another call."""
    folder = tmp_path_factory.mktemp("failing")
    many = "chr1 1700 C T 0/1 DP=2"
    people = [*crowd(0, 3, "chr1 1600 A G 0/1 DP=2", many), *crowd(3, 5, many), *crowd(8, 20)]
    with nation(folder, *people, suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        yield n


MANY = Variant("chr1", 1700, "C", "T")


def test_open_answers__tell_seen_in_failed_calls_from_never_seen_and_few_as_few(failing: Nation) -> None:
    house = failing.house
    few, many, never = (open_answer(house, one).headline for one in (RARE, MANY, Variant("chr1", 1800, "A", "G")))

    assert (few.status, few.ac, few.raw, few.nfail, few.notes) == ("suppressed", None, None, None, ("fewer than 5",))
    assert (many.status, many.ac, many.an, many.raw.ac, many.notes) == ("absent", 0, 40, 8, (RAW_NOTE,))
    assert (never.status, never.ac, never.raw.ac, never.notes) == ("absent", 0, 0, ())
    assert open_region(house, HERE).variants == (few, many)
    assert [line.headline for line in open_batch(house, [str(RARE), str(MANY)])] == [few, many]
    unrelated = open_answer(house, RARE).unrelated
    assert unrelated is not None and unrelated.status == "suppressed"
    live = live_answer(house, failing.clinician, failing.case_of["p9"], RARE).headline
    assert (live.status, live.raw.ac, live.notes) == ("absent", 3, (RAW_NOTE,))


def test_files__tell_the_same_of_what_only_failed_calls_have(failing: Nation, tmp_path: Path) -> None:
    import pysam

    house, release = failing.house, Releases(failing.house).get()
    vcf, out = tmp_path / "in.vcf", tmp_path / "out.vcf"
    columns = "\t".join("#CHROM POS ID REF ALT QUAL FILTER INFO".split())
    vcf.write_text(f"{HEADER}{columns}\nchr1\t1600\t.\tA\tG\t.\t.\t.\nchr1\t1700\t.\tC\tT\t.\t.\t.\n")
    annotate_file(house, vcf, out)
    write_sites(release, tmp_path / "sites.vcf.gz", release_header(release, {}), threshold(house, release))

    told = [line.split("\t")[7] for line in out.read_text().splitlines() if not line.startswith("#")]
    sites = [
        (one.info.get("EMBLA_AC"), one.info["EMBLA_STATUS"]) for one in pysam.VariantFile(tmp_path / "sites.vcf.gz")
    ]
    assert [dict(field.split("=") for field in line.split(";"))["EMBLA_STATUS"] for line in told] == [
        "suppressed",
        "absent",
    ]
    assert ["EMBLA_FAILED_ONLY=1" in line for line in told] == [False, True]
    assert told[0].startswith("EMBLA_AC=.;") and told[1].startswith("EMBLA_AC=0;EMBLA_AN=40;")
    assert sites == [(None, ("suppressed",)), ((0,), ("absent",))]
