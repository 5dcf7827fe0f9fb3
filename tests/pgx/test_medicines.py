"""A list of medicines: only what must be done otherwise comes out; the CDS Hooks service by its shape."""

import json
from pathlib import Path
from typing import Any

import pytest
from pytest import CaptureFixture

from embla import cli
from embla.errors import BadInput
from embla.pgx import call_file, release
from embla.pgx.loading import drugs_by_code, inhibitors
from embla.pgx.model.cards import HOOKS, Asked, cards, read_request, services, unlooked
from embla.pgx.model.medication import Checked, check_list
from embla.pgx.pages import drug_named
from embla.pgx.service import genes_of, guidelines, report
from tests.pgx.files import rows_of, vcf

STAR1 = {"rs3758581": "1/1"}
POOR = STAR1 | {"rs4244285": "1/1", "rs12769205": "1/1"}
CLOPIDOGREL, CODEINE, PAROXETINE, PARACETAMOL = "B01AC04", "R05DA04", "N06AB05", "N02BE01"


def checked(path: Path, *codes: str, beside: tuple[str, ...] = ()) -> Checked:
    sample = next(iter(call_file(path, release(), genes_of(release(), None))))
    return check_list(report(sample), codes, drugs_by_code(), inhibitors(), beside=beside)


def test_check__a_poor_metaboliser_of_clopidogrel_is_an_interruptive_alert_of_both_sources(tmp_path: Path) -> None:
    found = checked(vcf(tmp_path / "a.vcf", rows_of("CYP2C19", POOR)), CLOPIDOGREL, PARACETAMOL)

    (alert,) = found.alerts
    assert (alert.drug, alert.kind, alert.against, alert.certain) == ("clopidogrel", "interruptive", True, True)
    assert {one.guideline.source for one in alert.lines} == {"CPIC", "DPWG"}
    assert found.unknown == (PARACETAMOL,) and not found.unassessed


def test_check__a_known_result_that_asks_for_nothing_is_silent_and_an_unknown_one_is_not(tmp_path: Path) -> None:
    normal = checked(vcf(tmp_path / "a.vcf", rows_of("CYP2C19", STAR1)), CLOPIDOGREL)
    nothing = checked(vcf(tmp_path / "b.vcf", rows_of("CYP3A5")), CLOPIDOGREL)

    assert normal == Checked((), (), (), ())
    assert not nothing.alerts and {one.source for one in nothing.unassessed} == {"CPIC", "DPWG"}


def test_check__every_standard_recommendation_is_silent_and_every_avoid_is_not() -> None:
    rows = [row for guideline in guidelines() for row in guideline.rows if row.advises]

    assert not [row.text for row in rows if row.acts and row.text.lower().startswith(("no action", "no reason"))]
    assert not [row.text for row in rows if not row.acts and row.text.lower().startswith(("avoid", "choose", "select"))]
    assert any(row.avoids for row in rows) and any(not row.acts for row in rows)


def test_avoids__is_not_said_of_a_drug_that_need_not_be_avoided_or_whose_inhibitors_are() -> None:
    rows = [row for guideline in guidelines() for row in guideline.rows if row.acts]
    needless = [row for row in rows if row.text.startswith("There is no need to avoid prescribing of atazanavir")]
    others = [row for row in rows if row.text.startswith("Avoid moderate and strong CYP2D6 inhibitors")]

    assert needless and others and not any(row.avoids for row in (*needless, *others))
    assert all(row.avoids for row in rows if row.text.startswith(("Avoid use", "Avoid clopidogrel", "Avoid codeine")))


def test_check__an_inhibitor_is_context_and_changes_no_result(tmp_path: Path) -> None:
    path = vcf(tmp_path / "a.vcf", rows_of("CYP2C19", POOR))

    alone, both = checked(path, CODEINE), checked(path, CODEINE, beside=(PAROXETINE,))

    assert not alone.context and [one.by.drug for one in both.context] == ["paroxetine"]
    assert (alone.alerts, alone.unassessed) == (both.alerts, both.unassessed)
    assert "strong inhibitor of CYP2D6 (FDA)" in both.context[0].text


def test_check__a_product_of_several_substances_is_looked_up_by_each(tmp_path: Path) -> None:
    path = vcf(tmp_path / "a.vcf", rows_of("SLCO1B1", {"rs4149056": "1/1"}))

    assert [one.drug for one in checked(path, "C10BA05").alerts] == ["atorvastatin"]
    assert {one.drug for one in checked(path, "N02AJ06").unassessed} == {"codeine"}


def test_medicines__on_a_bare_file(tmp_path: Path, capsys: CaptureFixture[str]) -> None:
    path = vcf(tmp_path / "a.vcf", rows_of("CYP2C19", POOR))

    assert cli.run(["pgx", "medicines", str(path), "--code", CLOPIDOGREL, "--code", CODEINE, "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert [one["drug"] for one in told["alerts"]] == ["clopidogrel"]
    assert {one["drug"] for one in told["not_assessed"]} == {"codeine"}
    assert cli.run(["pgx", "medicines", str(path), "--code", CLOPIDOGREL]) == 0
    assert "clopidogrel\tCPIC\tinterruptive\t" in capsys.readouterr().out


# CDS Hooks 2.0


def order(name: str, *codes: str, system: str = "http://www.whocc.no/atc") -> dict[str, Any]:
    coding = [{"system": system, "code": code} for code in codes]
    return {"resource": {"resourceType": "MedicationRequest", "id": name, "status": "draft",
                         "medicationCodeableConcept": {"coding": coding}}}  # fmt: skip


def request(hook: str, *orders: dict[str, Any], **more: Any) -> dict[str, Any]:
    context = {"userId": "Practitioner/1", "patientId": "C1", "draftOrders": {"resourceType": "Bundle",
                                                                               "entry": list(orders)}}  # fmt: skip
    return {"hook": hook, "hookInstance": "d1577c69", "context": context | more.pop("context", {})} | more


def test_discovery__names_each_service_as_the_specification_asks() -> None:
    told = services()["services"]

    assert {one["hook"] for one in told} == {"order-select", "order-sign", "patient-view"} == set(HOOKS)
    assert all(isinstance(one[key], str) for one in told for key in ("hook", "description", "id", "title"))
    assert all(isinstance(text, str) for one in told for text in one["prefetch"].values())


def test_request__orders_selected_orders_and_the_present_list_are_told_apart() -> None:
    orders = (order("1", CLOPIDOGREL), order("2", CODEINE))
    present = {"medications": {"resourceType": "Bundle", "entry": [order("9", PAROXETINE)]}}

    sign = read_request("order-sign", request("order-sign", *orders, prefetch=present))
    select = read_request(
        "order-select", request("order-select", *orders, context={"selections": ["MedicationRequest/2"]})
    )
    view = read_request("patient-view", request("patient-view", prefetch=present))

    assert sign is not None and (sign.codes, sign.beside) == ((CLOPIDOGREL, CODEINE), (PAROXETINE,))
    assert select is not None and (select.codes, select.beside) == ((CODEINE,), (CLOPIDOGREL,))
    assert view is not None and view.codes == (PAROXETINE,)
    assert read_request("patient-view", request("patient-view")) is None


def test_request__a_medicine_by_reference_is_found_in_the_bundle_or_inside() -> None:
    medicine = {"resourceType": "Medication", "id": "m", "code": {"coding": [{"system": "http://www.whocc.no/atc",
                                                                              "code": CODEINE}]}}  # fmt: skip
    by_bundle = {"resource": {"resourceType": "MedicationRequest", "id": "1",
                              "medicationReference": {"reference": "Medication/m"}}}  # fmt: skip
    inside = {"resource": {"resourceType": "MedicationRequest", "id": "2", "contained": [medicine],
                           "medicationReference": {"reference": "#m"}}}  # fmt: skip

    asked = read_request("order-sign", request("order-sign", by_bundle, {"resource": medicine}, inside))

    assert asked is not None and asked.codes == (CODEINE, CODEINE)


@pytest.mark.parametrize("broken", [
    {}, [], {"hook": "order-sign"}, request("order-view"), request("order-sign", hookInstance=3),
    request("order-sign", context={"draftOrders": []}), request("order-sign", context={"patientId": None}),
    request("order-sign", context={"draftOrders": {"resourceType": "Bundle", "entry": [{}] * 1001}}),
])  # fmt: skip
def test_request__what_is_none_is_refused(broken: Any) -> None:
    with pytest.raises(BadInput):
        read_request("order-sign", broken)


def test_cards__have_the_shape_of_the_specification(tmp_path: Path) -> None:
    found = checked(vcf(tmp_path / "a.vcf", rows_of("CYP2C19", POOR)), CLOPIDOGREL, CODEINE, beside=(PAROXETINE,))

    told = cards([("EMBG1", found)], str, lambda: "u", interrupts=True)["cards"]

    assert [one["indicator"] for one in told] == ["critical", "info", "info"]
    for one in told:
        assert 0 < len(one["summary"]) <= 140 and one["source"]["label"] and one["uuid"]
        assert one["indicator"] in ("info", "warning", "critical") and "EMBG1" not in one["summary"]
        assert all(link["type"] == "absolute" and link["url"].startswith("http") for link in one.get("links", ()))
    assert "**CPIC**" in told[0]["detail"] and "**DPWG**" in told[0]["detail"]
    assert {one["indicator"] for one in cards([("g", found)], str, lambda: "u", interrupts=False)["cards"]} == {"info"}


def test_request__a_medicine_that_cannot_be_looked_up_is_counted_and_told() -> None:
    strange = {"resource": {"resourceType": "MedicationRequest", "id": "3", "contained": 7,
                            "medicationReference": {"reference": "#m"}}}  # fmt: skip
    snomed = order("2", "387458008", system="http://snomed.info/sct")
    present = {"medications": {"resourceType": "Bundle", "entry": [snomed, order("4", CODEINE)]}}

    sign = read_request("order-sign", request("order-sign", order("1", CLOPIDOGREL), snomed, strange))
    chosen = {"selections": ["MedicationRequest/1"]}
    select = read_request("order-select", request("order-select", order("1", CODEINE), snomed, context=chosen))
    view = read_request("patient-view", request("patient-view", prefetch=present))

    assert sign is not None and (sign.codes, sign.uncoded) == ((CLOPIDOGREL,), 2)
    assert select is not None and select.uncoded == 0
    assert view is not None and view.uncoded == 1
    (told,) = unlooked(sign, 1, str, lambda: "u")
    assert "no ATC or RxNorm code: 2" in told["summary"] and told["indicator"] == "info"


def test_cards__of_a_patient_without_a_genome_say_that_nothing_was_assessed() -> None:
    (told,) = unlooked(Asked("C1", (CLOPIDOGREL,), ()), 0, str, lambda: "u")

    assert "nothing was assessed" in told["summary"]
    assert not unlooked(Asked("C1", (), ()), 0, str, lambda: "u")


@pytest.mark.parametrize(
    ("text", "drug"),
    [("Clopidogrel", "clopidogrel"), ("b01ac04", "clopidogrel"), ("azathioprin", "azathioprine"), ("", None),
     ("paracetamol", None), ("N02BE01", None)],
)  # fmt: skip
def test_drug_named__by_name_or_code_and_never_guessed(text: str, drug: str | None) -> None:
    assert drug_named(text) == drug
