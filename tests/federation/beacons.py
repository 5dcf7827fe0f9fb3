"""What tests of the Beacons ask, and the official schemas that every answer is held to."""

from typing import Any

import httpx

from embla.genome import Variant
from tests.federation.schemas import check

ROOT = "/beacon/aggregated/v2"
RESPONSES = "framework/json/responses"
INFORMING = {
    "": "beaconInfoResponse", "/": "beaconInfoResponse", "/info": "beaconInfoResponse",
    "/service-info": "ga4gh-service-info-1-0-0-schema", "/configuration": "beaconConfigurationResponse",
    "/entry_types": "beaconEntryTypesResponse", "/map": "beaconMapResponse",
    "/filtering_terms": "beaconFilteringTermsResponse",
}  # fmt: skip
MODEL = "models/json/beacon-v2-default-model"
DATASET = "GDI-DK-EMBLA-1"


def post(beacon: httpx.Client, path: str = "/g_variants", **query: Any) -> dict[str, Any]:
    """A POST whose answer fits its schema, records included."""
    answer = beacon.post(f"{ROOT}{path}", json={"meta": {"apiVersion": "2.0"}, "query": query})
    assert answer.status_code == 200, answer.text
    return checked(answer.json())


def checked(told: dict[str, Any]) -> dict[str, Any]:
    granularity = told["meta"]["returnedGranularity"]
    response = told.get("response", {})
    if "collections" in response:
        check(f"{RESPONSES}/beaconCollectionsResponse.json", told)
        for entry in response["collections"]:
            check(f"{MODEL}/datasets/defaultSchema.json", entry)
    elif "response" in told:
        check(f"{RESPONSES}/beaconResultsetsResponse.json", told)
    else:
        check(f"{RESPONSES}/beacon{granularity.capitalize()}Response.json", told)
    for result_set in response.get("resultSets", ()):
        for record in result_set["results"]:
            check(f"{MODEL}/genomicVariations/defaultSchema.json", record)
    return told


def ids(told: dict[str, Any]) -> list[str]:
    return [r["variantInternalId"] for s in told["response"]["resultSets"] for r in s["results"]]


def named(variant: Variant) -> str:
    return f"{variant.contig}-{variant.pos}-{variant.ref}-{variant.alt}"


def place(start: int | list[int], end: int | list[int] | None = None, **more: Any) -> dict[str, Any]:
    asked = {"referenceName": "chr21", "assemblyId": "GRCh38", "start": start} | more
    return asked if end is None else asked | {"end": end}
