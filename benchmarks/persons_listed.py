"""100,000 persons of one laboratory on record, listed, filtered and counted through the page that shows them.

python -m benchmarks.persons_listed [PERSONS] [RUNS]: median and 95 in 100 of the CPU time of each page, in SQLite, with
sign-in, permission, the log and the template. Questions take turns, so that a slow second of the machine meets all.
"""

import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.console import fill
from embla.composition import open_home
from embla.platform import OPERATOR, Settings, create_account

_PATH = "/registry/persons"
# What a laboratory looks for; the last finds nobody.
QUESTIONS = {
    "first page": "",
    "by group": "?group=heart",
    "by assay and origin": "?assay=genome&origin=germline",
    "by source": "?source=clinical",
    "by state": "?state=accepted",
    "by beginning of the pseudonym": "?begins=P00000000000099",
    "by group and beginning": "?group=kidney&begins=P0000000000009",
    "nothing found": "?begins=none",
}


def main(persons: int = 100_000, runs: int = 20, say: Callable[[str], None] = print) -> dict[str, tuple[float, float]]:
    """Median and 95 in 100 of the seconds of CPU time of each page."""
    from starlette.testclient import TestClient

    from embla.app import create_app

    with tempfile.TemporaryDirectory(prefix="embla-bench-") as temporary:
        house = open_home(Settings(home=Path(temporary) / "home", demo=True, requests_per_minute=0))
        with house.database.transaction() as connection:
            create_account(
                connection, "lab-north", display="North", roles=["lab"], laboratory="north", by=OPERATOR,
                at=house.clock(),
            )  # fmt: skip
            fill(connection, persons)
        client = TestClient(create_app(house.settings, house), base_url="http://127.0.0.1:8000")
        token = re.search(r'name="csrf" value="([^"]+)"', client.get("/login").text)
        assert token is not None
        client.post("/login", data={"csrf": token[1], "account": "lab-north", "next": "/"})
        following = client.get(_PATH + ".json").json()["next"]
        asked = QUESTIONS | {"next page": f"?page={following}"}
        taken: dict[str, list[float]] = {name: [] for name in asked}
        for turn in range(runs + 1):
            for name, query in asked.items():
                start = time.process_time()
                shown = client.get(_PATH + query)
                seconds = time.process_time() - start
                assert shown.status_code == 200, f"{name}: {shown.status_code}"
                if turn:  # the first warms up
                    taken[name].append(seconds)
        house.database.close()
    told = {name: (statistics.median(times), _p95(times)) for name, times in taken.items()}
    for name, (median, p95) in told.items():
        say(f"{name:<32} {median * 1000:8.1f} ms, 95 in 100 {p95 * 1000:8.1f} ms of CPU time, {persons:,} persons")
    return told


def _p95(times: list[float]) -> float:
    return sorted(times)[max(0, -(-len(times) * 95 // 100) - 1)]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
