"""What happened that may concern persons who were answered, or who carry an allele. Pure.

A trigger's id follows from the log entry that it stands on, so the same entry read twice is one trigger. `carriers`:
everybody in the store who carries the subject is looked for; else only who was answered about it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from embla.classification import Class

# Richards 2015, BA1: allele frequency above 5 %. BS1 is "greater than expected for the disorder"; 1 % is what SVI's
# general recommendation and most laboratories use where no disorder's own figure is known. On the filtering frequency.
THRESHOLDS: Final = (("BA1", 0.05), ("BS1", 0.01))
Seat = tuple[str, str, str, str, str]  # allele, condition, origin, axis, laboratory


@dataclass(frozen=True)
class Trigger:
    """One piece of news. `before`, `after`: buckets, thresholds, versions, as text; `where`: who is looked for."""

    id: str
    kind: str
    subject: str
    before: str
    after: str
    because: str
    event: int
    carriers: bool = False


@dataclass(frozen=True)
class Answered:
    """What the newest version of an answer says of one allele, and when it was given."""

    answer: str
    allele: str
    class_: str
    at: datetime


def bucket(class_: str) -> str:
    """P/LP, VUS or LB/B; "" for none."""
    return Class(class_).bucket if class_ else ""


def class_changes(seen: Mapping[Seat, str], now: Mapping[Seat, str], event: int) -> list[Trigger]:
    """Classes of laboratories that went to another bucket between two looks; `seen` and `now` are of the same alleles.

    A laboratory's first word about an allele concerns those who were answered otherwise; a changed or withdrawn one
    everybody who carries it.
    """
    found = []
    for seat in sorted(seen.keys() | now.keys()):
        before, after = bucket(seen.get(seat, "")), bucket(now.get(seat, ""))
        if before == after:
            continue
        allele, _, origin, _, laboratory = seat
        if origin == "somatic":  # what was found in a tumour says nothing about who inherited it
            continue
        # By the whole seat: of one entry two may differ in origin alone, and alleles may be longer than any name.
        name = f"class:{event}:{sha256(repr(seat).encode()).hexdigest()[:32]}"
        found.append(Trigger(name, "class", allele, before, after, laboratory, event, carriers=before != ""))
    return found


def crossed(before: float | None, after: float | None) -> str:
    """BA1 or BS1 where the filtering frequency rose above it between two releases, "" else."""
    if after is None:
        return ""
    return next((name for name, least in THRESHOLDS if after > least >= (before or 0.0)), "")


def concerned(trigger: Trigger, answered: Iterable[Answered], since: datetime) -> Sequence[str]:
    """Answers that say otherwise than the news; of a class only those that were given before it."""
    if trigger.kind == "class":
        return [one.answer for one in answered if one.at < since and bucket(one.class_) != trigger.after]
    return [one.answer for one in answered if bucket(one.class_) != "LB/B"]
