"""Transcripts as cdot gives them: where each base of a transcript lies in the genome, and c. and n. positions.

cdot JSON, schema 0.2 (exons are [start, end, number, first, last, gap], genomic 0-based half-open, transcript 1-based).
Only GRCh38 is read. A model is made when it is first asked for; a file of 200,000 transcripts opens at once.
"""

import gzip
import json
import re
import zlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from embla.errors import BadInput, NotFound, Unavailable
from embla.genome import GRCH38
from embla.reference.edits import reverse_complement
from embla.reference.fasta import Reference
from embla.reference.resolved import Unplaced

_BIN: Final = 1 << 16
_MOST: Final = 4 << 30  # bytes of JSON, unpacked: cdot's largest release has about 1.5 GB
# Ensembl's tags of a coding sequence whose start or end was not found.
_CUT: Final = frozenset({"cds_start_nf", "cds_end_nf", "mrna_start_nf", "mrna_end_nf"})
_POSITION: Final = re.compile(r"(?P<mark>[-*]?)(?P<base>\d{1,7})(?P<offset>[+-]\d{1,7})?")


@dataclass(frozen=True, slots=True)
class Block:
    """Bases of an exon that lie in the genome without a gap; genome and transcript 0-based half-open.

    `exon` is its number in transcript order: blocks of one exon have a gap between them, exons an intron.
    """

    start: int
    end: int
    first: int
    last: int
    exon: int


@dataclass(frozen=True, eq=False)
class TranscriptModel:
    """One version of a transcript. `cds` are its first base and the one after its stop codon, 0-based on itself.

    `mane`: the one of its gene that NCBI and EMBL-EBI agree to report on; `cut`: its source says that its coding
    sequence is not whole. Two are equal when they are one object, which makes them quick keys.
    """

    id: str
    gene: str
    protein: str
    contig: str
    strand: int
    blocks: tuple[Block, ...]
    cds: tuple[int, int] | None
    broken: bool = False
    mane: bool = False
    cut: bool = False

    @cached_property
    def start(self) -> int:
        """First genomic base, 0-based."""
        return min(block.start for block in self.blocks)

    @cached_property
    def end(self) -> int:
        """The genomic base after the last, 0-based."""
        return max(block.end for block in self.blocks)

    @cached_property
    def length(self) -> int:
        """Bases of the spliced transcript."""
        return self.blocks[-1].last

    @cached_property
    def _firsts(self) -> list[int]:
        return [block.first for block in self.blocks]

    @cached_property
    def _places(self) -> list[int]:
        return [block.start if self.strand > 0 else -block.end for block in self.blocks]

    def sequence(self, reference: Reference | None) -> str:
        """The spliced bases, from the genome, N where not loaded. Unplaced where the transcript has its own."""
        if self.broken or any(a.exon == b.exon for a, b in zip(self.blocks, self.blocks[1:], strict=False)):
            raise Unplaced("alignment_gap")
        if reference is None:
            raise Unplaced("reference_not_loaded")
        pieces = (reference.fetch(self.contig, block.start, block.end) for block in self.blocks)
        return "".join(pieces if self.strand > 0 else map(reverse_complement, pieces))

    # From a name to the genome.

    def genomic(self, text: str, kind: str) -> int:
        """The genomic base (0-based) of a position as written: `76`, `-12`, `*18`, `67-1`, `-10+5`; `kind` c or n."""
        match = _POSITION.fullmatch(text)
        if match is None:
            raise Unplaced("uncertain_position" if "?" in text or "(" in text else "unreadable")
        base, offset = int(match["base"]), int(match["offset"] or 0)
        if kind == "n":
            if match["mark"]:
                raise Unplaced("unreadable", "n. positions are counted from the first base; they have no - or *.")
            at = base - 1
        else:
            if self.cds is None:
                raise Unplaced("not_coding", f"{self.id} has no coding sequence; n. names its positions.")
            at = {"-": self.cds[0] - base, "*": self.cds[1] + base - 1, "": self.cds[0] + base - 1}[match["mark"]]
            if not match["mark"] and at >= self.cds[1]:
                raise Unplaced(
                    "outside_transcript", f"The coding sequence of {self.id} has {self.cds[1] - self.cds[0]:,} bases."
                )
        if base == 0:
            raise Unplaced("unreadable", "There is no base 0.")
        if not 0 <= at < self.length:
            raise Unplaced("outside_transcript")
        block = self._block_of(at)
        place = self._genomic_of(block, at)
        return self._into_intron(block, at, place, offset) if offset else place

    def _block_of(self, at: int) -> int:
        number = bisect_right(self._firsts, at) - 1
        if self.broken or number < 0 or at >= self.blocks[number].last:
            raise Unplaced("alignment_gap", f"This base of {self.id} is not in the genome.")
        return number

    def _genomic_of(self, number: int, at: int) -> int:
        block = self.blocks[number]
        return block.start + at - block.first if self.strand > 0 else block.end - 1 - (at - block.first)

    def _into_intron(self, number: int, at: int, place: int, offset: int) -> int:
        block = self.blocks[number]
        other = number + (1 if offset > 0 else -1)
        at_edge = at == (block.last - 1 if offset > 0 else block.first)
        if not at_edge or (0 <= other < len(self.blocks) and self.blocks[other].exon == block.exon):
            raise Unplaced("not_at_exon_boundary")
        if not 0 <= other < len(self.blocks):
            raise Unplaced("outside_transcript", "There is no intron before the first exon or behind the last.")
        after = self.blocks[other]
        intron = max(after.start - block.end, block.start - after.end)
        if abs(offset) > intron:
            raise Unplaced("outside_transcript", f"This intron of {self.id} has {intron:,} bases.")
        return place + offset * self.strand

    def between(self, low: int, high: int) -> tuple[int, bool]:
        """Bases of introns between two genomic bases (0-based) that lie in exons, and whether a whole exon does.

        Where there is no intron, an exon is not asked for.
        """
        ends = sorted((self.position(low)[0], self.position(high)[0]))
        introns = high - low - (ends[1] - ends[0])
        exons: dict[int, list[int]] = {}
        for block in self.blocks:
            exons.setdefault(block.exon, []).extend((block.first, block.last - 1))
        return introns, introns > 0 and any(ends[0] <= min(one) and max(one) <= ends[1] for one in exons.values())

    # From the genome to a name.

    def position(self, place: int) -> tuple[int, int]:
        """A genomic base as (base of the transcript 0-based, offset into the intron or 0).

        Offsets count from the nearer exon, from the one before where both are as near. Unplaced outside the transcript.
        """
        number = bisect_right(self._places, place if self.strand > 0 else -(place + 1)) - 1
        if not 0 <= number < len(self.blocks):
            raise Unplaced("outside_transcript")
        block = self.blocks[number]
        if block.start <= place < block.end:
            return (block.first + (place - block.start if self.strand > 0 else block.end - 1 - place)), 0
        if number == len(self.blocks) - 1:
            raise Unplaced("outside_transcript")
        after = self.blocks[number + 1]
        if block.exon == after.exon or self.broken:
            raise Unplaced("alignment_gap")
        if self.strand > 0:
            down, up = place - block.end + 1, after.start - place
        else:
            down, up = block.start - place, place - after.end + 1
        return (block.last - 1, down) if down <= up else (after.first, -up)

    def written(self, position: tuple[int, int]) -> str:
        """A position as in c. or n. names."""
        at, offset = position
        if self.cds is None:
            text = str(at + 1)
        elif at < self.cds[0]:
            text = str(at - self.cds[0])
        else:
            text = str(at - self.cds[0] + 1) if at < self.cds[1] else f"*{at - self.cds[1] + 1}"
        return f"{text}{offset:+d}" if offset else text

    def gap_near(self, start: int, end: int) -> bool:
        """True when a gap between transcript and genome lies in or beside genomic bases `start` to `end`."""
        if self.broken:
            return True
        for a, b in zip(self.blocks, self.blocks[1:], strict=False):
            low, high = min(a.end, b.end), max(a.start, b.start)
            if a.exon == b.exon and start <= max(low, high) and min(low, high) <= end:
                return True
        return False


class Transcripts:
    """All transcripts of a cdot file: by id with version, by gene, by protein and by place."""

    def __init__(self, rows: dict[str, dict[str, Any]]) -> None:
        """`rows` as under "transcripts" in cdot JSON."""
        self._rows = rows
        self._models: dict[str, TranscriptModel] = {}
        self._bins: dict[tuple[str, int], list[str]] = defaultdict(list)
        self._genes: dict[str, list[str]] = defaultdict(list)
        self._proteins: dict[str, list[str]] = defaultdict(list)
        self._bare: dict[str, list[str]] = defaultdict(list)
        for name, row in rows.items():
            build = (row.get("genome_builds") or {}).get("GRCh38")
            contig = GRCH38.find(str(build.get("contig", ""))) if build else None
            if build is None or contig is None or not _is_whole(build):
                continue
            low, high = min(exon[0] for exon in build["exons"]), max(exon[1] for exon in build["exons"])
            for place in range(low // _BIN, (high - 1) // _BIN + 1):
                self._bins[contig.name, place].append(name)
            self._bare[name.split(".")[0]].append(name)
            if row.get("gene_name"):
                self._genes[str(row["gene_name"]).upper()].append(name)
            if row.get("protein"):
                self._proteins[str(row["protein"])].append(name)

    @classmethod
    def open(cls, path: str | Path) -> "Transcripts":
        """Read cdot JSON, plain or gzipped. NotFound, Unavailable, or BadInput when it is no such file."""
        path = Path(path)
        try:
            with path.open("rb") as file:
                packed = file.read(2) == b"\x1f\x8b"
            with gzip.open(path, "rb") if packed else path.open("rb") as file:
                text = file.read(_MOST + 1)
        except FileNotFoundError as error:
            raise NotFound(f"no file {path}.", mend="Give a cdot JSON of GRCh38.") from error
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise BadInput("the gzip file is cut or damaged.", path=str(path), mend="Copy it again.") from error
        except OSError as error:
            raise Unavailable(
                f"cannot read {path}: {error.strerror}.", mend="Check the path and its rights."
            ) from error
        if len(text) > _MOST:
            raise BadInput("more than 4 GB of JSON.", path=str(path), mend="Give cdot's file of one build.")
        try:
            rows = json.loads(text)["transcripts"]
            return cls(dict(rows))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            raise BadInput(
                "this is not cdot JSON: no readable transcripts in it.",
                path=str(path),
                mend="Make it with cdot, or take a release of cdot for GRCh38.",
            ) from error

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[TranscriptModel]:
        for names in self._bare.values():
            for name in names:
                yield self._model(name)

    def find(self, name: str) -> TranscriptModel | None:
        """The transcript with exactly this id and version, or None."""
        return self._model(name) if name in self._bare.get(name.split(".")[0], ()) else None

    def versions(self, name: str) -> tuple[str, ...]:
        """The loaded versions of a transcript named with or without one."""
        return tuple(self._bare.get(name.split(".")[0], ()))

    def of_gene(self, symbol: str) -> tuple[TranscriptModel, ...]:
        """The transcripts of a gene, by its symbol in any case."""
        return tuple(map(self._model, self._genes.get(symbol.upper(), ())))

    def of_protein(self, name: str) -> tuple[TranscriptModel, ...]:
        """The transcripts that make exactly this protein."""
        return tuple(map(self._model, self._proteins.get(name, ())))

    def overlapping(self, contig: str, start: int, end: int) -> tuple[TranscriptModel, ...]:
        """Transcripts, introns included, that share a base with `start` to `end` (0-based half-open), by id."""
        names: set[str] = set()
        for place in range(start // _BIN, max(end - 1, start) // _BIN + 1):
            names.update(self._bins.get((contig, place), ()))
        models = (self._model(name) for name in sorted(names))
        return tuple(model for model in models if model.start < end and start < model.end)

    def _model(self, name: str) -> TranscriptModel:
        if name not in self._models:
            self._models[name] = read_model(name, self._rows[name])
        return self._models[name]


def _is_whole(build: Any) -> bool:
    """False for a row that is cut or of another form: as if it were not there."""
    exons = build.get("exons")
    return (
        build.get("strand") in ("+", "-")
        and isinstance(exons, list)
        and bool(exons)
        and all(len(exon) >= 6 and all(type(exon[at]) is int for at in (0, 1, 3, 4)) for exon in exons)
        and all(0 <= exon[0] < exon[1] and 1 <= exon[3] <= exon[4] for exon in exons)
        and all(exon[5] is None or re.fullmatch(r"[MID]\d+( [MID]\d+)*", str(exon[5])) for exon in exons)
    )


def read_model(name: str, row: dict[str, Any]) -> TranscriptModel:
    """One transcript of cdot JSON."""
    build = row["genome_builds"]["GRCh38"]
    strand = 1 if build["strand"] == "+" else -1
    blocks: list[Block] = []
    broken = False
    for exon in sorted(build["exons"], key=lambda exon: int(exon[3])):
        found = _blocks(exon, strand, len({block.exon for block in blocks}))
        broken = broken or found is None
        blocks += found or [Block(exon[0], exon[1], exon[3] - 1, exon[4], len(blocks))]
    # Tags are verbatim: RefSeq writes `MANE Select`, Ensembl `MANE_Select`.
    tags = {tag.strip().replace(" ", "_").lower() for tag in str(build.get("tag") or "").split(",")}
    start, stop = row.get("start_codon"), row.get("stop_codon")
    cds = (int(start), int(stop)) if start is not None and stop is not None else None
    return TranscriptModel(
        name,
        str(row.get("gene_name") or ""),
        str(row.get("protein") or ""),
        GRCH38.contig(build["contig"]).name,
        strand,
        tuple(blocks),
        cds,
        broken,
        "mane_select" in tags,
        bool(row.get("partial")) or not tags.isdisjoint(_CUT),
    )


def _blocks(exon: list[Any], strand: int, number: int) -> list[Block] | None:
    """An exon cut at its gaps; None when its lengths do not add up. Gaps run in the transcript's direction.

    GFF3, "Gap": M is in both, I in the transcript only, D in the genome only.
    """
    start, end, _, first, last, gap = exon[:6]
    steps = [(step[0], int(step[1:])) for step in str(gap).split()] if gap else [("M", end - start)]
    in_genome = sum(size for code, size in steps if code in "MD")
    in_transcript = sum(size for code, size in steps if code in "MI")
    if in_genome != end - start or in_transcript != last - first + 1:
        return None
    blocks, at, place = [], first - 1, start if strand > 0 else end
    for code, size in steps:
        if code == "M":
            low = place if strand > 0 else place - size
            blocks.append(Block(low, low + size, at, at + size, number))
        if code in "MD":
            place += size * strand
        if code in "MI":
            at += size
    return blocks
