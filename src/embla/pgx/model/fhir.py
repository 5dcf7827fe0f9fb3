"""A passport as HL7 FHIR R4, by the Genomics Reporting guide (STU 3): a Bundle of a report and its observations. Pure.

Genotype observations carry the diplotype, or a data-absent reason where a gene was not assessed; a therapeutic
implication stands for each line of advice, derived from its genotypes, with the drug in ATC and RxNorm.
"""

from collections.abc import Mapping
from typing import Any, Final

from embla.platform import (
    FhirBundle,
    fhir_absent,
    fhir_component,
    fhir_loinc,
    fhir_observation,
    fhir_own_code,
    fhir_report,
    fhir_value,
)

# LOINC answer list LL3856-3, of 53040-2 "Genetic variation's effect on drug metabolism"; the same codes stand in
# the value set of therapeutic implications of HL7's Genomics Reporting.
METABOLISM: Final = {
    "Ultrarapid Metabolizer": ("LA10315-2", "Ultrarapid metabolizer"),
    "Rapid Metabolizer": ("LA25390-8", "Rapid metabolizer"),
    "Normal Metabolizer": ("LA25391-6", "Normal metabolizer"),
    "Intermediate Metabolizer": ("LA10317-8", "Intermediate metabolizer"),
    "Poor Metabolizer": ("LA9657-3", "Poor metabolizer"),
}
ATC: Final = "http://www.whocc.no/atc"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"


def bundle(content: Mapping[str, Any]) -> dict[str, Any]:
    """The Bundle of a passport's content; ids follow from the passport's, so the same content is the same bundle."""
    made = FhirBundle(content["revocable"], content["issued"])
    patient = made.add(
        "Patient", "", {"identifier": [{"system": "urn:embla:passport", "value": content["revocable"]}]}
    )  # fmt: skip
    shared = {"subject": patient, "effectiveDateTime": content["issued"]}
    of_gene = {line["gene"]: made.add("Observation", line["gene"], _genotype(content, line, shared))
               for line in content["genes"]}  # fmt: skip
    implications = [
        made.add("Observation", f"{at}:{line['source_id']}:{line['drug']}", _implication(line, of_gene, shared))
        for at, line in enumerate(content["advice"])
    ]
    made.add("DiagnosticReport", "", fhir_report(
        "final", content["issued"], shared,
        identifier=[{"system": "urn:embla:passport", "value": f"{content['revocable']}/{content['version']}"}],
        result=[*of_gene.values(), *implications],
        conclusion=" ".join(
            [f"Not assessed: {', '.join(content['not_assessed']) or 'no gene'}.", *content["limits"]]
        ),
    ))  # fmt: skip
    return made.whole()


def _genotype(content: Mapping[str, Any], line: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    counts, phenotype = line["positions"], content["phenotypes"][line["gene"]]
    told = fhir_observation("genotype", fhir_loinc("84413-4", "Genotype display name"), shared)
    if line["diplotypes"]:
        some = line["diplotypes"][:5]
        more = " or others" if len(line["diplotypes"]) > len(some) else ""
        names = " or ".join(f"{line['gene']} {one}" for one in some) + more
        told["valueCodeableConcept"] = {"text": names}
    else:
        told["dataAbsentReason"] = fhir_absent(
            "unsupported" if line["status"] == "refused" else "not-performed", line["reasons"]
        )
    components = [fhir_component("48018-6", "Gene studied [ID]", text=line["gene"])]
    known = METABOLISM.get(phenotype)
    if known:
        value = fhir_value(*known, phenotype)
        components.append(fhir_component("53040-2", "Genetic variation's effect on drug metabolism", value=value))
    told["component"] = components
    # The guide has no component for where names of alleles are from (LOINC 81258-6 is an allele's share of reads).
    told["method"] = {"text": f"Star alleles by ClinPGx {line['definition_release']}"}
    note = [f"Phenotype: {phenotype}.", f"Positions assessed: {counts['assessed']} of {counts['total']}."]
    if line["alleles_not_excluded"]:
        note.append(f"Not excluded: {', '.join(line['alleles_not_excluded'][:40])}.")
    told["note"] = [{"text": " ".join([*note, *line["reasons"]])}]
    return told


def _metabolism(line: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The guide's component of a therapeutic implication (0..1): told where the line stands on one gene alone."""
    known = METABOLISM.get(line["phenotypes"][0]) if len(line["phenotypes"]) == 1 else None
    if known is None:
        return []
    value = fhir_value(*known, line["phenotypes"][0])
    return [fhir_component("53040-2", "Genetic variation's effect on drug metabolism", value=value)]


def _implication(
    line: Mapping[str, Any], of_gene: Mapping[str, Any], shared: Mapping[str, Any]
) -> dict[str, Any]:  # fmt: skip
    drug = [{"system": ATC, "code": code} for code in line["atc"]]
    if line["rxnorm"]:
        drug.append({"system": RXNORM, "code": line["rxnorm"]})
    found = "; ".join(f"{gene}: {term}" for gene, term in zip(line["genes"], line["phenotypes"], strict=True))
    return fhir_observation(
        "therapeutic-implication", fhir_own_code("therapeutic-implication"), shared,
        derivedFrom=[of_gene[gene] for gene in line["genes"] if gene in of_gene],
        component=[
            fhir_component("51963-7", "Medication assessed [ID]", value={"coding": drug, "text": line["drug"]}),
            *_metabolism(line),
            {"code": fhir_own_code("conclusion-string"), "valueString": line["recommendation"]},
            fhir_component("93044-6", "Level of evidence", text=line["strength"] or "not graded by the source"),
        ],
        note=[{"text": f"{line['source']} {line['source_id']}, release {line['release']}"
                       f"{', ' + line['population'] if line['population'] else ''}. {found}. {line['url']}"}],
    )  # fmt: skip
