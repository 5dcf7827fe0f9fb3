"""What the next release stands on, read from the database: what was published before, and who is set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from embla.disclosure import Members, Parts, Persons, members, published
from embla.frequency import tables
from embla.frequency.model.cohorts import RELATEDNESS, TOTAL, UNRELATED, Stratum
from embla.frequency.model.moving import Past
from embla.registry import first_numbers

if TYPE_CHECKING:
    from embla.registry import CountedGenome

# Raw values that are kept with a release's members, as the names of groups change when small ones are pooled.
PINNED = ("region", "patient_group")
RELATED = "related"


@dataclass(frozen=True)
class Ground:
    """`pasts`: each release that cut its total, oldest first. `raw`: by -> person -> group when last cut; `aside`: the
    persons who are set aside. `persons`: which genomes, of then and now, are of one person."""

    pasts: Sequence[Past]
    raw: dict[str, dict[int, str]]
    aside: frozenset[int]
    sources: dict[str, str]
    persons: Persons


def read_ground(connection: Connection) -> Ground:
    """Everything, in one state of the database."""
    numbers = _numbers(connection)
    sources = sources_of(connection, numbers[-1]) if numbers else {}
    parted = _parted(connection)
    pasts = [
        Past(number, total, parted.get(number, {}))
        for number in numbers
        if len(total := _total(connection, number)) > 0
    ]
    persons = read_persons(connection)
    raw = {by: _raw(connection, by, sources[by], persons) for by in PINNED if by in sources}
    names = connection.execute(select(tables.release_set_aside.c.accession)).scalars()
    aside = frozenset(persons.cohort(members(number_of(name) for name in names)).tolist())
    return Ground(pasts, raw, aside, sources, persons)


def read_persons(connection: Connection) -> Persons:
    """Which genomes, in whatever state, are of one person."""
    return Persons.of(first_numbers(connection))


def sources_of(connection: Connection, number: str) -> dict[str, str]:
    """Part -> release whose numbers it shows; a release of before this was kept has its own total."""
    rows = connection.execute(select(tables.release_parts).where(tables.release_parts.c.release == number))
    return {row.part: row.source for row in rows} or {TOTAL: number}


def number_of(accession: str) -> int:
    """The number in an accession: what the ledger calls a genome."""
    return int(accession.removeprefix("EMBG"))


def accession_numbers(people: Sequence["CountedGenome"]) -> Members:
    """Sorted numbers; people come in order of accession."""
    return members(number_of(person.accession) for person in people)


def parts_of(strata: Sequence[Stratum], numbers: Members) -> dict[str, Parts]:
    """Table -> its people, `numbers[i]` being the genome of person i of the strata. Whoever is not among the unrelated
    is related: both follow from each other."""
    groups: dict[str, list[tuple[str, Members]]] = {}
    for stratum in strata:
        if stratum.by != TOTAL:
            groups.setdefault(stratum.by, []).append((stratum.value, numbers[list(stratum.members)]))
    return {by: _whole(by, cells, numbers) for by, cells in groups.items()}


def _whole(by: str, cells: list[tuple[str, Members]], total: Members) -> Parts:
    if by == RELATEDNESS:
        rest = _rest(total, cells[0][1])
        cells = [(UNRELATED, cells[0][1]), *([(RELATED, rest)] if len(rest) else [])]
    return Parts.of(cells)


def _rest(total: Members, some: Members) -> Members:
    return members(set(total.tolist()) - set(some.tolist()))


def _numbers(connection: Connection) -> list[str]:
    query = select(tables.releases.c.number).order_by(tables.releases.c.year, tables.releases.c.serial)
    return list(connection.execute(query).scalars())


def _total(connection: Connection, number: str) -> Members:
    query = select(tables.release_genomes.c.accession).where(tables.release_genomes.c.release == number)
    return members(number_of(name) for name in connection.execute(query).scalars())


def _parted(connection: Connection) -> dict[str, dict[str, Parts]]:
    """Release -> table -> parts, from the ledger's strata, whose names are `number/table/group`."""
    cells: dict[str, dict[str, list[tuple[str, Members]]]] = {}
    totals: dict[str, Members] = {}
    for entry in published(connection):
        number, _, rest = entry.name.partition("/")
        by, _, value = rest.partition("/")
        if by == TOTAL:
            totals[number] = entry.members
        elif value:
            cells.setdefault(number, {}).setdefault(by, []).append((value, entry.members))
    return {
        number: {by: _whole(by, found, totals[number]) for by, found in by_table.items()}
        for number, by_table in cells.items()
        if number in totals
    }


def _raw(connection: Connection, by: str, source: str, persons: Persons) -> dict[int, str]:
    table = tables.release_genomes
    query = select(table.c.accession, table.c[by]).where(table.c.release == source, table.c[by].is_not(None))
    groups = {number_of(row.accession): row[1] for row in connection.execute(query)}
    genomes = members(groups)
    whose = persons.of_each(genomes).tolist()
    return {person: groups[number] for number, person in zip(genomes.tolist(), whose, strict=True)}
