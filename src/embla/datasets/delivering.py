"""In the name of which data set a person's data are asked for, and whether it lets them go there.

Care is asked in nobody's name: a patient's own data are the patient's, whatever the catalogue offers. Research asks in
the name of one data set of genomes, shown today, whose cohort holds every person concerned today.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from embla.datasets.model.cohorts import COHORTS
from embla.datasets.service import genome_sets
from embla.registry import counted_genome_of, find_environment_key, find_genome

if TYPE_CHECKING:
    from embla.datasets.model.dataset import DataSet
    from embla.platform import Actor
    from embla.policy import About


def data_set_for(connection: Connection, genomes: Iterable[str], key: str, *, on: date) -> str | None:
    """Id of the first data set that holds all of these genomes (accessions) and delivers: to the environment whose key
    has this SHA-256, or plain where `key` is ""."""
    wanted = list(genomes)
    for one in genome_sets(connection):
        if wanted and all(_delivers(connection, one.data, name, key, on) for name in wanted):
            return one.data.id
    return None


def dataset_facts(connection: Connection, actor: "Actor", about: "About", at: datetime) -> Mapping[str, Any]:
    """What this room knows for `policy`."""
    found = None
    if about.data_set and about.genome:
        found = next((one.data for one in genome_sets(connection) if one.data.id == about.data_set), None)
    return {
        "in_data_set": found is not None
        and about.genome is not None
        and _delivers(connection, found, about.genome, about.environment or "", at.date())
    }


def _delivers(connection: Connection, data: "DataSet", accession: str, key: str, on: date) -> bool:
    """A genome that is not its person's counted one is in no cohort."""
    environment = find_environment_key(connection, key) if key else None
    if (key and environment is None) or not data.delivers(environment.environment if environment else None):
        return False
    genome = find_genome(connection, accession)
    counted = counted_genome_of(connection, genome.person, on=on) if genome is not None else None
    return counted is not None and counted.accession == accession and COHORTS[data.cohort].holds(counted)
