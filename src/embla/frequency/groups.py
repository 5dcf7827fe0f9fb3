"""grpmax over groups, from counts as they are shown."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

from embla.frequency.model.answers import Grpmax
from embla.frequency.model.cohorts import MISSING, REMAINING
from embla.genotypes import find_grpmax

if TYPE_CHECKING:
    from embla.genotypes import Count

GRPMAX_BY: Final = "region"


def grpmax(by: str, cells: Mapping[str, "Count"], left_out: Collection[str] = ()) -> Grpmax | None:
    """The group of highest AF and the one of highest FAF95. Pooled and unknown groups are no group, and are left out.

    gnomAD's grpmax leaves out bottlenecked and remaining groups (gnomad_methods, pop_max_expr). Hidden cells take no
    part: their AF is not known to a reader, so it may not be told by this.
    """
    mixed = {name for name in cells if name in (REMAINING, MISSING) or name.endswith(" or other")}
    without = frozenset(mixed | (set(left_out) & set(cells)))
    found = find_grpmax(dict(cells), without)
    if found is None:
        return None
    return Grpmax(by, found.group, found.ac, found.an, found.af, found.faf_group, found.faf95, tuple(sorted(without)))
