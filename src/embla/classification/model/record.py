"""A laboratory's classification: what it is about, what one version says, and what may happen to it. Pure.

A classification belongs to one laboratory and is about one allele, condition, inheritance, origin and axis. Versions
are never changed: every save is another number. `head` is the newest number, `published` the one that others may see.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from embla.classification.model.axes import AXES, read_axis, read_class_on
from embla.classification.model.criteria import Applied, read_criteria, read_criterion
from embla.classification.model.scoring import Score, score
from embla.errors import BadInput, Conflict, Refused
from embla.reference import refuse_personal_number

ORIGINS: Final = ("germline", "somatic", "unknown")
# own: this laboratory alone; labs: everybody signed in as a laboratory or a clinician; public: everybody.
SHARES: Final = ("own", "labs", "public")
INHERITANCE: Final = ("", "AD", "AR", "XL", "XLD", "XLR", "MT", "SD", "OTHER")
SUBCLASSES: Final = ("", "high", "mid", "low")
REASONS: Final = ("shared by mistake", "duplicate", "sensitive data", "other")
MET: Final = ("met", "not met", "not applicable", "not assessed")
MOST_TEXT: Final = 8000
NOT_SPECIFIED: Final = "not specified"
# An id stands by itself, and one of HP has seven digits: CHP1 and HP1 are genes.
_CONDITION: Final = re.compile(
    r"(?<![A-Z0-9])(MONDO|OMIM|ORPHANET|ORPHA|MEDGEN|HP(?=[:_ ]?\d{7}))[:_ ]?([A-Z]?\d{1,9})(?![A-Z0-9])", re.IGNORECASE
)


@dataclass(frozen=True)
class Evidence:
    """One criterion of a version. `strength` is the applied one ("" where it is not met); `count`: what was counted."""

    code: str
    state: str = "met"
    strength: str = ""
    text: str = ""
    citations: tuple[str, ...] = ()
    source: str = ""
    count: str = ""
    by: str = ""
    at: str = ""

    @property
    def applied(self) -> Applied | None:
        """The criterion as the rules count it; None where it is not met."""
        if self.state != "met":
            return None
        return read_criterion(f"{self.code}_{self.strength}" if self.strength else self.code)


@dataclass(frozen=True)
class Identity:
    """What a classification is about. `condition` is an id (MONDO:0009698) or `text:` and the words in lower case."""

    laboratory: str
    allele: str
    condition: str = ""
    inheritance: str = ""
    origin: str = "germline"
    axis: str = "germline"


@dataclass(frozen=True)
class Content:
    """What one version says. `evaluated` is the day the laboratory looked, never the day it arrived here."""

    class_: str
    evaluated: date
    evaluator: str
    condition_label: str = ""
    subclass: str = ""
    guideline: str = ""
    rule_set: str = ""
    computed: Mapping[str, Any] = field(default_factory=dict)
    override: str = ""
    evidence: tuple[Evidence, ...] = ()
    summary: str = ""
    share: str = "labs"
    submitted: str = ""
    method: str = ""
    release: str = ""
    af: float | None = None
    blind: bool = False


@dataclass(frozen=True)
class Record:
    """A classification with its pointers. `state`: draft | published | withdrawn."""

    id: str
    identity: Identity
    head: int
    published: int | None
    withdrawn: datetime | None = None

    @property
    def state(self) -> str:
        """Of the record as a whole; a published one may have a newer draft."""
        return "withdrawn" if self.withdrawn else "draft" if self.published is None else "published"

    @property
    def has_draft(self) -> bool:
        """True when the newest version is not the published one."""
        return self.withdrawn is None and self.published != self.head


def condition_key(text: str) -> str:
    """MONDO:0009698 from any spelling of it, else `text:` and the words; "" for not specified."""
    plain = " ".join(text.split())
    if plain.lower() in ("", "not specified", "not provided", "na", "-", "."):
        return ""
    found = _CONDITION.search(plain)
    if found:
        name = "ORPHA" if found[1].upper() == "ORPHANET" else found[1].upper()
        return f"{name}:{found[2]}"
    return f"text:{plain.lower()[:200]}"


def checked_identity(identity: Identity) -> Identity:
    """The same, or BadInput for an origin, inheritance or axis that is none."""
    if identity.origin not in ORIGINS:
        raise BadInput(f"'{identity.origin[:40]}' is no origin.", mend=f"Known: {', '.join(ORIGINS)}.")
    if identity.inheritance not in INHERITANCE:
        raise BadInput(
            f"'{identity.inheritance[:40]}' is no mode of inheritance.", mend="Known: AD, AR, XL, MT, OTHER."
        )
    read_axis(identity.axis)
    return identity


def check_day(evaluated: date, today: date) -> None:
    """BadInput for a day that has not come: it would beat every later evaluation."""
    if evaluated > today:
        raise BadInput("The day of evaluation has not come yet.", mend="Give the day on which it was evaluated.")


def checked(identity: Identity, content: Content) -> Content:
    """The content with what the rules propose beside it. Refused where a signed class differs without a reason."""
    axis = AXES[identity.axis]
    class_ = read_class_on(axis, content.class_)
    if content.share not in SHARES:
        raise BadInput(f"'{content.share[:40]}' is no share level.", mend=f"Known: {', '.join(SHARES)}.")
    if content.subclass not in SUBCLASSES or (content.subclass and class_ != "VUS"):
        raise BadInput("Only VUS has a sub-class: high, mid, low.")
    said = (content.summary, content.override, content.condition_label, content.evaluator)
    for text in (*said, *(text for one in content.evidence for text in (one.text, *one.citations))):
        if len(text) > MOST_TEXT:
            raise BadInput(f"A text is longer than {MOST_TEXT} letters.", mend="Say it shorter.")
        refuse_personal_number(text)
    found = computed(content.evidence) if axis.scored and content.evidence else None
    if found is not None and found.proposed != class_ and not content.override.strip():
        raise Refused(
            f"The rules propose {found.proposed}, not {class_}.",
            mend="Give a reason for the other class, or look at the criteria again.",
        )
    return replace(
        content,
        class_=class_,
        guideline=content.guideline or axis.guideline,
        rule_set=found.rule_set if found else "",
        computed=found.to_json() if found else {},
    )


def computed(evidence: Sequence[Evidence]) -> Score:
    """What the rules say of the criteria that are met. BadInput for a code twice."""
    applied = [one.applied for one in evidence]
    return score(read_criteria(str(one) for one in applied if one is not None))


def may_save(record: Record | None, expected: int) -> int:
    """The number of the next version. Conflict when somebody saved since `expected` was read (0: nothing was)."""
    head = record.head if record else 0
    if head != expected:
        raise Conflict(
            "Somebody saved this classification since you read it.", mend="Read it again; what you wrote is not lost."
        )
    if record is not None and record.withdrawn:
        raise Refused("This classification was withdrawn.", mend="A withdrawn one is not changed.")
    return head + 1


def may_sign(record: Record, content: Content, signer: str, expected: int, verdict: str) -> bool:
    """True when this signs; False when the second reader concluded otherwise, which is kept as a review."""
    if record.head != expected:
        raise Conflict("Somebody saved this classification since you read it.", mend="Read it again, then sign.")
    if not record.has_draft:
        raise Refused("There is nothing to sign.", mend="Save a draft first.")
    if signer == content.evaluator:
        raise Refused("Nobody signs what they wrote themselves.", mend="Another person of the laboratory must sign.")
    return read_class_on(AXES[record.identity.axis], verdict) == content.class_


def may_withdraw(record: Record, reason: str) -> None:
    """Refused or BadInput where it cannot be."""
    if reason not in REASONS:
        raise BadInput(f"'{reason[:40]}' is no reason to withdraw.", mend=f"Known: {'; '.join(REASONS)}.")
    if record.withdrawn:
        raise Refused("This classification was withdrawn already.")


def evidence_text(evidence: Sequence[Evidence]) -> str:
    """As it is stored."""
    return json.dumps([asdict(one) for one in evidence], ensure_ascii=False, separators=(",", ":"))


def read_evidence(text: str) -> tuple[Evidence, ...]:
    """From how it is stored."""
    return tuple(Evidence(**{**one, "citations": tuple(one["citations"])}) for one in json.loads(text))
