"""Things and their parts: what an id names, and what of it an address gives. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from embla.federation.slicing.regions import Stretch

_ACCESSION: Final = re.compile(r"EMBG[0-9]{11}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
Kind = Literal["raw", "header", "body", "whole"]
# Forms of records; VCFTEXT is VCF without compression (htsget 1.3.1).
FORMS: Final = ("BAM", "CRAM", "VCF", "VCFTEXT", "BCF")


@dataclass(frozen=True)
class Thing:
    """calls: a genome's calls out of the cohort store, by accession; file: a file as it was sent, by its SHA-256."""

    kind: Literal["calls", "file"]
    id: str


def read_thing(text: str) -> Thing | None:
    """The thing that an id could name; None for what is no id of ours."""
    if _ACCESSION.fullmatch(text):
        return Thing("calls", text)
    return Thing("file", text) if _DIGEST.fullmatch(text) else None


@dataclass(frozen=True)
class Part:
    """raw: bytes start..end of a file, as they are. header, body: of `form`; a body of everything, or of `regions`,
    whose first begins after `after`. whole: header, body and end in one."""

    kind: Kind
    form: str = ""
    start: int = 0
    end: int = 0
    regions: tuple[Stretch, ...] | None = None
    after: int = 0

    def to_json(self) -> list[Any]:
        """Short, as it stands in an address."""
        regions = None if self.regions is None else [list(region) for region in self.regions]
        return [self.kind, self.form, self.start, self.end, regions, self.after]

    @classmethod
    def from_json(cls, said: list[Any]) -> "Part":
        """The inverse."""
        kind, form, start, end, regions, after = said
        return cls(kind, form, start, end, None if regions is None else tuple(Stretch(*r) for r in regions), after)


@dataclass(frozen=True)
class Capability:
    """One part of one thing, for whoever showed the token with this id, until `expires`. dataset: in whose name it was
    asked; environment: SHA-256 of the registered key that the answer is sealed for, "" for a plain answer."""

    thing: Thing
    part: Part
    token: str
    dataset: str
    expires: datetime
    environment: str = ""

    def to_json(self) -> Mapping[str, Any]:
        """Plain values."""
        return {
            "i": self.thing.id, "p": self.part.to_json(), "t": self.token, "d": self.dataset,
            "e": int(self.expires.timestamp()), "k": self.environment,
        }  # fmt: skip

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Capability | None":
        """The inverse; None for what names nothing."""
        thing = read_thing(said["i"])
        if thing is None:
            return None
        expires = datetime.fromtimestamp(said["e"], UTC)
        return cls(thing, Part.from_json(said["p"]), said["t"], said["d"], expires, said["k"])
