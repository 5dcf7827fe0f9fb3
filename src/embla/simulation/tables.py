"""The tables beside the genomes: samples.tsv, a pedigree, and the truth."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from embla.simulation.people import Person, Population
from embla.simulation.truth import COLUMNS, Tally

SAMPLE_COLUMNS: Final = (
    "sample", "path", "karyotype", "callability", "region", "group", "family", "role", "related", "lab",
)  # fmt: skip
TRUTH_COLUMNS: Final = (
    "contig", "pos", "ref", "alt", *COLUMNS, "nfail", *(f"raw_{name}" for name in COLUMNS), "max_heteroplasmy",
)  # fmt: skip


def write_samples(
    path: Path, population: Population, file_of: Callable[[Person], str], callability_of: Callable[[Person], str]
) -> None:
    """samples.tsv as `embla store add --samples` reads it."""
    lines = ["\t".join(SAMPLE_COLUMNS)]
    for person in population.reported:
        related = "true" if person.related else "false"
        lines.append(
            "\t".join((
                person.name, file_of(person), person.karyotype, callability_of(person), person.region, person.group,
                person.family, person.role, related, f"lab-{person.region}",
            ))
        )  # fmt: skip
    path.write_text("\n".join(lines) + "\n")


def write_pedigree(path: Path, population: Population) -> None:
    """A PED file (PLINK 1.07): family, person, father, mother, sex (1 with a Y, 2 without, 0 not said), phenotype."""
    lines = []
    for person in population.reported:
        parents = [
            population.people[number].name if number >= 0 and population.people[number].reported else "0"
            for number in (person.father, person.mother)
        ]
        sex = "0" if person.karyotype == "unknown" else "1" if person.male else "2"
        affected = "2" if person.role == "proband" else "1"
        lines.append("\t".join((person.family, person.name, *parents, sex, affected)))
    path.write_text("\n".join(lines) + "\n")


class TruthFile:
    """truth.tsv and positions.tsv, one window after the other."""

    def __init__(self, truth: Path, positions: Path) -> None:
        self._truth, self._positions = truth, positions
        truth.write_text("\t".join(TRUTH_COLUMNS) + "\n")
        positions.write_text("contig\tpos\tan\traw_an\n")

    def add(self, contig: str, tally: Tally) -> None:
        """Append the keys and the places of one window, sorted."""
        columns = [tally.counts["adj"][name].tolist() for name in COLUMNS]
        columns += [tally.nfail.tolist(), *(tally.counts["raw"][name].tolist() for name in COLUMNS)]
        level = ["" if not part else f"{part / 10_000:.4f}" for part in tally.heteroplasmy.tolist()]
        rows = sorted(zip(tally.keys, zip(*columns, strict=True), level, strict=True))
        with self._truth.open("a") as file:
            for key, numbers, part in rows:
                file.write("\t".join(map(str, (contig, *key, *numbers, part))) + "\n")
        with self._positions.open("a") as file:
            for pos, an, raw in zip(
                tally.places.tolist(), tally.place_an["adj"].tolist(), tally.place_an["raw"].tolist(), strict=True
            ):
                file.write(f"{contig}\t{pos}\t{an}\t{raw}\n")
