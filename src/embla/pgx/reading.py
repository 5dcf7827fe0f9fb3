"""The lines of a VCF, gVCF or BCF that speak of defining sites, for each of its samples.

One pass, whatever the file's size; only lines that touch a site are kept.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np

from embla.errors import BadInput
from embla.genome import GRCH38
from embla.genotypes import Source, open_source, read_header
from embla.pgx.bed import Listed
from embla.pgx.model.definition import Gene
from embla.pgx.model.lines import LONG, MEND, Places, SampleLines, end_of, is_plain, keep, lay_across, remember
from embla.structural import Event

_MAX_LINE: Final = 64 << 20
_MAX_KEPT: Final = 20_000_000  # genotypes kept of one file: sites x samples, and some


def read_file(path: Path, genes: Sequence[Gene]) -> list[SampleLines]:
    """Every sample of a file with its lines over the genes' sites. BadInput where it cannot be read to its end."""
    with open_source(path) as source:
        return _read(source, str(path), genes)


def read_kept(kept: Mapping[str, bytes], name: str, places: Places) -> tuple[SampleLines, Listed]:
    """A stored genome from the lines that its pack keeps, by contig, and what its laboratory listed as callable.

    `places` of the genes asked for: who reads many genomes makes it once."""
    sample = SampleLines(name, None, {gene: {} for gene in places.genes})
    listed: dict[str, list[tuple[int, int]]] = {}
    for contig, text in kept.items():
        if contig not in places.by_contig:
            continue
        dull = places.dull[contig]
        for line in text.splitlines():
            told = tuple(line.split(b"\t", 5)[1:5])
            if told in dull:
                continue
            if line.startswith(b"#"):
                listed.setdefault(contig, []).append((int(told[1]), int(told[2])))
            elif not keep(line, contig, places, [sample], name, 0) and is_plain(told[-1]) and len(line) < LONG:
                remember(dull, told, None)
    return sample, Listed({contig: np.array(rows, np.uint32) for contig, rows in listed.items()})


def lay_events(sample: SampleLines, places: Places, events: Iterable[Event]) -> None:
    """What callers of structural variants and of copy numbers found in this genome, as lines over the sites."""
    for one in events:
        lay_across(sample, places, one.contig, one.pos, one.end, one.kind, one.failed)


def lines_by_site(text: bytes, gene: Gene) -> dict[int, list[str]]:
    """Kept lines of a contig by the site they touch, each in words: alleles, FILTER, and the fields of the genome."""
    places, found = Places([gene]), dict[int, list[str]]()
    for raw in text.decode("utf-8", "replace").splitlines():
        fields = raw.split("\t")
        if raw.startswith("#") or len(fields) != 10:
            continue
        pos, ref, alt = int(fields[1]), fields[3], fields[4]
        end = end_of(pos, ref.encode(), alt.encode(), fields[7].encode())
        values = zip(fields[8].split(":"), fields[9].split(":"), strict=False)
        shown = " ".join(f"{key}={value}" for key, value in values)
        where = f"{pos}-{end}" if end > pos + len(ref) - 1 else str(pos)
        for _, at in places.touched(gene.contig, pos, end):
            found.setdefault(at, []).append(f"{where} {ref}>{alt} {fields[6]} {shown}")
    return found


class _Pieces(Source):
    """VCF text that comes out of the store in pieces."""

    def __init__(self, pieces: Iterator[bytes], name: str) -> None:
        super().__init__(Path(name), BytesIO(), 0)
        self._pieces = pieces

    def next(self) -> bytes:
        return next((piece for piece in self._pieces if piece), b"")


def read_pieces(pieces: Iterator[bytes], name: str, genes: Sequence[Gene]) -> SampleLines:
    """The one genome of a text that the store gives; `name` stands in errors."""
    return _read(_Pieces(pieces, name), name, genes)[0]


def _read(source: Source, path: str, genes: Sequence[Gene]) -> list[SampleLines]:
    header = read_header(source)
    build = _build(header.contigs, header.declared)
    samples = [SampleLines(name, build, {gene.name: {} for gene in genes}) for name in header.samples]
    if build is not None:
        return samples
    places = Places(genes)
    kept = 0
    for number, line in _lines(source, header.rest, header.lines, path):
        start = line.split(b"\t", 2)
        contig = places.contig(start[0])
        if not contig or len(start) < 3:
            if len(start) < 3 and line.strip():
                raise BadInput("the line has too few columns.", path=path, line=number, mend=MEND)
            continue
        kept += keep(line, contig, places, samples, path, number)
        if kept > _MAX_KEPT:
            raise BadInput("more genotypes at defining sites than are held.", path=path, mend="Split the file.")
    return samples


def _build(contigs: Mapping[str, int | None], declared: frozenset[str]) -> str | None:
    """None where the header declares GRCh38, else what is wrong."""
    said = {word for word in (GRCH38.recognise(contigs), *declared) if word}
    if said == {"GRCh38"}:
        return None
    if not said:
        return "the file does not declare its build (no ##contig with length or assembly, no ##reference)"
    return f"the file declares {' and '.join(sorted(said))}, where positions are on GRCh38"


def _lines(source: Source, rest: bytes, number: int, path: str) -> Iterator[tuple[int, bytes]]:
    held = bytearray(rest)
    while True:
        piece = source.next()
        held += piece
        if not piece:
            break
        if b"\n" not in piece:
            if len(held) > _MAX_LINE:
                raise BadInput(
                    "a line is longer than 64 MB.", path=path, line=number + 1, mend="Split the file by samples."
                )
            continue
        whole = bytes(held)
        cut = whole.rfind(b"\n")
        held = bytearray(whole[cut + 1 :])
        for line in whole[:cut].split(b"\n"):
            number += 1
            yield number, line
    for line in bytes(held).split(b"\n"):
        if line.strip():
            number += 1
            yield number, line
