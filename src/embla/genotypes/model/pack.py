"""The genome pack in memory: one genome, normalised, gated, ready to be counted and to be given back.

Reading (`genotypes.reading`) makes packs from files; the store (`genotypes.store`) writes, merges and counts them. A
pack holds no name and no attribute that can change; its digest covers all of it, so equal calls have equal digests.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Callability = Literal["gvcf", "bed", "assumed"]
Numbers = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True)
class Records:
    """The calls of one contig as the file wrote them, in file order; n records. -1 is missing.

    Every record with a real ALT that the genome carries or that failed or missed; enough to write the VCF lines again.
    """

    pos: NDArray[np.uint32]  # (n,) 1-based
    text: bytes  # "REF\tALT1,ALT2" of each record as written, upper case, joined without separators
    text_end: NDArray[np.uint32]  # (n,) end of each record's text; it starts where the one before ends
    gt: NDArray[np.int8]  # (n, 2) allele numbers; -1 is a missing allele, -2 no second allele (haploid GT)
    phased: NDArray[np.bool_]  # (n,)
    phase_set: NDArray[np.int64]  # (n,) PS (or the number in PID), -1 none
    filter: Numbers  # (n,) index into Pack.filters, or into the contig's own texts: see filters.py
    dp: NDArray[np.int32]  # (n,)
    gq: NDArray[np.int16]  # (n,)
    ad: NDArray[np.int32]  # all AD values in a row
    ad_end: NDArray[np.uint32]  # (n,) end of each record's AD
    counted: NDArray[np.bool_]  # (n,) False: kept and given back, but a no-call to the counts (say why on add)


@dataclass(frozen=True)
class ContigCalls:
    """One contig of one genome: m entries sorted by (key, allele text), r disjoint sorted callability runs."""

    key: NDArray[np.uint64]  # (m,) see keys.py
    entry: NDArray[np.uint16]  # (m,) see codes.py
    heteroplasmy: NDArray[np.uint16]  # (m,) in 1/10,000 on chrM, else empty (0,)
    long_alleles: dict[int, tuple[str, str]]  # key -> (ref, alt) of hashed keys
    run_start: NDArray[np.uint32]  # (r,) 0-based
    run_end: NDArray[np.uint32]  # (r,) exclusive
    run_state: NDArray[np.uint8]  # (r,) see codes.py; places in no run are STATE_FULL
    records: Records

    def long_size(self) -> int:
        """About the bytes that its long alleles take in memory."""
        return sum(200 + len(ref) + len(alt) for ref, alt in self.long_alleles.values())

    def with_filter(self, numbers: Numbers) -> "ContigCalls":
        """The same with other numbers for its records' FILTER."""
        return replace(self, records=replace(self.records, filter=numbers))


@dataclass(frozen=True)
class PackFacts:
    """What is said of a whole genome; all of it is known before its first contig is."""

    assembly: str
    karyotype: str
    callability: Callability
    policy: str  # Policy.digest() under which adj was fixed
    pipeline: str  # caller named in the header, "" if none


@dataclass(frozen=True)
class Pack:
    """One genome. A contig of 1-22, X, Y, M that `contigs` lacks has no entry and is one run over its whole length:
    STATE_NOTHING for gvcf and bed, STATE_FULL for assumed. For `assumed` genomes adj is nowhere, whatever the runs say.
    """

    assembly: str
    karyotype: str
    callability: Callability
    policy: str  # Policy.digest() under which adj was fixed
    pipeline: str  # caller named in the header, "" if none
    filters: tuple[str, ...]  # FILTER texts as written, e.g. ("PASS", ".", "LowQual")
    contigs: dict[str, ContigCalls]
    # Contig -> lines at listed places as VCF text (reading/keeping.py); empty also where a pack is older than the list.
    kept: dict[str, bytes] = field(default_factory=dict)
    # Digest of the FASTA it was left-aligned against, "" for none; None where nobody says, as in packs from before this
    # was told. Not in the pack's own digest: the same calls are the same genome.
    reference: str | None = None

    @property
    def facts(self) -> PackFacts:
        """What is said of the whole of it."""
        return PackFacts(self.assembly, self.karyotype, self.callability, self.policy, self.pipeline)
