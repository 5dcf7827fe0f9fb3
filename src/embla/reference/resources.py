"""What names are resolved against: the reference and, where a site has them, transcripts, equivalences, rs numbers."""

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from embla.errors import BadInput
from embla.genome import Variant
from embla.reference.builds import Chain, Equivalences, lines_of
from embla.reference.fasta import Reference
from embla.reference.transcripts import Transcripts

if TYPE_CHECKING:
    from embla.reference.resolved import ResolvedAllele

MEMORY: Final = 200_000  # distinct texts whose answers are kept; about 2 kB each


@dataclass(frozen=True)
class RsNumbers:
    """`rs142513484` -> its alleles. Small tables only: everything is in memory."""

    alleles: dict[str, tuple[Variant, ...]]

    @classmethod
    def open(cls, path: str | Path) -> "RsNumbers":
        """Read a VCF, or a table of rs number and `chr21-25585733-C-T`; plain or gzipped."""
        found: dict[str, list[Variant]] = {}
        for number, line in lines_of(Path(path)):
            if line.startswith("#") or not line.strip():
                continue
            fields = line.split("\t")
            names = re.findall(r"\brs\d+\b", fields[2] if len(fields) >= 5 else fields[0])
            if len(fields) >= 5 and fields[1].isdigit():
                alleles = [Variant(fields[0], int(fields[1]), fields[3], alt) for alt in fields[4].split(",")]
            else:
                parts = fields[1].split("-") if len(fields) > 1 else []
                alleles = (
                    [Variant(parts[0], int(parts[1]), parts[2], parts[3])]
                    if len(parts) == 4 and parts[1].isdigit()
                    else []
                )
            if names and not alleles and number > 1:
                raise BadInput(
                    "neither a line of a VCF nor rs number and variant.",
                    path=str(path),
                    line=number,
                    mend="Write rs142513484, a tab and chr21-25585733-C-T.",
                )
            for name in names:
                found.setdefault(name, []).extend(alleles)
        return cls({name: tuple(dict.fromkeys(alleles)) for name, alleles in found.items()})


@dataclass(frozen=True, eq=False)
class Resources:
    """Everything `resolve` may ask. What is None is not loaded, and names that need it fail with that reason.

    Answers are kept: a text that was asked before costs a look-up.
    """

    reference: Reference | None = None
    transcripts: Transcripts | None = None
    equivalences: Equivalences | None = None
    chain: Chain | None = None
    rs_numbers: RsNumbers | None = None
    memory: int = MEMORY
    known: "OrderedDict[str, ResolvedAllele]" = field(default_factory=OrderedDict, repr=False)
    named: "OrderedDict[Variant, ResolvedAllele]" = field(default_factory=OrderedDict, repr=False)

    @classmethod
    def open(
        cls,
        reference: str | Path | None = None,
        transcripts: str | Path | None = None,
        *,
        equivalences: str | Path | None = None,
        chain: str | Path | None = None,
        rs_numbers: str | Path | None = None,
    ) -> "Resources":
        """Open what is given. The errors are those of the files' readers."""
        return cls(
            Reference.open(reference) if reference else None,
            Transcripts.open(transcripts) if transcripts else None,
            Equivalences.open(equivalences) if equivalences else None,
            Chain.open(chain) if chain else None,
            RsNumbers.open(rs_numbers) if rs_numbers else None,
        )
