"""What was answered about one patient: versions that never change, each with what it stood on. Pure.

Version 1 is `final`. A later one is `amended` (new knowledge) or `corrected` (the laboratory or the sample was wrong),
as FHIR's DiagnosticReport has them, and takes the place of the one before; none is overwritten. A finding keeps the
classification by id and number: an answer never shows "the latest".
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from embla.errors import BadInput, Conflict, Refused
from embla.reference import refuse_personal_number

STATUSES: Final = ("final", "amended", "corrected")
ROLES: Final = ("causative", "candidate", "carrier", "secondary")
# What a corrected genome says of an allele that it does not carry: it was looked for, or nobody can tell.
ABSENT: Final = "absent"
NOT_CALLED: Final = "not called"
MOST_FINDINGS: Final = 50
MOST_TEXT: Final = 4000


@dataclass(frozen=True)
class Finding:
    """One allele of the answer. `genotype`: het, hom, hemi, half; of a corrected genome absent or not called.

    `counted`: how often the answer's release has it, as everybody may see: a count's status, and `ac`, `an`, `af`
    where that shows them. "" where the answer had no release, and in answers given before this was kept.
    """

    allele: str
    names: Mapping[str, str]
    genotype: str
    classification: str
    number: int
    laboratory: str
    class_: str
    condition: str
    inheritance: str
    evaluated: str
    role: str = "causative"
    counted: str = ""
    ac: int | None = None
    an: int | None = None
    af: float | None = None

    @property
    def carried(self) -> str:
        """`genotype` in words of its contig: mtDNA is many copies, of which `het` is a part, `hom` 95 % or more."""
        if self.allele.startswith("chrM-"):
            return {"het": "heteroplasmic", "hom": "homoplasmic"}.get(self.genotype, self.genotype)
        return self.genotype


@dataclass(frozen=True)
class Answer:
    """One version's content. `panel`: id and version of what was looked at, "" for none. `release`, `manifest`: the
    data it was given on. `gaps`: genes of the panel that were not covered well enough; `unmeasured`: those of which
    nobody can say how well (nothing was said of them in answers given before they were looked for)."""

    findings: tuple[Finding, ...]
    summary: str
    status: str = "final"
    why: str = ""
    panel: str = ""
    panel_version: str = ""
    gaps: tuple[str, ...] = ()
    release: str = ""
    genome: str = ""
    laboratory: str = ""
    software: str = ""
    unmeasured: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        told = asdict(self)
        told["findings"] = [{**asdict(one), "names": dict(one.names)} for one in self.findings]
        told["gaps"], told["unmeasured"] = list(self.gaps), list(self.unmeasured)
        return told

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> "Answer":
        """From how it is kept."""
        findings = tuple(Finding(**one) for one in told["findings"])
        lists = {"gaps": tuple(told["gaps"]), "unmeasured": tuple(told.get("unmeasured", ()))}
        return cls(**{**told, "findings": findings, **lists})


@dataclass(frozen=True)
class Version:
    """One version as it went out, and what became of it."""

    answer: str
    number: int
    content: Answer
    at: datetime
    by: str
    follow_up: str = ""
    acknowledged: datetime | None = None
    acknowledged_by: str = ""
    receipt: str = ""
    read: datetime | None = None
    read_by: str = ""

    @property
    def delivered(self) -> bool:
        """True when the record system has it and a named clinician opened it."""
        return self.acknowledged is not None and self.read is not None


@dataclass(frozen=True)
class Report:
    """An answer with its versions, newest first."""

    id: str
    case: str
    person: str
    genome: str
    laboratory: str
    head: int
    panel_version: str = ""
    versions: tuple[Version, ...] = field(default=())


def checked(content: Answer, head: int, expected: int) -> Answer:
    """The same, or BadInput, Refused, Conflict for what no answer may be."""
    if head != expected:
        raise Conflict("Another version was given since you read this answer.", mend="Read it again, then amend that.")
    if content.status not in STATUSES or (content.status == "final") != (head == 0):
        raise Refused("The first version is final, each later one is amended or corrected.")
    if head and not content.why.strip():
        raise BadInput("An amended answer says what changed and why.", mend="Say it in a sentence.")
    if len(content.findings) > MOST_FINDINGS:
        raise BadInput(f"An answer has at most {MOST_FINDINGS} findings.", mend="Answer what was asked.")
    if len({one.allele for one in content.findings}) != len(content.findings):
        raise BadInput("An allele stands twice in this answer.", mend="Name each once.")
    if not content.summary.strip():
        raise BadInput(
            "An answer has a conclusion in words.", mend="Say it in a sentence, also where nothing was found."
        )
    for text in (content.summary, content.why):
        if len(text) > MOST_TEXT:
            raise BadInput(f"A text is longer than {MOST_TEXT} letters.", mend="Say it shorter.")
        refuse_personal_number(text)
    for one in content.findings:
        if one.role not in ROLES:
            raise BadInput(f"'{one.role[:40]}' is no role of a finding.", mend=f"Known: {', '.join(ROLES)}.")
    return content


def may_read(version: Version, reader: str, treating: Sequence[str]) -> None:
    """Refused where the one who wrote it would be its only reader, though others treat."""
    if reader == version.by and any(name != version.by for name in treating):
        raise Refused(
            "Who wrote an answer is not the one who reads it.", mend="Another who treats the patient opens it."
        )


def difference(before: Answer | None, after: Answer) -> list[dict[str, str]]:
    """What changed between two versions: alleles that came, went, or have another class."""
    then = {one.allele: one for one in before.findings} if before else {}
    now = {one.allele: one for one in after.findings}
    told = []
    for allele in sorted(then.keys() | now.keys()):
        was, is_ = then.get(allele), now.get(allele)
        old, new = (f"{one.class_} {one.genotype}" if one else "" for one in (was, is_))
        if old != new:
            told.append({"allele": allele, "before": old, "after": new})
    return told
