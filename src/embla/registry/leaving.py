"""A person leaves: in one commit the genomes are out of every live answer and the files of the person have no key.

What must be kept stays: the decisions of the person, that a package was accepted, and the log. The bytes themselves go
right after the commit; `erasing` proves that all of it is gone.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select, update

from embla.errors import EmblaError, Refused
from embla.platform import Actor, append_event, current_manifest, move_manifest
from embla.policy import About, Action, permit
from embla.registry import tables
from embla.registry.assays import end_assays_of_person, find_assay, standing_assays
from embla.registry.genomes import end_genomes, find_genome, genomes_of_person, withdrawn_accessions
from embla.registry.model.values import Erasure
from embla.vault import held, holders, let_go, try_delete_bodies

if TYPE_CHECKING:
    from embla.platform import House

log = logging.getLogger(__name__)

# What rooms above keep of a person goes in the same commit: (connection, person, accessions, at).
Forget = Callable[[Connection, str, Sequence[str], datetime], None]
_FORGET: dict[str, Forget] = {}
# What they publish anew once that is committed.
Tell = Callable[["House"], None]
_TELL: dict[str, Tell] = {}
# What they do when a correction replaces genomes: (connection, accessions, actor, at), in the same commit.
Replaced = Callable[[Connection, Sequence[str], str, datetime], None]
_REPLACED: dict[str, Replaced] = {}


def forget_with(room: str, forget: Forget, tell: Tell) -> None:
    """A room says what it does when a person leaves, in the commit and after it. Only `composition` calls this; again
    changes nothing."""
    _FORGET[room], _TELL[room] = forget, tell


def replaced_with(room: str, replaced: Replaced) -> None:
    """A room says what it does when a correction takes the place of genomes. Only `composition` calls this."""
    _REPLACED[room] = replaced


def genomes_replaced(connection: Connection, accessions: Sequence[str], *, actor: str, at: datetime) -> None:
    """End genomes that a correction replaces, and what rooms above made of them."""
    end_genomes(connection, accessions, "replaced", at=at)
    if accessions:
        for replaced in _REPLACED.values():
            replaced(connection, accessions, actor, at)


def tell_rooms(house: "House") -> None:
    """Once it is committed that genomes are gone: what rooms publish is made anew."""
    for room, tell in _TELL.items():
        try:
            tell(house)
        except (EmblaError, OSError):
            log.warning("what %s publishes does not say yet that somebody left", room)


def leaving_of(house: "House", actor: Actor, person: str) -> tuple[int, int, int]:
    """What `withdraw_person` would take out as things are: genomes, files, and files that stay for others' data.

    Nothing is done. Raises NotPermitted, and Refused when the person has nothing here.
    """
    about = About(person=person)
    permit(house.database, actor, Action.WITHDRAW_PERSON, purpose="consent", clock=house.clock, about=about)
    with house.database.reading() as connection:
        genomes = genomes_of_person(connection, person)
        own = set(_all_genomes(connection, person))
        files = held(connection, sorted(own))
        shared = sum(1 for file in files if not own.issuperset(holders(connection, file)))
    if not genomes and not files:
        raise Refused("This person has no genome here.", mend="`embla registry erasures` lists who left.")
    return len(genomes), len(files) - shared, shared


def withdraw_person(house: "House", actor: Actor, person: str) -> Erasure:
    """Take every genome and file of a person out, in one commit: from then on no live, clinical or research answer has
    them, and nobody opens a file of theirs.

    Raises NotPermitted, and Refused when the person has nothing here. Conflict when the store changed meanwhile.
    """
    about = About(person=person)
    permit(house.database, actor, Action.WITHDRAW_PERSON, purpose="consent", clock=house.clock, about=about)
    with house.store.writing():
        with house.database.reading() as connection:
            genomes = [genome.accession for genome in genomes_of_person(connection, person)]
            files = held(connection, _all_genomes(connection, person))
        if not genomes and not files:
            raise Refused("This person has no genome here.", mend="`embla registry erasures` lists who left.")
        return _take_out(house, actor, {person: genomes})[0]


def withdraw_again(house: "House", actor: Actor, accessions: Collection[str]) -> int:
    """In a home that came back from a backup: take out those of these genomes (and assays without one) that had left
    since it was made.

    Each person gets an erasure, as when they left first; returns how many genomes were there. One commit.
    """
    permit(house.database, actor, Action.BACK_UP, purpose="security", clock=house.clock)
    leaving: dict[str, list[str]] = {}
    with house.store.writing():
        with house.database.reading() as connection:
            for name in sorted(accessions):
                genome = find_genome(connection, name)
                if genome is not None and genome.state == "accepted":
                    leaving.setdefault(genome.person, []).append(name)
                    continue
                # Of RNA, an array, raw reads there are files and no genome.
                assay = find_assay(connection, name) if genome is None else None
                known = genome or assay
                if known is not None and (known.state == "accepted" or held(connection, [name])):
                    leaving.setdefault(known.person, [])
        if leaving:
            _take_out(house, actor, leaving)
    return sum(len(genomes) for genomes in leaving.values())


def let_late_files_go(house: "House", actor: Actor) -> int:
    """Files that still lie here of people who left earlier: an older Embla kept them. How many erasures are opened
    again by it. Under the store's lock, which the caller holds."""
    table, again = tables.erasures, 0
    with house.database.reading() as connection:
        if not held(connection, withdrawn_accessions(connection)):
            return 0
        found = list(connection.execute(select(table).order_by(table.c.withdrawn_at)))
        late = [row for row in found if held(connection, _all_genomes(connection, row.person, row.withdrawn_at))]
    for row in late:
        with house.database.transaction() as connection:
            left = _let_files_go(connection, row.id, row.person, row.withdrawn_at, house.clock())
            # A certificate that said nothing of the files is made anew.
            state = "erased" if row.state == "certified" else row.state
            values = {"state": state, "certificate": "", "certified_at": None}
            connection.execute(update(table).where(table.c.id == row.id).values(**values))
            append_event(
                connection, at=house.clock(), actor=actor.id, kind="erasure-reopened", subject=f"erasure:{row.id}",
                body={"files": left[0], "files_shared": left[1]},
            )  # fmt: skip
        again += 1
    return again


def _take_out(house: "House", actor: Actor, leaving: Mapping[str, Sequence[str]]) -> list[Erasure]:
    """Mask the genomes of these persons in one commit, under the store's lock, which the caller holds."""
    at = house.clock()
    with house.database.reading() as connection:
        base = current_manifest(connection)
    staged = house.store.stage_remove([name for genomes in leaving.values() for name in genomes], base)
    made = []
    with house.database.transaction() as connection:
        if staged.changed:
            move_manifest(connection, base, staged.manifest)
        for person, genomes in leaving.items():
            identifier = "E" + house.new_id()
            assays = standing_assays(connection, genomes=genomes, person=person)
            end_genomes(connection, genomes, "withdrawn", at=at)
            end_assays_of_person(connection, person, "withdrawn", at=at)
            for forget in _FORGET.values():
                forget(connection, person, genomes, at)
            connection.execute(
                insert(tables.erasures).values(
                    id=identifier, person=person, withdrawn_at=at, genomes=len(genomes), state="masked",
                    before=str(base), certificate="",
                )
            )  # fmt: skip
            files, shared = _let_files_go(connection, identifier, person, at, at)
            append_event(
                connection, at=at, actor=actor.id, kind="person-withdrawn", subject=f"person:{person}",
                body={
                    "erasure": identifier, "genomes": list(genomes), "assays": assays,
                    "manifest": str(staged.manifest),
                    "files": files, "files_shared": shared,
                },
            )  # fmt: skip
            made.append(Erasure(identifier, at, len(genomes), "masked", files=files, files_shared=shared))
    publish(house, staged)
    try_delete_bodies(house)
    tell_rooms(house)
    return made


def publish(house: "House", staged: Any) -> None:
    """As after a submission: the database has the true pointer; opening the home sets a missed note right."""
    try:
        house.store.publish(staged)
    except EmblaError:
        log.warning("the store could not note its state", exc_info=True)


def _let_files_go(
    connection: Connection, erasure: str, person: str, left: datetime, at: datetime
) -> tuple[int, int]:  # fmt: skip
    """Files that go and files that stay for others; both are added to the erasure."""
    genomes = _all_genomes(connection, person, left)
    subjects = {f"person:{person}", *(f"genome:{name}" for name in genomes)}
    gone = let_go(connection, genomes, subjects, because=f"erasure:{erasure}", at=at)
    table = tables.erasures
    more = {"files": table.c.files + gone.files, "files_shared": table.c.files_shared + gone.shared}
    connection.execute(update(table).where(table.c.id == erasure).values(**more))
    return gone.files, gone.shared


def _all_genomes(connection: Connection, person: str, left: datetime | None = None) -> list[str]:
    """Accessions of a person in whatever state, and names of the assays that have none; with `left`, of those that
    ended and were there by then: who left may have come back since."""
    found = []
    genomes, assays = tables.genomes, tables.assays
    named = (
        select(genomes.c.accession).where(genomes.c.person == person).order_by(genomes.c.number),
        select(assays.c.id).where(assays.c.person == person, assays.c.genome.is_(None)).order_by(assays.c.id),
    )
    for table, query in zip((genomes, assays), named, strict=True):
        if left is not None:
            query = query.where(table.c.accepted <= left, table.c.state != "accepted")
        found += list(connection.execute(query).scalars())
    return found
