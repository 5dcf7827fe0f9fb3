"""Writers take turns: in a folder by a lock of the kernel, in a bucket by a lease.

The lock ends with its process, whatever kills it. A bucket knows no processes, so there a writer keeps an object
`LEASE` alive, and one that was not renewed for its whole time is taken over. Nothing depends on clocks that agree: who
waits watches the lease stand still by a clock of its own. And nothing depends on a dead writer being dead: who takes a
lease over marks CURRENT with the number of the turn, and a writer of an earlier turn can change CURRENT no more.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Final, Protocol

from embla.errors import Broken, Conflict, EmblaError, NotFound, Unavailable
from embla.genotypes.files.manifest import ManifestId
from embla.storage import Bucket, Folder

CURRENT: Final = "CURRENT"
LEASE: Final = "LEASE"
SECONDS: Final = 60.0
PATIENCE: Final = 600.0
_RENEWALS: Final = 4  # in the time of a lease
_LONGEST_PAUSE: Final = 2.0


class Turns(Protocol):
    """One writer or sweeper at a time, in all processes of all machines that see the store."""

    def take(self) -> None:
        """Wait for the turn. Raises Conflict where that takes too long."""

    def give_back(self) -> None:
        """Let the next one."""

    def check(self) -> None:
        """Raises Conflict when the turn was lost: then nothing may be published or deleted."""

    def move(self, base: ManifestId | None, to: ManifestId) -> bool:
        """Point CURRENT to a state; False when it is not at `base` any more (None: wherever it is)."""


def read_pointer(data: bytes) -> tuple[ManifestId, int]:
    """The state that CURRENT names, and the turn that wrote it (0 in a folder)."""
    first, _, rest = data.decode("ascii", "replace").partition("\n")
    words = rest.split()
    if words and (words[0] != "turn" or len(words) != 2 or not words[1].isdigit()):
        raise Broken("the store's CURRENT file is damaged.", mend="Run `embla store verify`.")
    return ManifestId.parse(first), int(words[1]) if words else 0


class FolderTurns:
    """By flock on the file LOCK of a folder."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._handle = -1

    def take(self) -> None:
        """See Turns. Waits for as long as it takes: a lock that is held has a living process."""
        try:
            handle = os.open(self._folder.path / "LOCK", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
            except BaseException:
                os.close(handle)
                raise
        except OSError as error:
            raise Unavailable(
                f"the store at {self._folder.where} cannot be written: LOCK: {error.strerror}.",
                mend="Check that its disk is there and mounted for writing, has room, and that you may write there.",
                errno=error.errno,
            ) from error
        self._handle = handle

    def give_back(self) -> None:
        """See Turns."""
        os.close(self._handle)

    def check(self) -> None:
        """See Turns. A lock of the kernel is not lost."""

    def move(self, base: ManifestId | None, to: ManifestId) -> bool:
        """See Turns."""
        now = self._folder.get(CURRENT)
        if base is not None and read_pointer(now)[0] != base:
            return False
        return self._folder.swap(CURRENT, now, f"{to}\n".encode())


@dataclass(frozen=True)
class Lease:
    """What the object says. `turn` counts takings, `beat` renewals; `holder` is "" when nobody writes. `until` is for
    people, by the holder's clock."""

    turn: int
    holder: str
    beat: int
    until: str

    def encode(self) -> bytes:
        """One line of JSON."""
        return json.dumps(asdict(self), sort_keys=True).encode() + b"\n"

    @staticmethod
    def decode(data: bytes) -> Lease:
        """Raises Broken for what is no lease."""
        try:
            return Lease(**json.loads(data))
        except (TypeError, ValueError) as error:
            raise Broken(
                f"the store's {LEASE} is damaged.", mend=f"When nobody writes, delete the object {LEASE}."
            ) from error


@dataclass
class Clocks:
    """Time as a lease needs it; a test brings its own."""

    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class LeaseTurns:
    """By a lease in a bucket, renewed by a thread while the turn lasts."""

    def __init__(
        self,
        bucket: Bucket,
        clocks: Clocks | None = None,
        *,
        seconds: float = SECONDS,
        patience: float = PATIENCE,
        new_id: Callable[[], str] = lambda: token_hex(8),
    ) -> None:
        self._bucket, self._clocks = bucket, clocks or Clocks()
        self._seconds, self._patience, self._new_id = seconds, patience, new_id
        self._mine: Lease | None = None
        self._good_until = 0.0
        self._stop = threading.Event()
        self._renewing: threading.Thread | None = None
        self._guard = threading.Lock()

    def take(self) -> None:
        """See Turns."""
        began = seen_at = self._clocks.monotonic()
        seen: bytes | None = None
        pause = 0.1
        while True:
            at = self._clocks.monotonic()
            now = self._find()
            if now != seen:
                seen, seen_at = now, self._clocks.monotonic()  # not `at`: the answer may have been long on its way
            old = Lease.decode(now) if now is not None else None
            # By our own clock alone: what another's says of the time is nothing to go by.
            dead = old is not None and bool(old.holder) and at - seen_at > self._seconds
            if old is None or not old.holder or dead:
                mine = self._next(old)
                if self._bucket.swap(LEASE, now, mine.encode()) or self._find() == mine.encode():
                    self._begin(mine, at, take_over=dead)
                    return
                continue
            if at - began > self._patience:
                raise Conflict(
                    f"another writer has the store at {self._bucket.where}.", mend="Try again when it is done."
                )
            self._clocks.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def give_back(self) -> None:
        """See Turns. A lease that cannot be given back ends by itself."""
        self._stop.set()
        if self._renewing is not None:
            self._renewing.join()
        with self._guard:
            mine, self._mine = self._mine, None
        if mine is not None:
            try:
                self._bucket.swap(LEASE, mine.encode(), replace(mine, holder="").encode())
            except EmblaError:
                return

    def check(self) -> None:
        """See Turns. A third of the time before its end a lease that was not renewed is as good as lost."""
        if self._mine is None or self._clocks.monotonic() > self._good_until - self._seconds / 3:
            raise Conflict(
                "this writer's turn was over before it was done: the bucket could not be reached, or another took it.",
                mend="Nothing was changed. Try again.",
            )

    def renew(self) -> None:
        """Say that we are alive. Does nothing where the lease is another's by now."""
        with self._guard:
            mine, at = self._mine, self._clocks.monotonic()
            if mine is None:
                return
            next_ = replace(mine, beat=mine.beat + 1, until=self._end())
            try:
                if not self._bucket.swap(LEASE, mine.encode(), next_.encode()):
                    # The answer to an earlier request may have been lost, and its effect not.
                    now = self._find()
                    found = Lease.decode(now) if now is not None else None
                    ours = found is not None and (found.turn, found.holder) == (mine.turn, mine.holder)
                    self._mine = found if ours else None
                    return
            except EmblaError:
                return  # not reached: `check` knows how long that may go on
            self._mine, self._good_until = next_, at + self._seconds

    def move(self, base: ManifestId | None, to: ManifestId) -> bool:
        """See Turns."""
        self.check()
        assert self._mine is not None
        now = self._bucket.get(CURRENT)
        there, turn = read_pointer(now)
        if turn > self._mine.turn or (base is not None and there != base):
            return False
        new = _pointer(to, self._mine.turn)
        # A request whose answer was lost is sent again, and finds its own work: nobody else writes these bytes.
        return self._bucket.swap(CURRENT, now, new) or self._bucket.get(CURRENT) == new

    def _begin(self, mine: Lease, at: float, *, take_over: bool) -> None:
        self._mine, self._good_until = mine, at + self._seconds
        if take_over:
            self._fence(mine.turn)
        with suppress(EmblaError):  # claims that dead writers left: nobody else writes now
            self._bucket.sweep(0)
        self._stop.clear()
        self._renewing = threading.Thread(target=self._keep_renewing, name="embla-lease", daemon=True)
        self._renewing.start()

    def _fence(self, turn: int) -> None:
        while True:
            try:
                now = self._bucket.get(CURRENT)
            except NotFound:
                return  # it died making the store
            there, before = read_pointer(now)
            if before >= turn or self._bucket.swap(CURRENT, now, _pointer(there, turn)):
                return

    def _keep_renewing(self) -> None:
        while not self._stop.wait(self._seconds / _RENEWALS):
            self.renew()

    def _next(self, old: Lease | None) -> Lease:
        return Lease((old.turn if old else 0) + 1, self._new_id(), 0, self._end())

    def _end(self) -> str:
        return (self._clocks.now() + timedelta(seconds=self._seconds)).isoformat(timespec="seconds")

    def _find(self) -> bytes | None:
        try:
            return self._bucket.get(LEASE)
        except NotFound:
            return None


def _pointer(ident: ManifestId, turn: int) -> bytes:
    return f"{ident}\nturn {turn}\n".encode()
