"""htsget as a client asks: tickets that fit the official schema."""

import json
from functools import cache
from pathlib import Path

from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.federation.delivered import Delivered

DATA = Path(__file__).parents[1] / "data" / "conformance"
FORMATS = ("VCF", "VCFTEXT", "BCF")


@cache
def schema() -> Draft4Validator:
    """The official one, offline; 1.3.1's new keyword VCFTEXT is added, as the suite's copy is of 1.3.0."""
    found = []
    for name in ("htsgetResponse.json", "htsgetUrl.json"):
        value = json.loads((DATA / "htsget" / name).read_text())
        value["$id"] = name
        if name == "htsgetResponse.json":
            value["definitions"]["htsgetResponse"]["properties"]["htsget"]["properties"]["format"]["enum"] += [
                "VCFTEXT"
            ]
        # Beside $ref nothing else is read in draft 4: what is meant is the definition.
        found.append((name, Resource.from_contents(value["definitions"][name[:-5]], default_specification=DRAFT4)))
    return Draft4Validator({"$ref": "htsgetResponse.json"}, registry=Registry().with_resources(found))


def ticket(delivered: Delivered, path: str, **query: object) -> dict[str, object]:
    answer = delivered.client().get(f"/htsget/{path}", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.ga4gh.htsget.v1.3.1+json; charset=utf-8"
    schema().validate(answer.json())
    return answer.json()


def posted(delivered: Delivered, path: str, **body: object) -> bytes:
    answer = delivered.client().post(f"/htsget/{path}", json=body)
    assert answer.status_code == 200, answer.text
    schema().validate(answer.json())
    return delivered.body(answer.json())
