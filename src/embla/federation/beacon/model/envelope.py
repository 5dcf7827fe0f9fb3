"""Answers' outer form: meta, summary, result sets, errors. Beacon 2.2, framework/responses.

At count granularity a result set has an empty list of results: version 2.1's schema wants the list, 2.2's does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from embla.federation.beacon.model.request import GRANULARITIES, Request

API: Final = "v2.2.0"
_MODEL: Final = "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/v2.2.0/models/json/beacon-v2-default-model/{}/defaultSchema.json"
SCHEMAS: Final = {
    "genomicVariant": _MODEL.format("genomicVariations"),
    "dataset": _MODEL.format("datasets"),
    "individual": _MODEL.format("individuals"),
    "biosample": _MODEL.format("biosamples"),
    "run": _MODEL.format("runs"),
    "analysis": _MODEL.format("analyses"),
    "cohort": _MODEL.format("cohorts"),
}


@dataclass(frozen=True)
class Found:
    """What one data set answers: how many match in all, the records of this page, and where one goes on from them."""

    dataset: str
    total: int
    records: Sequence[Mapping[str, Any]] = ()
    handovers: Sequence[Mapping[str, Any]] = ()
    beacon: str = ""  # whose data set it is, where several nodes answer


def lowest(*granularities: str) -> str:
    """The least detailed of several."""
    return min(granularities, key=GRANULARITIES.index)


def meta(beacon: str, request: Request, granularity: str, entity: str) -> dict[str, Any]:
    """`meta` of an answer about entries."""
    return {
        "beaconId": beacon,
        "apiVersion": API,
        "returnedSchemas": [{"entityType": entity, "schema": SCHEMAS[entity]}] if entity else [],
        "returnedGranularity": granularity,
        "receivedRequestSummary": request.summary(API),
        "testMode": request.test,
    }


def about(beacon: str) -> dict[str, Any]:
    """`meta` of what only informs."""
    return {"beaconId": beacon, "apiVersion": API, "returnedSchemas": []}


def answer(
    meta: Mapping[str, Any], request: Request, found: Sequence[Found], *, info: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Entries found in data sets, as much of them as the granularity in `meta` tells."""
    granularity = meta["returnedGranularity"]
    total = sum(one.total for one in found)
    summary: dict[str, Any] = {"exists": total > 0}
    told: dict[str, Any] = {"meta": dict(meta), "responseSummary": summary}
    if granularity == "boolean":
        return _with(told, info)
    summary["numTotalResults"] = total
    if granularity == "count" and request.include == "NONE":
        return _with(told, info)
    told["response"] = {
        "resultSets": [
            {
                **({"beaconId": one.beacon} if one.beacon else {}),
                "id": one.dataset,
                "setType": "dataset",
                "exists": one.total > 0,
                "resultsCount": one.total,
                "results": list(one.records) if granularity == "record" else [],
                **({"resultsHandovers": list(one.handovers)} if one.handovers and granularity == "record" else {}),
            }
            for one in found
            if request.include == "ALL" or (request.include, one.total > 0) in (("HIT", True), ("MISS", False))
        ]
    }
    return _with(told, info)


def collections(meta: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], total: int) -> dict[str, Any]:
    """Data sets, as a list of collections."""
    granularity = meta["returnedGranularity"]
    summary: dict[str, Any] = {"exists": total > 0}
    if granularity != "boolean":
        summary["numTotalResults"] = total
    shown = list(entries) if granularity == "record" else []
    return {"meta": dict(meta), "responseSummary": summary, "response": {"collections": shown}}


def error(meta: Mapping[str, Any], code: int, message: str) -> dict[str, Any]:
    """A refusal, in words that repeat nothing of what was sent."""
    return {"meta": dict(meta), "error": {"errorCode": code, "errorMessage": message}}


def _with(told: dict[str, Any], info: Mapping[str, Any] | None) -> dict[str, Any]:
    if info:
        told["info"] = dict(info)
    return told
