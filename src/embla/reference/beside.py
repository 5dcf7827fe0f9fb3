"""A process beside that answers one line of JSON with another: for libraries that a server must not run in itself."""

import atexit
import json
import os
import select
import shutil
import signal
import subprocess  # nosec B404  # our own module, by this interpreter
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

import embla
from embla.errors import Unavailable

_ROOT: Final = str(Path(embla.__file__).parent.parent)
_KEPT: Final = frozenset({"PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "VIRTUAL_ENV"})
_MOST: Final = 64 << 20  # bytes of an answer
SECONDS: Final = 2.0  # until an answer must be there
STARTING: Final = 5.0  # more for the first one, while the process starts
TURN: Final = 0.25  # that a question waits for another's end
REST: Final = 30.0  # most seconds in which, after several failures, nothing is asked
WINDOW: Final = 300.0  # seconds in which failures count together


class Unanswered(Unavailable):
    """This question had no answer in time, or ended the process; the next finds another process."""


class Beside:
    """A module that is run with -m when it is first asked. One question at a time; who cannot get through in time gets
    Unavailable; whose question is not answered or ends the process, Unanswered, and another process is started at once.
    From the second failure in WINDOW on nothing is asked for a while: 2, 4, 8 ... seconds, at most `rest`."""

    def __init__(
        self, module: str, *, seconds: float = SECONDS, starting: float = STARTING, turn: float = TURN,
        rest: float = REST,
    ) -> None:  # fmt: skip
        """All in seconds."""
        self._module, self.seconds, self._starting, self._turn, self._rest = module, seconds, starting, turn, rest
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._folder = ""
        self._rests_until = 0.0
        self._ready_by = 0.0  # when a process that was just started has had its time for that
        self._failures: deque[float] = deque(maxlen=16)
        atexit.register(self._end)

    def ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Its answer; Unavailable where there is none in time."""
        if time.monotonic() < self._rests_until or not self._lock.acquire(timeout=self._turn):
            raise Unavailable("The process beside is not to be had just now.", mend="Ask again in a minute.")
        try:
            until = time.monotonic() + self.seconds
            if self._process is not None and self._owner == os.getpid() and _has_ended(self._process):
                self._end()
            if self._process is None or self._owner != os.getpid():
                self._start()
            assert self._process is not None
            line = _asked(
                self._process, json.dumps(question).encode() + b"\n", max(until, self._ready_by + self.seconds)
            )
            answer = json.loads(line)
            if not isinstance(answer, dict):
                raise ValueError
            self._ready_by = 0.0
            return answer
        except (OSError, ValueError) as error:
            self._end()
            self._fail()
            raise Unanswered("The process beside gave no answer.", mend="Ask again in a minute.") from error
        except BaseException:
            # Whatever it was: the answer that is on its way would be given to the next question.
            self._end()
            raise
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _fail(self) -> None:
        """Be there for the next question, after a rest where failures are many."""
        now = time.monotonic()
        self._failures.append(now)
        many = sum(one > now - WINDOW for one in self._failures)
        self._rests_until = now + (min(self._rest, 2.0 ** (many - 1)) if many > 1 else 0.0)
        # Where it cannot be started now, the next question tries it.
        with suppress(OSError):
            self._start()

    def _start(self) -> None:
        paths = [_ROOT, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        # It needs to find its libraries and nothing else: passwords in this environment are not for it.
        kept = {name: value for name, value in os.environ.items() if name in _KEPT}
        # Its files lie where they are cleared away with it, also when it cannot do that itself.
        self._folder = tempfile.mkdtemp(prefix="embla-beside-")
        # Its own words go nowhere: a library's complaint may repeat what it read.
        self._process = subprocess.Popen(  # nosec B603  # list of words, no shell
            [sys.executable, "-m", self._module], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, bufsize=0, start_new_session=True,
            env=kept | {"PYTHONPATH": os.pathsep.join(paths), "TMPDIR": self._folder},
        )  # fmt: skip
        self._owner = os.getpid()
        self._ready_by = time.monotonic() + self._starting

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        # With all that it began: what hangs is a fork of it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _has_ended(process: "subprocess.Popen[bytes]") -> bool:
    """Looked at without reaping it: until `_end` has ended all that it began, its number must stay its own."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _asked(process: "subprocess.Popen[bytes]", question: bytes, until: float) -> bytes:
    """Write and read at once: neither side waits for the other's full pipe. OSError when time is over or it ended."""
    given, told = process.stdin, process.stdout
    assert given is not None and told is not None
    os.set_blocking(given.fileno(), False)
    left, answer = memoryview(question), bytearray()
    while not answer.endswith(b"\n"):
        waiting: list[IO[bytes]] = [given] if left else []
        readable, writable, _ = select.select([told], waiting, [], max(0.0, until - time.monotonic()))
        if not readable and not writable:
            raise TimeoutError
        if writable:
            left = left[os.write(given.fileno(), left[: 1 << 16]) :]
        if readable:
            piece = os.read(told.fileno(), 1 << 20)
            if not piece:
                raise BrokenPipeError
            answer += piece
            if len(answer) > _MOST:
                raise OSError("too much")
    return bytes(answer)
