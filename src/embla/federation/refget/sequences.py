"""The sequences that this node serves: the contigs of its reference, by every name that is true of them."""

import logging
from typing import TYPE_CHECKING

from embla.errors import EmblaError
from embla.federation.refget.model import Alias, Known
from embla.genome import GRCH38
from embla.reference import SEQUENCES

if TYPE_CHECKING:
    from embla.platform import House
    from embla.reference import Reference

log = logging.getLogger("embla.federation")


def served(reference: "Reference | None") -> tuple[Known, ...]:
    """Every contig of the reference. The assembly's names are told of a contig only where its bases are those of the
    assembly: a slice of chr21 is not NC_000021.9, and has digests of its own."""
    if reference is None:
        return ()
    found = []
    for names in reference.sequences():
        contig = GRCH38.contig(names.contig)
        whole = names.ga4gh == SEQUENCES[contig.name]
        aliases = (Alias(contig.accession, "RefSeq"), Alias(contig.name, "UCSC")) if whole else ()
        found.append(Known(names, circular=whole and contig.kind == "M", aliases=aliases))
    return tuple(found)


def name_sequences_ahead(house: "House") -> None:
    """Read the reference once, so that the first question about a sequence does not wait for it."""
    try:
        served(house.reference)
    except (EmblaError, OSError):
        log.warning("the reference's sequences could not be named", exc_info=True)
