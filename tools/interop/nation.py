"""The nation whose files are read again: autosomes, both sides of the PAR, X, Y and mtDNA over sequence made up,
reported by five laboratories.

Enough people are neither XX nor XY that a mini-node's files have M and F (docs/interoperability.md).
"""

import csv
import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from embla.composition import open_home
from embla.demo.persons import agree_on_reporting, write_register
from embla.demo.sheet import write_sheet
from embla.frequency import cut_release
from embla.genome import Region
from embla.genotypes import verify
from embla.identity import register_persons
from embla.platform import OPERATOR, Actor, House, read_settings
from embla.registry import patient_groups
from embla.simulation import simulate
from embla.submission import PackageRefused, prepare_sheet, receive_many
from tools.interop.differs import Differs, Equal, same, timed
from tools.interop.writing import Written

REGIONS: Final = (
    Region("chr19", 11_090_000, 11_110_000),
    Region("chr21", 25_800_000, 25_820_000),
    Region("chr22", 42_120_000, 42_140_000),
    Region("chrX", 2_770_000, 2_790_000),  # the border of the PAR
    Region("chrX", 31_100_000, 31_110_000),
    Region("chrY", 2_775_000, 2_790_000),
    Region("chrM", 0, 16_569),
)
KARYOTYPES: Final = {"XX": 40, "XY": 40, "X0": 7, "XXY": 6, "unknown": 7}
DENSITY: Final = 5_000  # per mille of a human population's


@dataclass(frozen=True)
class Made:
    """A home with everybody reported and a release cut; `reference` is the FASTA that they were called against, `truth`
    the counts by what was simulated."""

    house: House
    reference: Path
    truth: Path


def make_nation(folder: Path, *, people: int, seed: int = 1) -> Made:
    """Simulate, report and cut. Raises Differs where a package is refused; the caller closes the database."""
    made = simulate(
        folder / "nation", seed=seed, people=people, regions=REGIONS, karyotypes=KARYOTYPES, density=DENSITY, level=1,
    )  # fmt: skip
    register = folder / "home" / "identity" / "register.json"
    settings = read_settings(
        {}, home=folder / "home", reference=made.reference, opt_out_source=str(register), opt_out_hours=24 * 365
    )
    house = open_home(settings)
    agree_on_reporting(house)
    with house.database.reading() as connection:
        groups = tuple(group.code for group in patient_groups(connection))
    sheet = write_sheet(
        made.samples, folder / "sheet.tsv", opened=house.clock().date() - timedelta(days=9), groups=groups, called={}
    )
    prepared = prepare_sheet(
        sheet,
        folder / "packages",
        identify=lambda entries: register_persons(house, OPERATOR, entries, purpose="reporting"),
    )
    write_register(house, _report(house, list(prepared.packages))[:3], register)
    cut_release(house, OPERATOR)
    assert made.truth is not None
    return Made(house, made.reference, made.truth)


def by_recount(house: House) -> Equal:
    """Every number of the store against one added up from the genomes' packs: what all else is compared with."""
    with house.database.reading() as connection:
        view = house.view(connection)
    with timed() as took:
        for problem in verify(view.store, view.manifest, recount=True):
            raise Differs(f"the store itself: {problem}")
    return Equal("embla", "verify --recount: the store against its genomes", view.size, took(), unit="genomes")


def by_truth(truth: Path, written: Written) -> Equal:
    """The store's sites against what was simulated, which was counted by the simulator's own plain rules."""
    with timed() as took:
        with truth.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        names = ("ac", "an", "nhet", "nhomalt", "nhemi")
        wanted = {(r["contig"], int(r["pos"]), r["ref"], r["alt"]): tuple(int(r[n]) for n in names) for r in rows}
        found = {
            (s["contig"], s["pos"], s["ref"], s["alt"]): tuple(s[n] for n in names) for s in written.expected["sites"]
        }
        for key in wanted.keys() | found.keys():
            if key in found or wanted[key][0]:
                same(f"the store itself, {key}", found.get(key), wanted.get(key))
    return Equal("embla", "counts of what was simulated, by other rules", len(found), took())


def _report(house: House, packages: list[Path]) -> list[str]:
    by_laboratory: dict[str, list[Path]] = {}
    for package in packages:
        said = json.loads((package / "manifest.json").read_text("utf-8"))
        by_laboratory.setdefault(said["laboratory"], []).append(package)
    persons: list[str] = []
    for laboratory, theirs in sorted(by_laboratory.items()):
        reporter = Actor(f"lab-{laboratory}", frozenset({"lab"}), laboratory)
        for _, outcome in receive_many(house, reporter, theirs):
            if isinstance(outcome, PackageRefused):
                raise Differs(f"a package of the nation is refused: {outcome}")
            persons += [genome.person for genome in outcome.genomes]
    return persons
