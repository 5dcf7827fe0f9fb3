"""From the log to follow-ups: one pass that many processes may make, each entry worked on once, whatever dies when.

What an entry means is worked out first (carriers are read under a decision of their own); then one transaction writes
triggers, follow-ups, what was seen, how far the log was read, and the event. If it dies before, the entry is read
again; if another process was faster, nothing is written. A trigger's id follows from its entry, so nothing doubles.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from embla.answers import finding, store
from embla.answers.finding import Concerned
from embla.answers.looking import KINDS, Found, look
from embla.answers.model import follow_up as rules
from embla.answers.model.follow_up import FollowUp
from embla.answers.model.trigger import Trigger
from embla.answers.setting_aside import AWAY, PASSING, fault_of, set_aside, take_up, wait_for_rest, waiting
from embla.platform import OPERATOR, Event, append_event, events_since, numbered_events

if TYPE_CHECKING:
    from embla.platform import House

log = logging.getLogger(__name__)
_BATCH: Final = 500
MOST_AGAIN: Final = 50  # entries set aside that one run tries again
MOST_NAMED: Final = 1_000  # ids in one entry of the log


@dataclass
class Watched:
    """Counts of one run: entries read, news, follow-ups opened, persons who may not be asked, ended, escalated.

    `aside`: entries that could not be worked out and wait, of this run and of earlier ones.
    """

    entries: int = 0
    news: int = 0
    opened: int = 0
    joined: int = 0
    refused: int = 0
    ended: int = 0
    escalated: int = 0
    aside: int = 0


def catch_up(house: "House", *, batches: int | None = None) -> Watched:
    """Read what the log has since the last time, or so many batches of it; then move the clocks."""
    told, done = Watched(), 0
    while batches is None or done < batches:
        done += 1
        with house.database.reading() as connection:
            begun = store.read_until(connection)
            batch = list(islice(events_since(connection, begun), _BATCH))
        if not batch:
            break
        for event in batch:
            if event.kind not in KINDS:
                continue
            if not _worked(house, event, begun, told):
                return told
            begun = event.number
        # Entries about anything else are passed over together.
        if batch[-1].number > begun:
            with house.database.transaction() as connection:
                if not store.move_fold(connection, begun, batch[-1].number):
                    return told
        told.entries += len(batch)
    _again(house, told)
    told.escalated = escalate(house)
    return told


def _worked(house: "House", event: Event, begun: int, told: Watched) -> bool:
    """One entry, worked out and written. What cannot be is set aside: nobody else's follow-up waits behind it.

    A file of the store that cannot be read is a fault of this entry, as others need other files; a write that fails is
    nobody's, and stops the run.
    """
    passing: tuple[type[Exception], ...] = AWAY
    try:
        found = look(house, event)
        passing = PASSING
        return _apply(house, found, told, lambda connection: store.move_fold(connection, begun, event.number))
    except Exception as error:
        if isinstance(error, passing):
            raise
        log.error(
            "entry %d of the log could not be worked out for follow-ups and waits: %s", event.number, fault_of(error)
        )
        return set_aside(house, event, begun, error)


def _again(house: "House", told: Watched) -> None:
    """Entries that were set aside, by what stands now; those that still cannot be worked out go on waiting."""
    with house.database.reading() as connection:
        names = waiting(connection)
        told.aside = len(names)
        if len(names) > MOST_AGAIN:  # where to begin goes by the clock: the oldest may be past mending, others not
            begin = int(house.clock().timestamp()) % len(names)
            names = sorted([*names[begin:], *names[:begin]][:MOST_AGAIN])
        events = numbered_events(connection, names)
    for event in events:
        passing: tuple[type[Exception], ...] = AWAY
        try:
            found = look(house, replace(event, at=house.clock()))
            passing = PASSING
            done = _apply(house, found, told, partial(_taken, house, found), again=True)
        except Exception as error:
            if isinstance(error, passing):
                raise
            log.debug("entry %d of the log waits: %s", event.number, fault_of(error))
            continue
        told.aside -= done and not found.unread


def _taken(house: "House", found: Found, connection: Connection) -> bool:
    """An entry that waited is worked on: done with, or, where a part of the store still cannot be read, not yet."""
    if found.unread:
        return found.event.number in waiting(connection)
    return take_up(connection, house, found.event)


def escalate(house: "House") -> int:
    """Follow-ups whose clock ran out go one step further, each step once; how many went."""
    at, moved = house.clock(), 0
    with house.database.transaction() as connection:
        for one in store.late(connection, at.date()):
            after = rules.escalated(one, at.date())
            if after is None:
                continue
            store.save_follow_up(connection, one, after)
            append_event(
                connection, at=at, actor=OPERATOR.id, kind="follow-up-escalated", subject=f"follow-up:{one.id}",
                body={"level": after.level, "to": rules.LEVELS[after.level - 1][1], "case": one.case,
                      "person": one.person},
            )  # fmt: skip
            moved += 1
    return moved


def _apply(
    house: "House", found: Found, told: Watched, claim: Callable[[Connection], bool], *, again: bool = False
) -> bool:
    """Write what an entry came to. False where another process was faster, as `claim` says: then nothing is written.

    `again`: the entry waited, so news that are known may have reached a part of those whom they concern.
    """
    at = house.clock()
    with house.database.transaction() as connection:
        if not claim(connection):
            return False
        if found.unread:
            # Who could be found is asked now; the entry waits for the others, and what was seen stays what it was, so
            # that the next look finds the same news under the same name.
            log.log(
                logging.DEBUG if again else logging.ERROR,
                "entry %d of the log waits for carriers in what cannot be read: %s",
                found.event.number, ", ".join(sorted(set(found.unread))[:20]),
            )  # fmt: skip
            wait_for_rest(connection, house, found.event)
        elif found.alleles:
            store.keep_classes(connection, found.alleles, found.now)
        if found.person:
            told.ended += _consent_changed(connection, found.person, at)
        done = store.known_triggers(connection, [one.id for one, _ in found.news])
        for one, who in found.news:
            if one.id not in done:
                _open(connection, house, one, who, at, told)
            elif again:
                _open(connection, house, one, who, at, told, store.persons_asked(connection, one.id))
    return True


def _open(
    connection: Connection, house: "House", one: Trigger, who: Iterable[Concerned], at: datetime, told: Watched,
    already: set[str] | None = None,
) -> None:  # fmt: skip
    """One piece of news: a follow-up for each person who may be asked, joined to one that stands about the same.

    `already`: of news that reached only a part before, the persons whom they reached.
    """
    # A wrong genome is an error in what was told already, no new knowledge: who was answered must be answered right.
    # One line a person: a list by genomes (a re-call's) names somebody with an exome and a genome twice.
    once = {each.person: each for each in who}.values()
    people = [(each, finding.may_recontact(connection, each.person, at.date())) for each in once]
    may = [(each, agreed) for each, agreed in people if agreed or one.kind == "correction"]
    asked = [(each, agreed) for each, agreed in may if already is None or each.person not in already]
    if already is not None and not asked:
        return
    keys = [store.standing_key(each.person, one.subject) for each, _ in asked]
    there = store.standing(connection, keys)
    refused = len(people) - len(may)
    note = store.add_trigger if already is None else store.widen_trigger
    note(connection, one, at, concerned=len(people), asked=len(may), refused=refused)
    opened: list[str] = []
    ended: list[str] = []
    for (each, agreed), key in zip(asked, keys, strict=True):
        standing = there.get(key)
        if standing is not None and standing.state == "asked":
            store.add_cause(connection, standing.id, one.id)
            sooner = min(standing.due, rules.due_for(one.kind, one.after, at))
            moved = replace(standing, due=sooner, revision=standing.revision + 1)
            store.save_follow_up(connection, standing, moved)
            told.joined += 1
            continue
        if standing is not None:
            # It was decided on what was known then; what is new asks anew, in its place.
            store.save_follow_up(connection, standing, rules.ended(standing, "new knowledge", at))
            ended.append(standing.id)
        made = FollowUp(
            "L" + house.new_id(), one.kind, one.subject, each.case.id, each.person, each.genome, each.role,
            each.case.laboratory, agreed, "asked", at, rules.due_for(one.kind, one.after, at),
        )  # fmt: skip
        store.add_follow_up(connection, made)
        store.add_cause(connection, made.id, one.id)
        opened.append(made.id)
    told.news += 1
    told.opened += len(opened)
    told.refused += refused if already is None else 0
    append_event(
        connection, at=at, actor=OPERATOR.id, kind="follow-ups-opened", subject=f"event:{one.event}",
        body={"kind": one.kind, "opened": len(opened), "ended": len(ended), "follow_ups": opened[:MOST_NAMED],
              "concerned": len(people), "refused": refused},
    )  # fmt: skip


def _consent_changed(connection: Connection, person: str, at: datetime) -> int:
    """Who may be contacted no longer is asked about no longer; a wrong answer is mended all the same."""
    if finding.may_recontact(connection, person, at.date()):
        return 0
    ended = 0
    for one in store.of_person(connection, person):
        if one.kind != "correction" and one.state == "asked":
            store.save_follow_up(connection, one, rules.ended(one, "consent", at))
            append_event(
                connection, at=at, actor=OPERATOR.id, kind="follow-up-closed", subject=f"follow-up:{one.id}",
                body={"reason": "consent", "person": person},
            )  # fmt: skip
            ended += 1
        elif one.recontact:
            store.save_follow_up(connection, one, replace(one, recontact=False, revision=one.revision + 1))
    return ended
