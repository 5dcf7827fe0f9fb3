"""The registers: days of validity, pseudonyms, one person one vote, opt-outs, and the door to a decision."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from embla.errors import Conflict, NotFound, NotPermitted, Refused, UsageError
from embla.platform import ANONYMOUS, OPERATOR, Actor, Database, events_since, newest_events, verify_chain
from embla.policy import Action
from embla.registry import (
    Laboratory,
    OptOut,
    accession,
    add_laboratory,
    assign_clinician,
    case_of,
    cases_treated_by,
    close_case,
    counted_genomes,
    end_genomes,
    end_opt_out,
    ensure_person,
    find_genome,
    find_laboratory,
    find_person,
    genomes_with_source,
    laboratories,
    looks_like_cpr,
    opt_outs,
    patient_groups,
    permit,
    region_on,
    regions,
    seed,
    set_opt_out,
)
from embla.registry.model.marks import marked_from, marked_until
from tests.registry.nation import Nation
from tests.support.homes import Ticking

TODAY = date(2026, 3, 2)


@pytest.fixture
def nation(database: Database, clock: Ticking) -> Nation:
    return Nation(database, clock)


def counted(nation: Nation, on: date = TODAY, **how: bool) -> dict[str, object]:
    with nation.database.reading() as connection:
        return {genome.accession: genome for genome in counted_genomes(connection, on=on, **how)}


def test_regions__east_takes_the_place_of_two_in_2027(nation: Nation) -> None:
    with nation.database.reading() as connection:
        before = {region.code for region in regions(connection, date(2026, 12, 31))}
        after = {region.code for region in regions(connection, date(2027, 1, 1))}
        known = regions(connection)

    assert before == {"1081", "1082", "1083", "1084", "1085"}
    assert after == {"1081", "1082", "1083", "1086"}
    assert [region_on(known, code, date(2027, 1, 1)) for code in ("1084", "1085", "1081")] == ["1086", "1086", "1081"]
    assert region_on(known, "1084", date(2026, 12, 31)) == "1084"


def test_patient_groups__are_the_national_seventeen(nation: Nation) -> None:
    with nation.database.reading() as connection:
        groups = patient_groups(connection)

    assert len(groups) == len({group.code for group in groups}) == 17
    assert all(group.name_en and group.name_da for group in groups)


def test_seed__leaves_a_registry_that_has_regions_alone(nation: Nation) -> None:
    with nation.database.transaction() as connection:
        assert seed(connection) is False


def test_laboratory__reports_on_its_days_only(nation: Nation, clock: Ticking) -> None:
    new = Laboratory("west", "West", "1082", "ISO 15189", date(2026, 2, 1), date(2026, 2, 28))
    with nation.database.transaction() as connection:
        add_laboratory(connection, new, by=OPERATOR, at=clock())

    with nation.database.reading() as connection:
        assert find_laboratory(connection, "west") == new
        on = {day: [lab.id for lab in laboratories(connection, date(2026, *day))] for day in ((1, 31), (2, 28), (3, 1))}
    assert [("west" in on[day]) for day in ((1, 31), (2, 28), (3, 1))] == [False, True, False]


@pytest.mark.parametrize(
    ("changes", "error"), [({"id": "north"}, UsageError), ({"id": "A b"}, UsageError), ({"region": "9"}, NotFound)]
)
def test_add_laboratory__refuses(nation: Nation, clock: Ticking, changes: dict, error: type[Exception]) -> None:
    values = {"id": "west", "name": "W", "region": "1082", "accreditation": "", "valid_from": TODAY} | changes

    with pytest.raises(error), nation.database.transaction() as connection:
        add_laboratory(connection, Laboratory(**values), by=OPERATOR, at=clock())


def test_person__one_key_of_one_laboratory_is_one_pseudonym(nation: Nation) -> None:
    first, again, elsewhere = nation.person("p"), nation.person("p"), nation.person("p", laboratory="south")

    assert first == again != elsewhere
    with nation.database.reading() as connection:
        assert find_person(connection, "north", "p") == first
        assert find_person(connection, "north", "q") is None


def test_person__a_pseudonym_joins_the_keys_of_two_laboratories(nation: Nation, clock: Ticking) -> None:
    person = nation.person("p")
    how = {"region": None, "new_id": nation.new_id, "at": clock()}

    with nation.database.transaction() as connection:
        ensure_person(connection, laboratory="south", key="q", pseudonym=person, **how)
        assert find_person(connection, "south", "q") == person
        with pytest.raises(NotFound):
            ensure_person(connection, laboratory="south", key="r", pseudonym="P" + "0" * 16, **how)
    other = nation.person("other")
    with nation.database.transaction() as connection, pytest.raises(Refused):
        ensure_person(connection, laboratory="north", key="p", pseudonym=other, **how)


def test_accessions__are_eleven_digits_in_order(nation: Nation) -> None:
    assert [nation.genome("a"), nation.genome("b")] == ["EMBG00000000001", "EMBG00000000002"]
    assert accession(99_999_999_999) == "EMBG99999999999"
    for wrong in (0, -1, 10**11):
        with pytest.raises(ValueError):
            accession(wrong)


def test_one_vote__best_assay_then_newest(nation: Nation) -> None:
    nation.genome("a", assay="panel")
    genome = nation.genome("a", assay="genome")
    nation.genome("a", assay="exome")
    nation.genome("b", assay="exome")
    newer = nation.genome("b", assay="exome")

    assert list(counted(nation)) == [genome, newer]


def test_one_vote__a_genome_that_ended_passes_the_vote_on(nation: Nation, clock: Ticking) -> None:
    old, new = nation.genome("a", assay="exome"), nation.genome("a")
    with nation.database.transaction() as connection:
        end_genomes(connection, [new], "withdrawn", at=clock())

    assert list(counted(nation)) == [old]
    with nation.database.reading() as connection:
        found = find_genome(connection, new)
    assert found is not None and found.state == "withdrawn"
    with nation.database.transaction() as connection, pytest.raises(Refused):
        end_genomes(connection, [new], "replaced", at=clock())


def test_one_vote__other_than_germline_never_counts(nation: Nation) -> None:
    nation.genome("a", origin="tumour")
    exome = nation.genome("a", assay="exome")

    assert list(counted(nation)) == [exome]


def test_genome_number__cannot_be_given_twice(nation: Nation) -> None:
    nation.genome("a")

    with pytest.raises(Conflict), nation.database.transaction() as connection:
        connection.execute(text("INSERT INTO genomes SELECT * FROM genomes"))


def test_region__is_the_persons_or_the_laboratorys_as_called_on_the_day(nation: Nation) -> None:
    own = nation.genome("a", laboratory="capital", region="1083")
    lab = nation.genome("b", laboratory="capital")

    now, later = counted(nation), counted(nation, date(2027, 1, 1))

    assert (now[own].region, now[lab].region) == ("1083", "1084")
    assert (later[own].region, later[lab].region) == ("1083", "1086")


def test_related__is_told_among_those_who_count(nation: Nation, clock: Ticking) -> None:
    child, mother = nation.genome("child", karyotype="XY"), nation.genome("mother")
    nation.family("f", mother="mother", index="child", father="father")
    alone = nation.genome("alone")

    everybody = counted(nation)
    assert [everybody[name].related for name in (child, mother, alone)] == [True, False, False]
    assert everybody[child].family == everybody[mother].family is not None
    assert everybody[alone].family is None

    with nation.database.transaction() as connection:
        set_opt_out(connection, everybody[mother].person, "genetic", since=TODAY, by=OPERATOR, at=clock())
    without = counted(nation, with_opted_out=False)
    assert {name: genome.related for name, genome in without.items()} == {child: False, alone: False}
    assert counted(nation)[child].related is True


def test_opt_out__holds_from_its_first_day_to_its_last(nation: Nation, clock: Ticking) -> None:
    genome = nation.genome("a")
    person = nation.person("a")
    with nation.database.transaction() as connection:
        set_opt_out(connection, person, "genetic", since=date(2026, 2, 1), by=OPERATOR, at=clock())
        end_opt_out(connection, person, "genetic", until=date(2026, 2, 28), by=OPERATOR, at=clock())
        set_opt_out(connection, person, "tissue", since=date(2026, 1, 1), by=OPERATOR, at=clock())

    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1)]
    assert [counted(nation, day)[genome].opted_out for day in days] == [False, True, True, False]
    assert [len(counted(nation, day, with_opted_out=False)) for day in days] == [1, 0, 0, 1]
    assert all(counted(nation, day)[genome].opted_out_tissue for day in days)


def test_opt_out__again_is_no_change_and_an_earlier_day_wins(nation: Nation, clock: Ticking) -> None:
    person = nation.person("a")
    with nation.database.transaction() as connection:
        for since in (date(2026, 2, 1), date(2026, 2, 5), date(2026, 1, 1)):
            set_opt_out(connection, person, "genetic", since=since, by=OPERATOR, at=clock())
        marks = [(mark.kind, mark.since, mark.until) for mark in opt_outs(connection, person)]
        kinds = [event.kind for event in events_since(connection, 0)]

    assert marks == [("genetic", date(2026, 1, 1), None)]
    assert kinds == ["opt-out-set", "opt-out-set"]


def test_opt_out__set_and_ended_on_one_day_can_be_set_again(nation: Nation, clock: Ticking) -> None:
    person = nation.person("a")
    with nation.database.transaction() as connection:
        set_opt_out(connection, person, "genetic", since=TODAY, by=OPERATOR, at=clock())
        end_opt_out(connection, person, "genetic", until=TODAY, by=OPERATOR, at=clock())
        set_opt_out(connection, person, "genetic", since=TODAY, by=OPERATOR, at=clock())
        marks = opt_outs(connection, person)

    assert [(mark.since, mark.until) for mark in marks] == [(TODAY, None)]


@given(st.lists(st.tuples(st.sampled_from(["set", "end"]), st.integers(0, 9)), max_size=8))
def test_marks__as_of_any_day_say_what_was_said(steps: list[tuple[str, int]]) -> None:
    """Set from a day and end on a day, in any order, against a calendar kept by hand."""
    marks: list[OptOut] = []
    marked: set[int] = set()
    for what, number in steps:
        day = TODAY + timedelta(days=number)
        if what == "set":
            marks = marked_from(marks, day) if marks else [OptOut("P", "genetic", day)]
            marked |= set(range(number, 20))
        else:
            marks = marked_until(marks, day)
            marked = {n for n in marked if n <= number}

    assert {n for n in range(20) if any(mark.holds_on(TODAY + timedelta(days=n)) for mark in marks)} == marked
    # Disjoint and apart, or they would be one.
    assert all(a.until and a.until < b.since - timedelta(days=1) for a, b in pairwise(marks))


def test_opt_out__refuses_what_it_cannot_mean(nation: Nation, clock: Ticking) -> None:
    person = nation.person("a")
    with nation.database.transaction() as connection:
        with pytest.raises(UsageError):
            set_opt_out(connection, person, "blood", since=TODAY, by=OPERATOR, at=clock())
        with pytest.raises(NotFound):
            set_opt_out(connection, "P" + "0" * 16, "tissue", since=TODAY, by=OPERATOR, at=clock())
        with pytest.raises(NotFound):
            end_opt_out(connection, person, "genetic", until=TODAY, by=OPERATOR, at=clock())
        set_opt_out(connection, person, "genetic", since=TODAY, by=OPERATOR, at=clock())
        with pytest.raises(UsageError):
            end_opt_out(connection, person, "genetic", until=date(2026, 3, 1), by=OPERATOR, at=clock())


def test_genomes_with_source__finds_equal_files_and_equal_calls(nation: Nation) -> None:
    first, second = nation.genome("a", source="s", content="c"), nation.genome("b", source="t", content="d")

    with nation.database.reading() as connection:
        assert [g.accession for g in genomes_with_source(connection, ["s"], ["d"])] == [first, second]
        assert genomes_with_source(connection, [], []) == []


def case_id(nation: Nation, genome: str) -> str:
    with nation.database.reading() as connection:
        found = find_genome(connection, genome)
    assert found is not None
    return found.case


def ask(nation: Nation, actor: Actor, case: str | None) -> None:
    permit(nation.database, actor, Action.LIVE_COUNT, purpose="care", clock=nation.clock, case=case)


def test_permit__a_treating_clinician_with_an_open_case_and_the_log_has_it_first(nation: Nation) -> None:
    case = case_id(nation, nation.genome("a", clinicians=["doctor"]))

    decision = permit(
        nation.database,
        Actor("doctor", frozenset({"clinician"})),
        Action.LIVE_COUNT,
        purpose="care",
        clock=nation.clock,
        case=case,
    )

    with nation.database.reading() as connection:
        event = newest_events(connection, limit=1).items[0]
        assert verify_chain(connection) == 1
    assert (event.number, event.kind, event.actor, event.subject) == (
        decision.event,
        "access-granted",
        "doctor",
        f"case:{case}",
    )
    assert event.body == {
        "allowed": True,
        "rule": "live_count.clinician",
        "action": "live_count",
        "purpose": "care",
        "legal_basis": "health-act-223b-care",
    }


def test_permit__refusals_are_logged_and_do_not_tell_which_cases_exist(nation: Nation, clock: Ticking) -> None:
    case = case_id(nation, nation.genome("a", clinicians=["doctor"]))
    stranger = Actor("stranger", frozenset({"clinician"}))

    with pytest.raises(NotPermitted) as theirs:
        ask(nation, stranger, case)
    with pytest.raises(NotPermitted) as nobodys:
        ask(nation, stranger, "C" + "9" * 16)
    with pytest.raises(NotPermitted):
        ask(nation, ANONYMOUS, None)

    assert theirs.value.message == nobodys.value.message
    with nation.database.reading() as connection:
        assert [event.kind for event in events_since(connection, 0)] == ["access-refused"] * 3


def test_permit__ends_with_the_case(nation: Nation, clock: Ticking) -> None:
    case = case_id(nation, nation.genome("a"))
    doctor = Actor("doctor", frozenset({"clinician"}))
    with nation.database.transaction() as connection:
        assign_clinician(connection, case, "doctor", by=OPERATOR, at=clock())
        assign_clinician(connection, case, "doctor", by=OPERATOR, at=clock())
    ask(nation, doctor, case)
    with nation.database.transaction() as connection:
        close_case(connection, case, on=date(2026, 3, 1), by=OPERATOR, at=clock())

    with pytest.raises(NotPermitted):
        ask(nation, doctor, case)
    with nation.database.reading() as connection:
        assert cases_treated_by(connection, "doctor", on=TODAY).items == ()
        found = case_of(connection, case)
    assert found is not None and found.clinicians == ("doctor",)


def test_cases_treated_by__pages_through_the_clinicians_own_those_opened_last_first(nation: Nation) -> None:
    from embla.registry.tables import cases

    mine = [case_id(nation, nation.genome(f"p{i}", clinicians=["doctor", "other"])) for i in range(5)]
    nation.genome("q", clinicians=["other"])
    with nation.database.transaction() as connection:
        for name, day in ((mine[1], 20), (mine[3], 21)):
            connection.execute(update(cases).where(cases.c.id == name).values(opened=date(2026, 1, day)))
        rows = {row.id: row.opened for row in connection.execute(select(cases).where(cases.c.id.in_(mine)))}
    assert len(set(rows.values())) == 3
    last_first = sorted(mine, key=lambda name: (rows[name], name), reverse=True)

    seen, cursor = [], None
    with nation.database.reading() as connection:
        while True:
            page = cases_treated_by(connection, "doctor", on=TODAY, cursor=cursor, limit=2)
            seen += [case.id for case in page.items]
            if (cursor := page.next) is None:
                break

    assert seen == last_first


@pytest.mark.parametrize(
    "name", ["010203-1234", "0102031234", "sample-3112994321.vcf", "010203 1234", "6102031234", "x_010107-0000_y"]
)
def test_cpr__is_recognised_without_modulus_eleven(name: str) -> None:
    assert looks_like_cpr(name)


@pytest.mark.parametrize(
    "name",
    ["", "SYN0001", "9912311234", "0013011234", "12345678901", "1234-567890", "EMBG00000000017", "20260302-0001"],
)
def test_cpr__other_numbers_are_let_be(name: str) -> None:
    assert not looks_like_cpr(name)


@given(st.text(max_size=40))
def test_cpr__any_text_gets_an_answer(text: str) -> None:
    looks_like_cpr(text)


def test_registry__holds_no_column_for_a_name_or_a_cpr_number() -> None:
    from embla.registry import tables

    words = {column.name for table in (tables.persons, tables.samples, tables.genomes) for column in table.columns}
    assert not words & {"name", "cpr", "birth", "address"}
