"""What a sample may be and what it must point to: origin, material, assay, calls, raw files, RNA's tumour."""

from collections.abc import Iterator
from typing import Final

from embla.submission.model.finding import Finding
from embla.submission.model.manifest import CALLED_ASSAYS, Person, Sample
from embla.submission.package import Package
from embla.submission.places import Path

CALLS: Final = ("gvcf", "vcf", "bcf")
RAW: Final = ("fastq", "bam", "cram", "counts", "other", "vcf")
TUMOURS: Final = ("tumour", "tumour_normal")


def check(package: Package) -> list[Finding]:
    """Every finding of these rules."""
    return [
        *_origins(package), *_tumours(package), *_calls(package), *_rna(package), *_raw(package), *_pairs(package),
        *_structural(package), *_some(package),
    ]  # fmt: skip


def _origins(package: Package) -> Iterator[Finding]:
    for number, place, person, sample in package.manifest.samples():
        if wrong := _origin(package, person, sample):
            path: Path = ("persons", number, "samples", place, "origin")
            yield package.finding("sample.origin", path, *wrong)
        if wrong := _material(sample):
            yield package.finding("sample.origin", ("persons", number, "samples", place, "assay"), *wrong)
        if sample.tumour_cells is not None and sample.origin != "tumour":
            found = f"tumour_cells is given for a sample of origin {sample.origin}."
            path = ("persons", number, "samples", place, "tumour_cells")
            yield package.finding("sample.origin", path, found, "Give it for the tumour.")


def _origin(package: Package, person: Person, sample: Sample) -> tuple[str, str] | None:
    if (sample.origin == "foetal") != (person.role == "foetus"):
        found = f"A sample of origin {sample.origin} of the {person.role}."
        return found, "A foetus' samples are foetal, nobody else's are: are two persons mixed up?"
    kind = package.manifest.case.kind
    if sample.origin == "tumour" and kind not in TUMOURS:
        return f"A tumour's sample in a case of the kind {kind}.", "Write the kind tumour or tumour_normal."
    if kind == "tumour" and sample.origin == "germline" and sample.material == "dna":
        return "A normal sample in a case of the kind tumour.", "Write the kind tumour_normal."
    return None


def _material(sample: Sample) -> tuple[str, str] | None:
    if (sample.material == "rna") != (sample.assay == "transcriptome"):
        return f"The assay {sample.assay} of {sample.material.upper()}.", "RNA is a transcriptome, DNA is not."
    if (sample.technology == "array") != (sample.assay == "array"):
        return f"The assay {sample.assay} by {sample.technology}.", "Write technology array for an array, only there."
    return None


def _tumours(package: Package) -> Iterator[Finding]:
    manifest = package.manifest
    if manifest.case.kind not in TUMOURS or manifest.type in ("addition", "followup"):
        return
    dna = [one.origin for _, _, _, one in manifest.samples() if one.material == "dna"]
    if "tumour" not in dna:
        found = "A tumour case without DNA of the tumour."
        yield package.finding("sample.origin", ("case", "kind"), found, "Add the sample, or report an addition.")
    if manifest.case.kind == "tumour_normal" and "germline" not in dna:
        found = "A tumour and normal case without a normal sample."
        yield package.finding("sample.origin", ("case", "kind"), found, "Add it, or write the kind tumour.")


def _calls(package: Package) -> Iterator[Finding]:
    manifest = package.manifest
    for number, place, _, sample in manifest.samples():
        here: Path = ("persons", number, "samples", place)
        if sample.calls is None:
            if sample.assay in CALLED_ASSAYS and sample.files:
                found = "No file of calls: the raw files are kept, and nothing of the sample is counted."
                mend = "Send the calls as an addition."
                yield package.finding("sample.calls", (*here, "id"), found, mend, "warning")
            elif sample.assay in CALLED_ASSAYS:
                mend = f"List it under files with the format {', '.join(CALLS)}."
                yield package.finding("sample.calls", (*here, "id"), "The sample names no file of calls.", mend)
            continue
        listed = manifest.file(sample.calls)
        if listed is None or listed.format not in CALLS:
            found = "This file is not listed under files." if listed is None else f"This file is a {listed.format}."
            mend = f"List it under files with the format {', '.join(CALLS)}."
            yield package.finding("sample.calls", (*here, "calls"), found, mend)
        if sample.callset:
            for name in ("assembly", "callability", "pipeline"):
                if getattr(sample, name) is None:
                    found = f"{name} is missing."
                    yield package.finding("schema.missing", here, found, f"Add {name}: calls were made from it.")
            yield from _bed(package, sample, here)


def _bed(package: Package, sample: Sample, here: Path) -> Iterator[Finding]:
    if sample.callability == "bed":
        bed = package.manifest.file(sample.bed) if sample.bed is not None else None
        if bed is None or bed.format != "bed":
            found = "Callability bed, but no listed BED is named."
            yield package.finding("sample.bed", (*here, "callability"), found, "Name it in bed, list it as bed.")
    elif sample.bed is not None:
        found = f"A BED is named, but callability is {sample.callability}."
        yield package.finding("sample.bed", (*here, "bed"), found, "Write callability bed, or leave the BED out.")


_AS_VCF: Final = "List it under files with the format vcf."


def _structural(package: Package) -> Iterator[Finding]:
    manifest = package.manifest
    for number, place, _, sample in manifest.samples():
        here: Path = ("persons", number, "samples", place)
        for name in ("structural", "copy_numbers", "repeats"):
            path = getattr(sample, name)
            if path is None:
                continue
            listed = manifest.file(path)
            if listed is None or listed.format != "vcf":
                found = "This file is not listed under files." if listed is None else f"This file is a {listed.format}."
                yield package.finding("sample.structural", (*here, name), found, _AS_VCF)
            if not sample.callset:
                found = "The sample has no calls of small variants that become a genome, so nothing can be counted."
                mend = "Send it with the sample's calls, or name it under files to be kept only."
                yield package.finding("sample.structural", (*here, name), found, mend)


def _rna(package: Package) -> Iterator[Finding]:
    tumours = {
        one.id for _, _, _, one in package.manifest.samples() if one.origin == "tumour" and one.material == "dna"
    }
    for number, place, _, sample in package.manifest.samples():
        here: Path = ("persons", number, "samples", place)
        rna = sample.material == "rna" and sample.origin == "tumour"
        if rna and sample.of_tumour is None:
            found = "RNA of a tumour that names no DNA of that tumour."
            yield package.finding("sample.rna", here, found, "Name the tumour's DNA sample in of_tumour.")
        if not rna and sample.of_tumour is not None:
            found = f"of_tumour is given for {sample.material.upper()} of origin {sample.origin}."
            yield package.finding("sample.rna", (*here, "of_tumour"), found, "Only RNA of a tumour names one.")
        # Another package's is looked for by judge.py; only an addition may count on one.
        if rna and sample.of_tumour is not None and sample.of_tumour not in tumours:
            if package.manifest.type not in ("addition", "followup"):
                found = f"No sample of tumour DNA in this package is called {sample.of_tumour}."
                mend = "Add it, or send the RNA as an addition to the package that had it."
                yield package.finding("sample.rna", (*here, "of_tumour"), found, mend)


def _raw(package: Package) -> Iterator[Finding]:
    manifest = package.manifest
    for number, place, _, sample in manifest.samples():
        here: Path = ("persons", number, "samples", place)
        if sample.calls is None and not sample.files and sample.assay not in CALLED_ASSAYS:
            yield package.finding("sample.files", (*here, "id"), "The sample names no file.", "Name its files.")
        for nth, path in enumerate(sample.files):
            listed = manifest.file(path)
            if listed is None:
                found = "This file is not listed under files."
                yield package.finding("sample.files", (*here, "files", nth), found, "List it under files.")
            elif listed.format not in RAW:
                found = f"This file is a {listed.format}."
                mend = f"Raw files have the format {', '.join(RAW)}."
                yield package.finding("sample.files", (*here, "files", nth), found, mend)


def _pairs(package: Package) -> Iterator[Finding]:
    """Short reads: R1 and R2 of each flow cell and lane (GRZ: "FASTQ pairs per flowcell and lane")."""
    manifest = package.manifest
    for number, place, _, sample in manifest.samples():
        lanes: dict[tuple[str | None, int | None], list[str | None]] = {}
        for path in sample.files:
            listed = manifest.file(path)
            if listed is not None and listed.format == "fastq" and sample.technology == "short":
                lanes.setdefault((listed.flowcell, listed.lane), []).append(listed.read)
        for (flowcell, lane), reads in lanes.items():
            if sorted(read or "" for read in reads) != ["R1", "R2"]:
                found = f"Flow cell {flowcell or '?'} lane {lane or '?'} has {', '.join(r or '?' for r in reads)}."
                mend = "List R1 and R2 of it, each with read, flowcell and lane."
                yield package.finding("files.reads", ("persons", number, "samples", place, "files"), found, mend)


def _some(package: Package) -> Iterator[Finding]:
    """A package brings something; only a follow-up may be words alone."""
    manifest = package.manifest
    if manifest.type == "followup" or manifest.case.kind == "nonhuman":
        return
    if manifest.type == "addition":
        if not any(person.samples for person in manifest.persons):
            found = "An addition without a sample."
            yield package.finding("sample.files", ("type",), found, 'Add samples, or write "type": "followup".')
        return
    for number, person in enumerate(manifest.persons):
        carries = manifest.case.kind == "foetal" and person.role in ("mother", "father")
        if not person.samples and not carries and person.role != "foetus":
            found = f"The {person.role} has no sample."
            yield package.finding("sample.files", ("persons", number), found, "Add it, or take the person out.")
