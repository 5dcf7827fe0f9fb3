"""The aggregated Beacon: every answer against the official schemas and a plain scan; the portal's own requests."""

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import delete, select

from embla.app import create_app
from embla.disclosure.tables import query_spending
from embla.federation import sweep_spending
from embla.federation.purse import SHARES, Purse
from embla.frequency import open_answer, open_region
from embla.genome import Variant
from embla.platform import OPERATOR, House, issue_token
from tests.federation.schemas import check, fits
from tests.web.clients import client_of
from tests.web.nation import WINDOW, WebNation, shared

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
DOCTOR = "account:doctor"


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebNation]:
    made = shared(tmp_path_factory)
    yield made
    made.house.database.close()


@pytest.fixture(scope="module")
def beacon(nation: WebNation) -> httpx.Client:
    return client_of(create_app(nation.house.settings, nation.house))


@pytest.fixture(scope="module")
def shown(nation: WebNation) -> list[Variant]:
    """Every variant of the window whose count the release shows to everybody."""
    first = open_region(nation.house, WINDOW, page_size=1000)
    pages = [first, *(open_region(nation.house, WINDOW, page=n, page_size=1000) for n in range(2, first.pages + 1))]
    counts = [count for page in pages for count in page.variants]
    assert any(count.status == "suppressed" for count in counts), "the nation has small counts"
    return [Variant(c.contig, c.pos, str(c.ref), str(c.alt)) for c in counts if c.ac]


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


@pytest.mark.parametrize("path", INFORMING)
def test_what_it_says_of_itself__fits_the_official_schema(beacon: httpx.Client, path: str) -> None:
    answer = beacon.get(f"{ROOT}{path}")

    assert answer.status_code == 200 and answer.headers["access-control-allow-origin"] == "*"
    check(f"{RESPONSES}/{INFORMING[path]}.json", answer.json())


def test_map__has_only_addresses_that_answer(beacon: httpx.Client, shown: list[Variant]) -> None:
    sets = beacon.get(f"{ROOT}/map").json()["response"]["endpointSets"]
    assert set(sets) == set(beacon.get(f"{ROOT}/entry_types").json()["response"]["entryTypes"])
    asked = place(shown[0].pos - 1, shown[0].pos)
    for name, one in sets.items():
        identifier = DATASET if name == "dataset" else named(shown[0])
        urls = [one["rootUrl"], one["singleEntryUrl"], *(e["url"] for e in one.get("endpoints", {}).values())]
        for url in urls:
            path = httpx.URL(url.replace("{id}", identifier)).path
            query = {"requestParameters": asked} if path.endswith("g_variants") else {}
            answer = beacon.post(path, json={"meta": {}, "query": query})
            assert answer.status_code == 200, (url, answer.text)
            checked(answer.json())


def test_sequence__is_found_by_vcfs_spelling_the_trimmed_one_spdi_and_hgvs(
    beacon: httpx.Client, nation: WebNation, shown: list[Variant]
) -> None:
    simple = [v for v in shown if len(v.ref) == len(v.alt) == 1][:5]
    longer = [v for v in shown if len(v.ref) != len(v.alt)][:5]
    assert simple and longer
    for variant in simple + longer:
        base = {"referenceBases": variant.ref, "alternateBases": variant.alt}
        assert ids(post(beacon, requestParameters=place(variant.pos - 1, **base))) == [named(variant)]
        assert ids(post(beacon, requestParameters=place([variant.pos - 1], alternateBases=variant.alt))) == [
            named(variant)
        ]
        ref, alt, start = variant.ref, variant.alt, variant.pos - 1
        while ref and alt and ref[0] == alt[0]:
            ref, alt, start = ref[1:], alt[1:], start + 1
        trimmed = place(start, referenceBases=ref, alternateBases=alt)
        assert ids(post(beacon, requestParameters=trimmed)) == [named(variant)], trimmed
        short = f"NC_000021.9:{start}:{ref}:{alt}"
        assert ids(post(beacon, requestParameters={"genomicAlleleShortForm": short})) == [named(variant)]
    one = simple[0]
    hgvs = {"genomicAlleleShortForm": f"NC_000021.9:g.{one.pos}{one.ref}>{one.alt}"}
    (record,) = post(beacon, requestParameters=hgvs)["response"]["resultSets"][0]["results"]
    (frequencies,) = record["frequencyInPopulations"]
    total = open_answer(nation.house, one)
    by = {f["population"]: f for f in frequencies["frequencies"]}
    for label in ("Total", "DK"):
        assert (by[label]["alleleCount"], by[label]["alleleNumber"]) == (total.headline.ac, total.headline.an)
        assert by[label]["alleleFrequency"] == total.headline.af
    cells = total.groups.get("karyotype", {})
    if "M" in by:
        assert (by["M"]["alleleCount"], by["DK_F"]["alleleCount"]) == (cells["XY"].ac, cells["XX"].ac)


def meant(v: Variant, asked: dict[str, Any]) -> bool:
    """The standard's words, slowly."""
    ref, other, at = v.ref, v.alt, v.pos - 1
    while ref and other and ref[0] == other[0]:
        ref, other, at = ref[1:], other[1:], at + 1
    forms = [(v.pos - 1, v.ref, v.alt), (at, ref, other)]
    if isinstance(asked["start"], list):
        (low, high), (first, last) = asked["start"], asked["end"]
        forms = [f for f in forms if low <= f[0] <= high and first <= f[0] + len(f[1]) <= last]
    elif not (v.pos - 1 < asked["end"] and v.pos - 1 + len(v.ref) > asked["start"]):
        return False
    alt = asked.get("alternateBases")
    forms = [f for f in forms if alt is None or f[2] == alt or (alt == "N" and len(f[2]) == 1)]
    own = "INS" if not ref else "DEL" if not other else "SNP" if len(ref) == len(other) == 1 else "INDEL"
    size = max(len(ref), len(other))
    least, most = asked.get("variantMinLength", 0), asked.get("variantMaxLength", 1 << 30)
    return bool(forms) and asked.get("variantType", own) == own and least <= size <= most


def test_answers__equal_a_scan_of_all_that_is_shown(beacon: httpx.Client, shown: list[Variant]) -> None:
    rng = random.Random(9)
    found = 0
    for _ in range(60):
        start = rng.randrange(WINDOW.start, WINDOW.end - 400)
        end = start + rng.choice([1, 5, 50, 400])
        asked = place([start, end], [start, end + 2]) if rng.random() < 0.3 else place(start, end)
        for name, values in (
            ("variantType", ("SNP", "DEL", "INS", "INDEL")), ("variantMinLength", (2,)), ("variantMaxLength", (2, 3)),
            ("alternateBases", ("A", "N")),
        ):  # fmt: skip
            if rng.random() < 0.3:
                asked[name] = rng.choice(values)
        told = post(beacon, requestParameters=asked, pagination={"limit": 0})

        expected = [named(v) for v in shown if meant(v, asked)]
        assert ids(told) == expected, asked
        assert told["responseSummary"] == {"exists": bool(expected), "numTotalResults": len(expected)}
        found += len(expected)
    assert found > 50


def test_gene__is_its_stretch(beacon: httpx.Client, nation: WebNation, shown: list[Variant]) -> None:
    gene = nation.house.genes.by_name("CSTB")
    inside = [named(v) for v in shown if gene.start < v.pos - 1 + len(v.ref) and v.pos - 1 < gene.end]

    assert ids(post(beacon, requestParameters={"geneId": "CSTB"}, pagination={"limit": 0})) == inside != []


def test_small_counts__are_not_told_of_at_any_granularity(beacon: httpx.Client, nation: WebNation) -> None:
    hidden = [c for c in open_region(nation.house, WINDOW, page_size=1000).variants if c.status == "suppressed"][:5]
    for count in hidden:
        asked = place(count.pos - 1, referenceBases=count.ref, alternateBases=count.alt)
        for granularity in ("boolean", "count", "record"):
            told = post(
                beacon, requestParameters=asked, requestedGranularity=granularity, includeResultsetResponses="ALL"
            )
            assert told["responseSummary"]["exists"] is False and str(count.pos) not in json.dumps(told.get("response"))
        there = beacon.get(f"{ROOT}/g_variants/{count.contig}-{count.pos}-{count.ref}-{count.alt}")
        base = nation.house.reference.fetch("chr21", 43_770_000, 43_770_001)
        nobody = beacon.get(f"{ROOT}/g_variants/chr21-43770001-{base}-{base}ACGTACGTACGT")
        assert (there.status_code, there.json()["error"]) == (nobody.status_code, nobody.json()["error"])
        assert there.status_code == 404


@pytest.mark.parametrize("granularity", ["boolean", "count", "record"])
@pytest.mark.parametrize("include", ["HIT", "ALL", "MISS", "NONE"])
def test_granularity_and_include__shape_the_answer_and_the_summary_stays_true(
    beacon: httpx.Client, shown: list[Variant], granularity: str, include: str
) -> None:
    hit, miss = place(shown[0].pos - 1, shown[0].pos), place(WINDOW.end + 400_000, WINDOW.end + 400_001)
    for asked, exists in ((hit, True), (miss, False)):
        told = post(
            beacon, requestParameters=asked, requestedGranularity=granularity, includeResultsetResponses=include
        )
        assert told["responseSummary"]["exists"] is exists
        assert told["meta"]["returnedGranularity"] == granularity
        assert ("numTotalResults" in told["responseSummary"]) == (granularity != "boolean")
        sets = told.get("response", {}).get("resultSets", [])
        listed = granularity != "boolean" and include in ("ALL", "HIT" if exists else "MISS")
        assert [s["id"] for s in sets] == ([DATASET] if listed else [])
        assert all(bool(s["results"]) == (granularity == "record" and exists) for s in sets)


def test_pages__follow_each_other_without_a_gap(beacon: httpx.Client, shown: list[Variant]) -> None:
    asked = place(WINDOW.start, WINDOW.end)
    seen = []
    for skip in range(-(-len(shown) // 7)):
        told = post(beacon, requestParameters=asked, pagination={"skip": skip, "limit": 7})
        assert told["meta"]["receivedRequestSummary"]["pagination"] == {"skip": skip, "limit": 7}
        seen += ids(told)
    assert seen == [named(v) for v in shown]
    everything = post(beacon, requestParameters=asked, pagination={"limit": 0})
    assert everything["meta"]["receivedRequestSummary"]["pagination"]["limit"] == 1000


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


def test_mutants__of_good_answers_are_rejected_by_the_schemas(beacon: httpx.Client, shown: list[Variant]) -> None:
    good = post(beacon, requestParameters=place(shown[0].pos - 1, shown[0].pos))
    response, record = (
        f"{RESPONSES}/beaconResultsetsResponse.json",
        f"{MODEL}/genomicVariations/defaultSchema.json",
    )
    for path in (("meta",), ("meta", "beaconId"), ("meta", "returnedGranularity"), ("responseSummary", "exists"),
                 ("response", "resultSets", 0, "exists"), ("response", "resultSets", 0, "id")):  # fmt: skip
        mutant = copy.deepcopy(good)
        part = mutant
        for step in path[:-1]:
            part = part[step]
        del part[path[-1]]
        assert not fits(response, mutant), path
    for damage in (
        {"variation": None},
        {"variantInternalId": 7},
        {"frequencyInPopulations": [{}]},
        {"variation": {"location": {}}},
    ):
        assert not fits(record, good["response"]["resultSets"][0]["results"][0] | damage)


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


def signed(house: House, client: httpx.Client) -> httpx.Client:
    """The same with a doctor's token: a budget of its own."""
    with house.database.transaction() as connection:
        token = issue_token(connection, "doctor", label="b", by=OPERATOR, at=house.clock())
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def bounded(nation: WebNation, **budgets: int) -> House:
    """The nation as a node that is no demo, with a budget."""
    return replace(nation.house, settings=replace(nation.house.settings, demo=False, **budgets))


@pytest.mark.parametrize("granularity", ["boolean", "count", "record"])
def test_budget__is_spent_before_every_granularity_and_what_was_told_stays_told(
    nation: WebNation, shown: list[Variant], granularity: str
) -> None:
    house = bounded(nation, query_budget=20)
    door = signed(house, client_of(create_app(house.settings, house)))
    with house.database.transaction() as connection:
        connection.execute(delete(query_spending))
    single = [v for v in shown if len(v.ref) == len(v.alt) == 1]
    simple = [place(v.pos - 1, referenceBases=v.ref, alternateBases=v.alt) for v in single]
    ask = [{"query": {"requestParameters": one, "requestedGranularity": granularity}} for one in simple]

    answers = [door.post(f"{ROOT}/g_variants", json=one).status_code for one in ask[:12]]

    told = answers.index(429)
    assert 0 < told and set(answers[told:]) == {429}, answers
    refused = door.post(f"{ROOT}/g_variants", json=ask[told])
    check(f"{RESPONSES}/beaconErrorResponse.json", refused.json())
    assert refused.json()["error"]["errorCode"] == 429
    assert door.post(f"{ROOT}/g_variants", json=ask[0]).status_code == 200, "paid for"
    # By its id, and by another granularity, it is the same allele: paid for once.
    assert door.get(f"{ROOT}/g_variants/{named(single[0])}").status_code == 200
    assert door.get(f"{ROOT}/g_variants/{named(shown[-1])}").status_code in (200, 429)
    # Tests of clients tell of nobody and cost nothing; what only informs neither.
    made_up = {"query": {"testMode": True, "requestParameters": place(19_999_999, 20_000_500)}}
    assert door.post(f"{ROOT}/g_variants", json=made_up).status_code == 200
    assert door.get(f"{ROOT}/datasets").status_code == 200


def test_budget__a_record_costs_the_rarest_number_that_it_tells_of_a_sex_or_a_genotype(
    nation: WebNation, shown: list[Variant]
) -> None:
    house = bounded(nation, query_budget=100_000)
    door = signed(house, client_of(create_app(house.settings, house)))
    below = house.settings.suppress_below
    dearer = 0
    for variant in shown[:40]:
        with house.database.transaction() as connection:
            connection.execute(delete(query_spending))
        around = place(variant.pos - 1, variant.pos - 1 + len(variant.ref))
        counted = {"query": {"requestParameters": around, "requestedGranularity": "count"}}
        assert door.post(f"{ROOT}/g_variants", json=counted).status_code == 200
        of_number = Purse.of(house, DOCTOR).spent()

        told = door.get(f"{ROOT}/g_variants/{named(variant)}").json()["response"]["resultSets"][0]["results"][0]

        numbers = []
        for one in told["frequencyInPopulations"][0]["frequencies"]:
            copies, of, het = one["alleleCount"], one["alleleNumber"], one.get("alleleCountHeterozygous", 0)
            numbers += [copies, of - copies, het, one.get("alleleCountHomozygous", 0) // 2]
            numbers += [one.get("alleleCountHemizygous", 0)]
            if "alleleCountHeterozygous" in one:
                numbers.append((of - copies - het) // 2)
        cost = 1 / max(below, min(n for n in numbers if n > 0))
        # Counting what lies there did not pay for it.
        assert Purse.of(house, DOCTOR).spent() - of_number == pytest.approx(cost), named(variant)
        total = told["frequencyInPopulations"][0]["frequencies"][0]
        copies = min(total["alleleCount"], total["alleleNumber"] - total["alleleCount"])
        dearer += cost > 1 / max(below, copies)
    assert dearer > 5


def test_budget__a_wide_region_is_refused_whole_and_that_costs(nation: WebNation) -> None:
    house = bounded(nation, query_budget=50)
    door = signed(house, client_of(create_app(house.settings, house)))
    with house.database.transaction() as connection:
        connection.execute(delete(query_spending))

    wide = door.post(f"{ROOT}/g_variants", json={"query": {"requestParameters": place(WINDOW.start, WINDOW.end)}})

    assert wide.status_code == 429 and "budget" in wide.json()["error"]["errorMessage"]
    assert Purse.of(house, DOCTOR).spent() == pytest.approx(1 / house.settings.suppress_below)


def test_open_door__closes_for_one_block_of_addresses_and_stays_open_for_the_others(
    nation: WebNation, shown: list[Variant]
) -> None:
    house = bounded(nation, query_budget_open=1000)
    app = create_app(house.settings, house)
    near, neighbour, far, beyond = (
        client_at(app, at) for at in ("192.0.2.7", "192.0.2.9", "198.51.100.7", "2001:db8::1")
    )
    with house.database.transaction() as connection:
        connection.execute(delete(query_spending))
    misses = [
        {"query": {"requestParameters": place(WINDOW.start + 200 * n, alternateBases="A", variantType="MNP"),
                   "requestedGranularity": "boolean"}} for n in range(200)
    ]  # fmt: skip

    answers = [near.post(f"{ROOT}/g_variants", json=one).status_code for one in misses[:120]]

    spent = answers.index(429)
    assert spent > 5 and set(answers[spent:]) == {429}
    assert neighbour.post(f"{ROOT}/g_variants", json=misses[150]).status_code == 429, "the same block"
    assert neighbour.post(f"{ROOT}/g_variants", json=misses[0]).status_code == 200, "paid for"
    for other in (far, beyond):
        assert other.post(f"{ROOT}/g_variants", json=misses[150 + (other is far)]).status_code == 200
    whole = Purse.of(house, "").spent()
    assert whole <= 1 / SHARES * 1.2 + 0.05 and Purse.of(house, "").budget == 1
    with house.database.reading() as connection:
        readers = set(connection.execute(select(query_spending.c.reader)).scalars())
    assert not any("192" in one or "2001" in one for one in readers), "no address is kept"


def test_open_door__tells_of_no_allele_that_one_share_could_not_pay_and_of_no_rare_genotype(
    nation: WebNation, shown: list[Variant]
) -> None:
    house = bounded(nation, query_budget_open=1000)
    door = client_at(create_app(house.settings, house), "203.0.113.5")
    free = bounded(nation, query_budget_open=0)
    everything = client_of(create_app(free.settings, free))
    floor = Purse.of(house, "").floor
    assert floor == SHARES > house.settings.suppress_below
    told = hidden = 0
    for variant in shown[:25]:
        with house.database.transaction() as connection:
            connection.execute(delete(query_spending))
        whole = everything.get(f"{ROOT}/g_variants/{named(variant)}").json()
        total = whole["response"]["resultSets"][0]["results"][0]["frequencyInPopulations"][0]["frequencies"][0]
        answer = door.get(f"{ROOT}/g_variants/{named(variant)}")
        copies = min(total["alleleCount"], total["alleleNumber"] - total["alleleCount"])
        assert (answer.status_code == 200) is (copies >= floor), named(variant)
        if answer.status_code != 200:
            hidden += 1
            continue
        told += 1
        cells = answer.json()["response"]["resultSets"][0]["results"][0]["frequencyInPopulations"][0]["frequencies"]
        for cell in cells:
            assert cell["alleleCount"] >= floor
            for name in ("Heterozygous", "Homozygous", "Hemizygous"):
                number = cell.get(f"alleleCount{name}", 0)
                assert not number or number >= floor
    assert told and hidden


def client_at(app: FastAPI, address: str) -> httpx.Client:
    client = TestClient(app, base_url="https://testserver", client=(address, 5000), raise_server_exceptions=False)
    client.headers["Accept"] = "application/json"
    return client


def test_sweep__forgets_what_lies_before_the_window_and_nothing_else(nation: WebNation) -> None:
    house = bounded(nation, query_budget=50)
    now = house.clock()
    days = house.settings.query_budget_days
    with house.database.transaction() as connection:
        connection.execute(delete(query_spending))
        for name, age in (("old", days + 1), ("new", days - 1)):
            connection.execute(query_spending.insert().values(
                reader="account:gone", asked=name, price=0.01, at=now - timedelta(days=age)))  # fmt: skip

    assert sweep_spending(house) == 1 and sweep_spending(house) == 0
    with house.database.reading() as connection:
        assert list(connection.execute(select(query_spending.c.asked)).scalars()) == ["new"]
