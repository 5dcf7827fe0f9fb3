"""Whose genomes research may have now: not those of who opted out or could not be asked about, nor those that must stay
in another zone than the recipient's."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from embla.errors import Unavailable
from embla.registry import tables
from embla.registry.counted import counted_genomes
from embla.registry.model.agreement import inside
from embla.registry.model.values import CountedGenome
from embla.registry.outside import OPT_OUT, register_states


@dataclass(frozen=True)
class ResearchGenomes:
    """The genomes, by accession; how many counted ones were left out for an opt-out, because the register could not be
    asked about their person (who has no mark), and for their zone."""

    genomes: tuple[CountedGenome, ...]
    opted_out: int
    unasked: int
    outside_zone: int


def research_genomes(connection: Connection, *, at: datetime, country: str) -> ResearchGenomes:
    """Every counted genome that may go to a recipient in this country at this time.

    Unavailable where the opt-out register has never answered, or a register's last answer is too old: marks that nobody
    could tell of must not count as none. The same rule as the fact `research_allowed`, for all at once.
    """
    states = register_states(connection, at)
    if not any(state.register == OPT_OUT for state in states):
        raise Unavailable("The opt-out register was never asked.", mend="Set EMBLA_OPT_OUT_SOURCE.")
    if not all(state.fresh for state in states):
        raise Unavailable("A register's last answer is too old.", mend="`embla registry opt-out sync` asks it.")
    day = at.date()
    allowed = counted_genomes(connection, on=day, with_opted_out=False)
    everybody = counted_genomes(connection, on=day)
    marked = sum(genome.opted_out for genome in everybody)
    unasked = len(everybody) - len(allowed) - marked
    query = select(tables.genomes.c.accession, tables.genomes.c.residency)
    zones = {row.accession: row.residency for row in connection.execute(query)}
    staying = tuple(genome for genome in allowed if inside(country, [zones[genome.accession]]))
    return ResearchGenomes(staying, marked, unasked, len(allowed) - len(staying))
