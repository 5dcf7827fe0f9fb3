"""Who is in a release: the persons, for figures that stand on them; genomes, for the proof that somebody is in it.

A release that keeps numbers has no members of its own: who asks for them is told those of the release that cut them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from embla.disclosure import published_under
from embla.frequency import tables
from embla.frequency.ground import number_of, sources_of
from embla.frequency.model.cohorts import RELATEDNESS, TOTAL, UNRELATED
from embla.registry import first_numbers


@dataclass(frozen=True)
class Membership:
    """Persons of a release's total, by a number that says nothing of who it is: the lowest that a genome of theirs ever
    had (docs/decisions/0056). `regions`: person -> region as it was counted, None where that was not kept.

    A genome that is accepted today may be another than the one that was counted, and is of the same person.
    """

    regions: Mapping[int, str | None]
    firsts: Mapping[int, int]

    def person_of(self, accession: str) -> int:
        """Whose a genome is, in the release or not."""
        number = number_of(accession)
        return self.firsts.get(number, number)


@dataclass(frozen=True)
class InRelease:
    """A genome as a release counted it. `unrelated`: among those whom it shows as such; nobody is where it does not."""

    accession: str
    region: str
    patient_group: str
    unrelated: bool


def releases_in_order(connection: Connection) -> list[tuple[str, int]]:
    """Number and people of every release, oldest first."""
    releases = tables.releases
    query = select(releases.c.number, releases.c.people).order_by(releases.c.year, releases.c.serial)
    return [(row.number, row.people) for row in connection.execute(query)]


def membership(connection: Connection, release: str) -> Membership:
    """Everybody in a release's total, whichever release cut that."""
    members = tables.release_genomes
    source = sources_of(connection, release).get(TOTAL, release)
    query = select(members.c.accession, members.c.region).where(members.c.release == source)
    regions = {number_of(row.accession): row.region for row in connection.execute(query)}
    firsts = first_numbers(connection)
    return Membership({firsts.get(number, number): region for number, region in regions.items()}, firsts)


def people_of_release(connection: Connection, release: str) -> list[InRelease]:
    """Everybody in a release's total, as they were then: who left since, or has another genome, changes nothing."""
    members, sources = tables.release_genomes, sources_of(connection, release)
    source = sources.get(TOTAL, release)
    firsts = first_numbers(connection)
    apart = published_under(connection, [f"{sources.get(RELATEDNESS, source)}/{RELATEDNESS}/{UNRELATED}"])
    unrelated = {firsts.get(number, number) for entry in apart for number in entry.members.tolist()}
    query = select(members).where(members.c.release == source).order_by(members.c.accession)
    numbered = ((row, number_of(row.accession)) for row in connection.execute(query))
    return [
        InRelease(row.accession, row.region or "", row.patient_group or "", firsts.get(number, number) in unrelated)
        for row, number in numbered
    ]


def releases_with(connection: Connection, accessions: Collection[str]) -> set[str]:
    """Numbers of the releases that show one of these genomes, in any part: those that counted it, and those in which
    the total or a table has still the numbers of one that did."""
    members, parts = tables.release_genomes, tables.release_parts
    query = select(members.c.release).where(members.c.accession.in_(list(accessions))).distinct()
    counted = set(connection.execute(query).scalars())
    shown = select(parts.c.release).where(parts.c.source.in_(sorted(counted))).distinct()
    return counted | set(connection.execute(shown).scalars())
