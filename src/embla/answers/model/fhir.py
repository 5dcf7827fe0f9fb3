"""An answer as HL7 FHIR R4, by the Genomics Reporting guide (STU 3): a report, variants, and what they mean. Pure.

The variant observation says what is there; the class lives in a diagnostic implication of its own with its own date,
so that a re-classification replaces the implication alone (mCODE and the guide advise so). An amended version names the
one whose place it takes. No relative, no other laboratory's case and no number of a person is in it.
"""

from collections.abc import Mapping
from typing import Any, Final

from embla.answers.model.answer import ABSENT, NOT_CALLED, Finding, Version
from embla.classification import Class
from embla.platform import (
    FhirBundle,
    fhir_absent,
    fhir_component,
    fhir_loinc,
    fhir_observation,
    fhir_own_code,
    fhir_report,
    fhir_value,
    time_text,
)

# LOINC answer list LL4034-6, of 53037-8 "Genetic variation clinical significance".
SIGNIFICANCE: Final = {
    "P": "LA6668-3", "LP": "LA26332-9", "VUS": "LA26333-7", "LB": "LA26334-5", "B": "LA6675-8",
}  # fmt: skip
# LOINC answer list LL381-5, of 53034-5 "Allelic state".
ALLELIC: Final = {
    "het": ("LA6706-1", "Heterozygous"), "hom": ("LA6705-3", "Homozygous"), "hemi": ("LA6707-9", "Hemizygous"),
    "heteroplasmic": ("LA6703-8", "Heteroplasmic"), "homoplasmic": ("LA6704-6", "Homoplasmic"),
}  # fmt: skip
# LOINC answer list LL1971-2, of 69548-6 "Genetic variant assessment".
FOUND: Final = {ABSENT: ("LA9634-2", "Absent"), NOT_CALLED: ("LA18198-4", "No call")}
PRESENT: Final = ("LA9633-4", "Present")
GERMLINE: Final = ("LA6683-2", "Germline")
BUILD38: Final = ("LA26806-2", "GRCh38")


def bundle(version: Version, case: str, *, by: str = "") -> dict[str, Any]:
    """The Bundle of one version, byte for byte the same each time; `by`: what the account that answered is called."""
    name, content, at = f"{version.answer}/{version.number}", version.content, time_text(version.at)
    made = FhirBundle(name, at)
    shared: dict[str, Any] = {"subject": made.add("Patient", "", {"identifier": [_id("case", case)]})}
    shared["effectiveDateTime"] = at
    laboratory = made.add("Organization", "", {"identifier": [_id("laboratory", content.laboratory)]})
    named = {"name": [{"text": by}]} if by else {}
    answered = made.add("Practitioner", "", {"identifier": [_id("account", version.by)], **named})
    results = []
    for one in content.findings:
        seen = made.add("Observation", one.allele, _variant(one, shared))
        results.append(seen)
        if one.genotype not in FOUND:
            results.append(made.add("Observation", f"means:{one.allele}", _meaning(one, seen, shared)))
    results.append(made.add("Observation", "studied", _studied(version, shared)))
    identifiers = [_id("answer", name)]
    more: dict[str, Any] = {"conclusion": content.summary, "performer": [laboratory], "result": results,
                            "resultsInterpreter": [answered]}  # fmt: skip
    if version.number > 1:
        # R4 has no "replaces" in a report; the versions share an identifier, and the earlier one is named in words.
        identifiers.append({**_id("answer-series", version.answer), "use": "secondary"})
        said = f"Takes the place of version {version.number - 1}. {content.why}"
        more["extension"] = [{"url": "urn:embla:replaces", "valueIdentifier": _id(
            "answer", f"{version.answer}/{version.number - 1}")}]  # fmt: skip
        more["conclusion"] = f"{content.summary} {said}"
    made.add("DiagnosticReport", "", fhir_report(content.status, at, shared, identifier=identifiers, **more))
    return made.whole()


def _id(kind: str, value: str) -> dict[str, Any]:
    return {"system": f"urn:embla:{kind}", "value": value}


def _variant(one: Finding, shared: Mapping[str, Any]) -> dict[str, Any]:
    contig, pos, ref, alt = one.allele.rsplit("-", 3)
    found = FOUND.get(one.genotype, PRESENT)
    parts = [
        fhir_component("48002-0", "Genomic source class", value=fhir_value(*GERMLINE)),
        fhir_component("62374-4", "Human reference sequence assembly version", value=fhir_value(*BUILD38)),
        fhir_component("48000-4", "Chromosome", text=contig.removeprefix("chr")),
        fhir_component("92822-6", "Genomic coord system", value=fhir_value("LA30102-0", "1-based character counting")),
        {"code": fhir_loinc("69547-8", "Genomic ref allele [ID]"), "valueString": ref},
        {"code": fhir_loinc("69551-0", "Genomic alt allele [ID]"), "valueString": alt},
        {"code": fhir_loinc("81254-5", "Genomic allele start-end"), "valueRange": {"low": {"value": int(pos)}}},
    ]
    if one.carried in ALLELIC:
        parts.append(fhir_component("53034-5", "Allelic state", value=fhir_value(*ALLELIC[one.carried])))
    if one.af is not None:
        # Of the release that the observation of what was studied names.
        parts.append({
            "code": fhir_loinc("92821-8", "Population allele frequency [NFr]"),
            "valueQuantity": {"value": one.af, "system": "http://unitsofmeasure.org", "code": "1"},
        })  # fmt: skip
    named = {"g": ("81290-9", "Genomic DNA change (gHGVS)"), "c": ("48004-6", "DNA change (c.HGVS)"),
             "p": ("48005-3", "Amino acid change (pHGVS)"), "gene": ("48018-6", "Gene studied [ID]"),
             "transcript": ("51958-7", "Transcript reference sequence [ID]")}  # fmt: skip
    for key, (code, display) in named.items():
        if one.names.get(key):
            parts.append(fhir_component(code, display, text=one.names[key]))
    return fhir_observation(
        "variant", fhir_loinc("69548-6", "Genetic variant assessment"), shared,
        valueCodeableConcept=fhir_value(*found), component=parts,
    )  # fmt: skip


def _meaning(one: Finding, seen: Mapping[str, str], shared: Mapping[str, Any]) -> dict[str, Any]:
    label = Class(one.class_).label
    parts = [fhir_component("53037-8", "Genetic variation clinical significance [Imp]",
                            value=fhir_value(SIGNIFICANCE[one.class_], label))]  # fmt: skip
    if one.condition:
        parts.append(fhir_component("81259-4", "Associated phenotype", text=one.condition))
    if one.inheritance:
        parts.append({"code": fhir_own_code("mode-of-inheritance"),
                      "valueCodeableConcept": {"text": one.inheritance}})  # fmt: skip
    # The day on which the class was given, not the day of this report: by it later knowledge is told from older.
    return fhir_observation(
        "diagnostic-implication", fhir_own_code("diagnostic-implication"),
        {**shared, "effectiveDateTime": one.evaluated}, derivedFrom=[seen], component=parts,
        note=[{"text": f"Classification {one.classification}, version {one.number}, of the laboratory "
                       f"{one.laboratory}. Role in this answer: {one.role}."}],
    )  # fmt: skip


def _studied(version: Version, shared: Mapping[str, Any]) -> dict[str, Any]:
    """What was looked at: the panel with its version, or that there was none; genes that were not covered."""
    content = version.content
    told = fhir_observation("region-studied", fhir_loinc("53041-0", "DNA region of interest panel"), shared)
    if content.panel:
        panel = f"panel {content.panel}, version {content.panel_version}"
        described = fhir_loinc("81293-3", "Description of ranges of DNA sequences examined")
        told["component"] = [{"code": described, "valueString": panel}]
    else:
        told["dataAbsentReason"] = fhir_absent("not-asked", ["No panel was stated."])
    notes = [f"Data: genome {content.genome}, release {content.release or 'none'}."]
    if content.gaps:
        notes.append(f"Not covered well enough: {', '.join(content.gaps)}.")
    if content.unmeasured:
        notes.append(f"Not known how well covered: {', '.join(content.unmeasured)}.")
    told["note"] = [{"text": " ".join(notes)}]
    return told
