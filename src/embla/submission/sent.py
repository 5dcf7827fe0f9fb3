"""What a laboratory sent of one genome: its files, and what reading them left to say. For those who give it back."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, select

from embla.errors import NotFound
from embla.policy import Action, Decision, prove
from embla.registry import Genome
from embla.submission.model.manifest import Sample
from embla.submission.package import read_manifest
from embla.submission.store import find_submission
from embla.submission.tables import submission_files, submissions
from embla.vault import Vault

if TYPE_CHECKING:
    from embla.platform import House

_CHUNK: Final = 1 << 20
_INDEXES: Final = (".bai", ".csi", ".tbi", ".crai")


@dataclass(frozen=True)
class SentFile:
    """One file as it was sent. `shared`: accessions of others whose calls it holds too (a joint file of a trio)."""

    path: str
    sha256: str
    size: int
    format: str
    shared: tuple[str, ...] = ()


@dataclass(frozen=True)
class SentGenome:
    """What the acceptance recorded. `mean_depth` as the laboratory states it, None where it does not; `skipped` and
    `warnings` are sentences of the reading and of the package."""

    files: tuple[SentFile, ...]
    mean_depth: float | None
    role: str
    skipped: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def sent_genome(connection: Connection, genome: Genome) -> SentGenome | None:
    """What was sent of a genome; None where its submission is not on record."""
    submission = find_submission(connection, genome.submission)
    if submission is None or submission.acknowledgement is None:
        return None
    receipts = {receipt.sample: receipt for receipt in submission.acknowledgement.genomes}
    raw = connection.execute(select(submissions.c.manifest).where(submissions.c.id == submission.id)).scalar_one()
    manifest = read_manifest(raw.encode()).manifest
    own = next((r for r in receipts.values() if r.accession == genome.accession), None)
    samples = {sample.id: sample for _, _, _, sample in manifest.samples()}
    if own is None or own.sample not in samples:
        return None
    sample = samples[own.sample]
    others = {
        path: tuple(
            receipts[other.id].accession
            for other in samples.values()
            if other is not sample and other.id in receipts and path in _paths(other)
        )
        for path in _paths(sample)
    }
    rows = connection.execute(select(submission_files).where(submission_files.c.submission == submission.id))
    files = {row.path: row for row in rows}
    return SentGenome(
        files=tuple(
            SentFile(path, files[path].sha256, files[path].size, files[path].format, shared)
            for path, shared in others.items()
            if path in files
        ),
        mean_depth=sample.measured.mean_depth,
        role=own.role,
        skipped=own.skipped,
        warnings=submission.acknowledgement.warnings,
    )


def index_beside(connection: Connection, genome: Genome, sha256: str) -> str | None:
    """SHA-256 of the index that was sent with a file of a genome: the file's name with an ending behind it, or in the
    place of its own. None where there was none."""
    rows = connection.execute(
        select(submission_files.c.path, submission_files.c.sha256).where(
            submission_files.c.submission == genome.submission
        )
    )
    paths = {row.path: row.sha256 for row in rows}
    path = next((path for path, digest in paths.items() if digest == sha256), None)
    if path is None:
        return None
    names = [f"{path}{end}" for end in _INDEXES] + [str(PurePosixPath(path).with_suffix(end)) for end in _INDEXES]
    return next((paths[name] for name in names if name in paths), None)


def _paths(sample: Sample) -> list[str]:
    return sample.paths


def read_sent(
    house: "House", file: SentFile, decision: Decision, start: int = 0, end: int | None = None
) -> Iterator[bytes]:
    """Bytes `start` to `end` (0-based, end not included) of a file as it was sent, in pieces.

    `decision`: allowed, for just this file, and in the log already; else NotPermitted and nothing is opened.
    """
    vault = _holding(house, file, decision)
    opened = vault.open(file.sha256, decision)
    last = opened.size if end is None else min(end, opened.size)
    return (opened.read(at, min(_CHUNK, last - at)) for at in range(max(start, 0), last, _CHUNK))


def seal_sent(
    house: "House", file: SentFile, decision: Decision, reader: bytes, *, body: bool = False
) -> Iterator[bytes]:
    """A Crypt4GH header for the public key `reader`, with `body` the encrypted body after it; else as `read_sent`."""
    vault = _holding(house, file, decision, Action.SEND_PERSON_DATA)
    yield vault.export_header(file.sha256, reader, decision)
    if body:
        yield from vault.body(file.sha256, decision)


def _holding(house: "House", file: SentFile, decision: Decision, action: Action = Action.READ_FILE) -> Vault:
    """The vault, once the decision is proven and the file is in it."""
    prove(house.database, decision, [action], [f"file:{file.sha256}"], room="submission")
    vault = Vault(house)
    if not vault.holds(file.sha256):
        raise NotFound(
            "This file is not kept any more.",
            mend="Ask the laboratory for it; a home from before files were encrypted needs `embla vault bring-in`.",
        )
    return vault
