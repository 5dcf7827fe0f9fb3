"""What everybody sees: suppressed, complete, and the same on every road out."""

import json
from dataclasses import replace

import pytest

from embla.errors import BadInput, UsageError
from embla.frequency import Releases, cut_release, open_answer, open_batch, open_region
from embla.frequency.model.cohorts import TOTAL
from embla.frequency.releases import Release
from embla.frequency.service import opened_parts, threshold
from embla.genome import Place, Region, Variant
from embla.platform import OPERATOR
from tests.frequency.nation import Nation, Person, nation

SNV = Variant("chr1", 1500, "A", "G")
FEW = Variant("chr1", 1510, "C", "T")
HALF = Variant("chr1", 1520, "C", "T")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    """40 people: SNV in 20, FEW in 3, HALF in 12 (10 of XX, 2 of XY)."""
    people = []
    for i in range(40):
        karyotype = "XX" if i < 20 else "XY"
        calls = []
        if i % 2:
            calls.append("chr1 1500 A G 0/1")
        if i in (0, 21, 39):
            calls.append("chr1 1510 C T 0/1")
        if i < 10 or i in (30, 31):
            calls.append("chr1 1520 C T 0/1")
        if i == 5:
            calls.append("chr1 1550 G A 0/1 LowQual")
        if karyotype == "XY" and i % 2:
            calls.append("chrX 3000500 A C 1")
        holes = [("chr1", 2000, 2100)] if i < 15 else []
        region = ["1081", "1082"][i % 4 // 2] if i < 38 else "1083"
        people.append(Person(f"p{i}", karyotype, region, ["heart", "kidney"][i % 2], calls=calls, holes=holes))
    with nation(tmp_path_factory.mktemp("open"), *people, suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        yield n


def test_open_answer__gives_headline_groups_people_and_how(made: Nation) -> None:
    answer = open_answer(made.house, SNV)

    assert (answer.headline.ac, answer.headline.an, answer.headline.nhet) == (20, 80, 20)
    assert {k: c.ac for k, c in answer.groups["karyotype"].items()} == {"XX": 10, "XY": 10}
    assert (answer.people, answer.covered) == (40, 40)
    assert answer.how.release == "2026.1"
    assert answer.how.left_out == "nobody"
    assert any("1 to 4 carriers" in rule for rule in answer.how.rules)
    assert json.dumps(answer.to_json(), allow_nan=False)


def test_open_answer__hides_a_few_carriers_everywhere(made: Nation) -> None:
    answer = open_answer(made.house, FEW)

    assert (answer.headline.status, answer.headline.ac, answer.headline.an) == ("suppressed", None, 80)
    assert "fewer than 5" in answer.notes
    assert answer.grpmax is None
    for cells in answer.groups.values():
        assert {c.status for c in cells.values()} == {"suppressed"}
    assert '"ac": 3' not in json.dumps(answer.to_json())


def test_open_answer__hides_the_other_cell_too_when_the_total_is_shown(made: Nation) -> None:
    answer = open_answer(made.house, HALF)

    assert answer.headline.ac == 12
    assert {k: c.ac for k, c in answer.groups["karyotype"].items()} == {"XX": None, "XY": None}
    assert {c.an for c in answer.groups["karyotype"].values()} == {40}


def test_open_answer__pools_a_group_of_two_people(made: Nation) -> None:
    info = Releases(made.house).get().info

    assert set(info.people_by["region"]) == {"1081", "1082 or other"}
    assert sum(info.people_by["region"].values()) == 40


def test_open_answer__says_how_many_are_covered_where_nobody_varies(made: Nation) -> None:
    answer = open_answer(made.house, Variant("chr1", 2050, "A", "C"))

    assert (answer.headline.status, answer.headline.an, answer.covered, answer.people) == ("absent", 50, 25, 40)
    assert [(c.start, c.end, c.an) for c in answer.strip] == [(1999, 2100, 50.0)]
    assert answer.strip[0].share == pytest.approx(50 / 80)


def test_open_answer__counts_covered_people_of_both_sexes_on_x(made: Nation) -> None:
    answer = open_answer(made.house, Variant("chrX", 3_000_500, "A", "C"))

    assert (answer.headline.an, answer.headline.nhemi, answer.covered) == (60, 10, 40)
    assert any("one copy for XY" in rule for rule in answer.how.rules)


def test_open_answer__lists_what_is_near_each_suppressed_by_itself(made: Nation) -> None:
    answer = open_answer(made.house, SNV)

    assert [(c.pos, c.ac) for c in answer.nearby] == [(1510, None), (1520, 12)]


def test_open_answer__of_a_base_gives_the_variants_there(made: Nation) -> None:
    answer = open_answer(made.house, Place("chr1", 1500))

    assert (answer.headline.status, answer.headline.ref, answer.headline.ac, answer.headline.an) == (
        "observed",
        None,
        None,
        80,
    )
    assert [(c.ref, c.alt, c.ac) for c in answer.at_place] == [("A", "G", 20)]


def test_open_answer__of_a_variant_names_others_of_its_base(made: Nation) -> None:
    answer = open_answer(made.house, Variant("chr1", 1500, "A", "T"))

    assert (answer.headline.status, [(c.alt, c.ac) for c in answer.at_place]) == ("absent", [("G", 20)])


def test_open_answer__of_a_symbolic_allele_is_not_loaded(made: Nation) -> None:
    answer = open_answer(made.house, Variant("chr1", 1500, "A", "<DEL>"))

    assert (answer.headline.status, answer.groups, answer.covered) == ("not_loaded", {}, 0)


def test_open_answer__trims_what_it_is_asked(made: Nation) -> None:
    answer = open_answer(made.house, Variant("chr1", 1499, "NA", "NG"))

    assert (str(answer.asked), answer.headline.ac) == ("chr1-1500-A-G", 20)
    assert any("left-aligned" in note for note in answer.notes)


def test_open_answer__outside_the_contig_is_bad_input(made: Nation) -> None:
    with pytest.raises(BadInput):
        open_answer(made.house, Variant("chr1", 248_956_423, "A", "G"))


def test_open_answer__takes_the_stricter_of_two_thresholds(made: Nation) -> None:
    from dataclasses import replace

    stricter = replace(made.house, settings=replace(made.house.settings, suppress_below=13))

    assert open_answer(stricter, HALF).headline.ac is None
    assert open_answer(stricter, SNV).headline.ac == 20


def test_open_region__lists_hidden_variants_without_numbers_and_pages(made: Nation) -> None:
    region = Region("chr1", 1000, 3000)

    answer = open_region(made.house, region, page_size=2)

    assert [(c.pos, c.ac, c.status) for c in answer.variants] == [(1500, 20, "observed"), (1510, None, "suppressed")]
    assert (answer.total, answer.page, answer.pages, answer.people) == (4, 1, 2, 40)
    second = open_region(made.house, region, page=2, page_size=2)
    # The failed call at 1550 was made by somebody: the variant is there, told as any that few carry.
    assert [(c.pos, c.ac, c.status, c.raw) for c in second.variants[1:]] == [(1550, None, "suppressed", None)]
    assert open_region(made.house, region, page=9, page_size=2).variants == ()


def test_open_region__that_is_too_wide_says_so(made: Nation) -> None:
    with pytest.raises(UsageError, match="5,000,000"):
        open_region(made.house, Region("chr1", 0, 6_000_000))


def test_open_region__strip_has_few_pieces_however_wide_it_is(made: Nation) -> None:
    answer = open_region(made.house, Region("chr1", 500, 4500))

    # One call at 1550 failed FILTER; 15 people are not covered from 2000 to 2100.
    assert [(c.start, c.end, round(c.share, 3)) for c in answer.strip] == [
        (500, 1000, 0.0), (1000, 1549, 1.0), (1549, 1550, 0.975), (1550, 1999, 1.0), (1999, 2100, 0.625),
        (2100, 3000, 1.0), (3000, 4500, 0.0),
    ]  # fmt: skip
    assert len(open_region(made.house, Region("chr1", 0, 5_000_000)).strip) <= 120


def test_open_batch__answers_each_line_and_says_what_is_wrong_with_it(made: Nation) -> None:
    lines = open_batch(
        made.house, ["1:1500 A>G", "", "chr1-1510-C-T", "nonsense", "chr1:1-100", "chr1-1500-A-<DEL>", "chr1:1500"]
    )

    assert [line.line for line in lines] == [1, 3, 4, 5, 6, 7]
    assert (lines[0].headline.ac, lines[1].headline.ac) == (20, None)
    assert "not a variant" in lines[2].error and "region" in lines[3].error
    assert lines[4].headline.status == "not_loaded"
    assert (lines[5].headline.status, lines[5].headline.ac) == ("observed", None)


def test_open_batch__of_more_than_a_thousand_lines_is_refused(made: Nation) -> None:
    with pytest.raises(UsageError, match="1,000"):
        open_batch(made.house, ["chr1-1500-A-G"] * 1001)


def test_open_answers__one_variant_looks_the_same_in_answer_region_and_batch(made: Nation) -> None:
    listed = {c.pos: c for c in open_region(made.house, Region("chr1", 1000, 3000)).variants}
    for asked in (SNV, FEW, HALF):
        alone = open_answer(made.house, asked).headline
        batch = open_batch(made.house, [str(asked)])[0].headline
        assert alone == listed[asked.pos] == batch


def test_list__hides_what_the_variants_page_hides_by_the_release_that_cut_its_total(made: Nation) -> None:
    newest = Releases(made.house).get()
    older = Release(replace(newest.info, threshold=15), newest.own, {})
    kept = Release(newest.info, newest.own, {TOTAL: older})
    below = threshold(made.house, kept)

    shown, _ = opened_parts(kept, below, HALF, (), frozenset())

    assert below == 15 and threshold(made.house, newest) == 5 and shown.total.ac is None
