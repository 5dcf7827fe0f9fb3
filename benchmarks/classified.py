"""Laboratories' lists: 100,000 classifications with genomic alleles from five laboratories, discordances computed.

python -m benchmarks.classified COUNT [HOME]: prints the seconds of CPU time of taking them in, how many there are,
and the most memory held (MB). With HOME, a demo's (a copy: the lists stay in it), also what the page of a variant takes
for a laboratory. Classes are drawn by chance: four alleles in five come to a discordance, far more than real.
"""

import csv
import re
import resource
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from benchmarks.commands import told
from benchmarks.outcome import Outcome, Runner, compare
from embla.classification import import_list
from embla.composition import open_home
from embla.platform import OPERATOR, House, Settings
from embla.reference import demo_reference_paths
from embla.registry import laboratories

LABS = 5
# The aim of the issue: 100,000 in two minutes.
_LEAST = 100_000 / 120
_WINDOW = (43_760_000, 43_890_000)


def write_lists(folder: Path, count: int, names: list[str], bases: str) -> list[tuple[str, Path]]:
    """A list for each laboratory, about alleles of which they share many."""
    dice = Random(1)
    known = [at for at, base in enumerate(bases) if base in "ACGT"]
    alleles = [
        (_WINDOW[0] + 1 + at, bases[at], alt)
        for at in dice.sample(known, min(len(known), count // 3 or 1))
        for alt in "ACGT"
        if alt != bases[at]
    ]
    lists = []
    for name in names:
        path = folder / f"{name}.tsv"
        with path.open("w", newline="") as file:
            rows = csv.writer(file, delimiter="\t")
            rows.writerow(["variant", "class", "condition", "evaluated", "criteria"])
            for pos, ref, alt in dice.sample(alleles, min(len(alleles), count // LABS)):
                class_ = dice.choices(["P", "LP", "VUS", "LB", "B"], [5, 8, 50, 20, 17])[0]
                criteria = "PVS1 PM2_Supporting" if dice.random() < 0.2 else ""
                rows.writerow(
                    [f"21-{pos}-{ref}-{alt}", class_, "MONDO:0009698", f"2025-0{dice.randint(1, 9)}-11", criteria]
                )
        lists.append((name, path))
    return lists


def main(count: int, home: Path | None = None) -> None:
    with tempfile.TemporaryDirectory(prefix="embla-bench-") as scratch:
        paths = demo_reference_paths()
        settings = Settings(
            home=home or Path(scratch) / "home", demo=True, reference=paths.fasta, genes=paths.genes,
            transcripts=paths.transcripts, requests_per_minute=0,
        )  # fmt: skip
        house = open_home(settings)
        with house.database.reading() as connection:
            names = [one.id for one in laboratories(connection)][:LABS]
        assert house.reference is not None
        lists = write_lists(Path(scratch), count, names, house.reference.fetch("chr21", *_WINDOW))
        start, done = time.process_time(), 0
        for name, path in lists:
            found = import_list(house, OPERATOR, name, path)
            done += found.new + found.unchanged
        print(time.process_time() - start, done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        if home is not None:
            alleles = [f"chr{row[1]}" for row in _shared(lists)]
            print(f"{statistics.median(_pages(house, alleles[:60])) * 1000:.1f} ms of CPU time for a page")
        house.database.close()


def _shared(lists: list[tuple[str, Path]]) -> list[tuple[int, str]]:
    """(laboratories, allele as listed), first those that most of them speak of."""
    said = Counter(line.split("\t")[0] for _, path in lists for line in path.read_text().splitlines()[1:])
    return sorted(((count, allele) for allele, count in said.items()), reverse=True)


def _pages(house: House, alleles: list[str]) -> list[float]:
    """Seconds of CPU time of each page, shown for the first time; those that warm up are left out."""
    from starlette.testclient import TestClient

    from embla.app import create_app

    client, taken = TestClient(create_app(house.settings, house), base_url="http://127.0.0.1:8000"), []
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/login").text)
    assert token is not None
    client.post("/login", data={"csrf": token[1], "account": "lab-north", "next": "/"})
    for allele in alleles:
        start = time.process_time()
        shown = client.get(f"/variant/{allele}")
        taken.append(time.process_time() - start)
        assert shown.status_code == 200 and "/classifications/C" in shown.text, f"{allele}: {shown.status_code}"
    return taken[5:]


def classifying(runs: int, count: int = 100_000) -> Outcome:
    """Import with discordance, no rival that runs here."""
    command = [sys.executable, "-m", "benchmarks.classified", str(count)]
    contender = Runner("lists of five laboratories", lambda: told(command))
    return Outcome("Take in classified variants", compare([contender], count, min(runs, 2)), least_rate=_LEAST)


if __name__ == "__main__":
    main(int(sys.argv[1]), *map(Path, sys.argv[2:3]))
