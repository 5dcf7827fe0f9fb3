"""Which numbers of one answer may be shown: pure, on people behind counts. The reader is assumed to know these rules.

A *small* number is 1 to k-1 people. Nothing shown, and no sum or difference of what is shown, may be small; and among
all data that would be shown in the same way a small number must have more than one possible value.
docs/decisions/0003-suppression.md says why each rule is there; tests/disclosure solves small tables as an attacker.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

REST = ""  # the people of the total who are in no named cell of a table; a reader knows them by subtraction


class Level(IntEnum):
    """How much of a cell is shown. AN is shown at every level."""

    HIDDEN = 0
    ALLELES = 1  # ac, af and what follows from them; not how they lie in genotypes
    FULL = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cohort has of one variant: alleles, and people by genotype. `haploid`: one copy per person (chrM)."""

    an: int
    ac: int
    nhet: int
    nhomalt: int
    nhemi: int
    haploid: bool = False

    @property
    def classes(self) -> tuple[int, int, int, int]:
        """People who are het, hom, hemi, half-called; with ac they follow from each other, so all four count."""
        if self.haploid:
            return self.nhet, self.nhomalt, self.nhemi, self.ac - self.nhet - self.nhomalt - self.nhemi
        return self.nhet, self.nhomalt, self.nhemi, self.ac - self.nhet - 2 * self.nhomalt - self.nhemi

    @property
    def carriers(self) -> int:
        """People who carry the allele in any genotype."""
        return sum(self.classes)

    def __sub__(self, other: "Cell") -> "Cell":
        return Cell(
            self.an - other.an,
            self.ac - other.ac,
            self.nhet - other.nhet,
            self.nhomalt - other.nhomalt,
            self.nhemi - other.nhemi,
            self.haploid,
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """The decision: a level for the total, its raw twin and each cell. A table that no hiding protects
    is not in `cells` and is not shown at all."""

    total: Level
    raw: Level
    cells: Mapping[str, Mapping[str, Level]]


def is_small(people: int, k: int) -> bool:
    """1 to k-1 people."""
    return 0 < people < k


def seen_by_few(total: Cell, raw: Cell | None, k: int) -> bool:
    """Do 1 to k-1 people carry it: in calls that pass the gates or, where no such call has it, in any call?

    The second must look like the first. Whose call fails is not in AN, so where a variant were told to be seen only in
    such calls, AN beside that of the next base would say in how many people at most: where it dips by one, in one.
    """
    return is_small(total.carriers, k) or (not total.carriers and raw is not None and is_small(raw.carriers, k))


def level_of(cell: Cell, k: int) -> Level:
    """The most that may be shown of a cell that stands alone."""
    if is_small(cell.carriers, k):
        return Level.HIDDEN
    if any(is_small(people, k) for people in cell.classes):
        return Level.ALLELES
    # k+1 alleles in k people or more: at most one is homozygous. Hiding the genotypes only then would say so.
    if k > 1 and cell.ac == k + 1:
        return Level.ALLELES
    return Level.FULL


def decide(
    total: Cell, tables: Mapping[str, Mapping[str, Cell]], k: int, raw: Cell | None = None, cap: Level = Level.FULL
) -> Shown:
    """Levels for a total, for tables that each split its people, and for its raw twin. k = 1 hides nothing.
    `cap`: the most that may be shown beside other variants (nested.py); below FULL no table is.

    A table's cells are disjoint parts of the total's people; those in none of them are its REST, which a reader gets by
    subtraction. The tables share nothing but the total, so each is protected by itself once the total is settled.
    """
    if seen_by_few(total, raw, k) or cap is Level.HIDDEN:
        # Which cell is empty would tell where the few carriers are: all cells are as hidden as the total.
        cells_hidden = {by: dict.fromkeys(cells, Level.HIDDEN) for by, cells in tables.items()}
        return Shown(Level.HIDDEN, Level.HIDDEN, cells_hidden)
    # The total's level depends on the total alone, so that lists, files and pages show one variant in one way.
    top = min(level_of(total, k), cap)
    if cap < Level.FULL:
        # Cells of both would be subtracted, too.
        return Shown(top, Level.HIDDEN, {})
    shown = {}
    for by, cells in tables.items():
        parts = _with_rest(total, cells)
        hidden = _hidden(parts, k)
        if hidden is None:
            continue
        # Genotypes are shown for every cell of a table or for none: one blank column could be filled from the total.
        level = Level.ALLELES if hidden else min(top, *(level_of(cell, k) for cell in parts.values()))
        if level < top and not _leaves_room(total, parts, hidden, k):
            continue
        shown[by] = {name: Level.HIDDEN if name in hidden else level for name in cells}
    return Shown(top, _raw(total, raw, k, top), shown)


def _with_rest(total: Cell, cells: Mapping[str, Cell]) -> dict[str, Cell]:
    rest = total
    for cell in cells.values():
        rest = rest - cell
    return {**cells, REST: rest}


def _raw(total: Cell, raw: Cell | None, k: int, top: Level) -> Level:
    """Raw less adj is a count of people too: those whose call failed a gate."""
    if raw is None:
        return Level.HIDDEN
    return min(top, level_of(raw, k), level_of(raw - total, k))


def _leaves_room(total: Cell, parts: Mapping[str, Cell], hidden: set[str], k: int) -> bool:
    """May a table that shows alleles only stand beside a total that shows genotypes?

    From the alleles of a part and the rule that k people or more carry what is shown, a reader knows how many
    homozygotes it can have at most. If the total's homozygotes nearly fill that room, they tell where each of them is.
    """
    seen = [cell.ac for name, cell in parts.items() if cell.carriers and name not in hidden]
    if hidden:
        seen.append(sum(parts[name].ac for name in hidden))
    room = sum(min(ac - k, ac // 2) for ac in seen)
    return total.nhomalt == 0 or total.haploid or len(seen) == 1 or room > total.nhomalt + 1


def _hidden(parts: Mapping[str, Cell], k: int) -> set[str] | None:
    """The cells to hide so that the hidden ones, whose sum is known, give no small number away; None: impossible.

    The small cells are hidden together with the next larger ones, all that are equally large. So any exchange of values
    among the hidden cells would be shown in the same way, and as not all of them are equal none can be told.
    """
    small = {name for name, cell in parts.items() if is_small(cell.carriers, k)}
    if not small:
        return small
    cover = min((cell.carriers for cell in parts.values() if cell.carriers >= k), default=0)
    # Where there are only small cells and empty ones, the empty ones are the cover: `cover` is 0.
    hidden = {name for name, cell in parts.items() if cell.an and (name in small or cell.carriers == cover)}
    if len(hidden) < 2:
        return None
    # The exchange must be possible in the eyes of a reader, who sees each AN and the smallest cell that is shown.
    most = min((cell.carriers for name, cell in parts.items() if cell.carriers and name not in hidden), default=None)
    if most is None:
        most = sum(cell.carriers for cell in parts.values())
    room = min(parts[name].an // (1 if parts[name].haploid else 2) for name in hidden)
    return hidden if room >= most else None
