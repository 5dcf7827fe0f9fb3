"""Submissions over HTTP: the same answers as at the command line, for the laboratory's own token only."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse

from embla.app import status_of
from embla.errors import EmblaError, NotFound, NotPermitted, Unavailable, UsageError
from embla.platform import OPERATOR, House, create_account, issue_token
from embla.submission import PackageRefused, list_submissions, schema
from embla.submission.client import Client
from embla.submission.http import routers
from tests.support.laboratory import SITE, change_manifest, make_single, make_trio

API = "/api/submissions"


def make_app(house: House) -> FastAPI:
    app = FastAPI()
    app.state.house = house
    for router in routers():
        app.include_router(router)

    def on_embla(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, EmblaError)
        return JSONResponse({"message": str(error)}, status_of(error))

    app.add_exception_handler(EmblaError, on_embla)
    return app


def make_token(house: House, laboratory: str | None = "north", role: str = "lab") -> str:
    with house.database.transaction() as connection:
        name = f"{role}.{laboratory or 'x'}"
        create_account(
            connection, name, display=name, roles=[role], laboratory=laboratory, by=OPERATOR, at=house.clock()
        )
        return issue_token(connection, name, label="test", by=OPERATOR, at=house.clock())


@pytest.fixture
def lab(house: House) -> Iterator[TestClient]:
    with TestClient(make_app(house), headers={"Authorization": f"Bearer {make_token(house)}"}) as client:
        yield client


def begin(lab: TestClient, folder: Path) -> dict[str, Any]:
    answer = lab.post(
        API, content=(folder / "manifest.json").read_bytes(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


def upload(lab: TestClient, folder: Path) -> Any:
    begun = begin(lab, folder)
    for item in begun["missing"]:
        sent = lab.put(item["put"], content=(folder / item["path"]).read_bytes())
        assert sent.status_code == 204, sent.text
    return lab.post(begun["send"])


def test_upload__ends_in_an_acknowledgement_and_again_in_the_same(
    tmp_path: Path, house: House, lab: TestClient
) -> None:
    folder = make_trio(tmp_path / "t")

    first = upload(lab, folder)
    again = lab.post(API, content=(folder / "manifest.json").read_bytes())

    assert first.status_code == again.status_code == 200 and first.json() == again.json()
    assert [genome["accession"] for genome in first.json()["genomes"]] == [f"EMBG{n:011d}" for n in (1, 2, 3)]
    assert first.headers["cache-control"] == "no-store"
    assert list((house.home / "incoming").iterdir()) == []
    one = lab.get(f"{API}/{first.json()['submission']}").json()
    assert one["acknowledgement"] == first.json() and one["state"] == "accepted"
    assert [item["id"] for item in lab.get(API).json()["items"]] == [one["id"]]


def test_upload__of_a_package_taken_before_is_acknowledged_also_when_the_agreement_ended_since(
    tmp_path: Path, house: House, lab: TestClient
) -> None:
    folder, other = make_trio(tmp_path / "t"), make_single(tmp_path / "s", "N2")
    first = upload(lab, folder)
    with house.database.transaction() as connection:
        connection.execute(text("DELETE FROM agreements"))

    again, new = (lab.post(API, content=(one / "manifest.json").read_bytes()) for one in (folder, other))

    assert (again.status_code, again.json()) == (200, first.json())
    assert new.status_code == 422 and new.json()["findings"][0]["rule"] == "laboratory.agreement"
    assert list((house.home / "incoming").iterdir()) == []


def test_upload__goes_on_where_it_broke_off(tmp_path: Path, lab: TestClient) -> None:
    folder = make_trio(tmp_path / "t")
    begun = begin(lab, folder)
    item = begun["missing"][1]
    lab.put(item["put"], content=(folder / item["path"]).read_bytes())

    early = lab.post(begun["send"])
    again = begin(lab, folder)

    assert early.status_code == 422 and "2 files" in early.json()["message"]
    assert [item["number"] for item in again["missing"]] == [0, 2]


@pytest.mark.parametrize("change", ["cut", "more", "other"])
def test_upload__a_file_that_is_not_what_the_manifest_says_is_not_kept(
    tmp_path: Path, house: House, lab: TestClient, change: str
) -> None:
    folder = make_single(tmp_path / "a")
    begun = begin(lab, folder)
    item = begun["missing"][0]
    good = (folder / item["path"]).read_bytes()

    sent = lab.put(item["put"], content={"cut": good[:-1], "more": good + b"x", "other": b"x" * len(good)}[change])

    assert sent.status_code == 422 and item["path"] in sent.json()["message"]
    left = {path.name for path in (house.home / "incoming" / begun["upload"]).iterdir()}
    assert left == {"manifest.json"}
    assert [one["number"] for one in begin(lab, folder)["missing"]] == [0]


def test_form__takes_a_whole_package(tmp_path: Path, lab: TestClient) -> None:
    folder = make_trio(tmp_path / "t")
    paths = list(folder.rglob("*.vcf"))
    files = [("file", (path.relative_to(folder).as_posix(), path.read_bytes())) for path in paths]

    answer = lab.post(API, files=[("manifest", ("manifest.json", (folder / "manifest.json").read_bytes())), *files])

    assert answer.status_code == 200 and len(answer.json()["genomes"]) == 3


def test_form__with_a_file_missing_or_without_manifest_is_told(tmp_path: Path, lab: TestClient) -> None:
    folder = make_single(tmp_path / "a")
    raw = (folder / "manifest.json").read_bytes()

    missing = lab.post(API, files=[("manifest", ("manifest.json", raw)), ("file", ("../../etc/passwd", b"x"))])
    without = lab.post(API, files=[("file", ("files/a", b"x"))])

    assert missing.status_code == without.status_code == 422
    assert "files/N1-p.g.vcf" in missing.json()["message"] and "manifest" in without.json()["message"]


def test_refused__every_finding_with_422(tmp_path: Path, house: House, lab: TestClient) -> None:
    folder = make_single(tmp_path / "a", case={"patient_group": "dreams", "opened": "2030-01-01"})

    at_once = lab.post(API, content=(folder / "manifest.json").read_bytes())
    change_manifest(folder, case=json.loads((folder / "manifest.json").read_text())["case"] | {"opened": "2026-01-01"})
    late = upload(lab, folder)

    assert [finding["rule"] for finding in at_once.json()["findings"]] == ["date.future"]
    assert at_once.status_code == late.status_code == 422
    assert [finding["rule"] for finding in late.json()["findings"]] == ["group.known"]
    with house.database.reading() as connection:
        assert [one.state for one in list_submissions(connection, laboratory="north").items] == ["refused"] * 2
    assert lab.get(API, params={"state": "accepted"}).json()["items"] == []


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x", "Basic abc", "Bearer \u00e6"])
def test_token__nobody_comes_in_without_a_valid_one(tmp_path: Path, house: House, header: str | None) -> None:
    headers = {"Authorization": header.encode("utf-8")} if header else {}
    folder = make_single(tmp_path / "a")
    with TestClient(make_app(house)) as nobody:
        answers = [
            nobody.post(API, content=(folder / "manifest.json").read_bytes(), headers=headers),
            nobody.get(API, headers=headers),
            nobody.get(f"{API}/S0000000000000001", headers=headers),
            nobody.put(f"{API}/uploads/{'a' * 64}/0", content=b"x", headers=headers),
            nobody.post(f"{API}/uploads/{'a' * 64}", headers=headers),
        ]

    assert {answer.status_code for answer in answers} == {401}
    assert not (house.home / "incoming").exists()


def test_laboratory__neither_sees_nor_touches_what_is_anothers(tmp_path: Path, house: House, lab: TestClient) -> None:
    folder = make_single(tmp_path / "a")
    begun = begin(lab, folder)
    item = begun["missing"][0]
    other = {"Authorization": f"Bearer {make_token(house, 'south')}"}

    theirs = [
        lab.put(item["put"], content=(folder / item["path"]).read_bytes(), headers=other).status_code,
        lab.post(begun["send"], headers=other).status_code,
        lab.post(API, content=(folder / "manifest.json").read_bytes(), headers=other).status_code,
    ]
    receipt = upload(lab, folder).json()
    theirs.append(lab.get(f"{API}/{receipt['submission']}", headers=other).status_code)

    assert theirs == [404, 404, 403, 404]
    assert lab.get(API, headers=other).json()["items"] == []


def test_administrator__sees_all_and_a_clinician_nothing(tmp_path: Path, house: House, lab: TestClient) -> None:
    receipt = upload(lab, make_single(tmp_path / "a")).json()
    admin = {"Authorization": f"Bearer {make_token(house, None, 'admin')}"}
    clinician = {"Authorization": f"Bearer {make_token(house, None, 'clinician')}"}

    assert lab.get(f"{API}/{receipt['submission']}", headers=admin).status_code == 200
    assert lab.get(API, headers=clinician).status_code == 403
    assert lab.post(API, content=b"{}", headers=clinician).status_code == 422


@pytest.mark.parametrize(
    "upload_id", ["%2e%2e", "x", "A" * 64, "a" * 64, "..%2f" * 3 + "etc", "a" * 63 + "/", "\u00e6" * 64]
)
def test_upload__ids_that_name_nothing_are_not_found(lab: TestClient, upload_id: str) -> None:
    assert lab.put(f"{API}/uploads/{upload_id}/0", content=b"x").status_code in (404, 405)
    assert lab.post(f"{API}/uploads/{upload_id}").status_code in (404, 405)


def test_upload__file_numbers_beyond_the_manifest_are_not_found(tmp_path: Path, lab: TestClient) -> None:
    begun = begin(lab, make_single(tmp_path / "a"))

    for number in ("1", "-1", "999999999999999999999"):
        assert lab.put(f"{API}/uploads/{begun['upload']}/{number}", content=b"x").status_code == 404


def test_manifest__larger_than_a_megabyte_is_refused(lab: TestClient) -> None:
    assert lab.post(API, content=b" " * ((1 << 20) + 1)).status_code == 422


def test_schema__is_open_and_the_one_that_is_checked(house: House) -> None:
    with TestClient(make_app(house)) as nobody:
        assert nobody.get(f"{API}/schema").json() == json.loads(json.dumps(schema()))


def test_list__pages(tmp_path: Path, lab: TestClient) -> None:
    sent = [
        upload(lab, make_single(tmp_path / f"p{i}", f"N{i}", [SITE, (*SITE[:1], SITE[1] + 5 + i, *SITE[2:])])).json()
        for i in range(3)
    ]

    first = lab.get(API, params={"limit": 2}).json()
    second = lab.get(API, params={"limit": 2, "cursor": first["next"]}).json()

    ids = [item["id"] for item in first["items"] + second["items"]]
    assert ids == [receipt["submission"] for receipt in reversed(sent)] and second["next"] is None
    assert lab.get(API, params={"cursor": "junk"}).status_code == 400


# The client, against a real server


@pytest.fixture
def server(house: House) -> Iterator[str]:
    config = uvicorn.Config(make_app(house), host="127.0.0.1", port=0, log_level="error", lifespan="off")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.005)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join()


def test_client__sends_asks_and_sends_again(tmp_path: Path, house: House, server: str) -> None:
    client = Client(server, make_token(house))
    folder = make_trio(tmp_path / "t")
    told: list[tuple[int, int]] = []

    first = client.send(folder, lambda _, done, of: told.append((done, of)))

    again = client.send(folder)
    assert again == first and (first.before, again.before) == (False, True)
    assert told and all(done <= of for done, of in told)
    assert client.submission(first.submission)["state"] == "accepted"
    assert [item["id"] for item in client.submissions()["items"]] == [first.submission]
    with pytest.raises(NotFound):
        client.submission("S" + "0" * 16)


def test_client__refusals_are_those_of_the_check(tmp_path: Path, house: House, server: str) -> None:
    client = Client(server, make_token(house))

    with pytest.raises(PackageRefused) as told:
        client.send(make_single(tmp_path / "a", case={"patient_group": "dreams"}))
    with pytest.raises(NotPermitted):
        Client(server, "embla_wrong").send(make_single(tmp_path / "b"))

    assert [finding.rule for finding in told.value.findings] == ["group.known"]


def test_client__waits_when_the_server_asks_for_patience(tmp_path: Path, house: House) -> None:
    app = make_app(house)
    busy = {"left": 3}

    @app.middleware("http")
    async def patience(request: Request, forward: Any) -> Any:
        if busy["left"]:
            busy["left"] -= 1
            return JSONResponse({}, 429, headers={"Retry-After": "7"})
        return await forward(request)

    running = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.005)
    url = f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    slept: list[float] = []

    Client(url, make_token(house), sleep=slept.append).send(make_single(tmp_path / "a"))

    assert slept == [7, 7, 7]
    running.should_exit = True
    thread.join()


@pytest.mark.parametrize("url", ["http://example.org", "ftp://x", "x", "https://"])
def test_client__sends_tokens_over_https_only(url: str) -> None:
    with pytest.raises(UsageError):
        Client(url, "t")


def test_client__a_server_that_is_away_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        Client("http://127.0.0.1:1", "t").send(make_single(tmp_path / "a"))


def test_application__has_it_behind_the_guard(tmp_path: Path, house: House) -> None:
    """The whole application: bounds on what takes files, errors as JSON, no cache."""
    from embla.app import create_app

    folder = make_single(tmp_path / "a")
    headers = {"Authorization": f"Bearer {make_token(house)}"}
    with TestClient(create_app(house.settings, house), headers=headers) as client:
        answer = upload(client, folder)
        nobody = client.get(API, headers={"Authorization": "Bearer x"})
        missing = client.get(f"{API}/S0000000000000000")

    assert answer.status_code == 200 and answer.json()["genomes"][0]["accession"] == "EMBG00000000001"
    assert (nobody.status_code, missing.status_code) == (401, 404)
    assert answer.headers["cache-control"] == "no-store"
    assert missing.json()["message"] == "There is no such submission."
