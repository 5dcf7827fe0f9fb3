"""DRS 1.5.0: objects, bundles, accesses, bulk, authorizations; every answer against the official schemas."""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

import httpx
import jsonschema
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.federation.delivered import Delivered, opened, public, text_of

DATA = Path(__file__).parents[1] / "data" / "conformance"
ROOT = "/ga4gh/drs/v1"


@cache
def official() -> dict[str, object]:
    found: dict[str, object] = json.loads((DATA / "drs" / "drs-1.5.0.bundled.json").read_text())
    return found


def schema(method: str, path: str, status: int) -> Draft202012Validator:
    """What the standard says that this answer is. OpenAPI 3.0's words that matter here are JSON Schema's."""
    registry = Registry().with_resource("drs", Resource.from_contents(official(), default_specification=DRAFT202012))
    answers = official()["paths"][path][method]["responses"]  # type: ignore[index]
    name = answers[str(status)]["$ref"].rsplit("/", 1)[-1]
    place = f"drs#/components/responses/{name}/content/application~1json/schema"
    return Draft202012Validator({"$ref": place}, registry=registry)


def asked(
    delivered: Delivered,
    method: str,
    path: str,
    pattern: str,
    status: int = 200,
    account: str = "doctor",
    **options: object,
) -> httpx.Response:
    answer = delivered.client(account).request(method, ROOT + path, **options)  # type: ignore[arg-type]
    assert answer.status_code == status, answer.text
    schema(method.lower(), pattern, status).validate(answer.json())
    if status >= 400:
        assert answer.json()["status_code"] == status and answer.json()["msg"]
    return answer


ONE, WAY = "/objects/{object_id}", "/objects/{object_id}/access/{access_id}"


def test_object__is_the_file_with_its_size_checksum_and_ways(delivered: Delivered) -> None:
    for method, options in (("GET", {}), ("POST", {"json": {"expand": True, "passports": ["eyJ"]}})):
        told = asked(delivered, method, f"/objects/{delivered.files['r.bam']}", ONE, **options).json()

        data = (delivered.folder / "r.bam").read_bytes()
        assert told["size"] == len(data) and told["name"] == "r.bam"
        assert told["checksums"] == [{"type": "sha-256", "checksum": sha256(data).hexdigest()}]
        assert told["self_uri"] == f"drs://127.0.0.1:8000/{delivered.files['r.bam']}" and "contents" not in told
        assert [way["type"] for way in told["access_methods"]] == ["https", "https", "htsget"]
        assert "eyJ" not in json.dumps(told)


def test_bundle__is_the_genome_with_its_files(delivered: Delivered) -> None:
    told = asked(delivered, "GET", f"/objects/{delivered.genome}?expand=true", ONE).json()

    assert {one["id"] for one in told["contents"]} == set(delivered.files.values())
    assert len({one["name"] for one in told["contents"]}) == len(told["contents"])
    assert told["size"] == sum(path.stat().st_size for path in delivered.folder.iterdir())
    together = sha256("".join(sorted(delivered.files.values())).encode()).hexdigest()
    assert told["checksums"] == [{"type": "sha-256", "checksum": together}]
    htsget = told["access_methods"][0]["access_url"]["url"]
    assert delivered.client().get(htsget).status_code == 200


def test_access__is_an_address_that_gives_the_bytes(delivered: Delivered) -> None:
    for method, options in (("GET", {}), ("POST", {"json": {"passports": []}})):
        told = asked(delivered, method, f"/objects/{delivered.files['v.vcf.gz']}/access/plain", WAY, **options).json()

        given = delivered.client("").get(told["url"])
        assert sha256(given.content).hexdigest() == delivered.files["v.vcf.gz"]


def test_access__sealed_opens_with_the_environments_key_only(delivered: Delivered) -> None:
    path = f"/objects/{delivered.files['r.cram']}/access/crypt4gh"
    key = {"Htsget-Context-Public-Key": text_of(public(delivered.secret))}

    told = asked(delivered, "GET", path, WAY, headers=key).json()

    given = delivered.client("").get(told["url"]).content
    assert opened(given, delivered.secret) == (delivered.folder / "r.cram").read_bytes()
    with pytest.raises(ValueError):
        opened(given, delivered.stranger)
    stranger = {"Htsget-Context-Public-Key": text_of(public(delivered.stranger))}
    asked(delivered, "GET", path, WAY, 403, headers=stranger)
    asked(delivered, "GET", path, WAY, 400)
    asked(delivered, "GET", path, WAY, 400, headers={"Htsget-Context-Public-Key": "AAAA"})


def test_several__objects_and_accesses_are_each_decided(delivered: Delivered) -> None:
    mine, theirs = delivered.files["r.bam"], delivered.ward.genome("N2")

    many = asked(delivered, "POST", "/objects", "/objects", json={"bulk_object_ids": [mine, theirs, "x", mine]}).json()
    wanted = [
        {"bulk_object_id": mine, "bulk_access_ids": ["plain", "tape"]},
        {"bulk_object_id": "0" * 64, "bulk_access_ids": ["plain"]},
    ]
    ways = asked(
        delivered, "POST", "/objects/access", "/objects/access", json={"bulk_object_access_ids": wanted}
    ).json()

    assert many["summary"] == {"requested": 3, "resolved": 1, "unresolved": 2}
    assert [one["id"] for one in many["resolved_drs_object"]] == [mine]
    assert many["unresolved_drs_objects"] == [
        {"error_code": 403, "object_ids": [theirs]}, {"error_code": 404, "object_ids": ["x"]},
    ]  # fmt: skip
    assert ways["summary"] == {"requested": 3, "resolved": 1, "unresolved": 2}
    assert ways["resolved_drs_object_access_urls"][0]["drs_access_id"] == "plain"


def test_authorizations__are_the_same_for_every_id_of_ours(delivered: Delivered) -> None:
    for identifier in (delivered.files["r.bam"], "0" * 64, delivered.genome):
        told = asked(delivered, "OPTIONS", f"/objects/{identifier}", ONE, account="").json()
        assert told == {"drs_object_id": identifier, "supported_types": ["BearerAuth"]}
    asked(delivered, "OPTIONS", "/objects/nothing", ONE, 404, account="")
    body = {"bulk_object_ids": ["0" * 64, "x"]}
    many = asked(delivered, "OPTIONS", "/objects", "/objects", account="", json=body).json()
    assert many["summary"] == {"requested": 2, "resolved": 1, "unresolved": 1}


def test_preflight__is_told_from_a_question_about_authorizations(delivered: Delivered) -> None:
    asks = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    for path in ("/objects", f"/objects/{delivered.genome}", f"/objects/{delivered.genome}/access/plain"):
        answer = delivered.client("").options(ROOT + path, headers=asks)
        assert answer.status_code == 204 and answer.headers["access-control-allow-origin"] == "https://a.example"


def test_service_info__has_the_bound_in_both_places(delivered: Delivered) -> None:
    told = asked(delivered, "GET", "/service-info", "/service-info", account="").json()

    assert told["maxBulkRequestLength"] == told["drs"]["maxBulkRequestLength"] == 200
    assert told["type"] == {"group": "org.ga4gh", "artifact": "drs", "version": "1.5.0"}


def test_mutants__of_good_answers_are_refused_by_the_schemas(delivered: Delivered) -> None:
    good = asked(delivered, "GET", f"/objects/{delivered.files['r.bam']}", ONE).json()
    mutants = [{k: v for k, v in good.items() if k != name} for name in ("id", "self_uri", "size", "created_time")]
    mutants += [good | {"size": "9"}, good | {"checksums": []}, good | {"access_methods": [{"type": "tape"}]}]

    for bad in mutants:
        with pytest.raises(jsonschema.ValidationError):
            schema("get", ONE, 200).validate(bad)
    with pytest.raises(jsonschema.ValidationError):
        schema("get", WAY, 200).validate({})


@pytest.mark.parametrize(
    ("method", "path", "pattern", "status", "options"),
    [
        ("GET", "/objects/nothing", ONE, 404, {}),
        ("GET", "/objects/..%5Cetc", ONE, 404, {}),
        ("GET", "/objects/" + "0" * 64, ONE, 403, {}),
        ("GET", "/objects/EMBG99999999999", ONE, 403, {}),
        ("GET", "/objects/{mine}/access/s3", WAY, 404, {}),
        ("GET", "/objects/{genome}/access/plain", WAY, 404, {}),
        ("POST", "/objects/{mine}", ONE, 400, {"content": b"{"}),
        ("POST", "/objects/{mine}", ONE, 400, {"json": {"expand": "yes"}}),
        ("POST", "/objects/{mine}", ONE, 400, {"json": {"passports": "eyJ"}}),
        ("POST", "/objects/{mine}", ONE, 400, {"json": []}),
        ("POST", "/objects", "/objects", 400, {"json": {}}),
        ("POST", "/objects", "/objects", 400, {"json": {"bulk_object_ids": [7]}}),
        ("POST", "/objects", "/objects", 400, {"json": {"bulk_object_ids": []}}),
        ("POST", "/objects", "/objects", 413, {"json": {"bulk_object_ids": ["x"] * 201}}),
        ("POST", "/objects", "/objects", 413, {"content": b" " * 300_000}),
        ("POST", "/objects", "/objects", 413, {"content": b" " * 3_000_000}),
        ("POST", "/objects", "/objects", 403, {"json": {"bulk_object_ids": ["0" * 64]}}),
        ("POST", "/objects/access", "/objects/access", 400, {"json": {"bulk_object_access_ids": [{}]}}),
        ("POST", "/objects/access", "/objects/access", 413,
         {"json": {"bulk_object_access_ids": [{"bulk_object_id": "x", "bulk_access_ids": ["y"] * 201}]}}),
    ],
)  # fmt: skip
def test_refusal__has_the_standards_form(
    delivered: Delivered, method: str, path: str, pattern: str, status: int, options: dict[str, object]
) -> None:
    names = {"mine": delivered.files["r.bam"], "genome": delivered.genome}

    answer = asked(delivered, method, path.format(**names), pattern, status, **options)

    assert "EMBG" not in answer.text


def test_nobody__is_asked_who_asks(delivered: Delivered) -> None:
    answer = asked(delivered, "GET", f"/objects/{delivered.genome}", ONE, 401, account="")

    assert answer.headers["www-authenticate"] == "Bearer"


def test_object__is_for_who_treats_and_for_nobody_else(delivered: Delivered) -> None:
    asked(delivered, "GET", f"/objects/{delivered.files['r.bam']}", ONE, 403, account="colleague")
    asked(delivered, "GET", f"/objects/{delivered.files['r.bam']}", ONE, 403, account="researcher")
    asked(delivered, "GET", f"/objects/{delivered.ward.genome('T1', 'mother')}", ONE)
