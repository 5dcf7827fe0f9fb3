"""Data sets: what may follow what, what is shown, and that a withdrawn one leaves its tombstone and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.datasets import (
    CODES,
    COHORTS,
    draft_data_set,
    feasible,
    find_variables,
    parse,
    people_in,
    publish_data_set,
    shown_data_set,
    shown_data_sets,
    tombstones,
    versions_of,
    withdraw_data_set,
)
from embla.errors import BadInput, NotFound, NotPermitted, Refused
from embla.frequency import cut_release
from embla.platform import OPERATOR, Actor, House, events_of
from embla.registry import CountedGenome
from tests.frequency.nation import Person, nation

ID = "GOE-DK-EMBLA-7"


def said(**more: Any) -> dict[str, Any]:
    return {
        "id": ID, "kind": "genomes", "title": {"en": "Genome of Europe", "da": "Europas genom"},
        "description": {"en": "Whole genomes."}, "owner": "NGC", "reviewers": "NGC, two readers",
        "access": "RESTRICTED", "governance": "1MGCohort", "cohort": "genome-of-europe",
        "duo": {"HMB": "", "GS": "EU"}, "areas": ["population"],
    } | more  # fmt: skip


def ids(house: House) -> list[str]:
    return [one.data.id for one in shown_data_sets(house)]


def test_life__draft_is_shown_to_nobody_published_to_everybody_withdrawn_leaves_a_tombstone(
    house_on_both: House,
) -> None:
    house = house_on_both
    draft_data_set(house, OPERATOR, said())
    assert ids(house) == []

    publish_data_set(house, OPERATOR, ID)
    first = shown_data_set(house, ID)
    draft_data_set(house, OPERATOR, said(title={"en": "Another name"}))
    assert shown_data_set(house, ID) == first and first.data.title["en"] == "Genome of Europe"
    publish_data_set(house, OPERATOR, ID)
    second = shown_data_set(house, ID)
    assert (second.data.title["en"], second.version, second.issued) == ("Another name", 4, first.issued)

    withdraw_data_set(house, OPERATOR, ID, "The agreement ended.")
    assert ids(house) == []
    (gone,) = tombstones(house)
    assert (gone.id, gone.why, gone.title["en"]) == (ID, "The agreement ended.", "Another name")
    with pytest.raises(NotFound):
        shown_data_set(house, ID)
    for step in (lambda: draft_data_set(house, OPERATOR, said()), lambda: publish_data_set(house, OPERATOR, ID)):
        with pytest.raises(Refused):
            step()
    with house.database.reading() as connection:
        assert [one.state for one in versions_of(connection, ID)] == [
            "draft", "published", "draft", "published", "withdrawn",
        ]  # fmt: skip
        kinds = [event.kind for event in events_of(connection, f"data-set:{ID}")]
    assert kinds.count("data-set-published") == 2 and kinds.count("data-set-withdrawn") == 1


def test_steps__that_have_nothing_to_stand_on_are_refused(house: House) -> None:
    with pytest.raises(NotFound):
        publish_data_set(house, OPERATOR, ID)
    draft_data_set(house, OPERATOR, said())
    with pytest.raises(Refused):
        withdraw_data_set(house, OPERATOR, ID, "never shown")
    publish_data_set(house, OPERATOR, ID)
    with pytest.raises(Refused):
        publish_data_set(house, OPERATOR, ID)
    with pytest.raises(BadInput):
        withdraw_data_set(house, OPERATOR, ID, " ")


@pytest.mark.parametrize("role", ["clinician", "lab", "researcher", "board", "dpo", "zone"])
def test_keeping__is_for_administrators_and_the_operator(house: House, role: str) -> None:
    with pytest.raises(NotPermitted):
        draft_data_set(house, Actor("somebody", frozenset({role})), said())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"id": "GDI-DK-1"}, "id:"), ({"id": "../../x"}, "id:"), ({"access": "OPEN"}, "access:"),
        ({"title": {"da": "kun dansk"}}, "title:"), ({"duo": {"ZZZ": ""}}, "no code"),
        ({"duo": {"GS": "EU"}}, "exactly one"),
        ({"duo": {"HMB": "", "GRU": ""}}, "exactly one"), ({"duo": {"DS": ""}}, "names disease"),
        ({"duo": {"HMB": "x"}}, "names nothing"), ({"cohort": "mine"}, "cohort:"), ({"floor": -1}, "floor:"),
        ({"kind": "frequencies", "floor": 20}, "floor:"),
        ({"areas": ["weather"]}, "areas:"), ({"more": 1}, "more: not known"), ({"owner": "0101901234"}, "owner:"),
        ({"description": {"en": "of 010190-1234"}}, "description:"),
    ],
)  # fmt: skip
def test_parse__says_what_is_wrong(change: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        parse(said(**change))


def test_parse__repeats_a_little_of_what_it_does_not_know() -> None:
    with pytest.raises(BadInput) as refused:
        parse(said() | {f"{n} {'x' * 10_000}": 1 for n in range(100)})
    assert len(str(refused.value)) < 3_000


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
FIELDS = st.sampled_from([*said(), "x"])
ANYTHING = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4), max_leaves=8
)


@given(ANYTHING)
@settings(max_examples=100, deadline=None)
def test_parse__takes_or_refuses_whatever_is_sent(sent: Any) -> None:
    for one in (sent, said() | sent if isinstance(sent, dict) else said()):
        try:
            assert parse(json.loads(json.dumps(parse(one).to_json()))) == parse(one)
        except BadInput:
            pass


def test_duo__has_the_23_usable_codes_of_which_five_are_permissions() -> None:
    assert len(CODES) == 23
    assert sorted(code.shorthand for code in CODES.values() if code.permission) == ["DS", "GRU", "HMB", "NRES", "POA"]
    assert CODES["GRU"].id == "DUO:0000042"


def test_genome_of_europe__takes_whole_genomes_of_unrelated_people_who_did_not_opt_out() -> None:
    def genome(**more: Any) -> CountedGenome:
        base = {
            "accession": "EMBG00000000001", "person": "P", "family": None, "region": "1084", "patient_group": "heart",
            "karyotype": "XX", "related": False, "opted_out": False, "opted_out_tissue": False, "laboratory": "north",
            "assay": "genome", "case": "C",
        }  # fmt: skip
        return CountedGenome(**(base | more))

    cohort = COHORTS["genome-of-europe"]
    assert cohort.holds(genome())
    assert not any(cohort.holds(genome(**w)) for w in ({"assay": "exome"}, {"related": True}, {"opted_out": True}))
    assert cohort.per_month * 12 == 1_500


def test_variables__are_found_by_any_of_their_words_in_either_language() -> None:
    assert "allele_frequency" in [one.id for one in find_variables("allelfrekvens")]
    assert [one.id for one in find_variables("BRCA")] == ["patient_group"]
    assert find_variables("brca zebra") == [] and len(find_variables("")) > 10


def test_feasible__does_not_move_from_day_to_day(tmp_path: Path) -> None:
    """A release says 60, of whom 31 are women. Where 59 and 30 were told of the next day, 55 and 30 beside the men
    would say that one left, of which sex, region and patient group."""
    data = parse(said())
    people = [Person(f"p{i}", "XX" if i < 31 else "XY", region=["1081", "1082"][i % 2]) for i in range(64)]
    asked = [
        {name: value for name, value in (("sex", sex), ("region", region)) if value}
        for sex in ("", "F", "M") for region in ("", "1081", "1082")
    ]  # fmt: skip
    with nation(tmp_path, *people[:60], suppress_below=5, step=20) as n:
        cut_release(n.house, OPERATOR)
        before = [feasible(n.house, data, one).people for one in asked]
        n.opt_out("p0")
        n.add(*people[60:])
        n.wait(1)
        assert before[:2] + before[3:4] == [60, 30, 30]

        assert [feasible(n.house, data, one).people for one in asked] == before
        assert people_in(n.house, data) == 60
        # The next release keeps its numbers, as one who left is few; so does this.
        assert cut_release(n.house, OPERATOR).numbers_from["total"] == "2026.1"
        assert [feasible(n.house, data, one).people for one in asked] == before
        assert feasible(n.house, data, {}).release == "2026.2"


def test_feasible__of_somebody_who_waited_too_long_is_withheld_as_the_release_is(tmp_path: Path) -> None:
    data = parse(said())
    people = [Person(f"p{i}", region="1081" if i < 30 else "1082") for i in range(42)]
    with nation(tmp_path, *people, suppress_below=4, step=4, leaver_days=100) as n:
        cut_release(n.house, OPERATOR)
        n.remove("p1", "p3", "p5", "p30")
        cut_release(n.house, OPERATOR)
        n.wait(101)

        # The total moved on; the regions did not, as one alone left the second.
        assert feasible(n.house, data, {}).people == people_in(n.house, data) == 36
        with pytest.raises(Refused, match="withheld: somebody who left"):
            feasible(n.house, data, {"region": "1082"})

        n.remove("p2")
        n.wait(101)
        with pytest.raises(Refused, match="withheld: somebody who left"):
            feasible(n.house, data, {})
        assert people_in(n.house, data) is None


def test_feasible__two_data_sets_of_one_cohort_tell_no_number_closer_than_each(tmp_path: Path) -> None:
    people = [Person(f"p{i}", "XX" if i < 24 else "XY") for i in range(60)]
    with nation(tmp_path, *people, suppress_below=5, step=20) as n:
        cut_release(n.house, OPERATOR)

        told = [feasible(n.house, parse(said(floor=floor)), {"sex": "F"}) for floor in (0, 7, 25)]

        # 20 to 24 in steps of 5 and 21 to 27 in steps of 7 would be 21 to 24.
        assert [(one.people, one.bound) for one in told] == [(20, 5), (20, 10), (None, 25)]


def test_feasible__counts_who_was_sequenced_again_in_the_region_of_the_release(
    tmp_path: Path, database_url: str
) -> None:
    data = parse(said())
    people = [Person(f"p{i}", ["XX", "XY"][i % 2], region=["1081", "1082"][i < 20]) for i in range(60)]
    with nation(tmp_path, *people, suppress_below=5, database_url=database_url) as n:
        n.correct("p1")
        cut_release(n.house, OPERATOR)
        for i in range(0, 20, 2):
            n.correct(f"p{i}")
        n.add(Person("p60"))

        asked = ({}, {"sex": "F"}, {"region": "1082"})
        assert [feasible(n.house, data, one).people for one in asked] == [60, 30, 20]
        assert feasible(n.house, data, {"sex": "F", "region": "1082"}).people == 10
