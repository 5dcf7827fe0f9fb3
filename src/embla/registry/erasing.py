"""A person left: bytes gone at compaction, and then a certificate: what is stored equals, number by number, what the
packs of everybody else give, and the person's files are gone.

Three steps, each of which may be repeated after a crash: `leaving.withdraw_person` (one transaction), `erase` (files,
compaction and sweep), `certify` (recount and signature). The certificate names nobody: it has a number of its own, and
only the table here knows whose it is.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, select, update

from embla.errors import Broken, NotFound
from embla.platform import Actor, Envelope, append_event, current_manifest, move_manifest
from embla.policy import Action, permit
from embla.registry import tables
from embla.registry.leaving import let_late_files_go, publish
from embla.registry.model.values import Erasure
from embla.vault import bodies_found, bodies_waiting, delete_bodies

if TYPE_CHECKING:
    from embla.genotypes import ManifestId
    from embla.platform import House

KIND: Final = "erasure-certificate"
Progress = Callable[[str, int, int], None]


def erase(house: "House", actor: Actor) -> int:
    """Delete files, compact and sweep until nothing holds anything of those who withdrew; returns how many waited.

    Unavailable while the vault's storage is: then they wait on.
    """
    permit(house.database, actor, Action.OPERATE, purpose="operation", clock=house.clock)
    with house.store.writing():
        let_late_files_go(house, actor)
        delete_bodies(house)
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
            publish(house, staged)
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
    for row in rows:
        _no_file_left(house, row.id)
    recounted = _recount(house, manifest, gone, progress)
    made = []
    for row in rows:
        at = house.clock()
        says = {
            "certificate": row.id,
            "withdrawn_at": row.withdrawn_at.isoformat(),
            "genomes": row.genomes,
            "files": row.files,
            "files_shared": row.files_shared,
            "files_found": 0,
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
        made.append(
            Erasure(row.id, row.withdrawn_at, row.genomes, "certified", at, text, row.files, row.files_shared)
        )  # fmt: skip
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
    if says.get("differences") != 0 or says.get("names_found") != 0 or says.get("files_found", 0) != 0:
        raise Broken("This certificate does not say that the recount was equal.")
    files = says.get("files")
    told = "Nothing is said of files as laboratories sent them: an older Embla signed it."
    if files is not None:
        told = f"{files} files as laboratories sent them were deleted with them."
        if says["files_shared"]:
            told += f" {says['files_shared']} more hold others' data, too, and stay for those."
    return [
        f"{says['genomes']} genomes, taken out on {says['withdrawn_at']}, are in no file of the store's state "
        f"{says['store_after']}.",
        f"{says['variants']} variants of {says['recounted_genomes']} genomes on {says['contigs']} contigs were counted "
        "again from the packs of those who are left, and are equal.",
        told,
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


def _erasure(row: Any) -> Erasure:
    return Erasure(
        row.id, row.withdrawn_at, row.genomes, row.state, row.certified_at, row.certificate, row.files, row.files_shared
    )  # fmt: skip


def _no_file_left(house: "House", erasure: str) -> None:
    """Raises Broken when a body that left with this erasure waits or lies in the storage."""
    because = f"erasure:{erasure}"
    with house.database.reading() as connection:
        waiting = bodies_waiting(connection, because)
    found = waiting or bodies_found(house, because)
    if found:
        raise Broken(
            f"{found} files of people who left still lie in the vault's storage.",
            mend="`embla registry erasures --finish` deletes them; look at the storage when they stay.",
        )
