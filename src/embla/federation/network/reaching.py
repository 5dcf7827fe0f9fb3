"""One question to many addresses at once, within a time and with a bounded number of threads.

All readers of a process share its threads: who finds too few free waits for a moment and is then told so. A thread is
free again when its address has answered, failed or been cut off, never before: so there are never more. The system's
resolver of names cannot be cut off and has a time limit of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR, SOCK_STREAM, getaddrinfo, socket
from ssl import create_default_context
from threading import Condition
from typing import Final, TypeVar
from urllib.parse import urlsplit

from embla.errors import BadInput, Unavailable

Clock = Callable[[], float]
T = TypeVar("T")
MOST_PEERS: Final = 32
MOST_BYTES: Final = 1 << 20
SEATS: Final = 64  # threads of one process that speak to others
TURN: Final = 2.0  # seconds that a reader waits for them


class NoTurn(Unavailable):
    """So many ask that there are no threads for another."""


class Line:
    """To one address until `until`. `cut` ends whatever it is doing with it, from another thread."""

    def __init__(self, until: float, now: Clock) -> None:
        """`until` by the clock `now`, in seconds."""
        self._until, self._now = until, now
        self._open: list[socket] = []

    def cut(self) -> None:
        """Time is over: heads that come letter by letter renew the time of each single reading."""
        for one in tuple(self._open):
            with suppress(OSError):
                one.shutdown(SHUT_RDWR)

    def post(self, url: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of an answer, no redirect followed. TimeoutError, OSError, HTTPException; BadInput for more
        than MOST_BYTES."""
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        host, port = parts.hostname or "", parts.port or (443 if secure else 80)
        link = (HTTPSConnection if secure else HTTPConnection)(host, port)
        plain = self._connected(host, port)
        try:
            # A handle of its own: the first changes hands when the line is encrypted, which others can make long, too.
            self._open.append(plain.dup())
            plain.settimeout(self._left())
            link.sock = create_default_context().wrap_socket(plain, server_hostname=host) if secure else plain
            link.sock.settimeout(self._left())
            link.request("POST", parts.path, body, {"Content-Type": "application/json", "Accept": "application/json"})
            answer, held = link.getresponse(), bytearray()
            while len(held) <= MOST_BYTES:
                if link.sock is not None:
                    link.sock.settimeout(self._left())
                piece = answer.read1(1 << 16)
                self._left()
                if not piece:
                    return answer.status, bytes(held)
                held += piece
            raise BadInput("The answer is too large.")
        except (OSError, HTTPException):
            self._left()
            raise
        finally:
            plain.close()
            link.close()
            for one in self._open:
                one.close()

    def _connected(self, host: str, port: int) -> socket:
        """By the first address of that name that is there, all within the time."""
        failed = OSError("no address")
        for family, kind, protocol, _, address in getaddrinfo(host, port, type=SOCK_STREAM):
            one = socket(family, kind, protocol)
            try:
                one.settimeout(self._left())
                one.connect(address)
                return one
            except OSError as error:
                one.close()
                failed = error
                self._left()
        raise failed

    def _left(self) -> float:
        left = self._until - self._now()
        if left <= 0:
            raise TimeoutError
        return left


class Seats:
    """The threads of one process for all who ask."""

    def __init__(self, most: int = SEATS, turn: float = TURN) -> None:
        """`turn`: seconds that one waits for as many as he needs."""
        self._free, self._turn, self._seen = most, turn, Condition()
        self._pool = ThreadPoolExecutor(max_workers=most, thread_name_prefix="embla-peer")

    @property
    def free(self) -> int:
        """Threads that nobody uses."""
        return self._free

    @contextmanager
    def taken(self, count: int) -> Iterator["Taken"]:
        """So many, from the first moment that they are free. NoTurn where that is not soon."""
        with self._seen:
            if not self._seen.wait_for(lambda: self._free >= count, self._turn):
                raise NoTurn(
                    "Other nodes are being asked for so many readers that there was no turn for this question.",
                    mend="Nothing was asked. Ask again in a minute.",
                )
            self._free -= count
        held = Taken(self._pool, count, self._back)
        try:
            yield held
        finally:
            held.leave()

    def _back(self, count: int) -> None:
        with self._seen:
            self._free += count
            self._seen.notify_all()


class Taken:
    """A reader's threads, for one round of questions."""

    def __init__(self, pool: ThreadPoolExecutor, count: int, back: Callable[[int], None]) -> None:
        """`back` is told of each that is free again."""
        self._pool, self._unused, self._back = pool, count, back

    def ask(self, questions: Sequence[Callable[[Line], T]], seconds: float, now: Clock) -> list[T | None]:
        """What each gives, in their order, `seconds` from now at most; None for who is late. They must not raise."""
        until = now() + seconds
        lines = [Line(until, now) for _ in questions]
        jobs: list[Future[T]] = []
        try:
            for one, line in zip(questions, lines, strict=True):
                job = self._pool.submit(one, line)
                self._unused -= 1
                job.add_done_callback(lambda _: self._back(1))
                jobs.append(job)
            wait(jobs, timeout=max(until - now(), 0.0))
            return [job.result() if job.done() else None for job in jobs]
        finally:
            for line in lines:
                line.cut()

    def leave(self) -> None:
        """What was not used is free at once; the others as they end."""
        unused, self._unused = self._unused, 0
        self._back(unused)
