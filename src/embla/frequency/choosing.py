"""Who is in the next release, in which groups, and which of its parts get new numbers: one decision from what is known.

The rules are in `model/moving.py`; this puts them in order. No database, no clock; chance comes in as a seed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from embla.disclosure import Members
from embla.frequency.ground import Ground, accession_numbers, parts_of
from embla.frequency.model.cohorts import TOTAL, Stratum, plan, value_of
from embla.frequency.model.moving import Moves, decide_moves, pinned, set_aside

if TYPE_CHECKING:
    from embla.platform import Settings
    from embla.registry import CountedGenome


@dataclass(frozen=True)
class Chosen:
    """`people`: who is in it; `planned`: every stratum they would part into; `aside`: genomes that count and are left
    out. `pins`: table -> genome -> the group it stays in."""

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
    """`counted`: everybody who may be in a release today, by accession, each person once."""
    step, threshold = settings.release_step, settings.suppress_below
    whose = dict(zip((p.accession for p in counted), _persons(counted, ground), strict=True))
    pins = {by: _pins(counted, whose, by, before, step) for by, before in ground.raw.items()}

    def chosen_of(left_out: frozenset[int]) -> Chosen:
        people = [person for person in counted if whose[person.accession] not in left_out]
        aside = frozenset(name for name, person in whose.items() if person in left_out)
        planned = plan(people, groups, threshold, pins)
        numbers = accession_numbers(people)
        moves = decide_moves(ground.pasts, numbers, parts_of(planned, numbers), step, ground.persons)
        return Chosen(people, planned, moves, pins, aside)

    back = chosen_of(frozenset())
    if not ground.aside and TOTAL in back.moves.cut:
        return back
    # Who was set aside comes back as soon as that shows nobody; until then they stay where they are.
    still = back if TOTAL in back.moves.cut else chosen_of(ground.aside)
    if TOTAL in still.moves.cut or not settle:
        return still
    more = _settled(counted, whose, ground, step, seed)
    settled = chosen_of(more) if more is not None else still
    return settled if TOTAL in settled.moves.cut else still


def _persons(counted: Sequence["CountedGenome"], ground: Ground) -> list[int]:
    """Each one's person, in order."""
    found: list[int] = ground.persons.of_each(accession_numbers(counted)).tolist()
    return found


def _pins(
    counted: Sequence["CountedGenome"], whose: Mapping[str, int], by: str, before: Mapping[int, str], step: int
) -> dict[str, str]:
    """Genome -> the group that its person stays in; who was sequenced again stays as anybody does."""
    stay = pinned(before, {whose[p.accession]: value_of(p, by) for p in counted}, step)
    return {p.accession: stay[whose[p.accession]] for p in counted if whose[p.accession] in stay}


def _settled(
    counted: Sequence["CountedGenome"], whose: Mapping[str, int], ground: Ground, step: int, seed: str
) -> frozenset[int] | None:
    """Whom to leave out so that nobody who left is in the open numbers any more: who is set aside and some others, or
    None."""
    persons, last = ground.persons, ground.pasts[-1].total
    genomes = accession_numbers([person for person in counted if whose[person.accession] not in ground.aside])
    if np.array_equal(last, genomes):
        return None
    before, present = persons.cohort(last), persons.cohort(genomes)
    new = np.setdiff1d(present, before)
    # A few newcomers wait: with them a settled total would show them instead.
    waiting = new if len(new) < step else new[:0]
    # So do a few who were sequenced again: what changed in them would show. They go with those who left.
    again = np.intersect1d(persons.of_each(np.setdiff1d(genomes, last)), before)
    if len(again) < step:
        waiting, present = np.union1d(waiting, again), np.setdiff1d(present, again)
    rng = np.random.default_rng(int.from_bytes(sha256(seed.encode()).digest()[:8], "big"))
    pasts = [past.of(persons) for past in ground.pasts]
    left = len(np.setdiff1d(before, present))
    others = set_aside(pasts, present, step, rng) if 0 < left < step else new[:0]
    return None if others is None else ground.aside | set(waiting.tolist()) | set(others.tolist())
