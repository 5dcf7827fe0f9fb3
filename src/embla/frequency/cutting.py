"""Cut a release: everybody counted who did not opt out, frozen under a number. Files first, then one transaction."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sqlalchemy import Connection, func, insert, select

from embla.errors import Conflict, Refused
from embla.frequency import tables
from embla.frequency.files.build import Members, Progress, build_release, karyotype_counts
from embla.frequency.groups import GRPMAX_BY
from embla.frequency.model.answers import ReleaseInfo
from embla.frequency.model.cohorts import GROUPS, Stratum, cohort_words, plan
from embla.frequency.releases import Releases, release_folder
from embla.genome import Karyotype
from embla.platform import append_event
from embla.policy import Action
from embla.registry import before_research, counted_genomes, permit

if TYPE_CHECKING:
    from embla.genotypes import View
    from embla.platform import Actor, House
    from embla.registry import CountedGenome
    from embla.storage import Folder

EXPRESSION: Final = "not opted_out"


def cut_release(
    house: "House", actor: "Actor", *, groups: Sequence[str] = GROUPS, grpmax_by: str = GRPMAX_BY,
    grpmax_without: Sequence[str] = (), progress: Progress | None = None,
) -> ReleaseInfo:  # fmt: skip
    """Freeze today's counts as the next release of this year and return it.

    `grpmax_without`: groups of `grpmax_by` that take no part in grpmax, say a bottlenecked population.
    Raises NotPermitted, Refused (nobody, or fewer people than the threshold), Conflict (somebody opted out or left
    while it was built: nothing is kept, cut again), Unavailable (the opt-out register does not answer).
    """
    permit(house.database, actor, Action.CUT_RELEASE, purpose="operation", clock=house.clock)
    before_research(house, actor)
    at = house.clock()
    folder = release_folder(house)
    with _one_at_a_time(folder):
        with house.database.reading() as connection:
            people = counted_genomes(connection, on=at.date(), with_opted_out=False)
            year, serial = _next_number(connection, at.year)
            if not people:
                raise Refused("Nobody is counted yet.", mend="Report genomes first: embla submission send.")
            view = house.view(connection)
        threshold = house.settings.suppress_below
        strata = plan(people, groups, threshold)
        number = f"{year}.{serial}"
        _clear(folder, number)
        facts = {
            "cut_at": at.isoformat(),
            "policy": view.policy,
            "manifest": {"number": view.number, "digest": view.digest, "short": view.manifest.short},
            "cohort": cohort_words(left_out_opted=True),
            "expression": EXPRESSION,
            "counting": asdict(view.store.policy),
            "groups": list(groups),
            "grpmax_by": grpmax_by,
            "grpmax_without": list(grpmax_without),
            "threshold": threshold,
        }
        members, karyotypes = _masks(view, people, strata)
        digest, variants = build_release(folder, number, view, members, karyotypes, facts, progress)
        row = {
            "number": number, "year": year, "serial": serial, "cut_at": at, "cut_by": actor.id,
            "manifest_number": view.number, "manifest_digest": view.digest, "policy": view.policy,
            "people": len(people), "digest": digest,
        }  # fmt: skip
        try:
            with house.database.transaction() as connection:
                _still_in(connection, people, house)
                _keep(connection, row, people, variants)
        except Conflict:
            # Nothing was committed. After any other error that is not known, so the next cut cleans up, not this one.
            _clear(folder, number)
            raise
    return Releases(house).get(number).info


def changed_since(house: "House", number: str) -> tuple[int, int]:
    """People who are in a release and not in the one before, and the reverse: what subtracting the two would show."""
    with house.database.reading() as connection:
        ordered = list(
            connection.execute(
                select(tables.releases.c.number).order_by(tables.releases.c.year, tables.releases.c.serial)
            ).scalars()
        )
        place = ordered.index(number)
        if place == 0:
            return (len(_members(connection, number)), 0)
        now, before = _members(connection, number), _members(connection, ordered[place - 1])
        return len(now - before), len(before - now)


def _members(connection: Connection, number: str) -> set[str]:
    query = select(tables.release_genomes.c.accession).where(tables.release_genomes.c.release == number)
    return set(connection.execute(query).scalars())


def _next_number(connection: Connection, year: int) -> tuple[int, int]:
    newest = select(func.max(tables.releases.c.serial)).where(tables.releases.c.year == year)
    return year, (connection.execute(newest).scalar() or 0) + 1


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


def _keep(connection: Connection, row: dict[str, Any], people: Sequence["CountedGenome"], variants: int) -> None:
    connection.execute(insert(tables.releases).values(**row))
    connection.execute(
        insert(tables.release_genomes), [{"release": row["number"], "accession": p.accession} for p in people]
    )
    body = {
        "people": row["people"], "variants": variants, "manifest": row["manifest_number"], "policy": row["policy"],
        "digest": row["digest"],
    }  # fmt: skip
    append_event(
        connection, at=row["cut_at"], actor=row["cut_by"], kind="release-cut", subject=f"release:{row['number']}",
        body=body,
    )  # fmt: skip


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
