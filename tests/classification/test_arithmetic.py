"""The ACMG/AMP arithmetic against the published tables and an independent slow reading of them."""

import csv
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.classification.model.classes import Class, read_class
from embla.classification.model.comparing import compare
from embla.classification.model.criteria import CODES, Applied, Strength, read_criteria
from embla.classification.model.scoring import Score, score
from embla.errors import BadInput, UsageError
from tests.classification import plain

TABLES = Path(__file__).parents[1] / "data" / "acmg"
PATHOGENIC = [code for code in CODES if code[0] == "P" and code != "PP5"]
LADDER = [Strength.SUPPORTING, Strength.MODERATE, Strength.STRONG, Strength.VERY_STRONG]
Counts = tuple[int, int, int, int, int, int, int]


def rows(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(newline="") as file:
        return list(csv.DictReader(file))


def test_score__equals_the_published_rules_in_all_33600_combinations() -> None:
    tried = 0
    for vs, s, m, p, a, bs, bp in product(range(2), range(5), range(7), range(6), range(2), range(5), range(8)):
        counts = (vs, s, m, p, a, bs, bp)
        found = score(evidence(counts))
        told = (found.class_2015, found.class_2015_svi, (found.proposed, found.conflict), found.points)
        total = plain.points(*counts)

        assert told == (plain.class_2015(*counts), plain.class_2015_svi(*counts), plain.proposed(*counts), total), (
            counts
        )
        assert found.class_points == plain.class_points(total), counts
        tried += 1
    assert tried == 33_600


def evidence(counts: Counts) -> tuple[Applied, ...]:
    """Criteria by number alone: a count may be higher than there are codes that weigh."""
    kinds = zip(
        counts,
        ("PVS1", "PS1", "PM1", "PP1", "BA1", "BS1", "BP1"),
        (*LADDER[::-1], Strength.STAND_ALONE, Strength.STRONG, Strength.SUPPORTING),
        strict=True,
    )
    return tuple(Applied(code, strength) for n, code, strength in kinds for _ in range(n))


@pytest.mark.parametrize("row", rows("acmg2015_truth_oneside.csv"), ids=lambda row: ",".join(list(row.values())[:7]))
def test_score__each_row_of_the_truth_table_has_its_three_classes(row: dict[str, str]) -> None:
    counts = tuple(int(row[name]) for name in ("PVS", "PS", "PM", "PP", "BA", "BS", "BP"))

    found = score(evidence(counts))  # type: ignore[arg-type]

    assert found.class_2015 == row["class_2015"]
    assert found.class_2015_svi == found.proposed == row["class_2015_plus_SVI2020"]
    assert found.class_points == row["class_points"]
    if not counts[4]:
        assert found.points == int(row["points"])


@pytest.mark.parametrize("row", rows("rule_combination_table.csv"), ids=lambda row: row["strengths"])
def test_score__each_combination_of_the_rules_has_its_classes(row: dict[str, str]) -> None:
    if row["strengths"] == "BA1":
        found = score(read_criteria(["BA1"]))
    else:
        signs = [word for word in row["strengths"].replace("-", "+-").split("+") if word]
        by_letter = {one.letter: one for one in LADDER}
        found = score([Applied(("BS1" if word[0] == "-" else "PS1"), by_letter[word.lstrip("-")]) for word in signs])
        assert found.points == int(row["points"])

    assert (found.class_2015, found.class_points) == (row["class_2015"], row["class_points_tavtigian2020"])


@st.composite
def sets_of_criteria(draw: st.DrawFn, codes: list[str]) -> list[Applied]:
    chosen = draw(st.lists(st.sampled_from(codes), unique=True))
    return [Applied(code, draw(st.sampled_from(LADDER))) for code in chosen]


def classes(found: Score) -> tuple[int, int, int, int]:
    told = (found.class_2015, found.class_2015_svi, found.class_points, found.proposed)
    return tuple(one.rank for one in told)  # type: ignore[return-value]


@given(sets_of_criteria(PATHOGENIC), st.data())
def test_score__raising_a_strength_never_lowers_a_class(criteria: list[Applied], data: st.DataObject) -> None:
    if not criteria:
        return
    at = data.draw(st.integers(0, len(criteria) - 1))
    higher = data.draw(st.sampled_from(LADDER[LADDER.index(criteria[at].strength) :]))
    raised = [*criteria[:at], Applied(criteria[at].code, higher), *criteria[at + 1 :]]

    assert all(after >= before for before, after in zip(classes(score(criteria)), classes(score(raised)), strict=True))


@given(sets_of_criteria(PATHOGENIC), st.sampled_from(PATHOGENIC), st.sampled_from(LADDER))
def test_score__adding_pathogenic_evidence_never_lowers_a_class(
    criteria: list[Applied], code: str, strength: Strength
) -> None:
    if any(one.code == code for one in criteria):
        return
    more = [*criteria, Applied(code, strength)]

    assert all(after >= before for before, after in zip(classes(score(criteria)), classes(score(more)), strict=True))


@given(sets_of_criteria(list(CODES)), st.randoms())
def test_score__the_order_of_criteria_does_not_matter(criteria: list[Applied], dice: object) -> None:
    other = list(criteria)
    dice.shuffle(other)  # type: ignore[attr-defined]

    before, after = score(criteria).to_json(), score(other).to_json()

    for told in (before, after):
        told["criteria"], told["warnings"] = sorted(told["criteria"]), sorted(told["warnings"])
    assert before == after


@given(sets_of_criteria(list(CODES)))
def test_criteria__what_is_written_reads_back_as_the_same(criteria: list[Applied]) -> None:
    again = read_criteria(str(one) for one in criteria)

    assert [(one.code, one.strength) for one in again] == [(one.code, one.strength) for one in criteria]


@pytest.mark.parametrize(
    "words",
    ["PS1 PS1_Moderate", "PVS2", "PM7", "PS1_Huge", "PS1_", "BS1_StandAlone", "PVS1_StandAlone", "XX1", "_Strong"],
)
def test_criteria__what_is_none_is_refused(words: str) -> None:
    with pytest.raises(BadInput):
        read_criteria(words.split())


@pytest.mark.parametrize(
    ("words", "proposed", "conflict"),
    [
        ("PVS1 PM2_Supporting", "LP", False),  # the commonest null variant: literally VUS
        ("PVS1 PS1_VeryStrong", "P", False),  # Scout and acmg-points: VUS
        ("PVS1 BS1 BP1", "VUS", True),  # acmg-points: LB in one mode
        ("BA1 PS1 PS3", "VUS", True),
        ("BA1 PP1 PP3", "B", False),
        ("BA1 PM1 PP3", "VUS", True),
        ("BS1 BP4", "LB", False),  # VarFish 359
        ("PVS1 PP5", "VUS", False),  # PP5 weighs nothing
        ("PVS1 BP6", "VUS", False),
        ("PP5 BP6", "VUS", False),
        ("PVS1", "VUS", False),
        ("BP4", "VUS", False),
        ("BA1_Strong BS1", "B", False),
    ],
)
def test_score__known_traps(words: str, proposed: str, conflict: bool) -> None:
    found = score(read_criteria(words.split()))

    assert (found.proposed, found.conflict) == (proposed, conflict)


def test_score__weightless_and_unusual_criteria_are_told_and_change_nothing() -> None:
    plainly = score(read_criteria(["PVS1", "PM2_Supporting"]))
    with_more = score(read_criteria(["PVS1", "PM2", "PP5"]))

    assert [one.kind for one in with_more.warnings] == ["note-supporting", "weightless"]
    assert classes(plainly) == classes(with_more)
    assert "raised" in [one.kind for one in score(read_criteria(["PM2_Moderate"])).warnings]
    assert "twice" in [one.kind for one in score(read_criteria(["PS2", "PM6"])).warnings]


@pytest.mark.parametrize("row", rows("discordance_truth.csv"), ids=lambda row: "-".join(list(row.values())[1:4]))
def test_compare__each_row_of_the_truth_table_in_any_order(row: dict[str, str]) -> None:
    given_classes = [read_class(row[name]) for name in ("class_1", "class_2", "class_3") if row[name]]

    for order in (given_classes, given_classes[::-1]):
        found = compare(order)

        assert (found.five_tier, found.three_tier) == (row["five_tier"], row["three_tier_shariant"])
        assert found.medically_significant == (row["medically_significant_PLP_vs_rest"] == "1")
        assert found.opposite == (row["opposite_PLP_vs_BLB"] == "1")
        assert found.vkgl == row["vkgl_label"]
        assert found.aggregate == row["clinvar_germline_aggregate"]


def test_compare__nothing_is_refused() -> None:
    with pytest.raises(UsageError):
        compare([])


@given(st.lists(st.sampled_from(list(Class)), min_size=1, max_size=6))
def test_compare__opposite_is_significant_and_significant_is_discordant(given_classes: list[Class]) -> None:
    found = compare(given_classes)

    assert not found.opposite or found.medically_significant
    assert not found.medically_significant or found.discordant
