"""What accepting writes: the plan of a batch, its staging in the cohort store, and the rows of one package."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from embla.platform import Actor, House, append_event
from embla.registry import (
    FamilyMember,
    Statement,
    accession,
    add_genome,
    end_genomes,
    ensure_case,
    ensure_family,
    ensure_person,
    ensure_sample,
    find_case,
    genomes_of_submission,
    join_family,
    keep_statement,
    leave_family,
    next_accession,
)
from embla.submission.check import Checked, ReadGenome
from embla.submission.model.acknowledgement import Acknowledgement, GenomeReceipt
from embla.submission.model.manifest import Consent, holders_of
from embla.submission.store import accepted_package, find_by_hash, mark_corrected, save_accepted
from embla.vault import note_holders, note_subjects

if TYPE_CHECKING:
    from embla.genotypes import CohortStore, ManifestId, Staged


@dataclass(frozen=True)
class Planned:
    """One package of a batch, with the numbers its genomes get if nobody commits in between.

    corrected: the submission whose place it takes; replaced and relatives: that one's genomes and persons.
    """

    checked: Checked
    numbers: tuple[int, ...]
    corrected: str | None = None
    replaced: tuple[str, ...] = ()
    relatives: tuple[str, ...] = ()


def plan(connection: Connection, batch: Sequence[Checked]) -> list[Planned]:
    """Number the genomes of a batch in order, and find what its corrections replace."""
    first = next_accession(connection)
    planned = []
    for checked in batch:
        numbers = tuple(range(first, first + len(checked.genomes)))
        first += len(numbers)
        planned.append(_with_corrected(connection, Planned(checked, numbers)))
    return planned


def _with_corrected(connection: Connection, planned: Planned) -> Planned:
    manifest = planned.checked.package.manifest
    if manifest.corrects is None:
        return planned
    target = accepted_package(connection, manifest.laboratory, manifest.corrects)
    if target is None:
        return planned  # judge refuses it
    old = [genome for genome in genomes_of_submission(connection, target.id) if genome.state == "accepted"]
    return replace(
        planned,
        corrected=target.id,
        replaced=tuple(genome.accession for genome in old),
        relatives=tuple(genome.person for genome in old),
    )


def stage(store: "CohortStore", planned: Sequence[Planned], base: "ManifestId | None") -> "Staged":
    """Write segments and manifest of a batch: what corrections replace goes and what is new comes in one state."""
    from embla.genotypes import NewGenome

    replaced = sorted({name for row in planned for name in row.replaced})
    removed = store.stage_remove(replaced, base) if replaced else None
    news = [
        NewGenome(accession(number), genome.pack)
        for row in planned
        for number, genome in zip(row.numbers, row.checked.genomes, strict=True)
    ]
    added = store.stage_add(news, removed.manifest if removed is not None else base)
    return added if removed is None else replace(added, base=removed.base, removed=removed.removed)


def accept(
    connection: Connection,
    house: House,
    actor: Actor,
    planned: Planned,
    state: "ManifestId",
    received_at: datetime,
) -> Acknowledgement:
    """Write everything that one package says, in the caller's transaction, and make its acknowledgement."""
    package = planned.checked.package
    manifest = package.manifest
    at = house.clock()
    earlier = find_by_hash(connection, package.hash)
    submission = earlier.id if earlier is not None else "S" + house.new_id()
    persons = [
        ensure_person(
            connection,
            laboratory=manifest.laboratory,
            key=person.key,
            pseudonym=person.pseudonym,
            region=person.region,
            new_id=house.new_id,
            at=at,
        )
        for person in manifest.persons
    ]
    for person, said in zip(persons, manifest.persons, strict=True):
        if said.consent is not None:
            statement = _statement(person, said.consent)
            keep_statement(connection, statement, by=actor, at=at, new_id=house.new_id)
    end_genomes(connection, planned.replaced, "replaced", at=at)
    case = _case(connection, house, planned, persons, at)
    receipts = tuple(
        _genome(connection, house, planned, genome, number, persons, case, submission, at)
        for number, genome in zip(planned.numbers, planned.checked.genomes, strict=True)
    )
    event = append_event(
        connection,
        at=at,
        actor=actor.id,
        kind="submission-accepted",
        subject=f"submission:{submission}",
        body={
            "laboratory": manifest.laboratory,
            "package_hash": package.hash,
            "case": case,
            "kind": manifest.case.kind,
            "patient_group": manifest.case.patient_group,
            "genomes": [{"accession": receipt.accession, "assay": receipt.assay} for receipt in receipts],
            "replaced": list(planned.replaced),
            "manifest": str(state),
        },
    )
    acknowledgement = Acknowledgement(
        submission=submission,
        package=manifest.package,
        package_hash=package.hash,
        laboratory=manifest.laboratory,
        case=case,
        accepted_at=at,
        event=event.number,
        manifest_number=state.number,
        manifest_digest=state.digest,
        genomes=receipts,
        replaced=planned.replaced,
        warnings=tuple(str(finding) for finding in planned.checked.findings),
    )
    about = [f"submission:{submission}", f"case:{case}"]
    about += [f"{kind}:{name}" for receipt in receipts for kind, name in _whose(receipt)]
    holders = holders_of(manifest, {receipt.sample: receipt.accession for receipt in receipts})
    for file in manifest.files:
        note_subjects(connection, file.sha256, about)
        note_holders(connection, file.sha256, holders[file.path])
    save_accepted(connection, package, acknowledgement, actor=actor.id, received_at=received_at)
    if planned.corrected is not None:
        mark_corrected(connection, planned.corrected, submission)
    return acknowledgement


def _statement(person: str, said: Consent) -> Statement:
    """The consent that a package tells of. Who signed, and what else the form said, stands on the form."""
    return Statement(
        person=person,
        form="general",
        version=said.form,
        says="given",
        day=said.signed,
        secondary_findings=said.secondary_findings,
        recontact=said.recontact,
        source="package",
    )


def _whose(receipt: GenomeReceipt) -> list[tuple[str, str]]:
    return [("genome", receipt.accession), ("person", receipt.person)]


def _case(connection: Connection, house: House, planned: Planned, persons: Sequence[str], at: datetime) -> str:
    """The case, and the family where there is one."""
    manifest = planned.checked.package.manifest
    roles = [person.role for person in manifest.persons]
    patient = persons[roles.index("index")] if "index" in roles else persons[0]
    before = find_case(connection, manifest.laboratory, manifest.case.id)
    family = None
    if before is not None and before.family is not None:
        for person in planned.relatives:
            leave_family(connection, before.family, person)
    if manifest.case.kind == "trio" or manifest.case.family is not None:
        key = manifest.case.family or manifest.case.id
        family = ensure_family(connection, laboratory=manifest.laboratory, key=key, new_id=house.new_id, at=at)
        for person, said in zip(persons, manifest.persons, strict=True):
            join_family(connection, FamilyMember(family, person, said.role, said.blood))
    return ensure_case(
        connection,
        laboratory=manifest.laboratory,
        key=manifest.case.id,
        patient_group=manifest.case.patient_group,
        person=patient,
        family=family,
        opened=manifest.case.opened,
        clinicians=manifest.case.clinicians,
        new_id=house.new_id,
    )


def _genome(
    connection: Connection,
    house: House,
    planned: Planned,
    genome: ReadGenome,
    number: int,
    persons: Sequence[str],
    case: str,
    submission: str,
    at: datetime,
) -> GenomeReceipt:
    manifest = planned.checked.package.manifest
    said, sample = genome.person, genome.person.sample
    person = persons[manifest.persons.index(said)]
    sample_id = ensure_sample(
        connection,
        laboratory=manifest.laboratory,
        key=sample.id,
        person=person,
        tissue=sample.tissue,
        collected=sample.collected,
        new_id=house.new_id,
    )
    name = add_genome(
        connection,
        number,
        person=person,
        case=case,
        sample=sample_id,
        laboratory=manifest.laboratory,
        submission=submission,
        assay=sample.assay,
        origin=sample.origin,
        karyotype=said.karyotype,
        callability=sample.callability,
        pipeline=sample.pipeline.name,
        pipeline_version=sample.pipeline.version,
        source=genome.source,
        content=genome.content,
        accepted=at,
        residency=house.settings.residency,
    )
    return GenomeReceipt(
        accession=name,
        person=person,
        key=said.key or "",
        role=said.role,
        sample=sample.id,
        assay=sample.assay,
        calls=genome.report.calls,
        skipped=tuple(genome.report.lines()),
    )
