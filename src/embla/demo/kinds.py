"""Other kinds of genomes in the demo: a foetus, a tumour with its RNA, a study's genome and a test package.

Of all of these only the study's genome is counted: the others show what a laboratory may send and no frequency holds.
"""

import csv
import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from embla.platform import Actor, House
from embla.registry import reported
from embla.simulation import simulate
from embla.submission import prepare_sheet, receive_many

LABORATORY = "capital"
_COLUMNS = (
    "sample", "file", "package", "laboratory", "case", "kind", "type", "source", "study", "patient_group", "opened",
    "clinicians", "role", "person", "karyotype", "gestation_days", "tissue", "origin", "material", "assay", "of_tumour",
    "tumour_cells", "mean_depth", "pipeline", "pipeline_version", "files",
)  # fmt: skip


@dataclass(frozen=True)
class Kinds:
    """What came of it: accepted packages, samples, genome equivalents and samples without."""

    packages: int
    samples: int
    equivalents: int
    not_computable: int


def report_kinds(house: House, scratch: Path, *, seed: int, reference: Path, sites: Path, opened: date) -> Kinds:
    """Invent a few people more, and report them as what they are not counted as."""
    nation = simulate(
        scratch / "few", seed=seed + 1000, people=4, reference=reference, sites=sites, truth=False, level=1
    )
    with nation.samples.open(encoding="utf-8") as opened_file:
        people = list(csv.DictReader(opened_file, delimiter="\t"))
    folder = scratch / "few"
    rng = random.Random(seed)  # nosec B311  # made-up reads, no secret
    reads = [_write_reads(folder / f"rna_FLOWCELL1_L001_R{n}_001.fastq", rng) for n in (1, 2)]
    files = [str((nation.samples.parent / one["path"]).resolve()) for one in people]
    names = [one["sample"] for one in people]
    karyotypes = [one["karyotype"] for one in people]
    same = {
        "laboratory": LABORATORY, "opened": opened.isoformat(), "clinicians": "clinician-capital", "pipeline": "gatk",
        "pipeline_version": "4.5.0",
    }  # fmt: skip
    foetus = {
        "sample": names[0], "file": files[0], "package": "foetal-1", "patient_group": "foetal-medicine",
        "role": "foetus", "person": "pregnant-1", "karyotype": karyotypes[0], "gestation_days": "93",
        "tissue": "chorionic_villi",
    }  # fmt: skip
    cancer = {
        "package": "tumour-1", "patient_group": "incurable-cancer", "person": "tumour-1", "karyotype": karyotypes[1],
        "tissue": "tumour", "origin": "tumour",
    }  # fmt: skip
    tumour = {"sample": names[1], "file": files[1], "tumour_cells": "60"}
    rna = {
        "sample": f"{names[1]}-rna", "file": str(reads[0]), "files": str(reads[1]), "material": "rna",
        "of_tumour": names[1],
    }  # fmt: skip
    study = {
        "sample": names[2], "file": files[2], "package": "study-1", "patient_group": "heart", "source": "research",
        "study": "HEARTS-2026", "karyotype": karyotypes[2],
    }  # fmt: skip
    test = {
        "sample": names[3], "file": files[3], "package": "test-1", "patient_group": "heart", "type": "test",
        "karyotype": karyotypes[3],
    }  # fmt: skip
    rows = [foetus, cancer | tumour, cancer | rna, study, test]
    sheet = folder / "kinds.tsv"
    with sheet.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, _COLUMNS, delimiter="\t", restval="")
        table.writeheader()
        table.writerows(same | row for row in rows)
    packages = prepare_sheet(sheet, scratch / "kinds").packages
    reporter = Actor(f"lab-{LABORATORY}", frozenset({"lab"}), LABORATORY)
    with house.database.reading() as connection:
        before = reported(connection, house.clock())
    done = 0
    for _, outcome in receive_many(house, reporter, packages):
        if isinstance(outcome, Exception):
            raise outcome
        done += 1
    with house.database.reading() as connection:
        now = reported(connection, house.clock())
    return Kinds(
        done, now.total - before.total, now.equivalents - before.equivalents, now.not_computable - before.not_computable
    )


def _write_reads(path: Path, rng: random.Random) -> Path:
    lines = []
    for number in range(400):
        bases = "".join(rng.choices("ACGT", k=100))
        lines.append(f"@FLOWCELL1:1:{number}\n{bases}\n+\n{'F' * 94}{'#' * 6}")
    path.write_text("\n".join(lines) + "\n")
    return path
