"""The genomes that count, one of each person (`voting`), and what counting must know of each."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from embla.registry import tables
from embla.registry.model.kinship import family_names, parents_of, unrelated
from embla.registry.model.values import CountedGenome, FamilyMember, Leaver
from embla.registry.organisations import region_on, regions
from embla.registry.outside import all_marks, unasked_persons
from embla.registry.voting import ranked_genomes


def counted_genomes(connection: Connection, *, on: date, with_opted_out: bool = True) -> list[CountedGenome]:
    """Every counted genome, by accession, as things stand on a day.

    `with_opted_out` False leaves out persons with a genetic mark that stands on the day, and those about whom the
    opt-out register could not be asked; who is related is then told among those who remain, so that a child whose
    parents opted out can stand for the family.
    """
    return _counted(connection, on, with_opted_out, None)


def counted_genome_of(connection: Connection, person: str, *, on: date) -> CountedGenome | None:
    """The genome with which one person counts, and whether the family has another that does; None for who opted out,
    cannot be asked, or has none. Reads that family and no other."""
    found = _counted(connection, on, False, _family(connection, person))
    return next((one for one in found if one.person == person), None)


def _counted(
    connection: Connection, on: date, with_opted_out: bool, people: frozenset[str] | None
) -> list[CountedGenome]:
    told = all_marks(connection) if people is None else [m for one in people for m in all_marks(connection, one)]
    marks = [mark for mark in told if mark.holds_on(on)]
    genetic = {mark.person for mark in marks if mark.kind == "genetic"}
    tissue = {mark.person for mark in marks if mark.kind == "tissue"}
    left_out = frozenset() if with_opted_out else genetic | unasked_persons(connection)
    votes = [vote for vote in _votes(connection, people) if vote[1] not in left_out]
    members = _members(connection, people)
    families = family_names(members)
    # Who is in no family is unrelated to everybody; the others are few.
    joined = [vote[1] for vote in votes if vote[1] in families]
    related = set(joined) - unrelated(joined, parents_of(members))
    known = regions(connection)
    names = {region.code: region_on(known, region.code, on) for region in known}
    return [
        CountedGenome(
            accession=name,
            person=person,
            family=families.get(person),
            region=names[own_region or laboratory_region],
            patient_group=group,
            karyotype=karyotype,
            related=person in related,
            opted_out=person in genetic,
            opted_out_tissue=person in tissue,
            laboratory=laboratory,
            assay=assay,
            case=case_id,
        )
        for name, person, karyotype, laboratory, assay, case_id, group, own_region, laboratory_region in votes
    ]


def leavers(connection: Connection, *, on: date) -> list[Leaver]:
    """Every genome that is out of the nation's numbers because its person wants it so, by accession.

    Also those that a correction or a better one had replaced before the person left: a release may hold these.
    """
    genomes, left = tables.genomes, tables.erasures
    # Who is marked twice counts no more from the first day on.
    marked: dict[str, date] = {}
    for mark in all_marks(connection):
        if mark.kind == "genetic" and mark.holds_on(on):
            marked[mark.person] = min(mark.since, marked.get(mark.person, mark.since))
    # Of those who came back: when they left first after this genome came.
    withdrawn_at = (
        select(func.min(left.c.withdrawn_at))
        .where(left.c.person == genomes.c.person, left.c.withdrawn_at >= genomes.c.accepted)
        .scalar_subquery()
    )
    query = select(
        genomes.c.accession, genomes.c.person, genomes.c.state, genomes.c.ended, withdrawn_at.label("withdrawn_at")
    ).where(
        (genomes.c.state == "withdrawn")
        | ((genomes.c.state != "accepted") & withdrawn_at.is_not(None))
        | genomes.c.person.in_(list(marked))
    )
    found = []
    for row in connection.execute(query.order_by(genomes.c.accession)):
        gone = row.ended if row.state == "withdrawn" else row.withdrawn_at if row.state != "accepted" else None
        days = [gone.date()] if gone is not None else []
        if row.person in marked:
            days.append(marked[row.person])
        found.append(Leaver(row.accession, row.person, min(days), "opted-out" if gone is None else "withdrawn"))
    return found


def _family(connection: Connection, person: str) -> frozenset[str]:
    """A person and everybody in a family with them, or with one of those."""
    table = tables.family_members.c
    known, new = frozenset[str](), frozenset({person})
    while new:
        known |= new
        families = select(table.family).where(table.person.in_(sorted(new)))
        found = connection.execute(select(table.person).where(table.family.in_(families))).scalars()
        new = frozenset(found) - known
    return known


def _votes(connection: Connection, people: frozenset[str] | None) -> list[Any]:
    """(accession, person, karyotype, laboratory, assay, case, group, person's and laboratory's region), by number."""
    narrowed = () if people is None else (tables.genomes.c.person.in_(sorted(people)),)
    persons, cases, labs, ranked = tables.persons, tables.cases, tables.laboratories, ranked_genomes(*narrowed)
    query = (
        select(
            ranked.c.accession,
            ranked.c.person,
            ranked.c.karyotype,
            ranked.c.laboratory,
            ranked.c.assay,
            ranked.c.case,
            cases.c.patient_group,
            persons.c.region.label("person_region"),
            labs.c.region.label("laboratory_region"),
        )
        .join(persons, persons.c.id == ranked.c.person)
        .join(cases, cases.c.id == ranked.c.case)
        .join(labs, labs.c.id == ranked.c.laboratory)
        .where(ranked.c.place == 1)
        .order_by(ranked.c.number)
    )
    return list(connection.execute(query))


def _members(connection: Connection, people: frozenset[str] | None) -> list[FamilyMember]:
    query = select(tables.family_members).order_by("family", "person")
    if people is not None:
        query = query.where(tables.family_members.c.person.in_(sorted(people)))
    return [FamilyMember(**row._mapping) for row in connection.execute(query)]
