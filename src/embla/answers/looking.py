"""What an entry of the log means for patients: news, and whom each concerns. Reads alone; `watching.py` writes."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from embla.answers import finding, store
from embla.answers.finding import Concerned
from embla.answers.model import trigger as news
from embla.answers.model.trigger import Seat, Trigger
from embla.classification import CHANGES, newly_asked, standing_classes, touched
from embla.errors import NotFound, Refused
from embla.frequency import Releases, open_answer
from embla.genome import Variant
from embla.pgx import changed_in
from embla.platform import OPERATOR, Event
from embla.policy import Action, permit

if TYPE_CHECKING:
    from embla.platform import House

RELEASED: Final = "release-cut"
RECALLED: Final = "pgx-recalled"
ACCEPTED: Final = "submission-accepted"
CONSENTS: Final = ("consent-noted", "consent-withdrawn")
PANEL: Final = "panel-in-force"
KINDS: Final = (*CHANGES, RELEASED, RECALLED, ACCEPTED, PANEL, *CONSENTS)


@dataclass
class Found:
    """What one entry came to: news with whom each concerns; what laboratories say now, where it was looked at.

    `unread`: segments of the store that could not be read: who carries something there is not among the concerned.
    """

    event: Event
    news: list[tuple[Trigger, list[Concerned]]] = field(default_factory=list)
    alleles: list[str] = field(default_factory=list)
    now: dict[Seat, str] = field(default_factory=dict)
    person: str = ""
    unread: list[str] = field(default_factory=list)


def look(house: "House", event: Event) -> Found:
    """What an entry means."""
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
            found.news.append((one, finding.carrying(house, decision, one.subject, found.unread)))
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
