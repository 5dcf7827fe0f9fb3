"""Whom news concern, and whose department may be asked. The machine's own work: nothing of it is shown to anybody.

Carriers come out of the cohort store under a decision to find them, which is in the log. A person is asked about only
where a consent in force allows contact about new knowledge; who did not agree is counted and forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from embla.answers import store
from embla.answers.model.answer import Report
from embla.genome import Variant
from embla.policy import Decision
from embla.registry import (
    all_marks,
    carriers_of,
    case_of,
    cases_about,
    consents_of,
    find_genome,
    genomes_of_person,
    in_force,
)

if TYPE_CHECKING:
    from embla.platform import House
    from embla.registry import Case, Genome


@dataclass(frozen=True)
class Concerned:
    """One person whom news concern, and where they are treated. `role`: patient, or relative of the case's patient."""

    person: str
    genome: str
    case: "Case"
    role: str


def carrying(house: "House", decision: Decision, allele: str, unread: list[str] | None = None) -> list[Concerned]:
    """Everybody who carries an allele, one line a person; where `unread` is given, but for those of the segments told
    there, which could not be read."""
    contig, pos, ref, alt = allele.rsplit("-", 3)
    found = carriers_of(house, decision, Variant(contig, int(pos), ref, alt), unread)
    with house.database.reading() as connection:
        each = [of_genome(connection, genome) for genome, _ in found]
    return list({one.person: one for one in each if one is not None}.values())


def of_genome(connection: Connection, genome: "Genome") -> Concerned | None:
    """A genome's person: in the newest case of their own, else in the case that it was reported with."""
    own = [case for name in cases_about(connection, genome.person) if (case := case_of(connection, name)) is not None]
    if own:
        newest = max(own, key=lambda one: (one.opened, one.id))
        return Concerned(genome.person, genome.accession, newest, "patient")
    case = case_of(connection, genome.case)
    return None if case is None else Concerned(genome.person, genome.accession, case, "relative")


def answered_in(connection: Connection, reports: Sequence[Report]) -> list[Concerned]:
    """The persons of answers, each in the case in which they were answered."""
    found = []
    for one in reports:
        case = case_of(connection, one.case)
        if case is not None:
            role = "patient" if case.person == one.person else "relative"
            found.append(Concerned(one.person, one.genome, case, role))
    return list({one.person: one for one in found}.values())


def may_recontact(connection: Connection, person: str, day: date) -> bool:
    """True where a consent in force says that the person may be contacted about new knowledge."""
    consent = in_force(consents_of(connection, person), day)
    return consent is not None and consent.statement.recontact is True


def opted_out(connection: Connection, person: str, day: date) -> bool:
    """True where the person's genome serves nobody else."""
    marks = all_marks(connection, person)
    return any(mark.since <= day and (mark.until is None or day <= mark.until) for mark in marks)


def newest_genome(connection: Connection, person: str) -> str:
    """The accession of a person's newest accepted germline genome, "" for none."""
    found = [one for one in genomes_of_person(connection, person) if one.origin == "germline"]
    return found[-1].accession if found else ""


def known_genome(connection: Connection, name: str) -> "Genome | None":
    """The accepted genome of an accession."""
    found = find_genome(connection, name)
    return found if found is not None and found.state == "accepted" else None


def replaced_answers(connection: Connection, event: Any) -> list[Report]:
    """Answers that stand on a genome whose place a correction took."""
    replaced = event.body.get("replaced") or []
    return store.answers_on(connection, genomes=replaced) if replaced else []
