"""A laboratory's side of HTTP: send packages to a server and ask how they fared. Standard library only.

A transfer that broke off goes on where it was, at any byte: the server says which files it still lacks, and how much of
each has arrived. A package that `embla submission encrypt` made is sent as it lies, and opened there.
"""

import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from embla.errors import BadInput, Conflict, EmblaError, NotFound, NotPermitted, Refused, Unavailable, UsageError
from embla.identity import Entry
from embla.platform import is_safe_address
from embla.submission.model.acknowledgement import Acknowledgement
from embla.submission.model.finding import Finding, PackageRefused
from embla.submission.package import Package, open_package
from embla.vault import SEALED

PATH: Final = "/api/submissions"
# Receiving a large trio takes minutes, and the answer comes after the commit.
TIMEOUT: Final = 1800
# Seconds between tries when the server asks for patience; its Retry-After may ask for more.
_WAITS: Final = (1.0, 2.0, 5.0, 15.0, 30.0)
# Bytes of one request: what a proxy may keep for itself before it lets go, and what is asked anew after a cut.
PIECE: Final = 32 << 20
PARALLEL: Final = 4
_BLOCK: Final = 1 << 18
_SEALED_TYPE: Final = "application/x-crypt4gh"
Progress = Callable[[Path, int, int], None]


class Client:
    """One server and one token."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
        parallel: int = PARALLEL,
        piece: int = PIECE,
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
        self._parallel = max(1, parallel)
        self._piece = max(1, piece)

    def send(self, folder: Path, progress: Progress | None = None) -> Acknowledgement:
        """Send one package, some files at a time; PackageRefused with every finding. Safe to repeat, whatever happened
        before. A line that is cut is waited for, a minute in all, as long as something arrives in between."""
        package = open_package(folder)
        whole = sum(file.size for file in package.manifest.files)
        waits, had = iter(_WAITS), -1
        while True:
            try:
                begun = self.begin(package)
                if isinstance(begun, Acknowledgement):
                    # Told at once: it was taken before. Later: the answer to what was just sent was lost on its way.
                    return replace(begun, before=had < 0)
                have = whole - sum(_left(item) for item in begun["missing"])
                if have > had:
                    waits, had = iter(_WAITS), have
                self.upload(package, folder, begun["missing"], progress)
                return Acknowledgement.from_json(self._ask("POST", begun["send"], b"")[1])
            except (Unavailable, Conflict):
                wait = next(waits, None)
                if wait is None or had < 0:
                    raise
                self._sleep(wait)

    def begin(self, package: Package) -> Acknowledgement | dict[str, Any]:
        """Send the manifest: what is missing, or the acknowledgement that this package has already."""
        status, answer = self._ask("POST", PATH, package.raw, "application/json")
        return answer if status == 201 else Acknowledgement.from_json(answer)

    def upload(
        self, package: Package, folder: Path, missing: Sequence[dict[str, Any]], progress: Progress | None = None
    ) -> None:
        """Send what is missing of each file, some files at a time. Unavailable or Conflict when it broke off."""
        with ThreadPoolExecutor(self._parallel) as pool:
            list(pool.map(lambda item: self._put(package, folder, item, progress), missing))

    def public_key(self) -> str:
        """The Crypt4GH public key file that packages are encrypted for."""
        return self._text(f"{PATH}/key")

    def submissions(self, *, state: str | None = None, cursor: str | None = None) -> dict[str, Any]:
        """A page of the laboratory's submissions: {"items": [...], "next": cursor or None}."""
        given = {name: value for name, value in (("state", state), ("cursor", cursor)) if value}
        return self._ask("GET", PATH + ("?" + urlencode(given) if given else ""))[1]

    def submission(self, submission: str) -> dict[str, Any]:
        """One submission; NotFound when it is not this laboratory's."""
        return self._ask("GET", f"{PATH}/{submission}")[1]

    def certificate(self, submission: str, *, again: bool = False) -> str:
        """The signed certificate of a deposit, made now where there is none that says "safe"; one line of JSON."""
        answer = self._ask("POST", f"{PATH}/{submission}/certificate" + ("?again=true" if again else ""), b"")[1]
        return json.dumps(answer, separators=(",", ":"))

    def files(self, submission: str) -> tuple[str, list[dict[str, Any]]]:
        """The manifest as it was sent, and the files with their numbers."""
        answer = self._ask("GET", f"{PATH}/{submission}/files")[1]
        return str(answer["manifest"]), list(answer["files"])

    def fetch(self, submission: str, number: int, start: int) -> Iterator[bytes]:
        """The bytes of one file from `start` on. Unavailable when the line is cut: ask again from where it was."""
        with self._asked("GET", f"{PATH}/{submission}/files/{number}", None, {"Range": f"bytes={start}-"}) as response:
            if response.status not in (200, 206):
                _raise_for(*_answer(response)[:2])
            while chunk := response.read(_BLOCK):
                yield chunk

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

    def _put(self, package: Package, folder: Path, item: dict[str, Any], progress: Progress | None) -> None:
        """Send what is missing of one file, a piece at a time."""
        path, sealed = package.files.get(item["path"]), folder / (item["path"] + SEALED)
        encrypted = path is None and sealed.is_file()
        place = sealed if encrypted else path
        if place is None:
            found = "The manifest lists it."
            raise PackageRefused([Finding("files.missing", item["path"], 0, found, "Put it into the package.")])
        size = place.stat().st_size
        start = item["arrived_sealed"] if encrypted else item["arrived"]
        if start >= size:
            start = 0  # the server tells that it has as much already, or an empty file comes in one request
        while True:
            end = min(start + self._piece, size)
            headers = {"Content-Type": _SEALED_TYPE if encrypted else "application/octet-stream"}
            if size:
                headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
            waits = iter(_WAITS)
            while True:
                with place.open("rb") as file:
                    file.seek(start)
                    body = _Told(file, place, start, end, size, progress)
                    status, answer, after = self._once("PUT", item["put"], body, headers, end - start)
                if not self._again(status, next(waits, None), after):
                    break
            _raise_for(status, answer)
            if end >= size:
                return
            start = end

    def _ask(
        self, method: str, path: str, body: bytes | None = None, content_type: str = ""
    ) -> tuple[int, dict[str, Any]]:
        waits = iter(_WAITS)
        while True:
            headers = {"Content-Type": content_type} if content_type else {}
            status, answer, after = self._once(method, path, body, headers)
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
        self, method: str, path: str, body: Any, headers: Mapping[str, str], length: int | None = None
    ) -> tuple[int, dict[str, Any], float]:
        """Status, JSON, and the seconds of Retry-After (0 without)."""
        given = dict(headers) | ({"Content-Length": str(length)} if length is not None else {})
        with self._asked(method, path, body, given) as response:
            return _answer(response)

    def _text(self, path: str) -> str:
        with self._asked("GET", path, None, {}) as response:
            raw = response.read(1 << 20).decode("utf-8", "replace")
            if response.status != 200:
                _raise_for(response.status, {})
            return raw

    @contextmanager
    def _asked(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Iterator[HTTPResponse]:
        """One request and its answer. Unavailable when the line is cut, also in the middle of the answer."""
        parts = self._parts
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection: HTTPConnection = HTTPSConnection(
                parts.hostname or "", parts.port, timeout=self._timeout, context=context, blocksize=_BLOCK
            )
        else:
            connection = HTTPConnection(parts.hostname or "", parts.port, timeout=self._timeout, blocksize=_BLOCK)
        own = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        try:
            connection.request(method, parts.path.rstrip("/") + path, body=body, headers=own | dict(headers))
            yield connection.getresponse()
        except (OSError, HTTPException) as error:
            raise Unavailable(
                f"{parts.hostname} does not answer ({type(error).__name__}).",
                mend="Send again: what has arrived is kept, and nothing is counted twice.",
            ) from error
        finally:
            connection.close()


def _left(item: Mapping[str, Any]) -> int:
    return int(item["size"]) - max(int(item["arrived"]), int(item["arrived_sealed"]))


class _Told:
    """Bytes `start` to `end` of a file, which tell how far they were read."""

    def __init__(self, file: Any, path: Path, start: int, end: int, size: int, progress: Progress | None) -> None:
        self._file = file
        self._path = path
        self._seen = start
        self._end = end
        self._size = size
        self._progress = progress

    def read(self, size: int = -1) -> bytes:
        left = self._end - self._seen
        chunk: bytes = self._file.read(left if size < 0 else min(size, left))
        if left and not chunk:
            # The server would wait for the rest until one of the two gives up.
            raise BadInput("became shorter while it was sent.", path=self._path.name, mend="Check the package again.")
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
    if status == 409 and "arrived" in answer:
        raise Conflict(message, arrived=answer["arrived"])
    kinds: dict[int, type[EmblaError]] = {404: NotFound, 409: Refused, 422: BadInput, 400: UsageError}
    if status in (401, 403):
        raise NotPermitted(message, rule=str(answer.get("rule", "server")), mend="Is the token the laboratory's own?")
    if status >= 500 or status == 429:
        raise Unavailable(f"The server says: {message}", mend="Send again later; what has arrived is kept.")
    raise kinds.get(status, Refused)(f"The server says: {message}")
