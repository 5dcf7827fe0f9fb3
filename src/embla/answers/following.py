"""Follow-ups as those who treat see and decide them, and as those see them who must know that nobody moved.

Lists show cases, kinds and days. What a follow-up is about (a variant the patient carries) is shown by its own page,
whose look is decided and in the log.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from embla.answers import answering, finding, store
from embla.answers.model import follow_up as rules
from embla.answers.model.answer import Report
from embla.answers.model.follow_up import FollowUp
from embla.errors import NotFound
from embla.platform import append_event
from embla.policy import About, Action, permit
from embla.reference import refuse_personal_number
from embla.registry import Case, all_treated_by, case_of

if TYPE_CHECKING:
    from embla.platform import Actor, House, Page


@dataclass(frozen=True)
class Waiting:
    """A line of a list."""

    id: str
    kind: str
    case: str
    key: str
    state: str
    opened: str
    due: str
    level: int
    overdue: bool
    reason: str

    @property
    def due_day(self) -> date:
        """The day until which somebody must move."""
        return date.fromisoformat(self.due)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return dict(vars(self))


@dataclass(frozen=True)
class Whole:
    """One follow-up as its department sees it. `news`: what it stands on; `reports`: what was answered about the person
    so far; `event`: the entry of this look."""

    one: FollowUp
    case: Case
    news: tuple[Any, ...]
    reports: tuple[Report, ...]
    event: int


def mine(
    house: "House", actor: "Actor", *, closed: bool = False, cursor: str | None = None, limit: int = 50
) -> "tuple[Page[FollowUp], list[Waiting]]":
    """Follow-ups of the cases that a clinician treats or treated, by due date."""
    permit(house.database, actor, Action.SEE_FOLLOW_UPS, purpose="care", clock=house.clock)
    with house.database.reading() as connection:
        cases = all_treated_by(actor.id)
        page = store.page_of_cases(connection, cases, closed=closed, cursor=cursor, limit=limit)
        return page, _lines(connection, house, page.items)


def escalations(
    house: "House", actor: "Actor", *, cursor: str | None = None, limit: int = 50
) -> "tuple[Page[FollowUp], list[Waiting]]":
    """Overdue ones: a laboratory's those of its cases, administrators' those that nobody moved after that."""
    laboratory = actor.laboratory if actor.has("lab") else None
    about = About(laboratory=laboratory)
    permit(house.database, actor, Action.SEE_ESCALATIONS, purpose="care", clock=house.clock, about=about)
    level = 1 if laboratory is not None or actor.has("operator") else 2
    with house.database.reading() as connection:
        page = store.page_escalated(connection, laboratory, level=level, cursor=cursor, limit=limit)
        return page, _lines(connection, house, page.items)


def register(house: "House", actor: "Actor") -> dict[str, dict[str, int]]:
    """Laboratory -> how its follow-ups stand: open by state, overdue, and closed by how. Numbers, for the operator."""
    permit(house.database, actor, Action.SEE_ESCALATIONS, purpose="care", clock=house.clock)
    told: dict[str, Counter[str]] = {}
    with house.database.reading() as connection:
        for laboratory, _, state, over, n in store.counted(connection, house.clock().date()):
            told.setdefault(laboratory, Counter())[state] += n
            if over:
                told[laboratory]["overdue"] += n
    return {name: dict(counts) for name, counts in sorted(told.items())}


def whole(house: "House", actor: "Actor", case: str, name: str) -> Whole:
    """One with what it stands on; decided for the person it is about, and in the log."""
    with house.database.reading() as connection:
        one, known = _found(connection, case, name)
    event = _permit(house, actor, one, known)
    if one is None or known is None:
        raise _none()
    with house.database.reading() as connection:
        reports = answering.shared_answers(store.reports_of_case(connection, known.id), one.person)
        return Whole(one, known, tuple(store.causes_of(connection, one.id)), tuple(reports), event)


def decide(
    house: "House", actor: "Actor", case: str, name: str, choice: str, *, reason: str = "", text: str = "",
    expected: int,
) -> FollowUp:  # fmt: skip
    """What the department will do about it."""
    refuse_personal_number(text)
    return _step(
        house, actor, case, name, "follow-up-decided", {"choice": choice[:40]},
        lambda one, at: rules.decided(one, choice, reason, text[:2000], actor.id, at, expected),
    )  # fmt: skip


def note_informed(house: "House", actor: "Actor", case: str, name: str, *, expected: int) -> FollowUp:
    """The patient was told."""
    return _step(
        house, actor, case, name, "patient-informed", {}, lambda one, at: rules.informed(one, at, expected)
    )  # fmt: skip


def _step(
    house: "House", actor: "Actor", case: str, name: str, kind: str, body: dict[str, str], change: Any
) -> FollowUp:
    with house.database.reading() as connection:
        one, known = _found(connection, case, name)
    _permit(house, actor, one, known)
    at = house.clock()
    with house.database.transaction() as connection:
        # The event first: writers wait there for each other, so what is read after it nobody else is changing.
        told = {**body, "case": case[:40], "person": one.person if one else ""}
        append_event(connection, at=at, actor=actor.id, kind=kind, subject=f"follow-up:{name[:40]}", body=told)
        fresh, _ = _found(connection, case, name)
        if fresh is None:
            raise _none()
        agreed = finding.may_recontact(connection, fresh.person, at.date())
        if fresh.recontact and not agreed:
            raise _none()
        after: FollowUp = change(fresh, at)
        store.save_follow_up(connection, fresh, after)
        if after.state == "sent":
            report = store.report_of(connection, after.answer)
            version = next((v for v in report.versions if v.number == after.number), None) if report else None
            after = answering.settle(connection, after, version, at, actor.id) if version else after
    return after


def _found(connection: Connection, case: str, name: str) -> tuple[FollowUp | None, Case | None]:
    one, known = store.follow_up(connection, name), case_of(connection, case[:40])
    return (one if one is not None and known is not None and one.case == known.id else None), known


def _permit(house: "House", actor: "Actor", one: FollowUp | None, case: Case | None) -> int:
    """Decided about the genome it stands on, else about the case's patient."""
    genome = None
    if one is not None and case is not None and one.person != case.person:
        genome = one.genome
    about = About(
        case=case.id if case else "unknown", genome=genome, person=None if genome or case is None else case.person
    )
    made = permit(house.database, actor, Action.ANSWER, purpose="care", clock=house.clock, about=about)
    return made.event or 0


def _lines(connection: Connection, house: "House", found: Any) -> list[Waiting]:
    day, told = house.clock().date(), []
    for one in found:
        case = case_of(connection, one.case)
        told.append(Waiting(
            one.id, one.kind, one.case, case.key if case else "", one.state, one.opened.isoformat(),
            one.due.isoformat(), one.level, one.overdue_at(day), one.reason,
        ))  # fmt: skip
    return told


def _none() -> NotFound:
    return NotFound("There is no such follow-up.", mend="The list of your follow-ups has them all.")
