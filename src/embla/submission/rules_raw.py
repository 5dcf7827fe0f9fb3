"""Rules of raw files: a file begins as its format does, and the read groups of a BAM or CRAM name the sample.

Only headers are read, whatever the size of the file.
"""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from embla.registry import looks_like_cpr
from embla.submission.model.finding import Finding
from embla.submission.model.manifest import Sample
from embla.submission.package import Package

_MAGIC: Final = {"fastq": b"@", "bam": b"BAM\x01", "cram": b"CRAM"}
MAX_HEADER: Final = 16 << 20


def check(package: Package, number: int, place: int, sample: Sample) -> Iterator[Finding]:
    """Every finding about the raw files of one sample."""
    for nth, path in enumerate(sample.files):
        listed, file = package.manifest.file(path), package.files.get(path)
        if listed is None or file is None or listed.format not in _MAGIC:
            continue
        if not _begins(file, listed.format):
            found = f"It does not begin as a {listed.format.upper()} does."
            yield Finding("files.content", path, 0, found, "Was another file listed here? Check its format.")
        elif listed.format in ("bam", "cram"):
            wrong, mend = _wrong_groups(file, sample.column or sample.id)
            if wrong:
                here = ("persons", number, "samples", place, "files", nth)
                yield package.finding("sample.readgroup", here, wrong, mend)


def _begins(file: Path, form: str) -> bool:
    wanted = _MAGIC[form]
    with file.open("rb") as opened:
        start = opened.read(4)
    if form == "cram" or start[:2] != b"\x1f\x8b":
        return start.startswith(wanted) and form != "bam"
    try:
        with gzip.open(file) as unpacked:
            return unpacked.read(len(wanted)) == wanted
    except (OSError, EOFError, zlib.error):
        return False


def _wrong_groups(file: Path, sample: str) -> tuple[str, str]:
    """Why the read groups are not this sample's, and how to mend it; ("", "") when they are."""
    import pysam

    before = pysam.set_verbosity(0)
    try:
        with pysam.AlignmentFile(str(file), check_sq=False) as opened:
            groups = opened.header.to_dict().get("RG", [])
    except (OSError, ValueError):
        return "Its header cannot be read.", "Check that the file is whole."
    finally:
        pysam.set_verbosity(before)
    names = sorted({str(group.get("SM", "")) for group in groups})
    if any(looks_like_cpr(name) for name in names):
        return "A read group names what reads as a CPR number.", "Rename it, say with `samtools addreplacerg`."
    if not groups or names == [""]:
        return "It has no read group that names a sample (@RG with SM).", "Add it, say with `samtools addreplacerg`."
    if names != [sample]:
        shown = ", ".join(f"'{name[:40]}'" for name in names[:5])
        return f"Its read groups are of {shown}, the sample is {sample}.", "Are files swapped? Check the sample."
    return "", ""
