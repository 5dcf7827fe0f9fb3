"""How many copies of each piece of the genome a person has, by karyotype."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

PieceKind = Literal["autosome", "par_x", "x", "par_y", "y", "m"]


class Karyotype(StrEnum):
    """Sex chromosomes of a person as the laboratory reports them. `unknown` is never guessed from calls."""

    XX = "XX"
    XY = "XY"
    X0 = "X0"
    XXY = "XXY"
    XYY = "XYY"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a contig with one ploidy rule. `start`/`end` 0-based half-open."""

    contig: str
    start: int
    end: int
    kind: PieceKind


_X: Final = {"XX": 2, "XY": 1, "X0": 1, "XXY": 2, "XYY": 1}
_Y: Final = {"XX": 0, "XY": 1, "X0": 0, "XXY": 1, "XYY": 2}


def copies(karyotype: Karyotype | str, kind: PieceKind) -> int | None:
    """Copies that count: 0, 1 or 2; None for an unknown karyotype on X outside PAR and on Y (in neither AC nor AN).

    PAR is two copies for everybody, one for X0, and lies on X: the PAR of Y is 0 for all, as aligners mask it.
    A third PAR copy (XXY, XYY) is counted as two, because callers write diploid genotypes there.
    """
    person = Karyotype(karyotype)
    if kind == "autosome":
        return 2
    if kind == "m":
        return 1
    if kind == "par_x":
        return 1 if person is Karyotype.X0 else 2
    if kind == "par_y":
        return 0
    if person is Karyotype.unknown:
        return None
    return _X[person] if kind == "x" else _Y[person]
