"""From the log to follow-ups: one pass that many processes may make, each entry worked on once, whatever dies when.

What an entry means is worked out first (carriers are read under a decision of their own); then one transaction writes
triggers, follow-ups, what was seen, how far the log was read, and the event. If it dies before, the entry is read
again; if another process was faster, nothing is written. A trigger's id follows from its entry, so nothing doubles.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from embla.answers import finding, store
from embla.answers.finding import Concerned
from embla.answers.model import follow_up as rules
from embla.answers.model import trigger as news
from embla.answers.model.follow_up import FollowUp
from embla.answers.model.trigger import Seat, Trigger
from embla.classification import CHANGES, newly_asked, standing_classes, touched
from embla.errors import NotFound, Refused
from embla.frequency import Releases, open_answer
from embla.genome import Variant
from embla.pgx import changed_in
from embla.platform import OPERATOR, Event, append_event, events_since
from embla.policy import Action, permit

if TYPE_CHECKING:
    from embla.platform import House

RELEASED: Final = "release-cut"
RECALLED: Final = "pgx-recalled"
ACCEPTED: Final = "submission-accepted"
CONSENTS: Final = ("consent-noted", "consent-withdrawn")
PANEL: Final = "panel-in-force"
KINDS: Final = (*CHANGES, RELEASED, RECALLED, ACCEPTED, PANEL, *CONSENTS)
_BATCH: Final = 500
MOST_NAMED: Final = 1_000  # ids in one entry of the log


@dataclass
class Found:
    """What one entry came to: news with whom each concerns; what laboratories say now, where it was looked at."""

    event: Event
    news: list[tuple[Trigger, list[Concerned]]] = field(default_factory=list)
    alleles: list[str] = field(default_factory=list)
    now: dict[Seat, str] = field(default_factory=dict)
    person: str = ""


@dataclass
class Watched:
    """Counts of one run: entries read, news, follow-ups opened, persons who may not be asked, ended, escalated."""

    entries: int = 0
    news: int = 0
    opened: int = 0
    joined: int = 0
    refused: int = 0
    ended: int = 0
    escalated: int = 0


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
            if not _apply(house, _look(house, event), begun, told):
                return told
            begun = event.number
        # Entries about anything else are passed over together.
        if batch[-1].number > begun:
            with house.database.transaction() as connection:
                if not store.move_fold(connection, begun, batch[-1].number):
                    return told
        told.entries += len(batch)
    told.escalated = escalate(house)
    return told


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


def _look(house: "House", event: Event) -> Found:
    """What an entry means. Reads alone."""
    found = Found(event)
    if event.kind in CHANGES:
        _classes(house, found)
    elif event.kind == RELEASED:
        _drift(house, found)
    elif event.kind in CONSENTS:
        found.person = event.subject.partition(":")[2]
    elif event.kind == RECALLED:
        _recall(house, found)
    elif event.kind == PANEL:
        _panel(house, found)
    elif event.body.get("replaced"):
        _correction(house, found)
    return found


def _classes(house: "House", found: Found) -> None:
    with house.database.reading() as connection:
        found.alleles = sorted(set(touched(connection, found.event)))
        # As it was then: by what stands today a change that another followed before this look would never be seen.
        found.now = standing_classes(connection, found.alleles, found.event.at)
        changes = news.class_changes(store.seen_classes(connection, found.alleles), found.now, found.event.number)
        answered = store.answered_about(connection, sorted({one.subject for one in changes}))
    # One decision for all that an entry asks for; each search is proven against it.
    decision = None
    for one in changes:
        if one.carriers:
            decision = decision or permit(
                house.database, OPERATOR, Action.FIND_CARRIERS, purpose="care", clock=house.clock
            )  # fmt: skip
            found.news.append((one, finding.carrying(house, decision, one.subject)))
            continue
        names = news.concerned(one, [each for each in answered if each.allele == one.subject], found.event.at)
        if names:
            with house.database.reading() as connection:
                reports = list(store.bare_reports(connection, names).values())
                found.news.append((one, finding.answered_in(connection, reports)))


def _drift(house: "House", found: Found) -> None:
    """Alleles of answers that became too common between this release and the one before whose numbers are shown."""
    number = found.event.subject.partition(":")[2]
    known = [info.number for info in Releases(house).list()]
    earlier = known[known.index(number) + 1 :] if number in known else []
    if not earlier:
        return
    with house.database.reading() as connection:
        alleles = store.answered_alleles(connection)
    for allele in alleles:
        contig, pos, ref, alt = allele.rsplit("-", 3)
        variant = Variant(contig, int(pos), ref, alt)
        now, then = _frequency(house, variant, [number]), _frequency(house, variant, earlier)
        over = news.crossed(then[1], now[1]) if now is not None and then is not None else ""
        if then is None or not over:
            continue
        one = Trigger(f"drift:{number}:{allele}", "drift", allele, then[0], over, number, found.event.number)
        with house.database.reading() as connection:
            names = news.concerned(one, store.answered_about(connection, [allele]), found.event.at)
            who = finding.answered_in(connection, list(store.bare_reports(connection, names).values()))
        if who:
            found.news.append((one, who))


def _frequency(house: "House", variant: Variant, releases: Sequence[str]) -> tuple[str, float | None] | None:
    """The first of these releases that tells of the variant, and its FAF95. One that is withheld, as somebody waited
    too long to be out of it, tells of none: the log is read on all the same."""
    for release in releases:
        with suppress(NotFound, Refused):
            return release, open_answer(house, variant, release).headline.faf95
    return None


def _recall(house: "House", found: Found) -> None:
    name = found.event.subject.partition(":")[2]
    one = Trigger(f"pgx:{name}", "pgx", "pgx", "", str(found.event.body.get("release", "")), name, found.event.number)
    with house.database.reading() as connection:
        who = []
        for genome, _, _ in changed_in(connection, name):
            known = finding.known_genome(connection, genome)
            each = finding.of_genome(connection, known) if known is not None else None
            if each is not None:
                who.append(each)
    if who:
        found.news.append((one, who))


def _correction(house: "House", found: Found) -> None:
    """Who was answered on a genome whose place another took."""
    with house.database.reading() as connection:
        for one in finding.replaced_answers(connection, found.event):
            name = f"correction:{found.event.number}:{one.id}"
            trigger = Trigger(name, "correction", one.genome, "", "", "genome", found.event.number)
            found.news.append((trigger, _with_newest(connection, finding.answered_in(connection, [one]))))


def _panel(house: "House", found: Found) -> None:
    """Who was answered on an older version of a panel that asks for more genes now."""
    name, body = found.event.subject.partition(":")[2], found.event.body
    with house.database.reading() as connection:
        version, genes = newly_asked(connection, name, int(body["position"]))
        reports = [one for one in store.answers_on(connection, panel=name) if one.panel_version != version.number]
        who = finding.answered_in(connection, reports)
    if genes and who:
        because = ", ".join(genes[:20]) + (" ..." if len(genes) > 20 else "")
        one = Trigger(f"panel:{name}:{version.position}", "panel", f"panel {name}", "", version.number, because,
                      found.event.number)  # fmt: skip
        found.news.append((one, who))


def _with_newest(connection: Connection, who: list[Concerned]) -> list[Concerned]:
    """With the genome that took the replaced one's place, where there is one."""
    return [replace(one, genome=finding.newest_genome(connection, one.person) or one.genome) for one in who]


def _apply(house: "House", found: Found, begun: int, told: Watched) -> bool:
    """Write what an entry came to. False where another process was faster: nothing is written then."""
    at, event = house.clock(), found.event
    with house.database.transaction() as connection:
        if not store.move_fold(connection, begun, event.number):
            return False
        if found.alleles:
            store.keep_classes(connection, found.alleles, found.now)
        if found.person:
            told.ended += _consent_changed(connection, found.person, at)
        done = store.known_triggers(connection, [one.id for one, _ in found.news])
        for one, who in found.news:
            if one.id not in done:
                _open(connection, house, one, who, at, told)
    return True


def _open(
    connection: Connection, house: "House", one: Trigger, who: Iterable[Concerned], at: datetime, told: Watched
) -> None:
    """One piece of news: a follow-up for each person who may be asked, joined to one that stands about the same."""
    # A wrong genome is an error in what was told already, no new knowledge: who was answered must be answered right.
    # One line a person: a list by genomes (a re-call's) names somebody with an exome and a genome twice.
    once = {each.person: each for each in who}.values()
    people = [(each, finding.may_recontact(connection, each.person, at.date())) for each in once]
    asked = [(each, agreed) for each, agreed in people if agreed or one.kind == "correction"]
    keys = [store.standing_key(each.person, one.subject) for each, _ in asked]
    there = store.standing(connection, keys)
    store.add_trigger(connection, one, at, concerned=len(people), asked=len(asked), refused=len(people) - len(asked))
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
    told.refused += len(people) - len(asked)
    append_event(
        connection, at=at, actor=OPERATOR.id, kind="follow-ups-opened", subject=f"event:{one.event}",
        body={"kind": one.kind, "opened": len(opened), "ended": len(ended), "follow_ups": opened[:MOST_NAMED],
              "concerned": len(people), "refused": len(people) - len(asked)},
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
