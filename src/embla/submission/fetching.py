"""A laboratory gets back what it sent, byte for byte: decided and logged for each file before a byte leaves."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from embla.errors import NotFound, Refused
from embla.policy import About, Action
from embla.registry import assays_of_submission, files_of_assays, permit
from embla.submission.deposit import deposited, own_submission
from embla.submission.model.acknowledgement import Submission
from embla.submission.model.deposit import DepositFile
from embla.submission.tables import submissions
from embla.vault import Vault

if TYPE_CHECKING:
    from embla.platform import Actor, House

_CHUNK: Final = 1 << 20


def files_to_fetch(house: "House", actor: "Actor", submission: str) -> tuple[str, tuple[DepositFile, ...]]:
    """The manifest as it was sent, and the files of an accepted submission, in the order of their numbers."""
    found = own_submission(house, actor, submission)
    if found.state != "accepted":
        raise Refused("Nothing is kept of a package that was not accepted.")
    with house.database.reading() as connection:
        query = select(submissions.c.manifest).where(submissions.c.id == found.id)
        return connection.execute(query).scalar_one(), deposited(connection, found.id)


def fetch_file(
    house: "House", actor: "Actor", submission: str, number: int, *, start: int = 0
) -> tuple[DepositFile, Iterator[bytes]]:
    """One file from byte `start` on. The read is in the log when this returns.

    NotPermitted for whoever is not of its laboratory; Refused when the file holds data of somebody who withdrew, and
    stays for others only.
    """
    found = own_submission(house, actor, submission)
    with house.database.reading() as connection:
        files = deposited(connection, found.id)
        if not 0 <= number < len(files):
            raise NotFound(f"This submission has no file {number}.")
        file = files[number]
        left = [one for one in assays_of_submission(connection, found.id) if one.state == "withdrawn"]
        theirs = file.sha256 in files_of_assays(connection, [one.id for one in left])
    about = About(laboratory=found.laboratory, submission=found.id, file=file.sha256, case=_case(found))
    decision = permit(house.database, actor, Action.FETCH_DEPOSIT, purpose="reporting", clock=house.clock, about=about)
    if theirs:
        raise Refused("This file holds data of a person who withdrew.", mend="It is given to nobody any more.")
    vault = Vault(house)
    if not vault.holds(file.sha256):
        raise NotFound("This file is not kept any more.", mend="Its person withdrew, or the operator restores it.")
    opened = vault.open(file.sha256, decision)
    return file, (opened.read(at, _CHUNK) for at in range(start, opened.size, _CHUNK))


def _case(found: Submission) -> str | None:
    return found.acknowledgement.case or None if found.acknowledgement is not None else None
