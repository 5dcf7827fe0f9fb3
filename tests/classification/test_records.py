"""Drafts, second readers, signatures, withdrawals; and that nobody touches or sees another laboratory's drafts."""

from dataclasses import replace
from threading import Thread

import pytest

from embla.classification.looking import own_page
from embla.classification.model.record import condition_key
from embla.classification.service import concluded, sign, whole, withdraw
from embla.errors import BadInput, Conflict, NotFound, NotPermitted, Refused
from embla.platform import ANONYMOUS, Actor, House, events_of, verify_chain
from tests.classification.labs import CLINICIAN, CSTB, SPLICE, draft, names_of_labs, person, publish


def kinds(house: House, classification: str) -> list[str]:
    with house.database.reading() as connection:
        return [event.kind for event in events_of(connection, f"classification:{classification}")]


def test_draft__is_seen_by_its_own_laboratory_alone(house: House) -> None:
    shown = draft(house, person(house, 0), "P")

    assert whole(house, person(house, 0, "b"), shown.record.id).shown.content.class_ == "P"
    for other in (person(house, 1), CLINICIAN):
        with pytest.raises(NotFound):
            whole(house, other, shown.record.id)
        assert concluded(house, other, CSTB) == []
    assert concluded(house, None, CSTB) == []
    with pytest.raises(NotPermitted):
        own_page(house, person(house, 1), person(house, 0).laboratory or "")


def test_draft__another_laboratory_cannot_write_sign_or_withdraw_it(house: House) -> None:
    shown = draft(house, person(house, 0), "P")
    thief = replace(person(house, 1), laboratory=person(house, 1).laboratory)

    with pytest.raises(NotFound):
        sign(house, thief, shown.record.id, expected=1, verdict="P")
    with pytest.raises(NotFound):
        withdraw(house, thief, shown.record.id, "other")
    for nobody in (CLINICIAN, ANONYMOUS, Actor("dpo", frozenset({"dpo"}))):
        with pytest.raises(NotPermitted):
            sign(house, nobody, shown.record.id, expected=1, verdict="P")
    assert kinds(house, shown.record.id) == ["classification-drafted"]


def test_sign__needs_another_person_and_publishes(house_on_both: House) -> None:
    house = house_on_both
    shown = draft(house, person(house, 0), "P", codes=("PVS1", "PM2_Supporting", "PS1"))

    with pytest.raises(Refused, match="themselves"):
        sign(house, person(house, 0), shown.record.id, expected=1, verdict="P")
    assert sign(house, person(house, 0, "b"), shown.record.id, expected=1, verdict="Pathogenic")

    (seen,) = concluded(house, CLINICIAN, CSTB)
    assert (seen.content.class_, seen.content.computed["proposed"]) == ("P", "P")
    assert seen.content.rule_set.startswith("acmg-2015+svi-2020/") and seen.content.guideline
    assert [one.by for one in seen.content.evidence] == [person(house, 0).id] * 3
    assert seen.content.evaluated.isoformat() == "2026-02-01"
    assert kinds(house, shown.record.id) == ["classification-drafted", "classification-signed"]
    with house.database.reading() as connection:
        verify_chain(connection)


def test_versions__are_kept_as_they_were_and_what_is_published_stays_while_a_draft_is_written(house: House) -> None:
    first = publish(house, 0, "VUS")
    again = draft(house, person(house, 0), "LP", expected=1)

    assert [one.content.class_ for one in concluded(house, CLINICIAN, CSTB)] == ["VUS"]
    assert again.record.id == first.record.id
    found = whole(house, person(house, 0), first.record.id)
    assert [(one.number, one.content.class_) for one in found.versions] == [(2, "LP"), (1, "VUS")]
    assert len(whole(house, CLINICIAN, first.record.id).versions) == 1


def test_save__two_who_edit_at_once_lose_nothing(house_on_both: House) -> None:
    house = house_on_both
    draft(house, person(house, 0), "VUS")
    outcomes: list[str] = []

    def edit(who: str, class_: str) -> None:
        try:
            draft(house, person(house, 0, who), class_, expected=1)
            outcomes.append("saved")
        except Conflict:
            outcomes.append("conflict")

    threads = [Thread(target=edit, args=pair) for pair in (("a", "P"), ("b", "LP"), ("c", "B"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["conflict", "conflict", "saved"]
    page = own_page(house, person(house, 0), person(house, 0).laboratory or "")
    assert [one.number for one in page.items] == [2]


def test_laboratories__that_publish_the_same_allele_at_once_both_stand_and_disagree(house_on_both: House) -> None:
    from embla.classification.discording import inbox

    house = house_on_both
    faults: list[BaseException] = []

    def work(lab: int, class_: str) -> None:
        try:
            publish(house, lab, class_)
        except BaseException as error:
            faults.append(error)

    threads = [Thread(target=work, args=pair) for pair in ((0, "P"), (1, "B"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert len(concluded(house, CLINICIAN, CSTB)) == 2
    assert [one.level for one in inbox(house, person(house, 0), person(house, 0).laboratory or "")] == ["opposite"]


def test_class__that_the_rules_do_not_propose_needs_a_reason(house: House) -> None:
    with pytest.raises(Refused, match="propose LP"):
        draft(house, person(house, 0), "P", codes=("PVS1", "PM2"))
    shown = draft(house, person(house, 0), "P", codes=("PVS1", "PM2"), override="Two families, unpublished.")

    assert (shown.content.class_, shown.content.computed["proposed"]) == ("P", "LP")
    assert shown.content.override


def test_blind__the_second_reader_concludes_before_seeing(house: House) -> None:
    shown = draft(house, person(house, 0), "P", codes=("PVS1", "PS1"), summary="Null variant.", blind=True)
    reader = person(house, 0, "b")

    hidden = whole(house, reader, shown.record.id)
    listed = own_page(house, reader, reader.laboratory or "").items[0]
    for one in (hidden.shown, listed):
        assert (one.content.class_, one.content.evidence, one.content.summary, one.content.computed) == ("", (), "", {})
    assert hidden.hidden and hidden.versions == ()
    assert not sign(house, reader, shown.record.id, expected=1, verdict="VUS", text="One family only.")

    after = whole(house, reader, shown.record.id)
    assert (after.shown.content.class_, after.shown.record.state) == ("P", "draft")
    assert [(step.kind, step.verdict) for step in after.steps] == [("drafted", ""), ("reviewed", "VUS")]


def test_withdraw__counts_nowhere_and_stays_in_the_history(house: House) -> None:
    shown = publish(house, 0, "P")
    with pytest.raises(BadInput):
        withdraw(house, person(house, 0), shown.record.id, "did not like it")
    withdraw(house, person(house, 0), shown.record.id, "duplicate")

    assert concluded(house, CLINICIAN, CSTB) == []
    found = whole(house, person(house, 0), shown.record.id)
    assert (found.shown.record.state, found.steps[-1].verdict) == ("withdrawn", "duplicate")
    with pytest.raises(Refused):
        draft(house, person(house, 0), "LP", expected=1)


@pytest.mark.parametrize(("share", "everybody", "signed_in"), [("own", 0, 0), ("labs", 0, 1), ("public", 1, 1)])
def test_share__says_who_sees_it(house: House, share: str, everybody: int, signed_in: int) -> None:
    shown = publish(house, 0, "P", share=share)

    assert len(concluded(house, None, CSTB)) == everybody
    assert len(concluded(house, person(house, 1), CSTB)) == len(concluded(house, CLINICIAN, CSTB)) == signed_in
    if not signed_in:
        with pytest.raises(NotFound):
            whole(house, person(house, 1), shown.record.id)


def test_draft__text_with_a_personal_number_is_refused(house: House) -> None:
    with pytest.raises(BadInput) as caught:
        draft(house, person(house, 0), "P", summary="Seen in 010190-1234.")
    assert "010190" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "key"),
    [("MONDO:0009698", "MONDO:0009698"), ("Unverricht-Lundborg (mondo_0009698)", "MONDO:0009698"),
     ("Orphanet:308", "ORPHA:308"), ("  Not   specified ", ""), ("Some  Disease", "text:some disease"), ("", ""),
     ("MONDO:MONDO:0009698,OMIM:254800", "MONDO:0009698"), ("OMIM254800", "OMIM:254800"), ("HP:0001250", "HP:0001250"),
     ("CHP1-related ataxia", "text:chp1-related ataxia"), ("HP1 disease", "text:hp1 disease")],
)  # fmt: skip
def test_condition__is_one_key_for_its_spellings(text: str, key: str) -> None:
    assert condition_key(text) == key


def test_conditions_and_alleles__are_records_of_their_own(house: House) -> None:
    made = {
        draft(house, person(house, 0), "P").record.id,
        draft(house, person(house, 0), "VUS", condition="ORPHA:308").record.id,
        draft(house, person(house, 0), "VUS", allele=SPLICE).record.id,
        draft(house, person(house, 1), "P").record.id,
    }
    assert len(made) == 4 and len(names_of_labs(house)) >= 2
