"""The receipt of a package, and the line that a laboratory's list shows of it."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from embla.submission.model.finding import Finding


@dataclass(frozen=True)
class GenomeReceipt:
    """One genome that is in the database now; of germline origin, it counts. `person` is our pseudonym, `key` what the
    laboratory calls the person (or ""); `skipped` are sentences about what reading left out or turned into no-calls."""

    accession: str
    person: str
    key: str
    role: str
    sample: str
    assay: str
    calls: int
    skipped: tuple[str, ...]
    origin: str = "germline"


@dataclass(frozen=True)
class SampleReceipt:
    """One sample that is kept. `accession` is "" where it became no genome; `equivalents` None when not computable,
    and `because` says how they came about, or why not."""

    assay_id: str
    sample: str
    accession: str
    assay: str
    material: str
    origin: str
    depth: float | None
    equivalents: int | None
    because: str


@dataclass(frozen=True)
class Acknowledgement:
    """Given after the commit; the same package gets the same one ever after.

    `event` is the number of the event in the log, `manifest` the state of the cohort store from which on the genomes
    count (0 and "" where there was none yet), `replaced` the accessions that a correction took out. `samples` are all
    samples, `specimens` what is not human, `rules` the rule set of the check. `test`: nothing was kept or counted.
    `before`: this sending changed nothing, as the package had been taken before; the receipt itself is the same.
    """

    submission: str
    package: str
    package_hash: str
    laboratory: str
    case: str
    accepted_at: datetime
    event: int
    manifest_number: int
    manifest_digest: str
    genomes: tuple[GenomeReceipt, ...]
    replaced: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    samples: tuple[SampleReceipt, ...] = ()
    specimens: tuple[str, ...] = ()
    rules: int = 1
    test: bool = False
    before: bool = field(default=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Plain values, times as ISO 8601; what is the same whenever it is asked for."""
        told = asdict(self)
        del told["before"]
        return told | {
            "accepted_at": self.accepted_at.isoformat(),
            "genomes": [asdict(genome) | {"skipped": list(genome.skipped)} for genome in self.genomes],
            "replaced": list(self.replaced),
            "warnings": list(self.warnings),
            "samples": [asdict(sample) for sample in self.samples],
            "specimens": list(self.specimens),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Acknowledgement":
        """The inverse of `to_json`; an older one says less."""
        genomes = tuple(GenomeReceipt(**item | {"skipped": tuple(item["skipped"])}) for item in values["genomes"])
        return cls(
            **values
            | {
                "accepted_at": datetime.fromisoformat(values["accepted_at"]),
                "genomes": genomes,
                "replaced": tuple(values["replaced"]),
                "warnings": tuple(values["warnings"]),
                "samples": tuple(SampleReceipt(**item) for item in values.get("samples", ())),
                "specimens": tuple(values.get("specimens", ())),
            }
        )


@dataclass(frozen=True)
class Submission:
    """A package as its laboratory's list shows it. `state` accepted (and tested) has an acknowledgement, refused has
    findings;
    `corrected_by` is the submission that took its place."""

    id: str
    package: str
    package_hash: str
    laboratory: str
    kind: str
    case: str
    patient_group: str
    type: str
    state: Literal["accepted", "refused", "tested"]
    received_at: datetime
    decided_at: datetime
    actor: str
    genomes: int
    attempts: int
    corrected_by: str | None
    findings: tuple[Finding, ...]
    acknowledgement: Acknowledgement | None

    def to_json(self) -> dict[str, Any]:
        """Plain values, times as ISO 8601."""
        return {
            name: getattr(self, name)
            for name in ("id", "package", "package_hash", "laboratory", "kind", "type", "case")
        } | {
            "patient_group": self.patient_group,
            "state": self.state,
            "received_at": self.received_at.isoformat(),
            "decided_at": self.decided_at.isoformat(),
            "actor": self.actor,
            "genomes": self.genomes,
            "attempts": self.attempts,
            "corrected_by": self.corrected_by,
            "findings": [finding.to_json() for finding in self.findings],
            "acknowledgement": self.acknowledgement.to_json() if self.acknowledgement else None,
        }
