"""The record of processing (GDPR article 30), made from the running system: nothing in it is written by hand twice.

Purposes and legal bases come from `policy`, who may do what from its table, categories from the database's own tables,
recipients from the registers, how long from the settings.
"""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect

from embla.oversight.model.categories import CATEGORIES, category_of
from embla.policy import ACTIONS, LEGAL_BASES, PURPOSES, RULES, Action, permit
from embla.registry import laboratories, regions

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from embla.platform import Actor, House


@dataclass(frozen=True)
class Activity:
    """What is done for one purpose: by whom (role -> what), on which bases in force today."""

    purpose: str
    text: str
    bases: tuple[str, ...]
    roles: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Kept:
    """A category of data as the database has it: rows counted now in its tables."""

    name: str
    subjects: str
    tables: tuple[str, ...]
    rows: int
    keeps: str


@dataclass(frozen=True)
class Retention:
    """How long something is kept, and which setting says so."""

    what: str
    value: str
    setting: str


@dataclass(frozen=True)
class Record:
    """The whole record. `undescribed`: tables of the database that no category names."""

    made: str
    activities: tuple[Activity, ...]
    categories: tuple[Kept, ...]
    undescribed: tuple[str, ...]
    recipients: tuple[str, ...]
    zone: str
    retention: tuple[Retention, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def record_of_processing(house: "House", actor: "Actor") -> Record:
    """Made now, from what runs now."""
    permit(house.database, actor, Action.SEE_PROCESSING, purpose="supervision", clock=house.clock)
    now = house.clock()
    with house.database.reading() as connection:
        tables = sorted(name for name in inspect(connection).get_table_names() if name != "alembic_version")
        return Record(
            made=now.isoformat(),
            activities=_activities(now.date()),
            categories=tuple(_kept(connection, tables)),
            undescribed=tuple(name for name in tables if category_of(name) is None),
            recipients=_recipients(connection, now.date()),
            zone=house.settings.residency,
            retention=_retention(house),
        )


def _activities(today: "date") -> tuple[Activity, ...]:
    made = []
    for purpose in PURPOSES.values():
        rows = [rule for rule in RULES if purpose.id in rule.purposes]
        if not rows:
            continue
        roles: dict[str, list[str]] = {}
        for rule in rows:
            roles.setdefault(rule.role or "anybody", []).append(ACTIONS[rule.action].text)
        bases = tuple(
            f"{basis.law}, {basis.paragraph}: {basis.text}"
            for basis in LEGAL_BASES.values()
            if purpose.id in basis.purposes and basis.valid_on(today)
        )
        unique = {role: tuple(dict.fromkeys(done)) for role, done in roles.items()}
        made.append(Activity(purpose.id, purpose.text, bases, unique))
    return tuple(made)


def _kept(connection: "Connection", tables: list[str]) -> list[Kept]:
    from sqlalchemy import func, select, table

    found = []
    for category in CATEGORIES:
        own = tuple(name for name in tables if name in category.tables)
        if own:
            rows = sum(connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in own)
            found.append(Kept(category.name, category.subjects, own, rows, category.keeps))
    return found


def _recipients(connection: "Connection", today: "date") -> tuple[str, ...]:
    """Who gets data: the laboratories that report and follow, the regions whose clinicians treat."""
    names = {region.code: region.name_en for region in regions(connection, today)}
    labs = [f"{lab.name} ({names.get(lab.region, lab.region)})" for lab in laboratories(connection, today)]
    return (*labs, *(f"Clinicians of {name}" for name in names.values()))


def _retention(house: "House") -> tuple[Retention, ...]:
    settings = house.settings
    return (
        Retention("An emergency access lasts", f"{settings.emergency_hours} h", "emergency_hours"),
        Retention("It is reviewed within", f"{settings.emergency_review_hours} h", "emergency_review_hours"),
        Retention("An answer of the opt-out register is good for", f"{settings.opt_out_hours} h", "opt_out_hours"),
        Retention("A session, idle", "30 min", ""),
        Retention("A session, at most", "10 h", ""),
        Retention("A machine's token", "365 d", ""),
        Retention("Data about single persons lie in", settings.residency, "residency"),
        Retention("Staff in an extract for the person are told by", settings.extract_staff, "extract_staff"),
    )
