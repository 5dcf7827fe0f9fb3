"""Annotate a VCF: every ALT gets the cohort's counts in INFO, all else stays byte for byte.

Lines are found, alleles brought to their normal form and INFO spliced by kernels (`annotating/kernels.py`) over about
4 MB at a time; between them NumPy looks the keys up in what `annotating/sites.py` gives for that stretch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from gettext import gettext, ngettext
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from embla.errors import BadInput, UnknownContig, UsageError
from embla.genome import GRCH38, Contig, Variant
from embla.genotypes.annotating import kernels as k
from embla.genotypes.annotating.bounds import Bounds
from embla.genotypes.annotating.header import read_top
from embla.genotypes.annotating.looking import BY_KEY, look_up
from embla.genotypes.annotating.near import Near, Room
from embla.genotypes.annotating.output import Output
from embla.genotypes.annotating.sites import Sites, Source, StoreSource, spans
from embla.genotypes.annotating.splicing_kernels import (
    MEMO,
    MEMO_FACTS,
    MEMO_TEXT,
    ROOM_PER_ALLELE,
    ROOM_PER_LINE,
    STATUS_WORDS,
    splice,
)
from embla.genotypes.annotating.walking import known, reach
from embla.genotypes.model.keys import is_short, make_key
from embla.genotypes.reading.kernels.layout import MAX_ALTS
from embla.genotypes.reading.source import open_source
from embla.reference import normalise

if TYPE_CHECKING:
    from embla.genotypes.view import Mask, View
    from embla.reference import Reference

Progress = Callable[[str, int, int], None]
_CHUNK: Final = 4 << 20
_SPARE: Final = 1 << 17
_COMMA: Final = 44
_LONGEST_LINE: Final = 512 << 20
_SCRATCH: Final = 1 << 16
_LARGE: Final = 8 << 20


@dataclass
class AnnotateReport:
    """What an annotation did. `statuses` counts ALTs; `other_contigs` are analysis-set contigs outside 1-22, X, Y,
    M."""

    records: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    failed_only: int = 0
    replaced: int = 0
    moved: int = 0
    other_contigs: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "records": self.records,
            "alleles": sum(self.statuses.values()),
            **{word: self.statuses[word] for word in STATUS_WORDS if word != "suppressed" or self.statuses[word]},
            "failed_only": self.failed_only,
            "replaced": self.replaced,
            "normalised": self.moved,
            "other_contigs": dict(self.other_contigs),
        }

    def lines(self) -> list[str]:
        """Sentences for people, in the language that the command line set for gettext. Statuses are those of the
        file."""
        parts = ", ".join(f"{self.statuses[word]:,} {word}" for word in STATUS_WORDS if self.statuses[word])
        n = self.records
        done = ngettext("annotated {n} record: {statuses}", "annotated {n} records: {statuses}", n)
        said = [done.format(n=f"{n:,}", statuses=parts or gettext("no ALT"))]
        for n, told in (
            (self.failed_only, gettext("Seen in calls that do not pass the gates alone (EMBLA_FAILED_ONLY): {n}.")),
            (self.moved, gettext("ALTs looked up under their trimmed and left-aligned form: {n}.")),
            (self.replaced, gettext("Records whose older annotation was replaced: {n}.")),
        ):
            if n:
                said.append(told.format(n=f"{n:,}"))
        if self.other_contigs:
            names = ", ".join(f"{name} ({count:,})" for name, count in sorted(self.other_contigs.items())[:5])
            more = ", ..." if len(self.other_contigs) > 5 else ""
            told = gettext("Records on contigs that are not counted are not_loaded: {contigs}.")
            said.append(told.format(contigs=names + more))
        return said


def annotate(
    source: View | Source, in_path: Path | str, out_path: Path | str, *, cohort: Mask | None = None, level: int = 1,
    threads: int = 1, progress: Progress | None = None,
) -> AnnotateReport:  # fmt: skip
    """Write `in_path` to `out_path` with EMBLA_AC, _AN, _AF, _NHOMALT, _NHEMI, _FAF95 and _STATUS in INFO; on lines
    with an ALT that was seen in calls that do not pass the gates alone, with _FAILED_ONLY (1 for that ALT, else 0).

    Each field has a value for every ALT, `.` where there is none; ALTs are looked up by their normal form. A record
    without ALT stays as it is; older fields of ours are replaced. Input: VCF, plain, gzip or bgzip, sorted or not, with
    samples or without. `source` is a view (with `cohort`) or anything with `sites`. `level` 0 to 12; `threads`
    compress.

    Raises BadInput or UnknownContig (with file and line) for a file that is not VCF, is cut off, is of another build or
    has a REF that the reference has not; UsageError for BCF and for an output that cannot be; nothing is left then.
    """
    chosen = cast("Source", source) if hasattr(source, "sites") else StoreSource(source, cohort)
    in_path, out_path = Path(in_path), Path(out_path)
    if not 0 <= level <= 12:
        raise UsageError(f"there is no compression level {level}.", mend="Give 0 (none) to 12 (smallest).")
    if out_path.suffix == ".bcf":
        raise UsageError(
            "annotation writes VCF, not BCF.", mend="Name the output .vcf.gz; bcftools view -Ob converts it."
        )
    if out_path.exists() and in_path.exists() and out_path.samefile(in_path):
        raise UsageError("input and output are the same file.", mend="Give the output another name.")
    with open_source(in_path) as file:
        if file.kind == "bcf":
            raise UsageError(
                f"{in_path} is BCF; annotation keeps the text of a VCF.",
                mend="Convert it: bcftools view -Oz -o IN.vcf.gz.",
            )
        top = read_top(file, chosen.about)
        with Output(out_path, level=level, threads=max(1, threads)) as out:
            out.write(top.text)
            if file.total > _LARGE:
                import_module("embla.genotypes.kernels")  # sweeps then use them; a small file is done before they load
            worker = _Worker(chosen, str(in_path), top.lines)
            for text, size in _chunks(file, top.rest, str(in_path)):
                out.write(worker.lines(text, size))
                if progress is not None:
                    progress("Annotating", file.done, file.total)
    return worker.report


def _chunks(file: Any, rest: bytes, path: str) -> Iterator[tuple[bytearray, int]]:
    """Pieces of about 4 MB that end with a whole line, or at the end of the file: how many bytes of a buffer.

    It is the same each time, with room behind them, and may be written to."""
    text = bytearray(max(_CHUNK, len(rest)) + _SPARE)
    text[: len(rest)] = rest
    held, most = len(rest), _CHUNK
    more = True
    while more:
        while held < most and (filled := file.fill(text, held, 1, most)):
            held += filled
        more = held >= most
        cut = text.rfind(b"\n", 0, held) + 1
        if not cut and held > _LONGEST_LINE:
            raise BadInput("a line is longer than 512 MB.", path=path, mend="This is not a VCF.")
        if not more:
            cut = held
        if cut:
            yield text, cut
            text[: held - cut] = text[cut:held]
            held -= cut
        most = held + _CHUNK


class _Worker:
    """Annotates chunk after chunk; keeps its buffers."""

    def __init__(self, source: Source, path: str, header_lines: int) -> None:
        self.report = AnnotateReport()
        self._source = source
        self._reference = source.reference
        self._path = path
        self._line = header_lines  # lines before this chunk
        self._rows = np.zeros((1 << 16, k.COLUMNS), np.int64)
        self._found = np.zeros((1 << 17, k.FACTS), np.int64)
        self._scratch = np.zeros(_SCRATCH, np.uint8)
        self._out = np.zeros(1 << 20, np.uint8)
        self._room = Room()
        self._bounds = Bounds(0.95)
        self._memo = np.zeros((MEMO, MEMO_FACTS), np.int64)
        self._memo_text = np.zeros(MEMO * MEMO_TEXT, np.uint8)

    def lines(self, text: bytearray, size: int) -> memoryview:
        """The lines in the first `size` bytes with their annotation. The result is valid until the next call."""
        # The last line of a file may lack its line end; it gets one here and gives it back below.
        ended = text[size - 1] == 10
        if not ended:
            text[size] = 10
            size += 1
        buf = np.frombuffer(text, np.uint8, size)
        lines = self._scan(buf)
        alleles = self._resolve(buf, lines)
        found = self._found[:alleles]
        status = np.full(alleles, k.STATUS_NOT_LOADED, np.uint8)
        numbers = np.zeros((alleles, 4), np.int32)
        self._count(buf, found, status, numbers)
        seen = np.bincount(status & k.STATUS, minlength=len(STATUS_WORDS)).tolist()
        self.report.failed_only += int(np.count_nonzero(status & k.FAILED_ONLY))
        for word, count in zip(STATUS_WORDS, seen, strict=True):
            self.report.statuses[word] += count
        room = len(buf) + alleles * ROOM_PER_ALLELE + lines * ROOM_PER_LINE
        if len(self._out) < room:
            self._out = np.zeros(room * 5 // 4, np.uint8)
        faf = self._bounds.faf(numbers[:, 0], numbers[:, 1])
        written, replaced = splice(
            buf, self._rows, lines, self._found, alleles, status, numbers, faf, self._out, self._memo, self._memo_text
        )
        self.report.replaced += replaced
        self.report.records += int((self._rows[:lines, k.CHROM_END] > self._rows[:lines, k.START]).sum())
        self._line += lines
        return self._out.data[: written if ended else written - 1]

    def _scan(self, buf: NDArray[np.uint8]) -> int:
        at = lines = 0
        while True:
            got, at, short = k.scan(buf, at, len(buf), self._rows[lines:])
            # The first line of a further call cannot see the one before it.
            if lines and got:
                self._rows[lines, k.SAME] = 0
            lines += got
            if short:
                raise BadInput(
                    "a record needs at least 8 columns, separated by tabs.",
                    path=self._path, line=self._line + lines + 1, mend="Check the line; a VCF may have been cut here.",
                )  # fmt: skip
            if at >= len(buf):
                return int(lines)
            self._rows = np.concatenate((self._rows, np.zeros_like(self._rows)))

    def _resolve(self, buf: NDArray[np.uint8], lines: int) -> int:
        """Fill `found` with the alleles of all lines; gives how many."""
        rows = self._rows[:lines]
        # Alleles may be empty, so that only commas tell how many there can be.
        most = lines + min(int(np.count_nonzero(buf == _COMMA)), lines * MAX_ALTS)
        if len(self._found) < most:
            self._found = np.zeros((most * 5 // 4, k.FACTS), np.int64)
        self._runs: list[tuple[int, int, Contig, Near]] = []  # alleles of each run of lines on one contig
        n = 0
        starts = np.flatnonzero((rows[:, k.SAME] == 0) & (rows[:, k.CHROM_END] > rows[:, k.START])).tolist()
        for first, last in zip(starts, [*starts[1:], lines], strict=True):
            contig = self._contig(buf[rows[first, k.START] : rows[first, k.CHROM_END]].tobytes(), first, last)
            if contig is None:
                n = self._other(buf, rows, first, last, n)
                continue
            n = self._resolve_run(buf, rows, first, last, contig, n)
        return n

    def _contig(self, name: bytes, first: int, last: int) -> Contig | None:
        """The contig of a run of lines, None for one that is never counted."""
        text = name.decode("utf-8", "replace")
        contig = GRCH38.find(text)
        if contig is None:
            if not GRCH38.is_other(text):
                try:
                    GRCH38.contig(text)
                except UnknownContig as error:
                    raise UnknownContig(
                        error.message, path=self._path, line=self._line + first + 1, mend=error.mend
                    ) from None
            self.report.other_contigs["".join(c if c.isprintable() else "?" for c in text[:60])] += last - first
        return contig

    def _other(self, buf: NDArray[np.uint8], rows: NDArray[np.int64], first: int, last: int, n: int) -> int:
        """Every ALT of these lines is not loaded."""
        for line in range(first, last):
            alt = buf[rows[line, k.ALT] : rows[line, k.ALT_END]].tobytes()
            if alt.count(b",") >= MAX_ALTS:
                raise self._too_many(line)
            for _ in alt.split(b",") if alt != b"." else ():
                self._found[n] = 0
                self._found[n, k.A_LINE], self._found[n, k.A_STATE] = line, k.NOT_LOADED
                n += 1
        return n

    def _resolve_run(
        self, buf: NDArray[np.uint8], rows: NDArray[np.int64], first: int, last: int, contig: Contig, n: int
    ) -> int:
        where = reach(rows, first, last)
        if where.wrong >= 0:
            raise BadInput(
                "POS is not a whole number.", path=self._path, line=self._line + where.wrong + 1, mend="Check the line."
            )
        # The bases of all runs of a chunk are needed until it is counted, so only those of the first have a place kept.
        near = Near(self._reference, contig, where, self._room if not self._runs else None)
        after, line, why = k.resolve(
            buf,
            rows,
            first,
            last,
            contig.length,
            near.bases,
            near.start,
            near.end,
            near.packed,
            near.length,
            self._scratch,
            self._found,
            n,
        )
        if why != k.DONE:
            raise self._refusal(rows[line], line, why, contig, buf)
        self._runs.append((n, after, contig, near))
        return int(after)

    def _refusal(self, row: NDArray[np.int64], line: int, why: int, contig: Contig, buf: NDArray[np.uint8]) -> BadInput:
        if why == k.TOO_MANY:
            return self._too_many(line)
        where: dict[str, Any] = {"path": self._path, "line": self._line + line + 1}
        pos = int(row[k.POS])
        if why == k.BAD_REF:
            return BadInput("REF must be bases.", **where, mend="Check the line.")
        if why == k.OUTSIDE:
            return BadInput(
                f"{contig.name} of GRCh38 has {contig.length:,} bases; {pos:,} or its REF lies outside.",
                **where,
                mend="Check the build: a file of another build must be lifted over to GRCh38 first.",
            )
        ref = buf[row[k.REF] : row[k.REF_END]].tobytes().decode("latin-1").upper()
        try:
            normalise(Variant(contig.name, pos, ref, "<*>"), self._reference)
        except BadInput as error:
            return BadInput(error.message, **where, place=error.place, mend=error.mend)
        raise AssertionError("the kernel and the reference disagree about REF")

    def _too_many(self, line: int) -> BadInput:
        return BadInput(
            f"the record has more than {MAX_ALTS:,} ALTs.", path=self._path, line=self._line + line + 1,
            mend="Split its alleles over several records, or leave it out.",
        )  # fmt: skip

    def _count(
        self, buf: NDArray[np.uint8], found: NDArray[np.int64], status: NDArray[np.uint8], numbers: NDArray[np.int32]
    ) -> None:
        """Fill `status` and `numbers` of every allele that the source can know."""
        long: dict[int, tuple[int, str, str]] = {}
        for first, last, contig, near in self._runs:
            for i in (first + np.flatnonzero(found[first:last, k.A_STATE] >= k.BY_HAND)).tolist():
                trimmed = found[i, k.A_STATE] == k.TRIMMED
                long[i] = self._trimmed(buf, found[i]) if trimmed else self._by_hand(buf, found[i], contig, near)
                found[i, k.A_POS] = long[i][0]
            which, pos, moved = known(found, first, last, self._rows)
            self.report.moved += moved
            if not len(which):
                continue
            for start, end in spans(pos, self._source.genomes):
                a, b = np.searchsorted(pos, (start + 1, end + 1)).tolist()
                sites = self._source.sites(contig.name, start, end)
                here = which[a:b]
                rows = np.full(len(here), BY_KEY, np.int64)
                for t in np.flatnonzero(found[here, k.A_STATE] >= k.BY_HAND).tolist() if long else ():
                    rows[t] = _row_of(sites, long[int(here[t])])
                look_up(sites, found, here, rows, status, numbers)

    def _trimmed(self, buf: NDArray[np.uint8], allele: NDArray[np.int64]) -> tuple[int, str, str]:
        """A long allele whose normal form the kernel found by trimming alone."""
        line, _, pos, sizes, start, _ = allele.tolist()
        row = self._rows[line]
        moved = pos - int(row[k.POS])
        ref, alt = int(row[k.REF]) + moved, start + moved
        texts = (buf[ref : ref + (sizes >> 32)], buf[alt : alt + (sizes & 0xFFFFFFFF)])
        one, two = (text.tobytes().decode("ascii").upper() for text in texts)
        return pos, one, two

    def _by_hand(
        self, buf: NDArray[np.uint8], allele: NDArray[np.int64], contig: Contig, near: Near
    ) -> tuple[int, str, str]:
        row = self._rows[allele[k.A_LINE]]
        ref = buf[row[k.REF] : row[k.REF_END]].tobytes().decode("ascii")
        alt = buf[allele[k.A_FROM] : allele[k.A_TO]].tobytes().decode("ascii")
        reference = cast("Reference", near) if self._reference is not None else None
        normal = normalise(Variant(contig.name, int(row[k.POS]), ref, alt), reference).variant
        return normal.pos, normal.ref, normal.alt


def _row_of(sites: Sites, allele: tuple[int, str, str]) -> int:
    """The row of an allele that the kernel could not make a key of, -1 where it is not there."""
    if not is_short(allele[1], allele[2]):
        return sites.long.get(allele, -1)
    key = np.uint64(make_key(*allele))
    at = int(np.searchsorted(sites.key, key))
    return at if at < len(sites.key) and sites.key[at] == key else -1
