"""What each kind of case asks for: who is in it, whose samples of which origin, what may be said of whom. Pure."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from embla.submission.model.finding import Finding
from embla.submission.model.manifest import Person
from embla.submission.package import Package

# Kind -> (who must be there once, who may be there, sentence). Of a foetal case one foetus or several.
_TRIO: Final = ("index", "mother", "father")


def check(package: Package) -> list[Finding]:
    """Every finding of these rules."""
    if package.manifest.case.kind == "nonhuman":
        return [*_nonhuman(package), *_source(package)]
    return [*_roles(package), *_persons(package), *_foetuses(package), *_specimens(package), *_source(package)]


def _roles(package: Package) -> Iterator[Finding]:
    manifest = package.manifest
    kind, roles = manifest.case.kind, [person.role for person in manifest.persons]
    there = Counter(roles)
    if kind == "trio" and sorted(roles) != sorted(_TRIO):
        missing = [role for role in _TRIO if role not in roles]
        found = f"A trio needs index, mother and father; {' and '.join(missing) or 'one of them'} "
        found += "is missing." if missing else "is there twice, or somebody else is."
        yield _wrong(package, found, "Add the person, or report a single case.")
    elif kind == "duo" and (there["index"] != 1 or len(roles) != 2 or there["foetus"]):
        yield _wrong(package, "A duo is the index and one relative.", "Add the person, or report a single case.")
    elif kind == "single" and len(roles) != 1:
        found = f"A single case has one person, not {len(roles)}."
        yield _wrong(package, found, "Report a trio, or each person by itself.")
    elif kind == "single" and roles != ["index"] and manifest.case.family is None:
        found = f"A {roles[0]} reported alone belongs to a family that is not named."
        mend = "Give case.family, or the role index."
        yield package.finding("family.roles", ("persons", 0, "role"), found, mend)
    elif kind == "foetal":
        if there["mother"] != 1 or not there["foetus"] or set(roles) - {"mother", "father", "foetus"}:
            found = "A foetal case is the pregnant person (role mother), one foetus or more, and perhaps a father."
            yield _wrong(package, found, "Add the pregnant person; she needs no sample of her own.")
        elif there["father"] > 1:
            yield _wrong(package, "A foetal case has one father at most.", "Take the other out.")
    elif kind in ("tumour", "tumour_normal") and roles != ["index"]:
        found = f"A tumour case is one person, the index, not {len(roles)}."
        yield _wrong(package, found, "Report relatives in a package of their own.")


def _wrong(package: Package, found: str, mend: str) -> Finding:
    return package.finding("family.roles", ("persons",), found, mend)


def _persons(package: Package) -> Iterator[Finding]:
    for number, person in enumerate(package.manifest.persons):
        if wrong := _karyotype_of_parent(person):
            mend = "Are mother and father swapped? Check karyotype and role."
            yield package.finding("family.karyotype", ("persons", number, "karyotype"), wrong, mend)
        if not person.blood and person.role not in ("mother", "father"):
            found = f"blood is false for the {person.role}."
            mend = "Mark the parent who is not of one blood, not the child."
            yield package.finding("family.blood", ("persons", number, "blood"), found, mend)
        if person.karyotype is None and person.role != "foetus":
            found = f"The {person.role} has no karyotype."
            yield package.finding("foetus.sex", ("persons", number), found, "Give it, or write unknown.")
        if person.gestation_days is not None and person.role != "foetus":
            found = f"gestation_days is given for the {person.role}."
            mend = "Give it for the foetus."
            yield package.finding("foetus.person", ("persons", number, "gestation_days"), found, mend)


def _karyotype_of_parent(person: Person) -> str:
    karyotype = person.karyotype or "unknown"
    if person.role == "mother" and "Y" in karyotype:
        return f"A mother with karyotype {karyotype}."
    if person.role == "father" and "Y" not in karyotype and karyotype != "unknown":
        return f"A father with karyotype {karyotype}."
    return ""


def _foetuses(package: Package) -> Iterator[Finding]:
    manifest = package.manifest
    for number, person in enumerate(manifest.persons):
        if person.role != "foetus":
            continue
        own = [name for name in ("pseudonym", "consent", "region") if getattr(person, name) is not None]
        for name in own:
            found = f"A foetus has no {name} of its own."
            mend = "Give it for the pregnant person."
            yield package.finding("foetus.person", ("persons", number, name), found, mend)
        if manifest.case.kind != "foetal":
            found = f"A foetus in a case of the kind {manifest.case.kind}."
            yield package.finding("family.roles", ("persons", number, "role"), found, "Write the kind foetal.")
        if not person.samples:
            found = "The foetus has no sample."
            yield package.finding("foetus.person", ("persons", number), found, "Add its sample.")
        if person.karyotype in (None, "unknown"):
            # A foetus' sex need not be known, nor told: what hangs on it is not judged, and says so.
            found = "The sex of the foetus is not given: its calls on X and Y are held against nothing."
            mend = "Give the karyotype when it is known and may be told."
            yield package.finding("foetus.sex", ("persons", number), found, mend, "warning")


def _specimens(package: Package) -> Iterator[Finding]:
    if package.manifest.specimens:
        found = "Specimens in a case of persons."
        mend = "Report them in a package of the kind nonhuman."
        yield package.finding("nonhuman.specimen", ("specimens",), found, mend)
    if not package.manifest.persons:
        yield package.finding("family.roles", ("persons",), "The package has no person.", "Add the patient.")


def _nonhuman(package: Package) -> Iterator[Finding]:
    manifest = package.manifest
    if manifest.persons:
        found = "Persons in a package of the kind nonhuman."
        mend = "Take them out: what is not human is linked to no person here."
        yield package.finding("nonhuman.specimen", ("persons",), found, mend)
    if not manifest.specimens:
        found = "A package of the kind nonhuman without a specimen."
        yield package.finding("nonhuman.specimen", ("case", "kind"), found, "Add the specimens.")
    seen: set[str] = set()
    for number, specimen in enumerate(manifest.specimens):
        here = ("specimens", number)
        if specimen.id in seen:
            found = "An earlier specimen of this package has this id too."
            yield package.finding("nonhuman.specimen", (*here, "id"), found, "Give each its own.")
        seen.add(specimen.id)
        if specimen.taxon == 9606:
            found = "Taxon 9606 is human."
            yield package.finding("nonhuman.specimen", (*here, "taxon"), found, "Report the person, with a kind.")
        if not specimen.host_reads_removed:
            found = "Reads of the patient were not taken out, so the files hold a person's data."
            mend = "Take them out and write the manifest again."
            yield package.finding("nonhuman.specimen", (*here, "host_reads_removed"), found, mend)
        for place, path in enumerate(specimen.files):
            if manifest.file(path) is None:
                mend = "List it under files."
                found = "This file is not listed under files."
                yield package.finding("nonhuman.specimen", (*here, "files", place), found, mend)


def _source(package: Package) -> Iterator[Finding]:
    case = package.manifest.case
    if case.source == "research" and case.study is None:
        found = "Research, but no study is named."
        yield package.finding("case.source", ("case", "source"), found, "Name it in case.study.")
    if case.source != "research" and case.study is not None:
        found = f"A study is named, but the source is {case.source}."
        yield package.finding("case.source", ("case", "study"), found, 'Write "source": "research".')
