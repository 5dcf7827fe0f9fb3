"""Takes in a laboratory's list: each line becomes a published version, or waits in the queue with its reason."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from embla.classification import discording, store
from embla.classification.lists import Line, read_list
from embla.classification.model import record as rules
from embla.classification.model.axes import read_axis, read_class_on
from embla.classification.model.criteria import read_criteria
from embla.classification.model.record import Content, Evidence, Identity, Record
from embla.classification.naming import LONGEST, Named, Unnamed, name_allele
from embla.classification.store import Step
from embla.errors import BadInput, EmblaError
from embla.platform import append_event
from embla.policy import Action, permit
from embla.reference import refuse_personal_number

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from embla.platform import Actor, House
    from embla.reference import Resources

# Lines of one transaction, and one event.
BATCH: Final = 2000
TWICE: Final = "The list says something else of the same allele and condition, evaluated later or further up."
SHIFTED: Final = "The line has more cells than the list has columns: text with the separator in it needs quotes."
AS_SIGNED: Final = "As signed by the laboratory."
_DATES: Final = ("%Y-%m-%d", "%Y/%m/%d", "%b %d, %Y", "%d-%m-%Y", "%d.%m.%Y", "%Y%m%d")


@dataclass
class Imported:
    """What came of a list. `waiting` counts reasons; `discordances` what happened to them."""

    batch: str
    lines: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    waiting: Counter[str] = field(default_factory=Counter)
    discordances: Counter[str] = field(default_factory=Counter)
    dry_run: bool = False

    def to_json(self) -> dict[str, object]:
        """Plain values."""
        told = {"batch": self.batch, "lines": self.lines, "new": self.new, "changed": self.changed}
        told |= {"unchanged": self.unchanged, "unresolved": sum(self.waiting.values())}
        why = dict(sorted(self.waiting.items()))
        return told | {"reasons": why, "discordances": dict(self.discordances), "dry_run": self.dry_run}


@dataclass(frozen=True)
class _Read:
    """A line that could be read."""

    line: Line
    named: Named
    identity: Identity
    content: Content


@dataclass(frozen=True)
class _Waits:
    """A line that could not, and why."""

    line: Line
    submitted: str
    reason: str
    said: str


def import_list(
    house: "House", actor: "Actor", laboratory: str, path: Path, *, mapping: Mapping[str, str] | None = None,
    share: str = "labs", evaluated: date | None = None, axis: str = "germline", dry_run: bool = False,
) -> Imported:  # fmt: skip
    """Read a list of an own laboratory and publish what it says, batch by batch; the same list again changes nothing.

    `evaluated` stands in for lines without a date. Lines that cannot be resolved or read are queued with the reason.
    """
    permit(house.database, actor, Action.CLASSIFY, purpose="care", clock=house.clock, laboratory=laboratory)
    told = Imported("I" + house.new_id(), dry_run=dry_run)
    given = {"share": share, "axis": axis, "laboratory": laboratory}
    lines = read_list(path, mapping)
    kept: set[str] = set()
    while batch := list(islice(lines, BATCH)):
        told.lines += len(batch)
        names_of, today = house.names, house.clock().date()
        found = [_hushed(_read(line, names_of, given, evaluated, actor.id, today)) for line in batch]
        if dry_run:
            told.new += sum(isinstance(one, _Read) for one in found)
            told.waiting.update(one.reason for one in found if isinstance(one, _Waits))
            continue
        at = house.clock()
        with house.database.transaction() as connection:
            names = _keep(connection, house, laboratory, found, told, kept, actor.id, at)
            happened = discording.refresh(connection, house, names, by=actor.id, at=at)
        told.discordances.update({what: len(ids) for what, ids in happened.items()})
    return told


def _read(
    line: Line, names: "Resources", given: Mapping[str, str], evaluated: date | None, by: str, today: date
) -> _Read | _Waits:
    if line.shifted:
        return _Waits(line, line.allele, "columns", SHIFTED)
    named = name_allele(line.allele, names, quick=True)
    if isinstance(named, Unnamed):
        return _Waits(line, named.submitted, named.reason, named.said)
    said = line.said
    step = "class"
    try:
        axis = read_axis(said.get("axis") or given["axis"])
        class_ = read_class_on(axis, _first_class(said.get("class", "")))
        step = "evaluated"
        day = _day(said.get("evaluated", "")) or evaluated
        if day is None:
            raise BadInput("There is no date of evaluation.", mend="Give one for all lines with --evaluated.")
        rules.check_day(day, today)
        step = "criteria"
        evidence = _evidence(said, by, day)
        step = "line"
        condition = said.get("condition", "")
        identity = rules.checked_identity(
            Identity(
                given["laboratory"], str(named.variant), rules.condition_key(condition),
                said.get("inheritance", "").upper(), (said.get("origin") or "germline").lower(), axis.id,
            )
        )  # fmt: skip
        content = Content(
            class_, day, said.get("evaluator") or by, condition_label=condition[:500], evidence=evidence,
            subclass=said.get("subclass", ""), summary=said.get("summary", ""),
            share=said.get("share") or given["share"], submitted=named.submitted, method=named.method,
        )  # fmt: skip
        if evidence:
            content = replace(content, override=_override(content))
        return _Read(line, named, identity, rules.checked(identity, content))
    except EmblaError as error:
        return _Waits(line, named.submitted, step, str(error)[:500])


def _hushed(one: _Read | _Waits) -> _Read | _Waits:
    """The same, unless it waits and any of its columns holds a personal number: then its place alone is kept."""
    if isinstance(one, _Waits):
        try:
            for text in one.line.said.values():
                refuse_personal_number(text)
        except BadInput as error:
            return _Waits(Line(one.line.number, {}), "", "personal_number", str(error)[:500])
    return one


def _override(content: Content) -> str:
    return "" if rules.computed(content.evidence).proposed == content.class_ else AS_SIGNED


def _first_class(text: str) -> str:
    """ClinVar adds more after a bar or a semicolon; two classes in one field stay two, and are none."""
    return text.split("|")[0].split(";")[0]


def _day(text: str) -> date | None:
    if not text or text in ("-", ".", "na"):
        return None
    for form in _DATES:
        try:
            return datetime.strptime(text[:20].strip(), form).date()
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text[:30]).date()
    except ValueError:
        raise BadInput(f"'{text[:30]}' is no date.", mend="Write it as 2026-01-31.") from None


def _evidence(said: Mapping[str, str], by: str, day: date) -> tuple[Evidence, ...]:
    words = said.get("criteria", "").replace(",", " ").replace(";", " ").replace("|", " ").split()
    citations = tuple(said.get("citations", "").replace(";", ",").split(",")) if said.get("citations") else ()
    return tuple(
        Evidence(one.code, "met", str(one.strength), citations=citations, by=said.get("evaluator") or by,
                 at=day.isoformat())
        for one in read_criteria(words)
    )  # fmt: skip


def _keep(
    connection: "Connection", house: "House", laboratory: str, found: Iterable[_Read | _Waits], told: Imported,
    kept: set[str], by: str, at: datetime,
) -> set[str]:  # fmt: skip
    """Write one batch and its event; returns the alleles about which something changed.

    `kept` are the records of which the list has spoken, in this batch and those before.
    """
    waits = [one for one in found if isinstance(one, _Waits)]
    reads = list(_one_each([one for one in found if isinstance(one, _Read)], waits))
    names = sorted({one.identity.allele for one in reads})
    store.add_alleles(connection, [(one.named.variant, one.named.checked, one.named.vrs_id) for one in reads])
    known = {one.identity: one for one in store.of_alleles(connection, laboratory, names)}
    standing = store.published_of(connection, list(known.values()))
    new: list[Record] = []
    versions: list[tuple[str, int, Content]] = []
    steps: list[tuple[str, Step]] = []
    changed: set[str] = set()
    for one in reads:
        record = known.get(one.identity)
        if record is None:
            record = Record("C" + house.new_id(), one.identity, 1, 1)
            new.append(record)
            versions.append((record.id, 1, one.content))
            steps.append((record.id, Step(1, "imported", by, at, one.content.class_)))
        elif record.withdrawn:
            waits.append(_Waits(one.line, one.named.submitted, "withdrawn", "This classification was withdrawn."))
            continue
        elif (stands := standing.get(record.id)) and _says_the_same(stands, one.content):
            kept.add(record.id)
            told.unchanged += 1
            continue
        elif stands and record.id in kept and one.content.evaluated <= stands.evaluated:
            waits.append(_Waits(one.line, one.named.submitted, "twice", TWICE))
            continue
        elif stands and one.content.evaluated < stands.evaluated:
            said = f"What stands was evaluated later, on {stands.evaluated}."
            waits.append(_Waits(one.line, one.named.submitted, "older", said))
            continue
        else:
            number = record.head + 1
            store.move(connection, record, head=number, published=number)
            versions.append((record.id, number, one.content))
            store.add_step(connection, record.id, Step(number, "imported", by, at, one.content.class_))
            told.changed += 1
        kept.add(record.id)
        changed.add(one.identity.allele)
    store.add_records(connection, new)
    store.add_versions(connection, versions, at)
    store.add_first_steps(connection, steps)
    store.add_names(connection, laboratory, [_queued(house, laboratory, one, told.batch, at) for one in waits])
    told.new += len(new)
    told.waiting.update(one.reason for one in waits)
    written = sorted(f"{name}/{number}/{content.class_}" for name, number, content in versions)
    body = {
        "laboratory": laboratory, "new": len(new), "changed": len(versions) - len(new), "waiting": len(waits),
        "first": written[0].split("/")[0] if written else "", "sha256": sha256("\n".join(written).encode()).hexdigest(),
    }  # fmt: skip
    append_event(
        connection, at=at, actor=by, kind="classifications-imported", subject=f"import:{told.batch}", body=body
    )
    return changed


def _one_each(reads: list[_Read], waits: list[_Waits]) -> Iterator[_Read]:
    """One line per subject, the one evaluated last, of one day the first; the others wait, with that as the reason."""
    newest: dict[Identity, _Read] = {}
    for one in reads:
        other = newest.get(one.identity)
        if other is None:
            newest[one.identity] = one
            continue
        later, earlier = (one, other) if one.content.evaluated > other.content.evaluated else (other, one)
        newest[one.identity] = later
        if not _says_the_same(earlier.content, later.content):
            waits.append(_Waits(earlier.line, earlier.named.submitted, "twice", TWICE))
    return iter(newest.values())


def _says_the_same(before: Content, after: Content) -> bool:
    """True when nothing a reader would see differs."""
    plain: dict[str, object] = {
        "release": "",
        "af": None,
        "evaluator": "",
        "submitted": "",
        "method": "",
        "computed": {},
    }
    return replace(before, **plain) == replace(after, **plain)  # type: ignore[arg-type]


def _queued(house: "House", laboratory: str, one: _Waits, batch: str, at: datetime) -> dict[str, object]:
    return {
        "id": "N" + house.new_id(), "laboratory": laboratory, "submitted": one.submitted[:LONGEST],
        "reason": one.reason, "said": one.said, "batch": batch, "created": at, "settled": None,
        "line": json.dumps({"line": one.line.number, **one.line.said}, ensure_ascii=False)[:20_000],
    }  # fmt: skip
