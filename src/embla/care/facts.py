"""What this room tells `policy`: whether the actor's emergency access to the person asked about is open."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from embla.care import store
from embla.platform import Actor
from embla.policy import About
from embla.registry import find_genome


def care_facts(connection: Connection, actor: Actor, about: About, at: datetime) -> Mapping[str, Any]:
    """`glass_open`: for the person named, and for the person whose genome is named; where both are, they must agree."""
    genome = find_genome(connection, about.genome) if about.genome else None
    if about.genome and genome is None:
        return {"glass_open": False}
    person = genome.person if genome else about.person
    if person is None or (about.person is not None and about.person != person):
        return {"glass_open": False}
    return {"glass_open": store.active(connection, actor.id, person, at) is not None}
