"""Small nations, and plain readers of their files that know nothing of the simulator."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from embla.genome import Region
from embla.simulation import Nation, simulate

# One autosomal stretch, both sides of a PAR border, X, Y and all of mtDNA.
SMALL = (
    Region("chr21", 25_800_000, 25_830_000),
    Region("chrX", 2_770_000, 2_790_000),
    Region("chrX", 31_100_000, 31_110_000),
    Region("chrY", 2_775_000, 2_790_000),
    Region("chrM", 0, 16_569),
)


class Line(NamedTuple):
    """A record of one person: GT and the other FORMAT values as text."""

    contig: str
    pos: int
    ref: str
    alts: list[str]
    filter: str
    info: dict[str, str]
    values: dict[str, str]


def small(out: Path, **given: object) -> Nation:
    settings: dict[str, object] = {"seed": 7, "people": 24, "regions": SMALL, "density": 4_000, **given}
    return simulate(out, **settings)  # type: ignore[arg-type]


def text_of(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode()


def lines(path: Path, column: int = 0) -> Iterator[Line]:
    for text in text_of(path).splitlines():
        if text.startswith("#"):
            continue
        fields = text.split("\t")
        info = dict(part.partition("=")[::2] for part in fields[7].split(";"))
        values = dict(zip(fields[8].split(":"), fields[9 + column].split(":"), strict=False))
        yield Line(fields[0], int(fields[1]), fields[3], fields[4].split(","), fields[6], info, values)


def table(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file, delimiter="\t"))


def real(alts: list[str]) -> list[str]:
    return [alt for alt in alts if alt not in (".", "*") and not alt.startswith("<")]
