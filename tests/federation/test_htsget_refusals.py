"""What htsget refuses, in the standard's words, and what it says of itself."""

import json

import jsonschema
import pytest

from tests.federation.delivered import Delivered
from tests.federation.tickets import DATA, ticket

ERRORS = [
    ("reads/{bam}", {"format": "VCF"}, 400, "UnsupportedFormat"),
    ("reads/{bam}", {"format": "CRAM"}, 400, "UnsupportedFormat"),
    ("reads/{bam}", {"format": "bam"}, 400, "UnsupportedFormat"),
    ("variants/{genome}", {"format": "BAM"}, 400, "UnsupportedFormat"),
    ("reads/{bam}", {"class": "body"}, 400, "InvalidInput"),
    ("reads/{bam}", {"class": "header", "referenceName": "chr20"}, 400, "InvalidInput"),
    ("reads/{bam}", {"class": "header", "tags": "RG"}, 400, "InvalidInput"),
    ("reads/{bam}", {"start": 5}, 400, "InvalidInput"),
    ("reads/{bam}", {"end": 5}, 400, "InvalidInput"),
    ("reads/{bam}", {"referenceName": "*", "start": 5}, 400, "InvalidInput"),
    ("reads/{bam}", {"referenceName": "chr20", "start": -1}, 400, "InvalidInput"),
    ("reads/{bam}", {"referenceName": "chr20", "start": "1e3"}, 400, "InvalidInput"),
    ("reads/{bam}", {"referenceName": "chr20", "start": "²"}, 400, "InvalidInput"),
    ("reads/{bam}", {"referenceName": "chr20", "start": 9 << 60}, 400, "InvalidInput"),
    ("reads/{bam}", {"referenceName": ["chr20", "chr21"]}, 400, "InvalidInput"),
    ("reads/{bam}", {"tags": "RG,NM", "notags": "NM"}, 400, "InvalidInput"),
    ("reads/{bam}", {"encryptionScheme": "c4gh"}, 400, "InvalidInput"),
    ("reads/{bam}", {"encryptionScheme": "none"}, 400, "InvalidInput"),
    ("reads/{bam}", {"referenceName": "chr20", "start": 6, "end": 5}, 400, "InvalidRange"),
    ("reads/{bam}", {"referenceName": "chr1"}, 404, "NotFound"),
    ("reads/{bam}", {"referenceName": ""}, 404, "NotFound"),
    ("variants/{genome}", {"referenceName": "chr99"}, 404, "NotFound"),
    ("variants/{bam}", {}, 404, "NotFound"),
    ("reads/{bai}", {}, 404, "NotFound"),
    ("reads/{genome}", {}, 404, "NotFound"),
    ("reads/{bam}.bai", {}, 404, "NotFound"),
    ("reads/nothing", {}, 404, "NotFound"),
    ("reads/..%2F..%2Fetc%2Fpasswd", {}, 404, "NotFound"),
    ("variants/{genome}%00", {}, 404, "NotFound"),
    ("reads/" + "0" * 64, {}, 403, "PermissionDenied"),
    ("variants/EMBG99999999999", {}, 403, "PermissionDenied"),
    ("variants/{theirs}", {}, 403, "PermissionDenied"),
]


@pytest.mark.parametrize(("path", "query", "status", "error"), ERRORS)
def test_error__has_the_standards_name_and_status(
    delivered: Delivered, path: str, query: dict[str, object], status: int, error: str
) -> None:
    names = {
        "bam": delivered.files["r.bam"], "bai": delivered.files["r.bam.bai"], "genome": delivered.genome,
        "theirs": delivered.ward.genome("N2"),
    }  # fmt: skip
    answer = delivered.client().get("/htsget/" + path.format(**names), params=query or None)

    assert answer.status_code == status, answer.text
    assert answer.json()["htsget"]["error"] == error and answer.json()["htsget"]["message"]
    assert set(answer.json()) == {"htsget"} and set(answer.json()["htsget"]) == {"error", "message"}
    assert answer.headers["content-type"].startswith("application/vnd.ga4gh.htsget.v1.3.1+json")
    assert "passwd" not in answer.text and "EMBG" not in answer.text


BODIES = [
    (b"", 400, "InvalidInput"), (b"[]", 400, "InvalidInput"), (b"{", 400, "InvalidInput"),
    (b"\xff", 400, "InvalidInput"),
    (b"[" * 100_000, 400, "InvalidInput"), (b'{"regions": []}', 400, "InvalidInput"),
    (b'{"regions": {}}', 400, "InvalidInput"), (b'{"regions": [{"start": 1}]}', 400, "InvalidInput"),
    (b'{"regions": [{"referenceName": "chr20", "start": true}]}', 400, "InvalidInput"),
    (b'{"regions": [{"referenceName": "chr20", "start": 1.5}]}', 400, "InvalidInput"),
    (b'{"regions": [{"referenceName": "chr20", "more": 1}]}', 400, "InvalidInput"),
    (b'{"regions": [{"referenceName": "chr20", "start": 5, "end": 5}]}', 400, "InvalidRange"),
    (b'{"regions": [{"referenceName": "nope"}]}', 404, "NotFound"),
    (b'{"class": "header", "regions": [{"referenceName": "chr20"}]}', 400, "InvalidInput"),
    (b'{"format": 7}', 400, "InvalidInput"), (b'{"unknown": 1}', 400, "InvalidInput"),
    (b'{"regions": [' + b",".join([b'{"referenceName": "chr20"}'] * 1001) + b"]}", 413, "PayloadTooLarge"),
    (b'{"format": "' + b"x" * 300_000 + b'"}', 413, "PayloadTooLarge"),
    (b"x" * 3_000_000, 413, "PayloadTooLarge"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "error"), BODIES)
def test_body__that_is_wrong_or_too_large_has_the_standards_error(
    delivered: Delivered, body: bytes, status: int, error: str
) -> None:
    answer = delivered.client().post(f"/htsget/reads/{delivered.files['r.bam']}", content=body)

    assert (answer.status_code, answer.json()["htsget"]["error"]) == (status, error)


def test_post__takes_no_parameters_in_its_address(delivered: Delivered) -> None:
    answer = delivered.client().post(f"/htsget/reads/{delivered.files['r.bam']}?format=BAM", json={})

    assert answer.json()["htsget"]["error"] == "InvalidInput"


def test_nobody__is_asked_who_asks(delivered: Delivered) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
        answer = delivered.client("").get(f"/htsget/variants/{delivered.genome}", headers=headers)

        assert (answer.status_code, answer.json()["htsget"]["error"]) == (401, "InvalidAuthentication")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_origins__are_echoed_and_preflight_holds_for_thirty_days(delivered: Delivered) -> None:
    client = delivered.client()
    asks = {"Origin": "https://igv.example", "Access-Control-Request-Method": "GET"}

    before = client.options(f"/htsget/variants/{delivered.genome}", headers=asks)
    answer = client.get(f"/htsget/variants/{delivered.genome}", headers={"Origin": "https://igv.example"})
    refused = client.get("/htsget/variants/nothing", headers={"Origin": "https://igv.example"})
    url = answer.json()["htsget"]["urls"][0]["url"]
    part = delivered.client("").get(url, headers={"Origin": "https://igv.example"})

    assert before.status_code == 204 and before.headers["access-control-max-age"] == "2592000"
    assert "Authorization" in before.headers["access-control-allow-headers"]
    for one in (before, answer, refused, part):
        assert one.headers["access-control-allow-origin"] == "https://igv.example" and one.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in one.headers


@pytest.mark.parametrize("datatype", ["reads", "variants"])
def test_service_info__says_what_is_followed_and_fits_the_standard(delivered: Delivered, datatype: str) -> None:
    told = delivered.client("").get(f"/htsget/{datatype}/service-info").json()

    jsonschema.validate(told, json.loads((DATA / "service-info" / "ga4gh-service-info-1-0-0-schema.json").read_text()))
    assert told["type"] == {"group": "org.ga4gh", "artifact": "htsget", "version": "1.3.1"}
    assert told["htsget"]["datatype"] == datatype and told["htsget"]["fieldsParameterEffective"] is False


def test_fields_and_tags__are_read_and_not_followed(delivered: Delivered) -> None:
    path = f"reads/{delivered.files['r.bam']}"
    less = ticket(delivered, path, fields="QNAME,POS", tags="RG", notags="NM", referenceName="chr20", end=500)

    assert delivered.body(less) == delivered.body(ticket(delivered, path, referenceName="chr20", end=500))
