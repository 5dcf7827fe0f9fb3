"""Gene models from a GFF3 file of Ensembl's form: symbols, ids, aliases, transcripts with exons and CDS, by place.

>>> genes = Genes.open("genes.gff3.gz")
>>> genes.by_name("atp5j").symbol
'ATP5PF'
"""

import gzip
import zlib
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from embla.errors import BadInput, NotFound, Unavailable
from embla.genome import GRCH38, Region

_BIN: Final = 1 << 17  # 131 kb: a gene is filed under every bin it touches


@dataclass(frozen=True, slots=True)
class Transcript:
    """One transcript. `exons` and `cds` are (start, end) pairs, 0-based half-open, ascending, whatever the strand."""

    id: str
    start: int
    end: int
    strand: str
    biotype: str
    tags: tuple[str, ...]
    exons: tuple[tuple[int, int], ...]
    cds: tuple[tuple[int, int], ...]

    @property
    def is_mane_select(self) -> bool:
        """True for the transcript that NCBI and EMBL-EBI agree to report on (MANE Select)."""
        return "MANE_Select" in self.tags


@dataclass(frozen=True, slots=True)
class Gene:
    """One gene. `start`/`end` 0-based half-open, `strand` + or -; `aliases` are other and former symbols."""

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


@dataclass(frozen=True, slots=True)
class _Known:
    """What the alias table says of a gene: approved symbol, other symbols, MANE Select transcript without version."""

    symbol: str
    hgnc: str
    mane: str
    aliases: tuple[str, ...]


class Genes:
    """All genes of a file, found by name, by prefix and by place."""

    def __init__(self, genes: Iterable[Gene]) -> None:
        """`genes` in any order."""
        index = {contig.name: contig.index for contig in GRCH38.contigs}
        self.all: tuple[Gene, ...] = tuple(
            sorted(genes, key=lambda gene: (index[gene.contig], gene.start, gene.end, gene.id))
        )
        self._by_symbol: dict[str, list[Gene]] = defaultdict(list)
        self._by_alias: dict[str, list[Gene]] = defaultdict(list)
        self._bins: dict[tuple[str, int], list[int]] = defaultdict(list)
        for number, gene in enumerate(self.all):
            self._by_symbol[gene.symbol.lower()].append(gene)
            for alias in (gene.id, gene.hgnc, *gene.aliases, *(transcript.id for transcript in gene.transcripts)):
                if alias:
                    self._by_alias[alias.lower()].append(gene)
            for place in range(gene.start // _BIN, (gene.end - 1) // _BIN + 1):
                self._bins[gene.contig, place].append(number)
        names = {
            (name, gene.id): gene
            for table in (self._by_symbol, self._by_alias)
            for name in table
            for gene in table[name]
        }
        self._names = sorted(names)
        self._named = names

    @classmethod
    def open(cls, path: str | Path) -> "Genes":
        """Read a GFF3 file, gzipped or plain. NotFound, Unavailable, or BadInput with the line."""
        return cls(_read(Path(path)))

    def __len__(self) -> int:
        return len(self.all)

    def __iter__(self) -> Iterator[Gene]:
        return iter(self.all)

    def find(self, name: str) -> tuple[Gene, ...]:
        """Every gene with this symbol, else every gene with this id, alias or transcript id, in any case."""
        key = name.strip().lower()
        found = self._by_symbol.get(key) or self._by_alias.get(key)
        if not found and "." in key:
            found = self._by_alias.get(key.rsplit(".", 1)[0])  # ENSG00000160213.5 without its version
        return tuple({gene.id: gene for gene in found or ()}.values())

    def by_name(self, name: str) -> Gene | None:
        """The one gene of this name, or None. BadInput where an alias belongs to several: `facts["choices"]`."""
        found = self.find(name)
        if len(found) > 1:
            symbols = ", ".join(gene.symbol for gene in found)
            raise BadInput(
                f"{len(found)} genes go by this name: {symbols}.",
                mend="Ask for one of them.",
                reason="choices",
                choices=found,
            )
        return found[0] if found else None

    def search(self, prefix: str, limit: int = 10) -> tuple[Gene, ...]:
        """Genes with a symbol, alias or id that begins so, for typing ahead: symbols first, then shorter names."""
        key = prefix.strip().lower()
        if not key:
            return ()
        first, last = bisect_left(self._names, (key, "")), bisect_right(self._names, (key + "\U0010ffff", ""))
        best: dict[str, tuple[bool, int, str]] = {}
        for name, gene_id in self._names[first : min(last, first + 5_000)]:
            gene = self._named[name, gene_id]
            rank = (gene.symbol.lower() != name, len(name), gene.symbol)
            best[gene_id] = min(best.get(gene_id, rank), rank)
        ids = sorted(best, key=lambda gene_id: best[gene_id])[:limit]
        by_id = {gene.id: gene for name, gene_id in self._names[first:last] for gene in (self._named[name, gene_id],)}
        return tuple(by_id[gene_id] for gene_id in ids)

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


def _read(path: Path) -> Iterator[Gene]:
    """Genes of a GFF3 file. Features come in any order, so children are gathered first."""
    rows: dict[str, tuple[str, int, int, str, dict[str, str]]] = {}
    children: dict[str, list[str]] = defaultdict(list)
    parts: dict[str, tuple[list[tuple[int, int]], list[tuple[int, int]]]] = defaultdict(lambda: ([], []))
    for line_number, line in enumerate(_lines(path), 1):
        if line.startswith("#") or not line.strip():
            if line.startswith("##FASTA"):
                break
            continue
        columns = line.rstrip("\r\n").split("\t")
        if len(columns) != 9:
            raise BadInput(
                f"a GFF3 line has 9 columns; this one has {len(columns)}.", path=str(path), line=line_number,
                mend="Give gene models as GFF3, e.g. Ensembl's Homo_sapiens.GRCh38.*.gff3.gz.",
            )  # fmt: skip
        contig = GRCH38.find(columns[0])
        if contig is None or columns[2] in _IGNORED:
            continue
        start, end = _span(columns, path, line_number, contig.length)
        kind = columns[2]
        if kind in ("exon", "CDS"):
            for parent in _attribute(columns[8], "Parent").split(","):
                parts[parent][kind == "CDS"].append((start, end))
            continue
        attributes = dict(_attributes(columns[8]))
        identity = attributes.get("ID", "")
        if not identity:
            continue
        rows[identity] = (contig.name, start, end, columns[6], attributes)
        for parent in attributes.get("Parent", "").split(","):
            if parent:
                children[parent].append(identity)
    for identity, (contig_name, start, end, strand, attributes) in rows.items():
        if "Parent" in attributes or not (identity.startswith("gene:") or "gene_id" in attributes):
            continue
        transcripts = tuple(_transcript(child, rows[child], parts) for child in children.get(identity, ()))
        yield _gene(identity, contig_name, start, end, strand, attributes, transcripts)


_IGNORED: Final = frozenset(
    {
        "five_prime_UTR",
        "three_prime_UTR",
        "biological_region",
        "chromosome",
        "scaffold",
        "start_codon",
        "stop_codon",
        "stop_codon_redefined_as_selenocysteine",
    }
)


def _gene(
    identity: str,
    contig: str,
    start: int,
    end: int,
    strand: str,
    attributes: dict[str, str],
    transcripts: tuple[Transcript, ...],
) -> Gene:
    gene_id = attributes.get("gene_id", identity.removeprefix("gene:")).split(".")[0]
    written = attributes.get("Name") or attributes.get("gene_name") or gene_id
    description, _, source = attributes.get("description", "").partition(" [Source:")
    hgnc = f"HGNC:{source.rsplit('HGNC:', 1)[1].rstrip(']')}" if "HGNC:" in source else ""
    known = _known().get(gene_id)
    symbol = known.symbol if known else written
    others = (*(known.aliases if known else ()), written)
    if known and known.mane:
        transcripts = tuple(_with_mane(transcript, known.mane) for transcript in transcripts)
    aliases = tuple(dict.fromkeys(other for other in others if other not in (symbol, gene_id)))
    return Gene(
        symbol, gene_id, contig, start, end, strand, attributes.get("biotype", attributes.get("gene_type", "")),
        description, known.hgnc if known else hgnc, aliases,
        tuple(sorted(transcripts, key=lambda transcript: (transcript.start, transcript.end, transcript.id))),
    )  # fmt: skip


def _transcript(
    identity: str,
    row: tuple[str, int, int, str, dict[str, str]],
    parts: dict[str, tuple[list[tuple[int, int]], list[tuple[int, int]]]],
) -> Transcript:
    _, start, end, strand, attributes = row
    exons, cds = parts.get(identity, ([], []))
    name = attributes.get("transcript_id", identity.removeprefix("transcript:")).split(".")[0]
    tags = tuple(tag for tag in attributes.get("tag", "").split(",") if tag)
    biotype = attributes.get("biotype", attributes.get("transcript_type", ""))
    return Transcript(name, start, end, strand, biotype, tags, tuple(sorted(exons)), tuple(sorted(cds)))


def _with_mane(transcript: Transcript, mane: str) -> Transcript:
    if transcript.id != mane or transcript.is_mane_select:
        return transcript
    tags = (*transcript.tags, "MANE_Select")
    return Transcript(
        transcript.id, transcript.start, transcript.end, transcript.strand, transcript.biotype, tags,
        transcript.exons, transcript.cds,
    )  # fmt: skip


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with (
            gzip.open(path, "rt", encoding="utf-8", errors="replace")
            if packed
            else path.open(encoding="utf-8", errors="replace") as text
        ):
            yield from text
    except FileNotFoundError:
        raise NotFound(f"there are no gene models at {path}.", mend="Check the path.") from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(
            "the gene models are cut off or damaged.", path=str(path), mend="Copy the file again."
        ) from error
    except OSError as error:
        raise Unavailable(f"cannot read {path}: {error.__class__.__name__}.", mend="Check the file.") from error


def _span(columns: list[str], path: Path, line: int, length: int) -> tuple[int, int]:
    """Columns 4 and 5, 1-based with both ends, as 0-based half-open."""
    try:
        start, end = int(columns[3]) - 1, int(columns[4])
    except ValueError:
        start, end = -1, -1
    if not 0 <= start < end <= length:
        raise BadInput(
            f"start and end must be places on {columns[0]} of GRCh38, which has {length:,} bases.",
            path=str(path),
            line=line,
            mend="Give gene models of GRCh38.",
        )
    return start, end


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    for pair in text.split(";"):
        key, equals, value = pair.strip().partition("=")
        if equals:
            yield key, unquote(value) if "%" in value else value


def _attribute(text: str, key: str) -> str:
    return next((value for name, value in _attributes(text) if name == key), "")


@cache
def _known() -> dict[str, _Known]:
    """The alias table by Ensembl gene id."""
    text = files("embla.reference").joinpath("data", "gene_names.tsv").read_text(encoding="utf-8")
    table: dict[str, _Known] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            gene_id, symbol, hgnc, mane, aliases = line.split("\t")
            table[gene_id] = _Known(symbol, hgnc, mane, tuple(alias for alias in aliases.split(",") if alias))
    return table
