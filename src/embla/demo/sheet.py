"""From the simulated nation's samples.tsv to the sample sheet that a laboratory would write."""

import csv
from collections.abc import Mapping
from datetime import date
from itertools import count
from pathlib import Path

from embla.demo.people import CLINICIANS, LABORATORIES
from embla.demo.persons import made_up_names, made_up_numbers

COLUMNS = (
    "sample", "file", "laboratory", "patient_group", "opened", "clinicians", "family", "role", "person",
    "karyotype", "region", "callability", "pipeline", "pipeline_version", "cpr", "name",
    "structural", "copy_numbers", "repeats",
)  # fmt: skip


def write_sheet(
    samples: Path, sheet: Path, *, opened: date, groups: tuple[str, ...], called: Mapping[str, Mapping[str, Path]]
) -> Path:
    """One row per person. A family shares one of `groups`; every package is a case, opened on `opened`.

    `called`: sample -> column -> file of what was called beside small variants.
    """
    with samples.open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file, delimiter="\t"))
    # A family reports where its first member lives: a trio is one package of one laboratory.
    home: dict[str, str] = {}
    group_of: dict[str, str] = {}
    turn = count()
    lines = ["\t".join(COLUMNS)]
    numbers, names = made_up_numbers(), made_up_names()
    children = made_up_numbers(date(2011, 5, 4), serial=4111)
    for person in people:
        unit = person["family"] or person["sample"]
        region = home.setdefault(unit, person["region"])
        if unit not in group_of:
            group_of[unit] = groups[next(turn) % len(groups)]
        row = {
            "sample": person["sample"],
            "file": str((samples.parent / person["path"]).resolve()),
            "laboratory": LABORATORIES[region],
            "patient_group": group_of[unit],
            "opened": opened.isoformat(),
            "clinicians": CLINICIANS.get(region, ""),
            "family": person["family"],
            "role": person["role"],
            "person": person["sample"],
            "karyotype": person["karyotype"],
            "region": person["region"],
            "callability": person["callability"],
            "pipeline": "gatk",
            "pipeline_version": "4.5.0",
            "cpr": next(children if person["family"] and person["role"] == "index" else numbers),
            "name": next(names),
        } | {column: str(called.get(person["sample"], {}).get(column, "")) for column in COLUMNS[-3:]}
        lines.append("\t".join(row[column] for column in COLUMNS))
    sheet.write_text("\n".join(lines) + "\n", "utf-8")
    return sheet
