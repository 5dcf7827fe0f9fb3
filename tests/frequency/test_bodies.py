"""Answers that are kept as bytes are never another's: not of an older release, not of one that is withheld since."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from embla.errors import EmblaError
from embla.frequency import bodies as kept
from embla.frequency import cut_release, releases
from embla.frequency.http import router
from embla.frequency.pages import variant
from embla.genome import Variant
from embla.platform import OPERATOR
from embla.reference import Consequence, Effect, Reference, Resources, demo_reference_paths
from tests.frequency.nation import Nation, Person, nation

URL = "/api/frequencies/chr1-1500-A-G"
TWIN = "/variant/chr1-1500-A-G.json"
both = pytest.mark.parametrize("url", [URL, TWIN])


def crowd(first: int, n: int) -> list[Person]:
    return [Person(f"p{i}", calls=["chr1 1500 A G 0/1"]) for i in range(first, first + n)]


def client_of(n: Nation) -> TestClient:
    app = FastAPI()
    app.state.house = n.house
    app.include_router(router)
    app.include_router(variant.router)

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

    read = variant._read

    def counted_too(request: object, text: str) -> object:
        asked.append(text)
        return read(request, text)  # type: ignore[arg-type]

    monkeypatch.setattr(http, "_frequency", counted)
    monkeypatch.setattr(variant, "_read", counted_too)
    # So slow a machine that a second passes between two questions must not make this test another one.
    monkeypatch.setattr(releases, "_LOOK_AGAIN", 60.0)
    yield asked


@both
def test_the_same_question_again__is_answered_by_the_same_bytes_without_looking(
    tmp_path: Path, alone: list[str], url: str
) -> None:
    with nation(tmp_path, *crowd(0, 20), step=4, leaver_days=100) as n:
        cut_release(n.house, OPERATOR)
        client = client_of(n)
        first = client.get(url)  # finds out which release is the newest
        second, third = client.get(url), client.get(url, params={"release": "2026.1"})

        assert len(alone) == 2 and first.content == second.content == third.content
        assert first.json()["an"] == 40 and second.headers["content-type"] == first.headers["content-type"]
        assert client.get(url, params={"release": "2025.9"}).status_code == 422
        assert client.get(url.replace("1500", "1501")).json()["pos"] == 1501


@both
def test_what_was_kept__is_not_shown_after_a_cut_nor_when_it_is_withheld(
    tmp_path: Path, alone: list[str], url: str
) -> None:
    with nation(tmp_path, *crowd(0, 20), step=4, leaver_days=100) as n:
        cut_release(n.house, OPERATOR)
        client = client_of(n)
        assert [client.get(url).json()["an"] for _ in range(3)] == [40] * 3 and len(alone) == 2

        n.add(*crowd(20, 4))
        cut_release(n.house, OPERATOR)
        assert [client.get(url).json()["an"] for _ in range(3)] == [48] * 3
        n.remove("p1")
        n.wait(101)
        cut_release(n.house, OPERATOR)
        answers = [client.get(url) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [422] * 3
        assert all("withheld" in answer.json()["message"] for answer in answers)


@both
def test_what_was_kept__is_not_shown_when_more_is_hidden(tmp_path: Path, alone: list[str], url: str) -> None:
    with nation(tmp_path, *crowd(0, 20), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        client = client_of(n)
        assert [client.get(url).json()["ac"] for _ in range(3)] == [20] * 3 and len(alone) == 2

        object.__setattr__(n.house.settings, "suppress_below", 25)
        assert [client.get(url).json()["ac"] for _ in range(3)] == [None] * 3 and len(alone) == 3
        # Another home in the same application has nothing of the first one's.
        client.app.state.house = replace(n.house, settings=replace(n.house.settings, suppress_below=5))  # type: ignore[attr-defined]
        assert client.get(url).json()["ac"] == 20 and len(alone) == 4


class Told:
    """Effects that say what they are told to, question by question."""

    def __init__(self, *effects: Effect) -> None:
        self.effects = list(effects)

    def of(self, variants: Iterable[Variant]) -> dict[Variant, Effect]:
        effect = self.effects.pop(0) if len(self.effects) > 1 else self.effects[0]
        return dict.fromkeys(variants, effect)


def consequence(kind: str) -> Effect:
    return Effect((Consequence(kind, "ABC", "ENST1.1", "protein_coding", "+", ""),))


def test_the_twin__of_what_is_not_worked_out_yet_is_made_anew_until_it_is(tmp_path: Path, alone: list[str]) -> None:
    with nation(tmp_path, *crowd(0, 20)) as n:
        cut_release(n.house, OPERATOR)
        client = client_of(n)
        client.get(URL)
        n.house.__dict__["effects"] = Told(Effect(reason="not_now"), Effect(reason="no_answer"), consequence("intron"))

        answers = [client.get(TWIN).json() for _ in range(5)]

        assert [one["consequences_reason"] for one in answers] == ["not_now", "no_answer", None, None, None]
        assert [len(one["consequences"]) for one in answers] == [0, 0, 1, 1, 1]
        assert len(alone) == 1 + 3, "the third is kept, the first two are not"


def test_the_twin__of_other_gene_models_or_names_is_made_anew(tmp_path: Path, alone: list[str]) -> None:
    with nation(tmp_path, *crowd(0, 20)) as n:
        cut_release(n.house, OPERATOR)
        client = client_of(n)
        client.get(URL)
        for kind in ("intron", "missense"):
            n.house.__dict__["effects"] = Told(consequence(kind))
            assert [client.get(TWIN).json()["consequences"][0]["kind"] for _ in range(3)] == [kind] * 3
        assert len(alone) == 1 + 2
        n.house.__dict__["names"] = Resources(n.house.reference)
        assert client.get(TWIN).json()["consequences"][0]["kind"] == "missense" and len(alone) == 4
        n.house.__dict__["reference"] = Reference.open(demo_reference_paths().fasta)
        assert client.get(TWIN).status_code == 200 and len(alone) == 5


def test_the_twin__in_another_spelling_is_another_body_with_a_note_of_its_own(tmp_path: Path, alone: list[str]) -> None:
    with nation(tmp_path, *crowd(0, 20)) as n:
        cut_release(n.house, OPERATOR)
        client = client_of(n)
        client.get(TWIN)
        plain, spdi = (
            [client.get(url).content for _ in range(2)] for url in (TWIN, "/variant/NC_000001.11:1499:A:G.json")
        )

        assert len(alone) == 3 and plain[0] == plain[1] and spdi[0] == spdi[1]
        told = [json.loads(one) for one in (plain[0], spdi[0])]
        assert not any("SPDI" in note for note in told[0]["notes"]) and any("SPDI" in note for note in told[1]["notes"])
        assert told[0] == told[1] | {"notes": told[0]["notes"]}


def test_the_twin__of_an_error_and_of_an_older_release_is_not_kept(tmp_path: Path, alone: list[str]) -> None:
    with nation(tmp_path, *crowd(0, 20), step=4) as n:
        cut_release(n.house, OPERATOR)
        n.add(*crowd(20, 4))
        cut_release(n.house, OPERATOR)
        client = client_of(n)
        client.get(TWIN)
        for url, status in [
            ("/variant/nonsense.json", 422),
            ("/variant/chr1-1-900.json", 422),
            (TWIN + "?release=2026.1", 200),
        ]:
            alone.clear()
            assert [client.get(url).status_code for _ in range(2)] == [status] * 2 and len(alone) == 2
        assert client.get(TWIN, params={"release": "2026.1"}).json()["an"] == 40
        assert client.get(TWIN).json()["an"] == client.get(TWIN, params={"release": ""}).json()["an"] == 48
        assert not client.app.state.frequency_bodies._bodies.keys() - {  # type: ignore[attr-defined]
            kept.Bodies(n.house).key("twin", "chr1-1500-A-G", None)
        }


def test_the_twin__of_who_shows_a_name_is_made_anew(tmp_path: Path, alone: list[str]) -> None:
    with nation(tmp_path, *crowd(0, 20)) as n:
        cut_release(n.house, OPERATOR)
        client = client_of(n)
        kept_body = [client.get(TWIN).content for _ in range(3)][-1]
        assert len(alone) == 2

        for headers in (
            {"Authorization": "Bearer x"},
            {"Cookie": "__Host-embla_session=x"},
            {"Cookie": "embla_session=x"},
        ):
            alone.clear()
            assert client.get(TWIN, headers=headers).content == kept_body and len(alone) == 1
        assert client.get(TWIN, headers={"Cookie": "embla_lang=da"}).content == kept_body and len(alone) == 1


def test_bodies__of_long_answers_and_beyond_a_thousand_are_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with nation(tmp_path, *crowd(0, 12)) as n:
        cut_release(n.house, OPERATOR)
        client = client_of(n)
        monkeypatch.setattr(releases, "_LOOK_AGAIN", 60.0)
        client.get(URL)
        some = kept.Bodies(n.house)
        keys = [some.key("api", f"chr1-{i}-A-G", None) for i in range(kept.MOST + 5)]
        for key in keys:
            some.keep(key, b"x")
        some.keep(some.key("api", "long", None), b"x" * 70_000)

        assert some.find(keys[0]) is None and some.find(keys[-1]) == b"x" and len(some._bodies) == kept.MOST
        assert some.find(some.key("api", "long", None)) is None and some.find(None) is None
