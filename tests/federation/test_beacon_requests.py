"""How the aggregated Beacon is asked: the portal's own requests, test mode, and what is refused with a reason."""

from typing import Any

import httpx
import pytest

from embla.genome import Variant
from tests.federation.beacons import DATASET, RESPONSES, ROOT, checked, ids, named, place, post
from tests.federation.schemas import check
from tests.web.nation import WINDOW


def test_portals_requests__are_answered(beacon: httpx.Client, shown: list[Variant]) -> None:
    common = shown[0]
    body: dict[str, Any] = {
        "meta": {},
        "query": {
            "requestParameters": {
                "referenceName": "21", "start": str(common.pos - 1), "referenceBases": common.ref,
                "alternateBases": common.alt, "assemblyId": "GRCh38",
            },
            "filters": [
                {"id": "sexFilter", "operator": "=", "value": "M", "scope": "population"},
                {"id": "countryFilter", "operator": "=", "value": "DK", "scope": "population"},
            ],
            "pagination": {},
        },
    }  # fmt: skip
    told = checked(beacon.post(f"{ROOT}/g_variants", json=body).json())
    assert ids(told) == [named(common)]
    body["query"]["requestParameters"] = [{name: value} for name, value in body["query"]["requestParameters"].items()]
    assert ids(checked(beacon.post(f"{ROOT}/g_variants", json=body).json())) == [named(common)]
    body["query"]["filters"][1]["value"] = "SE"
    told = checked(beacon.post(f"{ROOT}/g_variants", json=body).json())
    assert told["responseSummary"]["exists"] is False


def test_get__takes_lists_repeated_or_joined(beacon: httpx.Client, shown: list[Variant]) -> None:
    low, high = shown[0].pos - 1, shown[0].pos + 30
    answers = [
        beacon.get(f"{ROOT}/g_variants?referenceName=refseq:NC_000021.9&limit=0&{query}").json()
        for query in (
            f"start={low}&start={high}&end={low}&end={high + 5}",
            f"start={low},{high}&end={low},{high + 5}",
        )
    ]
    assert ids(checked(answers[0])) == ids(checked(answers[1])) != []


def test_test_mode__answers_from_made_up_alleles_only(beacon: httpx.Client, shown: list[Variant]) -> None:
    made = post(beacon, requestParameters=place(19_999_999, 20_001_000), testMode=True)
    real = post(beacon, requestParameters=place(WINDOW.start, WINDOW.end), testMode=True)

    assert made["meta"]["testMode"] is True and len(ids(made)) == 3
    assert made["response"]["resultSets"][0]["id"] == f"synthetic-{DATASET}"
    assert real["responseSummary"] == {"exists": False, "numTotalResults": 0}
    assert not post(beacon, requestParameters=place(19_999_999, 20_001_000))["responseSummary"]["exists"]


def test_test_mode__has_a_data_set_of_its_own_and_no_other(beacon: httpx.Client) -> None:
    (made,) = post(beacon, "/datasets", testMode=True)["response"]["collections"]
    (real,) = post(beacon, "/datasets")["response"]["collections"]

    assert (made["id"], real["id"]) == (f"synthetic-{DATASET}", DATASET) and "people" not in str(made)
    assert beacon.get(f"{ROOT}/datasets/{DATASET}", params={"testMode": "true"}).status_code == 404
    assert beacon.get(f"{ROOT}/datasets/{made['id']}").status_code == 404


def test_name__is_held_to_what_was_asked_beside_it(beacon: httpx.Client, shown: list[Variant]) -> None:
    one = next(v for v in shown if len(v.ref) == len(v.alt) == 1)
    name = {"genomicAlleleShortForm": f"NC_000021.9:g.{one.pos}{one.ref}>{one.alt}"}
    for more, there in (
        ({}, True), ({"variantType": "SNP"}, True), ({"referenceName": "21"}, True), ({"datasets": [DATASET]}, True),
        ({"variantType": "DEL"}, False), ({"variantMinLength": 2}, False), ({"referenceName": "chr1"}, False),
        ({"datasets": ["GDI-SE-OTHER-1"]}, False), ({"datasets": f"GDI-SE-OTHER-1,{DATASET}"}, True),
    ):  # fmt: skip
        assert post(beacon, requestParameters=name | more)["responseSummary"]["exists"] is there, more


REFUSED = [
    {"requestParameters": {}},
    {"requestParameters": place(100, 50)},
    {"requestParameters": place(100)},
    {"requestParameters": place([1, 2, 3], 9)},
    {"requestParameters": place([10, 20], 30)},
    {"requestParameters": place(-1, 5)},
    {"requestParameters": place(46_709_983, 46_709_984)},
    {"requestParameters": place(1, 40_000_000)},
    {"requestParameters": {"start": 5, "end": 9}},
    {"requestParameters": place(1, 9, assemblyId="GRCh37")},
    {"requestParameters": place(1, 9, referenceName="NC_000021.8")},
    {"requestParameters": place(1, 9, referenceName="chr99")},
    {"requestParameters": place(1, 9, variantType="TRA")},
    {"requestParameters": place(1, 9, alternateBases="AZ")},
    {"requestParameters": place(1, 9, variantMinLength=5, variantMaxLength=2)},
    {"requestParameters": place(1, 9, mateName="chr2", variantType="DEL")},
    {"requestParameters": place(1, 9, mateName="chr99")},
    {"requestParameters": {"geneId": "CBS", "aminoacidChange": "V600"}},
    {"requestParameters": {"geneId": "CBS", "aminoacidChange": "V600E", "start": 5, "end": 9}},
    {"requestParameters": {"aminoacidChange": "V600E"}},
    {"requestParameters": {"geneId": "NOSUCHGENE"}},
    {"requestParameters": {"genomicAlleleShortForm": "nonsense"}},
    {"requestParameters": {"genomicAlleleShortForm": "NC_000021.9:g.43774500del", "start": 4}},
    {"requestParameters": place(43_774_499, referenceBases="T" * 40, alternateBases="A")},
    {"requestParameters": {"colour": "red"}},
    {"requestParameters": place(1, 9, datasets=[5])},
    {"requestParameters": place(1, 9, datasets={"a": 1})},
    {"requestParameters": [5]},
    {"requestParameters": place(1, 9), "filters": [{"id": "HP:0000001"}]},
    {"requestParameters": place(1, 9), "filters": [{}]},
    {"requestParameters": place(1, 9), "filters": ["sex"] * 21},
    {"requestParameters": place(1, 9), "requestedGranularity": "everything"},
    {"requestParameters": place(1, 9), "includeResultsetResponses": "SOME"},
    {"requestParameters": place(1, 9), "pagination": {"limit": -1}},
    {"requestParameters": place(1, 9), "pagination": {"skip": "x"}},
    {"requestParameters": place(1, 9), "testMode": "perhaps"},
]


@pytest.mark.parametrize("query", REFUSED, ids=range(len(REFUSED)))
def test_what_makes_no_sense__is_400_in_the_standards_form_and_says_why(
    beacon: httpx.Client, query: dict[str, Any]
) -> None:
    answer = beacon.post(f"{ROOT}/g_variants", json={"meta": {"apiVersion": "v2.0"}, "query": query})

    assert answer.status_code == 400, answer.text
    check(f"{RESPONSES}/beaconErrorResponse.json", answer.json())
    assert len(answer.json()["error"]["errorMessage"]) > 15 and "nonsense" not in answer.text


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"x"', b"[" * 60_000, b'{"meta": 5}', b'{"query": []}', b'{"meta": {"apiVersion": "1.0"}}', b"\xff"],
)
def test_body__that_is_none_is_400(beacon: httpx.Client, body: bytes) -> None:
    answer = beacon.post(f"{ROOT}/g_variants", content=body)

    assert answer.status_code == 400, answer.text
    check(f"{RESPONSES}/beaconErrorResponse.json", answer.json())


def test_body__that_is_too_large_is_413_and_an_unknown_path_404(beacon: httpx.Client) -> None:
    assert beacon.post(f"{ROOT}/g_variants", content=b" " * (2 << 20)).status_code == 413
    for path in ("/g_variants/../../etc/passwd", "/datasets/other", "/g_variants/chr21-x-A-C", "/nothing"):
        assert beacon.get(f"{ROOT}{path}", headers={"Accept": "application/json"}).status_code == 404, path


def test_preflight__lets_any_page_ask(beacon: httpx.Client) -> None:
    answer = beacon.options(f"{ROOT}/g_variants", headers={"Origin": "https://portal.example"})

    assert answer.status_code == 204 and "POST" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize("body", [
    b'{"meta":{"requestedSchemas":[{"schema":NaN}]},"query":{}}', b'{"meta":{"apiVersion":"2\\ud800"},"query":{}}',
    b'{"meta":{"requestedSchemas":[{"schema":1e400}]},"query":{}}', b'{"meta":{},"query":{"filters":["\\ud800"]}}',
    b'{"meta":{"requestedSchemas":[{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}]}}",
])  # fmt: skip
def test_body__that_no_answer_could_repeat_is_refused_and_breaks_nothing(beacon: httpx.Client, body: bytes) -> None:
    answer = beacon.post(f"{ROOT}/g_variants", content=body)

    assert answer.status_code == 400 and answer.json()["error"]["errorCode"] == 400


@pytest.mark.parametrize(
    "identifier", ["chr21-99999999999-G-C", "chr21-46709984-G-C", "chr21-0-G-C", "21-43774500-G-T", "NC_000021.9-5-A-T"]
)
def test_id__outside_a_contig_or_in_another_spelling_is_a_miss(beacon: httpx.Client, identifier: str) -> None:
    assert beacon.get(f"{ROOT}/g_variants/{identifier}").status_code == 404
