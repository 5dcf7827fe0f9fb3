"""A person leaves: genomes out of the store and out of every live answer at once, bytes gone at compaction, and then a
certificate: what is stored equals, number by number, what the packs of everybody else give.

Three steps, each of which may be repeated after a crash: `withdraw_person` (one transaction), `erase` (compaction and
sweep), `certify` (recount and signature). The certificate names nobody: it has a number of its own, and only the table
here knows whose it is.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, insert, select, update

from embla.errors import Broken, EmblaError, NotFound, Refused
from embla.platform import Actor, Envelope, append_event, current_manifest, move_manifest
from embla.policy import About, Action, permit
from embla.registry import tables
from embla.registry.genomes import end_genomes, find_genome, genomes_of_person

if TYPE_CHECKING:
    from embla.genotypes import ManifestId
    from embla.platform import House

log = logging.getLogger(__name__)
KIND: Final = "erasure-certificate"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Erasure:
    """One person's leaving. state: masked (out of every answer), erased (bytes gone), certified."""

    id: str
    withdrawn_at: datetime
    genomes: int
    state: str
    certified_at: datetime | None = None
    certificate: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values, without the certificate and without whose it is."""
        return {
            "erasure": self.id,
            "withdrawn_at": self.withdrawn_at.isoformat(),
            "genomes": self.genomes,
            "state": self.state,
            "certified_at": self.certified_at.isoformat() if self.certified_at else None,
        }


def withdraw_person(house: "House", actor: Actor, person: str) -> Erasure:
    """Take every genome of a person out, in one commit: from then on no live, clinical or research answer has them.

    Raises NotPermitted, and Refused when the person has no genome here. Conflict when the store changed meanwhile.
    """
    about = About(person=person)
    permit(house.database, actor, Action.WITHDRAW_PERSON, purpose="consent", clock=house.clock, about=about)
    with house.store.writing():
        with house.database.reading() as connection:
            genomes = [genome.accession for genome in genomes_of_person(connection, person)]
        if not genomes:
            raise Refused("This person has no genome here.", mend="`embla registry erasures` lists who left.")
        return _take_out(house, actor, {person: genomes})[0]


def withdraw_again(house: "House", actor: Actor, accessions: Collection[str]) -> int:
    """In a home that came back from a backup: take out those of these genomes that had left since it was made.

    Each person gets an erasure, as when they left first; returns how many genomes were there. One commit.
    """
    permit(house.database, actor, Action.BACK_UP, purpose="security", clock=house.clock)
    leaving: dict[str, list[str]] = {}
    with house.store.writing():
        with house.database.reading() as connection:
            for accession in sorted(accessions):
                genome = find_genome(connection, accession)
                if genome is not None and genome.state == "accepted":
                    leaving.setdefault(genome.person, []).append(accession)
        if leaving:
            _take_out(house, actor, leaving)
    return sum(len(genomes) for genomes in leaving.values())


def _take_out(house: "House", actor: Actor, leaving: Mapping[str, Sequence[str]]) -> list[Erasure]:
    """Mask the genomes of these persons in one commit, under the store's lock, which the caller holds."""
    at = house.clock()
    with house.database.reading() as connection:
        base = current_manifest(connection)
    staged = house.store.stage_remove([name for genomes in leaving.values() for name in genomes], base)
    made = []
    with house.database.transaction() as connection:
        move_manifest(connection, base, staged.manifest)
        for person, genomes in leaving.items():
            identifier = "E" + house.new_id()
            end_genomes(connection, genomes, "withdrawn", at=at)
            connection.execute(
                insert(tables.erasures).values(
                    id=identifier, person=person, withdrawn_at=at, genomes=len(genomes), state="masked",
                    before=str(base), certificate="",
                )
            )  # fmt: skip
            append_event(
                connection, at=at, actor=actor.id, kind="person-withdrawn", subject=f"person:{person}",
                body={"erasure": identifier, "genomes": list(genomes), "manifest": str(staged.manifest)},
            )  # fmt: skip
            made.append(Erasure(identifier, at, len(genomes), "masked"))
    _publish(house, staged)
    return made


def erase(house: "House", actor: Actor) -> int:
    """Compact and sweep until no file holds anything of those who withdrew; returns how many were waiting for it."""
    permit(house.database, actor, Action.OPERATE, purpose="operation", clock=house.clock)
    with house.store.writing():
        while True:
            with house.database.reading() as connection:
                base = current_manifest(connection)
                waiting = _ids(connection, "masked")
            staged = house.store.stage_compact(base, full=True) if waiting else None
            if staged is None or not staged.changed:
                break
            with house.database.transaction() as connection:
                move_manifest(connection, base, staged.manifest)
                append_event(
                    connection, at=house.clock(), actor=actor.id, kind="store-compacted", subject="store",
                    body={"manifest": str(staged.manifest)},
                )  # fmt: skip
            _publish(house, staged)
        if waiting and base is not None:
            house.store.tidy([base])
            with house.database.transaction() as connection:
                table = tables.erasures
                connection.execute(update(table).where(table.c.id.in_(waiting)).values(state="erased"))
    return len(waiting)


def certify(house: "House", actor: Actor, *, progress: Progress | None = None) -> list[Erasure]:
    """Recount everything once, and sign a certificate for each erasure that has none.

    Every contig is touched by a genome (what it does not say about a base counts too), so all of them are recounted:
    the store's numbers for everybody who is left, against sums over their packs. Raises Broken when they differ or a
    name is still somewhere; then nothing is signed.
    """
    permit(house.database, actor, Action.OPERATE, purpose="operation", clock=house.clock)
    with house.database.reading() as connection:
        rows = list(connection.execute(select(tables.erasures).where(tables.erasures.c.state == "erased")))
        manifest = current_manifest(connection)
        gone = _gone(connection, [row.person for row in rows])
    if not rows or manifest is None:
        return []
    recounted = _recount(house, manifest, gone, progress)
    made = []
    for row in rows:
        at = house.clock()
        says = {
            "certificate": row.id,
            "withdrawn_at": row.withdrawn_at.isoformat(),
            "genomes": row.genomes,
            "store_before": row.before,
            "store_after": str(manifest),
            "policy": house.store.policy.digest(),
            **recounted,
        }
        text = house.keyring.sign(KIND, says, at=at).text()
        with house.database.transaction() as connection:
            here = (tables.erasures.c.id == row.id) & (tables.erasures.c.state == "erased")
            values = {"state": "certified", "certificate": text, "certified_at": at}
            if connection.execute(update(tables.erasures).where(here).values(**values)).rowcount != 1:
                continue
            append_event(
                connection, at=at, actor=actor.id, kind="erasure-certified", subject=f"erasure:{row.id}",
                body={"manifest": str(manifest), "key": house.keyring.signing.id},
            )  # fmt: skip
        made.append(Erasure(row.id, row.withdrawn_at, row.genomes, "certified", at, text))
    return made


def erasures(house: "House", actor: Actor) -> list[Erasure]:
    """Who left, without who it is, newest first. For the data protection officer; it is in the log."""
    permit(house.database, actor, Action.SEE_PROOF, purpose="supervision", clock=house.clock)
    with house.database.reading() as connection:
        query = select(tables.erasures).order_by(tables.erasures.c.withdrawn_at.desc(), tables.erasures.c.id)
        return [_erasure(row) for row in connection.execute(query)]


def find_erasure(house: "House", actor: Actor, identifier: str) -> Erasure:
    """One of them. Raises NotFound."""
    found = next((one for one in erasures(house, actor) if one.id == identifier), None)
    if found is None:
        raise NotFound("There is no such erasure.", mend="`embla registry erasures` lists them.")
    return found


def tell_certificate(envelope: Envelope, path: Path) -> list[str]:
    """What a certificate says, for `embla verify`. Raises Broken when it says that something differed."""
    says = envelope.says
    if says.get("differences") != 0 or says.get("names_found") != 0:
        raise Broken("This certificate does not say that the recount was equal.")
    return [
        f"{says['genomes']} genomes, taken out on {says['withdrawn_at']}, are in no file of the store's state "
        f"{says['store_after']}.",
        f"{says['variants']} variants of {says['recounted_genomes']} genomes on {says['contigs']} contigs were counted "
        "again from the packs of those who are left, and are equal.",
    ]


def _recount(house: "House", manifest: "ManifestId", gone: list[str], progress: Progress | None) -> dict[str, Any]:
    """Verify the state with every number recounted. Raises Broken."""
    from embla.genome import GRCH38
    from embla.genotypes import verify

    view = house.store.view(manifest)
    names = {name for segment in view.segments for name in segment.table.names}
    found = [name for name in gone if name in names]
    if found:
        raise Broken(f"{len(found)} genomes of people who left are still in a table of the store.")
    problem = next(iter(verify(house.store, manifest, recount=True, progress=progress)), None)
    if problem is not None:
        raise Broken(f"The recount differs: {problem}", mend="Restore the store from a backup; nothing was signed.")
    variants = sum(
        len(view.sweep(c.name, 0, c.length, [view.cohort()], carried_only=True, per_base=False))
        for c in GRCH38.contigs
        if any(segment.contig(c.name) is not None for segment in view.segments)
    )
    return {
        "recounted_genomes": len(view), "contigs": len(GRCH38.contigs), "variants": variants, "differences": 0,
        "names_found": 0,
    }  # fmt: skip


def _gone(connection: Connection, persons: list[str]) -> list[str]:
    genomes = tables.genomes
    query = select(genomes.c.accession).where(genomes.c.person.in_(persons), genomes.c.state == "withdrawn")
    return list(connection.execute(query).scalars())


def _ids(connection: Connection, state: str) -> list[str]:
    return list(connection.execute(select(tables.erasures.c.id).where(tables.erasures.c.state == state)).scalars())


def _publish(house: "House", staged: Any) -> None:
    """As after a submission: the database has the true pointer; opening the home sets a missed note right."""
    try:
        house.store.publish(staged)
    except EmblaError:
        log.warning("the store could not note its state", exc_info=True)


def _erasure(row: Any) -> Erasure:
    return Erasure(row.id, row.withdrawn_at, row.genomes, row.state, row.certified_at, row.certificate)
