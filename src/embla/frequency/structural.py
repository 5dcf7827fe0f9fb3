"""How often structural variants, copy numbers and repeats are: open from a release, exact and now for a case.

The same question as for small variants, a region or a gene, with a denominator of its own for each kind: those for whom
the kind was called and who were looked at there. A kind that was called for nobody is `not_loaded`, never zero.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embla.errors import UsageError
from embla.frequency.leaving import overdue, refuse_withheld
from embla.frequency.model.answers import MAX_REGION
from embla.frequency.model.cohorts import GROUPS, TOTAL, cohort_words
from embla.frequency.releases import Release, Releases, threshold
from embla.genome import GRCH38, Region
from embla.genotypes import Count
from embla.policy import Decision
from embla.structural import (
    KIND_NAMES,
    KINDS,
    POLICY,
    Bar,
    Cluster,
    Kind,
    Locus,
    Type,
    bars_of,
    called,
    clusters_in,
    count_of,
    loci_in,
    looked_without,
    open_count,
    published_in,
)  # fmt: skip

if TYPE_CHECKING:
    from embla.frequency.live import LiveCohort
    from embla.platform import House

MAX_SHOWN = 2000
RULES = (
    "Counted: calls that passed FILTER; a person whose only call there failed or has no genotype is in no denominator.",
    "One event: breakpoints at most 500 bases apart between their confidence intervals, each covering half of the "
    "other; of copy numbers each covering 80 % of the other; repeats by place and motif.",
    "The denominator is those for whom this kind was called and whose caller looked at the place; of repeats the "
    "alleles that were genotyped.",
)


@dataclass(frozen=True)
class Event:
    """A cluster of calls and its numbers as they may be seen, where fewer than `below` people are hidden; `groups` of a
    live answer only."""

    kind: Kind
    cluster: Cluster
    count: Count
    people: int
    carriers: int | None
    groups: Mapping[str, Mapping[str, Count]]
    copies: Mapping[int, int] | None
    below: int = 1

    @property
    def name(self) -> str:
        """As people write it, 1-based with both ends: chr21-1001-2000-DEL."""
        return event_name(self.cluster)

    def to_json(self) -> dict[str, Any]:
        """Places 0-based half-open; the numbers of any frequency, with carriers and people looked at."""
        one, shown = self.cluster, self.count.status != "suppressed"
        numbers = self.count.to_json()
        keys = ("status", "ac", "an", "af", "nhet", "nhomalt", "nhemi", "nfail", "faf95", "notes")
        return {
            "name": self.name, "type": one.type.name, "contig": one.contig, "start": one.start, "end": one.end,
            "mate_contig": one.mate, "strands": strands(one) if one.type is Type.BND else None,
            "length": one.length or None if one.type is Type.INS else None,
            "start_range": list(one.starts) if shown else None, "end_range": list(one.ends) if shown else None,
            "carriers": self.carriers, "people": self.people,
            **{key: numbers.get(key) for key in keys},
            "copy_numbers": {str(k): n for k, n in self.copies.items()} if self.copies else None,
            "groups": {by: {v: c.to_json_cell() for v, c in own.items()} for by, own in self.groups.items()} or None,
        }  # fmt: skip


StructuralEvent = Event  # its name outside of this room


@dataclass(frozen=True)
class Repeat:
    """A repeat and its histogram as it may be seen; `bars` None where nothing may be, as of fewer than `below`.
    `names`: what the files of enough people call it, most of them first."""

    locus: Locus
    names: tuple[str, ...]
    people: int
    an: int
    bars: tuple[Bar, ...] | None
    below: int = 1

    @property
    def name(self) -> str:
        """What most files call it, else its place and motif."""
        one = self.locus
        return self.names[0] if self.names else f"{one.contig}-{one.start + 1}-{one.end}-{one.motif}"

    def share_from(self, size: int) -> tuple[int, float] | None:
        """Alleles of this size or longer and their share; None where bars do not tell it."""
        if self.bars is None or not self.an:
            return None
        reach = [(bar, -1 if bar.low is None else bar.low, bar.high) for bar in self.bars]
        if any(low < size and (high is None or size <= high) for _, low, high in reach):
            return None
        alleles = sum(bar.count.ac or 0 for bar, low, _ in reach if low >= size)
        return alleles, alleles / self.an

    def to_json(self) -> dict[str, Any]:
        """Places 0-based half-open; a bar is sizes from `low` to `high`."""
        one = self.locus
        return {
            "name": self.name, "names": list(self.names), "contig": one.contig, "start": one.start, "end": one.end,
            "motif": one.motif, "reference_size": one.reference_size,
            "status": "suppressed" if self.bars is None else "observed", "people": self.people, "an": self.an,
            "histogram": None if self.bars is None else [
                {"low": bar.low, "high": bar.high, "ac": bar.count.ac, "af": bar.count.af} for bar in self.bars
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class Loaded:
    """One kind: `people` for whom it was called, 0 = not_loaded; `source`: the release whose numbers these are."""

    kind: Kind
    people: int
    source: str | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        status = "loaded" if self.people else "not_loaded"
        return {"status": status, "people": self.people, "numbers_from": self.source}


@dataclass(frozen=True)
class StructuralAnswer:
    """A region's events and repeats. `release` None: live. `more` were left off beyond MAX_SHOWN."""

    region: Region
    kinds: tuple[Loaded, ...]
    events: tuple[Event, ...]
    repeats: tuple[Repeat, ...]
    release: str | None
    cohort: str
    left_out: str
    event: str
    more: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "region": str(self.region),
            "kinds": {one.kind: one.to_json() for one in self.kinds},
            "events": [{"kind": one.kind} | one.to_json() for one in self.events],
            "repeats": [one.to_json() for one in self.repeats],
            "more": self.more,
            "how": {
                "release": self.release, "cohort": self.cohort, "left_out": self.left_out, "event": self.event,
                "policy": POLICY, "rules": list(RULES),
            },
        }  # fmt: skip


def open_structural(
    house: "House", region: Region, release: str | None = None, *, whole: bool = False
) -> StructuralAnswer:
    """What a release has in a region, past `suppress`; `whole`: also beyond MAX_SHOWN. Raises NotFound without a
    release, UsageError where too long."""
    bounded(region)
    chosen = Releases(house).get(release)
    refuse_withheld(overdue(house), chosen.source(TOTAL).info.number)
    kinds, events, repeats = [], [], []
    with house.database.reading() as connection:
        found = [published_in(connection, chosen.info.number, kind, region) for kind in KINDS]
    for shown in found:
        below = _strictest(house, chosen, shown.source)
        kinds.append(Loaded(shown.kind, shown.people, shown.source))
        events += [_open_event(shown.kind, one, shown.source or "", below) for one in shown.clusters]
        repeats += [_repeat(one, shown.source or "", below) for one in shown.loci]
    more = 0 if whole else _cut(events, repeats)
    return StructuralAnswer(
        region, tuple(kinds), tuple(events), tuple(repeats), chosen.info.number, chosen.info.cohort, "nobody", "",
        more,
    )  # fmt: skip


@dataclass(frozen=True)
class Everything:
    """All events and repeats of a release, as they may be seen."""

    kinds: tuple[Loaded, ...]
    events: tuple[Event, ...]
    repeats: tuple[Repeat, ...]


def open_events(house: "House", chosen: Release) -> Everything:
    """What a release has everywhere, past `suppress`; whoever gives it out whole decides that first."""
    kinds, events, repeats = [], [], []
    with house.database.reading() as connection:
        found = [
            [published_in(connection, chosen.info.number, kind, Region(c.name, 0, c.length)) for c in GRCH38.contigs]
            for kind in KINDS
        ]
    for by_contig in found:
        first = by_contig[0]
        below = _strictest(house, chosen, first.source)
        for contig, shown in zip(GRCH38.contigs, by_contig, strict=True):
            # A junction is found from both of its contigs, and listed under the first.
            own = [one for one in shown.clusters if one.contig == contig.name]
            events += [_open_event(shown.kind, one, shown.source or "", below) for one in own]
            repeats += [_repeat(one, shown.source or "", below) for one in shown.loci]
        kinds.append(Loaded(first.kind, first.people, first.source))
    return Everything(tuple(kinds), tuple(events), tuple(repeats))


def _strictest(house: "House", chosen: Release, source: str | None) -> int:
    """The threshold of a kind: a release that shows an earlier one's numbers of it hides what that one hid."""
    own = threshold(house, chosen)
    return own if source is None else max(own, Releases(house).get(source).info.threshold)


def counted_structural(
    house: "House", cohort: "LiveCohort", decision: Decision, region: Region, *, whole: bool = False
) -> StructuralAnswer:
    """The numbers of a cohort, `whole` as above; `decision` is the one that made it, and is in the log."""
    people = [person for person, kept in zip(cohort.standing.people, cohort.kept, strict=True) if kept]
    named = [(by, value) for by in GROUPS for value in cohort.standing.sizes(by, cohort.kept)]
    masks = [cohort.standing.group(by, value)[cohort.kept] for by, value in named]
    kinds, events, repeats = [], [], []
    with house.database.reading() as connection:
        for kind in KINDS:
            who = called(connection, house.wrapping, kind, people)
            kinds.append(Loaded(kind, len(who.looked), None))
            if not len(who.looked):
                continue
            if kind == "str":
                repeats += [
                    _repeat(one, "live", 1, house.settings.suppress_below) for one in loci_in(connection, who, region)
                ]
                continue
            found = clusters_in(connection, who, region, who.groups(masks))
            events += [_live_event(kind, one, named) for one in found]
    more = 0 if whole else _cut(events, repeats)
    return StructuralAnswer(
        region, tuple(kinds), tuple(events), tuple(repeats), None, cohort_words(live=True), cohort.left_out,
        str(decision.event or ""), more,
    )  # fmt: skip


def nobody_has(
    house: "House", cohort: "LiveCohort", decision: Decision, kind: Kind, place: tuple[str, int, int],
    fits: Callable[[Any], bool],
) -> tuple[int, int]:  # fmt: skip
    """Of a place (contig and boundaries) where nobody of a cohort has an event: people whose caller of this kind looked
    there and has no call that `fits`, their copies. `decision` is the one that made the cohort."""
    people = [person for person, kept in zip(cohort.standing.people, cohort.kept, strict=True) if kept]
    with house.database.reading() as connection:
        return looked_without(connection, called(connection, house.wrapping, kind, people), *place, fits)


def _cut(*lists: list[Any]) -> int:
    """Take what lies beyond MAX_SHOWN off each; how many that were."""
    more = sum(max(0, len(one) - MAX_SHOWN) for one in lists)
    for one in lists:
        del one[MAX_SHOWN:]
    return more


def bounded(region: Region) -> None:
    if len(region) > MAX_REGION:
        raise UsageError(f"{len(region):,} bases are too many.", mend=f"Ask for {MAX_REGION:,} bases or fewer.")


def _open_event(kind: Kind, one: Cluster, manifest: str, below: int) -> Event:
    told = one.tallies[0]
    count = open_count(count_of(one, told, manifest), below)
    carriers = told.carriers if count.status != "suppressed" else None
    return Event(kind, one, count, told.people, carriers, {}, None, below)


def _live_event(kind: Kind, one: Cluster, named: list[tuple[str, str]]) -> Event:
    told = one.tallies[0]
    groups: dict[str, dict[str, Count]] = {}
    for (by, value), tally in zip(named, one.tallies[1:], strict=True):
        groups.setdefault(by, {})[value] = count_of(one, tally, "live")
    return Event(kind, one, count_of(one, told, "live"), told.people, told.carriers, groups, one.copies or None)


def _repeat(one: Locus, manifest: str, below: int, names_below: int = 0) -> Repeat:
    """`names_below`: of a live answer, whose numbers are exact; a text of one laboratory's file is no number."""
    told = one.histograms[0]
    bars = bars_of(one.contig, one.start, told, manifest, below)
    return Repeat(one, one.names(max(below, names_below)), told.people, told.an, bars, below)


def strands(one: Cluster) -> str:
    """Which side of each breakend is kept: + what is left of it."""
    return ("+" if one.strands & 1 else "-") + ("+" if one.strands & 2 else "-")


def event_name(one: Cluster) -> str:
    """Type and place as people write them, 1-based."""
    if one.type is Type.BND:
        return f"{one.contig}:{one.start}/{one.mate}:{one.end}-BND{strands(one)}"
    if one.type is Type.INS:
        return f"{one.contig}-{one.start}-INS" + (f"-{one.length}" if one.length else "")
    return f"{one.contig}-{one.start + 1}-{one.end}-{one.type.name}"


def kind_name(kind: Kind) -> str:
    """In words."""
    return KIND_NAMES[kind]
