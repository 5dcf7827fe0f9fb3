"""How many people a study would find, in seconds and without an application: of the newest release, past `disclosure`.

A number below the house's bound is not told, nor one that leaves fewer than the bound out; what is told is rounded to
the bound, so that two answers subtracted from each other tell no small number.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from embla.datasets.model.cohorts import COHORTS, members_of
from embla.disclosure import suppress_people
from embla.errors import UsageError
from embla.frequency import Releases, membership, threshold
from embla.registry import counted_genomes, patient_groups, regions

if TYPE_CHECKING:
    from embla.datasets.model.dataset import DataSet
    from embla.platform import House

SEXES: Final = {"F": "XX", "M": "XY"}
_ASKED: Final = ("sex", "region", "patient_group")
# People by (karyotype, region, patient group), by home, release, digest, cohort and day.
_TABLES: dict[tuple[str, str, str, str, date], Counter[tuple[str, str, str]]] = {}
_MOST: Final = 32


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
    release, table = _table(house, data.cohort)
    with house.database.reading() as connection:
        known = {
            "region": {one.code for one in regions(connection)} | {cell[1] for cell in table},
            "patient_group": {one.code for one in patient_groups(connection)} | {cell[2] for cell in table},
        }
    for name, codes in known.items():
        # What is made up tells nothing and must cost nothing, so it is no answer either.
        if asked.get(name) and asked[name] not in codes:
            raise UsageError(f"There is no {name} of that code.", mend="/catalogue lists those that there are.")
    wanted = (SEXES.get(sex, ""), asked.get("region", ""), asked.get("patient_group", ""))
    found = sum(n for cell, n in table.items() if all(w in ("", c) for w, c in zip(wanted, cell, strict=True)))
    bound = bound_of(house, data)
    return Feasible(_told(found, sum(table.values()), bound), bound, release, data.cohort)


def people_in(house: "House", data: "DataSet") -> int | None:
    """How many people a data set is about, rounded; None where it may not be told."""
    _, table = _table(house, data.cohort)
    whole = sum(table.values())
    return _told(whole, whole, bound_of(house, data))


def bound_of(house: "House", data: "DataSet") -> int:
    """Fewest people that are told of: what the newest release hides below, or the data set's floor."""
    return max(threshold(house, Releases(house).get()), data.floor)


def _told(found: int, whole: int, bound: int) -> int | None:
    shown = suppress_people(whole, {"found": found}, below=bound)
    number = None if shown is None else shown["found"]
    return None if number is None or whole < bound else number // bound * bound


def _table(house: "House", cohort: str) -> tuple[str, Counter[tuple[str, str, str]]]:
    """The release's number, and its people in a cohort by karyotype, region and patient group.

    Of each person of the release today's genome counts, also where another was in the release; regions are those under
    which the release counted them. Whoever left since then is in it no longer, from the next day on at the latest: a
    table is kept for a day.
    """
    info = Releases(house).get().info
    today = house.clock().date()
    key = (str(house.home), info.number, info.digest, cohort, today)
    if key not in _TABLES:
        with house.database.reading() as connection:
            counted = counted_genomes(connection, on=today, with_opted_out=False)
            release = membership(connection, info.number)
        table: Counter[tuple[str, str, str]] = Counter()
        for genome in members_of(COHORTS[cohort], counted):
            person = release.person_of(genome.accession)
            if person in release.regions:
                table[genome.karyotype, release.regions[person] or "", genome.patient_group] += 1
        while len(_TABLES) >= _MOST:
            _TABLES.pop(next(iter(_TABLES)), None)
        _TABLES[key] = table
    return info.number, _TABLES[key]
