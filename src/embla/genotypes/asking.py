"""From what somebody typed to counts: every spelling `embla.reference.parse` reads, and contigs that are not loaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from embla.errors import UnknownContig
from embla.genotypes.model.count import NO_NUMBERS, Count, make_count
from embla.reference import parse

if TYPE_CHECKING:
    from embla.genotypes.cluster.crew import Crew
    from embla.genotypes.view import Mask, View

_ELSEWHERE: Final = re.compile(r"\s*(\S+?)[-:](\d[\d,]*)(?:[-:]([A-Za-z]+)[-:>]([A-Za-z]+|<[A-Za-z0-9:]+>))?\s*")


def ask(
    view: View, text: str, cohort: Mask, by: str | None = None, without: frozenset[str] = frozenset()
) -> list[Count]:
    """Count what a text means. A contig of the assembly that is never counted (random, decoy, HLA) is `not_loaded`."""
    try:
        asked = parse(text, view.store.reference)
    except UnknownContig as error:
        if not error.facts.get("other"):
            raise
        match = _ELSEWHERE.fullmatch(text)
        if match is None:
            raise
        contig, pos, ref, alt = match.groups()
        return [
            make_count(
                contig,
                int(pos.replace(",", "")),
                ref,
                alt,
                NO_NUMBERS,
                NO_NUMBERS,
                0,
                policy=view.policy,
                manifest=view.manifest.short,
                status="not_loaded",
                notes=(error.message,),
            )
        ]
    return view.count(asked, cohort, by, without)


def ask_everything(
    view: View, cohort: Mask, by: str | None = None, without: frozenset[str] = frozenset()
) -> Iterator[Count]:
    """Count every variant that somebody in the cohort carries, in order, one window after the other."""
    from embla.genotypes.cluster.counting import counts_of_everything

    return counts_of_everything(view, cohort, by, without)


def is_small(view: View, cohort: Mask, by: str | None = None) -> bool:
    """Is one process faster with `tell_everything` than a crew that is yet to begin?"""
    from embla.genotypes.cluster import counting

    return counting.is_small(view, cohort, by)


def tell_everything(
    view: View,
    cohort: Mask,
    by: str | None = None,
    without: frozenset[str] = frozenset(),
    *,
    crew: Crew | None = None,
    tell: Callable[[str, int, int], None] | None = None,
) -> Iterator[str]:
    """The same as JSON Lines, some windows at a time; a `crew` shares the windows, and `tell` hears how far it is."""
    from embla.genotypes.cluster.counting import count_everything

    return count_everything(view, cohort, by, without, crew, tell)
