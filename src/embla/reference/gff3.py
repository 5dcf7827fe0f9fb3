"""Reading gene models: GFF3 of Ensembl's or GENCODE's form, and HGNC's table of names beside it.

GFF3 1.26: columns 4 and 5 are 1-based with both ends; features come in any order and name their parents.
"""

import csv
import gc
import gzip
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from embla.errors import BadInput, NotFound, Unavailable
from embla.genome import GRCH38
from embla.reference.genes import Gene, Transcript

Span = tuple[int, int]

# Features that are neither gene, transcript, exon nor CDS; most of a file's lines that need no look at all.
_SKIPPED: Final = frozenset(
    "five_prime_UTR three_prime_UTR biological_region chromosome scaffold supercontig region start_codon stop_codon "
    "stop_codon_redefined_as_selenocysteine".split()
)


@dataclass(frozen=True, slots=True)
class _Row:
    contig: str
    start: int
    end: int
    strand: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Names:
    """What HGNC's table says of a gene; `mane` is the MANE Select transcript's Ensembl id without version."""

    symbol: str
    hgnc: str
    mane: str
    others: tuple[str, ...]


def read_genes(path: Path, names: Path | None) -> list[Gene]:
    """Genes of a GFF3 file on GRCh38's primary contigs. NotFound, Unavailable, or BadInput with the line."""
    collecting = gc.isenabled()
    gc.disable()  # millions of small tuples and no cycles: collecting among them takes longer than reading
    try:
        return list(_genes(path, _read_names(names)))
    finally:
        if collecting:
            gc.enable()


def _genes(path: Path, table: dict[str, _Names]) -> Iterator[Gene]:
    rows: dict[str, _Row] = {}
    children: dict[str, list[str]] = defaultdict(list)
    parts: dict[str, dict[str, list[Span]]] = {"exon": defaultdict(list), "CDS": defaultdict(list)}
    phases: dict[str, tuple[int, str]] = {}  # transcript -> where its first coding exon begins, and that one's phase
    same: dict[Span, Span] = {}  # transcripts share most exons: one tuple each is a third of the memory
    for number, columns in _features(path):
        contig = GRCH38.find(columns[0])
        if contig is None:
            continue
        span = _span(columns, path, number, contig.length)
        kind = parts.get(columns[2])
        if kind is not None:
            span = same.setdefault(span, span)
            for parent in _parents(columns[8]):
                kind[parent].append(span)
                if columns[2] == "CDS":
                    begins = -span[1] if columns[6] == "-" else span[0]
                    if parent not in phases or begins < phases[parent][0]:
                        phases[parent] = (begins, columns[7])
            continue
        attributes = dict(_attributes(columns[8]))
        if "ID" in attributes:
            rows[attributes["ID"]] = _Row(contig.name, *span, columns[6], attributes)
            for parent in filter(None, attributes.get("Parent", "").split(",")):
                children[parent].append(attributes["ID"])
    for identity, row in rows.items():
        if "Parent" in row.attributes or not (identity.startswith("gene:") or "gene_id" in row.attributes):
            continue
        transcripts = (
            _transcript(child, rows[child], parts["exon"].get(child, []), parts["CDS"].get(child, []), phases)
            for child in children.get(identity, ())
        )
        yield _gene(identity, row, tuple(transcripts), table)


def _gene(identity: str, row: _Row, transcripts: tuple[Transcript, ...], table: dict[str, _Names]) -> Gene:
    told = row.attributes
    gene_id = _without_version(told.get("gene_id", identity.removeprefix("gene:")))
    written = told.get("gene_name") or told.get("Name") or gene_id
    description, _, source = told.get("description", "").partition(" [Source:")
    hgnc = told.get("hgnc_id") or (f"HGNC:{source.rsplit('HGNC:', 1)[1].rstrip(']')}" if "HGNC:" in source else "")
    known = table.get(gene_id) or _Names(written, hgnc, "", ())
    ordered = sorted(transcripts, key=lambda transcript: (transcript.start, transcript.end, transcript.id))
    return Gene(
        symbol=known.symbol,
        id=gene_id,
        contig=row.contig,
        start=row.start,
        end=row.end,
        strand=row.strand,
        biotype=told.get("biotype", told.get("gene_type", "")),
        description=description,
        hgnc=known.hgnc or hgnc,
        aliases=tuple(dict.fromkeys(n for n in (*known.others, written) if n not in (known.symbol, gene_id))),
        transcripts=tuple(_with_mane(transcript, known.mane) for transcript in ordered),
    )


def _transcript(
    identity: str, row: _Row, exons: list[Span], cds: list[Span], phases: dict[str, tuple[int, str]]
) -> Transcript:
    told = row.attributes
    written = told.get("transcript_id", identity.removeprefix("transcript:"))
    phase = phases.get(identity, (0, "."))[1]
    return Transcript(
        id=_without_version(written),
        start=row.start,
        end=row.end,
        strand=row.strand,
        biotype=told.get("biotype", told.get("transcript_type", "")),
        tags=tuple(filter(None, told.get("tag", "").split(","))),
        exons=tuple(sorted(exons)),
        cds=tuple(sorted(cds)),
        # Ensembl writes the version beside the id, GENCODE behind it (with the mark of a second copy on Y, if any).
        version=told.get("version", written.partition(".")[2].partition("_")[0]),
        phase=int(phase) if phase in ("1", "2") else 0,
    )


def _with_mane(transcript: Transcript, mane: str) -> Transcript:
    if transcript.id != mane or transcript.is_mane_select:
        return transcript
    return replace(transcript, tags=(*transcript.tags, "MANE_Select"))


def _without_version(name: str) -> str:
    """ENSG00000160213.5 -> ENSG00000160213; GENCODE's ENSG00000182378.15_PAR_Y keeps its mark."""
    head, dot, tail = name.partition(".")
    return f"{head}_PAR_Y" if dot and tail.endswith("_PAR_Y") else head


def _features(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and the nine columns of each feature that may matter."""
    for number, line in enumerate(_lines(path), 1):
        columns = line.split("\t")
        if len(columns) == 9 and line[0] != "#":
            if columns[2] not in _SKIPPED:
                yield number, columns
        elif line.startswith("##FASTA"):
            return
        elif line[0] != "#" and not line.isspace():
            raise BadInput(
                f"a GFF3 line has 9 columns; this one has {len(columns)}.",
                path=str(path),
                line=number,
                mend="Give gene models as GFF3, for example Ensembl's Homo_sapiens.GRCh38.*.gff3.gz.",
            )


def _span(columns: list[str], path: Path, line: int, length: int) -> Span:
    """Columns 4 and 5 as 0-based half-open."""
    try:
        start, end = int(columns[3]) - 1, int(columns[4])
    except ValueError:
        start, end = -1, -1
    if not 0 <= start < end <= length:
        raise BadInput(
            f"columns 4 and 5 are not first and last base of something on {columns[0]}, which has {length:,} bases.",
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


def _parents(text: str) -> list[str]:
    """The Parent attribute alone: nine of ten lines are exons and CDS, of which nothing else is wanted."""
    at = text.find("Parent=")
    if at > 0 and text[at - 1] != ";":
        at = text.find(";Parent=") + 1 or -1
    if at < 0:
        return []
    end = text.find(";", at)
    value = (text[at + 7 : end] if end >= 0 else text[at + 7 :]).rstrip()
    return (unquote(value) if "%" in value else value).split(",")


def _read_names(path: Path | None) -> dict[str, _Names]:
    """HGNC's table by Ensembl gene id. Several symbols stand in one field, joined by `|`, perhaps quoted."""
    if path is None:
        lines = iter(files("embla.reference").joinpath("data", "gene_names.tsv").read_text("utf-8").splitlines())
    else:
        lines = _lines(path)
    rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
    needed = {"hgnc_id", "symbol", "ensembl_gene_id", "prev_symbol", "alias_symbol"}
    if not needed <= set(rows.fieldnames or ()):
        raise BadInput(
            "the table of gene names has not the columns of HGNC's.",
            path=str(path),
            mend=f"Give hgnc_complete_set.txt; needed: {', '.join(sorted(needed))}.",
        )
    try:
        return dict(_names_of(row) for row in rows if row["ensembl_gene_id"])
    except csv.Error as error:
        raise BadInput("the table of gene names is damaged.", path=str(path), mend="Copy it again.") from error


def _names_of(row: dict[str, str]) -> tuple[str, _Names]:
    others = (*(row["prev_symbol"] or "").split("|"), *(row["alias_symbol"] or "").split("|"))
    mane = _without_version((row.get("mane_select") or "").split("|")[0])
    names = _Names(row["symbol"], row["hgnc_id"], mane, tuple(other for other in others if other))
    return row["ensembl_gene_id"], names


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            for line in file:
                yield line.decode("utf-8", "replace")
    except FileNotFoundError:
        raise NotFound(f"there is no file {path}.", mend="Check the path.") from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput("the file is cut off or damaged.", path=str(path), mend="Copy it again.") from error
    except OSError as error:
        raise Unavailable(f"cannot read {path}: {error.__class__.__name__}.", mend="Check the file.") from error
