"""The board's figures over a log of any size: the fold from scratch, and again from what was kept.

python -m benchmarks.board DATABASE cold|warm: prints the seconds of CPU time, the entries, the most memory (MB).
"""

import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from benchmarks.commands import told
from benchmarks.outcome import Answer, Outcome, Runner, compare
from embla.governance.model.kpis import key_figures
from embla.governance.standing import _keep, history_of, read_board
from embla.platform import Database, sqlite_url
from embla.platform.ledger.entry import canonical_body
from embla.platform.tables import events

START = datetime(2020, 1, 1, tzinfo=UTC)
# The aims of the issue: a million entries in under ten seconds cold, a fifth of a second warm.
_COLD, _WARM = 100_000, 5_000_000
_LABORATORIES = ("north", "central", "south", "capital", "zealand")


def make_database(path: Path, entries: int) -> None:
    """A database whose log is nothing but acceptances, with a release after every ten thousand."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    database = Database(sqlite_url(part))
    database.migrate()
    with database.transaction() as connection:
        batch: list[dict[str, Any]] = []
        for row in _rows(entries):
            batch.append(row)
            if len(batch) == 5_000:
                connection.execute(insert(events), batch)
                batch = []
        if batch:
            connection.execute(insert(events), batch)
    database.close()
    part.rename(path)


def _rows(entries: int) -> Iterator[dict[str, Any]]:
    for number in range(1, entries + 1):
        body: dict[str, Any] = {
            "laboratory": _LABORATORIES[number % 5], "source": "clinical", "kind": "single", "specimens": 0,
            "patient_group": f"group-{number % 17}", "ended": [], "replaces": None,
            "samples": [{"assay": f"A{number:016d}", "equivalents": 1, "because": "germline", "called": True}],
        }  # fmt: skip
        kind, subject = "equivalents-counted", f"submission:S{number:016d}"
        if number % 10_000 == 0:
            kind, subject, body = "release-cut", f"release:{number}", {}
        yield {
            "number": number, "at": START + timedelta(minutes=3 * number), "actor": "lab", "kind": kind,
            "subject": subject, "version": 1, "body": canonical_body(body), "previous": "", "hash": "",
        }  # fmt: skip


def look(path: Path, *, warm: bool) -> tuple[float, int]:
    """Seconds of CPU time until the key figures are there, and how many entries they follow from."""
    database = Database(sqlite_url(path))
    if warm:
        with database.transaction() as connection:
            board, before = read_board(connection)
            if before < board.seen:
                _keep(connection, board)
    start = time.process_time()
    with database.reading() as connection:
        board, _ = read_board(connection, scratch=not warm)
    key_figures(board, history_of(board), date(2026, 1, 1))
    return time.process_time() - start, board.seen


def folding(folder: Path, entries: int, runs: int) -> Iterator[Outcome]:
    """`embla board kpi` without the start of a program, no rival."""
    path = folder / f"board-{entries}" / "embla.db"
    make_database(path, entries)
    for how, least in (("cold", _COLD), ("warm", _WARM)):

        def once(how: str = how) -> Answer:
            return told([sys.executable, "-m", "benchmarks.board", path, how])

        contender = Runner(f"embla board kpi, {how}, CPU time", once)
        what = f"The board's figures from a log of {entries:,} entries, {how}"
        yield Outcome(what, compare([contender], entries, runs), least)


if __name__ == "__main__":
    seconds, seen = look(Path(sys.argv[1]), warm=sys.argv[2] == "warm")
    print(seconds, seen, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
