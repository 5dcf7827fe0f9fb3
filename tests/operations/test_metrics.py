"""Figures for a monitoring system: right, without persons, and not for everybody."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from embla.app import create_app
from embla.platform import House
from tests.operations.conftest import report

TOKEN = "a-token-of-a-monitoring-system-0001"


@pytest.fixture
def client(house: House, packages: list[Path]) -> Iterator[TestClient]:
    report(house, packages)
    served = replace(house, settings=replace(house.settings, metrics_token=TOKEN))
    with TestClient(create_app(served.settings, served), client=("203.0.113.9", 1234)) as made:
        yield made


def read(client: TestClient) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_metrics__count_genomes_events_and_requests(client: TestClient) -> None:
    client.get("/")
    client.get("/nowhere")
    figures = read(client)

    assert figures["embla_genomes", ()] == figures["embla_store_genomes", ()] == 3
    assert figures["embla_up", ("database",)] == figures["embla_up", ("store",)] == 1
    assert figures["embla_log_events", ()] >= 3
    assert figures["embla_requests_total", ("/", "2xx")] == 1
    assert figures["embla_requests_total", ("-", "4xx")] == 1
    assert figures["embla_last_seconds", ("submission-accepted",)] >= 0


def test_metrics__hold_patterns_and_no_paths(client: TestClient) -> None:
    client.get("/variant/chr21-5030600-A-G")
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text

    assert "5030600" not in text
    assert "EMBG" not in text


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"X-Forwarded-For": "127.0.0.1"}])
def test_metrics__are_refused_to_strangers(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get("/metrics", headers=headers).status_code == 403


def test_metrics__are_given_to_this_machine_but_not_through_its_proxy(house: House) -> None:
    with TestClient(create_app(house.settings, house), client=("127.0.0.1", 1234)) as near:
        assert near.get("/metrics").status_code == 200
        assert near.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403


def test_metrics__a_part_that_does_not_answer_is_down_and_the_others_still_come(
    client: TestClient, house: House
) -> None:
    (house.home / "store").rename(house.home / "elsewhere")
    client.app.state.house.__dict__.pop("store", None)  # type: ignore[attr-defined]

    figures = read(client)

    assert figures["embla_up", ("store",)] == 0
    assert figures["embla_genomes", ()] == 3
