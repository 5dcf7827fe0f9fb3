"""The console with 100,000 persons of one laboratory in SQLite: list, filter and count, each by wall and CPU time.

python -m benchmarks.console [PERSONS] [RUNS]. The rows are made up and written straight into the tables, with the
findings and acknowledgements of real size; each query is what a page of the console asks.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from embla.composition import open_home
from embla.platform import Settings
from embla.registry import tables
from embla.submission import list_submissions
from embla.submission.console import drift, reconciled, standing
from embla.submission.tables import submissions

_START = datetime(2022, 1, 3, 8, 0, tzinfo=UTC)
_BATCH = 5_000
_FINDING = {"rule": "group.known", "file": "manifest.json", "line": 9, "found": "x" * 60, "mend": "y" * 60,
            "severity": "error"}  # fmt: skip


def main(persons: int = 100_000, runs: int = 5, say: Callable[[str], None] = print) -> dict[str, float]:
    """Seconds of CPU time of each question; medians of `runs`."""
    with tempfile.TemporaryDirectory(prefix="embla-bench-") as temporary:
        house = open_home(Settings(home=Path(temporary) / "home"))
        with house.database.transaction() as connection:
            fill(connection, persons)
        middle = ""
        with house.database.reading() as connection:
            for _ in range(3):
                middle = list_submissions(connection, laboratory="north", limit=200, cursor=middle or None).next or ""
        asked: dict[str, Callable[[Connection], Any]] = {
            "first page": lambda c: list_submissions(c, laboratory="north"),
            "later page": lambda c: list_submissions(c, laboratory="north", cursor=middle),
            "accepted": lambda c: list_submissions(c, laboratory="north", state="accepted"),
            "waiting": lambda c: list_submissions(c, laboratory="north", state="waiting"),
            "by group": lambda c: list_submissions(c, laboratory="north", group="heart"),
            "by beginning": lambda c: list_submissions(c, laboratory="north", begins="PK-0099"),
            "nothing found": lambda c: list_submissions(c, laboratory="north", begins="none"),
            "142 accepted, 3 need you": lambda c: standing(c, "north"),
            "reconciliation": lambda c: reconciled(c, "north"),
            "quality": lambda c: drift(c, "north"),
        }
        taken: dict[str, list[tuple[float, float]]] = {}
        for _ in range(runs):
            for name, ask in asked.items():
                wall, cpu = time.perf_counter(), time.process_time()
                with house.database.reading() as connection:
                    ask(connection)
                taken.setdefault(name, []).append((time.perf_counter() - wall, time.process_time() - cpu))
        house.database.close()
    medians = {name: [statistics.median(side) for side in zip(*times, strict=True)] for name, times in taken.items()}
    for name, (wall, cpu) in medians.items():
        say(f"{name:<26} {wall * 1000:8.1f} ms wall {cpu * 1000:8.1f} ms of CPU time, {persons:,} persons")
    return {name: cpu for name, (_, cpu) in medians.items()}


def fill(connection: Connection, persons: int) -> None:
    """Persons of laboratory north with a case, a sample, a genome, its assay and the package it came in."""
    groups = ("heart", "kidney", "rare-diseases", "neurogenetics")
    for first in range(0, persons, _BATCH):
        rows = range(first, min(first + _BATCH, persons))
        at = {n: _START + timedelta(minutes=17 * n) for n in rows}
        put: list[tuple[Any, list[dict[str, Any]]]] = [
            (tables.persons, [{"id": f"P{n:016d}", "region": "1081", "created": at[n]} for n in rows]),
            (tables.cases, [
                {"id": f"C{n:016d}", "laboratory": "north", "key": f"K-{n:06d}", "patient_group": groups[n % 4],
                 "person": f"P{n:016d}", "opened": at[n].date()} for n in rows]),
            (tables.samples, [
                {"id": f"M{n:016d}", "laboratory": "north", "key": f"M-{n:06d}", "person": f"P{n:016d}",
                 "tissue": "blood"} for n in rows]),
            (tables.genomes, [
                {"number": n + 1, "accession": f"EMBG{n + 1:011d}", "person": f"P{n:016d}", "case": f"C{n:016d}",
                 "sample": f"M{n:016d}", "laboratory": "north", "submission": f"S{n:016d}", "assay": "genome",
                 "origin": "germline", "karyotype": "XX", "callability": "gvcf", "pipeline": "gatk",
                 "pipeline_version": f"4.{n * 6 // persons}", "source": f"{n:064x}", "content": f"{n:064x}",
                 "accepted": at[n], "state": "replaced" if n % 100 == 7 else "accepted"} for n in rows]),
            (tables.assays, [
                {"id": f"A{n:016d}", "sample": f"M{n:016d}", "person": f"P{n:016d}", "case": f"C{n:016d}",
                 "laboratory": "north", "submission": f"S{n:016d}", "genome": f"EMBG{n + 1:011d}", "assay": "genome",
                 "material": "dna", "origin": "germline", "technology": "short", "depth": 30 + n % 11,
                 "equivalents": 1, "because": "", "source": "clinical", "rules": 1, "accepted": at[n],
                 "state": "accepted", "het_hom": 1.5 + n % 7 / 10, "covered_20x": 95.0, "pipeline": "gatk",
                 "pipeline_version": f"4.{n * 6 // persons}"} for n in rows]),
            (submissions, [_submission(n, at[n], groups[n % 4]) for n in rows]),
        ]  # fmt: skip
        refused = [_refused(n, at[n], groups[n % 4]) for n in rows if n % 50 == 3]
        for table, values in [*put, (submissions, refused)]:
            if values:
                connection.execute(insert(table), values)


def _submission(n: int, at: datetime, group: str) -> dict[str, Any]:
    genome = {
        "accession": f"EMBG{n + 1:011d}", "person": f"P{n:016d}", "key": f"p{n}", "role": "index",
        "sample": f"M-{n:06d}", "assay": "genome", "calls": 5_000_000, "skipped": [], "origin": "germline",
    }  # fmt: skip
    told = {
        "submission": f"S{n:016d}", "package": f"PK-{n:06d}", "package_hash": f"{n:064x}", "laboratory": "north",
        "case": f"C{n:016d}", "accepted_at": at.isoformat(), "event": n, "manifest_number": n,
        "manifest_digest": "0" * 64, "genomes": [genome], "replaced": [], "warnings": [],
    }  # fmt: skip
    return {
        "id": f"S{n:016d}", "package_hash": f"{n:064x}", "laboratory": "north", "package": f"PK-{n:06d}",
        "kind": "single", "case": f"K-{n:06d}", "patient_group": group, "state": "accepted", "received_at": at,
        "decided_at": at,
        "actor": "lab", "genomes": 1, "attempts": 1, "findings": "[]", "acknowledgement": json.dumps(told),
        "manifest": "m" * 2_000,
    }  # fmt: skip


def _refused(n: int, at: datetime, group: str) -> dict[str, Any]:
    """Half of them were mended under the same id."""
    package = f"PK-{n:06d}" if n % 100 == 3 else f"WAIT-{n:06d}"
    return _submission(n, at, group) | {
        "id": f"R{n:016d}", "package_hash": f"f{n:063x}", "package": package, "state": "refused", "genomes": 0,
        "findings": json.dumps([_FINDING] * 3), "acknowledgement": None,
    }  # fmt: skip


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
