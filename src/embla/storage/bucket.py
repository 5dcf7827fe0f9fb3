"""A bucket as storage (S3 and what speaks its language, or memory): the contract of `Folder`, over obstore.

How: a small `put` is one conditional request (If-None-Match), a `swap` one with the ETag that was seen, so the bucket
itself decides who was first. What does not fit in memory goes up in parts and appears at once when all are there; while
it does, a claim beside it keeps a second writer of the same name away; a claim has an id, by which a writer that lost
the answer knows its own. A dead writer leaves a claim, which is swept, and parts that a lifecycle rule of the bucket
should end. Credentials come from the environment (AWS_ACCESS_KEY_ID and its kin) only.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain
from secrets import token_hex
from typing import Any, Final

from embla.errors import Conflict, EmblaError, NotFound, Unavailable, UsageError
from embla.optional import require
from embla.storage.names import check_name, check_prefix

IN_MEMORY: Final = 16 << 20
SWEEP_AFTER: Final = 24 * 3600.0
_CLAIMS: Final = ".claims/"
_CONCURRENT: Final = 2


class Bucket:
    """Storage in a bucket. Safe between threads, processes and machines. Raises as `Folder` does, and Conflict where
    another writer is sending a large thing under the same name right now."""

    def __init__(self, store: Any, shown: str) -> None:
        """Use `open_bucket` or `in_memory`; `store` is obstore's."""
        self._obstore = _obstore()
        self._store = store
        self.where = shown

    @classmethod
    def in_memory(cls) -> "Bucket":
        """For trying: gone with the process."""
        _obstore()
        stores = require("obstore.store", doing="Storage in a bucket", extra="s3")
        return cls(stores.MemoryStore(), "memory")

    def __repr__(self) -> str:
        return f"Bucket({self.where!r})"

    def put(self, name: str, data: bytes | Iterable[bytes], *, private: bool = False) -> bool:
        """Store `data` under `name` if the name is free. True when stored, False when the name was there already.

        `private` is the bucket's own business: who may read it is set there.
        """
        check_name(name)
        head, rest = _start(data)
        with self._io(f"write {name}"):
            if rest is None:
                return self._create(name, head)
            if self.exists(name):
                return False
            return self._put_large(name, chain([head], rest))

    def get(self, name: str) -> bytes:
        """All bytes of a name."""
        check_name(name)
        with self._io(f"read {name}", name):
            return bytes(self._obstore.get(self._store, name).bytes())

    def read(self, name: str, start: int, length: int) -> bytes:
        """`length` bytes from byte `start`; fewer only at the end of the object."""
        check_name(name)
        if start < 0 or length < 0:
            raise UsageError("a byte range has no negative numbers.", mend="Give start and length from 0 on.")
        with self._io(f"read {name}", name):
            if length == 0 or start >= (size := self.size(name)):
                self.size(name)
                return b""
            length = min(length, size - start)
            return bytes(self._obstore.get_range(self._store, name, start=start, length=length))

    def read_within(self, name: str, start: int, length: int) -> bytes:
        """The same for a range that is known to lie within the object: one request. Unavailable for a short answer."""
        check_name(name)
        with self._io(f"read {name}", name):
            data = bytes(self._obstore.get_range(self._store, name, start=start, length=length))
            if len(data) != length:
                raise Unavailable(f"{self.where} gave {len(data)} of {length} bytes of {name}.", mend="Try again.")
            return data

    def size(self, name: str) -> int:
        """Bytes of a name."""
        check_name(name)
        with self._io(f"read {name}", name):
            return int(self._obstore.head(self._store, name)["size"])

    def age(self, name: str) -> float:
        """Seconds since a name was written."""
        check_name(name)
        with self._io(f"read {name}", name):
            return _age(self._obstore.head(self._store, name))

    def open(self, name: str) -> memoryview:
        """The bytes of a name in memory, read-only."""
        return memoryview(self.get(name))

    def exists(self, name: str) -> bool:
        """Is there something under this name? Unavailable when that cannot be told."""
        check_name(name)
        with self._io(f"look for {name}"):
            try:
                self._obstore.head(self._store, name)
            except FileNotFoundError:
                return False
            return True

    def list(self, prefix: str = "") -> list[str]:
        """Every name that begins with `prefix`, sorted."""
        check_prefix(prefix)
        with self._io("list the bucket"):
            # The bucket's own prefixes end at a slash; what follows the last one is compared here.
            names = self._names(prefix.rpartition("/")[0])
            return sorted(name for name, _ in names if name.startswith(prefix) and not _hidden(name))

    def delete(self, name: str) -> bool:
        """Remove a name. False when it was not there."""
        with self._io(f"delete {name}"):
            if not self.exists(name):
                return False
            with suppress(FileNotFoundError):
                self._obstore.delete(self._store, name)
            return True

    def swap(self, name: str, expected: bytes | None, new: bytes) -> bool:
        """Change what a name holds from `expected` (None: not there) to `new`. False, unchanged, if it held other."""
        check_name(name)
        with self._io(f"write {name}"):
            if expected is None:
                return self._create(name, new)
            try:
                seen = self._obstore.get(self._store, name)
                if bytes(seen.bytes()) != expected:
                    return False
                mode = {"e_tag": seen.meta["e_tag"]}
                self._obstore.put(self._store, name, new, mode=mode, use_multipart=False)
            except (FileNotFoundError, self._obstore.exceptions.PreconditionError):
                return False
            return True

    def sweep(self, older_than: float = SWEEP_AFTER) -> int:
        """Remove claims that dead writers left, if older than `older_than` seconds. Returns how many."""
        swept = 0
        with self._io("sweep the bucket"):
            for name, meta in list(self._names(_CLAIMS.rstrip("/"))):
                if _age(meta) >= older_than:
                    with suppress(FileNotFoundError):
                        self._obstore.delete(self._store, name)
                    swept += 1
        return swept

    def _names(self, prefix: str) -> Iterator[tuple[str, Any]]:
        for batch in self._obstore.list(self._store, prefix=prefix or None):
            for meta in batch:
                yield meta["path"], meta

    def _create(self, name: str, data: bytes) -> bool:
        try:
            self._obstore.put(self._store, name, data, mode="create", use_multipart=False)
        except self._obstore.exceptions.AlreadyExistsError:
            return False
        return True

    def _put_large(self, name: str, pieces: Iterable[bytes]) -> bool:
        claim = _CLAIMS + sha256(name.encode()).hexdigest()
        mine = f"{name}\n{token_hex(16)}".encode()
        # A claim whose answer was lost is sent again, and finds itself there.
        if not self._create(claim, mine) and not self._holds(claim, mine):
            raise Conflict(
                f"another writer is storing {name} right now.",
                mend="Try again later; a dead writer's claim is swept by a store's next writer, elsewhere after a day.",
            )
        try:
            # The pieces are made in this thread (they may come from a bucket, too), what is not closed is not there.
            up = self._obstore.open_writer(self._store, name, buffer_size=IN_MEMORY, max_concurrency=_CONCURRENT)
            for piece in pieces:
                up.write(piece)
            up.close()
        finally:
            # Where the bucket does not answer, the claim stays until it is swept; what was stored is stored.
            with suppress(OSError, self._obstore.exceptions.BaseError):
                if self._holds(claim, mine):  # it may have been swept, and be another's by now
                    self._obstore.delete(self._store, claim)
        return True

    def _holds(self, name: str, data: bytes) -> bool:
        try:
            return bytes(self._obstore.get(self._store, name).bytes()) == data
        except FileNotFoundError:
            return False

    @contextmanager
    def _io(self, doing: str, name: str | None = None) -> Iterator[None]:
        """Turn what the client says into NotFound (only where `name` was to be read) or Unavailable."""
        try:
            yield
        except EmblaError:
            raise
        except FileNotFoundError as error:
            if name is None:
                raise Unavailable(f"cannot {doing} in {self.where}.", mend="Is there such a bucket?") from error
            raise NotFound(f"nothing is stored under {name}.", mend="Check the name.", name=name) from error
        except (OSError, self._obstore.exceptions.BaseError) as error:
            # What the client says may hold addresses and request ids; the kind of error is enough for a reader.
            raise Unavailable(
                f"cannot {doing} in {self.where}: {type(error).__name__}.",
                mend="Check that the bucket can be reached, and the credentials in the environment.",
            ) from error


def open_bucket(where: str, endpoint: str = "") -> Bucket:
    """The bucket of `s3://bucket/prefix`, at Amazon or at an `endpoint` (https://...; http only on this machine)."""
    bucket, _, prefix = where.removeprefix("s3://").partition("/")
    if not where.startswith("s3://") or not bucket:
        raise UsageError(f"'{where}' is not the address of a bucket.", mend="Write s3://bucket/prefix.")
    plain = endpoint.startswith("http://")
    if plain and endpoint.removeprefix("http://").partition("/")[0].rpartition(":")[0] not in (
        "127.0.0.1",
        "localhost",
    ):
        raise UsageError("a bucket is reached over https, but on this machine.", mend="Give an https:// endpoint.")
    _obstore()
    stores = require("obstore.store", doing="Storage in a bucket", extra="s3")
    config = {"conditional_put": "etag"} | ({"endpoint": endpoint} if endpoint else {})
    store = stores.S3Store(
        bucket,
        prefix=prefix.strip("/") or None,
        config=config,
        client_options={"allow_http": True} if plain else {},
        retry_config={"max_retries": 4},
    )
    return Bucket(store, where)


def _obstore() -> Any:
    return require("obstore", doing="Storage in a bucket", extra="s3")


def _start(data: bytes | Iterable[bytes]) -> tuple[bytes, Iterator[bytes] | None]:
    """What fits in memory, and the rest if there is more."""
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data), None
    pieces, held = iter(data), bytearray()
    for piece in pieces:
        held += piece
        if len(held) > IN_MEMORY:
            return bytes(held), pieces
    return bytes(held), None


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _age(meta: Any) -> float:
    written: datetime = meta["last_modified"]
    return max(0.0, (datetime.now(UTC) - written).total_seconds())
