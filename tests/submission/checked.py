"""What the check says of a package, and ways to break one."""

import json
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from embla.genome import GRCH38
from embla.genotypes import Policy
from embla.submission import Finding, PackageRefused, check_package, open_package
from embla.submission.check import Reading
from tests.support.laboratory import START, write_manifest

TODAY = date(2026, 3, 2)
READING = Reading(GRCH38, None, Policy())
Alleles = list[tuple[int, int]]  # two alleles at each of some hundred sites


def findings_of(folder: Path) -> list[Finding]:
    try:
        return list(check_package(open_package(folder), READING, on=TODAY).findings)
    except PackageRefused as refused:
        return list(refused.findings)


def rules_of(folder: Path) -> list[str]:
    return [finding.rule for finding in findings_of(folder)]


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    value = json.loads((folder / "manifest.json").read_text())
    change(value)
    return write_manifest(folder, value)


def drop(*path: str | int) -> Callable[[dict[str, Any]], object]:
    def change(value: Any) -> None:
        for step in path[:-1]:
            value = value[step]
        del value[path[-1]]

    return change


def put(new: object, *path: str | int) -> Callable[[dict[str, Any]], object]:
    def change(value: Any) -> None:
        for step in path[:-1]:
            value = value[step]
        value[path[-1]] = new

    return change


def called(alleles: Alleles) -> list[tuple[str, int, str, str, str]]:
    return [("chr21", START + 20 + 10 * i, "A", "G", f"{min(a)}/{max(a)}") for i, a in enumerate(alleles) if any(a)]


def family(seed: int, n: int = 900) -> dict[str, Alleles]:
    rng = random.Random(seed)
    frequency = [rng.uniform(0.05, 0.95) for _ in range(n)]
    draw = lambda: [(int(rng.random() < f), int(rng.random() < f)) for f in frequency]  # noqa: E731
    mother, father, stranger = draw(), draw(), draw()
    child = [(rng.choice(m), rng.choice(f)) for m, f in zip(mother, father, strict=True)]
    return {"mother": mother, "father": father, "index": child, "stranger": stranger}
