"""A FASTA file as GRCh38 contigs: bases by place, whole contigs as arrays, refget digests.

pysam reads; here its contigs get our names, its quirks are hidden (not safe between threads or after fork) and a file
that cannot be right is refused before anything is computed from it.
"""

import gzip
import os
import threading
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
import pysam
from numpy.typing import NDArray

from embla.errors import BadInput, Broken, NotFound, Unavailable
from embla.genome import GRCH38, Assembly
from embla.reference import refget

_CHUNK: Final = 1 << 22  # bases read at a time: bounds what a whole contig costs beyond its own array
# Upper case for letters; whatever is not a letter becomes N.
_UPPER: Final = bytes(code if 65 <= code <= 90 else code - 32 if 97 <= code <= 122 else ord("N") for code in range(256))


class Reference:
    """Bases of an assembly from a FASTA that may hold only some of its contigs. Safe between threads and after fork."""

    def __init__(self, path: Path, index: Path, block_index: Path | None, names: dict[str, str]) -> None:
        """Use `Reference.open`. `names` maps our contig name to the FASTA's."""
        self.path = path
        self._index = index
        self._block_index = block_index
        self._names = names
        self._lock = threading.Lock()
        self._file, self._pid = self._connect(), os.getpid()
        self._lengths = dict(zip(self._file.references, self._file.lengths, strict=True))
        self._array: tuple[str, NDArray[np.uint8]] | None = None
        self._digest: str | None = None

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        assembly: Assembly = GRCH38,
        cache: str | Path | None = None,
        any_length: bool = False,
    ) -> "Reference":
        """Open a plain or bgzipped FASTA.

        A missing index is built beside the file, or in `cache` (default: the user's cache folder) where that folder
        cannot be written. Contigs outside the primary 25 are left out. `any_length` allows contigs of other lengths
        than the assembly's, for made-up sequence. Raises NotFound, Unavailable, or BadInput (not FASTA, plain gzip, a
        contig of another build).
        """
        path = Path(path)
        _check_kind(path)
        index, block_index = _ensure_index(path, Path(cache) if cache else None)
        names: dict[str, str] = {}
        lengths: dict[str, int | None] = {}
        for line in index.read_text(encoding="utf-8", errors="replace").splitlines():
            name, length = line.split("\t")[:2]
            contig = assembly.find(name)
            if contig is None:
                continue
            if contig.name in names:
                raise BadInput(
                    f"contig {contig.name} is in the FASTA twice, as {names[contig.name]!r} and {name!r}.",
                    path=str(path),
                    mend="Keep one of the two.",
                )
            names[contig.name] = name
            lengths[name] = int(length)
        if not names:
            raise BadInput(
                f"the FASTA holds none of the contigs of {assembly.name}.",
                path=str(path),
                mend="Give the reference that the files were made with; contigs are named 1, chr1 or NC_000001.11.",
            )
        if not any_length:
            assembly.check_header(lengths, path=str(path))
        order = {contig.name: names[contig.name] for contig in assembly.contigs if contig.name in names}
        return cls(path, index, block_index, order)

    def __repr__(self) -> str:
        return f"Reference({str(self.path)!r})"

    def __reduce__(self) -> tuple[type["Reference"], tuple[Path, Path, Path | None, dict[str, str]]]:
        return (Reference, (self.path, self._index, self._block_index, self._names))

    @property
    def contigs(self) -> tuple[str, ...]:
        """Names of the primary contigs in the file, as `chr1`, in the assembly's order."""
        return tuple(self._names)

    def has(self, contig: str) -> bool:
        """True when the file holds this contig; `contig` as `chr1`."""
        return contig in self._names

    def length(self, contig: str) -> int:
        """Bases of a contig in the file, 0 when it is not there."""
        return self._lengths[self._names[contig]] if contig in self._names else 0

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Bases `start` to `end`, 0-based half-open, upper case; N where the file has nothing. Always end-start long."""
        if end <= start:
            return ""
        cached = self._array
        if cached is not None and cached[0] == contig:
            inside = cached[1][max(start, 0) : max(end, 0)].tobytes().decode("ascii")
        else:
            inside = self._read(contig, start, end).decode("ascii")
        before = min(max(-start, 0), end - start)
        return "N" * before + inside + "N" * (end - start - before - len(inside))

    def array(self, contig: str) -> NDArray[np.uint8] | None:
        """The whole contig as ASCII codes, upper case, read-only; None when the file lacks it. The last one is kept."""
        cached = self._array
        if cached is not None and cached[0] == contig:
            return cached[1]
        if contig not in self._names:
            return None
        self._array = None  # let the one before go first, or two contigs are in memory at once
        whole = np.empty(self.length(contig), np.uint8)
        for at in range(0, len(whole), _CHUNK):
            piece = self._read(contig, at, at + _CHUNK)
            whole[at : at + len(piece)] = np.frombuffer(piece, np.uint8)
        whole.flags.writeable = False
        self._array = (contig, whole)
        return whole

    def contig_digest(self, contig: str) -> str:
        """The refget name `SQ.` + sha512t24u of the contig's upper-case bases (GA4GH refget v2). Reads the contig."""
        if contig not in self._names:
            raise NotFound(f"the reference holds no {contig}.", mend=f"It holds {', '.join(self.contigs)}.")
        pieces = (self._read(contig, at, at + _CHUNK) for at in range(0, self.length(contig), _CHUNK))
        return refget.sequence_digest(pieces)

    def digest(self) -> str:
        """A stable id of the contents: the same for the same bases, whatever the file is named or how it is packed.

        A GA4GH sequence collection digest over our contig names, lengths and refget digests. Reads everything once
        (about 1 s per 500 million bases); then it is remembered for this file in the cache folder.
        """
        if self._digest is None:
            self._digest = refget.remembered(self.path, self._collection_digest)
        return self._digest

    def _collection_digest(self) -> str:
        contigs = [(name, self.length(name), self.contig_digest(name)) for name in self.contigs]
        return refget.collection_digest(contigs)

    def _read(self, contig: str, start: int, end: int) -> bytes:
        """Bases that exist between `start` and `end`, upper case."""
        if contig not in self._names:
            return b""
        start, end = max(start, 0), min(end, self.length(contig))
        if end <= start:
            return b""
        with self._lock:
            if self._pid != os.getpid():  # a forked child shares the file offset with its parent
                self._file, self._pid = self._connect(), os.getpid()
            try:
                text: str = self._file.fetch(self._names[contig], start, end)
            except (OSError, ValueError) as error:
                raise Broken(
                    f"cannot read {contig}:{start + 1}-{end} of {self.path}: {error}.",
                    mend="Remove the .fai (and .gzi) beside the FASTA; it is built anew.",
                ) from error
        if len(text) != end - start:
            raise Broken(
                f"{self.path} gave {len(text)} of {end - start} bases at {contig}:{start + 1}-{end}.",
                mend="The index is not this file's, or the file is cut off. Remove the .fai (and .gzi) or copy it again.",
            )
        return text.encode("ascii", "replace").translate(_UPPER)

    def _connect(self) -> pysam.FastaFile:
        try:
            return pysam.FastaFile(
                str(self.path),
                filepath_index=str(self._index),
                filepath_index_compressed=str(self._block_index) if self._block_index else None,
            )
        except (OSError, ValueError) as error:
            raise Broken(
                f"cannot open {self.path} with its index {self._index}: {error}.",
                mend="Remove the .fai (and .gzi); they are built anew.",
            ) from error


def _check_kind(path: Path) -> None:
    """Refuse what cannot be read by place: absent, a folder, plain gzip, something other than FASTA."""
    try:
        with path.open("rb") as file:
            head = file.read(18)
        if head[:2] == b"\x1f\x8b":
            if not (head[3] & 4 and head[12:14] == b"BC"):
                raise BadInput(
                    "the FASTA is compressed with plain gzip, which cannot be read by place.",
                    path=str(path),
                    mend=f"`bgzip` it: gunzip {path.name} && bgzip {path.stem}",
                )
            with gzip.open(path, "rb") as unpacked:
                head = unpacked.read(1)
    except FileNotFoundError:
        raise NotFound(f"there is no reference at {path}.", mend="Check the path.") from None
    except BadInput:
        raise
    except (OSError, EOFError) as error:
        raise Unavailable(f"cannot read {path}: {error.__class__.__name__}.", mend="Check the file.") from error
    if head[:1] != b">":
        raise BadInput("this is not FASTA: it does not begin with '>'.", path=str(path), mend="Give a FASTA file.")


def _ensure_index(path: Path, cache: Path | None) -> tuple[Path, Path | None]:
    """The .fai (and .gzi of a bgzipped file), beside the FASTA or in the cache folder; built where missing."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    beside = (Path(f"{path}.fai"), Path(f"{path}.gzi") if packed else None)
    if beside[0].exists() and (beside[1] is None or beside[1].exists()):
        return beside
    if os.access(path.parent, os.W_OK):
        return _build_index(path, *beside)
    folder = cache if cache is not None else refget.cache_folder()
    status = path.stat()
    stem = sha256(f"{path.resolve()}|{status.st_size}|{status.st_mtime_ns}".encode()).hexdigest()[:32]
    cached = (folder / f"{stem}.fai", folder / f"{stem}.gzi" if packed else None)
    if cached[0].exists() and (cached[1] is None or cached[1].exists()):
        return cached
    folder.mkdir(parents=True, exist_ok=True)
    return _build_index(path, *cached)


def _build_index(path: Path, index: Path, block_index: Path | None) -> tuple[Path, Path | None]:
    """Build under other names and rename, so that two processes that start together both see a whole index."""
    fresh = Path(f"{index}.{os.getpid()}.tmp")
    fresh_blocks = Path(f"{block_index}.{os.getpid()}.tmp") if block_index else None
    options = [str(path), "--fai-idx", str(fresh)]
    if fresh_blocks:
        options += ["--gzi-idx", str(fresh_blocks)]
    try:
        pysam.faidx(*options)
        if block_index and fresh_blocks:
            os.replace(fresh_blocks, block_index)
        os.replace(fresh, index)
    except (pysam.SamtoolsError, OSError) as error:
        for leftover in (fresh, fresh_blocks):
            if leftover:
                leftover.unlink(missing_ok=True)
        raise BadInput(
            "the FASTA cannot be indexed.",
            path=str(path),
            mend="Lines of one sequence must be equally long, and names must differ; `samtools faidx` says more.",
        ) from error
    return index, block_index
