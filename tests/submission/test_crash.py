"""Kill -9 at any moment: every acknowledged package is there, counted once, and none is half."""

import json
import random
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from embla.composition import open_home
from embla.genome import Variant
from embla.platform import House, Settings, current_manifest, events_since, verify_chain
from embla.registry import counted_genomes
from embla.registry.tables import genomes
from embla.submission.tables import submission_files, submissions
from embla.vault import Vault
from tests.support import mortal
from tests.support.homes import agreed
from tests.support.laboratory import SITE, START, make_single, make_trio


def kept_whole(house: House, digest: str) -> bool:
    """Does the file read back, byte for byte?"""
    file = Vault(house).find(digest)
    return file is not None and Vault(house).problem(file) == ""


def make_packages(folder: Path, n: int) -> list[int]:
    """n packages in the order of their names: singles, trios, and every seventh corrects the one before. Gives the
    number of counted genomes and of alleles at the site after each."""
    genomes_after, here = [], 0
    for i in range(n):
        own = ("chr21", START + 20 + 3 * i, "A", "G", "0/1")
        name, path = f"K{i:04d}", folder / f"{i:04d}"
        if i % 7 == 6:
            key = f"K{i - 1:04d}"
            case = {"id": f"{key}-case"}
            make_single(path, name, [SITE, own], type="correction", corrects=key, key=f"{key}-p", case=case)
        elif i % 3 == 1 and i % 7 != 5:
            others = {
                role: [SITE, ("chr21", START + 5000 + 9 * i + k, "A", "G", "0/1")]
                for k, role in enumerate(("index", "mother", "father"))
            }
            make_trio(path, name, others)
            here += 3
        else:
            make_single(path, name, [SITE, own])
            here += 1
        genomes_after.append(here)
    return genomes_after


def check(house: House, acknowledged: list[dict[str, Any]], after: list[int]) -> int:
    """Every promise, on the home as the dead left it; gives how many packages are in."""
    with house.database.reading() as connection:
        verify_chain(connection)
        pointer = current_manifest(connection)
        view = house.view(connection)
        rows = connection.execute(select(genomes)).all()
        accepted = {
            row.id: row for row in connection.execute(select(submissions).where(submissions.c.state == "accepted"))
        }
        kept = set(connection.execute(select(submission_files.c.sha256)).scalars())
        events = [event for event in events_since(connection, 0) if event.kind == "submission-accepted"]
        people = counted_genomes(connection, on=date(2026, 11, 1))
        counted = view.count(Variant("chr21", SITE[1], "A", "G"))[0]
    assert pointer == view.manifest
    # Acknowledged is accepted, with the same words.
    for told in acknowledged:
        assert json.loads(accepted[told["submission"]].acknowledgement) == told
    assert len({told["package"] for told in acknowledged}) == len(acknowledged)
    # Whole packages, once each: rows, event, acknowledgement and store agree.
    by_submission = Counter(row.submission for row in rows)
    assert by_submission == {name: len(json.loads(row.acknowledgement)["genomes"]) for name, row in accepted.items()}
    assert len(events) == len(accepted) == len({row.package for row in accepted.values()})
    assert sorted(row.number for row in rows) == list(range(1, len(rows) + 1))
    assert sorted(view.names) == sorted(row.accession for row in rows if row.state == "accepted")
    assert len(people) == len(view.names) == (after[len(accepted) - 1] if accepted else 0)
    assert (counted.ac, counted.an) == (len(people), 2 * len(people))
    assert all(kept_whole(house, digest) for digest in kept)
    return len(accepted)


def run(tmp_path: Path, url: str, *, deaths: list[str], packages: int) -> tuple[int, int]:
    """Let a sender die so many times; gives (deaths, acknowledgements before the last one).

    How fast the machine is changes: where senders came nowhere five times in a row the next live half as long again,
    and after one that sent too much of what is left they live shorter.
    """
    folder, home, acknowledged = tmp_path / "packages", tmp_path / "home", tmp_path / "acknowledged"
    after = make_packages(folder, packages)
    acknowledged.touch()
    house = agreed(open_home(Settings(home=home, database_url=url)))
    command = [sys.executable, mortal.__file__, str(home), url, str(folder), str(acknowledged)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == "ready\n"

        def live(how: str) -> str:
            assert process.stdin is not None and process.stdout is not None
            print(how, file=process.stdin, flush=True)
            return process.stdout.readline().strip()

        def told() -> list[dict[str, Any]]:
            return [json.loads(line) for line in acknowledged.read_text().splitlines()]

        died = before = in_vain = 0
        pace = 1.0
        for left, how in zip(range(len(deaths), 0, -1), deaths, strict=True):
            unit, amount = how.split()
            answer = live(f"ms {pace * float(amount)}" if unit == "ms" else how)
            assert answer in ("killed", "done")
            died += answer == "killed"
            sent = len(told()) - before
            in_vain = in_vain + 1 if not sent else 0
            if in_vain == 5:
                pace, in_vain = 1.5 * pace, 0
            # What is left must last for those who are still to die.
            elif sent > 2 * (packages - before) / left:
                pace /= 1.5
            before += sent
            check(house, told(), after)
        assert live("ms 900000") == "done"
        process.stdin.close()
    assert check(house, told(), after) == packages
    house.database.close()
    return died, before


def test_crash__sqlite_between_any_two_writes(tmp_path: Path) -> None:
    rng = random.Random(20260302)
    deaths = [f"calls {rng.randint(1, 40)}" for _ in range(45)]

    died, before = run(tmp_path, "", deaths=deaths, packages=60)

    assert died >= 40 and before >= 3


def test_crash__postgresql_between_any_two_writes(tmp_path: Path, postgres_url: str) -> None:
    rng = random.Random(7)
    deaths = [f"calls {rng.randint(1, 90)}" for _ in range(3)]

    died, before = run(tmp_path, postgres_url, deaths=deaths, packages=7)

    assert died >= 2


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_crash__postgresql_a_hundred_kills(tmp_path: Path, postgres_url: str) -> None:
    rng = random.Random(100)
    deaths = [rng.choice((f"calls {rng.randint(1, 90)}", f"ms {rng.uniform(1, 400)}")) for _ in range(130)]

    died, before = run(tmp_path, postgres_url, deaths=deaths, packages=400)

    assert died >= 100 and before >= 20


@pytest.mark.deep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(1, 15))
def test_crash__sqlite_two_thousand_kills_at_any_time(tmp_path: Path, seed: int) -> None:
    """R1: fourteen homes, each killed 150 times."""
    rng = random.Random(seed)

    died, before = run(tmp_path, "", deaths=[f"ms {rng.uniform(1, 400)}" for _ in range(150)], packages=500)

    assert died >= 145 and before >= 20
