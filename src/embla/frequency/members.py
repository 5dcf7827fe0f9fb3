"""Whose genomes a release counted, by accession: for the proof that somebody is in it, or is not."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from embla.frequency import tables


def releases_in_order(connection: Connection) -> list[tuple[str, int]]:
    """Number and people of every release, oldest first."""
    releases = tables.releases
    query = select(releases.c.number, releases.c.people).order_by(releases.c.year, releases.c.serial)
    return [(row.number, row.people) for row in connection.execute(query)]


def members_of(connection: Connection, release: str) -> dict[str, str | None]:
    """Accession -> region as it was counted, of everybody in a release."""
    members = tables.release_genomes
    query = select(members.c.accession, members.c.region).where(members.c.release == release)
    return {row.accession: row.region for row in connection.execute(query)}


def releases_with(connection: Connection, accessions: Collection[str]) -> set[str]:
    """Numbers of the releases that counted one of these genomes."""
    members = tables.release_genomes
    query = select(members.c.release).where(members.c.accession.in_(list(accessions))).distinct()
    return set(connection.execute(query).scalars())
