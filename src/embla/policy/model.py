"""What is asked of policy and what it answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from embla.errors import NotPermitted


class Action(StrEnum):
    """What somebody wants to do. `actions.py` says of each what it touches and whether the log keeps it."""

    SUBMIT = "submit"
    SEE_OWN_SUBMISSIONS = "see_own_submissions"
    FETCH_DEPOSIT = "fetch_deposit"
    SEE_REGION_SUBMISSIONS = "see_region_submissions"
    LIVE_COUNT = "live_count"
    SEE_OWN_CASES = "see_own_cases"
    SEE_CASE = "see_case"
    CLASSIFY = "classify"
    SEE_CLASSIFICATIONS = "see_classifications"
    ANSWER = "answer"
    SEE_FOLLOW_UPS = "see_follow_ups"
    SEE_ESCALATIONS = "see_escalations"
    FIND_CARRIERS = "find_carriers"
    ASK_COLLEAGUES = "ask_colleagues"
    READ_RELEASE = "read_release"
    CUT_RELEASE = "cut_release"
    EXPORT_RELEASE = "export_release"
    READ_CALLS = "read_calls"
    READ_FILE = "read_file"
    READ_QC = "read_qc"
    SEND_PERSON_DATA = "send_person_data"
    RESEARCH_FREEZE = "research_freeze"
    BREAK_GLASS = "break_glass"
    REVIEW_BREAK_GLASS = "review_break_glass"
    SEE_LEAVERS = "see_leavers"
    SEE_ACCESS_LOG = "see_access_log"
    EXTRACT_LOG = "extract_log"
    SEE_PROOF = "see_proof"
    WATCH_LOG = "watch_log"
    ERASE_LOG = "erase_log"
    SEE_RULES = "see_rules"
    SEE_PROCESSING = "see_processing"
    MANAGE_INCIDENTS = "manage_incidents"
    SEE_BOARD = "see_board"
    MANAGE_BOARD = "manage_board"
    MANAGE_REGISTRY = "manage_registry"
    BROWSE_REGISTRY = "browse_registry"
    MANAGE_AGREEMENTS = "manage_agreements"
    COUNT_PEOPLE = "count_people"
    MANAGE_DATASETS = "manage_datasets"
    READ_CONSENT = "read_consent"
    MANAGE_CONSENT = "manage_consent"
    SYNC_OPT_OUTS = "sync_opt_outs"
    WITHDRAW_PERSON = "withdraw_person"
    REGISTER_IDENTITY = "register_identity"
    LOOK_UP_IDENTITY = "look_up_identity"
    MANAGE_IDENTITY = "manage_identity"
    GIVE_PROJECT_PSEUDONYM = "give_project_pseudonym"
    MANAGE_ACCOUNTS = "manage_accounts"
    OPERATE = "operate"
    BACK_UP = "back_up"


@dataclass(frozen=True)
class Facts:
    """What has been established about actor and subject. Everything but the day has a default that allows nothing.

    laboratory: the laboratory that the subject (a package, a list of submissions, a genome) belongs to.
    laboratory_valid: that laboratory may report on this day.
    reporting_agreed: a data processing agreement about reporting is in force with that laboratory.
    own_region: the region asked about is the actor's, on this day or in its time, see `registry/organisations.py`.
    open_case: the case is open on this day; treats: the actor is one of its treating clinicians; of_case: the genome,
    file or person asked about belongs to that case.
    glass_open: the actor has broken the glass for this person, and the time given has not run out.
    reason_given: a reason was stated. others_doing: what is reviewed was done by another than the actor.
    consent: a written consent in force is on record for the purpose.
    research_allowed: the opt-out register was asked, its answer is fresh, and no mark of the person stands against it.
    project_member, permit_valid, in_permit: the actor is a named member of the project, its permit is in force today,
    and covers the subject.
    agreement_valid: a signed agreement about delivery with the receiving partner is in force.
    recipient_valid: the recipient is registered, under an agreement in force.
    study_valid: the recipient is registered, under a research agreement in force.
    in_data_set: the data set in whose name it is asked is shown, holds the genome, and its data may go there.
    inside_zone: what leaves arrives inside the residency zone.
    environment_valid: it is sealed for a key that is registered of a secure environment of the one to whom it goes.
    stepped_up: the actor has signed in anew, or more strongly, within the last minutes.
    """

    on: date
    laboratory: str | None = None
    laboratory_valid: bool = False
    reporting_agreed: bool = False
    own_region: bool = False
    open_case: bool = False
    treats: bool = False
    of_case: bool = False
    glass_open: bool = False
    reason_given: bool = False
    others_doing: bool = False
    consent: bool = False
    research_allowed: bool = False
    project_member: bool = False
    permit_valid: bool = False
    in_permit: bool = False
    agreement_valid: bool = False
    recipient_valid: bool = False
    study_valid: bool = False
    in_data_set: bool = False
    inside_zone: bool = False
    environment_valid: bool = False
    stepped_up: bool = False


@dataclass(frozen=True)
class About:
    """What a question is about, by ids. A provider of facts looks at what it knows and leaves the rest.

    destination: where data would go (an organisation's id); environment: SHA-256 of the key they would be sealed for;
    data_set: in the name of which it is asked; by: the account whose doing is reviewed; reason: one was stated (its
    text is personal and stays with the caller).
    """

    laboratory: str | None = None
    region: str | None = None
    case: str | None = None
    person: str | None = None
    genome: str | None = None
    file: str | None = None
    submission: str | None = None
    project: str | None = None
    account: str | None = None
    recipient: str | None = None
    destination: str | None = None
    environment: str | None = None
    data_set: str | None = None
    by: str | None = None
    reason: bool = False

    @property
    def subject(self) -> str:
        """Its name in the log: the narrowest thing that was named, "database" where nothing was."""
        for name in _NARROWEST:
            value = getattr(self, name)
            if value:
                return f"{name}:{plain_id(value)}"
        return "database"


def plain_id(text: str) -> str:
    """An id as the log may hold it. What somebody typed in place of one may be a person's number or name: "-" then."""
    if _OURS.fullmatch(text):
        return text
    return text if _ID.fullmatch(text) and not _PERSON_NUMBER.search(text) else "-"


_ID = re.compile(r"[!-~]{1,200}")
# Ids that the house makes itself (random ones, accessions, hashes of files) may hold ten digits in a row by chance.
_OURS = re.compile(r"[A-Z][0-9A-Z]{16}|EMBG[0-9]{11}|[0-9a-f]{64}")
_PERSON_NUMBER = re.compile(r"(?<!\d)\d{6}-?\d{4}(?!\d)")
_NARROWEST = (
    "file", "genome", "person", "case", "submission", "project", "recipient", "account", "laboratory", "region",
    "destination",
)  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """Allowed or not, by which row, and the sentence that says so. `rule` is "row" or "row.condition"; `event` is the
    number of the event that logged it, where it was logged.

    Functions that give out person-level data take one, and `door.prove` it: it is true when the log has it.
    """

    allowed: bool
    rule: str
    text: str
    actor: str
    action: Action
    purpose: str
    legal_basis: str
    subject: str
    event: int | None = None

    def require(self) -> "Decision":
        """Itself when allowed; raises NotPermitted with the rule's name when not."""
        if not self.allowed:
            raise NotPermitted(self.text, rule=self.rule)
        return self

    def to_json(self) -> Mapping[str, object]:
        """What the event log keeps of it (the log has actor and subject in columns of their own)."""
        return {
            "allowed": self.allowed,
            "rule": self.rule,
            "action": str(self.action),
            "purpose": self.purpose,
            "legal_basis": self.legal_basis,
        }
