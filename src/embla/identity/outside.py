"""Outside registers that are kept by CPR number: the opt-out register, and electronic consents.

The zone turns pseudonyms into numbers, asks the register, and gives back what it said by pseudonym. A register is asked
in one of two ways: a file that the authority delivers, or HTTP. Both give the same document:

    {"as_of": "2026-11-27T06:00:00Z", "items": [{"number": "...", ...}, ...]}

A number without an item is one that the register knows nothing about, which is an answer too. Numbers travel in the
body of a POST, never in an address. Whatever goes wrong is Unavailable: who asks for research then gets nothing.
"""

import json
import ssl
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from embla.errors import Unavailable, UsageError
from embla.identity import store
from embla.identity.zone import zone_of
from embla.platform import is_safe_address

if TYPE_CHECKING:
    from embla.platform import House

BATCH: Final = 1000
MAX_ANSWER: Final = 64 << 20
SECONDS: Final = 30
_FUTURE: Final = timedelta(minutes=5)
Items = list[Mapping[str, Any]]


@dataclass(frozen=True)
class Answer:
    """What a register said. `as_of`: the moment its answer is of. items: by pseudonym, empty where it knows nothing.

    unasked: persons whose number the zone does not have, so that nobody could be asked about them.
    """

    as_of: datetime
    items: Mapping[str, Items] = field(repr=False)
    unasked: frozenset[str] = frozenset()


class Source(Protocol):
    """A register outside."""

    def ask(self, numbers: Sequence[str]) -> Mapping[str, Any]:
        """The document above, of these numbers at least. Unavailable when it cannot be had."""


@dataclass(frozen=True)
class FileSource:
    """A file that the register's authority delivers, whole each time."""

    path: Path

    def ask(self, numbers: Sequence[str]) -> Mapping[str, Any]:
        """The file as it lies there now."""
        try:
            with self.path.open("rb") as file:
                return _document(file.read(MAX_ANSWER + 1))
        except OSError as error:
            raise Unavailable(f"The register's file cannot be read: {error.strerror}.") from None


@dataclass(frozen=True)
class HttpSource:
    """A register that answers `POST {"numbers": [...]}`. HTTPS, but for this machine."""

    url: str
    token: str = field(default="", repr=False)
    certificate: Path | None = None

    def ask(self, numbers: Sequence[str]) -> Mapping[str, Any]:
        """One request, no redirects."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.scheme == "https":
            link: HTTPConnection = HTTPSConnection(host, parts.port, timeout=SECONDS, context=self._context())
        else:
            link = HTTPConnection(host, parts.port, timeout=SECONDS)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            link.request("POST", parts.path or "/", json.dumps({"numbers": list(numbers)}), headers)
            answer = link.getresponse()
            raw = answer.read(MAX_ANSWER + 1)
        except (OSError, HTTPException):
            raise Unavailable("The register does not answer.", mend="Try again; nothing was given out.") from None
        finally:
            link.close()
        if answer.status != 200:
            raise Unavailable(f"The register answers with status {answer.status}.")
        return _document(raw)

    def _context(self) -> ssl.SSLContext:
        """Theirs is verified, and ours is read anew each time: certificates of machines live for days."""
        context = ssl.create_default_context()
        if self.certificate is not None:
            try:
                context.load_cert_chain(self.certificate.expanduser())
            except OSError:  # ssl.SSLError is one
                raise Unavailable(
                    "Our certificate for the registers outside cannot be read.",
                    mend="Look at EMBLA_SOURCE_CERTIFICATE.",
                ) from None
        return context


def source_of(setting: str, token: str = "", certificate: Path | None = None) -> Source | None:
    """The source that a setting names: nothing, the path of a file, or an address."""
    if not setting:
        return None
    if "://" not in setting:
        return FileSource(Path(setting).expanduser())
    if is_safe_address(setting):
        return HttpSource(setting, token, certificate)
    raise UsageError("A register outside is asked over https.", mend="Write https://..., or the path of a file.")


def ask_outside(house: "House", source: Source, persons: Collection[str]) -> Answer:
    """What the register says about each person, under every number they have had.

    Unavailable when it does not answer, or what it says is not what was agreed.
    """
    with zone_of(house).reading() as inside:
        found = store.identities(inside, persons)
    known = {person: identity.numbers for person, identity in found.items() if identity.numbers}
    whose = {number.text: person for person, numbers in known.items() for number in numbers}
    items: dict[str, Items] = {person: [] for person in known}
    oldest = house.clock()
    asked = list(whose)
    for start in range(0, max(len(asked), 1), BATCH):
        part = asked[start : start + BATCH]
        said = source.ask(part)
        oldest = min(oldest, _as_of(said, house.clock()))
        wanted = set(part)
        for item in _items(said):
            number = item.pop("number").replace("-", "").replace(" ", "").upper()
            if number in wanted:
                items[whose[number]].append(item)
    return Answer(oldest, items, frozenset(persons) - known.keys())


def _document(raw: bytes) -> Mapping[str, Any]:
    if len(raw) > MAX_ANSWER:
        raise Unavailable(f"The register's answer is larger than {MAX_ANSWER >> 20} MB.")
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        raise Unavailable("The register's answer is no JSON.") from None
    if not isinstance(said, dict):
        raise Unavailable("The register's answer is not what was agreed.")
    return said


def _as_of(said: Mapping[str, Any], now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(said["as_of"])
    except (KeyError, TypeError, ValueError):
        raise Unavailable("The register does not say of when its answer is.") from None
    if at.tzinfo is None or at > now + _FUTURE:
        raise Unavailable("The register's answer is of a time that cannot be.")
    return at.astimezone(UTC)


def _items(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    items = said.get("items")
    if not isinstance(items, list) or not all(
        isinstance(item, dict) and isinstance(item.get("number"), str) for item in items
    ):
        raise Unavailable("The register's answer is not what was agreed.")
    return [dict(item) for item in items]
