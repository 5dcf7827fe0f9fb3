"""The "log intact" light on the status page: green for an honest log, red once somebody bent it."""

from pathlib import Path

import pytest

from embla.app import create_app, log_light
from embla.platform import House, append_event
from embla.worker import working
from tests.support import forger
from tests.web.clients import client_of


@pytest.fixture
def written(house: House) -> House:
    with house.database.transaction() as connection:
        for n in range(8):
            append_event(connection, at=house.clock(), actor="ann", kind="k", subject=f"s{n % 2}")
    house.log.checkpoint(house.clock())
    return house


def test_status__says_that_the_log_is_intact_and_what_was_signed(written: House) -> None:
    with client_of(create_app(written.settings, written)) as client:
        page = client.get("/status")
    health = log_light(written)

    assert page.status_code == 200 and "Log intact" in page.text
    assert health is not None and health.root in page.text


def test_status__goes_red_when_somebody_rewrote_the_log(written: House) -> None:
    with written.database.transaction() as connection:
        forger.tamper(connection, forger.edit, 3, clever=True, sqlite=True)

    with client_of(create_app(written.settings, written)) as client:
        page = client.get("/status")

    assert "The log is not intact" in page.text and "Log intact" not in page.text


def test_status__without_the_keys_says_that_it_cannot_tell(written: House) -> None:
    (written.home / "keys" / "signing" / "public.json").unlink()

    with client_of(create_app(written.settings, written)) as client:
        assert "cannot be checked" in client.get("/status").text


def test_worker__signs_what_is_new_while_the_house_runs(house: House, tmp_path: Path) -> None:
    from time import monotonic, sleep

    house.database.after_events = None
    with house.database.transaction() as connection:
        append_event(connection, at=house.clock(), actor="ann", kind="k", subject="s")

    with working(house, seconds=0.01):
        end = monotonic() + 30
        while house.log.health(house.clock()).signed == 0 and monotonic() < end:
            sleep(0.02)

    assert house.log.health(house.clock()).signed == 1
