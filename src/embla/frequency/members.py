"""Whose genomes a release shows, by accession: for the proof that somebody is in it, or is not.

A release that keeps numbers has no members of its own: who asks for them is told those of the release that cut them.
"""

from collections.abc import Collection

from sqlalchemy import Connection, select

from embla.frequency import tables
from embla.frequency.ground import sources_of
from embla.frequency.model.cohorts import TOTAL


def releases_in_order(connection: Connection) -> list[tuple[str, int]]:
    """Number and people of every release, oldest first."""
    releases = tables.releases
    query = select(releases.c.number, releases.c.people).order_by(releases.c.year, releases.c.serial)
    return [(row.number, row.people) for row in connection.execute(query)]


def members_of(connection: Connection, release: str) -> dict[str, str | None]:
    """Accession -> region as it was counted, of everybody in a release's total, whichever release cut that."""
    members = tables.release_genomes
    source = sources_of(connection, release).get(TOTAL, release)
    query = select(members.c.accession, members.c.region).where(members.c.release == source)
    return {row.accession: row.region for row in connection.execute(query)}


def releases_with(connection: Connection, accessions: Collection[str]) -> set[str]:
    """Numbers of the releases that show one of these genomes, in any part: those that counted it, and those in which
    the total or a table has still the numbers of one that did."""
    members, parts = tables.release_genomes, tables.release_parts
    query = select(members.c.release).where(members.c.accession.in_(list(accessions))).distinct()
    counted = set(connection.execute(query).scalars())
    shown = select(parts.c.release).where(parts.c.source.in_(sorted(counted))).distinct()
    return counted | set(connection.execute(shown).scalars())
