"""What the registers know of who asks and what about, as facts for `policy`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from embla.platform import Actor
from embla.policy import About, permit, provide
from embla.registry.cases import case_of
from embla.registry.genomes import find_genome
from embla.registry.model.values import Case, Genome
from embla.registry.organisations import find_laboratory

__all__ = ["permit", "registry_facts"]


def registry_facts(connection: Connection, actor: Actor, about: About, at: datetime) -> Mapping[str, Any]:
    """Laboratory, case and treatment relation. A genome stands for its laboratory where none is named."""
    today = at.date()
    case = case_of(connection, about.case) if about.case else None
    genome = find_genome(connection, about.genome) if about.genome else None
    laboratory = about.laboratory or (genome.laboratory if genome else None)
    lab = find_laboratory(connection, laboratory) if laboratory else None
    return {
        "laboratory": laboratory,
        "laboratory_valid": lab is not None and lab.valid_on(today),
        "open_case": case is not None and case.open_on(today),
        "treats": case is not None and actor.id in case.clinicians,
        "of_case": case is not None and _of_case(case, about, genome),
    }


def _of_case(case: Case, about: About, genome: Genome | None) -> bool:
    """The genome was reported for this case (a parent's of a trio, too) or is its patient's. All that is named must
    fit."""
    if about.genome and (genome is None or (genome.case != case.id and genome.person != case.person)):
        return False
    if about.person and about.person != case.person and (genome is None or genome.person != about.person):
        return False
    return bool(about.genome or about.person)


# Whoever decides through this room has its facts; `composition` says the same for those who come another way.
provide("registry", registry_facts)
