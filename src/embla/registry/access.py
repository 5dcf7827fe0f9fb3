"""What the registers know of who asks and what about, as facts for `policy`."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from embla.platform import Actor
from embla.policy import About, permit
from embla.registry.agreements import agreement_in_force, find_partner
from embla.registry.cases import case_of
from embla.registry.consents import consents_of
from embla.registry.environments import find_environment_key
from embla.registry.genomes import find_genome, genomes_of_person
from embla.registry.model.agreement import inside
from embla.registry.model.consent import in_force
from embla.registry.model.values import Case, Genome, Laboratory
from embla.registry.organisations import find_laboratory, region_on, regions, regions_of
from embla.registry.outside import research_allowed

__all__ = ["permit", "registry_facts"]


def registry_facts(connection: Connection, actor: Actor, about: About, at: datetime) -> Mapping[str, Any]:
    """Laboratory, case and treatment relation. A genome stands for its laboratory where none is named."""
    today = at.date()
    case = case_of(connection, about.case) if about.case else None
    genome = find_genome(connection, about.genome) if about.genome else None
    laboratory = about.laboratory or (genome.laboratory if genome else None)
    lab = find_laboratory(connection, laboratory) if laboratory else None
    person = about.person or (genome.person if genome else None)
    partner = about.destination or laboratory
    return {
        "laboratory": laboratory,
        "laboratory_valid": lab is not None and lab.valid_on(today),
        "reporting_agreed": lab is not None and agreement_in_force(connection, lab.id, today, "reporting") is not None,
        "own_region": _own_region(connection, actor, about, lab, today),
        "open_case": case is not None and case.open_on(today),
        "treats": case is not None and actor.id in case.clinicians,
        "of_case": case is not None and _of_case(case, about, genome),
        "consent": person is not None and in_force(consents_of(connection, person), today) is not None,
        "research_allowed": person is not None and research_allowed(connection, person, at),
        # An agreement about reporting or files lets nobody be sent a person's data for care.
        "agreement_valid": partner is not None
        and agreement_in_force(connection, partner, today, "delivery") is not None,
        "recipient_valid": about.recipient is not None
        and agreement_in_force(connection, about.recipient, today, "files") is not None,
        "study_valid": about.recipient is not None
        and agreement_in_force(connection, about.recipient, today, "research") is not None,
        "environment_valid": _environment_valid(connection, about, today),
        "inside_zone": _inside_zone(connection, about.destination, person, genome),
    }


def _own_region(connection: Connection, actor: Actor, about: About, lab: Laboratory | None, today: date) -> bool:
    """The region asked about is the account's, as regions follow each other; a laboratory stands for its region of
    today where none is named, and where both are, both must be the account's."""
    if actor.region is None or (about.region is None and lab is None):
        return False
    known = regions(connection)
    mine = regions_of(known, actor.region, today)
    asked = [about.region] if about.region else []
    asked += [region_on(known, lab.region, today)] if lab is not None else []
    return all(code in mine for code in asked)


def _of_case(case: Case, about: About, genome: Genome | None) -> bool:
    """The genome was reported for this case (a parent's of a trio, too) or is its patient's. All that is named must
    fit."""
    if about.genome and (genome is None or (genome.case != case.id and genome.person != case.person)):
        return False
    if about.person and about.person != case.person and (genome is None or genome.person != about.person):
        return False
    return bool(about.genome or about.person)


def _environment_valid(connection: Connection, about: About, today: date) -> bool:
    """The key is registered, stands today, and is one of the partner's to whom the data would go."""
    key = find_environment_key(connection, about.environment) if about.environment else None
    return key is not None and key.partner == about.destination and key.stands_on(today)


def _inside_zone(connection: Connection, destination: str | None, person: str | None, genome: Genome | None) -> bool:
    """Where the data would go lies inside the residency zone of each genome that they are of."""
    partner = find_partner(connection, destination) if destination else None
    if partner is None:
        return False
    concerned = [genome] if genome else genomes_of_person(connection, person) if person else []
    return inside(partner.country, [one.residency for one in concerned])
