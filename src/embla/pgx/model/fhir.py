"""A passport as HL7 FHIR R4, by the Genomics Reporting guide (STU 2): a Bundle of a report and its observations. Pure.

Genotype observations carry the diplotype, or a data-absent reason where a gene was not assessed; a therapeutic
implication stands for each line of advice, derived from its genotypes, with the drug in ATC and RxNorm.
https://hl7.org/fhir/uv/genomics-reporting/STU2/
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

GUIDE: Final = "http://hl7.org/fhir/uv/genomics-reporting"
LOINC: Final = "http://loinc.org"
# LOINC answer list LL3856-1, of 53040-2 "Genetic variation's effect on drug metabolism".
METABOLISM: Final = {
    "Ultrarapid Metabolizer": ("LA10315-2", "Ultrarapid metabolizer"),
    "Rapid Metabolizer": ("LA25390-8", "Rapid metabolizer"),
    "Normal Metabolizer": ("LA25391-6", "Normal metabolizer"),
    "Intermediate Metabolizer": ("LA10317-8", "Intermediate metabolizer"),
    "Poor Metabolizer": ("LA9657-3", "Poor metabolizer"),
}
ATC: Final = "http://www.whocc.no/atc"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
_LABORATORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"


def bundle(content: Mapping[str, Any]) -> dict[str, Any]:
    """The Bundle of a passport's content; ids follow from the passport's, so the same content is the same bundle."""
    entries: list[dict[str, Any]] = []

    def add(kind: str, key: str, resource: dict[str, Any]) -> str:
        name = str(uuid5(NAMESPACE_URL, f"urn:embla:{content['revocable']}:{kind}:{key}"))
        entries.append({"fullUrl": f"urn:uuid:{name}", "resource": {"resourceType": kind, "id": name} | resource})
        return f"urn:uuid:{name}"

    patient = add("Patient", "", {"identifier": [{"system": "urn:embla:passport", "value": content["revocable"]}]})
    shared = {"subject": {"reference": patient}, "effectiveDateTime": content["issued"]}
    of_gene = {line["gene"]: add("Observation", line["gene"], _genotype(content, line, shared))
               for line in content["genes"]}  # fmt: skip
    implications = [
        add("Observation", f"{at}:{line['source_id']}:{line['drug']}", _implication(line, of_gene, shared))
        for at, line in enumerate(content["advice"])
    ]
    report = {
        "meta": {"profile": [f"{GUIDE}/StructureDefinition/genomic-report"]},
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "51969-4", "display": "Genetic analysis report"}]},
        "identifier": [{"system": "urn:embla:passport", "value": f"{content['revocable']}/{content['version']}"}],
        "issued": content["issued"],
        **shared,
        "result": [{"reference": one} for one in (*of_gene.values(), *implications)],
        "conclusion": " ".join(
            [f"Not assessed: {', '.join(content['not_assessed']) or 'no gene'}.", *content["limits"]]
        ),
    }
    add("DiagnosticReport", "", report)
    entries.insert(0, entries.pop())
    return {"resourceType": "Bundle", "type": "collection", "timestamp": content["issued"], "entry": entries}


def _genotype(content: Mapping[str, Any], line: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    counts, phenotype = line["positions"], content["phenotypes"][line["gene"]]
    told: dict[str, Any] = {
        "meta": {"profile": [f"{GUIDE}/StructureDefinition/genotype"]},
        "status": "final",
        "category": [{"coding": [{"system": _LABORATORY, "code": "laboratory"}]}],
        "code": {"coding": [{"system": LOINC, "code": "84413-4", "display": "Genotype display name"}]},
        **shared,
    }
    if line["diplotypes"]:
        some = line["diplotypes"][:5]
        more = " or others" if len(line["diplotypes"]) > len(some) else ""
        names = " or ".join(f"{line['gene']} {one}" for one in some) + more
        told["valueCodeableConcept"] = {"text": names}
    else:
        why = "unsupported" if line["status"] == "refused" else "not-performed"
        system = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
        told["dataAbsentReason"] = {"coding": [{"system": system, "code": why}], "text": " ".join(line["reasons"])}
    components = [_component(LOINC, "48018-6", "Gene studied [ID]", text=line["gene"])]
    known = METABOLISM.get(phenotype)
    if known:
        value = {"coding": [{"system": LOINC, "code": known[0], "display": known[1]}], "text": phenotype}
        components.append(_component(LOINC, "53040-2", "Genetic variation's effect on drug metabolism", value=value))
    release = f"ClinPGx {line['definition_release']}"
    components.append(_component(LOINC, "81258-6", "Reference data source", text=release))
    told["component"] = components
    note = [f"Phenotype: {phenotype}.", f"Positions assessed: {counts['assessed']} of {counts['total']}."]
    if line["alleles_not_excluded"]:
        note.append(f"Not excluded: {', '.join(line['alleles_not_excluded'][:40])}.")
    told["note"] = [{"text": " ".join([*note, *line["reasons"]])}]
    return told


def _implication(
    line: Mapping[str, Any], of_gene: Mapping[str, str], shared: Mapping[str, Any]
) -> dict[str, Any]:  # fmt: skip
    drug = [{"system": ATC, "code": code} for code in line["atc"]]
    if line["rxnorm"]:
        drug.append({"system": RXNORM, "code": line["rxnorm"]})
    own = f"{GUIDE}/CodeSystem/tbd-codes-cs"
    found = "; ".join(f"{gene}: {term}" for gene, term in zip(line["genes"], line["phenotypes"], strict=True))
    return {
        "meta": {"profile": [f"{GUIDE}/StructureDefinition/therapeutic-implication"]},
        "status": "final",
        "category": [{"coding": [{"system": _LABORATORY, "code": "laboratory"}]}],
        "code": {"coding": [{"system": own, "code": "therapeutic-implication"}]},
        **shared,
        "derivedFrom": [{"reference": of_gene[gene]} for gene in line["genes"] if gene in of_gene],
        "component": [
            _component(LOINC, "51963-7", "Medication assessed [ID]", value={"coding": drug, "text": line["drug"]}),
            {"code": {"coding": [{"system": own, "code": "conclusion-string"}]}, "valueString": line["recommendation"]},
            _component(LOINC, "93044-6", "Level of evidence", text=line["strength"] or "not graded by the source"),
        ],
        "note": [{"text": f"{line['source']} {line['source_id']}, release {line['release']}"
                          f"{', ' + line['population'] if line['population'] else ''}. {found}. {line['url']}"}],
    }  # fmt: skip


def _component(
    system: str, code: str, display: str, *, text: str = "", value: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "code": {"coding": [{"system": system, "code": code, "display": display}]},
        "valueCodeableConcept": value or {"text": text},
    }
