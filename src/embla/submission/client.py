"""A laboratory's side of HTTP: send packages to a server and ask how they fared. Standard library only.

A transfer that broke off goes on where it was: the server says which files it still lacks.
"""

import json
import ssl
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from embla.errors import BadInput, EmblaError, NotFound, NotPermitted, Refused, Unavailable, UsageError
from embla.submission.model.acknowledgement import Acknowledgement
from embla.submission.model.finding import Finding, PackageRefused
from embla.submission.package import Package, open_package

PATH: Final = "/api/submissions"
# Receiving a large trio takes minutes, and the answer comes after the commit.
TIMEOUT: Final = 1800
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
Progress = Callable[[Path, int, int], None]


class Client:
    """One server and one token."""

    def __init__(self, url: str, token: str, *, timeout: float = TIMEOUT) -> None:
        """`url` is https://host[:port][/prefix]; http only to this machine itself, since the token must not be seen."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"'{url}' is no address of a server.", mend="Write https://host.")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise UsageError("Genomes and tokens go over https only.", mend="Write https:// instead of http://.")
        self._parts = parts
        self._token = token
        self._timeout = timeout

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

    def _put(self, package: Package, item: dict[str, Any], progress: Progress | None) -> None:
        path = package.files.get(item["path"])
        if path is None:
            found = "The manifest lists it."
            raise PackageRefused([Finding("files.missing", item["path"], 0, found, "Put it into the package.")])
        size = path.stat().st_size
        with path.open("rb") as file:
            self._ask("PUT", item["put"], _Told(file, path, size, progress), "application/octet-stream", size)

    def _ask(
        self, method: str, path: str, body: Any = None, content_type: str = "", length: int | None = None
    ) -> tuple[int, dict[str, Any]]:
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


def _answer(response: HTTPResponse) -> tuple[int, dict[str, Any]]:
    """Status and JSON; the server's refusals as our own errors."""
    raw = response.read()
    try:
        value = json.loads(raw) if raw else {}
    except ValueError:
        value = {}
    answer: dict[str, Any] = value if isinstance(value, dict) else {}
    if response.status < 400:
        return response.status, answer
    if "findings" in answer:
        raise PackageRefused([Finding(**item) for item in answer["findings"]])
    message = str(answer.get("message") or answer.get("detail") or answer.get("error") or response.reason)
    kinds: dict[int, type[EmblaError]] = {404: NotFound, 409: Refused, 422: BadInput, 400: UsageError}
    if response.status in (401, 403):
        raise NotPermitted(message, rule=str(answer.get("rule", "server")), mend="Is the token the laboratory's own?")
    if response.status >= 500 or response.status == 429:
        raise Unavailable(f"The server says: {message}", mend="Send again later; what has arrived is kept.")
    raise kinds.get(response.status, Refused)(f"The server says: {message}")
