"""Files become genome packs: VCF, gVCF and BCF of any of the common callers, one or many samples each.

Owns: what a file must be to be believed (and the sentence that refuses it), the columns of a record, gates,
left-aligned keys, callability. Words: a *spec* names one sample in one file; a *block* is a record without a real ALT
(`.`, `<NON_REF>`, `<*>`); a *real ALT* is spelled out in bases; the *report* counts what was skipped, dropped or turned
into a no-call, for the person who adds the file.
Never knows: the store, the database, where packs are kept.
Start at reader.py (`read_genomes`) and file.py; one line becomes rows in kernels/, rows become a contig of a pack in
settle.py, which goes to who takes it (taking.py). The slow and plain version of all that begins in
tests/support/plain_reader.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.genotypes.reading.reader import Progress, Read, ReadPack, read_genomes, read_packs
    from embla.genotypes.reading.report import ReadReport
    from embla.genotypes.reading.samples import SampleSpec, read_samples_tsv, specs_for

__all__ = [
    "Progress",
    "Read",
    "ReadPack",
    "ReadReport",
    "SampleSpec",
    "read_genomes",
    "read_packs",
    "read_samples_tsv",
    "specs_for",
]

__getattr__ = lazy(
    __name__,
    {
        "Progress": "reader",
        "Read": "reader",
        "ReadPack": "reader",
        "ReadReport": "report",
        "SampleSpec": "samples",
        "read_genomes": "reader",
        "read_packs": "reader",
        "read_samples_tsv": "samples",
        "specs_for": "samples",
    },
)
