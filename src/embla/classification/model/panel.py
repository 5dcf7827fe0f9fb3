"""A gene panel as a contract between the laboratories of a specialist network: which genes a work-up must hold. Pure.

A version never changes. It is drafted by one laboratory of the net, approved by others, and in force from a day until
the next one is. Genes are HGNC ids, as symbols change. Levels: `minimum` must be in every laboratory's test;
`recommended` and `research` may be; `removed` was, and says why it is no longer (PanelApp's green, amber, red, none).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from embla.classification.model.record import INHERITANCE
from embla.errors import BadInput, Conflict, Refused
from embla.reference import refuse_personal_number

LEVELS: Final = ("minimum", "recommended", "research", "removed")
MOST_GENES: Final = 6000
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
_HGNC: Final = re.compile(r"HGNC:[1-9][0-9]{0,5}")
_SYMBOL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,29}")


@dataclass(frozen=True)
class Entry:
    """One gene. `symbol` as it was called when the version was made."""

    hgnc: str
    symbol: str
    level: str
    inheritance: str = ""
    transcript: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class Panel:
    """What versions are of. `indication`: a patient group; `members`: laboratories of the net; `needed`: how many of
    them must approve, beside the one that drafted."""

    id: str
    title: str
    net: str
    indication: str
    members: tuple[str, ...]
    needed: int


@dataclass(frozen=True)
class Approval:
    """One laboratory's word; one counts for each."""

    laboratory: str
    by: str
    at: datetime


@dataclass(frozen=True)
class PanelVersion:
    """`number` is major.minor: minimum genes changed, or anything else. `since` None: a draft."""

    panel: str
    position: int
    number: str
    entries: tuple[Entry, ...]
    why: str
    laboratory: str
    by: str
    at: datetime
    approvals: tuple[Approval, ...] = ()
    since: date | None = None
    until: date | None = None

    def genes(self, *levels: str) -> dict[str, Entry]:
        """HGNC id -> entry, of these levels."""
        return {one.hgnc: one for one in self.entries if one.level in levels}

    def in_force_on(self, day: date) -> bool:
        """True from its first to its last day."""
        return self.since is not None and self.since <= day and (self.until is None or day <= self.until)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "panel": self.panel, "version": self.number, "why": self.why, "drafted_by": self.laboratory,
            "in_force_from": self.since.isoformat() if self.since else None,
            "in_force_to": self.until.isoformat() if self.until else None,
            "approved_by": [one.laboratory for one in self.approvals],
            "genes": [dict(vars(one)) for one in self.entries],
        }  # fmt: skip


@dataclass(frozen=True)
class Change:
    """What happened to one gene between two versions; "" where it was, or is, not there."""

    hgnc: str
    symbol: str
    before: str
    after: str


def checked_panel(one: Panel, known: Iterable[str]) -> Panel:
    """The same, or BadInput. `known`: laboratories there are."""
    if not _ID.fullmatch(one.id):
        raise BadInput("The id of a panel is 2 to 40 small letters, digits and dashes.", mend="As in epilepsy.")
    if not one.title.strip() or len(one.title) > 200 or not one.title.isprintable():
        raise BadInput("A panel has a title of 1 to 200 letters.")
    strangers = sorted(set(one.members) - set(known))
    if strangers or not one.members:
        raise BadInput("A net has members, each a registered laboratory.", mend="`embla registry labs` lists them.")
    if not 0 <= one.needed < len(one.members):
        raise BadInput("Of a net at most all others than the one that drafts can approve.", mend="Ask for fewer.")
    return one


def checked_entries(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The same in order, or BadInput for what no panel may say."""
    if not 0 < len(entries) <= MOST_GENES:
        raise BadInput(f"A panel has 1 to {MOST_GENES} genes.")
    if len({one.hgnc for one in entries}) != len(entries):
        raise BadInput("A gene stands twice in this panel.", mend="Name each once.")
    for one in entries:
        if not _HGNC.fullmatch(one.hgnc) or not _SYMBOL.fullmatch(one.symbol):
            raise BadInput(f"'{one.hgnc[:20]}' is no gene.", mend="Give the HGNC id, as HGNC:2482, and its symbol.")
        if one.level not in LEVELS:
            raise BadInput(f"'{one.level[:20]}' is no level.", mend=f"Known: {', '.join(LEVELS)}.")
        if one.inheritance not in INHERITANCE:
            raise BadInput(f"'{one.inheritance[:20]}' is no mode of inheritance.", mend="Known: AD, AR, XL, MT, OTHER.")
        if len(one.evidence) > 2000 or len(one.transcript) > 60:
            raise BadInput("A text of this panel is too long.", mend="Say it shorter.")
        refuse_personal_number(one.evidence)
    return tuple(sorted(entries, key=lambda one: (one.symbol.upper(), one.hgnc)))


def difference(before: PanelVersion | None, after: PanelVersion) -> list[Change]:
    """Genes whose level or inheritance is another, by symbol."""
    then = {one.hgnc: one for one in before.entries} if before else {}
    now = {one.hgnc: one for one in after.entries}
    told = []
    for hgnc in then.keys() | now.keys():
        old, new = then.get(hgnc), now.get(hgnc)
        if _said(old) != _said(new):
            told.append(Change(hgnc, (new or old or after.entries[0]).symbol, _said(old), _said(new)))
    return sorted(told, key=lambda one: (one.symbol.upper(), one.hgnc))


def _said(one: Entry | None) -> str:
    return "" if one is None else f"{one.level} {one.inheritance}".strip()


def next_number(before: PanelVersion | None, entries: Sequence[Entry]) -> str:
    """Another minimum is another major: every laboratory's test is measured by it."""
    if before is None:
        return "1.0"
    major, minor = (int(part) for part in before.number.split("."))
    then, now = set(before.genes("minimum")), {one.hgnc for one in entries if one.level == "minimum"}
    return f"{major}.{minor + 1}" if then == now else f"{major + 1}.0"


def may_approve(panel: Panel, version: PanelVersion, laboratory: str) -> None:
    """Refused for whom it is not to approve."""
    if version.since is not None:
        raise Conflict("This version is in force already.", mend="Draft another one.")
    if laboratory not in panel.members:
        raise Refused("Only laboratories of the net approve its panels.")
    if laboratory == version.laboratory:
        raise Refused("Who drafted a version does not approve it.", mend="Another laboratory of the net must.")
    if any(one.laboratory == laboratory for one in version.approvals):
        raise Refused("This laboratory has approved already.")


def may_begin(panel: Panel, version: PanelVersion, day: date, today: date, before: PanelVersion | None) -> None:
    """Refused before enough have approved, and for a day that has passed or lies before the version in force."""
    if version.since is not None:
        raise Conflict("This version is in force already.", mend="Draft another one.")
    if len(version.approvals) < panel.needed:
        raise Refused(f"{len(version.approvals)} of {panel.needed} laboratories have approved.", mend="Wait for them.")
    if day < today or (before is not None and before.since is not None and day <= before.since):
        raise BadInput("A version comes into force today or later, and after the one before.", mend="Give a later day.")


@dataclass(frozen=True)
class Checked:
    """A laboratory's test against a panel. `missing`: minimum genes it lacks; `thin`: minimum and recommended genes
    whose coverage is below the asked; `unmeasured`: minimum genes of which no coverage was given, where any was."""

    panel: str
    version: str
    missing: tuple[str, ...]
    thin: tuple[str, ...]
    unmeasured: tuple[str, ...]

    @property
    def meets(self) -> bool:
        """True when the test holds every minimum gene, each covered."""
        return not (self.missing or self.thin or self.unmeasured)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "panel": self.panel, "version": self.version, "meets_minimum": self.meets,
            "missing": list(self.missing), "below_coverage": list(self.thin), "not_measured": list(self.unmeasured),
        }  # fmt: skip


def check_test(
    version: PanelVersion, genes: Iterable[str], coverage: Mapping[str, float] | None = None, *, least: float = 95.0
) -> Checked:
    """Hold a test (HGNC ids or symbols) against the minimum. `coverage`: gene -> per cent of its coding bases at 20x;
    a gene below `least` per cent is named."""
    held = {name.strip().upper() for name in genes}
    minimum, asked = version.genes("minimum"), version.genes("minimum", "recommended")
    here = {hgnc: one for hgnc, one in asked.items() if {hgnc.upper(), one.symbol.upper()} & held}
    missing = [one.symbol for hgnc, one in minimum.items() if hgnc not in here]
    thin, unmeasured = [], []
    if coverage is not None:
        shares = {name.strip().upper(): share for name, share in coverage.items()}
        for hgnc, one in here.items():
            share = shares.get(hgnc.upper(), shares.get(one.symbol.upper()))
            if share is None:
                unmeasured += [one.symbol] if hgnc in minimum else []
            elif not share >= least:  # what is no number is not enough
                thin.append(one.symbol)
    return Checked(version.panel, version.number, tuple(missing), tuple(thin), tuple(unmeasured))
