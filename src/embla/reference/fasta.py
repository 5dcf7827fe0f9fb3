"""A FASTA file as GRCh38 contigs: bases by place, whole contigs as arrays, refget digests.

pysam reads; here its contigs get our names, its quirks are hidden (not safe between threads or after fork) and a file
that cannot be right is refused before anything is computed from it.
"""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pysam
from numpy.typing import NDArray

from embla.errors import BadInput, Broken, NotFound
from embla.genome import GRCH38, Assembly
from embla.reference import refget
from embla.reference.fasta_index import FastaIndex, check_index, open_index
from embla.reference.packed import PackedText
from embla.reference.twobit import TwoBit, TwoBitWriter

_CHUNK: Final = 1 << 22  # bases read at a time: bounds what a whole contig costs beyond its own array
_WORTH: Final = 1 << 22  # bases from which a copy at two bits each is made beside the digest
# Upper case for letters; whatever is not a letter becomes N.
_UPPER: Final = bytes(code if 65 <= code <= 90 else code - 32 if 97 <= code <= 122 else ord("N") for code in range(256))


class _Handle(NamedTuple):
    """An open FASTA, the lock that one thread at a time holds to read it, and the process it belongs to."""

    file: pysam.FastaFile
    lock: threading.Lock
    pid: int


class Reference:
    """Bases of an assembly from a FASTA that may hold only some of its contigs. Safe between threads and after fork."""

    def __init__(self, path: Path, index: FastaIndex, names: dict[str, str], cache: Path | None) -> None:
        """Use `Reference.open`. `names` maps our contig name to the FASTA's."""
        self.path = path
        self._index = index
        self._names = names
        self._cache = cache
        self._handle = self._connect()
        self._array: tuple[str, NDArray[np.uint8]] | None = None
        self._digest: str | None = None
        self._sequences: tuple[refget.SequenceNames, ...] | None = None
        self._packed = PackedText(path, index.gzi) if index.gzi else None
        self._bases: TwoBit | None = None

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
        cannot be written; the digest is remembered in `cache` too. Contigs outside the primary 25 are left out.
        A contig may be cut short: what is missing is as if it were N. `any_length` allows longer ones too, for made-up
        sequence. Raises NotFound, Unavailable, BadInput (not FASTA, plain gzip, a contig of another build or longer
        than the assembly's) or Broken (an index of another file).
        """
        path, folder = Path(path), Path(cache) if cache else None
        index = open_index(path, folder)
        names: dict[str, str] = {}
        for name in index.rows:
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
        if not names:
            raise BadInput(
                f"the FASTA holds none of the contigs of {assembly.name}.",
                path=str(path),
                mend="Give the reference that the files were made with; contigs are named 1, chr1 or NC_000001.11.",
            )
        if not any_length:
            _check_lengths({name: index.rows[name][0] for name in names.values()}, assembly, path)
        check_index(path, index, list(names.values()))
        order = {contig.name: names[contig.name] for contig in assembly.contigs if contig.name in names}
        return cls(path, index, order, folder)

    def __repr__(self) -> str:
        return f"Reference({str(self.path)!r})"

    def __reduce__(self) -> tuple[type["Reference"], tuple[Path, FastaIndex, dict[str, str], Path | None]]:
        return (Reference, (self.path, self._index, self._names, self._cache))

    @property
    def contigs(self) -> tuple[str, ...]:
        """Names of the primary contigs in the file, as `chr1`, in the assembly's order."""
        return tuple(self._names)

    def has(self, contig: str) -> bool:
        """True when the file holds this contig; `contig` as `chr1`."""
        return contig in self._names

    def name_in_file(self, contig: str) -> str:
        """What the file calls a contig that it holds."""
        return self._names[contig]

    def length(self, contig: str) -> int:
        """Bases of a contig in the file, 0 when it is not there."""
        return self._index.rows[self._names[contig]][0] if contig in self._names else 0

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Bases `start` to `end`, 0-based half-open, upper case; N where the file has nothing. end-start letters."""
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

    def codes(self, contig: str, start: int, end: int) -> NDArray[np.uint8]:
        """The bases that exist between `start` and `end` as upper-case ASCII; what is no letter is no letter here too.

        For long stretches: lines are read by place, several times as fast as through htslib.
        """
        if contig not in self._names:
            return np.zeros(0, np.uint8)
        length, offset, bases, width = self._index.rows[self._names[contig]]
        start, end = max(start, 0), min(end, length)
        if end <= start:
            return np.zeros(0, np.uint8)
        first = offset + start // bases * width + start % bases
        size = offset + (end - 1) // bases * width + (end - 1) % bases + 1 - first
        text: NDArray[np.uint8] | None
        if self._packed is not None:
            text = self._packed.read(first, size)
        else:
            with self.path.open("rb", buffering=0) as file:
                file.seek(first)
                text = np.frombuffer(file.read(size), np.uint8)
        if text is not None and len(text) == size:
            skip = start % bases
            rows = np.empty(-(-(skip + size) // width) * width, np.uint8)
            rows[skip : skip + size] = text
            letters: NDArray[np.uint8] = rows.reshape(-1, width)[:, :bases].ravel()[skip : skip + end - start]
            letters &= 0xDF
            return letters
        return np.frombuffer(self._read(contig, start, end), np.uint8)

    def letters(self, contig: str, start: int, end: int, room: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
        """The bases that exist between `start` and `end` as ASCII, where only A, C, G and T matter.

        Anything else comes as it is or as N. From the copy that `digest` made, where there is one; then they may lie in
        `room`, memory that the caller has and that should be 16 bytes larger than the stretch.
        """
        found = self._bases.read(contig, start, end, room) if self._bases is not None else None
        return found if found is not None else self.codes(contig, start, end)

    def packed(self, contig: str, start: int, end: int) -> NDArray[np.uint8] | None:
        """The bases from `start` (a multiple of 4) to `end`, four in a byte; see `twobit.TwoBit.packed`. None where the
        copy is not there or one of them is not A, C, G or T: then ask for `letters`."""
        return self._bases.packed(contig, start, end) if self._bases is not None else None

    def contig_digest(self, contig: str) -> str:
        """The refget name `SQ.` + sha512t24u of the contig's upper-case bases (GA4GH refget v2). Reads the contig."""
        if contig not in self._names:
            raise NotFound(f"the reference holds no {contig}.", mend=f"It holds {', '.join(self.contigs)}.")
        return refget.sequence_digest(self._pieces(contig))

    def _pieces(self, contig: str) -> Iterator[bytes]:
        return (self._read(contig, at, at + _CHUNK) for at in range(0, self.length(contig), _CHUNK))

    def sequences(self) -> tuple[refget.SequenceNames, ...]:
        """Every contig with its length and refget names, in the assembly's order. Reads everything once (about 1 s per
        150 million bases); then they are remembered for this file in the cache folder."""
        if self._sequences is None:
            text = refget.remembered(self.path, lambda: json.dumps(self._named()), self._cache, what="names")
            self._sequences = tuple(refget.SequenceNames(*row) for row in json.loads(text))
        return self._sequences

    def _named(self) -> list[refget.SequenceNames]:
        return [refget.name_sequence(name, self._pieces(name)) for name in self.contigs]

    def digest(self) -> str:
        """A stable id of the contents: the same for the same bases, whatever the file is named or how it is packed.

        A GA4GH sequence collection digest over our contig names and their refget digests. Reads everything once
        (about 1 s per 300 million bases); then it is remembered for this file in the cache folder, and with it the
        bases at two bits each (about 800 MB of a whole genome), which `letters` reads.
        """
        if self._digest is None:
            self._digest = refget.remembered(self.path, self._collection_digest, self._cache)
            self._bases = TwoBit.open(self._copy_of(self._digest)) or self._copied_anew(self._digest)
        return self._digest

    @property
    def digested(self) -> str | None:
        """`digest()` where somebody asked for it before; else None, as everything would have to be read."""
        return self._digest

    def _copy_of(self, digest: str) -> Path:
        return self._copies() / f"{digest}.bases"

    def _copies(self) -> Path:
        return self._cache if self._cache is not None else refget.cache_folder()

    def _is_worth_a_copy(self) -> bool:
        return sum(self.length(name) for name in self.contigs) >= _WORTH

    def _copied_anew(self, digest: str) -> TwoBit | None:
        """The copy of a file whose digest is remembered, when the copy is gone or is older than copies are. Tried once:
        what cannot be copied is not read through each time it is opened."""
        tried = self._copies() / f"{digest}.uncopied"
        if not self._is_worth_a_copy() or tried.exists():
            return None
        writer = TwoBitWriter(self._copies())
        try:
            for name in self.contigs:
                for _ in writer.through(name, self._pieces(name) if writer.is_writing else ()):
                    pass
        except BaseException:
            writer.give_up()
            raise
        writer.finish(self._copy_of(digest))
        copy = TwoBit.open(self._copy_of(digest))
        if copy is None:
            with suppress(OSError):
                tried.touch()
        return copy

    def _collection_digest(self) -> str:
        if not self._is_worth_a_copy():
            return refget.collection_digest([(name, self.contig_digest(name)) for name in self.contigs])
        writer = TwoBitWriter(self._copies())
        try:
            digests = [
                (name, refget.sequence_digest(writer.through(name, self._pieces(name)))) for name in self.contigs
            ]
        except BaseException:
            writer.give_up()
            raise
        digest = refget.collection_digest(digests)
        writer.finish(self._copy_of(digest))
        return digest

    def _read(self, contig: str, start: int, end: int) -> bytes:
        """Bases that exist between `start` and `end`, upper case."""
        if contig not in self._names:
            return b""
        start, end = max(start, 0), min(end, self.length(contig))
        if end <= start:
            return b""
        handle = self._handle
        if handle.pid != os.getpid():  # a forked child shares file offset and lock with its parent: take new ones
            handle = self._handle = self._connect()
        with handle.lock:
            try:
                text: str = handle.file.fetch(self._names[contig], start, end)
            except (OSError, ValueError) as error:
                raise Broken(
                    f"cannot read {contig}:{start + 1}-{end} of {self.path}: {error}.",
                    mend="Remove the .fai (and .gzi) beside the FASTA; it is built anew.",
                ) from error
        if len(text) != end - start:
            raise Broken(
                f"{self.path} gave {len(text)} of {end - start} bases at {contig}:{start + 1}-{end}.",
                mend="The file is cut off or was changed: copy it again, and remove its .fai (and .gzi).",
            )
        return text.encode("ascii", "replace").translate(_UPPER)

    def _connect(self) -> _Handle:
        try:
            file = pysam.FastaFile(
                str(self.path),
                filepath_index=str(self._index.fai),
                filepath_index_compressed=str(self._index.gzi) if self._index.gzi else None,
            )
        except (OSError, ValueError) as error:
            raise Broken(
                f"cannot open {self.path} with its index {self._index.fai}: {error}.",
                mend="Remove the .fai (and .gzi); they are built anew.",
            ) from error
        return _Handle(file, threading.Lock(), os.getpid())


def _check_lengths(lengths: dict[str, int], assembly: Assembly, path: Path) -> None:
    """Refuse a FASTA of another build, or a contig longer than the assembly's; the first part of one is allowed."""
    build = assembly.recognise(lengths)
    too_long = any(length > assembly.contig(name).length for name, length in lengths.items())
    if too_long or build not in (None, assembly.name):
        assembly.check_header(lengths, path=str(path))
