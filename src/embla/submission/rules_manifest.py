"""Rules that the manifest answers by itself: names, dates, files, what it takes the place of. What each kind of case
asks for stands in rules_kinds.py and rules_samples.py."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from embla.submission import rules_kinds, rules_samples
from embla.submission.model.finding import Finding
from embla.submission.package import Package, safe_path
from embla.submission.places import Path

FOLLOWS = ("addition", "followup")


def check(package: Package, on: date) -> list[Finding]:
    """Every finding of these rules. `on` is today."""
    return package.heard(
        [
            *_dates(package, on),
            *_files(package),
            *rules_kinds.check(package),
            *_persons(package),
            *rules_samples.check(package),
            *_correction(package),
        ]
    )


def _dates(package: Package, on: date) -> Iterator[Finding]:
    manifest = package.manifest
    dates: list[tuple[Path, date | None]] = [(("case", "opened"), manifest.case.opened)]
    for number, place, _, sample in manifest.samples():
        dates.append((("persons", number, "samples", place, "collected"), sample.collected))
    for number, person in enumerate(manifest.persons):
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


def _persons(package: Package) -> Iterator[Finding]:
    persons = package.manifest.persons
    for number, person in enumerate(persons):
        if person.key is None and person.pseudonym is None and person.role != "foetus":
            found = "The person has neither key nor pseudonym."
            yield package.finding("schema.missing", ("persons", number), found, "Give what the laboratory calls them.")
    yield from _same(package, "key", [(("persons", n, "key"), n, one.key) for n, one in enumerate(persons)])
    pseudonyms = [(("persons", n, "pseudonym"), n, one.pseudonym) for n, one in enumerate(persons)]
    yield from _same(package, "pseudonym", pseudonyms)
    samples = list(package.manifest.samples())
    ids = [(("persons", n, "samples", place, "id"), n, one.id) for n, place, _, one in samples]
    yield from _same(package, "sample.id", ids)
    seen: dict[tuple[str, str], int] = {}
    for number, place, _, sample in samples:
        if sample.calls is None:
            continue
        source = (sample.calls, sample.column or sample.id)
        if source in seen:
            found = f"Person {seen[source] + 1} of this package has the same calls."
            path: Path = ("persons", number, "samples", place, "calls")
            yield package.finding("family.same_person", path, found, "Give each person their own calls.")
        seen.setdefault(source, number)


def _same(package: Package, field: str, values: Sequence[tuple[Path, int, str | None]]) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for path, number, value in values:
        if value is not None and value in seen:
            found = f"Person {seen[value] + 1} of this package has this {field} too."
            yield package.finding("family.same_person", path, found, "Give each person and each sample its own.")
        if value is not None:
            seen.setdefault(value, number)


def _correction(package: Package) -> Iterator[Finding]:
    manifest = package.manifest
    if manifest.type == "correction" and manifest.corrects is None:
        mend = "Name in corrects the package whose place it takes."
        yield package.finding("correction.of", ("type",), "A correction of nothing.", mend)
    if manifest.type != "correction" and manifest.corrects is not None:
        found = f"corrects is given, but the type is {manifest.type}."
        yield package.finding("correction.of", ("corrects",), found, 'Write "type": "correction".')
    if manifest.corrects is not None and manifest.corrects == manifest.package:
        found = "The package corrects itself."
        yield package.finding("correction.of", ("corrects",), found, "Give the correction a package id of its own.")
    if manifest.type in FOLLOWS and manifest.follows is None:
        mend = "Name in follows an accepted package of the case."
        yield package.finding("follows.of", ("type",), f"The {manifest.type} names no package that it follows.", mend)
    if manifest.type not in FOLLOWS and manifest.follows is not None:
        found = f"follows is given, but the type is {manifest.type}."
        yield package.finding("follows.of", ("follows",), found, 'Write "type": "addition" or "followup".')
