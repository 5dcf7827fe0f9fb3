"""What accepting writes: the plan of a batch, its staging in the cohort store, and the rows of one package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from embla.platform import Actor, House, append_event
from embla.registry import (
    FamilyMember,
    Statement,
    accession,
    assays_of_submission,
    end_assays_of_submission,
    ensure_case,
    ensure_family,
    ensure_person,
    find_case,
    genomes_of_submission,
    genomes_replaced,
    join_family,
    keep_statement,
    leave_family,
    next_accession,
    standing_assays,
)
from embla.structural import drop_genomes
from embla.submission.check import Checked
from embla.submission.likeness import likeness
from embla.submission.model.acknowledgement import Acknowledgement
from embla.submission.model.manifest import Consent, Manifest, holders_of, patient_of
from embla.submission.samples import count_equivalents, keep_sample, keep_specimens
from embla.submission.store import accepted_package, find_by_hash, find_submission, mark_corrected, save_accepted
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
        if checked.package.manifest.type == "test":
            planned.append(Planned(replace(checked, genomes=()), ()))
            continue
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
    persons = [one.person for one in assays_of_submission(connection, target.id)]
    return replace(
        planned,
        corrected=target.id,
        replaced=tuple(genome.accession for genome in old),
        relatives=tuple(dict.fromkeys([*(genome.person for genome in old), *persons])),
    )


def stage(store: "CohortStore", planned: Sequence[Planned], base: "ManifestId | None") -> "Staged | None":
    """Write segments and manifest of a batch: what corrections replace goes and what is new comes in one state. None
    when the store stays as it is."""
    from embla.genotypes import NewGenome

    replaced = sorted({name for row in planned for name in row.replaced})
    removed = store.stage_remove(replaced, base) if replaced else None
    if not any(row.checked.genomes for row in planned):
        return removed  # RNA, raw reads, what is not human: kept, and nothing of it is in the store
    # One at a time, so that of those laid aside one is whole.
    news = (
        NewGenome(accession(number), genome.whole())
        for row in planned
        for number, genome in zip(row.numbers, row.checked.genomes, strict=True)
    )
    added = store.stage_add(news, removed.manifest if removed is not None else base)
    return added if removed is None else replace(added, base=removed.base, removed=removed.removed)


def accept(
    connection: Connection,
    house: House,
    actor: Actor,
    planned: Planned,
    state: "ManifestId | None",
    received_at: datetime,
    alike: Mapping[str, str],
) -> Acknowledgement:
    """Write everything that one package says, in the caller's transaction, and make its acknowledgement.

    `state`: of the cohort store from now on, None where it has none yet. `alike`: new genomes and who they look like.
    Of a test only that it was one is written.
    """
    package = planned.checked.package
    manifest = package.manifest
    at = house.clock()
    earlier = find_by_hash(connection, package.hash)
    submission = earlier.id if earlier is not None else "S" + house.new_id()
    if manifest.type == "test":
        return _note_test(connection, house, actor, planned, submission, at, received_at)
    persons = _persons(connection, house, actor, manifest, at)
    ended = standing_assays(connection, genomes=planned.replaced, submission=planned.corrected)
    genomes_replaced(connection, planned.replaced, actor=actor.id, at=at)
    drop_genomes(connection, planned.replaced)
    if planned.corrected is not None:
        end_assays_of_submission(connection, planned.corrected, "replaced", at=at)
    case = _case(connection, house, planned, persons, at) if persons else ""
    # RNA after the tumour's DNA that it names.
    order = sorted(enumerate(manifest.samples()), key=lambda item: item[1][3].material == "rna")
    written = {nth: keep_sample(connection, house, planned, nth, persons, case, submission, at) for nth, _ in order}
    kept = dict(sorted(written.items()))
    specimens = keep_specimens(connection, house, manifest, submission, at)
    genomes = tuple(genome for genome, _ in kept.values() if genome is not None)
    samples = tuple(sample for _, sample in kept.values())
    count_equivalents(connection, actor, manifest, submission, samples, specimens, planned.corrected, ended, at)
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
            "type": manifest.type,
            "patient_group": manifest.case.patient_group,
            "genomes": [{"accession": receipt.accession, "assay": receipt.assay} for receipt in genomes],
            "replaced": list(planned.replaced),
            "manifest": str(state) if state is not None else "",
            "rules": planned.checked.rules,
        },
    )
    looked_at = likeness(connection, house, planned, genomes, alike)
    acknowledgement = Acknowledgement(
        submission=submission,
        package=manifest.package,
        package_hash=package.hash,
        laboratory=manifest.laboratory,
        case=case,
        accepted_at=at,
        event=event.number,
        manifest_number=state.number if state is not None else 0,
        manifest_digest=state.digest if state is not None else "",
        genomes=genomes,
        replaced=planned.replaced,
        warnings=tuple(str(finding) for finding in (*planned.checked.findings, *looked_at)),
        samples=samples,
        specimens=specimens,
        rules=planned.checked.rules,
    )
    _note_files(connection, acknowledgement, manifest, persons)
    save_accepted(connection, package, acknowledgement, actor=actor.id, received_at=received_at)
    if planned.corrected is not None:
        mark_corrected(connection, planned.corrected, submission)
    return acknowledgement


def _note_test(
    connection: Connection,
    house: House,
    actor: Actor,
    planned: Planned,
    submission: str,
    at: datetime,
    received_at: datetime,
) -> Acknowledgement:
    package = planned.checked.package
    laboratory = package.manifest.laboratory
    event = append_event(
        connection,
        at=at,
        actor=actor.id,
        kind="submission-tested",
        subject=f"submission:{submission}",
        body={"laboratory": laboratory, "package_hash": package.hash, "rules": planned.checked.rules},
    )
    acknowledgement = Acknowledgement(
        submission=submission,
        package=package.manifest.package,
        package_hash=package.hash,
        laboratory=laboratory,
        case="",
        accepted_at=at,
        event=event.number,
        manifest_number=0,
        manifest_digest="",
        genomes=(),
        warnings=tuple(str(finding) for finding in planned.checked.findings),
        rules=planned.checked.rules,
        test=True,
    )
    save_accepted(connection, package, acknowledgement, actor=actor.id, received_at=received_at)
    return acknowledgement


def _persons(connection: Connection, house: House, actor: Actor, manifest: Manifest, at: datetime) -> list[str]:
    """The pseudonym of each person of the manifest; a foetus has the pregnant person's: it is hers until it is born."""
    persons = [
        ""
        if said.role == "foetus"
        else ensure_person(
            connection,
            laboratory=manifest.laboratory,
            key=said.key,
            pseudonym=said.pseudonym,
            region=said.region,
            new_id=house.new_id,
            at=at,
        )
        for said in manifest.persons
    ]
    for person, said in zip(persons, manifest.persons, strict=True):
        if said.consent is not None:
            statement = _statement(person, said.consent)
            keep_statement(connection, statement, by=actor, at=at, new_id=house.new_id)
    return [person or persons[patient_of(manifest)] for person in persons]


def _note_files(
    connection: Connection, acknowledgement: Acknowledgement, manifest: Manifest, persons: Sequence[str]
) -> None:
    """Under which names each file may be asked for, and whose data it holds."""
    about = [f"submission:{acknowledgement.submission}", *([f"case:{acknowledgement.case}"] if persons else [])]
    about += [f"genome:{genome.accession}" for genome in acknowledgement.genomes]
    about += [f"person:{person}" for person in dict.fromkeys(persons)]
    names = {sample.sample: sample.accession or sample.assay_id for sample in acknowledgement.samples}
    holders = holders_of(manifest, names)
    for file in manifest.files:
        note_subjects(connection, file.sha256, about)
        note_holders(connection, file.sha256, holders[file.path])


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


def _case(connection: Connection, house: House, planned: Planned, persons: Sequence[str], at: datetime) -> str:
    """The case, and the family where there is one."""
    manifest = planned.checked.package.manifest
    patient = persons[patient_of(manifest)]
    # The corrected package may have named another case, and so another family.
    corrected = find_submission(connection, planned.corrected) if planned.corrected is not None else None
    before = find_case(connection, manifest.laboratory, corrected.case) if corrected is not None else None
    family = None
    if before is not None and before.family is not None:
        for person in planned.relatives:
            leave_family(connection, before.family, person)
    if manifest.case.kind in ("duo", "trio") or manifest.case.family is not None:
        key = manifest.case.family or manifest.case.id
        family = ensure_family(connection, laboratory=manifest.laboratory, key=key, new_id=house.new_id, at=at)
        for person, said in zip(persons, manifest.persons, strict=True):
            if said.role == "foetus":
                continue  # has no place of its own before it is born
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
