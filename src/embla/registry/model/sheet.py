"""What is on record of a person: person -> case -> sample -> assay -> file, as one sheet. Pure values.

Ids and a laboratory's own names; no number, no name, no genotype is here to be told.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class FileLine:
    """A file that an assay was read from, as the package called it."""

    path: str
    sha256: str
    format: str


@dataclass(frozen=True)
class AssayLine:
    """One measurement. `depth` in x; `equivalents` None with `because` where not computable; `genome`: its accession,
    None where no callset was read; `validation`: what is known of the pipeline's version at its laboratory today."""

    id: str
    genome: str | None
    assay: str
    technology: str
    origin: str
    depth: float | None
    equivalents: int | None
    because: str
    source: str
    study: str | None
    rules: int
    pipeline: str | None
    pipeline_version: str | None
    validation: str
    submission: str
    accepted: datetime
    state: str
    files: tuple[FileLine, ...]


@dataclass(frozen=True)
class SampleLine:
    """A specimen as the laboratory calls it (`key`). `of_tumour`: of RNA, the id of the tumour's DNA sample."""

    id: str
    key: str
    laboratory: str
    tissue: str
    material: str
    origin: str
    collected: date | None
    of_tumour: str | None
    assays: tuple[AssayLine, ...]


@dataclass(frozen=True)
class CaseLine:
    """A case that samples of the person were reported for. `patient`: the person is its patient, not a relative."""

    id: str
    key: str
    laboratory: str
    patient_group: str
    patient: bool
    opened: date
    closed: date | None
    samples: tuple[SampleLine, ...]


@dataclass(frozen=True)
class Sheet:
    """A person: pseudonym, what the asking laboratory calls them, region (None: not told), and everything beneath."""

    person: str
    keys: tuple[str, ...]
    region: str | None
    cases: tuple[CaseLine, ...]

    def to_json(self) -> dict[str, Any]:
        """Nested plain values; days and times as ISO 8601."""
        made: dict[str, Any] = _plain(asdict(self))
        return made


@dataclass(frozen=True)
class PersonLine:
    """A row of the list: how many cases, samples and assays are on record, and when the last was accepted."""

    person: str
    keys: tuple[str, ...]
    cases: int
    samples: int
    assays: int
    genomes: int
    newest: datetime

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        made: dict[str, Any] = _plain(asdict(self))
        return made


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
