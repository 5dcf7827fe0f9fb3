"""Reading what was called beside small variants: structural variants, copy numbers, repeats."""

from typing import TYPE_CHECKING

from embla.errors import BadInput
from embla.submission.model.finding import Finding
from embla.submission.package import Package

if TYPE_CHECKING:
    from embla.structural import CallerSet


def read(package: Package, number: int, place: int) -> tuple[list[Finding], tuple["CallerSet", ...]]:
    """What is wrong with a sample's files, and what each caller found. A kind without a file was not looked for."""
    from embla.structural import KINDS, read_caller_file

    person = package.manifest.persons[number]
    sample = person.samples[place]
    if not sample.callset:
        return [], ()  # rules_samples says so
    # An exome or a panel was looked at inside its BED only, by every caller.
    bed = package.files.get(sample.bed) if sample.bed is not None and sample.callability == "bed" else None
    findings, called = [], []
    for kind in KINDS:
        path = sample.called.get(kind)
        file, listed = (package.files.get(path), package.manifest.file(path)) if path is not None else (None, None)
        if path is None or file is None or listed is None or listed.format != "vcf":
            continue  # rules_samples and rules_files say so
        try:
            called.append(read_caller_file(file, sample.column or sample.id, kind, person.karyotype or "unknown", bed))
        except BadInput as error:
            mend = error.mend or "Mend the file and write the manifest again."
            at_fault = sample.bed if bed is not None and error.path == str(bed) else path
            findings.append(Finding("structural.refused", at_fault or path, error.line, error.message, mend))
    return list(dict.fromkeys(findings)), tuple(called)
