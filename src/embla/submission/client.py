"""A laboratory's side of HTTP: send packages to a server and ask how they fared. Standard library only.

A transfer that broke off goes on where it was: the server says which files it still lacks.
"""

import json
import ssl
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from embla.errors import BadInput, EmblaError, NotFound, NotPermitted, Refused, Unavailable, UsageError
from embla.identity import Entry
from embla.platform import is_safe_address
from embla.submission.model.acknowledgement import Acknowledgement
from embla.submission.model.finding import Finding, PackageRefused
from embla.submission.package import Package, open_package

PATH: Final = "/api/submissions"
# Receiving a large trio takes minutes, and the answer comes after the commit.
TIMEOUT: Final = 1800
# Seconds between tries when the server asks for patience; its Retry-After may ask for more.
_WAITS: Final = (1.0, 2.0, 5.0, 15.0, 30.0)
Progress = Callable[[Path, int, int], None]


class Client:
    """One server and one token."""

    def __init__(
        self, url: str, token: str, *, timeout: float = TIMEOUT, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """`url` is https://host[:port][/prefix]; http only to this machine itself, since the token must not be seen."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"'{url}' is no address of a server.", mend="Write https://host.")
        if not is_safe_address(url):
            raise UsageError("Genomes and tokens go over https only.", mend="Write https:// instead of http://.")
        self._parts = parts
        self._token = token
        self._timeout = timeout
        self._sleep = sleep

    def send(self, folder: Path, progress: Progress | None = None) -> Acknowledgement:
        """Send one package; PackageRefused with every finding. Safe to repeat, whatever happened before."""
        package = open_package(folder)
        status, answer = self._ask("POST", PATH, package.raw, "application/json")
        if status == 201:
            for item in answer["missing"]:
                self._put(package, item, progress)
            status, answer = self._ask("POST", answer["send"], b"")
        return Acknowledgement.from_json(answer)

    def submissions(self, *, state: str | None = None, cursor: str | None = None) -> dict[str, Any]:
        """A page of the laboratory's submissions: {"items": [...], "next": cursor or None}."""
        given = {name: value for name, value in (("state", state), ("cursor", cursor)) if value}
        return self._ask("GET", PATH + ("?" + urlencode(given) if given else ""))[1]

    def submission(self, submission: str) -> dict[str, Any]:
        """One submission; NotFound when it is not this laboratory's."""
        return self._ask("GET", f"{PATH}/{submission}")[1]

    def identify(self, entries: Sequence[Entry]) -> list[str]:
        """The pseudonym of each person, from the server's identity zone. Numbers travel in the body only."""
        said = [
            {
                "number": entry.number.text,
                "name": entry.name or "",
                "born": f"{entry.born:%Y-%m}" if entry.born else "",
            }
            for entry in entries
        ]
        answer = self._ask("POST", "/api/identity/persons", json.dumps({"persons": said}).encode(), "application/json")
        return [str(person) for person in answer[1]["persons"]]

    def _put(self, package: Package, item: dict[str, Any], progress: Progress | None) -> None:
        path = package.files.get(item["path"])
        if path is None:
            found = "The manifest lists it."
            raise PackageRefused([Finding("files.missing", item["path"], 0, found, "Put it into the package.")])
        size = path.stat().st_size
        waits = iter(_WAITS)
        while True:
            with path.open("rb") as file:
                body = _Told(file, path, size, progress)
                status, answer, after = self._once("PUT", item["put"], body, "application/octet-stream", size)
            if not self._again(status, next(waits, None), after):
                _raise_for(status, answer)
                return

    def _ask(
        self, method: str, path: str, body: bytes | None = None, content_type: str = ""
    ) -> tuple[int, dict[str, Any]]:
        waits = iter(_WAITS)
        while True:
            status, answer, after = self._once(method, path, body, content_type)
            if not self._again(status, next(waits, None), after):
                _raise_for(status, answer)
                return status, answer

    def _again(self, status: int, wait: float | None, after: float) -> bool:
        """Wait and say True when the server only asked for patience."""
        if status not in (429, 503) or wait is None:
            return False
        self._sleep(min(max(wait, after), 60))
        return True

    def _once(
        self, method: str, path: str, body: Any = None, content_type: str = "", length: int | None = None
    ) -> tuple[int, dict[str, Any], float]:
        """Status, JSON, and the seconds of Retry-After (0 without)."""
        parts = self._parts
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection: HTTPConnection = HTTPSConnection(
                parts.hostname or "", parts.port, timeout=self._timeout, context=context
            )
        else:
            connection = HTTPConnection(parts.hostname or "", parts.port, timeout=self._timeout)
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if content_type:
            headers["Content-Type"] = content_type
        if length is not None:
            headers["Content-Length"] = str(length)
        try:
            connection.request(method, parts.path.rstrip("/") + path, body=body, headers=headers)
            return _answer(connection.getresponse())
        except (OSError, HTTPException) as error:
            raise Unavailable(
                f"{parts.hostname} does not answer ({type(error).__name__}).",
                mend="Send again: what has arrived is kept, and nothing is counted twice.",
            ) from error
        finally:
            connection.close()


class _Told:
    """A file that tells how far it was read."""

    def __init__(self, file: Any, path: Path, size: int, progress: Progress | None) -> None:
        self._file = file
        self._path = path
        self._size = size
        self._progress = progress
        self._seen = 0

    def read(self, size: int = -1) -> bytes:
        chunk: bytes = self._file.read(size)
        self._seen += len(chunk)
        if self._progress is not None:
            self._progress(self._path, self._seen, self._size)
        return chunk


def _answer(response: HTTPResponse) -> tuple[int, dict[str, Any], float]:
    raw = response.read()
    try:
        value = json.loads(raw) if raw else {}
    except ValueError:
        value = {}
    after = response.headers.get("Retry-After", "")
    return response.status, value if isinstance(value, dict) else {}, float(after) if after.isdecimal() else 0


def _raise_for(status: int, answer: dict[str, Any]) -> None:
    """The server's refusals as our own errors."""
    if status < 400:
        return
    if "findings" in answer:
        raise PackageRefused([Finding(**item) for item in answer["findings"]])
    message = str(answer.get("message") or answer.get("detail") or answer.get("error") or f"status {status}")
    if answer.get("mend"):
        message = f"{message} {answer['mend']}"
    kinds: dict[int, type[EmblaError]] = {404: NotFound, 409: Refused, 422: BadInput, 400: UsageError}
    if status in (401, 403):
        raise NotPermitted(message, rule=str(answer.get("rule", "server")), mend="Is the token the laboratory's own?")
    if status >= 500 or status == 429:
        raise Unavailable(f"The server says: {message}", mend="Send again later; what has arrived is kept.")
    raise kinds.get(status, Refused)(f"The server says: {message}")
