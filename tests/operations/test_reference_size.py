"""R5 and R6 at the size they are promised for: 10,000 genomes, 5 million variants; a small one runs always."""

import random
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from embla.composition import open_home
from embla.genome import Variant
from embla.operations import Repository, back_up, restore
from embla.operations.keys import KEYS
from embla.platform import OPERATOR, House, events_since
from embla.storage import Folder
from embla.submission import PackageRefused, receive_many
from embla.vault import Vault, kept_bodies
from tests.support.laboratory import manifest, person, write_gvcf, write_manifest

FIRST, APART = 1_000_000, 40


def variants_of(genome: int, genomes: int, calls: int) -> list[int]:
    """Positions on chromosome 1 that this genome alone carries."""
    return [FIRST + (n * genomes + genome) * APART for n in range(calls)]


def packages(folder: Path, genomes: int, calls: int, numbers: range) -> Iterator[Path]:
    """A laboratory's packages, made when they are asked for, and gone when the next hundreds are."""
    span = {"chr1": (FIRST - 100, FIRST + genomes * calls * APART)}
    for n in numbers:
        made, key = folder / f"p{n}", f"R{n}-p"
        found = [("chr1", pos, "A", "G", "0/1") for pos in variants_of(n, genomes, calls)]
        write_gvcf(made / "files" / f"{key}.g.vcf", f"{key}-B", found, spans=span)
        write_manifest(made, manifest(f"R{n}", [person(key)], made))
        yield made
        shutil.rmtree(folder / f"p{n - 300}", ignore_errors=True)


def report(house: House, found: Iterator[Path]) -> int:
    done = 0
    for _, outcome in receive_many(house, OPERATOR, found):
        assert not isinstance(outcome, PackageRefused), outcome
        done += 1
    return done


def site_lost_and_brought_back(house: House, tmp_path: Path, genomes: int, calls: int) -> None:
    """Backup while laboratories report; the site is gone; restore elsewhere; root, counts and hashes are equal."""
    begun = time.perf_counter()
    late = max(2, genomes // 100)
    assert report(house, packages(tmp_path / "sent", genomes, calls, range(genomes - late))) == genomes - late
    told = [f"R5: {genomes} genomes of {calls} variants of their own, reported in {minutes(begun)} min"]
    with house.database.reading() as connection:
        files = list(kept_bodies(connection))
    repository = Repository.open(Folder(tmp_path / "repository"), create=True)
    writer = threading.Thread(
        target=lambda: report(house, packages(tmp_path / "late", genomes, calls, range(genomes - late, genomes)))
    )
    writer.start()
    begun = time.perf_counter()
    backup = back_up(house, repository)
    told.append(f"backup under load in {minutes(begun)} min, {backup.genomes} genomes, {backup.log_events} events")
    writer.join()
    with house.database.reading() as connection:
        end = next(iter(events_since(connection, backup.log_events - 1)))
    assert (end.number, end.hash) == (backup.log_events, backup.log_hash)
    keys = tmp_path / "safe"
    shutil.copytree(house.home / KEYS, keys)
    house.database.close()
    shutil.rmtree(house.home)

    settings = replace(house.settings, home=tmp_path / "again")
    begun = time.perf_counter()
    outcome = restore(repository, backup, settings, keys=keys)
    told.append(f"restored and compared in {minutes(begun)} min")
    again = open_home(settings, create=False)
    assert outcome.genomes == backup.genomes >= genomes - late
    rng = random.Random(5)
    with again.database.reading() as connection:
        view = again.view(connection)
        for _ in range(100):
            genome = rng.randrange(genomes - late)
            pos = rng.choice(variants_of(genome, genomes, calls))
            (count,) = view.count(Variant("chr1", pos, "A", "G"), None)
            assert count.ac == 1
    # What was acknowledged before the backup began is in it, every file; what came meanwhile may be.
    vault, looked = Vault(again), rng.sample(files, min(100, len(files)))
    for file in looked:
        known = vault.find(file.sha256)
        assert known is not None and vault.problem(known) == ""
    again.database.close()
    print("; ".join(told) + f"; {len(looked)} files by lot read and equal")


def minutes(begun: float) -> str:
    return f"{(time.perf_counter() - begun) / 60:.2f}"


def test_site_lost__is_brought_back_equal(house: House, tmp_path: Path) -> None:
    site_lost_and_brought_back(house, tmp_path, 12, 20)


@pytest.mark.deep
@pytest.mark.timeout(6000)
def test_site_lost__of_ten_thousand_genomes_is_brought_back_equal(house: House, tmp_path: Path) -> None:
    site_lost_and_brought_back(house, tmp_path, 10_000, 500)


SERVE = "import sys; from embla import cli; sys.exit(cli.run(['serve', '--port', sys.argv[1]]))"


def started(home: Path, port: int) -> tuple["subprocess.Popen[bytes]", float]:
    """A server, and seconds until it answers that it is well."""
    begun = time.perf_counter()
    environ = {"EMBLA_HOME": str(home), "EMBLA_DEMO": "true", "PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin"}
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(port)], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                assert answer.status == 200
                return server, time.perf_counter() - begun
        except OSError:
            assert server.poll() is None and time.perf_counter() - begun < 120, server.stderr
            time.sleep(0.02)


@pytest.mark.deep
@pytest.mark.timeout(600)
def test_server__killed_while_a_laboratory_reports_is_back_and_whole(house: House, tmp_path: Path) -> None:
    """R6: seconds of a restart, and of a start after kill -9; printed, for a busy machine proves no bound."""
    took = []
    for round_ in range(3):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server, seconds = started(house.home, port)
        took.append(seconds)
        report(house, packages(tmp_path / f"r{round_}", 18, 20, range(6 * round_, 6 * round_ + 6)))
        server.kill()
        server.wait()
    with house.database.reading() as connection:
        assert len(house.view(connection)) == 18
    print("R6: server answers after", ", ".join(f"{one:.2f} s" for one in took), "(first start, then after kill -9)")
