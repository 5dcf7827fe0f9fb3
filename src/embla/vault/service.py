"""Putting files into the vault and reading them, by whole file or exact range, with a decision only."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_bytes
from typing import Final

from sqlalchemy import Connection

from embla.errors import Broken, Conflict, NotFound
from embla.platform import House, append_event
from embla.policy import Action, Decision, prove
from embla.storage import hashed
from embla.vault import headers, segments, store
from embla.vault.keys import VaultKeys
from embla.vault.model import StoredFile

READS: Final = frozenset({Action.READ_FILE, Action.SEND_PERSON_DATA, Action.FETCH_DEPOSIT})
BODIES: Final = "bodies/"


@dataclass(frozen=True)
class Reading:
    """A file that was opened with a decision: its size, and any range of it as often as it is asked for."""

    vault: "Vault"
    file: StoredFile
    key: bytes

    @property
    def size(self) -> int:
        """Bytes of the file as it was sent."""
        return self.file.size

    def read(self, start: int, length: int) -> bytes:
        """`length` bytes from byte `start`; fewer only at the end. Broken rather than one wrong byte."""
        return self.vault.plain(self.file, self.key, start, length)

    def pieces(self) -> Iterator[bytes]:
        """The whole file, a megabyte at a time."""
        for start in range(0, self.file.size, segments.BLOCK):
            yield self.read(start, segments.BLOCK)


class Vault:
    """The vault of a home. Making one costs nothing."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.keys = VaultKeys.of(house)

    def find(self, digest: str) -> StoredFile | None:
        """What is known of the file with this SHA-256."""
        with self.house.database.reading() as connection:
            return store.find_file(connection, digest)

    def holds(self, digest: str) -> bool:
        """Is the file there, row and body?"""
        known = self.find(digest)
        return known is not None and self.house.files.exists(known.body)

    def put(self, pieces: Iterable[bytes], expected: str) -> StoredFile:
        """Keep a file whose SHA-256 is `expected`; one that is kept and reads back stays, one that rotted is mended.

        Holds a few megabytes at a time. When this returns, body and row are on the disk and the body was read back.
        Broken when the bytes are not the expected ones, or do not read back.
        """
        known = self.find(expected)
        if known is not None and not self.problem(known):
            return known
        new = self._write(pieces, expected)
        try:
            with self.house.database.transaction() as connection:
                if known is None:
                    store.add_file(connection, new)
                else:
                    store.replace_body(connection, new)
        except Conflict:
            # Somebody else keeps the same content meanwhile: theirs is as good.
            self.house.files.delete(new.body)
            other = self.find(expected)
            if other is None:
                raise
            return other
        if known is not None:
            self.house.files.delete(known.body)
        return new

    def open(self, digest: str, decision: Decision) -> Reading:
        """Open a file for whom `decision` allows it. The read is in the log when this returns, before any byte leaves.

        NotPermitted for a decision that does not allow reading files, is about another subject, or is not in the log.
        """
        file = self._permitted(digest, decision, "file-read")
        return Reading(self, file, self._session_key(file))

    def export_header(self, digest: str, reader: bytes, decision: Decision) -> bytes:
        """A Crypt4GH header under which `reader` (an X25519 public key) opens the body; logged like a read."""
        file = self._permitted(digest, decision, "file-header-exported", reader=sha256(reader).hexdigest())
        return headers.make_header(self._session_key(file), [reader])

    def body(self, digest: str, decision: Decision) -> Iterator[bytes]:
        """The encrypted body, for whoever holds an exported header."""
        file = self._permitted(digest, decision, "file-body-exported")
        for start in range(0, file.body_size, segments.BLOCK):
            yield self.house.files.read(file.body, start, segments.BLOCK)

    def sealed(
        self, digest: str, reader: bytes, decision: Decision, ranges: Sequence[tuple[int, int]] | None = None
    ) -> Iterator[bytes]:
        """A whole Crypt4GH file for `reader` (an X25519 public key): a header of its own, and of the body the segments
        that hold `ranges` of plain bytes, as they lie. None: everything. Logged before the first byte.

        The header's edit list leaves the ranges alone in any Crypt4GH program, and hides nothing: what else lies in
        those segments opens with the same key. So the decision is about the file, never about a range of it.
        """
        file = self._permitted(digest, decision, "file-header-exported", reader=sha256(reader).hexdigest())
        runs, edits = segments.cut([(0, file.size)] if ranges is None else ranges, file.size)
        return self._cut(file, headers.make_header(self._session_key(file), [reader], edits), runs)

    def _cut(self, file: StoredFile, header: bytes, runs: Sequence[tuple[int, int]]) -> Iterator[bytes]:
        yield header
        for first, past in runs:
            end = min(past * segments.CIPHER_SEGMENT, file.body_size)
            for start in range(first * segments.CIPHER_SEGMENT, end, segments.CIPHER_BLOCK):
                yield self.house.files.read(file.body, start, min(segments.CIPHER_BLOCK, end - start))

    def plain(self, file: StoredFile, key: bytes, start: int, length: int) -> bytes:
        """A range of plain bytes. Inside the vault only: outside, `open` gives a Reading."""
        if start < 0 or length < 0:
            raise NotFound("A byte range has no negative numbers.", mend="Give start and length from 0 on.")
        first_byte, n_bytes, first, skip = segments.span(start, length, file.size)
        if not n_bytes:
            return b""
        n_bytes = min(n_bytes, file.body_size - first_byte)
        raw = self.house.files.read(file.body, first_byte, n_bytes)
        if len(raw) != n_bytes or self.house.files.size(file.body) != file.body_size:
            raise Broken("A file in the vault is not as long as it was written.", mend="Restore it from a backup.")
        return bytes(segments.decrypt(raw, key, first)[skip : skip + length])

    def problem(self, file: StoredFile, *, hashes: bool = True) -> str:
        """Read a file through; a sentence about what is wrong, else "". `hashes`: also the SHA-256 of what opens."""
        try:
            key = self._session_key(file)
            if self.house.files.size(file.body) != file.body_size:
                return "The body is not as long as it was written."
            plain = sha256()
            for opened in self._blocks(file, key):
                if hashes:
                    plain.update(opened)
            if hashes and plain.hexdigest() != file.sha256:
                return "The hash is not the one that was written."
        except (Broken, NotFound) as error:
            return str(error)
        return ""

    def read_through(self, connection: Connection, digest: str, at: datetime) -> None:
        """Note that a file was read through just now, and was right."""
        store.mark_checked(connection, digest, at)

    def _blocks(self, file: StoredFile, key: bytes) -> Iterator[memoryview]:
        """Every block opened, in order; two threads open a few ahead."""

        def block(number: int) -> memoryview:
            raw = self.house.files.read(file.body, number * segments.CIPHER_BLOCK, segments.CIPHER_BLOCK)
            return segments.decrypt(raw, key, number * segments.PER_BLOCK)

        with ThreadPoolExecutor(2) as readers:
            ahead: deque[Future[memoryview]] = deque()
            for number in range(-(-file.body_size // segments.CIPHER_BLOCK)):
                ahead.append(readers.submit(block, number))
                if len(ahead) > 3:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    def ends_problem(self, file: StoredFile) -> str:
        """Open the first and the last byte only; a sentence about what is wrong, else ""."""
        try:
            key = self._session_key(file)
            self.plain(file, key, 0, 1)
            self.plain(file, key, max(0, file.size - 1), 1)
        except (Broken, NotFound) as error:
            return str(error)
        return ""

    def _write(self, pieces: Iterable[bytes], expected: str) -> StoredFile:
        key, version = token_bytes(32), self._key_version()
        name = f"{BODIES}{expected[:2]}/{expected}.{self.house.new_id()}"
        plain, sizes = sha256(), [0, 0]

        def encrypted() -> Iterator[bytes]:
            for number, block in enumerate(hashed(segments.blocks(pieces), plain)):
                sealed = segments.encrypt(block, key, number * segments.PER_BLOCK)
                sizes[0] += len(block)
                sizes[1] += len(sealed)
                yield sealed

        self.house.files.put(name, encrypted())
        header = headers.make_header(key, [self.keys.public(version)])
        at = self.house.clock()
        file = StoredFile(expected, sizes[0], name, sizes[1], header, version, at)
        # Each segment is authenticated in its place, so opening them all proves that what was hashed lies there, and a
        # hash of the body as it lies would prove nothing more.
        wrong = plain.hexdigest() != expected or self.problem(file, hashes=False)
        if wrong:
            self.house.files.delete(name)
            raise Broken(
                "A file did not read back as it was sent.",
                mend="Is it being written to? Else check the disk.",
                sha256=expected,
            )
        return file

    def sweep(self, needed: Callable[[str], bool], *, hours: float) -> list[str]:
        """Delete bodies that no row names, and rows and bodies of files that are not `needed` (by SHA-256), if written
        more than `hours` ago: a younger one may belong to a put that runs right now. Returns the bodies' names."""
        old = hours * 3600
        with self.house.database.reading() as connection:
            known = {file.body: file for file in store.every_file(connection)}
        deleted = []
        for name in self.house.files.list(BODIES):
            file = known.get(name)
            try:
                if (file is not None and needed(file.sha256)) or self.house.files.age(name) < old:
                    continue
            except NotFound:
                continue
            if file is not None:
                with self.house.database.transaction() as connection:
                    store.drop_file(connection, file)
            self.house.files.delete(name)
            deleted.append(name)
        return deleted

    def _key_version(self) -> int:
        self.keys.prepare()
        return self.keys.version

    def _session_key(self, file: StoredFile) -> bytes:
        return headers.open_header(file.header, self.keys.private(file.key_version))

    def _permitted(self, digest: str, decision: Decision, kind: str, **said: str) -> StoredFile:
        """The file, once the decision is proven and the use is in the log."""
        with self.house.database.reading() as connection:
            file = store.find_file(connection, digest)
            subjects = {f"file:{digest}", *store.subjects_of(connection, digest)} if file is not None else set()
        prove(self.house.database, decision, READS, subjects, room="vault")
        assert file is not None  # without it no subject fits
        body = {"file": digest, "decision": decision.event, "purpose": decision.purpose, **said}
        with self.house.database.transaction() as connection:
            append_event(
                connection,
                at=self.house.clock(),
                actor=decision.actor,
                kind=kind,
                subject=decision.subject,
                body=body | {"legal_basis": decision.legal_basis},
            )
        return file
