"""Rules that the manifest answers by itself: names, dates, families, what a sample points to."""

from collections.abc import Iterator
from datetime import date, timedelta

from embla.submission.model.finding import Finding
from embla.submission.package import Package, safe_path
from embla.submission.places import Path

CALLS = ("gvcf", "vcf", "bcf")


def check(package: Package, on: date) -> list[Finding]:
    """Every finding of these rules. `on` is today."""
    return [
        *_dates(package, on),
        *_files(package),
        *_family(package),
        *_samples(package),
        *_correction(package),
    ]


def _dates(package: Package, on: date) -> Iterator[Finding]:
    manifest = package.manifest
    dates: list[tuple[Path, date | None]] = [(("case", "opened"), manifest.case.opened)]
    for number, person in enumerate(manifest.persons):
        dates.append((("persons", number, "sample", "collected"), person.sample.collected))
        if person.consent is not None:
            dates.append((("persons", number, "consent", "signed"), person.consent.signed))
    for path, day in dates:
        # Today is told in UTC; east of it the next day has begun.
        if day is not None and day > on + timedelta(days=1):
            yield package.finding("date.future", path, f"{day} lies in the future (today is {on}).", "Mend the date.")


def _files(package: Package) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for number, file in enumerate(package.manifest.files):
        here: Path = ("files", number, "path")
        if not safe_path(file.path):
            mend = "Write it relative to the package folder, as files/sample.g.vcf.gz; no .., no hidden files."
            yield package.finding("files.path", here, "This path is not one inside the package.", mend)
        folded = file.path.casefold()
        if folded in seen:
            found = f"This file is listed on line {package.line('files', seen[folded], 'path')} already."
            yield package.finding(
                "files.twice", here, found, "List each file once; names that differ in case only clash."
            )
        seen.setdefault(folded, number)


def _family(package: Package) -> Iterator[Finding]:
    manifest = package.manifest
    roles = sorted(person.role for person in manifest.persons)
    if manifest.case.kind == "trio" and roles != ["father", "index", "mother"]:
        missing = [role for role in ("index", "mother", "father") if role not in roles]
        found = f"A trio needs index, mother and father; {' and '.join(missing) or 'one of them'} "
        found += "is missing." if missing else "is there twice, or somebody else is."
        yield package.finding("family.roles", ("persons",), found, "Add the person, or report a single case.")
    if manifest.case.kind == "single":
        if len(roles) != 1:
            found = f"A single case has one person, not {len(roles)}."
            yield package.finding("family.roles", ("persons",), found, "Report a trio, or each person by itself.")
        elif roles != ["index"] and manifest.case.family is None:
            found = f"A {roles[0]} reported alone belongs to a family that is not named."
            yield package.finding("family.roles", ("persons", 0, "role"), found, "Give case.family, or the role index.")
    for number, person in enumerate(manifest.persons):
        if wrong := _karyotype_of_parent(person.role, person.karyotype):
            mend = "Are mother and father swapped? Check karyotype and role."
            yield package.finding("family.karyotype", ("persons", number, "karyotype"), wrong, mend)
        if not person.blood and person.role not in ("mother", "father"):
            found = f"blood is false for the {person.role}."
            mend = "Mark the parent who is not of one blood, not the child."
            yield package.finding("family.blood", ("persons", number, "blood"), found, mend)
        if person.key is None and person.pseudonym is None:
            found = "The person has neither key nor pseudonym."
            yield package.finding("schema.missing", ("persons", number), found, "Give what the laboratory calls them.")
    yield from _twice(package)


def _karyotype_of_parent(role: str, karyotype: str) -> str:
    if role == "mother" and "Y" in karyotype:
        return f"A mother with karyotype {karyotype}."
    if role == "father" and "Y" not in karyotype and karyotype != "unknown":
        return f"A father with karyotype {karyotype}."
    return ""


def _twice(package: Package) -> Iterator[Finding]:
    persons = package.manifest.persons
    named: dict[str, list[str | None]] = {
        "key": [person.key for person in persons],
        "pseudonym": [person.pseudonym for person in persons],
        "sample.id": [person.sample.id for person in persons],
    }
    for field, values in named.items():
        for number, value in enumerate(values):
            if value is not None and value in values[:number]:
                path: Path = ("persons", number, *field.split("."))
                found = f"Person {values.index(value) + 1} of this package has this {field} too."
                yield package.finding("family.same_person", path, found, "Give each person and each sample its own.")
    sources = [(person.sample.calls, person.sample.column or person.sample.id) for person in persons]
    for number, source in enumerate(sources):
        if source in sources[:number]:
            found = f"Person {sources.index(source) + 1} of this package has the same calls."
            path = ("persons", number, "sample", "calls")
            yield package.finding("family.same_person", path, found, "Give each person their own calls.")


def _samples(package: Package) -> Iterator[Finding]:
    manifest = package.manifest
    for number, person in enumerate(manifest.persons):
        sample, here = person.sample, ("persons", number, "sample")
        listed = manifest.file(sample.calls)
        if listed is None or listed.format not in CALLS:
            found = "This file is not listed under files." if listed is None else f"This file is a {listed.format}."
            mend = f"List it under files with the format {', '.join(CALLS)}."
            yield package.finding("sample.calls", (*here, "calls"), found, mend)
        if sample.callability == "bed":
            bed = manifest.file(sample.bed) if sample.bed is not None else None
            if bed is None or bed.format != "bed":
                found = "Callability bed, but no listed BED is named."
                yield package.finding("sample.bed", (*here, "callability"), found, "Name it in bed, list it as bed.")
        elif sample.bed is not None:
            found = f"A BED is named, but callability is {sample.callability}."
            yield package.finding("sample.bed", (*here, "bed"), found, "Write callability bed, or leave the BED out.")


def _correction(package: Package) -> Iterator[Finding]:
    manifest = package.manifest
    if manifest.type == "correction" and manifest.corrects is None:
        mend = "Name in corrects the package whose place it takes."
        yield package.finding("correction.of", ("type",), "A correction of nothing.", mend)
    if manifest.type != "correction" and manifest.corrects is not None:
        found = "corrects is given, but the type is initial."
        yield package.finding("correction.of", ("corrects",), found, 'Write "type": "correction".')
    if manifest.corrects is not None and manifest.corrects == manifest.package:
        found = "The package corrects itself."
        yield package.finding("correction.of", ("corrects",), found, "Give the correction a package id of its own.")
