"""The lines of a caller's VCF, one at a time and bounded: an archive that unpacks to terabytes ends with a sentence."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from embla.errors import BadInput
from embla.genome import GRCH38, Contig
from embla.genotypes import open_source

MAX_LINE: Final = 1 << 20  # an inserted sequence of a long-read caller may have 100,000 bases
MAX_BYTES: Final = 4 << 30
MAX_HEADER_LINES: Final = 20_000
MAX_RECORDS: Final = 2_000_000
MAX_COLUMNS: Final = 1_000
_VERSION: Final = re.compile(r"##fileformat=VCFv([0-9]{1,3})\.([0-9]{1,3})")


@dataclass(frozen=True)
class Line:
    """One record: 1-based `pos`, the sample's own column by key of FORMAT."""

    number: int
    contig: Contig
    pos: int
    ident: str
    ref: str
    alts: tuple[str, ...]
    passed: bool
    info: Mapping[str, str]
    sample: Mapping[str, str]

    def whole(self, name: str, text: str, low: int = -(1 << 30), high: int = 1 << 30) -> int:
        """A whole number within bounds. BadInput names the field and the line."""
        body = text.removeprefix("-")
        if not (body.isascii() and body.isdecimal() and len(body) < 11 and low <= int(text) <= high):
            raise BadInput(f"{name} is no whole number from {low:,} to {high:,}.", line=self.number)
        return int(text)

    def said(self, name: str) -> str:
        """A field of INFO, "" where it is missing or `.`."""
        text = self.info.get(name, "")
        return "" if text == "." else text

    def own(self, name: str) -> str:
        """A field of the sample, "" where it is missing or `.`."""
        text = self.sample.get(name, "")
        return "" if text == "." else text


@dataclass
class Header:
    """What the header says: contigs with lengths, columns of samples, the program, and whether it is VCF 4.4 or later,
    where SVLEN is how long each ALT is and END no more than the longest of them."""

    contigs: dict[str, int | None] = field(default_factory=dict)
    samples: list[str] = field(default_factory=list)
    source: str = ""
    by_length: bool = False


class CallerFile:
    """A caller's VCF, opened. `header` is read at once; `lines` gives the records of one sample on primary contigs.

    Raises BadInput (with the line) for what is no VCF, another build, a missing column, or more than the bounds.
    """

    def __init__(self, file: Path, column: str) -> None:
        self.file, self._column = file, column
        self.elsewhere = 0  # records on contigs that are not counted

    def lines(self) -> Iterator[Line]:
        """Every record, in the order of the file."""
        header, count = self.header, 0
        at = header.samples.index(self._column)
        for number, text in self._texts():
            if text.startswith("#") or not text:
                continue
            count += 1
            if count > MAX_RECORDS:
                raise BadInput(f"The file has more than {MAX_RECORDS:,} records.", line=number)
            cells = text.split("\t")
            if len(cells) != 9 + len(header.samples):
                raise BadInput(f"{9 + len(header.samples)} columns were expected, {len(cells)} are there.", line=number)
            found = GRCH38.find(cells[0])
            if found is None:
                if not GRCH38.is_other(cells[0]):
                    raise BadInput("GRCh38 has no such contig.", line=number, mend="Known: chr1-chr22, chrX, chrY.")
                self.elsewhere += 1
                continue
            yield _line(number, found, cells, cells[9 + at])

    @property
    def header(self) -> Header:
        """The header, read anew: a few kilobytes."""
        header = Header()
        for number, text in self._texts():
            if text.startswith("##contig="):
                _contig(header, text, number)
            elif text.startswith("##fileformat="):
                found = _VERSION.fullmatch(text)
                header.by_length = found is not None and (int(found[1]), int(found[2])) >= (4, 4)
            elif text.startswith("##source=") and not header.source:
                header.source = text.partition("=")[2][:120]
            elif text.startswith("#CHROM"):
                header.samples = text.split("\t")[9:]
                break
            elif not text.startswith("##"):
                raise BadInput("The header of a VCF ends with #CHROM; this line is neither.", line=number)
            if number > MAX_HEADER_LINES:
                raise BadInput(f"The header has more than {MAX_HEADER_LINES:,} lines.", line=number)
        else:
            raise BadInput("The file has no #CHROM line: it is no VCF.", line=1)
        return self._fits(header)

    def _fits(self, header: Header) -> Header:
        build = GRCH38.recognise(header.contigs)
        if build is not None and build != "GRCh38":
            raise BadInput(f"The header is of {build}; GRCh38 is counted.", mend="Call against GRCh38.")
        if len(header.samples) > MAX_COLUMNS:
            raise BadInput(f"{len(header.samples):,} samples; at most {MAX_COLUMNS:,} are read.")
        if self._column not in header.samples:
            raise BadInput(
                f"The file has no column of this sample; it has {len(header.samples)} others.",
                mend="Is it another sample's file? If not, name its column.",
            )
        return header

    def _texts(self) -> Iterator[tuple[int, str]]:
        number, seen, rest = 0, 0, b""
        with open_source(self.file) as source:
            if source.kind == "bcf":
                raise BadInput("This is BCF.", mend="Send a VCF, as text, gzip or bgzip.")
            while True:
                piece = source.next()
                seen += len(piece)
                if seen > MAX_BYTES:
                    raise BadInput(f"It unpacks to more than {MAX_BYTES >> 30} GiB.", line=number + 1)
                *whole, rest = (rest + piece).split(b"\n")
                if not piece and rest:
                    whole, rest = [rest], b""
                for raw in whole:
                    number += 1
                    if len(raw) > MAX_LINE:
                        raise _too_long(number)
                    yield number, _text(raw, number)
                if len(rest) > MAX_LINE:
                    raise _too_long(number + 1)
                if not piece:
                    return


def _too_long(number: int) -> BadInput:
    return BadInput(f"A line of more than {MAX_LINE:,} bytes.", line=number)


def _text(raw: bytes, number: int) -> str:
    try:
        return raw.rstrip(b"\r").decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput("It holds bytes that are no text.", line=number, mend="Send a VCF in UTF-8.") from None


def _contig(header: Header, text: str, number: int) -> None:
    name = length = ""
    for part in text[9:].strip("<>").split(","):
        key, _, value = part.partition("=")
        name, length = (value, length) if key == "ID" else (name, value) if key == "length" else (name, length)
    if name:
        header.contigs[name] = int(length) if length.isascii() and length.isdecimal() and len(length) < 11 else None


def _line(number: int, contig: Contig, cells: list[str], own: str) -> Line:
    pos = cells[1]
    if not (pos.isascii() and pos.isdecimal() and len(pos) < 10 and int(pos) <= contig.length):
        raise BadInput(f"POS is no place of {contig.name}.", line=number)
    info = {}
    for part in cells[7].split(";"):
        key, _, value = part.partition("=")
        info[key] = value
    sample = dict(zip(cells[8].split(":"), own.split(":"), strict=False))
    passed = cells[6] in ("PASS", ".") and sample.get("FT", "PASS") in ("PASS", ".")
    return Line(number, contig, int(pos), cells[2], cells[3].upper(), tuple(cells[4].split(",")), passed, info, sample)
