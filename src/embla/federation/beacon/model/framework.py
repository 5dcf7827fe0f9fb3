"""What a Beacon says of itself: info, configuration, entry types, map, filtering terms. Pure: `root` is its address."""

from collections.abc import Mapping
from typing import Any, Final

from embla.federation.beacon.model.envelope import API, SCHEMAS
from embla.federation.beacon.model.people import AGES, ENTRIES, TERMS

SEXES: Final = {"NCIT:C16576": ("F", "female"), "NCIT:C20197": ("M", "male")}
_FRAMEWORK: Final = "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/v2.2.0/framework/json/{}"
ENTRY_TYPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "genomicVariant": {
        "id": "genomicVariant",
        "name": "Genomic variants",
        "description": "Alleles that somebody in the newest release carries, with their frequencies.",
        "ontologyTermForThisType": {"id": "ENSGLOSSARY:0000092", "label": "Variant"},
        "partOfSpecification": "Beacon v2.2.0",
        "defaultSchema": {
            "id": "beacon-g_variant-v2.2.0",
            "name": "Default schema for a genomic variation",
            "referenceToSchemaDefinition": SCHEMAS["genomicVariant"],
            "schemaVersion": "v2.2.0",
        },
        "nonFilteredQueriesAllowed": False,
    },
    "dataset": {
        "id": "dataset",
        "name": "Data sets",
        "description": "What is counted together.",
        "ontologyTermForThisType": {"id": "NCIT:C47824", "label": "Data set"},
        "partOfSpecification": "Beacon v2.2.0",
        "defaultSchema": {
            "id": "beacon-dataset-v2.2.0",
            "name": "Default schema for datasets",
            "referenceToSchemaDefinition": SCHEMAS["dataset"],
            "schemaVersion": "v2.2.0",
        },
        "aCollectionOf": [{"id": "genomicVariant", "name": "Genomic variants"}],
        "nonFilteredQueriesAllowed": True,
    },
}


def _people(entity: str, name: str, told: str, term: str, label: str) -> dict[str, Any]:
    return {
        "id": entity,
        "name": name,
        "description": told,
        "ontologyTermForThisType": {"id": term, "label": label},
        "partOfSpecification": "Beacon v2.2.0",
        "defaultSchema": {
            "id": f"beacon-{entity}-v2.2.0",
            "name": f"Default schema of {entity}",
            "referenceToSchemaDefinition": SCHEMAS[entity],
            "schemaVersion": "v2.2.0",
        },
        "nonFilteredQueriesAllowed": True,
    }


SENSITIVE: Final[Mapping[str, Mapping[str, Any]]] = {
    "individual": _people("individual", "Individuals", "How many people fit.", "NCIT:C25190", "Person"),
    "biosample": _people("biosample", "Biological samples", "How many samples fit.", "NCIT:C70699", "Biospecimen"),
    "run": _people("run", "Sequencing runs", "How many runs fit.", "NCIT:C148088", "Sequencing Run"),
    "analysis": _people("analysis", "Analyses", "How many analyses fit.", "EDAM:operation_2945", "Analysis"),
    "cohort": _people("cohort", "Cohorts", "People taken by a stated rule.", "NCIT:C61512", "Cohort")
    | {"aCollectionOf": [{"id": "individual", "name": "Individuals"}]},
    "dataset": {
        **ENTRY_TYPES["dataset"],
        "aCollectionOf": [{"id": "individual", "name": "Individuals"}],
    },
}


def information(
    beacon: str, name: str, organisation: Mapping[str, str], version: str, environment: str
) -> dict[str, Any]:
    """The response of `/` and `/info`."""
    return {
        "id": beacon,
        "name": name,
        "apiVersion": API,
        "environment": environment,
        "organization": dict(organisation),
        "description": "How often alleles occur, counted from releases; fewer carriers than the bound are not told of.",
        "version": version,
    }


def configuration(environment: str, kinds: Mapping[str, Mapping[str, Any]] = ENTRY_TYPES) -> dict[str, Any]:
    """The response of `/configuration`."""
    return {
        "$schema": _FRAMEWORK.format("configuration/beaconConfigurationSchema.json"),
        "maturityAttributes": {"productionStatus": {"prod": "PROD", "test": "TEST"}[environment]},
        "securityAttributes": {"defaultGranularity": "record", "securityLevels": ["PUBLIC"]},
        "entryTypes": entry_types(kinds),
    }


def entry_types(kinds: Mapping[str, Mapping[str, Any]] = ENTRY_TYPES) -> dict[str, Any]:
    """Entry type -> its definition."""
    return {name: dict(entry) for name, entry in kinds.items()}


def beacon_map(root: str) -> dict[str, Any]:
    """The response of `/map`. Every address in it answers."""
    return {
        "$schema": _FRAMEWORK.format("configuration/beaconMapSchema.json"),
        "endpointSets": {
            "genomicVariant": {
                "entryType": "genomicVariant",
                "rootUrl": f"{root}/g_variants",
                "singleEntryUrl": f"{root}/g_variants/{{id}}",
            },
            "dataset": {
                "entryType": "dataset",
                "rootUrl": f"{root}/datasets",
                "singleEntryUrl": f"{root}/datasets/{{id}}",
                "endpoints": {
                    "genomicVariant": {
                        "returnedEntryType": "genomicVariant",
                        "url": f"{root}/datasets/{{id}}/g_variants",
                    }
                },
            },
        },
    }


def sensitive_map(root: str) -> dict[str, Any]:
    """The response of `/map` of the Beacon of people."""
    sets = {}
    for path, entity in {**ENTRIES, "cohorts": "cohort", "datasets": "dataset"}.items():
        sets[entity] = {
            "entryType": entity,
            "rootUrl": f"{root}/{path}",
            "singleEntryUrl": f"{root}/{path}/{{id}}",
            "endpoints": {
                of: {"returnedEntryType": of, "url": f"{root}/{path}/{{id}}/{linked}"}
                for linked, of in ENTRIES.items()
                if of != entity
            },
        }
    return {"$schema": _FRAMEWORK.format("configuration/beaconMapSchema.json"), "endpointSets": sets}


def network_map(root: str) -> dict[str, Any]:
    """The response of `/map` of the Beacon of Beacons."""
    sets = {"genomicVariant": {"entryType": "genomicVariant", "rootUrl": f"{root}/g_variants"}}
    return {"$schema": _FRAMEWORK.format("configuration/beaconMapSchema.json"), "endpointSets": sets}


def people_terms() -> dict[str, Any]:
    """The response of `/filtering_terms` of the Beacon of people: terms with those above them, and codes."""
    scopes = list(ENTRIES.values())
    terms: list[dict[str, Any]] = [
        {"id": code, "label": label, "type": "ontology", "scopes": scopes} for code, (label, _) in TERMS.items()
    ]
    terms += [
        {"id": name, "type": "alphanumeric", "scopes": scopes} for name in ("sex", "region", "patientGroup", *AGES)
    ]
    return {"filteringTerms": terms, "resources": [*filtering_terms()["resources"], _PATO]}


_PATO: Final = {
    "id": "pato",
    "name": "Phenotype And Trait Ontology",
    "url": "http://purl.obolibrary.org/obo/pato.owl",
    "version": "2025-05-14",
    "nameSpacePrefix": "PATO",
    "iriPrefix": "http://purl.obolibrary.org/obo/PATO_",
}


def filtering_terms() -> dict[str, Any]:
    """The response of `/filtering_terms`."""
    terms = [
        {"id": code, "label": label, "type": "ontology", "scopes": ["population"]} for code, (_, label) in SEXES.items()
    ]
    terms += [{"id": name, "type": "alphanumeric", "scopes": ["population"]} for name in ("sexFilter", "countryFilter")]
    return {
        "filteringTerms": terms,
        "resources": [
            {
                "id": "ncit",
                "name": "NCI Thesaurus",
                "url": "http://purl.obolibrary.org/obo/ncit.owl",
                "version": "23.04d",
                "nameSpacePrefix": "NCIT",
                "iriPrefix": "http://purl.obolibrary.org/obo/NCIT_",
            }
        ],
    }
