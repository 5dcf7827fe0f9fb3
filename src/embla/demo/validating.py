"""What the demo's laboratories have validated: every version that made a genome; one laboratory is still at it."""

from datetime import date

from embla.platform import OPERATOR, House
from embla.registry import accepted_genomes, note_pipeline

STILL_AT_IT = "south"
SINCE = date(2026, 1, 5)


def note_validations(house: House) -> int:
    """Note a step for each laboratory's version; returns how many."""
    with house.database.transaction() as connection:
        made = sorted({(one.laboratory, one.pipeline, one.pipeline_version) for one in accepted_genomes(connection)})
        for laboratory, pipeline, version in made:
            state = "validating" if laboratory == STILL_AT_IT else "validated"
            note_pipeline(
                connection, laboratory, pipeline, version, state=state, since=SINCE,
                reference=f"Validation report {pipeline} {version}", by=OPERATOR, at=house.clock(),
            )  # fmt: skip
    return len(made)
