"""A contig on which a genome counts in raw alone: adj is nowhere there, for what it carries and for all else.

So it is where carriers and others would be judged by different evidence (docs/decisions/0059).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from embla.genome import GRCH38
from embla.genotypes.model import codes
from embla.genotypes.model.pack import ContigCalls

_DIFFERENCE: Final = 0b111 << codes.D_ADJ_SHIFT
_NO_DIFFERENCE: Final = 2 << codes.D_ADJ_SHIFT


@dataclass(frozen=True, order=True)
class Lack:
    """Why: `of` calls that carry something, or of what says that a genome is like the reference (blocks, or else
    records of 0/0), none has `fields` (GQ, DP). By the "header" where nobody carries anything and it declares none; by
    "file" where a genome that was given back says so."""

    of: Literal["calls", "reference", "header", "file"]
    fields: tuple[str, ...]

    def told(self, contigs: Collection[str]) -> tuple[str, str]:
        """What was found on these contigs, and how to mend it."""
        fields, where = " and ".join(self.fields), _shown(contigs)
        if self.of == "file":
            return (
                f"It says itself that its genome counts in raw alone on {where}.",
                "A store gave it back so; the laboratory's own file may say more.",
            )
        if self.of == "reference":
            return (
                f"Calls have {fields} on {where}, and what says that the genome is like the reference has none: it "
                "counts in raw alone there.",
                f"Send the blocks of a caller that writes {fields} in them, or the calls without blocks and a BED.",
            )
        if self.of == "header":
            found = f"The genome carries nothing, and the file declares no {fields}: it counts in raw alone on {where}."
        else:
            found = f"No call that carries something has {fields} on {where}: the genome counts in raw alone there."
        return (
            found,
            f"Let the caller write {fields} for each call (bcftools mpileup -a DP, bcftools call -a GQ, freebayes "
            "--genotype-qualities).",
        )


def by_lack(raw_alone: Mapping[str, Lack]) -> list[tuple[Lack, list[str]]]:
    """Contigs of each reason, in the order of the assembly."""
    order = [contig.name for contig in GRCH38.contigs if contig.name in raw_alone]
    return [(lack, [name for name in order if raw_alone[name] == lack]) for lack in sorted({*raw_alone.values()})]


def _shown(contigs: Collection[str]) -> str:
    """Names in the order of the assembly; three and more that follow each other by the first and the last."""
    rows: list[list[str]] = [[]]
    for contig in GRCH38.contigs:
        if contig.name in contigs:
            rows[-1].append(contig.name)
        elif rows[-1]:
            rows.append([])
    return ", ".join(f"{row[0]}-{row[-1]}" if len(row) > 2 else ", ".join(row) for row in rows if row)


def in_raw_alone(calls: ContigCalls, length: int) -> ContigCalls:
    """The same calls with adj nowhere; `length` of the contig. Entries that then say nothing are left out."""
    entry = calls.entry & np.uint16(~(codes.ADJ | _DIFFERENCE) & 0xFFFF) | np.uint16(_NO_DIFFERENCE)
    says = (entry & codes.CLASS_MASK != codes.NONE) | (entry & codes.FAILED != 0)
    says |= entry >> codes.D_RAW_SHIFT & 0b111 != 2
    if len(calls.heteroplasmy):
        says |= calls.heteroplasmy != 0
    kept = set(calls.key[says].tolist()) if calls.long_alleles else ()
    # Places in no run are called in full: here they become runs, too.
    since, until = np.append(np.uint32(0), calls.run_end), np.append(calls.run_start, np.uint32(length))
    between = since < until
    start = np.concatenate((calls.run_start, since[between]))
    order = np.argsort(start, kind="stable")
    start, end = start[order], np.concatenate((calls.run_end, until[between]))[order]
    full = np.full(int(between.sum()), codes.STATE_FULL, np.uint8)
    state = np.concatenate((calls.run_state, full))[order] // np.uint8(3) * np.uint8(3)
    fresh = np.append(True, (start[1:] != end[:-1]) | (state[1:] != state[:-1]))
    return replace(
        calls,
        key=calls.key[says],
        entry=entry[says],
        heteroplasmy=calls.heteroplasmy[says] if len(calls.heteroplasmy) else calls.heteroplasmy,
        long_alleles={key: alleles for key, alleles in calls.long_alleles.items() if key in kept},
        run_start=start[fresh].astype(np.uint32),
        run_end=end[np.append(fresh[1:], True)].astype(np.uint32),
        run_state=state[fresh],
    )


def is_in_raw_alone(calls: ContigCalls, length: int) -> bool:
    """Is something called here, and adj nowhere?"""
    start, end, state = calls.run_start, calls.run_end, calls.run_state
    if (state % 3 != codes.NOTHING).any() or not (state != codes.STATE_NOTHING).any():
        return False
    if int(end.sum(dtype=np.int64) - start.sum(dtype=np.int64)) != length:
        return False
    return bool((calls.entry & (codes.ADJ | _DIFFERENCE) == _NO_DIFFERENCE).all())
