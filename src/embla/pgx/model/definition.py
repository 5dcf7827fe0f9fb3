"""What ClinPGx defines: a gene's positions and named alleles, as values that can be matched.

A row's blank cell is the reference row's base. Positions are 1-based on GRCh38; every base is the plus strand's, also
where the literature writes the coding strand's (VKORC1 -1639 G>A is C>T here).
"""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from embla.pgx.model.edits import Edit, last_place, shifted, trim

IUPAC: Final = {
    "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC", "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG",
    "N": "ACGT",
}  # fmt: skip


@dataclass(frozen=True)
class Site:
    """One defining position. `changes` are (edit, its base text in the rows, last position it may be spelled at)."""

    pos: int
    rsid: str
    hgvs: str
    ref: str
    alts: tuple[str, ...]
    changes: tuple[tuple[Edit, str, int], ...]

    @property
    def name(self) -> str:
        """The rsID, or the HGVS name where there is none."""
        return self.rsid or self.hgvs

    @cached_property
    def last(self) -> int:
        """The last position at which a record about this site may begin, or a base of it lie."""
        return max(self.pos + len(self.ref) - 1, *(last for _, _, last in self.changes))

    @cached_property
    def is_indel(self) -> bool:
        return any(edit.gain for edit, _, _ in self.changes)

    def base_of(self, edit: Edit) -> str | None:
        """The base text that a record's change stands for, or None where it is none of this site's."""
        for known, base, last in self.changes:
            if edit == known or shifted(edit, known, last):
                return base
        return None

    def touched_by(self, edit: Edit) -> bool:
        """Whether a change that is none of this site's takes its bases away, so that its base cannot be told.

        An indel's site is its lost bases, or its anchor where it only inserts; a base replaced there decides nothing,
        and another length at the same anchor (nine repeats of UGT1A1's TA, where eight are known) is no reference.
        """
        if not self.is_indel:
            return edit.touches(self.pos, self.pos + len(self.ref) - 1)
        if edit.gain == 0:
            return False
        if edit.pos == self.pos:
            return True
        first = self.pos + (len(self.ref) > 1)
        return edit.touches(first, self.pos + len(self.ref) - 1)


def make_site(pos: int, rsid: str, hgvs: str, ref: str, alts: tuple[str, ...], copies: int) -> Site:
    """A site whose alternates are written once in their smallest form."""
    edits = [(trim(pos, ref, alt), alt) for alt in alts]
    names = [name.strip() for name in hgvs.split(";")]
    named = names if len(names) == len(edits) else [names[0]] * len(edits)
    changes = tuple((edit, alt, last_place(edit, name, copies)) for (edit, alt), name in zip(edits, named, strict=True))
    return Site(pos, rsid, hgvs, ref, alts, changes)


@dataclass(frozen=True)
class Allele:
    """One row. `cells` holds the defined bases by site index; `core` is the name that is told (`*45` of `*45.001`)."""

    name: str
    core: str
    cells: tuple[str | None, ...]
    order: int

    @cached_property
    def score(self) -> int:
        """Defined cells."""
        return sum(cell is not None for cell in self.cells)


@dataclass(frozen=True)
class Gene:
    """One gene's definition; the reference row is `alleles[0]` and has a base in every cell."""

    name: str
    contig: str
    sites: tuple[Site, ...]
    alleles: tuple[Allele, ...]
    modified: str

    @property
    def reference(self) -> Allele:
        return self.alleles[0]

    @cached_property
    def scored(self) -> dict[int, tuple[int, ...]]:
        """Assessed sites as bits -> the score of each row over them; filled by who matches."""
        return {}

    @cached_property
    def observed(self) -> dict[Hashable, Any]:
        """(site index, whether listed as callable, lines) -> what they say of the site; filled by who calls."""
        return {}

    @cached_property
    def rows(self) -> tuple[dict[str, int], ...]:
        """Per site: base -> the rows that have it, as bits (bit n is alleles[n])."""
        tables: list[dict[str, int]] = []
        for at, default in enumerate(self.reference.cells):
            table: dict[str, int] = {}
            for bit, allele in enumerate(self.alleles):
                for base in bases(allele.cells[at] or default or ""):
                    table[base] = table.get(base, 0) | 1 << bit
            tables.append(table)
        return tuple(tables)

    @cached_property
    def own(self) -> tuple[tuple[int, ...], ...]:
        """Per row: the sites where it differs from the reference row, which make it that allele."""
        return tuple(
            tuple(at for at, cell in enumerate(row.cells) if cell is not None and cell != self.reference.cells[at])
            for row in self.alleles
        )

    @cached_property
    def telling(self) -> tuple[tuple[int, ...], ...]:
        """Per row: site sets as bits, one of which must be assessed in part each, or it looks like a reference.

        There is one set for each row that is defined at every site (the reference; CYP2C19 *1 beside *38): the sites
        whose base that row has and this one does not admit. Rows that are defined everywhere are never hidden.
        """
        whole = [row for row in self.alleles if row.score == len(self.sites)]
        return tuple(() if row in whole else tuple(self._apart(row, one) for one in whole) for row in self.alleles)

    def _apart(self, row: Allele, whole: Allele) -> int:
        bits = 0
        for at, (cell, base) in enumerate(zip(row.cells, whole.cells, strict=True)):
            here = cell or self.reference.cells[at] or ""
            if not set(bases(base or "")) <= set(bases(here)):
                bits |= 1 << at
        return bits

    @cached_property
    def deletions(self) -> frozenset[Edit]:
        """Defined changes that take bases away, and with them other sites."""
        return frozenset(edit for site in self.sites for edit, _, _ in site.changes if edit.gain < 0)

    def site_at(self, pos: int) -> int:
        """Index of the site at a position; KeyError where there is none."""
        return self._places[pos]

    @cached_property
    def _places(self) -> dict[int, int]:
        return {site.pos: at for at, site in enumerate(self.sites)}


def bases(cell: str) -> tuple[str, ...]:
    """The bases that a cell admits: itself, or those of its IUPAC letter."""
    return tuple(IUPAC.get(cell, "")) or (cell,)


@dataclass(frozen=True)
class Release:
    """One state of the definitions, with the phenotypes that belong to it. `digest` is a SHA-256 of its content."""

    id: str
    digest: str
    genes: dict[str, Gene]
    functions: dict[str, dict[str, str]]  # gene -> allele -> function, or activity value as text
    diplotypes: dict[str, dict[tuple[str, ...], tuple[str, str]]]  # gene -> sorted names -> (score or "", phenotype)
    function_releases: dict[str, str]  # gene -> release of its functions, which may be older
    priorities: dict[str, tuple[tuple[frozenset[str], str], ...]]  # gene -> (conflicting diplotypes, the one to prefer)
    tier1: dict[str, frozenset[str]]  # gene -> alleles that every laboratory must test (AMP tier 1)
