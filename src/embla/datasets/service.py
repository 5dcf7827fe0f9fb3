"""Draft, publish and withdraw data sets; which versions everybody sees."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select

from embla.datasets.model.dataset import (
    DRAFT,
    ID,
    PUBLISHED,
    WITHDRAWN,
    DataSet,
    Shown,
    Tombstone,
    may_follow,
    parse,
)
from embla.datasets.tables import data_sets
from embla.errors import BadInput, NotFound
from embla.frequency import Releases
from embla.platform import append_event
from embla.policy import Action, permit
from embla.registry import looks_like_cpr

if TYPE_CHECKING:
    from embla.platform import Actor, House


@dataclass(frozen=True)
class Version:
    """One row."""

    number: int
    state: str
    data: DataSet
    why: str
    by: str
    at: datetime


def draft_data_set(house: "House", actor: "Actor", said: Any, why: str = "") -> Version:
    """Write a draft: the next version of a data set, or the first of a new one."""
    permit(house.database, actor, Action.MANAGE_DATASETS, purpose="operation", clock=house.clock)
    return _step(house, actor, parse(said), DRAFT, why)


def publish_data_set(house: "House", actor: "Actor", identifier: str, why: str = "") -> Version:
    """Show the newest draft to everybody."""
    permit(house.database, actor, Action.MANAGE_DATASETS, purpose="operation", clock=house.clock)
    return _step(house, actor, identifier, PUBLISHED, why)


def withdraw_data_set(house: "House", actor: "Actor", identifier: str, why: str) -> Version:
    """Take a data set back for good. Its id, title, the day and `why` stay for everybody to see."""
    permit(house.database, actor, Action.MANAGE_DATASETS, purpose="operation", clock=house.clock)
    if not why.strip():
        raise BadInput("A tombstone says why.", mend="Give a sentence with --why.")
    return _step(house, actor, identifier, WITHDRAWN, why)


def versions_of(connection: Connection, identifier: str) -> list[Version]:
    """Every version, oldest first."""
    query = select(data_sets).where(data_sets.c.id == identifier).order_by(data_sets.c.version)
    return [_version(row) for row in connection.execute(query)]


def shown_data_sets(house: "House") -> list[Shown]:
    """Those that everybody sees, by id. The releases stand among them without anybody's doing, as the settings tell."""
    known = _all(house)
    found = [one for versions in known.values() if (one := _shown(versions)) is not None]
    own = _releases_id(house, known)
    if not any(version.state != DRAFT for version in known.get(own, ())):
        cuts = Releases(house).list()
        if cuts:
            found.append(Shown(releases_as_data_set(house), 0, cuts[-1].cut_at, cuts[0].cut_at))
    return sorted(found, key=lambda one: one.data.id)


def releases_id(house: "House") -> str:
    """Under which id the releases stand in the catalogue: that of the first published data set of everybody's
    frequencies that still stands; where there is none, the node's own."""
    return _releases_id(house, _all(house))


def released_set(house: "House") -> Shown:
    """The releases as everybody sees them in the catalogue, by one look at the database. NotFound for none."""
    known = _all(house)
    own = _releases_id(house, known)
    versions = known.get(own, ())
    found = _shown(versions) if versions else None
    if found is None and not any(version.state != DRAFT for version in versions):
        newest = Releases(house).latest()
        if newest is not None:
            cut = newest.info.cut_at
            found = Shown(releases_as_data_set(house), 0, cut, cut)
    if found is None:
        raise NotFound("The releases are in no data set that is shown.", mend="The catalogue lists those that are.")
    return found


def shown_data_set(house: "House", identifier: str) -> Shown:
    """One of them. NotFound for what was never published or is no longer."""
    for one in shown_data_sets(house):
        if one.data.id == identifier:
            return one
    raise NotFound("There is no data set of that id.", mend="The catalogue lists those that there are.")


def tombstones(house: "House") -> list[Tombstone]:
    """What stays of withdrawn ones, by id."""
    return [
        Tombstone(identifier, versions[-1].data.title, versions[-1].at, versions[-1].why)
        for identifier, versions in sorted(_all(house).items())
        if versions[-1].state == WITHDRAWN
    ]


def releases_as_data_set(house: "House") -> DataSet:
    """The releases as a data set that nobody needs to write: who publishes one of frequencies takes its place."""
    settings = house.settings
    return DataSet(
        id=_own_id(house),
        kind="frequencies",
        title={"en": "Allele frequencies of the nation", "da": "Landets allelfrekvenser"},
        description={
            "en": "How often alleles occur, counted from named releases. Fewer carriers than the bound are hidden.",
            "da": "Hvor hyppigt alleler forekommer, talt fra navngivne udgivelser. Færre bærere vises ikke.",
        },
        owner=settings.node_organisation,
        reviewers=settings.node_organisation,
        access="PUBLIC",
        governance="ExternallyGoverned",
        cohort="everybody",
        duo={"GRU": ""},
        keywords=("allele frequency", "population genetics", "GRCh38"),
        areas=("population", "rare disease", "cancer"),
        synthetic=settings.demo,
    )


def _step(house: "House", actor: "Actor", what: DataSet | str, state: str, why: str) -> Version:
    """One more version. The event first: writers wait there for each other, so what is read after it stands."""
    if len(why) > 2_000 or looks_like_cpr(why):
        raise BadInput("The reason is a text of at most 2,000 letters, without numbers of persons.")
    identifier = what.id if isinstance(what, DataSet) else what
    if not ID.fullmatch(identifier):
        raise NotFound("There is no data set of that id.", mend="`embla dataset list` has those that there are.")
    at = house.clock()
    with house.database.transaction() as connection:
        append_event(
            connection,
            at=at,
            actor=actor.id,
            kind=f"data-set-{_TOLD[state]}",
            subject=f"data-set:{identifier}",
            body={},
        )
        before = versions_of(connection, identifier)
        if isinstance(what, str) and not before:
            raise NotFound("There is no data set of that id.", mend="`embla dataset list` has those that there are.")
        may_follow([one.state for one in before], state)
        data = what if isinstance(what, DataSet) else _content(before, state)
        made = Version(len(before) + 1, state, data, why.strip(), actor.id, at)
        connection.execute(
            insert(data_sets).values(
                id=identifier, version=made.number, state=state, why=made.why, by=made.by, at=at,
                body=json.dumps(data.to_json(), ensure_ascii=False, sort_keys=True),
            )
        )  # fmt: skip
    return made


_TOLD = {DRAFT: "drafted", PUBLISHED: "published", WITHDRAWN: "withdrawn"}


def _content(before: Sequence[Version], state: str) -> DataSet:
    """What is published is the newest draft; what is withdrawn is what everybody saw."""
    wanted = DRAFT if state == PUBLISHED else PUBLISHED
    return next(one.data for one in reversed(before) if one.state == wanted)


def _shown(versions: Sequence[Version]) -> Shown | None:
    published = [one for one in versions if one.state == PUBLISHED]
    if not published or versions[-1].state == WITHDRAWN:
        return None
    return Shown(published[-1].data, published[-1].number, published[0].at, published[-1].at)


def _releases_id(house: "House", known: Mapping[str, Sequence[Version]]) -> str:
    found = [one for versions in known.values() if (one := _shown(versions)) is not None]
    told = [one for one in found if (one.data.kind, one.data.cohort) == ("frequencies", "everybody")]
    return min(told, key=lambda one: (one.issued, one.data.id)).data.id if told else _own_id(house)


def _own_id(house: "House") -> str:
    """GDI-DK-EMBLA-1 for the node dk.embla: the first country of residency, and the name's last word in letters."""
    country = house.settings.residency.split(",")[0].strip().upper()
    name = "".join(letter for letter in house.settings.node_id.rpartition(".")[2].upper() if "A" <= letter <= "Z")
    return f"GDI-{country}-{name or 'NODE'}-1"


def genome_sets(connection: Connection) -> list[Shown]:
    """Data sets of genomes that everybody sees, by id."""
    found = [one for versions in _rows(connection).values() if (one := _shown(versions)) is not None]
    return [one for one in found if one.data.kind == "genomes"]


def _all(house: "House") -> dict[str, list[Version]]:
    with house.database.reading() as connection:
        return _rows(connection)


def _rows(connection: Connection) -> dict[str, list[Version]]:
    rows = connection.execute(select(data_sets).order_by(data_sets.c.id, data_sets.c.version)).all()
    found: dict[str, list[Version]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(_version(row))
    return found


def _version(row: Any) -> Version:
    return Version(row.version, row.state, _parsed(row.body), row.why, row.by, row.at)


@lru_cache(maxsize=512)
def _parsed(body: str) -> DataSet:
    """A version never changes, and every question to Beacon asks for what is shown."""
    return parse(json.loads(body))
