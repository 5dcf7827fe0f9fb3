"""Quality: measured again from the files where they allow it, held against what was declared and what is asked for.

Depth and coverage come from the blocks and records of a gVCF (DP, MIN_DP), Q30 from FASTQ, het per hom and the balance
of het calls from the calls that were read. A pass over a file is bounded: of a large one its first part is measured,
which is ample for a mean. What a file does not tell is not measured, and what is not measured is not judged but by what
was declared.
"""

import gzip
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from embla.submission.model.finding import Finding
from embla.submission.model.manifest import Measured, Sample
from embla.submission.model.rule_set import RuleSet
from embla.submission.package import Package

if TYPE_CHECKING:
    from embla.genotypes import Pack

# So many calls, bases or reads at least must speak.
ENOUGH_CALLS: Final = 100
ENOUGH_BASES: Final = 1000
MAX_RECORDS: Final = 300_000
MAX_READS: Final = 50_000
# Of larger files every so many-th record is looked at: a mean needs no more, and acceptance must not wait for it.
_STEP: Final = 5
_SMALL: Final = 1 << 16
_MAX_LINE: Final = 1 << 22
_UNITS: Final = {"mean_depth": "x", "covered_20x": " %", "q30": " %", "het_hom": "", "het_balance": ""}


def measure(package: Package, sample: Sample, pack: "Pack | None") -> Measured:
    """What the files tell; None for what they do not. A depth is measured only where a file has blocks: variants alone
    are where the reads were."""
    found: dict[str, float] = {}
    if pack is not None:
        found |= _of_calls(pack)
    listed = package.manifest.file(sample.calls) if sample.calls else None
    place = package.files.get(sample.calls) if sample.calls else None
    if pack is not None and listed is not None and place is not None and sample.callability == "gvcf":
        found |= _of_blocks(place, sample.column or sample.id)
    reads = [package.files[path] for path in _fastqs(package, sample) if path in package.files]
    if reads:
        found |= _of_reads(reads)
    return Measured(**found)


def check(package: Package, number: int, place: int, measured: Measured, rules: RuleSet) -> list[Finding]:
    """Declared against measured, with the tolerance; then the best known value against the thresholds."""
    sample = package.manifest.persons[number].samples[place]
    here = ("persons", number, "samples", place)
    findings = []
    for name, unit in _UNITS.items():
        said, told = getattr(sample.measured, name), getattr(measured, name)
        if said is not None and told is not None and abs(said - told) > rules.tolerance * max(abs(told), 1e-9):
            found = f"{name}: {said:g}{unit} is declared, the files say {told:.3g}{unit}."
            mend = f"Check which run the value is of; {100 * rules.tolerance:.0f} % apart is allowed."
            findings.append(package.finding("quality.differs", (*here, "measured", name), found, mend))
        least, best = rules.asks(sample).get(name), said if told is None else told
        if least is not None and best is not None and best < least:
            found = f"{name} is {best:.3g}{unit}; rule set {rules.version} asks for {least:g}{unit} or more."
            mend = "It is taken as it is; sequence more where the question needs it."
            findings.append(package.finding("quality.low", (*here, "measured", name), found, mend, "warning"))
    return findings


def _of_calls(pack: "Pack") -> dict[str, float]:
    """het_hom and het_balance over autosomal calls that did not fail FILTER. Classes: genotypes/model/codes.py."""
    het = hom = 0
    shares: list[float] = []
    for contig, calls in pack.contigs.items():
        if not contig.removeprefix("chr").isdigit():
            continue
        kinds = calls.entry[(calls.entry & 0b110000) == 0] & 0b111
        het, hom = het + int((kinds == 1).sum()), hom + int((kinds == 2).sum())
        shares += _balances(calls.records)
    found: dict[str, float] = {}
    if hom and het + hom >= ENOUGH_CALLS:
        found["het_hom"] = het / hom
    if len(shares) >= ENOUGH_CALLS:
        found["het_balance"] = float(np.mean(shares))
    return found


def _balances(records: Any) -> list[float]:
    """Share of the ALT's reads among REF's and ALT's, at each het record that was read ten times or more."""
    ends = records.ad_end.astype(np.int64)
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1])) if len(ends) else ends
    alt = records.gt.max(axis=1) if len(ends) else np.zeros(0, np.int8)
    het = (records.gt.min(axis=1) == 0) & (alt > 0) & (ends - starts > alt) if len(ends) else alt > 0
    chosen = np.flatnonzero(het)[:MAX_RECORDS]
    ref_reads = records.ad[starts[chosen]].astype(np.float64)
    alt_reads = records.ad[starts[chosen] + alt[chosen]].astype(np.float64)
    total = ref_reads + alt_reads
    enough = (ref_reads >= 0) & (alt_reads >= 0) & (total >= 10)
    shares: list[float] = (alt_reads[enough] / total[enough]).tolist()
    return shares


def _of_blocks(file: Path, column: str) -> dict[str, float]:
    """Mean depth and share of the bases at 20x or more, weighted by length, over blocks and records of autosomes."""
    import pysam

    bases = depth = well = 0
    before = pysam.set_verbosity(0)
    try:
        with pysam.VariantFile(str(file)) as opened:
            opened.subset_samples([column])
            step = _STEP if file.stat().st_size > _SMALL else 1
            for record in islice(opened, 0, MAX_RECORDS, step):
                if not record.chrom.removeprefix("chr").isdigit():
                    continue
                values = record.samples[0]
                read = _depth(values)
                if read is None:
                    continue
                length = max(record.stop - record.start, 1)
                bases, depth, well = bases + length, depth + read * length, well + length * (read >= 20)
    except (OSError, ValueError, KeyError):
        return {}  # the reading of the calls says what is wrong with the file
    finally:
        pysam.set_verbosity(before)
    if bases < ENOUGH_BASES:
        return {}
    return {"mean_depth": depth / bases, "covered_20x": 100 * well / bases}


def _depth(values: Any) -> int | None:
    for name in ("DP", "MIN_DP"):
        found = values.get(name)
        if isinstance(found, int):
            return found
    return None


def _fastqs(package: Package, sample: Sample) -> Iterator[str]:
    for path in sample.files:
        listed = package.manifest.file(path)
        if listed is not None and listed.format == "fastq":
            yield path


def _of_reads(files: list[Path]) -> dict[str, float]:
    """Share of the bases read with Q30 or more (Phred + 33), over the first reads of each file."""
    good = bases = 0
    for file in files:
        with file.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        try:
            with gzip.open(file) if packed else file.open("rb") as opened:
                for nth in range(4 * MAX_READS):
                    line = opened.readline(_MAX_LINE)
                    if not line:
                        break
                    if nth % 4 == 3:
                        scores = np.frombuffer(line.rstrip(b"\r\n"), np.uint8)
                        good, bases = good + int((scores >= 63).sum()), bases + len(scores)
        except (OSError, EOFError, zlib.error):
            return {}
    return {"q30": 100 * good / bases} if bases >= ENOUGH_BASES else {}
