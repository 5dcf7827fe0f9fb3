"""The doctor finds what is wrong, says how to mend it, and does not fall over what it cannot look at."""

import os
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from embla.composition import open_home
from embla.identity import ZONE_FILE, zone_opens
from embla.operations import Repository, back_up, drill, examine
from embla.operations.agreed import uncovered
from embla.operations.keys import KEYS, generate
from embla.platform import OPERATOR, House, append_event
from embla.registry import Agreement, agreements, end_agreement
from embla.submission import receive_many
from tests.operations.conftest import report


def states(house: House) -> dict[str, str]:
    """Of each name the worst that was found."""
    worst: dict[str, str] = {}
    for finding in examine(house):
        order = ("ok", "warn", "bad")
        worst[finding.name] = max(worst.get(finding.name, "ok"), finding.state, key=order.index)
    return worst


def test_examine__a_home_that_is_cared_for_has_nothing_bad(
    house_on_both: House, repository: Repository, packages: list[Path]
) -> None:
    house = house_on_both
    report(house, packages)
    (house.home / KEYS).mkdir(mode=0o700, exist_ok=True)
    (house.home / KEYS / "any.key").write_bytes(b"key")
    (house.home / KEYS / "any.key").chmod(0o600)
    repository.set_recovery_key(generate()[1])
    drill(house, repository, back_up(house, repository))

    found = states(house)

    # Tests may run as root, and no test has a second machine.
    assert {name for name, state in found.items() if state != "ok"} <= {"user", "second-place"}
    assert set(found) >= {
        *("home", "database", "store", "log", "vault", "clock", "keys", "disk", "backup", "drill", "settings")
    }


def test_examine__a_laboratory_without_an_agreement_and_one_whose_ends_soon_are_told(house: House) -> None:
    with house.database.reading() as connection:
        of = {one.partner: one.id for one in agreements(connection)}
    today = house.clock().date()
    end_agreement(house, OPERATOR, of["north"], on=today)
    end_agreement(house, OPERATOR, of["south"], on=today + timedelta(days=60))
    end_agreement(house, OPERATOR, of["central"], on=today + timedelta(days=61))

    told = [(one.state, one.text) for one in examine(house) if one.name == "agreements"]

    assert [state for state, _ in told] == ["warn", "warn"]
    assert "with: north. They cannot report" in told[0][1]
    assert f"south (last day {today + timedelta(days=59)})" in told[1][1] and "central" not in told[1][1]


def test_uncovered__a_new_agreement_that_follows_on_leaves_no_day_open() -> None:
    day = date(2026, 3, 2)

    def until(last: int) -> Agreement:
        return Agreement("A1", "p", "reporting", "", day, day, expires=day + timedelta(days=last))

    def signed(first: int, flow: str = "reporting") -> Agreement:
        return Agreement("A2", "p", flow, "", day, day + timedelta(days=first))

    assert uncovered([until(10)], day, 60) == day + timedelta(days=11)
    assert uncovered([until(10), signed(11)], day, 60) is None
    assert uncovered([until(10), signed(13)], day, 60) == day + timedelta(days=11)
    assert uncovered([until(10), signed(11, "files")], day, 60) == day + timedelta(days=11)
    assert uncovered([], day, 60) == day and uncovered([until(60)], day, 60) is None


def test_examine__a_home_without_a_backup_is_bad(house: House) -> None:
    found = states(house)

    assert (found["backup"], found["drill"]) == ("bad", "warn")


def test_examine__an_old_backup_and_an_old_drill_are_bad(
    house: House, repository: Repository, packages: list[Path]
) -> None:
    report(house, packages)
    drill(house, repository, back_up(house, repository))
    house.clock.at += timedelta(days=36)  # type: ignore[attr-defined]

    found = states(house)

    assert (found["backup"], found["drill"], found["backup-keys"]) == ("bad", "bad", "warn")


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_examine__what_others_can_read_is_bad(house: House) -> None:
    (house.home / KEYS).mkdir(exist_ok=True)
    (house.home / KEYS / "loose.key").write_bytes(b"key")
    (house.home / KEYS / "loose.key").chmod(0o644)
    house.home.chmod(0o755)

    found = states(house)

    assert (found["home"], found["keys"]) == ("bad", "bad")


def test_examine__a_clock_behind_the_log_is_bad(house: House) -> None:
    with house.database.transaction() as connection:
        ahead = house.clock() + timedelta(days=1)
        append_event(connection, at=ahead, actor=OPERATOR.id, kind="signed-in", subject="account:x")

    assert states(house)["clock"] == "bad"


def test_examine__a_store_that_is_gone_is_one_finding_among_the_others(house: House, packages: list[Path]) -> None:
    list(receive_many(house, OPERATOR, packages))
    (house.home / "store").rename(house.home / "elsewhere")
    house.__dict__.pop("store", None)

    found = states(house)

    assert found["store"] == "bad"
    assert found["database"] == "ok"


def test_examine__a_vault_whose_key_is_lost_is_bad(house: House, packages: list[Path]) -> None:
    report(house, packages)
    for key in (house.home / KEYS / "vault").glob("*.key"):
        key.unlink()

    assert states(house)["vault"] == "bad"


def test_examine__a_log_that_was_bent_is_bad(house: House, packages: list[Path]) -> None:
    import sqlite3
    from contextlib import closing

    report(house, packages)
    with closing(sqlite3.connect(house.home / "embla.db")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE events SET actor = 'somebody' WHERE number = 1")
        connection.commit()

    assert states(house)["log"] == "bad"


def test_examine__settings_that_would_not_start_are_bad(house: House) -> None:
    from dataclasses import replace

    served = replace(house, settings=replace(house.settings, demo=False, host="0.0.0.0"))

    assert states(served)["settings"] == "bad"


def test_examine__a_lost_key_over_the_keys_of_genomes_is_bad(house: House, packages: list[Path]) -> None:
    report(house, packages)
    assert {"genome-keys": "ok"}.items() <= states(house).items()
    shutil.rmtree(house.home / "keys" / "wrapping")

    # Whoever opens the home makes another key.
    assert states(open_home(house.settings, create=False))["genome-keys"] == "bad"


@pytest.mark.parametrize("lost", ["zone", "key", "cut"])
def test_examine__an_identity_zone_that_is_gone_or_has_no_key_is_bad(house: House, lost: str) -> None:
    zone_opens(house)
    with house.database.transaction() as connection:
        append_event(
            connection, at=house.clock(), actor=OPERATOR.id, kind="identity-registered", subject="person:P1", body={}
        )
    assert states(house)["identity"] == "ok"

    if lost == "key":
        (house.home / "keys" / "identity.key").unlink()
    elif lost == "cut":
        file = house.home / ZONE_FILE
        for journal in file.parent.glob(f"{file.name}-*"):
            journal.unlink()
        file.write_bytes(b"no database" * 1000)
    else:
        shutil.rmtree((house.home / ZONE_FILE).parent)

    assert states(open_home(house.settings, create=False))["identity"] == "bad"
