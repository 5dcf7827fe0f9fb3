"""Where a person belongs, for those who watch the log: home region and families, by their ids."""

from sqlalchemy import Connection, select

from embla.registry import tables


def home_region(connection: Connection, person: str) -> str | None:
    """The code of the person's region, None where it is not registered."""
    return connection.execute(select(tables.persons.c.region).where(tables.persons.c.id == person)).scalar_one_or_none()


def families_of(connection: Connection, person: str) -> list[str]:
    """Ids of the families that the person is in, in order."""
    members = tables.family_members
    query = select(members.c.family).where(members.c.person == person).order_by(members.c.family)
    return list(connection.execute(query).scalars())


def cases_about(connection: Connection, person: str) -> list[str]:
    """Ids of the cases whose patient the person is, in order."""
    cases = tables.cases
    return list(connection.execute(select(cases.c.id).where(cases.c.person == person).order_by(cases.c.id)).scalars())


def accessions_of(connection: Connection, person: str) -> set[str]:
    """Every genome that was ever accepted of a person, replaced and withdrawn ones too."""
    genomes = tables.genomes
    return set(connection.execute(select(genomes.c.accession).where(genomes.c.person == person)).scalars())
