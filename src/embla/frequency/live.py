"""Exact counts of the store as it is now, for a clinician with an open case. Logged before anything is read."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from embla.errors import NotFound
from embla.frequency.groups import GRPMAX_BY, grpmax
from embla.frequency.model.answers import Answer, HowCounted, LeaveOut
from embla.frequency.model.cohorts import GROUPS, MISSING, cohort_words
from embla.frequency.model.rules import sentences
from embla.frequency.model.strips import strip
from embla.frequency.service import AROUND, NEARBY, is_loaded, normal_form, not_loaded_count, seen_place
from embla.genome import GRCH38, Karyotype, Place, Variant, copies
from embla.genotypes import Numbers, make_count
from embla.policy import Action, Decision
from embla.registry import Case, CountedGenome, case_of, counted_genomes, permit

if TYPE_CHECKING:
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
    """How often, now, seen from a case; opted-out persons are counted, it is their own doctors' care.

    Raises NotPermitted (the refusal is logged), BadInput when REF is not the reference's.
    """
    cohort = live_cohort(house, actor, case_id, leave_out or LeaveOut())
    normal, notes = normal_form(house, asked)
    view, everybody = cohort.view, cohort.everybody
    how = HowCounted(
        policy=view.policy,
        manifest=view.manifest.short,
        release=None,
        cohort=cohort_words(left_out_opted=False),
        left_out=cohort.left_out,
        at=house.clock(),
        rules=sentences(asdict(view.store.policy), normal.contig, normal.pos, None),
        event=str(cohort.decision.event or ""),
    )
    if isinstance(normal, Variant) and not is_loaded(normal):
        count = not_loaded_count(normal, view.policy, how.manifest, notes)
        return Answer(normal, count, {}, None, None, len(cohort.people), 0, (), (), (), how, notes)
    around = _around(view, everybody, normal)
    same = [c for c in around if isinstance(normal, Variant) and _is(c, normal)]
    here = tuple(c for c in around if c.pos == normal.pos and c not in same)
    headline = _count(view, normal, everybody, notes)
    if isinstance(normal, Place) and here:
        headline = seen_place(headline)
    groups = {by: _table(cohort, normal, by) for by in GROUPS}
    return Answer(
        asked=normal,
        headline=headline,
        groups=groups,
        unrelated=_count(view, normal, cohort.mask(lambda person: not person.related), ()),
        grpmax=grpmax(GRPMAX_BY, groups[GRPMAX_BY], _few(cohort.people, GRPMAX_BY, house.settings.suppress_below)),
        people=len(cohort.people),
        covered=_covered(cohort, normal.contig, normal.pos),
        nearby=tuple(c for c in around if c not in same),
        at_place=here,
        strip=_strip(cohort, normal),
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
        counted = counted_genomes(connection, on=house.clock().date(), with_opted_out=True)
        view = house.view(connection)
    people, words = leave(counted, case, leave_out)
    places = np.array(view.numbers(person.accession for person in people), dtype=np.int64)

    def mask(chosen: Callable[[CountedGenome], bool]) -> Any:
        bits = np.zeros(view.size, dtype=np.bool_)
        bits[places[[i for i, person in enumerate(people) if chosen(person)]]] = True
        return view.mask(bits)

    return LiveCohort(view, people, words, decision, mask)


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
    return "1 person" if n == 1 else f"{n} persons"


def _count(view: "View", asked: Variant | Place, mask: "Mask", notes: tuple[str, ...]) -> "Count":
    """One count. A place gives the AN of the place, also where somebody varies."""
    if isinstance(asked, Variant):
        return replace(view.count(asked, mask)[0], notes=notes)
    swept = view.sweep(asked.contig, asked.pos - 1, asked.pos, [mask])
    assert swept.per_base_an is not None and swept.per_base_raw_an is not None
    adj, raw = Numbers(an=int(swept.per_base_an[0, 0])), Numbers(an=int(swept.per_base_raw_an[0, 0]))
    return make_count(
        asked.contig, asked.pos, None, None, adj, raw, 0, policy=view.policy, manifest=view.manifest.short, notes=notes
    )


def _table(cohort: LiveCohort, asked: Variant | Place, by: str) -> dict[str, "Count"]:
    values = sorted({getattr(person, by) or MISSING for person in cohort.people})
    return {
        value: _count(cohort.view, asked, cohort.mask(lambda p, v=value: (getattr(p, by) or MISSING) == v), ())  # type: ignore[misc]
        for value in values
    }


def _few(people: Sequence[CountedGenome], by: str, least: int) -> list[str]:
    """Groups too small to be compared."""
    sizes: dict[str, int] = {}
    for person in people:
        sizes[getattr(person, by)] = sizes.get(getattr(person, by), 0) + 1
    return [value for value, n in sizes.items() if n < least]


def _around(view: "View", mask: "Mask", asked: Variant | Place) -> tuple["Count", ...]:
    start = max(asked.pos - 1 - NEARBY, 0)
    end = min(asked.pos + NEARBY, GRCH38.contig(asked.contig).length)
    swept = view.sweep(asked.contig, start, end, [mask], per_base=False)
    return tuple(swept.count(0, i, view) for i in range(len(swept)))


def _is(count: "Count", asked: Variant) -> bool:
    return (count.pos, count.ref, count.alt) == (asked.pos, asked.ref, asked.alt)


def _covered(cohort: LiveCohort, contig: str, pos: int) -> int:
    """People who give adj AN; two half-called people count as one."""
    kind = GRCH38.piece_at(contig, pos).kind
    own = {k: n for k in Karyotype if (n := copies(k, kind))}
    split = [(n, cohort.mask(lambda p, k=k: p.karyotype == k.value)) for k, n in own.items()]  # type: ignore[misc]
    if not split:
        return 0
    swept = cohort.view.sweep(contig, pos - 1, pos, [mask for _, mask in split])
    assert swept.per_base_an is not None
    return sum(-(-int(an) // n) for (n, _), an in zip(split, swept.per_base_an[:, 0], strict=True))


def _strip(cohort: LiveCohort, asked: Variant | Place) -> Any:
    start = max(asked.pos - 1 - AROUND, 0)
    end = min(asked.pos + AROUND, GRCH38.contig(asked.contig).length)
    swept = cohort.view.sweep(asked.contig, start, end, [cohort.everybody])
    assert swept.per_base_an is not None
    bases = swept.per_base_an[0]
    runs = [(start + i, start + i + 1, int(an)) for i, an in enumerate(bases)]

    def full(at: int) -> int:
        kind = GRCH38.piece_at(asked.contig, at + 1).kind
        return sum(copies(person.karyotype, kind) or 0 for person in cohort.people)

    return strip(runs, full, start, end)
