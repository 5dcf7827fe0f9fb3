"""The ledger's words for people: what each kind of entry and each of its fields is called, what to write there, and
what to mend. Codes of JSON stay English."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from embla.governance.model.ledger import KINDS as _KINDS
from embla.governance.model.ledger import Reads
from embla.platform.web import N_

Say = Callable[[str], str]

KINDS: Final = {
    "forum": N_("Forum"), "member": N_("Member of a forum"), "meeting": N_("Meeting"), "decision": N_("Decision"),
    "rate": N_("Rate of refunds"), "refund": N_("Refund to a region"), "grant_line": N_("Line of a grant"),
    "budget_line": N_("Line of a budget"), "posting": N_("Posting"), "expected": N_("Expected spending of a line"),
    "carry_over": N_("Carry-over to another year"), "appropriation": N_("Appropriation"),
    "key": N_("Key of division"), "initiative": N_("Initiative"), "initiative_start": N_("Start of an initiative"),
    "initiative_report": N_("Report of an initiative"), "programme": N_("Item of the work programme"),
    "agreement": N_("Agreement"), "report": N_("Part of a patient group's evaluation"),
    "group_step": N_("Step of a patient group"), "expected_equivalents": N_("Expected genome equivalents of a group"),
    "inhabitants": N_("Inhabitants of a region"), "turnaround": N_("Days from receipt to data ready"),
    "yields": N_("Answers with and without a diagnosis"), "storage": N_("Storage in use"),
    "co_financing": N_("Settlement of the co-financing"), "opening": N_("Units before this Embla counted"),
    "outage": N_("Outage"),
}  # fmt: skip

_INITIATIVE: Final = N_("Name of the initiative's entry.")
_GROUP: Final = N_("Code of the patient group, as heart.")
# field, or kind.field where a kind has words of its own -> label, hint
_FIELDS: Final[dict[str, tuple[str, str]]] = {
    "title": (N_("Title"), ""),
    "until": (N_("Until"), N_("The last day; empty while it has no end.")),
    "follows": (N_("Takes over from"), N_("Name of the forum before it.")),
    "forum": (N_("Forum"), N_("Name of the forum's entry.")),
    "post": (N_("Post"), N_("As chair, or observer of the universities.")),
    "votes": (N_("Has a vote"), ""),
    "written": (N_("In writing"), N_("A written procedure, without a meeting.")),
    "type": (N_("Type"), ""),
    "item": (N_("Item of the agenda"), N_("As 13/25.")),
    "annex": (N_("Annex"), ""),
    "region": (N_("Region"), N_("Code of the region, as 1084.")),
    "rate.region": (N_("Region"), N_("Code of the region, or * for all.")),
    "unit": (N_("Unit"), ""),
    "amount": (N_("Amount, kroner"), ""),
    "rate.amount": (N_("Kroner a unit"), ""),
    "period": (N_("Quarter"), N_("As 2026-Q1.")),
    "first": (N_("First unit"), N_("Its number in the order of refunding, from 1 to 60,000.")),
    "last": (N_("Last unit"), N_("Its number in the order of refunding, from 1 to 60,000.")),
    "rate": (N_("Kroner a unit"), N_("The rate that was decided for the quarter.")),
    "takes_back": (N_("Takes back entry"), N_("Number of the entry that this one answers with the opposite amount.")),
    "year": (N_("Year"), ""),
    "version": (N_("Version"), N_("As board, or draft 2.")),
    "part": (N_("Part"), ""),
    "side": (N_("Cost or income"), ""),
    "explains": (N_("In plain words"), N_("What it is, for somebody who has not seen it before.")),
    "explains_da": (N_("In plain words, in Danish"), ""),
    "line": (N_("Line of the budget"), N_("Its name, as in the budget.")),
    "reference": (N_("Reference"), N_("Of the accounting system; each is posted once.")),
    "from_year": (N_("From the year"), ""),
    "to_year": (N_("To the year"), ""),
    "act": (N_("Act"), N_("The accounts of one act add up to 0.")),
    "account": (N_("Account"), N_("As 16.11.37.")),
    "recipient": (N_("Recipient"), ""),
    "initiative": (N_("Initiative"), _INITIATIVE),
    "weights": (N_("Weights"), N_("One a line: region = weight.")),
    "budget": (N_("Budget"), N_("Staff, equipment, IT, collaboration.")),
    "activities": (N_("Activity plan"), ""),
    "governance": (N_("Governance"), ""),
    "evaluation": (N_("Evaluation"), ""),
    "planned": (N_("Planned, kroner"), ""),
    "outage.planned": (N_("Was it planned?"), ""),
    "planned_parts": (N_("Planned, by part"), N_("One a line: part = kroner.")),
    "spent": (N_("Spent, kroner"), ""),
    "progress": (N_("Progress"), ""),
    "effect": (N_("Effect"), ""),
    "letter": (N_("Letter of the programme"), ""),
    "cost": (N_("Cost, kroner"), ""),
    "priority": (N_("Priority"), N_("1 comes first.")),
    "recommended": (N_("Recommended by the expert council"), ""),
    "partner": (N_("Partner"), ""),
    "about": (N_("What it is about"), ""),
    "group": (N_("Patient group"), _GROUP),
    "turnaround.group": (N_("Patient group"), N_("Its code, where the days are of one group; empty for those of all.")),
    "element": (N_("Element of the report"), ""),
    "text": (N_("Text"), ""),
    "state": (N_("State"), ""),
    "by": (N_("By whom"), N_("A forum or an office, no person's name.")),
    "reason": (N_("Reason"), N_("Needed where a step goes back or is said again.")),
    "equivalents": (N_("Expected genome equivalents"), ""),
    "people": (N_("Inhabitants"), ""),
    "source": (N_("Source"), N_("Where the number stands.")),
    "month": (N_("Month"), N_("As 2026-01.")),
    "urgent": (N_("Urgent samples"), ""),
    "days": (N_("Samples by days"), N_("One a line: whole days = samples.")),
    "answers": (N_("Answers"), ""),
    "positive": (N_("Of them with a diagnosis"), ""),
    "used_gb": (N_("In use, gigabytes"), ""),
    "size_gb": (N_("Size, gigabytes"), ""),
    "frame": (N_("Frame, kroner"), ""),
    "key": (N_("Key"), N_("Name of a key in force.")),
    "count": (N_("How many"), ""),
    "from": (N_("From"), ""),
    "to": (N_("To"), ""),
    "cause": (N_("Cause"), N_("In a word or two.")),
}  # fmt: skip
CHOICES: Final = {
    "true": N_("yes"), "false": N_("no"), "fixed": N_("fixed"), "variable": N_("variable"),
    "undisposed": N_("undisposed"), "cost": N_("cost"), "income": N_("income"), "risk_pool": N_("risk pool"),
    "claim": N_("claim"),
    "type.B": N_("B: to decide"), "type.D": N_("D: to discuss"), "type.O": N_("O: for information"),
    "genomes": N_("reported genomes"), "equivalents": N_("genome equivalents"),
    "international": N_("International experience"), "literature": N_("Systematic literature review"),
    "interviews": N_("Interviews with clinicians"), "cases": N_("Patient cases"), "proposed": N_("proposed"),
    "assessed": N_("assessed"), "approved": N_("approved"), "running": N_("running"), "evaluated": N_("evaluated"),
}  # fmt: skip
# How a value of each shape is written; where nothing else is said, this is the hint.
_WRITTEN: Final = {
    "amount": N_("Kroner with a dot, as 6600000.00."),
    "count": N_("A whole number, 0 or more."), "year": N_("A year, as 2026."),
    "date": N_("As 2026-01-31."),
    "moment": N_("As 2026-01-31T12:00, in UTC."), "weights": N_("One a line: name = number"),
    "days": N_("One a line: whole days = samples."),
}  # fmt: skip
# What to mend where a value cannot be read.
_MEND: Final = {
    "amount": N_("This is no amount. Write kroner with a dot and at most two decimals, as 6600000.00."),
    "count": N_("This is no whole number of 0 or more."), "year": N_("This is no year. Write it as 2026."),
    "date": N_("This is no date. Write it as 2026-01-31."),
    "moment": N_("This is no time. Write it as 2026-01-31T12:00, in UTC."),
    "weights": N_("Write one name and its number a line, as 1081 = 2.5, and no name twice."),
    "days": N_("Write whole days and their samples, one a line, as 12 = 40, and no day twice."),
    "word": N_("Write 1 to 80 visible letters."), "choice": N_("Choose one of the list."),
    "flag": N_("Choose yes or no."),
}  # fmt: skip
_TOO_LONG: Final = N_("Write at most 4,000 letters.")
_EMPTY: Final = N_("Fill this in.")
DAY_MEND: Final = _MEND["date"]
NAME_MEND: Final = _MEND["word"]


@dataclass(frozen=True)
class Label:
    """What a field is called, and what to write there; both in the reader's language."""

    text: str
    hint: str


def label(kind: str, field: str, say: Say) -> Label:
    """Of a field of a kind of entry."""
    text, hint = _FIELDS.get(f"{kind}.{field}") or _FIELDS[field]
    hint = hint or _WRITTEN.get(_KINDS[kind][field].shape, "")
    return Label(say(text), say(hint) if hint else "")


def choice(field: str, value: str, say: Say) -> str:
    """One of a field's list, or yes and no; the letters of the programme are told as they are."""
    text = CHOICES.get(f"{field}.{value}") or CHOICES.get(value)
    return say(text) if text else value


def mend(reads: Reads, typed: object, say: Say) -> str:
    """What to do about a value that cannot be read."""
    return say(_EMPTY) if typed in (None, "") else say(_MEND.get(reads.shape, _TOO_LONG))
