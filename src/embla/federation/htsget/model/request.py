"""What an htsget request asks for: format, class, regions. Pure; htsget 1.3.1.

Positions are 0-based half-open. Names of errors and of parameters are the standard's.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from embla.errors import EmblaError
from embla.federation.slicing.regions import LAST, UNPLACED, Stretch

READS: Final = ("BAM", "CRAM")
VARIANTS: Final = ("VCF", "VCFTEXT", "BCF")
MOST_REGIONS: Final = 1_000
LARGEST_BODY: Final = 256 << 10
_WHOLE: Final = re.compile(r"[0-9]{1,10}")
_KNOWN: Final = frozenset(
    ("format", "class", "referenceName", "start", "end", "fields", "tags", "notags", "encryptionScheme")
)
_WITH_HEADER: Final = frozenset(("format", "class", "encryptionScheme"))
_BODY: Final = frozenset(("format", "class", "fields", "tags", "notags", "regions", "encryptionScheme"))
_STATUS: Final = {
    "InvalidAuthentication": 401, "PermissionDenied": 403, "NotFound": 404, "PayloadTooLarge": 413,
    "UnsupportedFormat": 400, "InvalidInput": 400, "InvalidRange": 400,
}  # fmt: skip


class NotAnswered(EmblaError):
    """A request that the specification gives an error of its own."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error

    @property
    def status(self) -> int:
        """HTTP status of the error."""
        return _STATUS[self.error]


@dataclass(frozen=True)
class Asked:
    """format: "" where none was named. only_header: class=header. regions: None for everything, else as they were
    asked for. sealed: encryptionScheme=c4gh."""

    format: str = ""
    only_header: bool = False
    regions: tuple[Stretch, ...] | None = None
    sealed: bool = False


def from_query(items: Sequence[tuple[str, str]], formats: Sequence[str]) -> Asked:
    """A GET. Raises NotAnswered."""
    said: dict[str, str] = {}
    for name, value in items:
        if name in said and name not in ("fields", "tags", "notags"):
            raise NotAnswered("InvalidInput", f"{name if name in _KNOWN else 'A parameter'} was given twice.")
        said[name] = f"{said[name]},{value}" if name in said else value
    asked = _common(said, formats)
    if asked.only_header and (set(said) & _KNOWN) - _WITH_HEADER:
        raise NotAnswered("InvalidInput", "class=header takes no parameter but format.")
    reference = said.get("referenceName")
    start, end = _given(said, "start"), _given(said, "end")
    if reference is None or reference == UNPLACED:
        if start is not None or end is not None:
            raise NotAnswered("InvalidInput", "start and end need a referenceName that is not *.")
        regions = None if reference is None else (Stretch(UNPLACED, 0, LAST),)
        return Asked(asked.format, asked.only_header, regions, asked.sealed)
    if start is not None and end is not None and start > end:
        raise NotAnswered("InvalidRange", "start is greater than end.")
    region = Stretch(_name(reference), start or 0, LAST if end is None else end)
    return Asked(asked.format, asked.only_header, (region,), asked.sealed)


def from_body(body: bytes, query: Sequence[tuple[str, str]], formats: Sequence[str]) -> Asked:
    """A POST. Raises NotAnswered."""
    if query:
        raise NotAnswered("InvalidInput", "A POST takes no parameters in its address.")
    if len(body) > LARGEST_BODY:
        raise NotAnswered("PayloadTooLarge", f"A body has at most {LARGEST_BODY:,} bytes.")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise NotAnswered("InvalidInput", "The body is no JSON.") from None
    if not isinstance(said, dict):
        raise NotAnswered("InvalidInput", "The body is no JSON object.")
    if set(said) - _BODY:
        raise NotAnswered("InvalidInput", "The body has a field that is not known.")
    texts = {name: _text(value, name) for name, value in said.items() if name != "regions"}
    asked = _common(texts, formats)
    if "regions" not in said:
        return asked
    if asked.only_header:
        raise NotAnswered("InvalidInput", "class=header takes no regions.")
    return Asked(asked.format, False, _regions(said["regions"]), asked.sealed)


def _common(said: Mapping[str, str], formats: Sequence[str]) -> Asked:
    form = said.get("format", "")
    if form and form not in formats:
        raise NotAnswered("UnsupportedFormat", f"This endpoint gives {' and '.join(formats)}.")
    cls = said.get("class")
    if cls not in (None, "header"):
        raise NotAnswered("InvalidInput", "class is header, or is left out.")
    tags, notags = (set(filter(None, said.get(name, "").split(","))) for name in ("tags", "notags"))
    if tags & notags:
        raise NotAnswered("InvalidInput", "tags and notags name the same tag.")
    scheme = said.get("encryptionScheme")
    if scheme not in (None, "c4gh"):
        raise NotAnswered("InvalidInput", "encryptionScheme is c4gh, or is left out.")
    return Asked(form, cls == "header", None, scheme == "c4gh")


def _regions(said: Any) -> tuple[Stretch, ...]:
    if not isinstance(said, list) or not said:
        raise NotAnswered("InvalidInput", "regions is a list with at least one region.")
    if len(said) > MOST_REGIONS:
        raise NotAnswered("PayloadTooLarge", f"At most {MOST_REGIONS:,} regions are given at once.")
    found = []
    for one in said:
        if not isinstance(one, dict) or not isinstance(one.get("referenceName"), str):
            raise NotAnswered("InvalidInput", "Each region has a referenceName.")
        if set(one) - {"referenceName", "start", "end"}:
            raise NotAnswered("InvalidInput", "A region has a field that is not known.")
        start, end = (_whole(one[key], key) if key in one else None for key in ("start", "end"))
        name = _name(one["referenceName"])
        if name == UNPLACED:
            if start is not None or end is not None:
                raise NotAnswered("InvalidInput", "start and end need a referenceName that is not *.")
            found.append(Stretch(UNPLACED, 0, LAST))
            continue
        if start is not None and end is not None and start >= end:
            raise NotAnswered("InvalidRange", "A region's start is not less than its end.")
        found.append(Stretch(name, start or 0, LAST if end is None else end))
    return tuple(found)


def _text(value: Any, name: str) -> str:
    """A parameter of a body: text, or for lists of names a list of them."""
    if isinstance(value, str):
        return value
    if name in ("fields", "tags", "notags") and isinstance(value, list) and all(isinstance(v, str) for v in value):
        return ",".join(value)
    raise NotAnswered("InvalidInput", f"{name} is no text.")


def _name(text: str) -> str:
    if not 0 < len(text) <= 200 or not text.isprintable():
        raise NotAnswered("NotFound", "There is no reference sequence of that name.")
    return text


def _given(said: Mapping[str, str], name: str) -> int | None:
    if name not in said:
        return None
    text = said[name]
    if not _WHOLE.fullmatch(text) or int(text) > LAST:
        raise NotAnswered("InvalidInput", f"{name} is a whole number from 0 on.")
    return int(text)


def _whole(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LAST:
        raise NotAnswered("InvalidInput", f"{name} is a whole number from 0 on.")
    return value
