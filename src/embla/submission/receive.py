"""Receiving: a package becomes genomes that count, in one transaction, and only then is acknowledged.

    check -> files content-addressed, verified by re-reading -> segment and manifest that nobody sees
    -> one transaction: store pointer, genome rows, event, acknowledgement

Whatever dies between two steps leaves files that nothing refers to, and `sweep` removes those. The same package (by the
hash of its manifest, which holds the hash of every file) gets the acknowledgement it got the first time.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from embla.errors import Conflict, NotPermitted, Unavailable
from embla.platform import Actor, House, append_event, current_manifest, move_manifest
from embla.policy import Action
from embla.registry import permit, tell_rooms
from embla.submission.accept import accept, plan, stage
from embla.submission.check import Checked, Progress, Reading, check_package, check_rest
from embla.submission.judge import judge, judge_laboratory
from embla.submission.keep import keep_files
from embla.submission.model.acknowledgement import Acknowledgement
from embla.submission.model.finding import Finding, PackageRefused
from embla.submission.package import Package, open_package
from embla.submission.promises import note_cut_off
from embla.submission.scan import scan
from embla.submission.store import find_by_hash, save_refused
from embla.submission.sweep import note_state
from embla.vault import Vault

# How much is held in memory and committed at once. One package is always taken whole.
BATCH_GENOMES: Final = 64
BATCH_BYTES: Final = 256 << 20
_TRIES: Final = 8
_KEEPERS: Final = 4

Outcome = Acknowledgement | PackageRefused


@dataclass(frozen=True)
class _Ready:
    """A package that passed the check and waits for its batch. `place`: index in the call; `kept`: its files are."""

    place: int
    checked: Checked
    received_at: datetime
    kept: "Future[None]"

    @property
    def package(self) -> Package:
        return self.checked.package


class _AcknowledgedLate(Exception):
    """Somebody else sent the very same package, and it was accepted between our check and our commit."""

    def __init__(self, ready: _Ready, acknowledgement: Acknowledgement) -> None:
        super().__init__()
        self.ready = ready
        self.acknowledgement = acknowledgement


class _RefusedLate(Exception):
    """The registers changed between check and commit, and refuse this one now."""

    def __init__(self, ready: _Ready, findings: Sequence[Finding]) -> None:
        super().__init__()
        self.ready = ready
        self.findings = findings


def receive(
    house: House,
    actor: Actor,
    package: Path | Package,
    *,
    progress: Progress | None = None,
    hashed: bool = False,
) -> Acknowledgement:
    """Take in one package, from its folder or already open. `hashed`: its files were hashed on their way in.

    Raises PackageRefused with every error (nothing is kept or counted then), NotPermitted when policy says no.
    """
    _, outcome = next(receive_many(house, actor, [package], progress=progress, hashed=hashed))
    if isinstance(outcome, PackageRefused):
        raise outcome
    return outcome


def receive_many(
    house: House,
    actor: Actor,
    packages: Iterable[Path | Package],
    *,
    progress: Progress | None = None,
    hashed: bool = False,
) -> Iterator[tuple[int, Outcome]]:
    """Take in many packages, some dozens of genomes to a commit; gives (index, outcome), each after its commit.

    A refused package does not keep the others from being taken. NotPermitted stops at the package that is not allowed;
    what was given before it stays.
    """
    # Files are written and synced while the next package is read: the disk waits for itself, not for us.
    with ThreadPoolExecutor(_KEEPERS) as keepers:
        yield from _receive_many(house, actor, packages, progress, hashed, keepers)


def _receive_many(
    house: House,
    actor: Actor,
    packages: Iterable[Path | Package],
    progress: Progress | None,
    hashed: bool,
    keepers: Executor,
) -> Iterator[tuple[int, Outcome]]:
    waiting: list[_Ready] = []
    allowed: set[str] = set()
    for place, given in enumerate(packages):
        received_at, package = house.clock(), None
        try:
            package = given if isinstance(given, Package) else open_package(given)
            if _depends(package, waiting):
                yield from _commit(house, actor, waiting)
                waiting = []
            if package.manifest.laboratory not in allowed:
                permit_report(house, actor, package)
                allowed.add(package.manifest.laboratory)
            known = acknowledged(house, package)
            if known is not None:
                yield place, replace(known, before=True)
                continue
            checked = _noting(house, actor, package, received_at, progress, hashed)
            kept = keepers.submit(_keep, Vault(house), package)
            ready = _Ready(place, checked, received_at, kept)
        except PackageRefused as refused:
            if package is None:
                yield place, _told_all(house, actor, refused, progress)
                continue
            # The same package may have been accepted meanwhile, and then its own genomes are what it repeats.
            known = acknowledged(house, package)
            yield place, refused if known is None else replace(known, before=True)
            continue
        except NotPermitted:
            yield from _commit(house, actor, waiting)
            raise
        if _too_much([*waiting, ready]):
            yield from _commit(house, actor, waiting)
            waiting = []
        waiting.append(ready)
    yield from _commit(house, actor, waiting)


def reading_of(house: House) -> Reading:
    """How this home reads calls: by its store's policy and reference, so that every genome is read alike."""
    from embla.genome import GRCH38

    if house.store.reference_problem:
        raise Unavailable(house.store.reference_problem, mend="Put the reference back; nothing was taken in.")
    house.store.check_rules()
    return Reading(GRCH38, house.store.reference, house.store.policy)


def _depends(package: Package, waiting: Sequence[_Ready]) -> bool:
    """True when this one can only be judged once a waiting one is committed."""
    earlier = [one.package for one in waiting]
    return any(
        package.hash == other.hash or other.manifest.package in (package.manifest.corrects, package.manifest.follows)
        for other in earlier
    )


def permit_report(house: House, actor: Actor, package: Package) -> None:
    """Permission first. Who may speak for the laboratory hears what the registers have against it (PackageRefused);
    others hear no more than NotPermitted."""
    laboratory = package.manifest.laboratory
    today = house.clock().date()
    with house.database.reading() as connection:
        findings = judge_laboratory(connection, package, on=today)
    if findings and (actor.has("operator") or actor.laboratory == laboratory):
        raise PackageRefused(findings, package.manifest.package)
    permit(house.database, actor, Action.SUBMIT, purpose="reporting", clock=house.clock, laboratory=laboratory)


def _told_all(house: House, actor: Actor, refused: PackageRefused, progress: Progress | None) -> PackageRefused:
    """A manifest that breaks the schema: with all that the other rules say, for whoever may report for the laboratory
    that it names. Its list then has it, with the findings and nothing of the manifest itself."""
    if refused.rest is None:
        return refused
    received_at = house.clock()
    try:
        permit_report(house, actor, refused.rest)
    except (NotPermitted, PackageRefused):
        return refused
    today = house.clock().date()
    checked = check_rest(refused, reading_of(house), on=today, progress=progress)
    with house.database.reading() as connection:
        judged = refused.rest.heard(judge(connection, refused.rest, checked.genomes, on=today, settings=house.settings))
    findings = [*checked.findings, *judged]
    note_refusal(house, actor, refused.rest, findings, received_at, bare=True)
    return PackageRefused(findings, refused.rest.manifest.package)


def acknowledged(house: House, package: Package) -> Acknowledgement | None:
    """What this package, by its hash, got when it was sent before; None for one that was not taken."""
    with house.database.reading() as connection:
        earlier = find_by_hash(connection, package.hash)
    return earlier.acknowledgement if earlier is not None else None


def _noting(
    house: House,
    actor: Actor,
    package: Package,
    received_at: datetime,
    progress: Progress | None,
    hashed: bool,
) -> Checked:
    """Checked; where a disk or the database refuses, the log says that the package was cut off."""
    try:
        return _check(house, actor, package, received_at, progress, hashed)
    except (OSError, Unavailable) as error:
        note_cut_off(house, actor, [package], error)
        raise


def _check(
    house: House,
    actor: Actor,
    package: Package,
    received_at: datetime,
    progress: Progress | None,
    hashed: bool,
) -> Checked:
    """PackageRefused with every error there is."""
    today = house.clock().date()
    checked = check_package(package, reading_of(house), on=today, progress=progress, hashed=hashed)
    harmful = [] if checked.refused else scan(package, house.settings.scan_command)
    with house.database.reading() as connection:
        judged = judge(connection, package, checked.genomes, on=today, settings=house.settings)
    everything = replace(checked, findings=(*judged, *checked.findings, *harmful))
    if everything.refused:
        note_refusal(house, actor, package, everything.findings, received_at)
        raise PackageRefused(everything.findings, package.manifest.package)
    return everything


def note_refusal(
    house: House,
    actor: Actor,
    package: Package,
    findings: Sequence[Finding],
    received_at: datetime,
    *,
    bare: bool = False,
) -> None:
    """Keep what was found, so that the laboratory's list shows it; an accepted package of this hash stays accepted."""
    at = house.clock()
    with house.database.transaction() as connection:
        known = find_by_hash(connection, package.hash)
        if known is not None and known.state == "accepted":
            return
        submission = known.id if known is not None else "S" + house.new_id()
        rules = sorted({finding.rule for finding in findings if finding.severity == "error"})
        save_refused(
            connection, package, submission, findings, actor=actor.id, at=at, received_at=received_at, bare=bare
        )
        append_event(
            connection,
            at=at,
            actor=actor.id,
            kind="submission-refused",
            subject=f"submission:{submission}",
            body={"laboratory": package.manifest.laboratory, "package_hash": package.hash, "rules": rules},
        )


def _keep(vault: Vault, package: Package) -> None:
    """Keep the files; of a test nothing is kept."""
    if package.manifest.type != "test":
        keep_files(vault, package)


def _keeps(one: _Ready) -> bool:
    return one.package.manifest.type != "test"


def _too_much(batch: Sequence[_Ready]) -> bool:
    genomes = sum(len(one.checked.genomes) for one in batch)
    size = sum(file.size for one in batch for file in one.package.manifest.files)
    return len(batch) > 1 and (genomes > BATCH_GENOMES or size > BATCH_BYTES)


def _commit(house: House, actor: Actor, batch: Sequence[_Ready]) -> Iterator[tuple[int, Outcome]]:
    """Stage and commit; a package that the registers refuse by now is told so and left out of the next try."""
    left = list(batch)
    tries = 0
    while left:
        try:
            acknowledgements = _commit_all(house, actor, left)
        except (OSError, Unavailable) as error:
            note_cut_off(house, actor, [one.package for one in left], error)
            raise
        except _AcknowledgedLate as late:
            left.remove(late.ready)
            yield late.ready.place, late.acknowledgement
        except _RefusedLate as late:
            left.remove(late.ready)
            note_refusal(house, actor, late.ready.package, late.findings, late.ready.received_at)
            yield late.ready.place, PackageRefused(late.findings, late.ready.package.manifest.package)
        except Conflict:
            tries += 1
            if tries == _TRIES:
                raise
        else:
            for one, acknowledgement in zip(left, acknowledgements, strict=True):
                yield one.place, acknowledgement
            return


def _commit_all(house: House, actor: Actor, batch: Sequence[_Ready]) -> list[Acknowledgement]:
    """One staging, one transaction. Conflict when somebody else moved the store's pointer meanwhile."""
    acknowledgements = []
    for one in batch:
        one.kept.result()
    with house.store.writing():
        for one in filter(_keeps, batch):
            # A sweeper may have come by since; it takes turns with us on the store's lock.
            keep_files(Vault(house), one.package, verify=False)
        with house.database.reading() as connection:
            base = current_manifest(connection)
            planned = plan(connection, [one.checked for one in batch])
        staged = stage(house.store, planned, base)
        state = staged.manifest if staged is not None else base
        alike = dict(staged.alike) if staged is not None else {}
        with house.database.transaction() as connection:
            if staged is not None:
                move_manifest(connection, base, staged.manifest)
            for one, row in zip(batch, planned, strict=True):
                _judge_again(house, connection, one)
                acknowledgements.append(accept(connection, house, actor, row, state, one.received_at, alike))
        if staged is not None:
            note_state(house, staged)
    if any(row.replaced for row in planned):
        tell_rooms(house)
    return acknowledgements


def _judge_again(house: House, connection: Connection, one: _Ready) -> None:
    """The registers once more, now that nothing can change any more before the commit."""
    earlier = find_by_hash(connection, one.package.hash)
    if earlier is not None and earlier.acknowledgement is not None:
        raise _AcknowledgedLate(one, earlier.acknowledgement)
    findings = judge(connection, one.package, one.checked.genomes, on=house.clock().date(), settings=house.settings)
    if any(finding.severity == "error" for finding in findings):
        raise _RefusedLate(one, findings)
