"""The Beacon of people: decided first, rounded, the same as a plain count; records are of nobody."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from embla.app import create_app
from embla.datasets import COHORTS, draft_data_set, publish_data_set
from embla.frequency import Releases, membership
from embla.platform import OPERATOR, House, events_since, issue_token
from embla.registry import counted_genomes, patient_groups
from tests.datasets.test_service import said
from tests.federation.beacons import INFORMING
from tests.federation.schemas import check
from tests.web.clients import client_of
from tests.web.nation import GROUPS, shared

ROOT = "/beacon/sensitive/v2"
RESPONSES = "framework/json/responses"
MODEL = "models/json/beacon-v2-default-model"
DATASET = "GOE-DK-EMBLA-7"
ENTRIES = {"individuals": "individual", "biosamples": "biosample", "runs": "run", "analyses": "analysis"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = shared(tmp_path_factory).house
    draft_data_set(made, OPERATOR, said(cohort="everybody"))
    publish_data_set(made, OPERATOR, DATASET)
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def client(house: House) -> httpx.Client:
    return client_of(create_app(house.settings, house))


@pytest.fixture(scope="module")
def bearer(house: House) -> dict[str, str]:
    with house.database.transaction() as connection:
        token = issue_token(connection, "researcher", label="beacon", by=OPERATOR, at=house.clock())
    return {"Authorization": f"Bearer {token}"}


def checked(told: dict[str, Any], entry: str) -> dict[str, Any]:
    response = told.get("response", {})
    if "collections" in response:
        check(f"{RESPONSES}/beaconCollectionsResponse.json", told)
        for one in response["collections"]:
            check(f"{MODEL}/{entry}/defaultSchema.json", one)
    elif "response" in told:
        check(f"{RESPONSES}/beaconResultsetsResponse.json", told)
        for found in response["resultSets"]:
            for one in found["results"]:
                check(f"{MODEL}/{entry}/defaultSchema.json", one)
    else:
        check(f"{RESPONSES}/beacon{told['meta']['returnedGranularity'].capitalize()}Response.json", told)
    return told


def counted(client: httpx.Client, bearer: dict[str, str], *filters: Any, entry: str = "individuals") -> int:
    answer = client.post(f"{ROOT}/{entry}", json={"meta": {}, "query": {"filters": list(filters)}}, headers=bearer)
    assert answer.status_code == 200, answer.text
    told = checked(answer.json(), entry)
    assert told["meta"]["returnedGranularity"] == "count" and not any(
        found["results"] for found in told["response"]["resultSets"]
    )
    return int(told["responseSummary"]["numTotalResults"])


@pytest.mark.parametrize("path", INFORMING)
def test_what_it_says_of_itself__fits_the_official_schema(client: httpx.Client, path: str) -> None:
    answer = client.get(f"{ROOT}{path}")

    assert answer.status_code == 200 and "access-control-allow-origin" not in answer.headers
    check(f"{RESPONSES}/{INFORMING[path]}.json", answer.json())


def test_door__is_shut_without_sign_in_and_for_every_other_role(client: httpx.Client, house: House) -> None:
    answer = client.post(f"{ROOT}/individuals", json={})
    assert answer.status_code == 401
    check(f"{RESPONSES}/beaconErrorResponse.json", answer.json())
    assert client.get(f"{ROOT}/individuals", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    with house.database.transaction() as connection:
        token = issue_token(connection, "lab-north", label="x", by=OPERATOR, at=house.clock())
    refused = client.post(f"{ROOT}/individuals", json={}, headers={"Authorization": f"Bearer {token}"})
    assert refused.status_code == 403
    check(f"{RESPONSES}/beaconErrorResponse.json", refused.json())


def test_map__every_address_answers(client: httpx.Client, bearer: dict[str, str]) -> None:
    sets = client.get(f"{ROOT}/map").json()["response"]["endpointSets"]
    assert set(sets) == set(client.get(f"{ROOT}/entry_types").json()["response"]["entryTypes"])
    for entity, one in sets.items():
        paths = {"individual": "individuals", "biosample": "biosamples", "run": "runs", "analysis": "analyses"}
        identifier = {
            "cohort": "everybody", "dataset": DATASET, "individual": "synthetic-1", "biosample": "synthetic-sample-1",
            "run": "synthetic-run-1", "analysis": "synthetic-analysis-1",
        }[entity]  # fmt: skip
        test = entity in paths
        for url in (one["rootUrl"], one["singleEntryUrl"], *(e["url"] for e in one["endpoints"].values())):
            path = httpx.URL(url.replace("{id}", identifier)).path
            for answer in (
                client.post(path, json={"query": {"testMode": test}}, headers=bearer),
                client.get(path, params={"testMode": str(test).lower()}, headers=bearer),
            ):
                assert answer.status_code == 200, (path, answer.text)
                last = path.rsplit("/", 1)[-1]
                entry = last if last in (*ENTRIES, "cohorts", "datasets") else path.split("/")[4]
                told = checked(answer.json(), entry)
                assert told["responseSummary"]["exists"], path


def test_counts__are_those_of_a_plain_count_of_the_release_rounded_and_hidden(
    client: httpx.Client, bearer: dict[str, str], house: House
) -> None:
    number = Releases(house).get().info.number
    with house.database.reading() as connection:
        inside = membership(connection, number)
        people = [g for g in counted_genomes(connection, on=house.clock().date(), with_opted_out=False)
                  if inside.person_of(g.accession) in inside.regions]  # fmt: skip
    k = house.settings.suppress_below

    def told(found: int) -> int:
        return 0 if found < k or 0 < len(people) - found < k else found // k * k

    women, men = (sum(g.karyotype == karyotype for g in people) for karyotype in ("XX", "XY"))
    assert counted(client, bearer) == len(people) // k * k > 0
    for code in ("NCIT:C16576", "PATO:0000383"):
        assert counted(client, bearer, {"id": code, "scope": "individual"}) == told(women)
    assert counted(client, bearer, {"id": "sex", "value": "NCIT:C20197"}) == told(men)
    # A term means what stands under it, unless somebody says otherwise.
    assert counted(client, bearer, {"id": "NCIT:C28421"}) == counted(client, bearer)
    assert counted(client, bearer, {"id": "NCIT:C28421", "includeDescendantTerms": False}) == 0
    assert counted(client, bearer, "NCIT:C16576", "NCIT:C20197") == 0
    for region in {g.region for g in people}:
        here = sum(g.region == region for g in people)
        assert counted(client, bearer, {"id": "region", "value": region}) in (told(here), 0)
    assert counted(client, bearer, {"id": "patientGroup", "value": "heart"}, entry="runs") == told(
        sum(g.patient_group == "heart" for g in people)
    )
    assert not COHORTS["everybody"].unrelated


def test_portal__asks_in_its_own_way(client: httpx.Client, bearer: dict[str, str]) -> None:
    age = {"id": "diseases.ageOfOnset.iso8601duration", "operator": "=", "value": "P10Y", "scope": "individual"}
    body = {"meta": {}, "query": {"requestParameters": [{}], "filters": [age], "pagination": {},
            "requestedGranularity": "record", "includeResultsetResponses": "ALL"}}  # fmt: skip
    answer = client.post(f"{ROOT}/individuals", json=body, headers=bearer)
    told = checked(answer.json(), "individuals")
    assert [found["resultsCount"] for found in told["response"]["resultSets"]] == [0]
    assert "not on record" in told["info"]["warnings"][0]


@pytest.mark.parametrize(
    "query",
    [
        {"filters": [{"id": "HP:0000001"}]}, {"filters": [{"id": "sex", "value": "x"}]},
        {"filters": [{"id": "sex", "operator": "!", "value": "F"}]}, {"requestParameters": {"start": 1}},
        {"requestParameters": {"datasets": 5}}, {"requestParameters": {"datasets": [{}]}},
        {"filters": [{"id": "region", "value": "%"}]}, {"filters": [{"id": "sex", "includeDescendantTerms": "x"}]},
    ],
)  # fmt: skip
def test_what_is_not_known__is_refused(client: httpx.Client, bearer: dict[str, str], query: dict[str, Any]) -> None:
    answer = client.post(f"{ROOT}/individuals", json={"query": query}, headers=bearer)
    assert answer.status_code == 400, answer.text
    check(f"{RESPONSES}/beaconErrorResponse.json", answer.json())


@pytest.mark.parametrize(
    "path",
    [
        "individuals/EMBG00000000001", "nothing", "datasets/GDI-DK-NO-1", "cohorts/x/individuals",
        "individuals/synthetic-1", "individuals/synthetic-1/g_variants",
    ],
)  # fmt: skip
def test_single_people__are_told_of_in_test_mode_alone(client: httpx.Client, bearer: dict[str, str], path: str) -> None:
    answer = client.get(f"{ROOT}/{path}", headers=bearer)
    assert answer.status_code == 404
    check(f"{RESPONSES}/beaconErrorResponse.json", answer.json())


def test_counting__is_in_the_log_first_and_within_the_accounts_budget(house: House, bearer: dict[str, str]) -> None:
    strict = replace(house, settings=replace(house.settings, demo=False, query_budget=20))
    client = client_of(create_app(strict.settings, strict))
    with house.database.reading() as connection:
        empty = [one.code for one in patient_groups(connection) if one.code not in GROUPS]
        before = sum(1 for e in events_since(connection, 0, kinds=["access-granted"]))

    asks = [client.post(f"{ROOT}/individuals", headers=bearer, json={"query": {"filters": [
        {"id": "patientGroup", "value": code}]}}).status_code for code in ("none", "nil", *empty[:4])]  # fmt: skip

    assert asks == [400, 400, 200, 429, 429, 429], "a miss costs 0.02 of 0.02, and what is made up nothing"
    with house.database.reading() as connection:
        after = list(events_since(connection, 0, kinds=["access-granted"]))[before:]
    assert [event.body["action"] for event in after] == ["count_people"] * 6
