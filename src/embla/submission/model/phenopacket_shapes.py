"""The messages of GA4GH Phenopackets v2 that we read and write, field by field, and a strict look at JSON against them.

After the protobuf definitions of phenopacket-schema 2.0 (phenopackets.schema.v2); JSON names are protobuf's lower camel
case, and its snake case is read, too. A message that is named here without fields is known and not looked into.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

# Field -> the message or plain type of its value; with [] a list, with {} a map of texts.
SHAPES: Final[dict[str, dict[str, str]]] = {
    "Family": {
        "id": "text", "proband": "Phenopacket", "relatives": "[Phenopacket]", "consanguinousParent": "truth",
        "pedigree": "Pedigree", "files": "[File]", "metaData": "MetaData",
    },
    "Phenopacket": {
        "id": "text", "subject": "Individual", "phenotypicFeatures": "[PhenotypicFeature]",
        "measurements": "[Measurement]", "biosamples": "[Biosample]", "interpretations": "[any]",
        "diseases": "[Disease]", "medicalActions": "[any]", "files": "[File]", "metaData": "MetaData",
    },
    "Individual": {
        "id": "text", "alternateIds": "[text]", "dateOfBirth": "text", "timeAtLastEncounter": "TimeElement",
        "vitalStatus": "any", "sex": "text", "karyotypicSex": "text", "gender": "OntologyClass",
        "taxonomy": "OntologyClass",
    },
    "OntologyClass": {"id": "text", "label": "text"},
    "TimeElement": {
        "gestationalAge": "GestationalAge", "age": "any", "ageRange": "any", "ontologyClass": "OntologyClass",
        "timestamp": "text", "interval": "any",
    },
    "GestationalAge": {"weeks": "number", "days": "number"},
    "PhenotypicFeature": {
        "description": "text", "type": "OntologyClass", "excluded": "truth", "severity": "OntologyClass",
        "modifiers": "[OntologyClass]", "onset": "any", "resolution": "any", "evidence": "[any]",
    },
    "Disease": {
        "term": "OntologyClass", "excluded": "truth", "onset": "any", "resolution": "any",
        "diseaseStage": "[OntologyClass]", "clinicalTnmFinding": "[OntologyClass]", "primarySite": "OntologyClass",
        "laterality": "OntologyClass",
    },
    "Biosample": {
        "id": "text", "individualId": "text", "derivedFromId": "text", "description": "text",
        "sampledTissue": "OntologyClass", "sampleType": "OntologyClass", "phenotypicFeatures": "[PhenotypicFeature]",
        "measurements": "[Measurement]", "taxonomy": "OntologyClass", "timeOfCollection": "TimeElement",
        "histologicalDiagnosis": "OntologyClass", "tumorProgression": "OntologyClass", "tumorGrade": "OntologyClass",
        "pathologicalStage": "OntologyClass", "pathologicalTnmFinding": "[OntologyClass]",
        "diagnosticMarkers": "[OntologyClass]", "procedure": "any", "files": "[File]",
        "materialSample": "OntologyClass", "sampleProcessing": "OntologyClass", "sampleStorage": "OntologyClass",
    },
    "Measurement": {
        "description": "text", "assay": "OntologyClass", "value": "Value", "complexValue": "any",
        "timeObserved": "any", "procedure": "any",
    },
    "Value": {"quantity": "Quantity", "ontologyClass": "OntologyClass"},
    "Quantity": {"unit": "OntologyClass", "value": "number", "referenceRange": "any"},
    "File": {"uri": "text", "individualToFileIdentifiers": "{}", "fileAttributes": "{}"},
    "Pedigree": {"persons": "[PedigreePerson]"},
    "PedigreePerson": {
        "familyId": "text", "individualId": "text", "paternalId": "text", "maternalId": "text", "sex": "text",
        "affectedStatus": "text",
    },
    "MetaData": {
        "created": "text", "createdBy": "text", "submittedBy": "text", "resources": "[Resource]", "updates": "[any]",
        "phenopacketSchemaVersion": "text", "externalReferences": "[ExternalReference]",
    },
    "Resource": {
        "id": "text", "name": "text", "url": "text", "version": "text", "namespacePrefix": "text", "iriPrefix": "text",
    },
    "ExternalReference": {"id": "text", "reference": "text", "description": "text"},
}  # fmt: skip
_NEEDED: Final = {
    "Family": ("id", "proband", "metaData"), "Phenopacket": ("id", "metaData"), "Individual": ("id",),
    "OntologyClass": ("id", "label"), "Biosample": ("id",), "File": ("uri",), "PhenotypicFeature": ("type",),
    "Disease": ("term",), "MetaData": ("created", "createdBy", "resources", "phenopacketSchemaVersion"),
}  # fmt: skip
_PLAIN: Final[dict[str, tuple[type, ...]]] = {"text": (str,), "truth": (bool,), "number": (int, float)}
_CAMEL: Final = re.compile(r"_([a-z])")


def faults(value: Any, message: str, where: str = "") -> Iterator[str]:
    """Every way in which JSON is not this message: unknown fields, wrong types, what must be there and is not."""
    here = where or message
    if not isinstance(value, dict):
        yield f"{here} is no object."
        return
    known = SHAPES[message]
    for name in _NEEDED.get(message, ()):
        if name not in value:
            yield f"{here}.{name} is missing."
    for name, inner in value.items():
        if name not in known:
            yield f"{here} has no field {name[:40]}."
        else:
            yield from _of_kind(inner, known[name], f"{here}.{name}")


def _of_kind(value: Any, kind: str, where: str) -> Iterator[str]:
    if kind == "any":
        return
    if kind == "{}":
        if not isinstance(value, dict) or not all(isinstance(inner, str) for inner in value.values()):
            yield f"{where} is no map of texts."
    elif kind.startswith("["):
        if not isinstance(value, list):
            yield f"{where} is no list."
            return
        for number, inner in enumerate(value):
            yield from _of_kind(inner, kind[1:-1], f"{where}[{number}]")
    elif kind in _PLAIN:
        if not isinstance(value, _PLAIN[kind]) or (kind == "number" and isinstance(value, bool)):
            yield f"{where} is no {kind}."
    else:
        yield from faults(value, kind, where)


def camel(value: Any) -> Any:
    """The same with protobuf's snake case names in lower camel case; keys of maps are let be."""
    if isinstance(value, list):
        return [camel(inner) for inner in value]
    if isinstance(value, dict):
        made = {}
        for name, inner in value.items():
            named = _CAMEL.sub(lambda found: found[1].upper(), name) if isinstance(name, str) else name
            maps = named in ("individualToFileIdentifiers", "fileAttributes")
            made[named] = inner if maps else camel(inner)
        return made
    return value
