"""Genes found by name, by the beginning of a name and by place.

>>> genes = Genes.open("genes.gff3.gz")
>>> genes.by_name("atp5j").symbol
'ATP5PF'
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embla.errors import BadInput
from embla.genome import GRCH38, Region

_BIN: Final = 1 << 17  # 131 kb: a gene is filed under every bin it touches
_LOOKED_AT: Final = 2_000  # names that a typed prefix may match before ranking; one letter matches tens of thousands
_MARKS: Final = (
    " \t\r\n.,;:'\"()[]\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"  # what may stand around a name that was pasted
)


@dataclass(frozen=True, slots=True)
class Transcript:
    """One transcript. `exons` and `cds` are (start, end) pairs, 0-based half-open, ascending, whatever the strand.

    `id` without its version, which is `version`, "" where the file tells none. `phase`: bases of the first coding exon
    in reading order that belong to a codon whose beginning is not known.
    """

    id: str
    start: int
    end: int
    strand: str
    biotype: str
    tags: tuple[str, ...]
    exons: tuple[tuple[int, int], ...]
    cds: tuple[tuple[int, int], ...]
    version: str = ""
    phase: int = 0

    @property
    def name(self) -> str:
        """The id with its version, where that is known."""
        return f"{self.id}.{self.version}" if self.version else self.id

    @property
    def is_mane_select(self) -> bool:
        """True for the transcript that NCBI and EMBL-EBI agree to report on (MANE Select)."""
        return "MANE_Select" in self.tags


@dataclass(frozen=True, slots=True)
class Gene:
    """One gene. `start`/`end` 0-based half-open, `strand` + or -; `aliases` are former and other symbols."""

    symbol: str
    id: str
    contig: str
    start: int
    end: int
    strand: str
    biotype: str
    description: str
    hgnc: str
    aliases: tuple[str, ...]
    transcripts: tuple[Transcript, ...]

    @property
    def region(self) -> Region:
        """The gene's extent."""
        return Region(self.contig, self.start, self.end)

    @property
    def main_transcript(self) -> Transcript | None:
        """The one to draw: MANE Select, else Ensembl's canonical, else the longest CDS, else the longest exons."""
        return max(self.transcripts, key=_rank, default=None)


class Genes:
    """All genes of a file, in genome order."""

    def __init__(self, genes: Iterable[Gene]) -> None:
        """`genes` in any order."""
        order = {contig.name: contig.index for contig in GRCH38.contigs}
        self.all: tuple[Gene, ...] = tuple(
            sorted(genes, key=lambda gene: (order[gene.contig], gene.start, gene.end, gene.id))
        )
        self._by_symbol: dict[str, list[Gene]] = defaultdict(list)
        self._by_other: dict[str, list[Gene]] = defaultdict(list)
        self._bins: dict[tuple[str, int], list[int]] = defaultdict(list)
        typed: list[tuple[str, int, bool]] = []  # (name, number of the gene, is it the symbol)
        for number, gene in enumerate(self.all):
            self._by_symbol[gene.symbol.lower()].append(gene)
            typed.append((gene.symbol.lower(), number, True))
            others = {name.lower() for name in (gene.id, gene.hgnc, *gene.aliases) if name}
            typed += [(name, number, False) for name in others]
            for name in others | {transcript.id.lower() for transcript in gene.transcripts}:
                self._by_other[name].append(gene)
            for place in range(gene.start // _BIN, (gene.end - 1) // _BIN + 1):
                self._bins[gene.contig, place].append(number)
        self._typed = sorted(typed)

    @classmethod
    def open(cls, path: str | Path, *, names: str | Path | None = None) -> "Genes":
        """Read gene models from a GFF3 file of Ensembl's or GENCODE's form, gzipped or plain.

        `names` is HGNC's table of approved, former and other symbols (hgnc_complete_set.txt); by default a small one
        for the built-in slice. Raises NotFound, Unavailable, or BadInput with the line.
        """
        from embla.reference.gff3 import read_genes

        return cls(read_genes(Path(path), Path(names) if names else None))

    def __len__(self) -> int:
        return len(self.all)

    def __iter__(self) -> Iterator[Gene]:
        return iter(self.all)

    def find(self, name: str) -> tuple[Gene, ...]:
        """Every gene with this symbol, else every gene with this id, alias or transcript id; in any case."""
        key = name.strip(_MARKS).lower()
        found = self._by_symbol.get(key) or self._by_other.get(key)
        if not found and "." in key:
            found = self._by_other.get(key.rsplit(".", 1)[0])  # ENSG00000160213.5 without its version
        return tuple(found or ())

    def by_name(self, name: str) -> Gene | None:
        """The one gene of this name, or None. BadInput where it belongs to several: `facts["choices"]`."""
        found = self.find(name)
        if len(found) > 1:
            shown = ", ".join(f"{gene.symbol} ({gene.id}, {gene.contig})" for gene in found[:5])
            more = f" and {len(found) - 5:,} more" if len(found) > 5 else ""
            raise BadInput(
                f"{len(found):,} genes go by this name: {shown}{more}.",
                mend="Ask for one of them by its id.",
                reason="choices",
                choices=found,
            )
        return found[0] if found else None

    def search(self, prefix: str, limit: int = 10) -> tuple[Gene, ...]:
        """Genes with a symbol, alias or id that begins so, for typing ahead: symbols first, then shorter names."""
        key = prefix.strip().lower()
        if not key:
            return ()
        best: dict[int, tuple[bool, int, str]] = {}
        first = bisect_left(self._typed, (key,))
        for name, number, is_symbol in self._typed[first : first + _LOOKED_AT]:
            if not name.startswith(key):
                break
            rank = (not is_symbol, len(name), name)
            best[number] = min(best.get(number, rank), rank)
        return tuple(self.all[number] for number in sorted(best, key=lambda number: best[number])[:limit])

    def overlapping(self, region: Region) -> tuple[Gene, ...]:
        """Genes that share a base with the region, in genome order."""
        numbers: set[int] = set()
        for place in range(region.start // _BIN, (region.end - 1) // _BIN + 1):
            numbers.update(self._bins.get((region.contig, place), ()))
        found = (self.all[number] for number in sorted(numbers))
        return tuple(gene for gene in found if gene.start < region.end and region.start < gene.end)


def _rank(transcript: Transcript) -> tuple[bool, bool, int, int, str]:
    coding = sum(end - start for start, end in transcript.cds)
    spliced = sum(end - start for start, end in transcript.exons)
    return (transcript.is_mane_select, "Ensembl_canonical" in transcript.tags, coding, spliced, transcript.id)
