"""How many people a study would find, in seconds and without an application: of the newest release, past `disclosure`.

People are those of the release, as it counted them, until the next: a number that moved with each day would tell who
left since, in which sex, region and patient group. What is told is rounded to the house's bound, and less is told where
the numbers together would give a small one away (docs/decisions/0062).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from embla.datasets.model.cohorts import COHORTS
from embla.disclosure import NOT_TOLD, tell_crossed
from embla.errors import Refused, UsageError
from embla.frequency import Releases, overdue, people_of_release, refuse_withheld, threshold
from embla.registry import genomes_named, patient_groups, regions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embla.datasets.model.dataset import DataSet
    from embla.frequency import Release
    from embla.platform import House

SEXES: Final = {"F": "XX", "M": "XY"}
_ASKED: Final = ("sex", "region", "patient_group")
# What is asked -> the release's table of it.
_PARTS: Final = {"sex": "karyotype", "region": "region", "patient_group": "patient_group"}
_MOST: Final = 32


class _Table(NamedTuple):
    """People of a release in a cohort by karyotype, region and patient group, and what is told of them. `names`: of
    each place on an axis, the first "" for any."""

    names: tuple[list[str], ...]
    told: "NDArray[np.int64]"
    below: int


# By home, release, digest, cohort and threshold.
_TABLES: dict[tuple[str, str, str, str, int], _Table] = {}


@dataclass(frozen=True)
class Feasible:
    """`people` is rounded; None where it may not be told. `bound`: fewer are not told, and told is in such steps."""

    people: int | None
    bound: int
    release: str
    cohort: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"people": self.people, "rounded_to": self.bound, "release": self.release, "cohort": self.cohort}


def feasible(house: "House", data: "DataSet", asked: Mapping[str, str]) -> Feasible:
    """People of a data set's cohort who have everything asked: sex (F, M), region and patient group, by their codes."""
    for name in asked:
        if name not in _ASKED:
            raise UsageError("That is not asked here.", mend=f"Known: {', '.join(_ASKED)}.")
    sex = asked.get("sex", "")
    if sex and sex not in SEXES:
        raise UsageError("The sex is F or M.")
    release = Releases(house).get()
    _refuse_withheld(house, release, data.cohort, asked)
    table = _table(house, release, data.cohort)
    with house.database.reading() as connection:
        known = {
            "region": {one.code for one in regions(connection)}.union(table.names[1]),
            "patient_group": {one.code for one in patient_groups(connection)}.union(table.names[2]),
        }
    for name, codes in known.items():
        # What is made up tells nothing and must cost nothing, so it is no answer either.
        if asked.get(name) and asked[name] not in codes:
            raise UsageError(f"There is no {name} of that code.", mend="/catalogue lists those that there are.")
    wanted = (SEXES.get(sex, ""), asked.get("region", ""), asked.get("patient_group", ""))
    bound = _bound(table.below, data)
    return Feasible(_told(table, wanted, bound), bound, release.info.number, data.cohort)


def people_in(house: "House", data: "DataSet") -> int | None:
    """How many people a data set is about, rounded; None where it may not be told."""
    release = Releases(house).get()
    try:
        _refuse_withheld(house, release, data.cohort, ())
    except Refused:
        return None
    table = _table(house, release, data.cohort)
    return _told(table, ("", "", ""), _bound(table.below, data))


def bound_of(house: "House", data: "DataSet") -> int:
    """Fewest people that are told of, and the steps of what is: what the newest release hides below, or as many times
    that as the data set's floor asks for. Two data sets of one cohort, in steps of 5 and 7, would tell 20 from 21."""
    return _bound(threshold(house, Releases(house).get()), data)


def _refuse_withheld(house: "House", release: "Release", cohort: str, asked: Iterable[str]) -> None:
    """Raises Refused where the release shows a part no longer: somebody who left has waited to the end."""
    late = overdue(house)
    related = ["relatedness"] if COHORTS[cohort].unrelated else []
    for part in ("total", *related, *(_PARTS[name] for name in asked)):
        refuse_withheld(late, release.source(part).info.number, part)


def _bound(below: int, data: "DataSet") -> int:
    return below * max(-(-data.floor // below), 1)


def _told(table: _Table, wanted: tuple[str, ...], bound: int) -> int | None:
    if any(name not in names for name, names in zip(wanted, table.names, strict=True)):
        return None
    place = tuple(names.index(name) for name, names in zip(wanted, table.names, strict=True))
    told = int(table.told[place])
    if told == NOT_TOLD or told < bound or 0 < int(table.told.flat[0]) - told < bound:
        return None
    return told // bound * bound


def _table(house: "House", release: "Release", cohort: str) -> _Table:
    info, below = release.info, max(threshold(house, release), 1)
    key = (str(house.home), info.number, info.digest, cohort, below)
    if key not in _TABLES:
        with house.database.reading() as connection:
            people = people_of_release(connection, info.number)
            genomes = {one.accession: one for one in genomes_named(connection, [one.accession for one in people])}
        rule = COHORTS[cohort]
        found = Counter(
            (genomes[one.accession].karyotype, one.region, one.patient_group)
            for one in people
            if rule.holds_counted(genomes[one.accession].assay, unrelated=one.unrelated)
        )
        while len(_TABLES) >= _MOST:
            _TABLES.pop(next(iter(_TABLES)), None)
        _TABLES[key] = _as_table(found, below)
    return _TABLES[key]


def _as_table(found: Counter[tuple[str, str, str]], below: int) -> _Table:
    values = [sorted({cell[axis] for cell in found}) for axis in range(len(_ASKED))]
    cells = np.zeros([len(one) for one in values], dtype=np.int64)
    for cell, n in found.items():
        cells[tuple(one.index(value) for one, value in zip(values, cell, strict=True))] = n
    return _Table(tuple(["", *one] for one in values), tell_crossed(cells, below), below)
