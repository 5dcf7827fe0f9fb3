"""What a person decided about the genome, as facts; the signed form stays with the requesting doctor. Pure.

A statement is never changed. Of the statements of one form the latest day counts, of one day the one noted last; a
withdrawal counts like any other. Content as the national form has it (domain: written, dated, with a version number;
secondary findings; contact about new knowledge; told of storage and of the opt-out register).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from embla.errors import Refused, UsageError
from embla.registry.model.values import _Plain

Form = Literal["general", "prenatal"]
# prenatal: about a foetus, signed by the pregnant person; it says nothing about that person's own genome.
FORMS: Final[tuple[Form, ...]] = ("general", "prenatal")
SAYS: Final = ("given", "withdrawn")
FINDINGS: Final = ("all", "actionable", "none")
SIGNERS: Final = ("patient", "guardian", "not told")
SOURCES: Final = ("paper", "package", "electronic")


@dataclass(frozen=True)
class Statement(_Plain):
    """One signed statement.

    day: when it was signed. secondary_findings: which are told. recontact: may be contacted about new knowledge.
    storage_told, opt_out_told: the form said where the genome is kept, and how to opt out; None where that was not
    reported. signed_by: the patient decides from 15 years on.
    """

    person: str
    form: Form
    version: str
    says: Literal["given", "withdrawn"]
    day: date
    secondary_findings: Literal["all", "actionable", "none"] | None = None
    recontact: bool | None = None
    storage_told: bool | None = None
    opt_out_told: bool | None = None
    signed_by: Literal["patient", "guardian", "not told"] = "not told"
    source: Literal["paper", "package", "electronic"] = "paper"

    def __post_init__(self) -> None:
        for name, known in (("form", FORMS), ("says", SAYS), ("signed_by", SIGNERS), ("source", SOURCES)):
            if getattr(self, name) not in known:
                raise UsageError(f"The {name} of a consent is one of: {', '.join(known)}.")
        if self.says == "given" and self.secondary_findings not in FINDINGS:
            raise UsageError(f"Secondary findings are one of: {', '.join(FINDINGS)}.")
        if not 0 < len(self.version) <= 100 or not self.version.isprintable():
            raise UsageError("The version of a form has 1 to 100 visible characters.")


@dataclass(frozen=True)
class Noted(_Plain):
    """A statement as it stands in the register."""

    id: str
    statement: Statement
    noted_by: str
    noted_at: datetime


def in_force(noted: Iterable[Noted], on: date, form: Form = "general") -> Noted | None:
    """The consent of this form that holds on a day: the latest statement until then, if it gives one."""
    until = [one for one in noted if one.statement.form == form and one.statement.day <= on]
    latest = max(until, key=lambda one: (one.statement.day, one.noted_at, one.id), default=None)
    return latest if latest is not None and latest.statement.says == "given" else None


def check_signer(statement: Statement, decides: bool | None) -> None:
    """Refused when another signed than the one who decides. `decides`: the patient had turned 15; None: not known."""
    # Health Act section 17(1): patients who have turned 15 give consent themselves.
    if decides is True and statement.signed_by == "guardian":
        raise Refused(
            "The patient had turned 15 on that day and decides alone.",
            mend="Have the patient sign.",
            rule="consent.decides",
        )
    if decides is False and statement.signed_by == "patient":
        raise Refused(
            "The patient had not turned 15 on that day; who has custody decides.",
            mend="Have them sign.",
            rule="consent.decides",
        )


def must_be_renewed(consent: Noted | None, decides: bool | None) -> bool:
    """True when somebody else decided for a patient who decides alone by now."""
    return consent is not None and consent.statement.signed_by == "guardian" and decides is True
