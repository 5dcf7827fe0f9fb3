"""Certifying a deposit in the background, for the page: reading everything again may take minutes.

What runs is known to this process only. If it ends, nothing is half made: there is a certificate or there is none, and
whoever asked asks again.
"""

from dataclasses import dataclass
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final

from embla.errors import EmblaError, Refused
from embla.submission.deposit import certify_deposit, own_submission

if TYPE_CHECKING:
    from embla.platform import Actor, House

# A small package is certified before the answer leaves, so that its page shows the certificate at once.
_PATIENCE: Final = 1.0
_MOST: Final = 4


@dataclass
class Running:
    """How far it came, in files; `fault` is what ended it, for the page to show once."""

    files: int = 0
    of: int = 0
    done: bool = False
    fault: EmblaError | None = None


_RUNNING: dict[tuple[str, str], Running] = {}
_LOCK = Lock()


def begin_certifying(house: "House", actor: "Actor", submission: str) -> None:
    """Begin, unless it runs already. Refused for a package that was not accepted, and while too many others run."""
    found = own_submission(house, actor, submission)
    if found.state != "accepted":
        raise Refused("Only an accepted package has a deposit.", mend="Mend what was found and send it again.")
    key, made = (str(house.home), found.id), Running()
    with _LOCK:
        before = _RUNNING.get(key)
        if before is not None and not before.done:
            return
        if sum(not one.done for one in _RUNNING.values()) >= _MOST:
            raise Refused("Other packages are being read again just now.", mend="Ask again in some minutes.")
        _RUNNING[key] = made
    worker = Thread(target=_certify, args=(house, actor, found.id, key, made), daemon=True, name="embla-certifying")
    worker.start()
    worker.join(_PATIENCE)


def certifying(house: "House", submission: str) -> Running | None:
    """What runs for a package, or what ended it; told once that it ended, it is forgotten. None: nothing runs."""
    key = (str(house.home), submission)
    with _LOCK:
        found = _RUNNING.get(key)
        if found is not None and found.done:
            del _RUNNING[key]
        return found


def _certify(house: "House", actor: "Actor", submission: str, key: tuple[str, str], made: Running) -> None:
    def told(files: int, of: int) -> None:
        made.files, made.of = files, of

    try:
        certify_deposit(house, actor, submission, told=told)
    except EmblaError as error:
        made.fault = error
    finally:
        made.done = True
        if made.fault is None:
            with _LOCK:
                _RUNNING.pop(key, None)
