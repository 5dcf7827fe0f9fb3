"""The desk over a ward: who saw what, all and only; proof of an opt-out; alerts, incidents, record. Both engines."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from embla.care import break_glass, calls, genomes_for, review_emergency, sent_file
from embla.errors import EmblaError, NotFound, NotPermitted, Refused
from embla.frequency import cut_release, live_answer
from embla.genome import Variant
from embla.oversight import (
    alert_with_evidence,
    alerts_now,
    assess_incident,
    catch_up,
    close_incident,
    desk,
    extract,
    incident_with_steps,
    incidents_now,
    judge,
    note_incident,
    proof_of,
    rebuild,
    record_of_processing,
    report_incident,
    waiting,
    who_saw,
)
from embla.oversight.tables import alerts, log_persons
from embla.platform import OPERATOR, Actor, Event, append_event
from embla.registry import set_opt_out
from tests.care.ward import ADMIN, COLLEAGUE, DOCTOR, DPO, REASON, Ward
from tests.frequency.nation import Person, nation

WHY = "Looked into it with the head of the ward."
SITE = Variant("chr21", 5_030_500, "A", "G")


@pytest.fixture
def ward(ward_on_both: Ward) -> Ward:
    return ward_on_both


def busy(ward: Ward) -> None:
    """A day's work: looks within and beside cases, refusals, an emergency, a count, an opt-out."""
    house = ward.house
    genomes_for(house, DOCTOR, case=ward.case("T1"))
    b"".join(calls(house, DOCTOR, ward.genome(), case=ward.case())[0])
    sent_file(house, DOCTOR, ward.genome(), "files/N1-p.g.vcf", case=ward.case())
    live_answer(house, DOCTOR, ward.case(), SITE)
    for case in (ward.case(), ward.case("N2"), ward.case("T1")):
        with pytest.raises(NotPermitted):
            calls(house, COLLEAGUE, ward.genome("N2"), case=case)
    made = break_glass(house, ward.stepped(COLLEAGUE), ward.person("N2"), REASON)
    b"".join(calls(house, COLLEAGUE, ward.genome("N2"))[0])
    review_emergency(house, DPO, made.id, "justified", WHY)
    with house.database.transaction() as connection:
        set_opt_out(
            connection, ward.person(), "genetic", since=house.clock().date(), by=OPERATOR, at=house.clock()
        )  # fmt: skip


def concerns(event: Event, ward: Ward, person: str) -> bool:
    """The oracle: an entry is a person's when it names the person, a genome of theirs, or else a case of theirs."""
    own = {g.accession for a in ward.acknowledgements.values() for g in a.genomes if g.person == person}
    cases = {a.case for a in ward.acknowledgements.values() if a.genomes[0].person == person}
    text = json.dumps(event.body) + event.subject
    if person in text or any(name in text for name in own):
        return True
    names_another = event.subject.startswith(("person:", "genome:", "file:")) or "person" in event.body
    names_another = names_another or "genome" in event.body or "genomes" in event.body
    return not names_another and (event.subject.removeprefix("case:") in cases or event.body.get("case") in cases)


@pytest.mark.parametrize("package", ["N1", "N2", "T1"])
def test_extract__holds_all_and_only_the_persons_entries(ward: Ward, package: str) -> None:
    busy(ward)
    person = ward.person(package)

    found = extract(ward.house, DPO, person)

    expected = [event.number for event in ward.events() if concerns(event, ward, person)]
    assert [line.number for line in found.lines] == expected
    assert found.lines[-1].number == found.event and found.lines[-1].what == "extract_log"


def test_screen__says_who_when_what_why_and_on_which_basis(ward: Ward) -> None:
    busy(ward)

    lines = who_saw(ward.house, DPO, "north:N2-p").lines
    glass = next(line for line in lines if line.what == "read_calls" and line.allowed)
    refused = next(line for line in lines if line.allowed is False)

    assert (glass.who, glass.role, glass.purpose) == ("colleague", "clinician", "care")
    assert (glass.emergency, glass.rule) == (True, "read_calls.break_glass")
    assert glass.legal_basis == "health-act-223b-care" and glass.about == ward.genome("N2")
    assert refused.rule.startswith("read_calls.")
    assert [line.number for line in lines] == sorted((line.number for line in lines), reverse=True)


def test_screen__is_paged_without_a_gap(ward: Ward) -> None:
    busy(ward)
    person, seen, cursor = ward.person("N2"), [], None
    while True:
        page = who_saw(ward.house, DPO, person, cursor=cursor, limit=3)
        seen += [line.number for line in page.lines]
        cursor = page.next
        if cursor is None:
            break

    everything = [line.number for line in extract(ward.house, DPO, person).lines]
    # Each page after the first was a look of its own, newer than where the paging began.
    assert [n for n in everything if n <= seen[0]] == sorted(seen)


def test_extract__tells_staff_by_role_unless_the_setting_says_by_account(ward: Ward) -> None:
    busy(ward)
    by_role = extract(ward.house, DPO, ward.person("N2"))
    assert by_role.staff == "role"
    assert {line.who for line in by_role.lines if line.role == "clinician"} == {"clinician 1"}
    assert not {"colleague", "dpo"} & {line.who for line in by_role.lines}

    object.__setattr__(ward.house.settings, "extract_staff", "account")

    assert "colleague" in {line.who for line in extract(ward.house, DPO, ward.person("N2")).lines}


@pytest.mark.parametrize("actor", [DOCTOR, ADMIN, Actor("board", frozenset({"board"}))])
def test_nobody_but_the_officer__sees_a_persons_log_and_the_try_is_logged(ward: Ward, actor: Actor) -> None:
    for ask in (who_saw, extract, proof_of):
        with pytest.raises(NotPermitted):
            ask(ward.house, actor, ward.person())

    assert len(ward.events("access-refused")) == 3


def test_person_of_nobody__is_not_found_and_what_was_typed_is_not_logged(ward: Ward) -> None:
    with pytest.raises(NotFound):
        who_saw(ward.house, DPO, "010203-1234")

    assert "010203" not in str(ward.events())


def test_proof__shows_the_entry_the_last_release_with_and_todays_answer_without(ward: Ward) -> None:
    first = cut_release(ward.house, OPERATOR)
    busy(ward)
    second = cut_release(ward.house, OPERATOR)

    proof = proof_of(ward.house, DPO, ward.person())

    set_event = ward.events("opt-out-set")[0]
    assert [(m.number, m.hash) for m in proof.marks] == [(set_event.number, set_event.hash)]
    assert (proof.marked, proof.counted_now, proof.people_now) == (True, False, 7)
    # One of eight left: the second has the first's numbers still, with the person in them.
    assert second.numbers_from["total"] == first.number
    assert (proof.releases_with, proof.releases_without) == ((first.number, second.number), ())
    other = proof_of(ward.house, DPO, ward.person("N2"))
    assert (other.marks, other.counted_now, other.releases_with) == ((), True, (first.number, second.number))


def test_proof__a_release_that_keeps_its_numbers_still_shows_who_left(tmp_path: Path, database_url: str) -> None:
    people = [Person(f"p{i}", calls=("chr1 1500 A G 0/1",)) for i in range(12)]
    with nation(tmp_path, *people[:10], step=5, database_url=database_url) as n:
        first = cut_release(n.house, OPERATOR)
        n.opt_out("p0")
        n.wait(1)
        second = cut_release(n.house, OPERATOR)
        n.opt_out("p1")
        assert second.numbers_from["total"] == first.number

        gone, stays = (proof_of(n.house, DPO, n.person_of[key]) for key in ("p0", "p2"))
        assert gone.marked and not gone.counted_now and stays.counted_now
        assert (gone.releases_with, gone.releases_without) == ((first.number, second.number), ())
        assert (stays.releases_with, stays.releases_without) == ((first.number, second.number), ())
        n.add(*people[10:])
        n.remove("p3", "p4", "p5")
        third = cut_release(n.house, OPERATOR, settle=True)
        proof = proof_of(n.house, DPO, n.person_of["p0"])
        assert (proof.releases_with, proof.releases_without) == ((first.number, second.number), (third.number,))


def rows(ward: Ward) -> tuple[Any, Any]:
    with ward.house.database.reading() as connection:
        persons = [tuple(row) for row in connection.execute(select(log_persons).order_by("person", "number"))]
        found = [tuple(row) for row in connection.execute(select(alerts).order_by("id"))]
    return persons, found


def test_fold__from_scratch_equals_the_fold_along_the_way(ward: Ward) -> None:
    catch_up(ward.house)
    busy(ward)
    catch_up(ward.house)
    busy_again(ward)
    catch_up(ward.house)
    along = rows(ward)

    rebuild(ward.house)

    assert rows(ward) == along and along[0] and along[1]


def busy_again(ward: Ward) -> None:
    for _ in range(6):
        with pytest.raises(NotPermitted):
            calls(ward.house, COLLEAGUE, ward.genome(), case=ward.case())


def test_alerts__are_raised_once_and_are_in_the_log_themselves(ward: Ward) -> None:
    busy_again(ward)

    (first,) = [a for a in alerts_now(ward.house, DPO) if a.alert.rule == "refusals"]
    alerts_now(ward.house, DPO)

    raised = ward.events("alert-raised")
    assert [event.subject for event in raised].count(f"alert:{first.alert.id}") == 1
    found, entries, said = alert_with_evidence(ward.house, DPO, first.alert.id)
    assert [event.kind for event in entries] == ["access-refused"] * found.alert.count and said == ""
    told = json.dumps(found.to_json())
    assert ward.person() not in told and "5030500" not in told


def test_alert__explained_stays_explained_and_becomes_an_incident_with_a_clock(ward: Ward) -> None:
    busy_again(ward)
    alert = alerts_now(ward.house, DPO)[0].alert.id

    judged, none = judge(ward.house, DPO, alert, "explained", WHY)
    assert (judged.state, none) == ("explained", None)
    assert alert_with_evidence(ward.house, DPO, alert)[2] == WHY
    judged, incident = judge(ward.house, DPO, alert, "incident", WHY)

    assert incident is not None and incident.alert == alert and judged.state == "incident"
    with pytest.raises(Refused):
        judge(ward.house, DPO, alert, "explained", WHY)
    rebuild(ward.house)
    assert {a.state for a in alerts_now(ward.house, DPO) if a.alert.id == alert} == {"incident"}


def test_alert__about_oneself_is_for_somebody_else(ward: Ward) -> None:
    for n in range(3):
        with pytest.raises(EmblaError):
            who_saw(ward.house, Actor("dpo", frozenset({"clinician"})), ward.person("T1" if n else "N1"))
    for _ in range(3):
        with pytest.raises(NotPermitted):
            calls(ward.house, Actor("dpo", frozenset({"clinician"})), ward.genome(), case=ward.case())
    mine = next(a for a in alerts_now(ward.house, DPO) if a.alert.actor == "dpo")

    with pytest.raises(Refused):
        judge(ward.house, DPO, mine.alert.id, "explained", WHY)


def test_incident__goes_its_way_and_what_was_said_is_sealed(ward: Ward) -> None:
    made = note_incident(ward.house, DPO, "disclosure", "A letter went to the wrong address.")
    assess_incident(ward.house, DPO, made.id, "high", "One person, the whole report.")
    report_incident(ward.house, DPO, made.id, "By the authority's form, ref 17.")
    done = close_incident(ward.house, ADMIN, made.id, "Window envelopes from now on.")

    assert (done.state, done.in_time) == ("closed", True)
    _, steps = incident_with_steps(ward.house, DPO, made.id)
    assert [event.kind for event, _ in steps] == [
        "incident-detected", "incident-assessed", "incident-reported", "incident-closed",
    ]  # fmt: skip
    assert steps[0][1] == "A letter went to the wrong address."
    assert "wrong address" not in str(ward.events())
    assert incidents_now(ward.house, DPO)[0].id == made.id


def test_waiting__counts_what_is_overdue(ward: Ward) -> None:
    note_incident(ward.house, DPO, "loss", "A disk is missing.", detected=ward.house.clock() - timedelta(hours=73))
    break_glass(ward.house, ward.stepped(COLLEAGUE), ward.person("N2"), REASON)
    assert (waiting(ward.house).reviews, waiting(ward.house).reviews_overdue) == (1, 0)
    assert (waiting(ward.house).incidents, waiting(ward.house).incidents_overdue) == (1, 1)

    ward.house.clock.at += timedelta(hours=25)  # type: ignore[attr-defined]

    found, light = desk(ward.house, DPO)
    assert (found.reviews_overdue, found.overdue) == (1, True) and light.intact


def test_record__is_made_from_what_runs_and_describes_every_table(ward: Ward) -> None:
    record = record_of_processing(ward.house, DPO)

    assert record.undescribed == ()
    genomes = next(c for c in record.categories if "genomes" in c.tables)
    assert genomes.rows > 5
    care = next(a for a in record.activities if a.purpose == "care")
    assert any("223 b" in basis for basis in care.bases) and "read a person's calls" in care.roles["clinician"]
    assert any(kept.setting == "emergency_hours" and kept.value == "4 h" for kept in record.retention)
    assert any("north" in one.lower() for one in record.recipients)
    json.dumps(record.to_json())


def test_alerts__go_on_over_an_entry_that_counts_genomes_and_names_none(ward: Ward) -> None:
    body = {"genomes": 3, "replaced": 1}  # as a recall of medicines has it
    with ward.house.database.transaction() as connection:
        append_event(
            connection, at=ward.house.clock(), actor="operator", kind="pgx-recalled", subject="pgx:recall", body=body
        )

    assert alerts_now(ward.house, OPERATOR, None) == []
