"""The registers' values. Days are calendar days; `valid_to` is the last valid day, None for no end."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

Assay = Literal["genome", "exome", "panel"]
# Best first: the order in which a person's callsets are chosen from.
ASSAYS: Final = ("genome", "exome", "panel")
ROLES: Final = ("index", "mother", "father", "sibling", "child")
OPT_OUT_KINDS: Final = ("genetic", "tissue")

ACCESSION_DIGITS: Final = 11
_TEN_DIGITS: Final = re.compile(r"(?<!\d)(\d{2})(\d{2})\d{2}[- ]?\d{4}(?!\d)")


def accession(number: int) -> str:
    """The accession of the n-th genome ever accepted: EMBG00000000017."""
    if not 0 < number < 10**ACCESSION_DIGITS:
        raise ValueError(f"no accession for {number}")
    return f"EMBG{number:0{ACCESSION_DIGITS}d}"


def looks_like_cpr(text: str) -> bool:
    """True when the text holds ten digits that read as a Danish CPR number: day, month, year, four digits.

    Modulus 11 is not asked: numbers without it are issued since 1 October 2007. Days above 60 are replacement numbers.
    """
    return any(_is_date(found) for found in _TEN_DIGITS.finditer(text))


def without_cpr(text: str) -> str:
    """The text with everything that reads as a CPR number taken out: for what is kept, shown or logged."""
    return _TEN_DIGITS.sub(lambda found: "(number)" if _is_date(found) else found[0], text)


def _is_date(found: re.Match[str]) -> bool:
    day, month = int(found[1]), int(found[2])
    return (1 <= day <= 31 or 61 <= day <= 91) and 1 <= month <= 12


class _Plain:
    def to_json(self) -> dict[str, Any]:
        """Plain values; days and times as ISO 8601."""
        values: Mapping[str, Any] = asdict(self)  # type: ignore[call-overload]
        return {name: v.isoformat() if isinstance(v, date | datetime) else v for name, v in values.items()}


@dataclass(frozen=True)
class Region(_Plain):
    """A region. `succeeded_by` is the code of the one that takes its place after `valid_to`."""

    code: str
    name_en: str
    name_da: str
    valid_from: date
    valid_to: date | None = None
    succeeded_by: str | None = None

    def valid_on(self, day: date) -> bool:
        """True on a day of its life."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Laboratory(_Plain):
    """A laboratory that may report on the days from `valid_from` to `valid_to`. Its accreditation is in force from
    `accredited_from` to `accredited_to` (None: as long as it may report)."""

    id: str
    name: str
    region: str
    accreditation: str
    valid_from: date
    valid_to: date | None = None
    accredited_from: date | None = None
    accredited_to: date | None = None

    def valid_on(self, day: date) -> bool:
        """True on a day when it may report."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def accredited_on(self, day: date) -> bool:
        """True on a day when its accreditation is in force."""
        begun = self.accredited_from is None or self.accredited_from <= day
        return begun and (self.accredited_to is None or day <= self.accredited_to)


@dataclass(frozen=True)
class PatientGroup(_Plain):
    """One of the groups of patients that whole genome sequencing is offered to."""

    code: str
    name_en: str
    name_da: str


@dataclass(frozen=True)
class OptOut(_Plain):
    """A person's mark against use beyond own care. `until` is the last day it holds, None while it stands."""

    person: str
    kind: Literal["genetic", "tissue"]
    since: date
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """True on a day when the mark stands."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class FamilyMember(_Plain):
    """A person's place in a family. `blood` False: a parent by adoption or another parent not of one blood."""

    family: str
    person: str
    role: str
    blood: bool = True


@dataclass(frozen=True)
class Case(_Plain):
    """One clinical question. `key` is the laboratory's own name for it; `person` is the patient (the index)."""

    id: str
    laboratory: str
    key: str
    patient_group: str
    person: str
    family: str | None
    opened: date
    closed: date | None
    clinicians: tuple[str, ...]

    def open_on(self, day: date) -> bool:
        """True from the day it was opened to the day it was closed."""
        return self.opened <= day and (self.closed is None or day <= self.closed)


@dataclass(frozen=True)
class Genome(_Plain):
    """One accepted callset. `state` is accepted, replaced (by a correction) or withdrawn; `residency` names the
    countries that data about this person may lie in ("DK", "DK,NO")."""

    accession: str
    person: str
    case: str
    sample: str
    laboratory: str
    submission: str
    assay: Assay
    origin: str
    karyotype: str
    callability: str
    pipeline: str
    pipeline_version: str
    source: str
    content: str
    accepted: datetime
    state: str
    residency: str = "DK"


@dataclass(frozen=True)
class CountedGenome(_Plain):
    """A person's one vote: what counting needs to know, and nothing that names anybody.

    accession: the genome's name in the cohort store. family: one name for all families that share a person, None for a
    person without. region: of the person where known, else of the laboratory, as it is called on the day asked.
    related: shares blood with a person who was taken before (kinship.py). opted_out: a genetic mark stands on the day.
    """

    accession: str
    person: str
    family: str | None
    region: str
    patient_group: str
    karyotype: str
    related: bool
    opted_out: bool
    opted_out_tissue: bool
    laboratory: str
    assay: str
    case: str


@dataclass(frozen=True)
class Leaver(_Plain):
    """A genome whose person withdrew or opted out; `since` is the first day on which the person counts no more."""

    accession: str
    person: str
    since: date
    why: Literal["withdrawn", "opted-out"]


@dataclass(frozen=True)
class Erasure:
    """One person's leaving. state: masked (out of every answer), erased (bytes gone), certified.

    files: of the vault, deleted; files_shared: those that stay because they hold others' data, too.
    """

    id: str
    withdrawn_at: datetime
    genomes: int
    state: str
    certified_at: datetime | None = None
    certificate: str = ""
    files: int = 0
    files_shared: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain values, without the certificate and without whose it is."""
        return {
            "erasure": self.id,
            "withdrawn_at": self.withdrawn_at.isoformat(),
            "genomes": self.genomes,
            "files": self.files,
            "files_shared": self.files_shared,
            "state": self.state,
            "certified_at": self.certified_at.isoformat() if self.certified_at else None,
        }
