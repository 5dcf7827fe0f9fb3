"""What every FHIR R4 bundle of ours is made of, by the Genomics Reporting guide (STU 3): ids, references, components.

Rooms decide what an observation says; here is how it is written. https://hl7.org/fhir/uv/genomics-reporting/STU3/
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

GUIDE: Final = "http://hl7.org/fhir/uv/genomics-reporting"
LOINC: Final = "http://loinc.org"
OWN_CODES: Final = f"{GUIDE}/CodeSystem/tbd-codes-cs"
_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
_ABSENT: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


class FhirBundle:
    """Resources under ids that follow from `root`, so the same content is the same bundle."""

    def __init__(self, root: str, at: str) -> None:
        self.root, self.at = root, at
        self.entries: list[dict[str, Any]] = []

    def add(self, kind: str, key: str, resource: Mapping[str, Any]) -> dict[str, str]:
        """Put a resource in; gives the reference to it."""
        name = str(uuid5(NAMESPACE_URL, f"urn:embla:{self.root}:{kind}:{key}"))
        told = {"resourceType": kind, "id": name, **resource}
        self.entries.append({"fullUrl": f"urn:uuid:{name}", "resource": told})
        return {"reference": f"urn:uuid:{name}"}

    def whole(self) -> dict[str, Any]:
        """The Bundle, the report (added last) first."""
        entries = [self.entries[-1], *self.entries[:-1]]
        return {"resourceType": "Bundle", "type": "collection", "timestamp": self.at, "entry": entries}


def profiled(name: str) -> dict[str, Any]:
    """The `meta` of a resource of the guide."""
    return {"meta": {"profile": [f"{GUIDE}/StructureDefinition/{name}"]}}


def fhir_observation(profile: str, code: Mapping[str, Any], shared: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A final laboratory observation of the guide."""
    category = [{"coding": [{"system": _CATEGORY, "code": "laboratory"}]}]
    return {**profiled(profile), "status": "final", "category": category, "code": code, **shared, **more}


def fhir_loinc(code: str, display: str) -> dict[str, Any]:
    """A concept of LOINC."""
    return {"coding": [{"system": LOINC, "code": code, "display": display}]}


def fhir_own_code(code: str) -> dict[str, Any]:
    """A concept of the guide's own list."""
    return {"coding": [{"system": OWN_CODES, "code": code}]}


def fhir_component(
    code: str, display: str, *, text: str = "", value: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A part of an observation, under a LOINC code, as a concept."""
    return {"code": fhir_loinc(code, display), "valueCodeableConcept": value or {"text": text}}


def fhir_value(code: str, display: str, text: str = "") -> dict[str, Any]:
    """A LOINC answer as a value."""
    return {**fhir_loinc(code, display), "text": text or display}


def fhir_absent(code: str, reasons: Sequence[str]) -> dict[str, Any]:
    """Why there is no value."""
    return {"coding": [{"system": _ABSENT, "code": code}], "text": " ".join(reasons)}


def fhir_report(status: str, issued: str, shared: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A DiagnosticReport of the guide."""
    code = fhir_loinc("51969-4", "Genetic analysis report")
    return {**profiled("genomic-report"), "status": status, "code": code, "issued": issued, **shared, **more}
