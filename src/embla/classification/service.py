"""A laboratory's classifications: draft, second reader and signature, withdrawal; and what others may see of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from embla.classification import discording, store
from embla.classification.model import record as rules
from embla.classification.model.record import Content, Identity, Record
from embla.classification.naming import Named
from embla.classification.store import Shown, Step
from embla.errors import NotFound
from embla.platform import append_event
from embla.policy import Action, permit
from embla.reference import refuse_personal_number

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from embla.platform import Actor, House, Page

SHARED = ("labs", "public")


@dataclass(frozen=True)
class Whole:
    """One classification with its history, as its own laboratory sees it. `hidden`: a blind second reader reads it."""

    shown: Shown
    versions: tuple[Shown, ...]
    steps: tuple[Step, ...]
    own: bool
    hidden: bool = False


def save_draft(
    house: "House", actor: "Actor", identity: Identity, named: Named, content: Content, *, expected: int
) -> Shown:
    """Keep one more version, unsigned. `expected` is the number that was read, 0 for a new one; Conflict after that."""
    _permit(house, actor, identity.laboratory)
    identity = rules.checked_identity(replace(identity, allele=str(named.variant)))
    at = house.clock()
    rules.check_day(content.evaluated, at.date())
    stamped = tuple(one if one.by else replace(one, by=actor.id, at=at.date().isoformat()) for one in content.evidence)
    content = rules.checked(identity, replace(content, evaluator=actor.id, evidence=stamped))
    with house.database.transaction() as connection:
        known = store.find(connection, identity)
        number = rules.may_save(known, expected)
        store.add_alleles(connection, [(named.variant, named.checked, named.vrs_id)])
        record = known or Record("C" + house.new_id(), identity, number, None)
        if known is None:
            store.add_records(connection, [record])
        else:
            store.move(connection, known, head=number)
        store.add_versions(connection, [(record.id, number, content)], at)
        _told(connection, record.id, Step(number, "drafted", actor.id, at), content.class_)
    return Shown(replace(record, head=number), number, content, at)


def sign(house: "House", actor: "Actor", classification: str, *, expected: int, verdict: str, text: str = "") -> bool:
    """The second reader's own conclusion: the same as the draft's signs and publishes it, another is kept as a review.

    Returns True when it was signed.
    """
    record = _own(house, actor, classification)
    at = house.clock()
    refuse_personal_number(text)
    with house.database.transaction() as connection:
        record = store.by_id(connection, record.id) or record
        content = store.versions_of(connection, record)[0].content
        signed = rules.may_sign(record, content, actor.id, expected, verdict)
        step = Step(record.head, "signed" if signed else "reviewed", actor.id, at, verdict[:80], text[:2000])
        if signed:
            store.move(connection, record, published=record.head)
        _told(connection, record.id, step, content.class_ if signed else verdict[:80])
        if signed:
            discording.refresh(connection, house, [record.identity.allele], by=actor.id, at=at)
    return signed


def withdraw(house: "House", actor: "Actor", classification: str, reason: str, text: str = "") -> None:
    """Take it back, with a reason; it stays in the history and counts nowhere."""
    record = _own(house, actor, classification)
    at = house.clock()
    refuse_personal_number(text)
    with house.database.transaction() as connection:
        record = store.by_id(connection, record.id) or record
        rules.may_withdraw(record, reason)
        store.move(connection, record, withdrawn=at)
        _told(connection, record.id, Step(record.head, "withdrawn", actor.id, at, reason, text[:2000]), "")
        discording.refresh(connection, house, [record.identity.allele], by=actor.id, at=at)


def whole(house: "House", actor: "Actor", classification: str) -> Whole:
    """All of an own one; of another laboratory's what it shares. NotFound for what the actor may not see."""
    with house.database.reading() as connection:
        record = store.by_id(connection, classification)
    own = record is not None and (record.identity.laboratory == actor.laboratory or actor.has("operator"))
    if record is not None and own:
        _permit(house, actor, record.identity.laboratory)
    else:
        permit(house.database, actor, Action.SEE_CLASSIFICATIONS, purpose="care", clock=house.clock)
    with house.database.reading() as connection:
        record = store.by_id(connection, classification) if record is not None else None
        versions = store.versions_of(connection, record) if record is not None else []
        steps = store.steps_of(connection, record.id) if record is not None and own else []
    if record is None or not versions:
        raise _unknown()
    if own:
        newest = versions[0]
        if _blind(newest, steps, actor):
            kept = tuple(one for one in versions if one.number == record.published)
            before = tuple(step for step in steps if step.number != newest.number)
            return Whole(_covered(newest), kept, before, True, True)
        return Whole(newest, tuple(versions), tuple(steps), True)
    seen = next((one for one in versions if one.number == record.published and one.content.share in SHARED), None)
    if seen is None or record.withdrawn:
        raise _unknown()
    return Whole(seen, (seen,), (), False)


def covered_for(connection: "Connection", shown: Shown, actor: "Actor") -> Shown:
    """The same, or what a second reader of a blind draft may see of it before concluding."""
    if not shown.content.blind:
        return shown
    return _covered(shown) if _blind(shown, store.steps_of(connection, shown.record.id), actor) else shown


def concluded(house: "House", actor: "Actor | None", allele: str) -> list[Shown]:
    """What stands about an allele, as far as this reader may see it; None is everybody."""
    shares: Sequence[str] = ("public",)
    if actor is not None:
        permit(house.database, actor, Action.SEE_CLASSIFICATIONS, purpose="care", clock=house.clock)
        shares = SHARED
    with house.database.reading() as connection:
        return store.published_about(connection, allele, shares)


def export_shared(house: "House", actor: "Actor", *, public: bool = False) -> Iterator[Shown]:
    """Everything that stands and is shared, by allele; each with its evidence."""
    permit(house.database, actor, Action.SEE_CLASSIFICATIONS, purpose="care", clock=house.clock)
    with house.database.reading() as connection:
        yield from store.all_published(connection, ("public",) if public else SHARED)


def unresolved(house: "House", actor: "Actor", laboratory: str, *, cursor: str | None = None) -> "Page[Any]":
    """Names of a laboratory's lists that nobody could resolve, with the reason."""
    _permit(house, actor, laboratory)
    with house.database.reading() as connection:
        return store.names_of(connection, laboratory, cursor=cursor)


def dismiss_name(house: "House", actor: "Actor", laboratory: str, name: str) -> None:
    """Somebody of the laboratory settled an unresolved name: it waits no longer, and stays where the log points."""
    _permit(house, actor, laboratory)
    at = house.clock()
    with house.database.transaction() as connection:
        if not store.settle_name(connection, laboratory, name, at):
            raise NotFound("There is no such name that waits.", mend="The list of your laboratory has those that do.")
        append_event(
            connection, at=at, actor=actor.id, kind="classification-name-settled", subject=f"laboratory:{laboratory}",
            body={"name": name},
        )  # fmt: skip


def _own(house: "House", actor: "Actor", classification: str) -> Record:
    """An own record; another laboratory's is answered like one that does not exist."""
    with house.database.reading() as connection:
        record = store.by_id(connection, classification)
    laboratory = record.identity.laboratory if record else (actor.laboratory or "-")
    if record is not None and not actor.has("operator") and laboratory != actor.laboratory:
        # The refusal is in the log all the same, under the own laboratory's name.
        _permit(house, actor, actor.laboratory or "-")
        raise _unknown()
    _permit(house, actor, laboratory)
    if record is None:
        raise _unknown()
    return record


def _blind(shown: Shown, steps: Sequence[Step], actor: "Actor") -> bool:
    """True while a second reader of a blind draft has not concluded yet."""
    if not shown.content.blind or not shown.record.has_draft or shown.content.evaluator == actor.id:
        return False
    return not any(one.number == shown.number and one.by == actor.id and one.verdict for one in steps)


def _covered(shown: Shown) -> Shown:
    """The draft without what would sway a second reader: class, criteria, reasons."""
    bare = replace(
        shown.content, class_="", subclass="", computed={}, override="", evidence=(), summary="", rule_set=""
    )
    return replace(shown, content=bare)


def _told(connection: "Connection", classification: str, step: Step, class_: str) -> None:
    store.add_step(connection, classification, step)
    body = {"number": step.number} | ({"class": class_} if class_ else {})
    if step.kind == "withdrawn":
        body["reason"] = step.verdict
    append_event(
        connection, at=step.at, actor=step.by, kind=f"classification-{step.kind}",
        subject=f"classification:{classification}", body=body,
    )  # fmt: skip


def _unknown() -> NotFound:
    return NotFound("There is no such classification.", mend="The list of your laboratory has yours.")


def _permit(house: "House", actor: "Actor", laboratory: str) -> None:
    permit(house.database, actor, Action.CLASSIFY, purpose="care", clock=house.clock, laboratory=laboratory)
