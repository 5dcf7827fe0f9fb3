"""A person's calls out of the store. The only function that gives them out, and it asks for the decision first."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from embla.errors import NotFound
from embla.policy import Action, Decision
from embla.registry.genomes import find_genome

if TYPE_CHECKING:
    from embla.genome import Region
    from embla.genotypes import Quality
    from embla.platform import House


def read_calls(house: "House", genome: str, decision: Decision, region: "Region | None" = None) -> Iterator[bytes]:
    """The genome as VCF text in pieces; whole, or what touches a region.

    `decision`: allowed, for just this genome, and in the log already; else NotPermitted and nothing is opened. NotFound
    for a genome that was replaced or withdrawn since.
    """
    from embla.genotypes import genome_text

    decision.require_for(Action.READ_CALLS, f"genome:{genome}")
    reference = house.store.reference or house.reference
    pack, policy = _pack(house, genome), house.store.policy
    pieces: Iterator[bytes] = genome_text(pack, genome, policy=policy, reference=reference, region=region)
    return pieces


def read_quality(house: "House", genome: str, decision: Decision) -> "Quality":
    """How well the genome was measured, from its pack; the same conditions."""
    from embla.genotypes import measure_quality

    decision.require_for(Action.READ_QC, f"genome:{genome}")
    measured: Quality = measure_quality(_pack(house, genome))
    return measured


def _pack(house: "House", genome: str) -> Any:
    with house.database.reading() as connection:
        found = find_genome(connection, genome)
        if found is None or found.state != "accepted":
            raise NotFound("This genome is not in the database any more.", mend="Look it up in the case again.")
        return house.view(connection).pack_file(genome)
