"""The variants of a stretch that the newest release shows to everybody, and one variant's numbers by population."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from embla.disclosure import Level
from embla.errors import UsageError
from embla.frequency.leaving import overdue, refuse_withheld
from embla.frequency.mininode import populations_of
from embla.frequency.model.answers import MAX_REGION
from embla.frequency.model.cohorts import TOTAL
from embla.frequency.releases import Release, Releases, threshold
from embla.frequency.service import is_loaded, opened_parts
from embla.frequency.sites import shown_levels
from embla.genome import GRCH38, Variant

if TYPE_CHECKING:
    from embla.genotypes import Count
    from embla.platform import House

# Bases before a stretch in which a deletion may begin that reaches into it.
BACK: Final = 10_000


class Listed(NamedTuple):
    """A variant of the list with its open numbers."""

    variant: Variant
    ac: int
    an: int


class Listing(NamedTuple):
    """The newest release as a list. A variant whose count is hidden is not in it: nobody may tell that it is there."""

    house: "House"
    release: Release
    late: frozenset[str]

    @classmethod
    def open(cls, house: "House") -> "Listing":
        """Raises NotFound where there is no release, Refused where all of it is withheld."""
        release, late = Releases(house).get(), overdue(house)
        refuse_withheld(late, release.source(TOTAL).info.number)
        return cls(house, release, late)

    def overlapping(self, contig: str, start: int, end: int) -> list[Listed]:
        """Variants whose REF shares a base with `start` to `end`, 0-based half-open, in order of place. One that begins
        more than 10,000 bases before is not found. Raises UsageError for more than five million bases."""
        if end - start > MAX_REGION:
            raise UsageError(f"{end - start:,} bases are too many to list at once.", mend=f"Ask for {MAX_REGION:,}.")
        end = min(end, GRCH38.contig(contig).length)
        low = max(start - BACK, 0)
        if end <= low:
            return []
        swept = self.release.files.contig(contig).totals(low, end)
        shown = shown_levels(self.release, swept, threshold(self.house, self.release)) > int(Level.HIDDEN)
        found = [
            Listed(Variant(contig, int(swept.pos[i]), *swept.alleles(i)), int(swept.ac[0][i]), int(swept.an[0][i]))
            for i in np.flatnonzero(shown & (swept.ac[0] > 0)).tolist()
        ]
        return [one for one in found if one.variant.pos - 1 + len(one.variant.ref) > start]

    def levels(self) -> "Iterator[tuple[str, NDArray[Any]]]":
        """Contig -> `Level` of each variant that somebody of the total carries: what a release tells and what not."""
        below = threshold(self.house, self.release)
        for contig in GRCH38.contigs:
            file, found = self.release.files.contig(contig.name), []
            for start in range(0, contig.length, MAX_REGION):
                swept = file.totals(start, min(start + MAX_REGION, contig.length))
                found.append(np.asarray(shown_levels(self.release, swept, below))[swept.carriers[0] > 0])
            here = np.concatenate(found)
            if len(here):
                yield contig.name, here

    def populations(self, variant: Variant, country: str) -> "list[tuple[str, Count]]":
        """`Total`, the country, and the sexes where both may be shown. Empty where nobody may be told of."""
        if not is_loaded(variant):
            return []
        return _populations(self.release, threshold(self.house, self.release), self.late, variant, country)


# Deciding what to suppress is most of an answer, and programs ask for the same variants. A release never changes.
@lru_cache(maxsize=8192)
def _populations(
    release: Release, below: int, late: frozenset[str], variant: Variant, country: str
) -> "list[tuple[str, Count]]":
    shown, _ = opened_parts(release, below, variant, (), late)
    return populations_of(shown, country)
