"""Pages, API and command line give the numbers of the services, and say what is not loaded."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from embla.app import create_app
from embla.cli import run
from embla.frequency import cut_release
from embla.platform import OPERATOR, House, create_account, issue_token
from tests.structural.nation import REPEAT, report
from tests.structural.test_counting import CASE, PLACE, deletion
from tests.web.clients import client_of

TEXT = "chr21-5030001-5040000"


@pytest.fixture
def made(house: House, tmp_path: Path) -> Iterator[tuple[House, Any, httpx.Client]]:
    """Five people: four with a deletion, one with another that is hers alone; repeats of all."""
    small = replace(house, settings=replace(house.settings, suppress_below=3, release_step=3))
    acks = [
        report(
            small, tmp_path, n, sv=[deletion(n) if n < 5 else "chr21 5036000 x N <DUP> . PASS END=5037000 GT 0/1"],
            repeats=[REPEAT.format(own="0/1:11/16:.")], **CASE,
        )
        for n in range(1, 6)
    ]  # fmt: skip
    cut_release(small, OPERATOR)
    with client_of(create_app(small.settings, small)) as client:
        yield small, acks, client


def test_region_page_and_twins__show_what_the_release_has(made: tuple[House, Any, httpx.Client]) -> None:
    _, _, client = made

    page, told = client.get(f"/region/{TEXT}").text, client.get(f"/api/structural/{TEXT}").json()

    assert "chr21-5031002-5032001-DEL" in page
    assert 'id="svg-structural-title"' in page
    assert 'id="svg-repeat-0-title"' in page
    assert "TOY1" in page
    assert "not loaded" in page
    assert [(one["name"], one["ac"], one["status"]) for one in told["events"]] == [
        ("chr21-5031002-5032001-DEL", 4, "observed"), ("chr21-5036001-5037000-DUP", None, "suppressed"),
    ]  # fmt: skip
    assert [(bar["low"], bar["ac"]) for bar in told["repeats"][0]["histogram"]] == [(11, 5), (16, 5)]
    assert told["kinds"]["cnv"]["status"] == "not_loaded"
    assert client.get(f"/region/{TEXT}.json").json()["structural"] == told


def test_live__by_token_is_exact_and_in_the_log_first(made: tuple[House, Any, httpx.Client]) -> None:
    house, acks, client = made
    with house.database.transaction() as connection:
        create_account(connection, "doctor", display="D", roles=("clinician",), by=OPERATOR, at=house.clock())
        token = issue_token(connection, "doctor", label="test", by=OPERATOR, at=house.clock())
    ask = {"region": TEXT, "leave_out": ["person"]}

    refused = client.post(f"/api/cases/{acks[0].case}/structural", json=ask)
    told = client.post(
        f"/api/cases/{acks[0].case}/structural", json=ask, headers={"Authorization": f"Bearer {token}"}
    ).json()

    assert refused.status_code == 401
    assert [(one["ac"], one["an"]) for one in told["events"]] == [(3, 8), (1, 8)]
    assert int(told["how"]["event"]) > 0
    assert told["how"]["left_out"] == "the patient"


def test_command__gives_the_same_as_json(
    made: tuple[House, Any, httpx.Client], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house, _, client = made
    monkeypatch.setenv("EMBLA_HOME", str(house.home))
    monkeypatch.setenv("EMBLA_SUPPRESS_BELOW", "3")

    codes = [run(["frequency", "structural", str(PLACE), "--json"]), run(["frequency", "structural", str(PLACE)])]
    told = capsys.readouterr()

    assert codes == [0, 0]
    assert json.loads(told.out.splitlines()[0])["events"] == client.get(f"/api/structural/{PLACE}").json()["events"]
    assert "not_loaded" in told.out + told.err
