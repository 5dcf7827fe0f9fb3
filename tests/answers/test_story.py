"""End to end: the trio of CSTB is reported, classified by two laboratories, discordant, resolved, re-classified, and
the carrier's department receives, acknowledges, reads, and closes."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from embla.answers import Draft, Said, acknowledge, answers_of, catch_up, decide, give, mine, note_informed, read, whole
from embla.answers.answering import _names
from embla.answers.model.fhir import bundle
from embla.classification import import_list, inbox
from embla.errors import NotPermitted, Refused
from embla.genome import Variant
from embla.platform import OPERATOR, Actor, events_of, verify_chain
from embla.reference import Resources, demo_reference_paths
from tests.answers.clinic import CSTB, DOCTOR, OTHER, REGISTRAR, SPLICED, STRANGER, Clinic


def test_story__from_the_report_to_a_loop_that_is_closed(clinic_on_both: Clinic) -> None:
    clinic, case = clinic_on_both, clinic_on_both.case()
    house = clinic.house
    clinic.consent(clinic.person())
    clinic.consent(clinic.person(role="father"))
    clinic.conclude("capital", "VUS")
    clinic.conclude("zealand", "P")
    capital = Actor("lab-capital", frozenset({"lab"}), "capital")
    assert [one.level for one in inbox(house, capital, "capital")] == ["significant"]

    first = clinic.answered("capital")
    assert (first.content.findings[0].class_, first.content.findings[0].genotype) == ("VUS", "het")
    catch_up(house)
    assert not mine(house, DOCTOR)[1]  # nothing changed its bucket since it was answered

    clinic.conclude("capital", "P", expected=1)  # resolved: re-classified
    assert inbox(house, capital, "capital") == []
    told = catch_up(house)
    # The child and the father agreed; the mother does not carry it; the other carrier said nothing and is not asked.
    assert (told.news, told.opened, told.refused) == (1, 2, 1)
    assert (again := catch_up(house)).opened == 0 and again.news == 0
    assert mine(house, OTHER)[1] == []
    lines = mine(house, DOCTOR)[1]
    assert [(one.kind, one.state, one.key) for one in lines] == [("class", "asked", "T1-case")] * 2
    loops = [whole(house, DOCTOR, case, one.id) for one in lines]
    patient = next(one for one in loops if one.one.role == "patient")
    father = next(one for one in loops if one.one.role == "relative")
    assert [(one.before, one.after, one.because) for one in patient.news] == [("VUS", "P/LP", "capital")]
    assert father.one.genome == clinic.genome(role="father")

    decided = decide(house, DOCTOR, case, patient.one.id, "recontact", expected=1)
    assert decided.state == "amending"
    record = clinic.shared("capital").record.id
    amended = give(
        house, DOCTOR, case,
        Draft("The cause is found.", (Said("NC_000021.9:g.43774280_43774281del", record),), "amended",
              "CSTB was re-classified."),
        answer=first.answer, expected=1, follow_up=patient.one.id,
    )  # fmt: skip
    assert [one.class_ for one in amended.content.findings] == ["P"]
    with pytest.raises(Refused):
        read(house, DOCTOR, case, first.answer, 2)  # who wrote it does not read it, as another treats
    acknowledge(house, REGISTRAR, case, first.answer, 2, "EPJ-2026-17")
    assert whole(house, DOCTOR, case, patient.one.id).one.state == "sent"
    read(house, REGISTRAR, case, first.answer, 2)
    open_still = whole(house, DOCTOR, case, patient.one.id).one
    assert open_still.state == "sent"  # the patient was to be told
    closed = note_informed(house, DOCTOR, case, patient.one.id, expected=open_still.revision)
    assert (closed.state, closed.reason) == ("closed", "delivered")

    (report,) = answers_of(house, REGISTRAR, case)
    assert [(one.number, one.content.status) for one in report.versions] == [(2, "amended"), (1, "final")]
    assert report.versions[1] == first  # what was answered then stands as it was
    with house.database.reading() as connection:
        kinds = [one.kind for one in events_of(connection, f"follow-up:{patient.one.id}")]
        assert kinds == ["follow-up-decided", "patient-informed", "follow-up-closed"]
        assert verify_chain(connection) > 30


def test_fhir__the_amended_answer_is_a_valid_bundle_that_says_whose_place_it_takes(clinic: Clinic) -> None:
    clinic.conclude("capital", "VUS")
    first = clinic.answered()
    clinic.conclude("capital", "P", expected=1)
    said = (Said(CSTB, clinic.shared("capital").record.id),)
    amended = give(clinic.house, DOCTOR, clinic.case(), Draft("Found.", said, "amended", "New class."),
                   answer=first.answer, expected=1)  # fmt: skip

    told = bundle(amended, clinic.case())

    fhir: Any = pytest.importorskip("fhir.resources.R4B.bundle", reason="fhir.resources (extra clinical) is not there")
    fhir.Bundle.model_validate(told)
    report = told["entry"][0]["resource"]
    assert (report["resourceType"], report["status"]) == ("DiagnosticReport", "amended")
    assert report["extension"][0]["valueIdentifier"]["value"] == f"{first.answer}/1"
    by_code = {one["resource"]["code"]["coding"][0]["code"]: one["resource"] for one in told["entry"]
               if one["resource"]["resourceType"] == "Observation"}  # fmt: skip
    assert by_code["69548-6"]["valueCodeableConcept"]["coding"][0]["code"] == "LA9633-4"
    meaning = by_code["diagnostic-implication"]
    assert meaning["component"][0]["valueCodeableConcept"]["coding"][0]["code"] == "LA6668-3"
    assert {one["reference"] for one in report["result"]} <= {one["fullUrl"] for one in told["entry"]}
    text = str(told)
    for role in ("index", "mother", "father"):  # a person, a relative: by no name of ours
        assert clinic.person(role=role) not in text and f"T1-{role}" not in text
    assert bundle(amended, clinic.case()) == told


def test_answer__neither_what_is_not_carried_nor_what_nobody_signed_nor_another_doctors_patient(clinic: Clinic) -> None:
    clinic.conclude("capital", "VUS")
    house, record = clinic.house, clinic.shared("capital").record.id

    with pytest.raises(Refused, match="does not carry"):
        give(house, OTHER, clinic.case("N2"), Draft("Found.", (Said(CSTB, record),)))
    with pytest.raises(Refused, match="No laboratory shares"):
        give(house, DOCTOR, clinic.case(), Draft("Found.", (Said(SPLICED, record),)))
    for actor in (OTHER, STRANGER, Actor("lab-north", frozenset({"lab"}), "north")):
        with pytest.raises(NotPermitted):
            give(house, actor, clinic.case(), Draft("Found.", (Said(CSTB, record),)))
        with pytest.raises(NotPermitted):
            answers_of(house, actor, clinic.case())


@pytest.mark.parametrize(
    "axis,class_,origin",
    [("oncogenicity", "LB", "somatic"), ("oncogenicity", "O", "somatic"), ("germline", "P", "somatic"),
     ("risk", "Established risk allele", "germline"), ("impact", "Tier III", "somatic")],
)  # fmt: skip
def test_answer__rests_on_no_class_of_a_tumour_and_on_no_risk(
    clinic: Clinic, tmp_path: Path, axis: str, class_: str, origin: str
) -> None:
    table = tmp_path / "list.csv"
    table.write_text(f"variant,class,evaluated,axis,origin\n{CSTB},{class_},2026-01-01,{axis},{origin}\n")
    assert import_list(clinic.house, OPERATOR, "north", table).new == 1
    said = Said(CSTB, clinic.shared("north").record.id)

    with pytest.raises(Refused, match="none of a germline variant"):
        give(clinic.house, DOCTOR, clinic.case(), Draft("Found.", (said,)))
    assert answers_of(clinic.house, DOCTOR, clinic.case()) == []


def test_answer__names_the_variant_on_mane_select(monkeypatch: pytest.MonkeyPatch) -> None:
    # JAM2: in a coding exon of MANE Select, and deep in an intron of the transcript that comes first by name.
    variant, mane = Variant("chr21", 25_689_919, "T", "A"), "ENST00000480456.5"
    paths = demo_reference_paths()
    house: Any = SimpleNamespace(names=Resources.open(paths.fasta, paths.transcripts))
    find = house.names.transcripts.find
    monkeypatch.setattr(house.names.transcripts, "find", lambda name: replace(find(name), mane=name == mane))

    told = _names(house, variant)

    assert (told["transcript"], told["c"]) == (mane, f"{mane}:c.187T>A") and told["p"].startswith("p.")
    monkeypatch.setattr(
        house.names.transcripts, "find", lambda name: replace(find(name), cut=name == "ENST00000312957.9")
    )
    assert _names(house, variant)["transcript"] == "ENST00000400532.5"
