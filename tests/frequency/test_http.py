"""The typed API: the numbers of the services, every key in OpenAPI, live only with a token."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from embla.errors import EmblaError, NotPermitted
from embla.frequency import cut_release, open_answer, open_region
from embla.frequency.http import router
from embla.genome import Region, Variant
from embla.platform import OPERATOR, create_account, events_of, issue_token
from tests.frequency.nation import Nation, Person, nation


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    people = [
        Person(f"p{i}", calls=["chr1 1500 A G 0/1"] + (["chr1 1510 C T 0/1"] if i < 3 else [])) for i in range(12)
    ]
    with nation(tmp_path_factory.mktemp("http"), *people, Person("out", opted_out=True), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        yield n


@pytest.fixture(scope="module")
def client(made: Nation) -> TestClient:
    app = FastAPI()
    app.state.house = made.house
    app.include_router(router)

    @app.exception_handler(EmblaError)
    async def told(request: object, error: EmblaError) -> object:
        from fastapi.responses import JSONResponse

        return JSONResponse({"message": str(error)}, 403 if isinstance(error, NotPermitted) else 422)

    return TestClient(app)


def test_get_frequency__is_the_services_answer(made: Nation, client: TestClient) -> None:
    answer = client.get("/api/frequencies/1:1500 A>G").json()

    assert (answer["ac"], answer["an"], answer["asked"]) == (12, 24, "chr1-1500-A-G")
    assert answer | {"how": None} == open_answer(made.house, Variant("chr1", 1500, "A", "G")).to_json() | {
        "how": None, "notes": answer["notes"]
    }  # fmt: skip


def test_get_frequency__hides_what_is_few(client: TestClient) -> None:
    answer = client.get("/api/frequencies/chr1-1510-C-T")

    assert answer.json()["status"] == "suppressed"
    assert '"ac":3' not in answer.text


def test_get_region__pages(made: Nation, client: TestClient) -> None:
    answer = client.get("/api/regions/chr1:1000-3000", params={"page_size": 1, "page": 2}).json()

    assert [v["pos"] for v in answer["variants"]] == [1510]
    assert (answer["pages"], answer["total"]) == (2, 2)
    assert answer["total"] == open_region(made.house, Region("chr1", 999, 3000)).total
    assert client.get("/api/regions/chr1:1000-3000", params={"page_size": 0}).status_code == 422


def test_get_releases__lists_them(client: TestClient) -> None:
    (release,) = client.get("/api/releases").json()

    assert (release["number"], release["people"], release["threshold"]) == ("2026.1", 12, 5)


def test_post_frequencies__answers_each_line(client: TestClient) -> None:
    lines = client.post("/api/frequencies", json={"variants": ["chr1-1500-A-G", "what?"]}).json()

    assert [line["count"] and line["count"]["ac"] for line in lines] == [12, None]
    assert lines[1]["error"]
    assert client.post("/api/frequencies", json={"variants": ["x"] * 1001}).status_code == 422


def test_post_live__needs_a_token_of_a_treating_clinician(made: Nation, client: TestClient) -> None:
    house = made.house
    with house.database.transaction() as connection:
        for name in ("doctor", "stranger"):
            create_account(connection, name, display=name, roles=["clinician"], by=OPERATOR, at=house.clock())
        tokens = {
            name: issue_token(connection, name, label="t", by=OPERATOR, at=house.clock())
            for name in ("doctor", "stranger")
        }
    case = made.case_of["p0"]

    def post(token: str | None, body: object) -> int:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        found = client.post(f"/api/cases/{case}/frequencies", json=body, headers=headers)
        answers.append(found.json())
        return found.status_code

    answers: list[dict[str, object]] = []
    body = {"variant": "chr1-1510-C-T", "leave_out": ["person"]}
    assert post(None, body) == 401
    assert post("wrong", body) == 401
    assert post(tokens["stranger"], body) == 403
    assert post(tokens["doctor"], body) == 200
    assert (answers[-1]["ac"], answers[-1]["an"], answers[-1]["people"]) == (2, 22, 11)
    with house.database.reading() as connection:
        assert [e.kind for e in events_of(connection, f"case:{case}")] == ["access-refused", "access-granted"]


def test_openapi__names_the_keys_of_a_count(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()["components"]["schemas"]["CountModel"]["properties"]

    assert {"contig", "pos", "status", "ac", "an", "af", "nhet", "nhomalt", "nhemi", "nfail", "faf95", "raw"} <= set(
        schema
    )
