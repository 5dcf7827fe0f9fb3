"""Rules that only the registers can answer: who may report, what was reported before, who is whom.

The server asks them twice: before the work, so that a laboratory hears all errors at once, and again inside the
transaction that accepts, where nothing can change any more. Offline, the registers that came with the program answer
what they can, as warnings.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection

from embla.registry import (
    Agreement,
    agreement_in_force,
    agreements,
    assays_of_sample,
    assays_of_submission,
    consents_of,
    find_case,
    find_laboratory,
    find_person,
    find_sample,
    genomes_of_person,
    genomes_of_submission,
    genomes_with_source,
    joined_to,
    left_under_any,
    nearest_agreement,
    patient_groups,
    person_exists,
    pipeline_steps,
    regions,
    sample_person,
    shipped_registers,
    states_on,
)
from embla.submission.check import ReadGenome
from embla.submission.model.acknowledgement import Submission
from embla.submission.model.finding import Finding, Severity
from embla.submission.model.manifest import Person, patient_of
from embla.submission.package import Package
from embla.submission.store import accepted_package, standing_packages

if TYPE_CHECKING:
    from embla.platform import Settings

_GROUP_MEND: Final = "`embla registry groups` lists them."


def judge(
    connection: Connection,
    package: Package,
    genomes: Sequence[ReadGenome],
    *,
    on: date,
    settings: "Settings | None" = None,
) -> list[Finding]:
    """Every finding of these rules, as the registers stand in this transaction. `on` is today; `settings` say whether a
    lapsed accreditation refuses or warns (without them it warns)."""
    refuses = settings is not None and settings.lapsed_accreditation == "refuse"
    return [
        *judge_laboratory(connection, package, on=on),
        *_accreditation(connection, package, on, "error" if refuses else "warning"),
        *_pipelines(connection, package, on),
        *_codes(package, {g.code for g in patient_groups(connection)}, {r.code for r in regions(connection)}, "error"),
        *_history(connection, package),
        *_persons(connection, package),
        *_left(connection, package),
        *_duplicates(connection, package, genomes),
    ]


def judge_laboratory(connection: Connection, package: Package, *, on: date) -> list[Finding]:
    """Whether the laboratory is known, may report on this day, and has an agreement under which it does."""
    name = package.manifest.laboratory
    laboratory = find_laboratory(connection, name)
    if laboratory is None:
        mend = "`embla registry labs` lists the ids."
        return [package.finding("laboratory.known", ("laboratory",), f"No laboratory is called '{name}'.", mend)]
    if not laboratory.valid_on(on):
        until = f" to {laboratory.valid_to}" if laboratory.valid_to else ""
        found = f"{name} may report from {laboratory.valid_from}{until}; today is {on}."
        mend = "Is its registration out of date? Ask the operator."
        return [package.finding("laboratory.valid", ("laboratory",), found, mend)]
    if agreement_in_force(connection, name, on, "reporting") is None:
        found, mend = _no_agreement(name, nearest_agreement(agreements(connection, name), on, "reporting"), on)
        return [package.finding("laboratory.agreement", ("laboratory",), found, mend)]
    return []


def _accreditation(connection: Connection, package: Package, on: date, severity: Severity) -> Iterator[Finding]:
    """ISO 15189 is what a laboratory's answers rest on. Whether one without is refused or warned is a setting,
    `lapsed_accreditation`."""
    laboratory = find_laboratory(connection, package.manifest.laboratory)
    if laboratory is None or laboratory.accredited_on(on):
        return
    if laboratory.accredited_from is not None and on < laboratory.accredited_from:
        found = f"The accreditation of {laboratory.id} begins on {laboratory.accredited_from}; today is {on}."
    else:
        found = f"The accreditation of {laboratory.id} lapsed on {laboratory.accredited_to}; today is {on}."
    mend = f"Once it is renewed, the operator notes it: `embla registry accredit {laboratory.id} --since ...`."
    yield package.finding("laboratory.accredited", ("laboratory",), found, mend, severity)


def _pipelines(connection: Connection, package: Package, on: date) -> Iterator[Finding]:
    """A version that the laboratory has not validated warns. Of a laboratory that has told of no version nothing is
    known, and nothing is said."""
    laboratory = package.manifest.laboratory
    steps = pipeline_steps(connection, laboratory)
    held = states_on(steps, on)
    for number, place, _, sample in package.manifest.samples():
        made = sample.pipeline
        step = held.get((laboratory, made.name, made.version)) if made is not None else None
        if not steps or made is None or (step is not None and step.state in ("validated", "retired")):
            continue
        state = step.state if step is not None else "unknown"
        found = f"{made.name} {made.version} is not validated at {laboratory} on {on} (state: {state})."
        mend = f"Once it is, the operator notes it: `embla registry pipeline note {laboratory} ...`."
        yield package.finding(
            "pipeline.validated", ("persons", number, "samples", place, "pipeline"), found, mend, "warning"
        )


def _no_agreement(name: str, nearest: Agreement | None, on: date) -> tuple[str, str]:
    """What became of the agreement with a laboratory, and what puts it right."""
    command = f"`embla registry agreement add {name} --flow reporting`"
    again = f"Sign a new one; the operator registers it: {command}."
    if nearest is None:
        return f"No agreement about reporting is registered with {name}.", f"The operator registers one: {command}."
    called = f"{nearest.reference} ({nearest.id})" if nearest.reference else nearest.id
    state, beginning = nearest.state_on(on), f"Agreement {called} with {name}"
    if state == "ended":
        return f"{beginning} was ended on {nearest.ended}.", again
    if state == "expired":
        return f"{beginning} ran out on {nearest.expires}.", again
    if nearest.signed is not None:
        return f"{beginning} begins on {nearest.signed}.", "Send it again from that day on."
    sign = f"Once it is signed, the operator notes it: `embla registry agreement sign {nearest.id}`."
    return f"{beginning} is a draft: it is not signed.", sign


def judge_offline(package: Package) -> list[Finding]:
    """What the shipped registers make of laboratory, patient group and regions: warnings, since the server's may be
    newer."""
    shipped = shipped_registers()
    findings = _codes(
        package, _column(shipped, "patient_groups", "code"), _column(shipped, "regions", "code"), "warning"
    )
    if package.manifest.laboratory not in _column(shipped, "laboratories", "id"):
        found = f"The registers that came with this program know no laboratory '{package.manifest.laboratory}'."
        mend = "Check the id; the server's register decides."
        findings.append(package.finding("laboratory.known", ("laboratory",), found, mend, "warning"))
    return findings


def _codes(package: Package, groups: Collection[str], codes: Collection[str], severity: Severity) -> list[Finding]:
    findings = []
    group = package.manifest.case.patient_group
    if group not in groups:
        path = ("case", "patient_group")
        findings.append(
            package.finding("group.known", path, f"No patient group is called '{group}'.", _GROUP_MEND, severity)
        )
    for number, person in enumerate(package.manifest.persons):
        if person.region is not None and person.region not in codes:
            found = f"No region has the code '{person.region}'."
            mend = "`embla registry regions` lists them."
            findings.append(package.finding("region.known", ("persons", number, "region"), found, mend, severity))
    return findings


def _history(connection: Connection, package: Package) -> Iterator[Finding]:
    manifest = package.manifest
    earlier = accepted_package(connection, manifest.laboratory, manifest.package)
    if earlier is not None and earlier.package_hash != package.hash:
        found = f"Package {manifest.package} was accepted on {earlier.decided_at:%Y-%m-%d} with other content."
        mend = "Give this one another id; to change that one, send a correction."
        yield package.finding("package.taken", ("package",), found, mend)
    if manifest.type == "correction" and manifest.corrects is not None:
        target = accepted_package(connection, manifest.laboratory, manifest.corrects)
        if target is None:
            found = f"No package {manifest.corrects} of this laboratory was accepted."
            yield package.finding("correction.of", ("corrects",), found, "Name an accepted package.")
        elif target.corrected_by is not None:
            found = f"Package {manifest.corrects} was corrected already."
            yield package.finding("correction.of", ("corrects",), found, "Correct the correction.")
    yield from _follows(connection, package)
    case = find_case(connection, manifest.laboratory, manifest.case.id)
    may_change = _corrects_case(_corrected(connection, package), package)
    if case is not None and not may_change and case.patient_group != manifest.case.patient_group:
        found = f"Case {manifest.case.id} was reported with the patient group '{case.patient_group}'."
        mend = "Use another case id, or send a correction."
        yield package.finding("case.changed", ("case", "patient_group"), found, mend)


def _corrected(connection: Connection, package: Package) -> Submission | None:
    """The package whose place this one takes."""
    manifest = package.manifest
    if manifest.type != "correction" or manifest.corrects is None:
        return None
    return accepted_package(connection, manifest.laboratory, manifest.corrects)


def _corrects_case(corrected: Submission | None, package: Package) -> bool:
    """A correction may say another patient or group of its own package's case; of any other case nobody may."""
    return corrected is not None and corrected.case == package.manifest.case.id


def _follows(connection: Connection, package: Package) -> Iterator[Finding]:
    """An addition or a follow-up is of the case and patient of the package that it names."""
    manifest = package.manifest
    if manifest.follows is None or manifest.type not in ("addition", "followup"):
        return
    here = ("follows",)
    target = accepted_package(connection, manifest.laboratory, manifest.follows)
    if target is None:
        found = f"No package {manifest.follows} of this laboratory was accepted."
        yield package.finding("follows.of", here, found, "Name an accepted package.")
        return
    case = find_case(connection, manifest.laboratory, manifest.case.id)
    if case is None or target.case != manifest.case.id:
        found = f"Package {manifest.follows} is of the case {target.case}, this one of {manifest.case.id}."
        yield package.finding("follows.of", here, found, "Give the case's id as it was reported.")


def _persons(connection: Connection, package: Package) -> Iterator[Finding]:
    manifest = package.manifest
    case = find_case(connection, manifest.laboratory, manifest.case.id)
    patient = patient_of(manifest)
    corrected = _corrected(connection, package)
    known = [_who(connection, package, person) for person in manifest.persons]
    for number, person in enumerate(manifest.persons):
        # A foetus' samples are the pregnant person's.
        who = known[patient] if person.role == "foetus" else known[number]
        yield from _names(connection, package, number)
        if person.role != "foetus":
            yield from _karyotype(connection, package, number, who, corrected)
        yield from _samples(connection, package, number, who, corrected)
        if case is not None and number == patient and case.person != who:
            yield from _patient(connection, package, corrected)
        yield from _tumours(connection, package, number, who)


def _patient(connection: Connection, package: Package, corrected: Submission | None) -> Iterator[Finding]:
    """Who treats a case sees all of it: it changes its patient by a correction of its own package alone."""
    manifest = package.manifest
    here = ("case", "id")
    if not _corrects_case(corrected, package):
        found = f"Case {manifest.case.id} was reported with another patient."
        yield package.finding("case.changed", here, found, "Use another case id, or send a correction.")
        return
    for other in standing_packages(connection, manifest.laboratory, manifest.case.id):
        if corrected is not None and other.id != corrected.id:
            found = f"Package {other.package} is of this case, too, and stays with the patient that it names."
            yield package.finding("case.changed", here, found, "Correct it, too.", "warning")


def _samples(
    connection: Connection, package: Package, number: int, who: str | None, corrected: Submission | None
) -> Iterator[Finding]:
    """A sample changes its person by a correction of the package that brought it."""
    laboratory = package.manifest.laboratory
    brought = assays_of_submission(connection, corrected.id) if corrected is not None else []
    for place, sample in enumerate(package.manifest.persons[number].samples):
        owner = sample_person(connection, laboratory, sample.id)
        if owner is None or owner == who:
            continue
        path = ("persons", number, "samples", place, "id")
        if find_sample(connection, laboratory, sample.id) not in {one.sample for one in brought}:
            found = f"Sample {sample.id} was reported for another person."
            mend = "Check which person is meant; to change what was reported, send a correction."
            yield package.finding("sample.person", path, found, mend)
        elif any(
            one.submission != brought[0].submission for one in assays_of_sample(connection, laboratory, sample.id)
        ):
            found = f"Another package has sample {sample.id}, too, and stays with the person that it names."
            yield package.finding("sample.person", path, found, "Correct it, too.", "warning")


def _left(connection: Connection, package: Package) -> Iterator[Finding]:
    """Of who withdrew nothing is taken, unless they consented anew on a later day: a package that was on its way, or a
    correction for others' sake, must not undo what the person decided."""
    manifest = package.manifest
    patient = patient_of(manifest)
    for number, person in enumerate(manifest.persons):
        said = manifest.persons[patient] if person.role == "foetus" else person
        who = _who(connection, package, said)
        left = left_under_any(connection, who) if who is not None else None
        if who is None or left is None or not person.samples:
            continue
        signed = [said.consent.signed] if said.consent is not None else []
        signed += [one.statement.day for one in consents_of(connection, who) if one.statement.says == "given"]
        if not any(day > left.date() for day in signed):
            found = f"This person withdrew on {left:%Y-%m-%d}."
            mend = "Take their samples and files out (kind duo or single), or tell of a consent signed on a later day."
            yield package.finding("person.left", ("persons", number), found, mend)


def _who(connection: Connection, package: Package, person: Person) -> str | None:
    """The pseudonym of a person of the manifest, where it is known already."""
    known = find_person(connection, package.manifest.laboratory, person.key) if person.key else None
    return person.pseudonym or known


def _names(connection: Connection, package: Package, number: int) -> Iterator[Finding]:
    person, here = package.manifest.persons[number], ("persons", number)
    known = find_person(connection, package.manifest.laboratory, person.key) if person.key else None
    if person.pseudonym is None or person.role == "foetus":
        return
    if not person_exists(connection, person.pseudonym):
        mend = "Give the laboratory's own key instead."
        yield package.finding("person.unknown", (*here, "pseudonym"), "This pseudonym is not one of ours.", mend)
    elif (other := joined_to(connection, person.pseudonym)) is not None:
        found = f"This pseudonym is one person with {other}, which stands for both."
        yield package.finding("person.unknown", (*here, "pseudonym"), found, "Give that one.")
    elif known is not None and known != person.pseudonym:
        found = "This key was reported for another pseudonym."
        yield package.finding("person.key", (*here, "key"), found, "Check which person is meant.")


def _karyotype(
    connection: Connection, package: Package, number: int, who: str | None, corrected: Submission | None
) -> Iterator[Finding]:
    """Against the person's other genomes. A correction warns: of two wrong packages one must be first."""
    person = package.manifest.persons[number]
    genomes = genomes_of_person(connection, who) if who is not None else []
    others = [genome for genome in genomes if corrected is None or genome.submission != corrected.id]
    before = {genome.karyotype for genome in others if genome.origin != "foetal"}
    if person.karyotype not in (None, "unknown") and before - {person.karyotype, "unknown"}:
        found = f"This person's karyotype was reported as {', '.join(sorted(before - {'unknown'}))}."
        mend = "Are samples swapped? To change what was reported, send a correction."
        severity: Severity = "error" if corrected is None else "warning"
        yield package.finding("person.karyotype", ("persons", number, "karyotype"), found, mend, severity)


def _tumours(connection: Connection, package: Package, number: int, who: str | None) -> Iterator[Finding]:
    """RNA that names a tumour of an earlier package: it must be there, of this person."""
    manifest = package.manifest
    here = {one.id for _, _, _, one in manifest.samples() if one.material == "dna"}
    for place, sample in enumerate(manifest.persons[number].samples):
        if sample.material != "rna" or sample.of_tumour is None or sample.of_tumour in here:
            continue
        found = assays_of_sample(connection, manifest.laboratory, sample.of_tumour)
        if not any(one.origin == "tumour" and one.material == "dna" and one.person == who for one in found):
            path = ("persons", number, "samples", place, "of_tumour")
            said = f"No sample of this person's tumour DNA called {sample.of_tumour} was accepted."
            yield package.finding("sample.rna", path, said, "Check the sample's id; report the DNA first.")


def _duplicates(connection: Connection, package: Package, genomes: Sequence[ReadGenome]) -> Iterator[Finding]:
    """The same calls, or the same column of the same file, are here: for this person or for another."""
    manifest = package.manifest
    corrected = _corrected(connection, package)
    gone = genomes_of_submission(connection, corrected.id) if corrected is not None else []
    replaced = {genome.accession for genome in gone}
    sources = [genome.source for genome in genomes]
    contents = [genome.content for genome in genomes]
    for old in genomes_with_source(connection, sources, contents):
        if old.accession in replaced:
            continue
        for genome in genomes:
            if old.source != genome.source and old.content != genome.content:
                continue
            number = manifest.persons.index(genome.person)
            place = genome.person.samples.index(genome.sample)
            # Another laboratory's accession says nothing about a person, and helps the two to talk.
            found = f"These calls are in the database already, as {old.accession} of laboratory {old.laboratory}."
            mend = (
                "A duplicate is not counted twice: check for a swapped file; to change that genome, send a correction."
            )
            yield package.finding("genome.duplicate", ("persons", number, "samples", place, "calls"), found, mend)


def _column(registers: dict[str, Any], table: str, name: str) -> set[str]:
    return {str(item[name]) for item in registers[table]}
