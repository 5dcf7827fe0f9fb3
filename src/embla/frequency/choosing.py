"""Who is in the next release, in which groups, and which of its parts get new numbers: one decision from what is known.

The rules are in `model/moving.py`; this puts them in order. No database, no clock; chance comes in as a seed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from embla.disclosure import Difference, Members, came_and_left, compare
from embla.frequency.ground import Ground, accession_numbers, number_of, parts_of
from embla.frequency.model.cohorts import TOTAL, Stratum, plan, value_of
from embla.frequency.model.moving import Moves, decide_moves, pinned, set_aside

if TYPE_CHECKING:
    from embla.platform import Settings
    from embla.registry import CountedGenome


@dataclass(frozen=True)
class Chosen:
    """`people`: who is in it; `planned`: every stratum they would part into; `aside`: who counts and is left out."""

    people: Sequence["CountedGenome"]
    planned: Sequence[Stratum]
    moves: Moves
    pins: Mapping[str, Mapping[str, str]]
    aside: frozenset[str]

    @cached_property
    def numbers(self) -> Members:
        """The people's genomes, in order."""
        return accession_numbers(self.people)

    @property
    def strata(self) -> list[Stratum]:
        """Those that get new numbers; the total is the first of them, or there are none."""
        return [stratum for stratum in self.planned if stratum.by in self.moves.cut]

    def parts(self, ground: Ground) -> list[str]:
        """The total and the tables of this release: the new ones, and those that have old numbers to keep."""
        if not self.strata:
            return list(ground.sources)
        planned = dict.fromkeys(stratum.by for stratum in self.planned)
        return [part for part in planned if part in self.moves.cut or part in ground.sources]

    def group(self, person: "CountedGenome", by: str) -> str:
        """The group that a person was counted in."""
        return self.pins.get(by, {}).get(person.accession) or value_of(person, by)


def choose(
    counted: Sequence["CountedGenome"], ground: Ground, groups: Sequence[str], settings: "Settings", *, settle: bool,
    seed: str,
) -> Chosen:  # fmt: skip
    """`counted`: everybody who may be in a release today, by accession."""
    step, threshold = settings.release_step, settings.suppress_below
    pins = {
        by: pinned(before, {p.accession: value_of(p, by) for p in counted}, step) for by, before in ground.raw.items()
    }

    def chosen_of(aside: frozenset[str]) -> Chosen:
        people = [person for person in counted if person.accession not in aside]
        planned = plan(people, groups, threshold, pins)
        numbers = accession_numbers(people)
        moves = decide_moves(ground.pasts, numbers, parts_of(planned, numbers), step)
        return Chosen(people, planned, moves, pins, aside)

    back = chosen_of(frozenset())
    if not ground.aside and TOTAL in back.moves.cut:
        return back
    # Who was set aside comes back as soon as that shows nobody; until then they stay where they are.
    still = back if TOTAL in back.moves.cut else chosen_of(ground.aside & {p.accession for p in counted})
    if TOTAL in still.moves.cut or not settle:
        return still
    more = _settled(counted, ground, still.aside, step, seed)
    settled = chosen_of(more) if more is not None else still
    return settled if TOTAL in settled.moves.cut else still


def _settled(
    counted: Sequence["CountedGenome"], ground: Ground, aside: frozenset[str], step: int, seed: str
) -> frozenset[str] | None:
    """Whom to leave out so that nobody who left is in the open numbers any more: `aside` and some others, or None."""
    accession = {number_of(p.accession): p.accession for p in counted if p.accession not in aside}
    present = np.array(sorted(accession), dtype=np.int64)
    last = ground.pasts[-1].total
    if compare(last, present, step) is Difference.SAME:
        return None
    came, left = came_and_left(last, present)
    # A few newcomers wait: with them a settled total would show them instead.
    waiting = set(np.setdiff1d(present, last).tolist()) if came < step else set()
    rng = np.random.default_rng(int.from_bytes(sha256(seed.encode()).digest()[:8], "big"))
    others = set_aside(ground.pasts, present, step, rng) if 0 < left < step else np.empty(0, np.int64)
    if others is None:
        return None
    return aside | {accession[number] for number in waiting | set(others.tolist())}
