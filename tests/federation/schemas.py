"""The official schemas, offline. Of Beacon's some are 2.1.1, the rest 2.2.0: docs/federation.md has the differences."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DATA = Path(__file__).parents[1] / "data" / "conformance"
BEACON = DATA / "beacon-v2"
_ONLINE = "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/main/"


@cache
def registry() -> Registry[Any]:
    """Every file under its own address and the one that the others call it by."""
    found = []
    for path in BEACON.rglob("*.json"):
        resource = Resource.from_contents(json.loads(path.read_text()), default_specification=DRAFT202012)
        found += [(path.as_uri(), resource), (f"{_ONLINE}{path.relative_to(BEACON).as_posix()}", resource)]
        if path.as_uri().endswith("framework/json/common/info.json"):
            # The model's own copy of this file was not to be had.
            model = BEACON / "models/json/beacon-v2-default-model/common/info.json"
            found.append((model.as_uri(), resource))
    vrs = Resource.from_contents(
        json.loads((DATA / "vrs" / "vrs-1.3.json").read_text()), default_specification=DRAFT202012
    )
    found.append(("https://w3id.org/ga4gh/schema/vrs/1.3/vrs.json", vrs))
    return Registry().with_resources(found)


@cache
def validator(name: str) -> Draft202012Validator:
    """`framework/json/responses/beaconInfoResponse.json`."""
    return Draft202012Validator({"$ref": (BEACON / name).as_uri()}, registry=registry())


def check(name: str, body: Any) -> None:
    """Raises AssertionError with where and why."""
    errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in validator(name).iter_errors(body)]
    assert not errors, errors


def fits(name: str, body: Any) -> bool:
    """Whether it does."""
    return bool(validator(name).is_valid(body))
