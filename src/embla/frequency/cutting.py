"""Cut a release: everybody counted who did not opt out, frozen under a number. Files first, then one transaction."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sqlalchemy import Connection, delete, func, insert, select

from embla.disclosure import STRATUM, PublishedCohort, came_and_left, members, publish_cohorts
from embla.errors import Conflict, Refused
from embla.frequency import tables
from embla.frequency.choosing import Chosen, choose
from embla.frequency.files.build import Members, Progress, build_release, karyotype_counts, keep_release
from embla.frequency.ground import PINNED, Ground, number_of, read_ground, read_persons, sources_of
from embla.frequency.groups import GRPMAX_BY
from embla.frequency.leaving import due_soon
from embla.frequency.model.answers import ReleaseInfo
from embla.frequency.model.cohorts import GROUPS, TOTAL, Stratum, cohort_words
from embla.frequency.releases import Releases, look_again, release_folder
from embla.genome import Karyotype
from embla.platform import append_event, latest_since
from embla.policy import Action
from embla.registry import before_research, counted_genomes, permit
from embla.structural import keep_release as structural_release
from embla.structural import prepare_release

if TYPE_CHECKING:
    from embla.disclosure import Members as Genomes
    from embla.genotypes import View
    from embla.platform import Actor, House
    from embla.registry import CountedGenome
    from embla.storage import Folder

EXPRESSION: Final = "not opted_out"
# As the doctor has it: a clock that steps back by less was set right.
_CLOCK_SLACK: Final = timedelta(minutes=2)


def cut_release(
    house: "House", actor: "Actor", *, groups: Sequence[str] = GROUPS, grpmax_by: str = GRPMAX_BY,
    grpmax_without: Sequence[str] = (), settle: bool = False, clock_checked: bool = False,
    progress: Progress | None = None,
) -> ReleaseInfo:  # fmt: skip
    """Freeze today's counts as the next release of this year and return it.

    A part (the total, a table) in which people changed, but fewer than the setting `release_step`, keeps the numbers of
    the release before. `settle`, and by itself when somebody's wait is nearly over: nobody who left waits on; others
    are set aside with them, so that they are not alone.
    `clock_checked`: somebody looked, and the clock that is behind the log or the newest release is right; then the
    number goes on from that release's, whatever its year.
    `grpmax_without`: groups of `grpmax_by` that take no part in grpmax, say a bottlenecked population.
    Raises NotPermitted, Refused (nobody, fewer people than the threshold, a clock that ran back), Conflict (somebody
    opted out or left while it was built: nothing is kept, cut again), Unavailable (no answer of the opt-out register).
    """
    permit(house.database, actor, Action.CUT_RELEASE, purpose="operation", clock=house.clock)
    at = house.clock()
    if not clock_checked:
        with house.database.reading() as connection:
            _clock_runs_on(connection, at)
    before_research(house, actor)
    folder = release_folder(house)
    with _one_at_a_time(folder):
        with house.database.reading() as connection:
            people = counted_genomes(connection, on=at.date(), with_opted_out=False)
            year, serial = _next_number(connection, at.year)
            if not people:
                raise Refused("Nobody is counted yet.", mend="Report genomes first: embla submission send.")
            view = house.view(connection)
            ground = read_ground(connection)
            settle = settle or due_soon(house, connection, ground.sources, at)
        chosen = choose(people, ground, groups, house.settings, settle=settle, seed=house.new_id())
        with house.database.reading() as connection:
            structural = prepare_release(
                connection, house.wrapping, chosen.people, newest=_newest(connection), step=house.settings.release_step,
                below=house.settings.suppress_below, moves=bool(chosen.strata), persons=ground.persons,
            )  # fmt: skip
        number = f"{year}.{serial}"
        _clear(folder, number)
        facts = {
            "cut_at": at.isoformat(),
            "policy": view.policy,
            "manifest": {"number": view.number, "digest": view.digest, "short": view.manifest.short},
            "cohort": cohort_words(live=False),
            "expression": EXPRESSION,
            "counting": asdict(view.store.policy),
            "groups": list(groups),
            "grpmax_by": grpmax_by,
            "grpmax_without": list(grpmax_without),
            "threshold": house.settings.suppress_below,
            "step": house.settings.release_step,
            "kept": dict(chosen.moves.kept),
        }
        if chosen.strata:
            members, karyotypes = _masks(view, chosen.people, chosen.strata)
            digest, variants = build_release(folder, number, view, members, karyotypes, facts, progress)
        else:
            digest, variants = keep_release(folder, number, facts), 0
        row = {
            "number": number, "year": year, "serial": serial, "cut_at": at, "cut_by": actor.id,
            "manifest_number": view.number, "manifest_digest": view.digest, "policy": view.policy,
            "people": len(chosen.people), "digest": digest,
        }  # fmt: skip
        try:
            with house.database.transaction() as connection:
                _still_in(connection, chosen.people if chosen.strata else (), house)
                _keep(connection, row, chosen, ground, variants, house.settings.release_step)
                structural_release(connection, number, structural)
        except (Conflict, Refused):
            # Nothing was committed. After any other error that is not known, so the next cut cleans up, not this one.
            _clear(folder, number)
            raise
    look_again(house)
    return Releases(house).get(number).info


def changed_since(house: "House", number: str) -> tuple[int, int]:
    """Persons who are in a release and not in the one before, and the reverse: what subtracting the two would show. Who
    was sequenced again is in both."""
    with house.database.reading() as connection:
        ordered = list(
            connection.execute(
                select(tables.releases.c.number).order_by(tables.releases.c.year, tables.releases.c.serial)
            ).scalars()
        )
        place = ordered.index(number)
        if place == 0:
            return (len(_members(connection, number)), 0)
        persons = read_persons(connection)
        before, now = (persons.cohort(_members(connection, name)) for name in (ordered[place - 1], number))
        return came_and_left(before, now)


def _members(connection: Connection, number: str) -> "Genomes":
    number = sources_of(connection, number).get(TOTAL, number)
    query = select(tables.release_genomes.c.accession).where(tables.release_genomes.c.release == number)
    return members(number_of(name) for name in connection.execute(query).scalars())


def _clock_runs_on(connection: Connection, at: datetime) -> None:
    """Refused where the clock is behind what was written: the release would have the number of a year before, and
    opt-outs of the days between would not hold in it."""
    newest = connection.execute(
        select(tables.releases.c.number, tables.releases.c.cut_at).order_by(tables.releases.c.cut_at.desc()).limit(1)
    ).first()
    latest = latest_since(connection, "release-cut")
    if newest is not None and newest.cut_at > at + _CLOCK_SLACK:
        found = f"release {newest.number} was cut on {newest.cut_at:%Y-%m-%d %H:%M}"
    elif latest is not None and latest > at + _CLOCK_SLACK:
        found = f"the log has an entry of {latest:%Y-%m-%d %H:%M}"
    else:
        return
    raise Refused(
        f"The clock says {at:%Y-%m-%d %H:%M} UTC, and {found}: the release would be named and dated before that.",
        mend="Set the clock (NTP), then cut again. If it is right now and was wrong then: --clock-checked.",
    )


def _next_number(connection: Connection, year: int) -> tuple[int, int]:
    """Numbers go up: after a release that a wrong clock named for a later year, they go on in that year."""
    latest = connection.execute(select(func.max(tables.releases.c.year))).scalar()
    year = max(year, latest or year)
    newest = select(func.max(tables.releases.c.serial)).where(tables.releases.c.year == year)
    return year, (connection.execute(newest).scalar() or 0) + 1


def _newest(connection: Connection) -> str | None:
    order = (tables.releases.c.year.desc(), tables.releases.c.serial.desc())
    return connection.execute(select(tables.releases.c.number).order_by(*order).limit(1)).scalar()


def _masks(
    view: "View", people: Sequence["CountedGenome"], strata: Sequence[Stratum]
) -> tuple[list[Members], dict[str, Any]]:
    """The strata as masks of the view. The store's karyotypes count (they fixed each pack's ploidy)."""
    places = np.array(view.numbers(person.accession for person in people), dtype=np.int64)
    own = [view.columns["karyotype"][place] for place in places.tolist()]

    def mask(members: Sequence[int]) -> Any:
        bits = np.zeros(view.size, dtype=np.bool_)
        bits[places[list(members)]] = True
        return view.mask(bits)

    built = [Members(s.by, s.value, mask(s.members), karyotype_counts([own[i] for i in s.members])) for s in strata]
    split = {k.value: [i for i, found in enumerate(own) if found == k.value] for k in Karyotype}
    return built, {name: mask(found) for name, found in split.items() if found}


def _still_in(connection: Connection, people: Sequence["CountedGenome"], house: "House") -> None:
    """Nobody opted out or left while the files were built."""
    now = {p.accession for p in counted_genomes(connection, on=house.clock().date(), with_opted_out=False)}
    gone = sum(1 for person in people if person.accession not in now)
    if gone:
        raise Conflict(
            f"{gone} of the people in this release opted out, left or were replaced while it was built.",
            mend="Nothing was kept; cut it again.",
        )


def _keep(
    connection: Connection, row: dict[str, Any], chosen: Chosen, ground: Ground, variants: int, step: int
) -> None:
    number, cut = row["number"], chosen.moves.cut
    sources = {part: number if part in cut else ground.sources[part] for part in chosen.parts(ground)}
    connection.execute(insert(tables.releases).values(**row))
    connection.execute(
        insert(tables.release_parts),
        [{"release": number, "part": part, "source": source} for part, source in sources.items()],
    )
    if chosen.strata:
        connection.execute(
            insert(tables.release_genomes),
            [
                {"release": number, "accession": p.accession, **{by: chosen.group(p, by) for by in PINNED}}
                for p in chosen.people
            ],
        )
        publish_cohorts(connection, _entries(chosen, number, row["cut_at"]), step=step, persons=ground.persons)
    connection.execute(delete(tables.release_set_aside))
    if chosen.aside:
        connection.execute(
            insert(tables.release_set_aside), [{"accession": name, "release": number} for name in sorted(chosen.aside)]
        )
    body = {
        "people": row["people"], "variants": variants, "manifest": row["manifest_number"], "policy": row["policy"],
        "digest": row["digest"], "numbers_from": sources, "set_aside": len(chosen.aside),
    }  # fmt: skip
    append_event(
        connection, at=row["cut_at"], actor=row["cut_by"], kind="release-cut", subject=f"release:{number}", body=body
    )


def _entries(chosen: Chosen, number: str, at: datetime) -> list[PublishedCohort]:
    """The ledger's entries: `number/table/group`, the total `number/total`."""
    entries = []
    for stratum in chosen.strata:
        line = stratum.by if stratum.by == TOTAL else f"{stratum.by}/{stratum.value}"
        entries.append(PublishedCohort(f"{number}/{line}", line, STRATUM, at, chosen.numbers[list(stratum.members)]))
    return entries


def _clear(folder: "Folder", number: str) -> None:
    """Remove what a cut that did not finish left behind; no row names these files."""
    for name in folder.list(f"{number}/"):
        folder.delete(name)


@contextmanager
def _one_at_a_time(folder: "Folder") -> Iterator[None]:
    """Releases are cut one after the other; the kernel lets go of the lock when a process dies."""
    handle = os.open(folder.path / ".cutting", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
