"""What a pack says, in words that a test can hold up: entries, runs, and what is covered."""

from typing import Any

from embla.genotypes.model import codes, keys
from embla.genotypes.reading import ReadPack

from .conftest import LENGTHS

KIND = {
    codes.HET: "het",
    codes.HOM: "hom",
    codes.HEMI: "hemi",
    codes.HALF: "half",
    codes.MT_HET: "mt-het",
    codes.MT_HOM: "mt-hom",
    codes.NONE: "none",
}


def entries(found: ReadPack, contig: str = "chr1") -> dict[str, tuple[Any, ...]]:
    """ "1000AG" -> (kind, words): adj, failed, derived, and differences in AN where they are not 0."""
    said: dict[str, tuple[Any, ...]] = {}
    calls = found.pack.contigs.get(contig)
    for key, entry in zip(calls.key.tolist(), calls.entry.tolist(), strict=True) if calls else ():
        ref, alt = calls.long_alleles[key] if keys.is_hashed(key) else keys.key_alleles(key)
        words = [
            word
            for bit, word in ((codes.ADJ, "adj"), (codes.FAILED, "failed"), (codes.DERIVED, "derived"))
            if entry & bit
        ]
        words += [f"raw{d:+}" for d in (codes.d_raw(entry),) if d] + [f"adj{d:+}" for d in (codes.d_adj(entry),) if d]
        said[f"{keys.key_pos(key)}{ref}>{alt}"] = (KIND[entry & codes.CLASS_MASK], *words)
    return said


def states(found: ReadPack, contig: str = "chr1") -> list[tuple[int, int, str]]:
    """Runs as (first, last, "raw adj"), 1-based with both ends, without those at the ends where nothing is called."""
    calls = found.pack.contigs[contig]
    level = "nof"
    runs = zip(calls.run_start.tolist(), calls.run_end.tolist(), calls.run_state.tolist(), strict=True)
    return [(a + 1, b, level[s // 3] + level[s % 3]) for a, b, s in runs if a != 0 and b != LENGTHS[contig]]


def covered(found: ReadPack, contig: str = "chr1") -> tuple[int, int]:
    """First and last 1-based base of a gVCF genome that is not "nothing" at the contig's ends."""
    calls = found.pack.contigs[contig]
    return int(calls.run_end[0]) + 1, int(calls.run_start[-1])
