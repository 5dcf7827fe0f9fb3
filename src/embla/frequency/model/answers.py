"""What this room answers: one headline, its groups, who is covered, and how it was counted. Pure values.

Every number that leaves is a `Count` of `embla.genotypes`. In an open answer it has passed `embla.disclosure.suppress`:
a hidden count has status `suppressed` and `ac af nhet nhomalt nhemi nfail faf95 faf99 af_upper95` None and a note that
says "fewer than 5". A page shows what is there and needs no rule of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embla.frequency.structural import Event
    from embla.genome import Region, Variant
    from embla.genotypes import Count
    from embla.reference import Place

# Bases of a region that are listed at once.
MAX_REGION = 5_000_000
# The ways a release may be cut into groups; which of them it has is `ReleaseInfo.groups`.
GROUP_ORDER = ("karyotype", "region", "patient_group")


@dataclass(frozen=True)
class ReleaseInfo:
    """One frozen public state. `cohort` says in words who is in it; `expression` is what was evaluated."""

    number: str  # "2026.1"
    cut_at: datetime  # aware, UTC
    people: int
    policy: str  # digest of the counting policy
    manifest_number: int
    manifest_digest: str
    cohort: str  # "everybody counted, without opted-out persons"
    expression: str  # "not opted_out"
    groups: tuple[str, ...]  # subset of GROUP_ORDER
    threshold: int  # counts of 1 to threshold-1 carriers are hidden in what is open
    digest: str  # SHA-256 of the release's own file list: the release cannot change unseen
    variants: int  # variants somebody in the cohort carries
    people_by: dict[str, dict[str, int]] = field(default_factory=dict)  # {"region": {"1081": 40, ...}}; small: absent
    # {"total": "2026.2", "region": "2026.1", ...}: the release whose numbers each part shows
    numbers_from: dict[str, str] = field(default_factory=dict)
    step: int = 1  # people by whom published numbers differ, either way

    def to_json(self) -> dict[str, Any]:
        """Plain values, times as ISO 8601."""
        return {
            "number": self.number,
            "cut_at": self.cut_at.isoformat(),
            "people": self.people,
            "policy": self.policy,
            "manifest_number": self.manifest_number,
            "manifest_digest": self.manifest_digest,
            "cohort": self.cohort,
            "groups": list(self.groups),
            "threshold": self.threshold,
            "digest": self.digest,
            "variants": self.variants,
            "people_by": self.people_by,
            "numbers_from": self.numbers_from,
            "step": self.step,
        }


@dataclass(frozen=True)
class HowCounted:
    """Where a number comes from: every number on a page leads here."""

    policy: str
    manifest: str  # "12 (a1b2c3d4)": number and first digits of the digest
    release: str | None  # "2026.1", or None for a live answer
    cohort: str  # who is counted, in words
    left_out: str  # "nobody", "the patient", "the patient's family (3 persons)", ...
    at: datetime  # when the release was cut, or when the live answer was given
    rules: tuple[str, ...] = ()  # sentences: the gates, the ploidy here, what is hidden
    event: str = ""  # live answers: the id of the event in the log
    # Open answers: {"total": "2026.2", "region": "2026.1", ...}, the release whose numbers each part shows
    numbers_from: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values, times as ISO 8601."""
        return {
            "policy": self.policy,
            "manifest": self.manifest,
            "release": self.release,
            "cohort": self.cohort,
            "left_out": self.left_out,
            "at": self.at.isoformat(),
            "rules": list(self.rules),
            "event": self.event,
            "numbers_from": self.numbers_from,
        }


@dataclass(frozen=True)
class Cover:
    """One piece of the callability strip: share of the cohort's alleles called (adj), mean over the bases."""

    start: int  # 0-based
    end: int  # exclusive
    share: float  # 0..1 of the alleles the cohort's karyotypes have here
    an: float  # mean adj AN over the bases


@dataclass(frozen=True)
class Grpmax:
    """The group with the highest AF among those configured, and the group with the highest FAF95 (may differ)."""

    by: str  # "region"
    group: str | None
    ac: int | None
    an: int | None
    af: float | None
    faf_group: str | None
    faf95: float | None
    left_out: tuple[str, ...] = ()  # groups not considered: too small, "remaining", configured

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "by": self.by,
            "group": self.group,
            "ac": self.ac,
            "an": self.an,
            "af": self.af,
            "faf_group": self.faf_group,
            "faf95": self.faf95,
            "left_out": list(self.left_out),
        }


@dataclass(frozen=True)
class Answer:
    """All that is said of one variant or one place. `headline.status` is observed, absent, not_callable, not_loaded or
    suppressed; `headline.ref` and `.alt` are None for a place where nobody varies."""

    asked: Variant | Place
    headline: Count
    groups: dict[str, dict[str, Count]]  # {"karyotype": {"XX": Count, "XY": Count}, "region": {...}, ...}
    unrelated: Count | None  # the same over one person per family line; None where the release has no such cohort
    grpmax: Grpmax | None
    people: int  # people in the cohort
    covered: int  # people well covered at this place (they give adj AN)
    nearby: tuple[Count, ...]  # variants within 20 bp, headline only
    at_place: tuple[Count, ...]  # for a Place: the variants at that base; for a Variant: other variants of that base
    strip: tuple[Cover, ...]  # callability around the place
    how: HowCounted
    notes: tuple[str, ...] = ()  # sentences to show: "left-aligned from ...", "fewer than 5 carriers: ..."
    events: tuple[Event, ...] = ()  # of an allele that is not spelled out in bases: the events that fit it

    def to_json(self) -> dict[str, Any]:
        """The headline's keys, then groups, unrelated, grpmax, people, covered, nearby, how, notes."""
        return self.headline.to_json() | {
            "asked": str(self.asked),
            "groups": {by: {value: c.to_json() for value, c in cells.items()} for by, cells in self.groups.items()},
            "unrelated": self.unrelated.to_json() if self.unrelated else None,
            "grpmax": self.grpmax.to_json() if self.grpmax else None,
            "people": self.people,
            "covered": self.covered,
            "nearby": [count.to_json() for count in self.nearby],
            "at_place": [count.to_json() for count in self.at_place],
            "how": self.how.to_json(),
            "notes": list(self.notes),
            **({"events": [{"kind": event.kind} | event.to_json() for event in self.events]} if self.events else {}),
        }


@dataclass(frozen=True)
class RegionAnswer:
    """The variants of a region that somebody in the release carries, one page of them, ordered by position."""

    region: Region
    variants: tuple[Count, ...]
    total: int  # variants in the whole region, also on other pages
    page: int  # 1-based
    pages: int
    strip: tuple[Cover, ...]
    people: int
    how: HowCounted
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "region": str(self.region),
            "total": self.total,
            "page": self.page,
            "pages": self.pages,
            "people": self.people,
            "variants": [count.to_json() for count in self.variants],
            "callability": [{"start": c.start, "end": c.end, "share": c.share, "an": c.an} for c in self.strip],
            "how": self.how.to_json(),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class BatchLine:
    """One line of a pasted list: what was understood and its headline, or why not."""

    line: int  # 1-based
    text: str
    asked: Variant | Place | None
    headline: Count | None
    error: str = ""
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values; `count` is None where the line was not understood."""
        return {
            "line": self.line,
            "text": self.text,
            "asked": str(self.asked) if self.asked else None,
            "count": self.headline.to_json() if self.headline else None,
            "error": self.error,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class LeaveOut:
    """Whom a live count leaves out, seen from the case's patient. `family` and `patient_group` include the patient."""

    person: bool = False
    family: bool = False
    patient_group: bool = False

    @classmethod
    def of(cls, *words: str) -> LeaveOut:
        """From the command line or a form: `person`, `family`, `group`; raises UsageError for another word."""
        from embla.errors import UsageError

        known = {"person": "person", "family": "family", "group": "patient_group", "patient_group": "patient_group"}
        unknown = [word for word in words if word and word not in known]
        if unknown:
            raise UsageError(f"Cannot leave out '{unknown[0]}'.", mend="Say person, family or group.")
        return cls(**{known[word]: True for word in words if word})
