"""Whose a new genome looks to be, by its genotype print: one person under two pseudonyms, or a swapped sample.

Both are warnings: identical twins are alike and are two, and only the laboratory can tell which tube was whose.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from embla.platform import House
from embla.registry import find_genome, genomes_of_person
from embla.submission.model.acknowledgement import GenomeReceipt
from embla.submission.model.finding import Finding

if TYPE_CHECKING:
    from embla.submission.accept import Planned
    from embla.submission.check import ReadGenome


def likeness(
    connection: Connection,
    house: House,
    planned: "Planned",
    receipts: Sequence[GenomeReceipt],
    alike: Mapping[str, str],
) -> list[Finding]:
    """What to say of the new genomes of one package, once their rows are written and the pointer is moved."""
    read = {genome.sample.id: genome for genome in planned.checked.genomes}
    return [
        finding
        for receipt in receipts
        for finding in _of_one(connection, house, planned, receipt, read[receipt.sample], alike.get(receipt.accession))
    ]


def _of_one(
    connection: Connection,
    house: House,
    planned: "Planned",
    receipt: GenomeReceipt,
    genome: "ReadGenome",
    like: str | None,
) -> Iterator[Finding]:
    package = planned.checked.package
    number = package.manifest.persons.index(genome.person)
    here = ("persons", number, "samples", genome.person.samples.index(genome.sample), "calls")
    other = find_genome(connection, like) if like is not None else None
    # A foetus' genome stands under the pregnant person, who is somebody else.
    if other is not None and (other.person, other.origin == "foetal") != (receipt.person, receipt.origin == "foetal"):
        found = f"These calls look like {other.accession} of laboratory {other.laboratory}, which is another person's."
        mend = "Identical twins do, too. If it is one person, or a swapped sample, send a correction: both are counted."
        yield package.finding("genome.alike", here, found, mend, "warning")
    if (name := _unlike(connection, house, receipt, genome)) is not None:
        found = f"These calls do not look like {name}, an earlier genome of this person."
        mend = "Is a sample swapped? Look which of the two is wrong, and send a correction of it."
        yield package.finding("genome.unlike", here, found, mend, "warning")


def _unlike(connection: Connection, house: House, receipt: GenomeReceipt, genome: "ReadGenome") -> str | None:
    """The newest other genome of this person that is surely somebody else's; None where there is none."""
    from embla.genotypes import resemblance

    if receipt.origin != "germline" or genome.print is None:
        return None
    earlier = [
        one.accession
        for one in genomes_of_person(connection, receipt.person)
        if one.origin == "germline" and one.accession != receipt.accession
    ]
    if not earlier:
        return None
    view = house.view(connection)
    return next((name for name in reversed(earlier) if resemblance(view, genome.print, name).other), None)
