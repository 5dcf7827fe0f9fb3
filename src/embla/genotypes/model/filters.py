"""FILTER texts of a genome: each contig numbers its own as they come, so that a contig can be packed before the rest of
the file is read; a pack in memory numbers those of all its contigs.

On its contig a record's number takes a byte, so beyond 255 different texts a record's is kept as OTHER.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import Broken
from embla.genome import GRCH38
from embla.genotypes.model.pack import ContigCalls, Pack

MOST: Final = 255
OTHER: Final = "OTHER"
# Of records that FILTER passed and FT did not: FILTER as it was, and why the call failed all the same.
FAILED_ITSELF: Final = ("PASS;FT", ".;FT")


def own_filters(numbers: NDArray[Any], texts: Sequence[str]) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Each record's FILTER as a number among the texts that these records have, and those, in the order of their first.

    `numbers` are places in `texts`, one for each record. Raises Broken for one that is no place there.
    """
    own: dict[str, int] = {}
    lookup = np.zeros(len(texts), np.uint8)
    for number in _as_they_come(numbers, len(texts)):
        text = texts[number]
        lookup[number] = own.setdefault(text if text in own or len(own) < MOST else OTHER, len(own))
    return lookup[numbers], tuple(own)


def by_contig(pack: Pack) -> Iterator[tuple[str, ContigCalls, tuple[str, ...]]]:
    """Each contig of a pack in memory, in the order of the assembly: its name, its calls with records that number its
    own texts, and these."""
    for contig in GRCH38.contigs:
        if (calls := pack.contigs.get(contig.name)) is not None:
            numbers, own = own_filters(calls.records.filter, pack.filters)
            yield contig.name, calls.with_filter(numbers), own


def folded(numbers: NDArray[Any], texts: Sequence[str], own: Sequence[str]) -> int:
    """How many records have a FILTER that is kept as OTHER; the arguments and the answer of `own_filters`."""
    if len(own) < MOST:
        return 0
    lost = np.array([text not in own for text in texts], np.bool_)
    return int(lost[numbers].sum())


def shared_filters(contigs: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """The texts of all contigs, given in the order of the assembly, each once."""
    return tuple(dict.fromkeys(text for texts in contigs for text in texts))


def places_in(shared: Sequence[str], own: Sequence[str]) -> NDArray[np.uint16]:
    """(own,) where the texts of a contig are among those of all. Raises Broken for one that is not there."""
    place = {text: number for number, text in enumerate(shared)}
    if not place.keys() >= set(own):
        raise _unnamed()
    return np.array([place[text] for text in own], np.uint16)


def _unnamed() -> Broken:
    return Broken("a record names a FILTER text that the genome has not.", mend="Read the file again.")


def _as_they_come(numbers: NDArray[Any], n: int) -> list[int]:
    """The distinct ones of many numbers below n, in the order of their first."""
    if not len(numbers):
        return []
    if not 0 <= int(numbers.min()) <= int(numbers.max()) < n:
        raise _unnamed()
    if bool((numbers == numbers[0]).all()):
        return [int(numbers[0])]
    first = np.full(n, len(numbers))
    first[numbers[::-1]] = np.arange(len(numbers))[::-1]  # of several the last one written stays
    order: list[int] = np.argsort(first, kind="stable")[: int((first < len(numbers)).sum())].tolist()
    return order
