"""Who else has seen it? Questions between departments through the database, neither learning about whom."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, func, insert, select, update

from embla.answers import finding, tables
from embla.answers.model import question as rules
from embla.answers.model.question import Asked, Question
from embla.care import checked_text
from embla.classification import Unnamed, name_allele
from embla.errors import BadInput, Conflict, NotFound, Refused
from embla.platform import OPERATOR, append_event
from embla.policy import About, Action, permit
from embla.registry import Case, all_treated_by, case_of, families_of, genotypes_of

if TYPE_CHECKING:
    from embla.platform import Actor, House


def ask(house: "House", actor: "Actor", case: str, allele: str, text: str) -> Question:
    """Pass a question on to whoever treats another carrier, if anybody does; the answer does not say whether.

    Refused where the own patient does not carry the allele, and beyond the budget.
    """
    with house.database.reading() as connection:
        known = case_of(connection, case[:40])
        own = finding.newest_genome(connection, known.person) if known else ""
    about = About(case=known.id if known else "unknown", genome=own or "unknown")
    decision = permit(house.database, actor, Action.ASK_COLLEAGUES, purpose="care", clock=house.clock, about=about)
    if known is None:
        raise NotFound("There is no such case.", mend="The list of your cases has yours.")
    said = checked_text(text)
    named = name_allele(allele, house.names)
    if isinstance(named, Unnamed):
        raise BadInput(named.said, reason=named.reason)
    if named.variant not in genotypes_of(house, own, decision, [named.variant]):
        raise Refused("The patient does not carry this variant.", mend="Ask about one that the patient carries.")
    at = house.clock()
    question = Question(
        "Q" + house.new_id(), str(named.variant), known.id, actor.id, said, at, at + rules.STANDS
    )  # fmt: skip
    with house.database.reading() as connection:
        rules.may_ask(_standing(connection, actor.id, at))
    # The machine looks for the others, not the one who asks.
    search = permit(house.database, OPERATOR, Action.FIND_CARRIERS, purpose="care", clock=house.clock)
    found = finding.carrying(house, search, question.allele)
    with house.database.transaction() as connection:
        append_event(
            connection, at=at, actor=actor.id, kind="colleagues-asked", subject=f"question:{question.id}",
            body={"case": known.id, "person": known.person},
        )  # fmt: skip
        rules.may_ask(_standing(connection, actor.id, at))
        connection.execute(insert(tables.questions).values(person=known.person, **vars(question)))
        for one in _others(connection, found, known, actor.id, at):
            connection.execute(insert(tables.asked).values(
                question=question.id, case=one.case.id, person=one.person, genome=one.genome, state="waiting",
                reply="", contact="", by="",
            ))  # fmt: skip
    return question


def asked_by_me(house: "House", actor: "Actor") -> list[tuple[Question, list[tuple[str, str, datetime]]]]:
    """One's own questions, newest first, each with the answers (words, contact, when); nothing tells who was asked.

    Shown without its allele here: what the patient carries stands on the page of the question.
    """
    _list(house, actor)
    with house.database.reading() as connection:
        table = tables.questions
        rows = connection.execute(
            select(table).where(table.c.account == actor.id).order_by(table.c.asked.desc(), table.c.id).limit(200)
        )
        return [(one, _answers(connection, one.id)) for one in map(_question, rows.all())]


def asked_of_me(house: "House", actor: "Actor") -> list[tuple[Asked, str]]:
    """Questions that wait for an answer about a case one treats, with the case's key."""
    _list(house, actor)
    at = house.clock()
    with house.database.reading() as connection:
        found = _asked(connection, tables.asked.c.case.in_(all_treated_by(actor.id)), tables.asked.c.state == "waiting")
        keys = {one.case: case.key for one in found if (case := case_of(connection, one.case)) is not None}
    return [(one, keys.get(one.case, "")) for one in found if one.question.open_at(at)]


def question_to(house: "House", actor: "Actor", case: str, question: str) -> Asked:
    """One question about a case one treats, with the allele and the words; in the log. Never who asks."""
    with house.database.reading() as connection:
        known, found = _one(connection, case, question)
    _permit(house, actor, known, found)
    if found is None:
        raise _none()
    return found


def reply(house: "House", actor: "Actor", case: str, question: str, text: str, contact: str = "") -> Asked:
    """Answer, or decline with no words: who asked sees an answer, and nothing of a refusal."""
    with house.database.reading() as connection:
        known, found = _one(connection, case, question)
    _permit(house, actor, known, found)
    said = checked_text(text) if text.strip() else ""
    reach = checked_text(contact, least=3)[:200] if contact.strip() else ""
    at = house.clock()
    with house.database.transaction() as connection:
        append_event(
            connection, at=at, actor=actor.id, kind="colleague-replied", subject=f"question:{question[:40]}",
            body={"case": case[:40], "person": found.person if found else "", "answered": bool(said)},
        )  # fmt: skip
        _, fresh = _one(connection, case, question)
        if fresh is None:
            raise _none()
        after = rules.replied(fresh, said, reach, actor.id, at)
        table = tables.asked
        here = (table.c.question == after.question.id) & (table.c.case == after.case) & (table.c.state == "waiting")
        values = {name: getattr(after, name) for name in ("state", "reply", "contact", "by", "at")}
        if connection.execute(update(table).where(here).values(**values)).rowcount != 1:
            raise Conflict("This question was answered meanwhile.", mend="Read it again.")
    return after


def _others(connection: Connection, found: list[Any], own: Case, account: str, at: datetime) -> list[Any]:
    """At most some departments that treat a carrier outside the patient's family, one case each; not who opted out."""
    kin = set(families_of(connection, own.person))
    chosen: dict[str, Any] = {}
    for one in sorted(found, key=lambda each: str(each.genome)):
        if one.person == own.person or one.case.id == own.id or account in one.case.clinicians:
            continue
        if not one.case.clinicians or kin & set(families_of(connection, one.person)):
            continue
        if finding.opted_out(connection, one.person, at.date()):
            continue
        chosen.setdefault(one.case.id, one)
    return list(chosen.values())[: rules.MOST_ASKED]


def _standing(connection: Connection, account: str, at: datetime) -> int:
    table = tables.questions
    query = select(func.count()).select_from(table).where(table.c.account == account, table.c.until > at)
    return int(connection.execute(query).scalar_one())


def _answers(connection: Connection, question: str) -> list[tuple[str, str, datetime]]:
    table = tables.asked
    query = select(table).where(table.c.question == question, table.c.state == "answered").order_by(table.c.at)
    return [(row.reply, row.contact, row.at) for row in connection.execute(query)]


def _asked(connection: Connection, *where: Any) -> list[Asked]:
    questions, table = tables.questions, tables.asked
    named = [column.label(f"of_{column.name}") for column in table.c]
    query = select(*questions.c, *named).join(table, table.c.question == questions.c.id).where(*where)
    return [
        Asked(_question(row), row.of_case, row.of_person, row.of_genome, row.of_state, row.of_reply, row.of_contact,
              row.of_by, row.of_at)
        for row in connection.execute(query.order_by(questions.c.asked, questions.c.id).limit(200))
    ]  # fmt: skip


def _question(row: Row[Any]) -> Question:
    return Question(row.id, row.allele, row.case, row.account, row.text, row.asked, row.until)


def _one(connection: Connection, case: str, question: str) -> tuple[Case | None, Asked | None]:
    known = case_of(connection, case[:40])
    here = (tables.asked.c.case == case[:40], tables.asked.c.question == question[:40])
    found = _asked(connection, *here) if known is not None else []
    # Of the one who asks nothing is handed on, not even inside the house.
    return known, replace(found[0], question=replace(found[0].question, case="", account="")) if found else None


def _permit(house: "House", actor: "Actor", case: Case | None, found: Asked | None) -> None:
    genome = found.genome if found is not None and case is not None and found.person != case.person else None
    about = About(
        case=case.id if case else "unknown", genome=genome, person=None if genome or case is None else case.person
    )
    permit(house.database, actor, Action.ANSWER, purpose="care", clock=house.clock, about=about)


def _list(house: "House", actor: "Actor") -> None:
    permit(house.database, actor, Action.SEE_FOLLOW_UPS, purpose="care", clock=house.clock)


def _none() -> NotFound:
    return NotFound("There is no such question.", mend="The list of questions has them all.")
