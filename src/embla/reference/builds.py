"""Names of GRCh37 brought to GRCh38: by loaded equivalences, or through a chain file that the site supplies.

An equivalence is two names that somebody says are one variant. A chain (UCSC's format) maps stretches of one build to
another; it is used only where a whole event lies in one stretch and in no other.
"""

import gzip
import re
import zlib
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embla.errors import BadInput, NotFound, Unavailable
from embla.genome import GRCH38, Assembly
from embla.reference.resolved import Unplaced

GRCH37: Final = Assembly("GRCh37")
_NAME: Final = re.compile(r"NC_\d{6}\.\d{1,3}:[gm]\.[^\s,;|\"]{1,5000}")
_LINE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Lifted:
    """Bases `start` to `end` of GRCh38, 0-based half-open; `strand` -1 where the chain turns them around."""

    contig: str
    start: int
    end: int
    strand: int


class Chain:
    """A UCSC chain file from GRCh37 to GRCh38."""

    def __init__(self, blocks: dict[str, list[tuple[int, int, str, int, int]]]) -> None:
        """`blocks`: contig of GRCh37 -> (start, size, contig of GRCh38, its start, strand), 0-based."""
        self._blocks = {contig: sorted(rows) for contig, rows in blocks.items()}
        self._starts = {contig: [row[0] for row in rows] for contig, rows in self._blocks.items()}
        self._widest = {contig: max(row[1] for row in rows) for contig, rows in self._blocks.items()}

    @classmethod
    def open(cls, path: str | Path) -> "Chain":
        """Read a chain file, plain or gzipped. BadInput with the line where it is none.

        Chains from or to other contigs than the primary ones (alternates, unplaced) are passed over.
        """
        blocks: dict[str, list[tuple[int, int, str, int, int]]] = {}
        path, one, number = Path(path), None, 0
        for number, line in lines_of(path):
            fields = line.split()
            try:
                if fields and fields[0] == "chain" and one is None:
                    one = _Open.of(fields)
                elif one is not None and fields and not fields[0].startswith("#"):
                    row = one.next(*map(int, fields))
                    if one.source and one.target and row[1]:
                        blocks.setdefault(one.source, []).append((*row[:2], one.target, row[2], one.strand))
                    one = None if len(fields) == 1 else one
                elif fields and not fields[0].startswith("#"):
                    raise ValueError
            except _OtherBuild as error:
                raise BadInput(
                    str(error), path=str(path), line=number, mend="Give the chain from GRCh37 to GRCh38 (hg19ToHg38)."
                ) from error
            except (ValueError, IndexError, TypeError) as error:
                raise BadInput(
                    "this is no line of a chain file, or its sizes do not add up.",
                    path=str(path),
                    line=number,
                    mend="Give a file of UCSC's format.",
                ) from error
        if one is not None:
            raise BadInput("the last chain has no end.", path=str(path), line=number, mend="Copy the file again.")
        if not blocks:
            raise BadInput(
                "no chain from GRCh37 to GRCh38 in it.", path=str(path), mend="Give hg19ToHg38.over.chain.gz."
            )
        return cls(blocks)

    def lift(self, contig: str, start: int, end: int) -> tuple[Lifted, ...]:
        """Where bases `start` to `end` of GRCh37 lie: one place, or several where stretches lie over each other.

        Unplaced unless they are whole in each stretch that they touch.
        """
        rows, starts = self._blocks.get(contig, []), self._starts.get(contig, [])
        found: list[Lifted] = []
        number = bisect_left(starts, end)
        while number > 0 and rows[number - 1][0] > start - self._widest[contig]:
            number -= 1
            at, size, target, low, strand = rows[number]
            if at <= start and end <= at + size:
                first = low + start - at if strand > 0 else low + at + size - end
                found.append(Lifted(target, first, first + end - start, strand))
            elif at < end and start < at + size:
                raise Unplaced("lift_over_failed")
        if not found:
            raise Unplaced("lift_over_failed")
        return tuple(dict.fromkeys(found))


class _OtherBuild(Exception):
    """A contig's length says that the chain is of other builds."""


@dataclass
class _Open:
    """A chain that is being read: where its next stretch begins on both sides, and where it must end.

    UCSC's chain format: the first side is + always; positions of the second count in the direction of its strand.
    """

    source: str
    target: str
    strand: int
    at: int
    there: int
    end: int
    end_there: int
    size_there: int

    @classmethod
    def of(cls, fields: list[str]) -> "_Open":
        source, target = GRCH37.find(fields[2]), GRCH38.find(fields[7])
        for contig, build, size in ((source, GRCH37, fields[3]), (target, GRCH38, fields[8])):
            if contig and contig.length != int(size):
                raise _OtherBuild(f"{contig.name} has {int(size):,} bases here, in {build.name} {contig.length:,}.")
        if fields[4] != "+" or fields[9] not in ("+", "-"):
            raise ValueError
        at, end, there, end_there = (int(fields[number]) for number in (5, 6, 10, 11))
        if not (0 <= at < end <= int(fields[3]) and 0 <= there < end_there <= int(fields[8])):
            raise ValueError
        names = (source.name if source else "", target.name if target else "")
        return cls(*names, 1 if fields[9] == "+" else -1, at, there, end, end_there, int(fields[8]))

    def next(self, size: int, gap: int | None = None, gap_there: int | None = None) -> tuple[int, int, int]:
        """(start, size, start on the + strand of the other side) of the next stretch. ValueError past the ends."""
        at, there, last = self.at, self.there, gap is None
        if min(size, gap or 0, gap_there or 0) < 0 or last != (gap_there is None):
            raise ValueError
        self.at, self.there = at + size + (gap or 0), there + size + (gap_there or 0)
        here = (self.at, self.there)
        if here != (self.end, self.end_there) if last else not (self.at <= self.end and self.there <= self.end_there):
            raise ValueError
        return at, size, there if self.strand > 0 else self.size_there - there - size


class Equivalences:
    """Pairs of names, one of GRCh37 and one of GRCh38, from a table."""

    def __init__(self, pairs: dict[str, tuple[str, ...]]) -> None:
        """Name of GRCh37 as `key_of` writes it -> names of GRCh38."""
        self._pairs = pairs

    @classmethod
    def open(cls, path: str | Path) -> "Equivalences":
        """Read a table: a line with one g. name of GRCh37 and one of GRCh38, in any columns, is a pair.

        Lines that begin with `#` are left out.
        """
        pairs: dict[str, list[str]] = {}
        for _, line in lines_of(Path(path)):
            if line.startswith("#"):
                continue
            names = _NAME.findall(line)
            mine = [name for name in names if GRCH38.find(name.split(":")[0])]
            other = [name for name in names if GRCH37.find(name.split(":")[0]) and name not in mine]
            if len(mine) == len(other) == 1:
                known = pairs.setdefault(key_of(other[0]), [])
                known += [name for name in mine if name not in known]
        if not pairs:
            raise BadInput(
                "no pair of g. names of GRCh37 and GRCh38 in it.",
                path=str(path),
                mend="Give a table with both names on each line, as NC_000021.8:g.45194641C>G.",
            )
        return cls({key: tuple(names) for key, names in pairs.items()})

    def __len__(self) -> int:
        return len(self._pairs)

    def of(self, name: str) -> tuple[str, ...]:
        """The names of GRCh38 that are the same as this one of GRCh37."""
        return self._pairs.get(key_of(name), ())


def key_of(name: str) -> str:
    """A g. name without the bases that it only repeats: `delGA` is `del`, `dupC` is `dup`."""
    contig, _, change = name.partition(":")
    found = GRCH37.find(contig)
    change = re.sub(r"(del|dup|inv)(?:[ACGTN]+|\d+)(?=ins|$)", r"\1", change, flags=re.IGNORECASE)
    return f"{found.name if found else contig}:{change}"


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines of a text file, plain or gzipped. NotFound, Unavailable or BadInput."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            number = 0
            while line := file.readline(_LINE + 1):
                number += 1
                if len(line) > _LINE:
                    raise BadInput("the line is longer than a million bytes.", path=str(path), line=number)
                yield number, line.decode("utf-8", "replace").rstrip("\r\n")
    except FileNotFoundError as error:
        raise NotFound(f"no file {path}.", mend="Check the path.") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput("the gzip file is cut or damaged.", path=str(path), mend="Copy it again.") from error
    except OSError as error:
        raise Unavailable(f"cannot read {path}: {error.strerror}.", mend="Check the path and its rights.") from error
