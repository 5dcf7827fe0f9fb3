"""What accepting writes of each sample: row, assay with files and equivalent, genome where it has calls."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from embla.platform import Actor, House, append_event
from embla.registry import (
    add_assay,
    add_genome,
    add_specimen,
    assays_of_sample,
    ensure_sample,
    find_sample,
    genome_equivalent,
)
from embla.structural import KIND_NAMES, keep_set
from embla.submission.model.acknowledgement import GenomeReceipt, SampleReceipt
from embla.submission.model.manifest import Manifest, Person, Sample

if TYPE_CHECKING:
    from embla.submission.accept import Planned
    from embla.submission.check import ReadGenome


def keep_sample(
    connection: Connection,
    house: House,
    planned: "Planned",
    nth: int,
    persons: Sequence[str],
    case: str,
    submission: str,
    at: datetime,
) -> tuple[GenomeReceipt | None, SampleReceipt]:
    """Write the n-th sample of a package (in the order of `Manifest.samples`)."""
    manifest = planned.checked.package.manifest
    number, _, said, sample = next(islice(manifest.samples(), nth, None))
    before = assays_of_sample(connection, manifest.laboratory, sample.id)
    tumour = find_sample(connection, manifest.laboratory, sample.of_tumour) if sample.of_tumour else None
    sample_id = ensure_sample(
        connection,
        laboratory=manifest.laboratory,
        key=sample.id,
        person=persons[number],
        tissue=sample.tissue,
        collected=sample.collected,
        material=sample.material,
        origin=sample.origin,
        of_tumour=tumour,
        new_id=house.new_id,
    )
    found = next((i for i, read in enumerate(planned.checked.genomes) if read.sample is sample), None)
    receipt = None
    where = {"person": persons[number], "case": case, "sample": sample_id, "laboratory": manifest.laboratory}
    if found is not None:
        read, name = planned.checked.genomes[found], planned.numbers[found]
        receipt = _genome(connection, house, read, said, name, where, submission, at)
    measured = planned.checked.measures.get(sample.id, sample.measured)
    depth = measured.mean_depth
    alike = any(
        (one.material, one.assay, one.origin) == (sample.material, sample.assay, sample.origin) for one in before
    )
    equivalent = genome_equivalent(
        material=sample.material, origin=sample.origin, assay=sample.assay, depth=depth, counted_before=alike
    )
    assay = add_assay(
        connection,
        files=_files(manifest, sample),
        new_id=house.new_id,
        **where,
        submission=submission,
        genome=receipt.accession if receipt is not None else None,
        assay=sample.assay,
        material=sample.material,
        origin=sample.origin,
        technology=sample.technology,
        depth=depth,
        equivalent=equivalent,
        source=manifest.case.source,
        study=manifest.case.study,
        rules=planned.checked.rules,
        accepted=at,
        **measured.model_dump(exclude={"mean_depth"}),
        pipeline=sample.pipeline.name if sample.pipeline is not None else None,
        pipeline_version=sample.pipeline.version if sample.pipeline is not None else None,
    )
    told = SampleReceipt(
        assay_id=assay,
        sample=sample.id,
        accession=receipt.accession if receipt is not None else "",
        assay=sample.assay,
        material=sample.material,
        origin=sample.origin,
        depth=depth,
        equivalents=equivalent.value,
        because=equivalent.because,
    )
    return receipt, told


def keep_specimens(
    connection: Connection, house: House, manifest: Manifest, submission: str, at: datetime
) -> tuple[str, ...]:
    """Write what is not human; returns the ids."""
    return tuple(
        add_specimen(
            connection,
            new_id=house.new_id,
            laboratory=manifest.laboratory,
            key=one.id,
            taxon=one.taxon,
            organism=one.organism,
            submission=submission,
            accepted=at,
        )
        for one in manifest.specimens
    )


def count_equivalents(
    connection: Connection,
    actor: Actor,
    manifest: Manifest,
    submission: str,
    samples: Sequence[SampleReceipt],
    specimens: Sequence[str],
    corrected: str | None,
    ended: Sequence[dict[str, str]],
    at: datetime,
) -> None:
    """The event that governance counts by: each sample with its equivalent, or why it has none. What it
    ended is named, assay by assay, so that whoever folds the log takes back exactly that."""
    append_event(
        connection,
        at=at,
        actor=actor.id,
        kind="equivalents-counted",
        subject=f"submission:{submission}",
        body={
            "laboratory": manifest.laboratory,
            "source": manifest.case.source,
            "kind": manifest.case.kind,
            "samples": [
                {
                    "assay": one.assay_id, "equivalents": one.equivalents, "because": one.because,
                    "called": bool(one.accession),
                }
                for one in samples
            ],
            "patient_group": manifest.case.patient_group,
            "study": manifest.case.study,
            "ended": list(ended),
            "specimens": len(specimens),
            "replaces": corrected,
        },
    )  # fmt: skip


def _files(manifest: Manifest, sample: Sample) -> list[tuple[str, str, str]]:
    return [(file.sha256, file.path, file.format) for path in sample.paths if (file := manifest.file(path)) is not None]


def _genome(
    connection: Connection,
    house: House,
    read: "ReadGenome",
    said: Person,
    number: int,
    where: dict[str, str],
    submission: str,
    at: datetime,
) -> GenomeReceipt:
    sample = read.sample
    assert sample.pipeline is not None and sample.callability is not None
    name = add_genome(
        connection,
        number,
        **where,
        submission=submission,
        assay=sample.assay,
        # Whether it may ever count is decided by this, in registry/counted.py.
        origin=sample.origin,
        karyotype=said.karyotype or "unknown",
        callability=sample.callability,
        pipeline=sample.pipeline.name,
        pipeline_version=sample.pipeline.version,
        source=read.source,
        content=read.content,
        accepted=at,
        residency=house.settings.residency,
    )
    for called in read.structural:
        if not called.was_called:
            continue  # the receipt says so, see `_left_out`
        keep_set(connection, house.wrapping, name, where["person"], called, at)
    return GenomeReceipt(
        accession=name,
        person=where["person"],
        key=said.key or "",
        role=said.role,
        sample=sample.id,
        assay=sample.assay,
        calls=read.report.calls,
        skipped=(*read.report.lines(), *_left_out(read)),
        origin=sample.origin,
    )


def _left_out(read: "ReadGenome") -> list[str]:
    """What was not taken from the files of structural variants, and how often."""
    return [
        f"{n:,} {'record' if n == 1 else 'records'} of {KIND_NAMES[called.kind]} {why}."
        for called in read.structural
        for why, n in called.skipped.items()
    ]
