"""Mark a VCF with what laboratories concluded: INFO EMBLA_CLASS and EMBLA_CLASSES, other text as it was.

An allele is looked up in its normal form, whatever its spelling in the file. Classes are of alleles; whose file it is
is not asked, and nothing of it is kept.
"""

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from embla.classification import store
from embla.classification.lists import contig_of
from embla.classification.model.axes import AXES
from embla.classification.model.classes import Class
from embla.classification.model.comparing import compare
from embla.classification.model.discordance import Position, reduced
from embla.classification.service import SHARED
from embla.classification.store import Shown
from embla.errors import BadInput, UsageError
from embla.genome import GRCH38, Variant
from embla.genotypes import Output
from embla.policy import Action, permit
from embla.reference import Reference, normalise

if TYPE_CHECKING:
    from embla.platform import Actor, House

KEYS: Final = ("EMBLA_CLASS", "EMBLA_CLASSES")
HEADER: Final = (
    '##INFO=<ID=EMBLA_CLASS,Number=A,Type=String,Description="Germline classes of laboratories together, as ClinVar '
    'writes them (Embla)">\n'
    '##INFO=<ID=EMBLA_CLASSES,Number=A,Type=String,Description="Each laboratory: laboratory|axis|class|condition|'
    "evaluated, with & between them; text is percent-encoded (Embla)\">\n"
)  # fmt: skip
MOST_LINE: Final = 64 << 20
_MOST_DIGITS: Final = 10  # of a position
_BASES: Final = frozenset("ACGTN")
# What the INFO column of VCF 4.3 and the separators above cannot hold.
_SAFE: Final = "/:.()*+-_~ @!$'\"<>?[]{}^`#"


@dataclass(frozen=True)
class Marked:
    """Records read, and those with a classified allele; alleles that could not be held against the reference."""

    records: int
    classified: int
    unreadable: int


def mark_file(
    house: "House", actor: "Actor", in_path: Path, out_path: Path, *, public: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Marked:  # fmt: skip
    """Write `in_path` (VCF, plain or gzipped) to `out_path` (bgzip where it ends in .gz) with the two INFO fields.

    `public`: only what is shared with everybody. BadInput for what is no VCF of GRCh38, Unavailable for a full disk;
    `out_path` is then not touched.
    """
    permit(house.database, actor, Action.SEE_CLASSIFICATIONS, purpose="care", clock=house.clock)
    if out_path.exists() and out_path.samefile(in_path):
        raise UsageError("A file cannot be marked onto itself.", mend="Give another name with -o.")
    texts = _texts(house, ("public",) if public else SHARED)
    marking = _Marking(texts, house.names.reference, str(in_path))
    with Output(out_path) as out:
        for text in _megabytes(marking.lines(_read(in_path))):
            out.write(text)
            if progress is not None:
                progress(marking.records)
    return Marked(marking.records, marking.classified, marking.unreadable)


class _Marking:
    def __init__(self, texts: Mapping[str, tuple[str, str]], reference: Reference | None, path: str) -> None:
        self.texts, self.reference, self.path = texts, reference, path
        self.records = self.classified = self.unreadable = 0
        # Without an indel among the classified, none of a file needs to be brought into its normal form.
        self._lengths = any(len(ref) != len(alt) for _, _, ref, alt in (name.split("-", 3) for name in texts))

    def lines(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        begun, contigs = False, dict[str, int | None]()
        for number, line in enumerate(lines, 1):
            if len(line) > MOST_LINE:
                raise BadInput("This line is longer than 64 MB.", path=self.path, line=number)
            if number == 1 and not line.startswith(b"##fileformat=VCF"):
                raise BadInput(
                    "This is no VCF.", path=self.path, line=1, mend="Its first line is ##fileformat=VCFv4.x."
                )
            if line.startswith(b"##"):
                if not line.startswith(tuple(f"##INFO=<ID={key},".encode() for key in KEYS)):
                    yield line
                contigs |= contig_of(line.decode("utf-8", "replace"))
                continue
            if line.startswith(b"#CHROM\t"):
                GRCH38.check_header(contigs, path=self.path)
                begun = True
                yield HEADER.encode()
                yield line
                continue
            if not line.strip():
                continue
            if not begun:
                raise BadInput("There is no line of column names.", path=self.path, line=number)
            self.records += 1
            yield self._record(line, number)
        if not begun:
            raise BadInput("There is no line of column names.", path=self.path, mend="Is the file whole?")

    def _record(self, line: bytes, number: int) -> bytes:
        columns = line.rstrip(b"\r\n").split(b"\t", 8)
        if len(columns) < 8 or not columns[1].isdigit() or len(columns[1]) > _MOST_DIGITS:
            raise BadInput("A line of a VCF has at least eight columns, the second a position.",
                           path=self.path, line=number)  # fmt: skip
        contig, pos = columns[0].decode("utf-8", "replace"), int(columns[1])
        ref = columns[3].decode("ascii", "replace").upper()
        found = [self._of(contig, pos, ref, alt.upper()) for alt in columns[4].decode("ascii", "replace").split(",")]
        info = columns[7]
        if KEYS[0].encode() in info:
            kept = [part for part in info.split(b";") if part.partition(b"=")[0].decode("ascii", "replace") not in KEYS]
            info = b";".join(kept) or b"."
        if any(found):
            self.classified += 1
            added = ";".join(
                f"{key}={','.join(one[at] if one else '.' for one in found)}" for at, key in enumerate(KEYS)
            )
            info = added.encode() if info == b"." else info + b";" + added.encode()
        if info is columns[7]:
            return line
        columns[7] = info
        return b"\t".join(columns) + b"\n"

    def _of(self, contig: str, pos: int, ref: str, alt: str) -> tuple[str, str] | None:
        if not alt or not _BASES.issuperset(alt) or not self.texts:
            return None
        known = GRCH38.find(contig)
        if known is None:
            return None
        if len(ref) == len(alt) == 1:
            return self.texts.get(f"{known.name}-{pos}-{ref}-{alt}")
        if not self._lengths and len(ref) != len(alt):
            return None
        try:
            normal = normalise(Variant(known.name, pos, ref, alt), self.reference).variant
        except BadInput:
            self.unreadable += 1
            return None
        return self.texts.get(str(normal))


def _texts(house: "House", shares: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """allele -> (germline classes together, every record that is shared)."""
    found: dict[str, list[Shown]] = {}
    with house.database.reading() as connection:
        for one in store.all_published(connection, shares):
            found.setdefault(one.record.identity.allele, []).append(one)
    told = {}
    for allele, shown in found.items():
        germline = _together(shown)
        together = quote(compare(germline).aggregate.replace(" ", "_"), safe=_SAFE) if germline else "."
        each = "&".join("|".join(_quoted(text) for text in (
            one.record.identity.laboratory, one.record.identity.axis, one.content.class_,
            one.record.identity.condition, one.content.evaluated.isoformat(),
        )) for one in shown)  # fmt: skip
        told[allele] = together, each
    return told


def _together(shown: Iterable[Shown]) -> list[Class]:
    """Germline classes, of the mitochondrion too; as on the variant's page one per laboratory and condition."""
    said: dict[tuple[str, ...], list[Position]] = {}
    for one in shown:
        about = one.record.identity
        if AXES[about.axis].compared and about.origin != "somatic":
            own = Position(about.laboratory, one.content.class_, one.content.evaluated)
            said.setdefault((about.axis, about.condition, about.origin), []).append(own)
    return [Class(one.class_) for positions in said.values() for one in reduced(positions)]


def _quoted(text: str) -> str:
    return quote(text, safe=_SAFE).replace(" ", "%20") or "-"


def _read(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            while line := file.readline(MOST_LINE + 1):
                yield line
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"This file cannot be read to its end ({type(error).__name__}).", path=str(path)) from None


def _megabytes(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Lines, a megabyte or more at a time."""
    held, size = list[bytes](), 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= 1 << 20:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)
