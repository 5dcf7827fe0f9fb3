"""Exact counts of the store as it is now, for a clinician with an open case. Logged before anything is read."""

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from embla.errors import NotFound
from embla.frequency.events import fits_call, looked_up
from embla.frequency.groups import GRPMAX_BY, grpmax
from embla.frequency.model.answers import Answer, Cover, HowCounted, LeaveOut
from embla.frequency.model.cohorts import GROUPS, cohort_words
from embla.frequency.model.rules import sentences
from embla.frequency.model.strips import strip
from embla.frequency.service import AROUND, NEARBY, is_loaded, normal_form, not_loaded_count, seen_place
from embla.frequency.standing import Bools, Standing, standing
from embla.frequency.structural import StructuralAnswer, bounded, counted_structural, nobody_has
from embla.genome import GRCH38, Karyotype, Place, Region, Variant, copies
from embla.genotypes import RAW_NOTE, Numbers, make_count
from embla.policy import Action, Decision
from embla.registry import Case, case_of, permit
from embla.structural import POLICY

if TYPE_CHECKING:
    from embla.genotypes import Count, Mask, View
    from embla.platform import Actor, House


@dataclass(frozen=True)
class LiveCohort:
    """Who is counted for one case at this moment: `kept` of everybody who stands in the view."""

    standing: Standing
    kept: Bools
    left_out: str
    decision: Decision

    @property
    def view(self) -> "View":
        """The state of the store."""
        return self.standing.view

    @property
    def people(self) -> int:
        """How many."""
        return int(self.kept.sum())

    @property
    def everybody(self) -> "Mask":
        """All of them."""
        return self.standing.mask(self.kept)

    def mask(self, chosen: Bools) -> "Mask":
        """Those of them who are chosen."""
        return self.standing.mask(chosen & self.kept)


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
        rules=sentences(asdict(view.store.policy), normal.contig, max(normal.pos, 1), None),
        event=str(cohort.decision.event or ""),
    )
    if isinstance(normal, Variant) and not is_loaded(normal):
        return _event(house, cohort, normal, how, notes)
    at = _LivePlace(cohort, normal)
    around = at.around()
    others = tuple(c for c in around if not _is(c, normal))
    here = tuple(c for c in others if c.pos == normal.pos)
    headline = replace(at.count(0), notes=notes, unknown_sex=at.unknown_sex())
    if isinstance(normal, Place) and here:
        headline = seen_place(headline)
    elif headline.ac == 0 and headline.raw is not None and headline.raw.ac > 0:
        headline = replace(headline, notes=(*notes, RAW_NOTE))
    groups = {by: at.table(by) for by in GROUPS}
    return Answer(
        asked=normal,
        headline=headline,
        groups=groups,
        unrelated=at.count(1),
        grpmax=grpmax(GRPMAX_BY, groups[GRPMAX_BY], _few(cohort, GRPMAX_BY, house.settings.suppress_below)),
        people=cohort.people,
        covered=at.covered(),
        nearby=others,
        at_place=here,
        strip=at.strip(),
        how=how,
        notes=headline.notes,
    )


def live_structural(
    house: "House", actor: "Actor", case_id: str, region: Region, leave_out: LeaveOut | None = None
) -> StructuralAnswer:
    """Structural variants, copy numbers and repeats of a region, exact and now, seen from a case; decided and in the
    log before anything is read. Clusters are those of the people who are counted. Raises NotPermitted, NotFound,
    UsageError."""
    bounded(region)
    cohort = live_cohort(house, actor, case_id, leave_out or LeaveOut())
    return counted_structural(house, cohort, cohort.decision, region)


def _event(
    house: "House", cohort: LiveCohort, asked: Variant, how: HowCounted, notes: tuple[str, ...]
) -> Answer:  # fmt: skip
    """An allele that is not spelled out in bases: the events that fit, or of how many people none has one."""
    found = looked_up(asked, lambda region: counted_structural(house, cohort, cohort.decision, region, whole=True))
    headline, people = found.headline, found.people
    if headline is None and found.kinds:
        kind = found.kinds[0]
        people, copies_ = nobody_has(
            house, cohort, cohort.decision, kind, (asked.contig, asked.pos, asked.end),
            lambda call: fits_call(asked, call, kind),
        )  # fmt: skip
        none = Numbers(an=copies_)
        headline = make_count(
            asked.contig, asked.pos, asked.ref, asked.alt, none, none, 0, policy=POLICY, manifest=how.manifest
        )
    if headline is None:
        headline = not_loaded_count(asked, how.policy, how.manifest)
    told = (*notes, *found.notes)
    headline = replace(headline, notes=told)
    groups = found.events[0].groups if found.headline is not None and headline.ac is not None else {}
    cells = {by: dict(own) for by, own in groups.items()}
    return Answer(
        asked, headline, cells, None, None, cohort.people, people, (), (), (), how, told, found.events
    )  # fmt: skip


def live_cohort(house: "House", actor: "Actor", case_id: str, leave_out: LeaveOut) -> LiveCohort:
    """Decide and log, then say who is counted. Everything is read in one state of the database."""
    decision = permit(house.database, actor, Action.LIVE_COUNT, purpose="care", clock=house.clock, case=case_id)
    with house.database.reading() as connection:
        case = case_of(connection, case_id)
        if case is None:
            raise NotFound("There is no such case.")
        known = standing(house, connection, house.clock().date())
    kept, words = leave(known, case, leave_out)
    return LiveCohort(known, kept, words, decision)


def leave(known: Standing, case: Case, leave_out: LeaveOut) -> tuple[Bools, str]:
    """Who is counted, and in words who is left out. Family and patient group include the patient.

    Who opted out is in no count but their own case's: their genome serves their own care.
    """
    kept = ~known.opted_out
    patient = known.of_person.get(case.person)
    if patient is not None:
        kept[patient] = True
    own = [] if patient is None else [patient]
    family = known.people[patient].family if patient is not None else case.family
    out = np.zeros(len(kept), dtype=np.bool_)
    words = []
    if leave_out.patient_group:
        group = known.group("patient_group", case.patient_group)
        words.append(f"everybody of the patient group {case.patient_group} ({_persons(int((group & kept).sum()))})")
        out |= group
    if leave_out.family:
        kin = np.zeros(len(kept), dtype=np.bool_)
        kin[[*own, *(known.families.get(family, []) if family is not None else [])]] = True
        words.append(f"the patient's family ({_persons(int((kin & kept).sum()))})")
        out |= kin
    if leave_out.person or leave_out.family or leave_out.patient_group:
        out[own] = True
        if not words:
            words.append("the patient")
    return kept & ~out, " and ".join(words) or "nobody"


def _persons(n: int) -> str:
    return "one person" if n == 1 else f"{n} persons"


def _few(cohort: LiveCohort, by: str, least: int) -> list[str]:
    """Groups too small to be compared."""
    return [value for value, n in cohort.standing.sizes(by, cohort.kept).items() if n < least]


def _is(count: "Count", asked: Variant | Place) -> bool:
    return isinstance(asked, Variant) and (count.pos, count.ref, count.alt) == (asked.pos, asked.ref, asked.alt)


class _LivePlace:
    """One sweep of the bases around what was asked, for every cohort that the answer speaks of."""

    def __init__(self, cohort: LiveCohort, asked: Variant | Place) -> None:
        self.cohort, self.asked, self.view = cohort, asked, cohort.view
        self.start = max(asked.pos - 1 - AROUND, 0)
        self.kind = GRCH38.piece_at(asked.contig, asked.pos).kind
        end = min(asked.pos + AROUND, GRCH38.contig(asked.contig).length)
        known = cohort.standing
        self.groups = [(by, value) for by in GROUPS for value in known.sizes(by, cohort.kept)]
        self.people = known.karyotypes(cohort.kept)
        self.karyotypes = [(k, n) for k in Karyotype if (n := copies(k, self.kind))]
        masks = [cohort.everybody, cohort.mask(known.unrelated)]
        masks += [cohort.mask(known.group(by, value)) for by, value in self.groups]
        masks += [cohort.mask(known.group("karyotype", k.value)) for k, _ in self.karyotypes]
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
        return self.people.get(Karyotype.unknown, 0)

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
            return sum(n * (copies(karyotype, kind) or 0) for karyotype, n in self.people.items())

        return strip(runs, full, self.start, self.swept.end)

    def _per_base(self) -> tuple[Any, Any]:
        return self.swept.per_base_an, self.swept.per_base_raw_an
