"""Who else has seen it? A question from one department to another through the database. Pure.

What the asker sees is the same whether nobody carries the allele, nobody answers, or somebody declines: that it was
passed on, and until when it stands. Only an answer, which a person writes, shows that there is another carrier. The
asker's own patient must carry the allele, and questions are counted per account: asking cannot map who carries what.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from embla.errors import Refused

STANDS: Final = timedelta(days=30)
MOST: Final = 10  # questions of one account within the days that one stands
# Of one allele at most this many departments are asked: a common allele is no rare finding to talk about.
MOST_ASKED: Final = 5
LEAST_TEXT: Final = 10


@dataclass(frozen=True)
class Question:
    """As its asker sees it."""

    id: str
    allele: str
    case: str
    account: str
    text: str
    asked: datetime
    until: datetime

    def open_at(self, at: datetime) -> bool:
        """True while it may be answered."""
        return at < self.until


@dataclass(frozen=True)
class Asked:
    """A question as a department sees it that treats another carrier: never who asks, nor about whom."""

    question: Question
    case: str
    person: str
    genome: str
    state: str = "waiting"
    reply: str = ""
    contact: str = ""
    by: str = ""
    at: datetime | None = None


def may_ask(standing: int) -> None:
    """Refused when the account has as many questions standing as it may."""
    if standing >= MOST:
        raise Refused(
            f"You have {MOST} questions that stand; more would be a survey.",
            mend="Wait until one has run out.",
            rule="questions.budget",
        )


def replied(one: Asked, reply: str, contact: str, by: str, at: datetime) -> Asked:
    """Answered, or declined where `reply` is empty. Refused after its time, and a second time."""
    if one.state != "waiting":
        raise Refused("This question was answered already.")
    if not one.question.open_at(at):
        raise Refused("This question has run out.")
    state = "answered" if reply else "declined"
    return Asked(one.question, one.case, one.person, one.genome, state, reply, contact if reply else "", by, at)
