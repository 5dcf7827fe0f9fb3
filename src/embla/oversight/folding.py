"""The one pass over the log that this room makes: which persons each entry concerns, and what is unusual.

`catch_up` goes on from the last entry seen, in the caller's order of events, and may be called by many processes: they
take turns at the fold's row. `rebuild` forgets what was folded and reads the whole log again; the result is the same (a
test holds it), so the index and the alerts are worth as much as the log itself.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from embla.oversight.model.anomalies import Alert, Rules, Watch, shipped_rules
from embla.oversight.model.looks import UNKNOWN, About, Look, look_of
from embla.oversight.tables import alerts, log_fold, log_persons
from embla.platform import Event, append_event, events_since
from embla.registry import case_of, families_of, find_genome, home_region

if TYPE_CHECKING:
    from embla.platform import House

log = logging.getLogger(__name__)
_BATCH: Final = 2_000
# What this room itself writes of its work says nothing about a person.
_OWN: Final = ("alert-raised",)


def catch_up(house: "House", rules: Rules | None = None, *, batches: int | None = None) -> int:
    """Fold what the log has since the last time, or so many batches of it; returns how many entries that were."""
    rules = rules or shipped_rules()
    done = 0
    while batches is None or done < batches * _BATCH:
        with house.database.transaction() as connection:
            seen, watch = _begin(connection, rules)
            batch = list(islice(events_since(connection, seen), _BATCH))
            if not batch:
                return done
            _keep_alerts(connection, house, watch.see(_looks(connection, batch, rules)))
            watch.pruned(batch[-1].at)
            _save(connection, batch[-1].number, rules.version, watch)
            done += len(batch)
    return done


def rebuild(house: "House", rules: Rules | None = None) -> int:
    """Fold the whole log anew. What somebody judged of an alert stays with it."""
    with house.database.transaction() as connection:
        connection.execute(delete(log_persons))
        connection.execute(update(log_fold).values(seen=0, version="", state="{}"))
    return catch_up(house, rules)


def _begin(connection: Connection, rules: Rules) -> tuple[int, Watch]:
    """Take the fold's row. Under rules of another version the windows begin anew, with the entries from here on."""
    if connection.execute(update(log_fold).values(id=log_fold.c.id)).rowcount == 0:
        connection.execute(insert(log_fold).values(id=1, seen=0, version=rules.version, state="{}"))
    row = connection.execute(select(log_fold)).one()
    state = json.loads(row.state) if row.version == rules.version else {}
    return row.seen, Watch(rules, state)


def _save(connection: Connection, seen: int, version: str, watch: Watch) -> None:
    state = json.dumps(watch.state(), separators=(",", ":"))
    connection.execute(update(log_fold).values(seen=seen, version=version, state=state))


def _looks(connection: Connection, batch: Iterable[Event], rules: Rules) -> Iterator[Look]:
    """Looks of a batch; on the way the persons of each entry are written down."""
    rows: list[dict[str, Any]] = []
    for event in batch:
        if event.kind in _OWN:
            continue
        about = about_event(connection, event)
        rows += [{"person": person, "number": event.number} for person in about.persons]
        look = look_of(event, about, rules.reads)
        if look is not None:
            yield look
    if rows:
        connection.execute(insert(log_persons), rows)


def _list(body: Mapping[str, object], key: str) -> list[object]:
    """What a body lists; nothing where it has a number under that key, as a recall says how many genomes it read."""
    found = body.get(key)
    return found if isinstance(found, list) else []


def about_event(connection: Connection, event: Event) -> About:
    """Whom an entry concerns: the person it names, those whose genomes it names, else the patient of its case."""
    body = event.body
    found: list[str] = []
    if isinstance(body.get("person"), str):
        found.append(body["person"])
    kind, _, name = event.subject.partition(":")
    if kind == "person":
        found.append(name)
    named = [name] if kind == "genome" else []
    named += [body["genome"]] if isinstance(body.get("genome"), str) else []
    named += [item["accession"] for item in _list(body, "genomes") if isinstance(item, dict) and "accession" in item]
    named += [item for item in _list(body, "replaced") if isinstance(item, str)]
    for accession in named:
        genome = find_genome(connection, accession)
        if genome is not None:
            found.append(genome.person)
    if not found:
        case = case_of(connection, name if kind == "case" else str(body.get("case", "")))
        if case is not None:
            found.append(case.person)
    persons = tuple(dict.fromkeys(person for person in found if person != UNKNOWN))
    if not persons:
        return About()
    families = families_of(connection, persons[0])
    return About(persons, home_region(connection, persons[0]), families[0] if families else None)


def _keep_alerts(connection: Connection, house: "House", changed: Iterable[Alert]) -> None:
    for alert in changed:
        values = asdict(alert) | {"evidence": json.dumps(alert.evidence)}
        grown = {name: values[name] for name in ("last_at", "evidence", "count")}
        if connection.execute(update(alerts).where(alerts.c.id == alert.id).values(**grown)).rowcount:
            continue
        connection.execute(insert(alerts).values(**values, state="open"))
        body = {"rule": alert.rule, "version": alert.version, "account": alert.actor, "entries": alert.count}
        log.warning("an alert was raised: %s, rule %s", alert.id, alert.rule)
        append_event(
            connection, at=house.clock(), actor="system", kind="alert-raised", subject=f"alert:{alert.id}", body=body
        )
