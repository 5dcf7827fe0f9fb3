"""Whatever the OpenAPI document lets somebody send, and what it does not: no answer is a fault of ours, and none hangs.

schemathesis makes the requests out of the document, for every operation in it, without and with a doctor's token.
"""

import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings

from embla.app import create_app
from embla.platform import OPERATOR, issue_token
from tests.web.nation import WebNation, shared

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis import GenerationMode

# Far above what any answer takes on a busy machine; only what never ends comes here.
HANGS: Final = 120


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebNation]:
    made = shared(tmp_path_factory)
    yield made
    made.house.database.close()


def operations(app: FastAPI) -> list[Any]:
    document = schemathesis.openapi.from_asgi("/openapi.json", app)
    return [found.ok() for found in document.get_all_operations()]


def ask_everything(app: FastAPI, token: str, examples: int) -> dict[str, set[int]]:
    """Operation -> statuses that were seen. AssertionError for a fault, TimeoutError for what hangs."""
    seen: dict[str, set[int]] = {}
    with ThreadPoolExecutor(max_workers=1) as pool:
        for operation in operations(app):
            seen[operation.label] = set()
            _ask(pool, operation, token, examples, seen[operation.label])
    return seen


def _ask(pool: ThreadPoolExecutor, operation: Any, token: str, examples: int, seen: set[int]) -> None:
    @seed(20261127)
    @settings(
        max_examples=examples, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
           | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))  # fmt: skip
    def asked(case: Any) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = pool.submit(lambda: case.call(headers=headers)).result(timeout=HANGS)
        # 503 is a door whose extra or store is not there, said in words; it is no fault.
        assert answer.status_code < 500 or answer.status_code == 503, (operation.label, case.as_curl_command())
        seen.add(answer.status_code)

    asked()


def app_of(nation: WebNation) -> tuple[FastAPI, str]:
    from dataclasses import replace

    house = nation.house
    free = replace(house.settings, requests_per_minute=0, anonymous_per_minute=0)
    with house.database.transaction() as connection:
        token = issue_token(connection, "doctor", label="any", by=OPERATOR, at=house.clock())
    return create_app(free, replace(house, settings=free)), token


def test_any_request__of_the_document_is_answered_without_a_fault(nation: WebNation) -> None:
    app, token = app_of(nation)

    seen = ask_everything(app, token, 2)

    assert len(seen) > 40 and all(seen.values())


@pytest.mark.deep
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("signed_in", [False, True])
def test_many_requests__of_the_document_are_answered_without_a_fault(nation: WebNation, signed_in: bool) -> None:
    app, token = app_of(nation)

    ask_everything(app, token if signed_in else "", 20)
