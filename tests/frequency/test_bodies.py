"""Answers that are kept as bytes are never another's: not of an older release, not of one that is withheld since."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from embla.errors import EmblaError
from embla.frequency import bodies as kept
from embla.frequency import cut_release, releases
from embla.frequency.http import router
from embla.platform import OPERATOR
from tests.frequency.nation import Nation, Person, nation

URL = "/api/frequencies/chr1-1500-A-G"


def crowd(first: int, n: int) -> list[Person]:
    return [Person(f"p{i}", calls=["chr1 1500 A G 0/1"]) for i in range(first, first + n)]


def client_of(n: Nation) -> TestClient:
    app = FastAPI()
    app.state.house = n.house
    app.include_router(router)

    @app.exception_handler(EmblaError)
    async def told(request: object, error: EmblaError) -> object:
        from fastapi.responses import JSONResponse

        return JSONResponse({"message": str(error)}, 422)

    return TestClient(app)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The texts that were answered the long way."""
    from embla.frequency import http

    asked: list[str] = []
    whole = http._frequency

    def counted(house: object, text: str, release: str | None) -> bytes:
        asked.append(text)
        return whole(house, text, release)  # type: ignore[arg-type]

    monkeypatch.setattr(http, "_frequency", counted)
    # So slow a machine that a second passes between two questions must not make this test another one.
    monkeypatch.setattr(releases, "_LOOK_AGAIN", 60.0)
    yield asked


def test_the_same_question_again__is_answered_by_the_same_bytes_without_looking(
    tmp_path: Path, alone: list[str]
) -> None:
    with nation(tmp_path, *crowd(0, 20), step=4, leaver_days=100) as n:
        cut_release(n.house, OPERATOR)
        client = client_of(n)
        first = client.get(URL)  # finds out which release is the newest
        second, third = client.get(URL), client.get(URL, params={"release": "2026.1"})

        assert len(alone) == 2 and first.content == second.content == third.content
        assert first.json()["an"] == 40 and second.headers["content-type"] == first.headers["content-type"]
        assert client.get(URL, params={"release": "2025.9"}).status_code == 422
        assert client.get("/api/frequencies/chr1-1501-A-G").json()["pos"] == 1501


def test_what_was_kept__is_not_shown_after_a_cut_nor_when_it_is_withheld(tmp_path: Path, alone: list[str]) -> None:
    with nation(tmp_path, *crowd(0, 20), step=4, leaver_days=100) as n:
        cut_release(n.house, OPERATOR)
        client = client_of(n)
        assert [client.get(URL).json()["an"] for _ in range(3)] == [40] * 3 and len(alone) == 2

        n.add(*crowd(20, 4))
        cut_release(n.house, OPERATOR)
        assert [client.get(URL).json()["an"] for _ in range(3)] == [48] * 3
        n.remove("p1")
        n.wait(101)
        cut_release(n.house, OPERATOR)
        answers = [client.get(URL) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [422] * 3
        assert all("withheld" in answer.json()["message"] for answer in answers)


def test_bodies__of_long_answers_and_beyond_a_thousand_are_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with nation(tmp_path, *crowd(0, 12)) as n:
        cut_release(n.house, OPERATOR)
        client = client_of(n)
        monkeypatch.setattr(releases, "_LOOK_AGAIN", 60.0)
        client.get(URL)
        some = kept.Bodies(n.house)
        keys = [some.key(f"chr1-{i}-A-G", None) for i in range(kept.MOST + 5)]
        for key in keys:
            some.keep(key, b"x")
        some.keep(some.key("long", None), b"x" * 70_000)

        assert some.find(keys[0]) is None and some.find(keys[-1]) == b"x" and len(some._bodies) == kept.MOST
        assert some.find(some.key("long", None)) is None and some.find(None) is None
