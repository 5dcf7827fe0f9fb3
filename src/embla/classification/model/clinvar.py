"""A laboratory's public classifications as ClinVar takes them: its submission JSON (NCBI schema of 2024 on). Pure.

One submission holds one kind of classification under one document of criteria, so each axis has submissions of its own.
Nothing of a patient is in it: who was affected, and how many were seen, is "not provided".
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from embla.classification.model.axes import AXES
from embla.classification.model.classes import Class
from embla.classification.model.record import Content, Identity
from embla.genome import Variant

# PubMed ids of the documents that the axes' guidelines are.
CRITERIA: Final = {
    "germline": "25741868", "cnv": "31690835", "mtdna": "32906214", "oncogenicity": "36063163", "impact": "27993330",
    "risk": "38054408",
}  # fmt: skip
MOST_RECORDS: Final = 10_000  # of one submission, which is ClinVar's bound
LONGEST: Final = 50  # bases of an allele that ClinVar takes as coordinates with REF and ALT
_SCV: Final = re.compile(r"SCV\d{9}")
_PUBMED: Final = re.compile(r"(?:PMID:?\s*)?(\d{1,9})", re.IGNORECASE)
_DOI: Final = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_TIERS: Final = {"Tier III": "Tier III - Unknown", "Tier IV": "Tier IV - Benign/Likely benign"}
_ONCOGENIC: Final = {
    "O": "Oncogenic", "LO": "Likely oncogenic", "VUS": "Uncertain significance", "LB": "Likely benign", "B": "Benign",
}  # fmt: skip
_INHERITANCE: Final = {
    "AD": "Autosomal dominant inheritance", "AR": "Autosomal recessive inheritance", "XL": "X-linked inheritance",
    "XLD": "X-linked dominant inheritance", "XLR": "X-linked recessive inheritance",
    "MT": "Mitochondrial inheritance", "SD": "Semidominant inheritance", "OTHER": "Other",
}  # fmt: skip
_OBSERVED: Final = {"affectedStatus": "not provided", "collectionMethod": "clinical testing"}
_DATABASES: Final = {"MONDO": "MONDO", "OMIM": "OMIM", "ORPHA": "Orphanet", "HP": "HP", "MEDGEN": "MedGen"}


@dataclass(frozen=True)
class Submitted:
    """One classification on its way out. `id` is ours, `accession` ClinVar's SCV where it has one; `hgvs` the allele's
    g. or m. name, which goes instead of coordinates where the allele `is_long`."""

    id: str
    identity: Identity
    content: Content
    variant: Variant
    accession: str = ""
    hgvs: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A classification that ClinVar would refuse, and why."""

    id: str
    reason: str


def is_accession(text: str) -> bool:
    """Whether this is an SCV number without a version."""
    return _SCV.fullmatch(text) is not None


def is_long(variant: Variant) -> bool:
    """Whether ClinVar takes REF and ALT of this allele only as part of an HGVS name."""
    return max(len(variant.ref), len(variant.alt)) > LONGEST


def submissions(
    found: Iterable[Submitted], withdrawn: Sequence[tuple[str, str]] = ()
) -> tuple[list[tuple[str, dict[str, Any]]], list[LeftOut]]:
    """(axis, submission) in order, at most 10,000 records each; and what is left out.

    `withdrawn` are (SCV, reason) of records to be deleted at ClinVar; they go last, in submissions named "deletion".
    """
    items: dict[str, list[dict[str, Any]]] = {}
    left = []
    for one in found:
        told = _item(one)
        if isinstance(told, LeftOut):
            left.append(told)
        else:
            items.setdefault(one.identity.axis, []).append(told)
    made = [
        (axis, _submission(axis, items[axis][start : start + MOST_RECORDS]))
        for axis in AXES if axis in items for start in range(0, len(items[axis]), MOST_RECORDS)
    ]  # fmt: skip
    gone = [{"accession": accession, "reason": reason} for accession, reason in withdrawn]
    for start in range(0, len(gone), MOST_RECORDS):
        deletion = {"clinvarDeletion": {"accessionSet": gone[start : start + MOST_RECORDS]}}
        made.append(("deletion", deletion))
    return made, left


def _submission(axis: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    kind = {"oncogenicity": "oncogenicitySubmission", "impact": "clinicalImpactSubmission"}.get(
        axis, "germlineSubmission"
    )
    return {
        "clinvarSubmissionReleaseStatus": "public",
        "assertionCriteria": {"db": "PubMed", "id": CRITERIA[axis]},
        kind: items,
    }


def _item(one: Submitted) -> dict[str, Any] | LeftOut:
    variant = one.variant
    if variant.is_symbolic:
        return LeftOut(one.id, "an allele that is not spelled out in bases has to be submitted by hand")
    if is_long(variant) and not one.hgvs:
        return LeftOut(
            one.id,
            f"an allele longer than {LONGEST} bases goes as HGVS, and the reference that its name needs is not loaded",
        )
    name = _class_name(one.identity.axis, one.content)
    if name is None:
        return LeftOut(one.id, "tiers I and II ask for the kind of impact and the drug, which is not kept here")
    key = {"oncogenicity": "oncogenicityClassification", "impact": "clinicalImpactClassification"}.get(
        one.identity.axis, "germlineClassification"
    )
    said: dict[str, Any] = {f"{key}Description": name, "dateLastEvaluated": one.content.evaluated.isoformat()}
    if comment := _comment(one.content):
        said["comment"] = comment
    if citations := list(_citations(one.content)):
        said["citation"] = citations
    if key == "germlineClassification" and one.identity.inheritance:
        said["modeOfInheritance"] = _INHERITANCE[one.identity.inheritance]
    item: dict[str, Any] = {
        "recordStatus": "update" if one.accession else "novel",
        "localID": str(variant),
        "localKey": one.id,
        # variantSetType: "either by HGVS or by chromosome coordinates, but not both".
        "variantSet": {"variant": [
            {"hgvs": one.hgvs} if is_long(variant) else {"chromosomeCoordinates": _coordinates(variant)}
        ]},
        "conditionSet": {"condition": [_condition(one.identity.condition, one.content.condition_label)]},
        key: said,
        "observedIn": [{"alleleOrigin": one.identity.origin, **_OBSERVED}],
    }  # fmt: skip
    if one.accession:
        item["clinvarAccession"] = one.accession
    return item


def _class_name(axis: str, content: Content) -> str | None:
    if axis == "impact":
        return _TIERS.get(content.class_)
    if axis == "oncogenicity":
        return _ONCOGENIC[content.class_]
    if axis == "risk":
        return content.class_
    return f"VUS-{content.subclass}" if content.subclass else Class(content.class_).label


def _coordinates(variant: Variant) -> dict[str, Any]:
    """1-based; REF and ALT as VCF has them."""
    chromosome = variant.contig.removeprefix("chr")
    return {
        "assembly": "GRCh38",
        "chromosome": "MT" if chromosome == "M" else chromosome,
        "start": variant.pos,
        "stop": variant.pos + len(variant.ref) - 1,
        "referenceAllele": variant.ref,
        "alternateAllele": variant.alt,
    }


def _condition(key: str, label: str) -> Mapping[str, str]:
    database, _, number = key.partition(":")
    if database in _DATABASES:
        prefixed = {"MONDO": key, "HP": key, "ORPHA": f"ORPHA{number}"}.get(database, number)
        return {"db": _DATABASES[database], "id": prefixed}
    return {"name": (label or number).strip() or "not specified"}


def _comment(content: Content) -> str:
    # With the strength, as a bare PM2 is Moderate to those who read the guideline of 2015.
    met = [f"{one.applied.code}_{one.applied.strength}" for one in content.evidence if one.applied is not None]
    parts = [content.summary.strip(), f"Criteria met: {', '.join(met)}." if met else ""]
    if content.override.strip():
        parts.append(f"The rules propose another class: {content.override.strip()}")
    return " ".join(part for part in parts if part)


def _citations(content: Content) -> Iterator[dict[str, str]]:
    seen = set()
    for text in (text.strip() for one in content.evidence for text in one.citations):
        pubmed, doi = _PUBMED.fullmatch(text), _DOI.fullmatch(text)
        told = (
            {"db": "PubMed", "id": pubmed[1]} if pubmed
            else {"db": "DOI", "id": doi[1]} if doi
            else {"url": text} if text.startswith(("https://", "http://")) else None
        )  # fmt: skip
        if told is not None and str(told) not in seen:
            seen.add(str(told))
            yield told
