"""Which versions of pipelines made the genomes of a release or of a live count: a cohort of several versions, or of one
that is not validated, says so.

Of a release versions are named only from so many genomes on as the release hides below; what is known of a version is
as of today, since a fault may be found after the release was cut.
"""

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from embla.frequency import tables
from embla.frequency.model.cohorts import TOTAL
from embla.frequency.releases import Releases, threshold
from embla.registry import MadeBy, made_by_laboratory, made_of, versions_of

if TYPE_CHECKING:
    from embla.platform import House

# Counted versions of releases of this process, by home, release and digest: they never change.
_COUNTED: dict[tuple[str, str, str], dict[tuple[str, str, str], int]] = {}
_MOST: Final = 64


def made_of_release(house: "House", number: str | None = None) -> MadeBy:
    """Of a release's people (those of its total); of the newest for None. NotFound for one that is not there."""
    release = Releases(house).get(number)
    source = release.source(TOTAL).info
    key = (str(house.home), source.number, source.digest)
    with house.database.reading() as connection:
        counted = _COUNTED.get(key)
        if counted is None:
            members = tables.release_genomes.c
            counted = versions_of(connection, select(members.accession).where(members.release == source.number))
            while len(_COUNTED) >= _MOST:
                _COUNTED.pop(next(iter(_COUNTED)), None)
            _COUNTED[key] = counted
        return made_of(connection, counted, house.clock().date()).shown(threshold(house, release))


def made_now(house: "House") -> MadeBy:
    """Of the germline genomes that are accepted now."""
    with house.database.reading() as connection:
        return made_by_laboratory(connection, None, house.clock().date())
