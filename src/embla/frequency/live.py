"""Exact counts of the store as it is now, for a clinician with an open case. Logged before anything is read."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from embla.errors import NotFound
from embla.frequency.groups import GRPMAX_BY, grpmax
from embla.frequency.model.answers import Answer, Cover, HowCounted, LeaveOut
from embla.frequency.model.cohorts import GROUPS, MISSING, cohort_words
from embla.frequency.model.rules import sentences
from embla.frequency.model.strips import strip
from embla.frequency.service import AROUND, NEARBY, is_loaded, normal_form, not_loaded_count, seen_place
from embla.genome import GRCH38, Karyotype, Place, Variant, copies
from embla.genotypes import Numbers, make_count
from embla.policy import Action, Decision
from embla.registry import Case, CountedGenome, case_of, counted_genomes, permit

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from embla.genotypes import Count, Mask, View
    from embla.platform import Actor, House


@dataclass(frozen=True)
class LiveCohort:
    """Who is counted for one case at this moment, as masks of one view."""

    view: "View"
    people: Sequence[CountedGenome]
    left_out: str
    decision: Decision
    mask: Callable[[Callable[[CountedGenome], bool]], "Mask"]

    @property
    def everybody(self) -> "Mask":
        """All of them."""
        return self.mask(lambda person: True)


def live_answer(
    house: "House", actor: "Actor", case_id: str, asked: Variant | Place, leave_out: LeaveOut | None = None
) -> Answer:
    """How often, now, seen from a case. Who opted out is counted in no case but their own.

    Raises NotPermitted (the refusal is logged), BadInput when REF is not the reference's.
    """
    cohort = live_cohort(house, actor, case_id, leave_out or LeaveOut())
    normal, notes = normal_form(house, asked)
    view = cohort.view
    how = HowCounted(
        policy=view.policy,
        manifest=view.manifest.short,
        release=None,
        cohort=cohort_words(live=True),
        left_out=cohort.left_out,
        at=house.clock(),
        rules=sentences(asdict(view.store.policy), normal.contig, normal.pos, None),
        event=str(cohort.decision.event or ""),
    )
    if isinstance(normal, Variant) and not is_loaded(normal):
        count = not_loaded_count(normal, view.policy, how.manifest, notes)
        return Answer(normal, count, {}, None, None, len(cohort.people), 0, (), (), (), how, notes)
    at = _LivePlace(cohort, normal)
    around = at.around()
    others = tuple(c for c in around if not _is(c, normal))
    here = tuple(c for c in others if c.pos == normal.pos)
    headline = replace(at.count(0), notes=notes, unknown_sex=at.unknown_sex())
    if isinstance(normal, Place) and here:
        headline = seen_place(headline)
    elif headline.ac == 0 and headline.raw is not None and headline.raw.ac > 0:
        headline = replace(headline, notes=(*notes, "Seen only in calls that do not pass the gates, see raw."))
    groups = {by: at.table(by) for by in GROUPS}
    return Answer(
        asked=normal,
        headline=headline,
        groups=groups,
        unrelated=at.count(1),
        grpmax=grpmax(GRPMAX_BY, groups[GRPMAX_BY], _few(cohort.people, GRPMAX_BY, house.settings.suppress_below)),
        people=len(cohort.people),
        covered=at.covered(),
        nearby=others,
        at_place=here,
        strip=at.strip(),
        how=how,
        notes=headline.notes,
    )


def live_cohort(house: "House", actor: "Actor", case_id: str, leave_out: LeaveOut) -> LiveCohort:
    """Decide and log, then say who is counted. Everything is read in one state of the database."""
    decision = permit(house.database, actor, Action.LIVE_COUNT, purpose="care", clock=house.clock, case=case_id)
    with house.database.reading() as connection:
        case = case_of(connection, case_id)
        if case is None:
            raise NotFound("There is no such case.")
        view = house.view(connection)
        counted = counted_for(connection, case, house.clock().date())
    people, words = leave(counted, case, leave_out)
    places = np.array(view.numbers(person.accession for person in people), dtype=np.int64)

    def mask(chosen: Callable[[CountedGenome], bool]) -> Any:
        bits = np.zeros(view.size, dtype=np.bool_)
        bits[places[[i for i, person in enumerate(people) if chosen(person)]]] = True
        return view.mask(bits)

    return LiveCohort(view, people, words, decision, mask)


def counted_for(connection: "Connection", case: Case, on: date) -> list[CountedGenome]:
    """Everybody who did not opt out, and the patient of the case in any event: their genome serves their own care."""
    everybody = counted_genomes(connection, on=on, with_opted_out=True)
    return [person for person in everybody if not person.opted_out or person.person == case.person]


def leave(counted: Sequence[CountedGenome], case: Case, leave_out: LeaveOut) -> tuple[list[CountedGenome], str]:
    """Who stays, and in words who does not. Family and patient group include the patient."""
    family = next((p.family for p in counted if p.person == case.person), case.family)

    def is_family(person: CountedGenome) -> bool:
        return person.person == case.person or (family is not None and person.family == family)

    out: set[str] = set()
    words = []
    if leave_out.patient_group:
        group = {p.person for p in counted if p.patient_group == case.patient_group}
        out |= group | {case.person}
        words.append(f"everybody of the patient group {case.patient_group} ({_persons(len(group))})")
    if leave_out.family:
        kin = {p.person for p in counted if is_family(p)}
        out |= kin | {case.person}
        words.append(f"the patient's family ({_persons(len(kin))})")
    if leave_out.person or leave_out.family or leave_out.patient_group:
        out.add(case.person)
        if not words:
            words.append("the patient")
    return [p for p in counted if p.person not in out], " and ".join(words) or "nobody"


def _persons(n: int) -> str:
    return "one person" if n == 1 else f"{n} persons"


def _few(people: Sequence[CountedGenome], by: str, least: int) -> list[str]:
    """Groups too small to be compared."""
    sizes: dict[str, int] = {}
    for person in people:
        sizes[getattr(person, by)] = sizes.get(getattr(person, by), 0) + 1
    return [value for value, n in sizes.items() if n < least]


def _is(count: "Count", asked: Variant | Place) -> bool:
    return isinstance(asked, Variant) and (count.pos, count.ref, count.alt) == (asked.pos, asked.ref, asked.alt)


class _LivePlace:
    """One sweep of the bases around what was asked, for every cohort that the answer speaks of."""

    def __init__(self, cohort: LiveCohort, asked: Variant | Place) -> None:
        self.cohort, self.asked, self.view = cohort, asked, cohort.view
        self.start = max(asked.pos - 1 - AROUND, 0)
        self.kind = GRCH38.piece_at(asked.contig, asked.pos).kind
        end = min(asked.pos + AROUND, GRCH38.contig(asked.contig).length)
        self.groups = [(by, value) for by in GROUPS for value in sorted({_value(p, by) for p in cohort.people})]
        self.karyotypes = [(k, n) for k in Karyotype if (n := copies(k, self.kind))]
        masks = [cohort.everybody, cohort.mask(lambda person: not person.related)]
        masks += [cohort.mask(partial(_has, by=by, value=value)) for by, value in self.groups]
        masks += [cohort.mask(partial(_has, by="karyotype", value=k.value)) for k, _ in self.karyotypes]
        # Keys without a carrier too: a person whose own record failed is not in the AN of its key.
        self.swept = self.view.sweep(asked.contig, self.start, end, masks, carried_only=False)
        self.row = next((i for i in range(len(self.swept)) if _is(self.swept.count(0, i, self.view), asked)), None)

    def count(self, cohort: int) -> "Count":
        """What was asked, for one cohort. A base, or an allele nobody has a record of, gives the AN of the place."""
        if self.row is not None:
            return self.swept.count(cohort, self.row, self.view)
        asked, place = self.asked, self.asked.pos - 1 - self.start
        ref, alt = (asked.ref, asked.alt) if isinstance(asked, Variant) else (None, None)
        adj, raw = (Numbers(an=int(an[cohort, place])) for an in self._per_base())
        policy, manifest = self.view.policy, self.view.manifest.short
        more: dict[str, Any] = (
            {"max_heteroplasmy": 0.0} if isinstance(asked, Variant) and asked.contig == "chrM" else {}
        )
        return make_count(asked.contig, asked.pos, ref, alt, adj, raw, 0, policy=policy, manifest=manifest, **more)

    def table(self, by: str) -> dict[str, "Count"]:
        """The groups of one way to part people; they add up."""
        return {value: self.count(2 + i) for i, (own, value) in enumerate(self.groups) if own == by}

    def around(self) -> tuple["Count", ...]:
        """Variants within 20 bases that somebody carries."""
        near = np.flatnonzero((self.swept.carriers[0] > 0) & (np.abs(self.swept.pos - self.asked.pos) <= NEARBY))
        return tuple(self.swept.count(0, int(i), self.view) for i in near)

    def unknown_sex(self) -> int | None:
        """On X outside PAR and on Y: people who are not counted because nobody knows their copies."""
        if self.kind not in ("x", "y"):
            return None
        return sum(1 for person in self.cohort.people if person.karyotype == Karyotype.unknown.value)

    def covered(self) -> int:
        """People who give adj AN; two half-called people count as one."""
        place, first = self.asked.pos - 1 - self.start, 2 + len(self.groups)
        an = self._per_base()[0][first:, place].tolist()
        return sum(-(-alleles // n) for alleles, (_, n) in zip(an, self.karyotypes, strict=True))

    def strip(self) -> tuple[Cover, ...]:
        """Callability base by base."""
        runs = [(self.start + i, self.start + i + 1, an) for i, an in enumerate(self._per_base()[0][0].tolist())]

        def full(at: int) -> int:
            kind = GRCH38.piece_at(self.asked.contig, at + 1).kind
            return sum(copies(person.karyotype, kind) or 0 for person in self.cohort.people)

        return strip(runs, full, self.start, self.swept.end)

    def _per_base(self) -> tuple[Any, Any]:
        return self.swept.per_base_an, self.swept.per_base_raw_an


def _value(person: CountedGenome, by: str) -> str:
    return str(getattr(person, by) or MISSING)


def _has(person: CountedGenome, by: str, value: str) -> bool:
    return _value(person, by) == value
