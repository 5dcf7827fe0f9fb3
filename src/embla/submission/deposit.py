"""Certifying a deposit: read everything again, open it, compare it, look whether it is counted, and only then sign."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select, update

from embla.errors import Broken, NotFound, Refused
from embla.platform import Envelope, append_event, current_manifest, time_text
from embla.policy import About, Action
from embla.registry import assays_of_submission, genomes_of_submission, permit
from embla.submission.model.acknowledgement import Submission
from embla.submission.model.deposit import KIND, Deposit, DepositFile, said_of, told_of
from embla.submission.store import find_submission
from embla.submission.tables import deposits, submission_files
from embla.vault import Vault, kept_since

if TYPE_CHECKING:
    from embla.platform import Actor, House

# How many files were read again, of how many.
Told = Callable[[int, int], None]


def certify_deposit(
    house: "House", actor: "Actor", submission: str, *, again: bool = False, told: Told = lambda done, of: None
) -> Deposit:
    """The signed certificate of an accepted package; one that says "safe" is made once, unless `again` or until a
    correction or a withdrawal makes it say too much.

    Refused for a package that was not accepted or of which nothing was kept; Broken, and in the log, when a file does
    not read back as it was sent: then nothing is signed.
    """
    found = own_submission(house, actor, submission)
    if found.state != "accepted" or found.acknowledgement is None:
        raise Refused("Only an accepted package has a deposit.", mend="Mend what was found and send it again.")
    known = find_deposit(house, actor, submission)
    with house.database.reading() as connection:
        files = deposited(connection, submission)
        reasons = why_keep(connection, found)
    if known is not None and known.safe and not reasons and not again:
        return known
    at = house.clock()
    for number, file in enumerate(files):
        told(number, len(files))
        _read_again(house, actor, submission, file)
    with house.database.reading() as connection:
        store, genomes = _counted(house, connection, submission)
        reasons = list(dict.fromkeys([*reasons, *why_keep(connection, found)]))
    says = said_of(
        submission=found.id,
        package=found.package,
        package_hash=found.package_hash,
        laboratory=found.laboratory,
        accepted_at=time_text(found.decided_at),
        read_at=time_text(at),
        store=store,
        files=files,
        genomes=genomes,
        reasons=reasons,
    )
    text = house.keyring.sign(KIND, says, at=house.clock()).text()
    made = Deposit(found.id, house.clock(), says["safe_to_delete_locally"], text)
    with house.database.transaction() as connection:
        _save(connection, made, actor.id)
        append_event(
            connection, at=made.made_at, actor=actor.id, kind="deposit-certified", subject=f"submission:{found.id}",
            body={"laboratory": found.laboratory, "files": len(files), "safe": made.safe},
        )  # fmt: skip
    return made


def find_deposit(house: "House", actor: "Actor", submission: str) -> Deposit | None:
    """The certificate that was made last, None where none was."""
    own_submission(house, actor, submission)
    with house.database.reading() as connection:
        row = connection.execute(select(deposits).where(deposits.c.submission == submission)).one_or_none()
    return None if row is None else Deposit(row.submission, row.made_at, row.safe, row.certificate)


def own_submission(house: "House", actor: "Actor", submission: str) -> Submission:
    """A submission that the actor may see; another laboratory's is not found, so ids cannot be guessed at."""
    laboratory = actor.laboratory
    purpose = "reporting" if laboratory is not None else "operation"
    about = About(laboratory=laboratory)
    permit(house.database, actor, Action.SEE_OWN_SUBMISSIONS, purpose=purpose, clock=house.clock, about=about)
    with house.database.reading() as connection:
        found = find_submission(connection, submission[:100])
    if found is None or laboratory not in (None, found.laboratory):
        raise NotFound("There is no such submission.", mend="`embla submission list` shows them.")
    return found


def deposited(connection: Connection, submission: str) -> tuple[DepositFile, ...]:
    """The files of an accepted submission, by path."""
    table = submission_files
    rows = connection.execute(select(table).where(table.c.submission == submission).order_by(table.c.path))
    return tuple(DepositFile(row.path, row.sha256, row.size, row.format) for row in rows)


def kept_files(
    connection: Connection, submission: str
) -> list[tuple[DepositFile, tuple[datetime, datetime | None] | None]]:
    """Each file, and since when it is kept and when it was read through; None for one that left with its person."""
    files = deposited(connection, submission)
    known = kept_since(connection, [file.sha256 for file in files])
    return [(file, known.get(file.sha256)) for file in files]


def tell_deposit(envelope: Envelope, path: Path) -> list[str]:
    """What a certificate says, for `embla verify`. Raises Broken when it contradicts itself."""
    return told_of(envelope.says)


def _read_again(house: "House", actor: "Actor", submission: str, file: DepositFile) -> None:
    vault = Vault(house)
    kept = vault.find(file.sha256)
    if kept is None:
        raise Refused(
            f"{file.path} is not kept any more: its person withdrew.", mend="What is left can be fetched.",
        )  # fmt: skip
    problem = vault.problem(kept) or ("" if kept.size == file.size else "The size is not the one that was sent.")
    at = house.clock()
    with house.database.transaction() as connection:
        if not problem:
            vault.read_through(connection, file.sha256, at)
            return
        append_event(
            connection, at=at, actor=actor.id, kind="deposit-failed", subject=f"submission:{submission}",
            body={"file": file.sha256, "problem": problem},
        )  # fmt: skip
    raise Broken(
        f"{file.path} does not read back as it was sent: {problem}",
        mend="Keep your copy. Sending the package again mends the file; the operator looks at the disk.",
    )


def why_keep(connection: Connection, found: Submission) -> list[str]:
    """Why the local copies must stay, as the registers know it."""
    reasons = []
    current = find_submission(connection, found.id)
    if current is not None and current.corrected_by is not None:
        reasons.append("A correction took this package's place.")
    states = {one.state for one in assays_of_submission(connection, found.id)}
    if "withdrawn" in states:
        reasons.append("A person of this package withdrew.")
    return reasons


def _counted(house: "House", connection: Connection, submission: str) -> tuple[str, dict[str, bool]]:
    """The state of the store that was looked at, and which of the package's genomes are in it."""
    genomes = genomes_of_submission(connection, submission)
    state = current_manifest(connection)
    there = house.view(connection).index if genomes else {}
    return (
        str(state) if state is not None else "",
        {one.accession: one.state == "accepted" and one.accession in there for one in genomes},
    )


def _save(connection: Connection, made: Deposit, by: str) -> None:
    values: dict[str, Any] = {"certificate": made.text, "made_at": made.made_at, "made_by": by, "safe": made.safe}
    here = deposits.c.submission == made.submission
    if not connection.execute(update(deposits).where(here).values(**values)).rowcount:
        connection.execute(insert(deposits).values(submission=made.submission, **values))
