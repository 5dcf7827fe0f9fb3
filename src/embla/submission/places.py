"""JSON with the line of every value, so that a finding can say where. Pure.

The standard parser keeps no lines and lets a key appear twice; who wrote `karyotype` twice must hear of it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Final

Path = tuple[str | int, ...]
MAX_DEPTH: Final = 32
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_SCALAR: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null")


class NotJson(Exception):
    """What is wrong, and the line (1-based)."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True)
class Located:
    """A value and the line on which each of its parts begins: `lines[("persons", 0, "role")]`."""

    value: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of a part, or of the nearest part around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse(text: str) -> Located:
    """Parse JSON. NotJson for what is not JSON, a key that appears twice, or nesting deeper than 32."""
    reader = _Reader(text)
    value = reader.value((), 0)
    reader.skip()
    if reader.at != len(text):
        raise reader.wrong("something follows the end")
    return Located(value, reader.lines)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._counted = 0
        self._line = 1

    def line(self) -> int:
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def wrong(self, message: str) -> NotJson:
        return NotJson(f"This is not JSON: {message}.", self.line())

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def value(self, path: Path, depth: int) -> Any:
        self.skip()
        if depth > MAX_DEPTH:
            raise self.wrong(f"it is nested deeper than {MAX_DEPTH}")
        self.lines[path] = self.line()
        mark = self.text[self.at : self.at + 1]
        if mark == "{":
            return self._object(path, depth)
        if mark == "[":
            return [item for _, item in self._items(path, depth)]
        if mark == '"':
            return self._string()
        found = _SCALAR.match(self.text, self.at)
        if not found:
            raise self.wrong("a value was expected here")
        self.at = found.end()
        try:
            return json.loads(found[0])
        except ValueError:  # more digits than Python converts
            raise self.wrong("a number is too long") from None

    def _object(self, path: Path, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        self.at += 1
        self.skip()
        if self._take("}"):
            return made
        while True:
            self.skip()
            if self.text[self.at : self.at + 1] != '"':
                raise self.wrong('a key in "quotes" was expected')
            key = self._string()
            if key in made:
                raise NotJson(f'The key "{key[:60]}" appears twice.', self.line())
            self.skip()
            if not self._take(":"):
                raise self.wrong('":" was expected')
            made[key] = self.value((*path, key), depth + 1)
            self.skip()
            if self._take("}"):
                return made
            if not self._take(","):
                raise self.wrong('"," or "}" was expected')

    def _items(self, path: Path, depth: int) -> Iterator[tuple[int, Any]]:
        self.at += 1
        self.skip()
        if self._take("]"):
            return
        number = 0
        while True:
            yield number, self.value((*path, number), depth + 1)
            number += 1
            self.skip()
            if self._take("]"):
                return
            if not self._take(","):
                raise self.wrong('"," or "]" was expected')

    def _string(self) -> str:
        try:
            text, self.at = scanstring(self.text, self.at + 1, True)
        except ValueError:
            raise self.wrong("a text has no end, or a character that must be escaped") from None
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise self.wrong("a text has half of a surrogate pair") from None
        return str(text)

    def _take(self, mark: str) -> bool:
        if self.text.startswith(mark, self.at):
            self.at += 1
            return True
        return False
