"""Key files of a home, and the one key that opens them where a key server (or the machine's own chip) holds it.

Without `keys_command` a key file is its key: mode 0600 is what protects it. With it, each file holds AES-256-GCM
ciphertext under the opening key, which the command prints at start and which lies on no disk of ours: a copy of the
disk opens nothing, and ending the key at its server ends every key here. The file's folder and name are bound in, so
one key's file cannot be put in another's place. `embla keys seal` brings files from one way to the other.
"""

import base64
import binascii
import os
import shlex
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from threading import Event, Timer
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from embla.errors import Broken, Refused, Unavailable, UsageError
from embla.platform.secret_files import read_secret, replace_file, write_secret

SEALED: Final = b"embla-sealed-1 "
FOLDER: Final = "keys"
_ID, _NONCE, _KEY = 8, 12, 32
_SECONDS: Final = 60
_MOST: Final = 4096


@dataclass(frozen=True)
class KeyFiles:
    """How the key files of a home are read and written.

    `command` prints the opening key: 32 bytes, as they are, in base64 or as 64 hexadecimal digits. It runs once, when a
    file is first read or written; a server that changed its key needs a restart.
    """

    command: str = field(default="", repr=False)  # it may hold what the key server asks for

    def read(self, place: Path) -> bytes:
        """The key in a file. NotFound, Unavailable, or Broken when it does not open or others may read it."""
        return self.opened(place, read_secret(place))

    def write(self, place: Path, key: bytes) -> None:
        """A new file; Conflict when the name is taken."""
        write_secret(place, self.sealed(place, key))

    def replace(self, place: Path, key: bytes) -> None:
        """The file in one step, whatever was there before."""
        replace_file(place, self.sealed(place, key), mode=0o600)

    def sealed(self, place: Path, key: bytes) -> bytes:
        """What a file at this place holds for this key."""
        if not self.command:
            return key
        nonce = token_bytes(_NONCE)
        return SEALED + self.id + nonce + AESGCM(self._opening).encrypt(nonce, key, _bound(place))

    def opened(self, place: Path, data: bytes) -> bytes:
        """The key that `data` of this place holds, sealed or not."""
        if not is_sealed(data):
            return data
        rest = data[len(SEALED) :]
        sealed_by, nonce, text = rest[:_ID], rest[_ID : _ID + _NONCE], rest[_ID + _NONCE :]
        if not self.command:
            raise Refused(
                f"{_name(place)} is sealed, and nothing says who opens it.",
                mend="Set EMBLA_KEYS_COMMAND to the command that prints the opening key.",
            )
        if sealed_by != self.id:
            raise Broken(
                f"{_name(place)} is sealed by another opening key ({sealed_by.hex()}) than the command printed "
                f"({self.id.hex()}).",
                mend="Give the right one, or after a change: embla keys seal --was COMMAND",
            )
        try:
            return AESGCM(self._opening).decrypt(nonce, text, _bound(place))
        except (InvalidTag, ValueError):
            raise Broken(
                f"{_name(place)} does not open: it was changed, or moved from another place.",
                mend="Restore the folder `keys`.",
            ) from None

    @cached_property
    def id(self) -> bytes:
        """Eight bytes that tell opening keys apart and give none away."""
        return sha256(b"embla opening key\0" + self._opening).digest()[:_ID]

    @cached_property
    def _opening(self) -> bytes:
        return ask(self.command)


PLAIN_KEY_FILES: Final = KeyFiles()


def is_sealed(data: bytes) -> bool:
    """Does a key file's text say that it is sealed?"""
    return data.startswith(SEALED)


def key_files_in(home: Path) -> list[Path]:
    """Every file of a home that holds a secret key, sorted."""
    names = (path for path in (home / FOLDER).rglob("*.key") if path.is_file() and not path.name.startswith("."))
    return sorted(names)


def seal_again(home: Path, now: KeyFiles, was: KeyFiles = PLAIN_KEY_FILES) -> int:
    """Bring every key file that is not sealed as `now` seals over to it; gives how many were. All are opened before one
    is written, and each is replaced in one step: who dies in between runs it again.

    `was`: how they were sealed before. Broken when one opens in neither way.
    """
    plain = [(path, read_secret(path)) for path in key_files_in(home)]
    todo = [(path, _either(path, data, now, was)) for path, data in plain if not _is_as(now, data)]
    for path, key in todo:
        now.replace(path, key)
    return len(todo)


def ask(command: str) -> bytes:
    """The opening key that a command prints. UsageError for a command that cannot be, Unavailable when it fails or is
    silent for a minute, Broken when it prints something else. What it printed is in no message."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"keys_command is no command: {error}.", mend="Quote it as a shell wants it.") from None
    mend = "Run it by hand as this account; is the key server up, and may this machine ask it?"
    late = Event()
    try:
        # The operator's own setting, never a request's; a session of its own, so that what it started ends with it.
        with subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        ) as asked:
            assert asked.stdout is not None

            def end() -> None:
                late.set()
                _end(asked)

            timer = Timer(_SECONDS, end)
            timer.start()
            try:
                said = asked.stdout.read(_MOST + 1)
                if len(said) > _MOST:
                    _end(asked)
                    raise Broken("keys_command printed too much to be a key.", mend=mend)
                code = asked.wait()
            finally:
                timer.cancel()
    except (OSError, IndexError) as error:
        raise Unavailable(f"keys_command cannot be run: {getattr(error, 'strerror', '')}.", mend=mend) from None
    if late.is_set():
        raise Unavailable(f"keys_command was silent for {_SECONDS} s.", mend=mend)
    if code:
        raise Unavailable(f"keys_command ended with {code}.", mend=mend)
    key = _parse(said)
    if key is None:
        raise Broken(
            f"keys_command printed {len(said)} bytes, which are no key of 32 bytes.",
            mend="Make one: openssl rand -base64 32, and keep it where the command finds it.",
        )
    return key


def _end(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _parse(said: bytes) -> bytes | None:
    if len(said) == _KEY:
        return said
    text = said.strip()
    try:
        key = bytes.fromhex(text.decode("ascii")) if len(text) == 2 * _KEY else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return key if len(key) == _KEY else None


def _either(path: Path, data: bytes, now: KeyFiles, was: KeyFiles) -> bytes:
    ours = is_sealed(data) and now.command and data[len(SEALED) :].startswith(now.id)
    return (now if ours else was).opened(path, data)


def _is_as(now: KeyFiles, data: bytes) -> bool:
    if not now.command:
        return not is_sealed(data)
    return is_sealed(data) and data[len(SEALED) :].startswith(now.id)


def _bound(place: Path) -> bytes:
    return _name(place).encode()


def _name(place: Path) -> str:
    """`vault/v1.key`: the folder and the name, the same wherever the home lies."""
    return f"{place.parent.name}/{place.name}"
