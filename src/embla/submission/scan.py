"""A scanner of the operator looks at every file before anything of a package is kept (EMBLA_SCAN_COMMAND).

The command gets the path of one staged file as its last argument, no shell is asked, and its exit says what it found: 0
nothing, 1 something (as clamdscan does). Any other exit, and no answer in time, stops the package: nobody knows then,
so nothing is taken, and the laboratory may send it again.
"""

import shlex
import subprocess  # nosec B404  # the operator's own command, as a list
from typing import Final

from embla.errors import Unavailable, UsageError
from embla.submission.model.finding import Finding
from embla.submission.package import Package

SECONDS: Final = 900.0


def scan(package: Package, command: str, *, seconds: float = SECONDS) -> list[Finding]:
    """A finding for each file that the scanner objects to; Unavailable where it cannot tell."""
    if not command:
        return []
    return [
        Finding("files.harmful", path, 0, "The scanner for harmful files objects to it.", "Look where it came from.")
        for path, place in sorted(package.files.items())
        if _objects([*_words(command), str(place.absolute())], seconds)
    ]


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words:
        raise UsageError("EMBLA_SCAN_COMMAND is no command.", mend="Write it as `/usr/bin/clamdscan --no-summary`.")
    return words


def _objects(command: list[str], seconds: float) -> bool:
    try:
        done = subprocess.run(  # nosec B603  # list whose first word is a setting
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=seconds
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(
            f"The scanner for harmful files does not answer ({type(error).__name__}).", mend="Send it again shortly."
        ) from error
    if done.returncode not in (0, 1):
        raise Unavailable(
            f"The scanner for harmful files could not tell (exit {done.returncode}).", mend="Send it again shortly."
        )
    return done.returncode == 1
