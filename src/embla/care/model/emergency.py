"""An emergency: one clinician, one person, a few hours, a reason, and another one's judgement of it. Pure.

Opening and reviewing are decided here; nothing in here knows a database or a clock. A review that finds an emergency
not justified ends it on the spot, if it still runs.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from embla.errors import BadInput, Refused, UsageError
from embla.registry import looks_like_cpr

OUTCOMES: Final = ("justified", "not_justified")
LEAST_REASON: Final = 10
MOST_TEXT: Final = 1000


@dataclass(frozen=True)
class Emergency:
    """`until`: when the relation ends; `review_by`: when a review is overdue; `event`: the number of its first event.
    outcome, reviewer and reviewed are None until somebody has judged."""

    id: str
    account: str
    person: str
    opened: datetime
    until: datetime
    review_by: datetime
    event: int = 0
    outcome: str | None = None
    reviewer: str | None = None
    reviewed: datetime | None = None
    review_event: int | None = None

    def active_at(self, at: datetime) -> bool:
        """True while the relation lasts."""
        return self.opened <= at < self.until

    def overdue_at(self, at: datetime) -> bool:
        """True when it should have been judged and was not."""
        return self.outcome is None and at >= self.review_by

    def to_json(self) -> dict[str, Any]:
        """Plain values; times as ISO 8601."""
        return {name: v.isoformat() if isinstance(v, datetime) else v for name, v in vars(self).items()}


def opened(id: str, account: str, person: str, at: datetime, *, hours: int, review_hours: int) -> Emergency:
    """A new emergency from `at` on."""
    return Emergency(id, account, person, at, at + timedelta(hours=hours), at + timedelta(hours=review_hours))


def reviewed(emergency: Emergency, reviewer: str, outcome: str, at: datetime) -> Emergency:
    """The emergency once judged. Refused for one's own and for one that was judged before."""
    if outcome not in OUTCOMES:
        raise UsageError("A review ends in an outcome.", mend=f"Known: {', '.join(OUTCOMES)}.")
    if reviewer == emergency.account:
        raise Refused("Nobody reviews what they did themselves.", mend="Another reviewer must judge it.")
    if emergency.outcome is not None:
        raise Refused("This emergency has been reviewed.", mend="A review is not changed; open an incident instead.")
    until = min(emergency.until, at) if outcome == "not_justified" else emergency.until
    return replace(emergency, outcome=outcome, reviewer=reviewer, reviewed=at, until=until)


def checked_text(text: str, *, least: int = LEAST_REASON) -> str:
    """Free text as it is kept: trimmed, long enough to say something, bounded, without a personal number."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(clean) < least:
        raise BadInput(f"the reason is shorter than {least} letters.", mend="Say in a sentence why.", reason="short")
    if len(clean) > MOST_TEXT:
        raise BadInput(f"the text is longer than {MOST_TEXT} letters.", mend="Say it shorter.", reason="long")
    if looks_like_cpr(clean):
        raise BadInput("the text holds a personal number.", mend="Say it without one.", reason="personal number")
    return clean
