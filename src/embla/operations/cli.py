"""`embla doctor`, `embla backup`, `embla restore`, `embla upgrade`. Everything heavy is imported inside its command."""

import json as json_
import sys
from dataclasses import asdict
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import Annotated, Any

import typer

from embla.sure import make_sure

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
Place = Annotated[Path, typer.Argument(metavar="REPOSITORY", help="Folder of the backups.")]
Which = Annotated[str | None, typer.Option("--backup", help="Id of the backup [default: the newest].")]
RecoveryKey = Annotated[
    Path | None, typer.Option(help="Private half of the recovery key, which opens the keys inside a backup.")
]

Pruning = Annotated[
    str | None,
    typer.Option("--yes", metavar="REPOSITORY", help="Do not ask: this is the repository, and it cannot be undone."),
]

_PLAIN: dict[str, Any] = {"pretty_exceptions_enable": False, "rich_markup_mode": None}
doctor = typer.Typer(**_PLAIN)
backup = typer.Typer(no_args_is_help=True, help="Copies of this home, and the proof that they come back.", **_PLAIN)
restore = typer.Typer(**_PLAIN)
upgrade = typer.Typer(**_PLAIN)
_MARKS = {"ok": "ok  ", "warn": "WARN", "bad": "BAD "}


@doctor.command()
def examine(context: typer.Context, json: Json = False) -> None:
    """Look at everything that can go wrong unnoticed: keys, disk, clock, log, store, backups. Exit code 1 when bad."""
    from embla.operations.doctor import examine as look
    from embla.operations.retold import SHAPES
    from embla.platform import retold

    findings = look(context.obj(create=False))
    for finding in findings:
        if json:
            typer.echo(json_.dumps(asdict(finding)))
            continue
        typer.echo(f"{_MARKS[finding.state]} {finding.name:<13} {retold(finding.text, SHAPES)}")
        if finding.mend and finding.state != "ok":
            typer.echo(f"{'':<19}-> {retold(finding.mend, SHAPES)}")
    bad = sum(finding.state == "bad" for finding in findings)
    warned = sum(finding.state == "warn" for finding in findings)
    told = _("{n} findings: {bad} bad, {warned} to mend soon.")
    _say(told.format(n=len(findings), bad=bad, warned=warned))
    if bad:
        raise typer.Exit(1)


@backup.command()
def make(
    context: typer.Context,
    repository: Place,
    full: Annotated[bool, typer.Option("--full", help="Read every file again, also those that never change.")] = False,
    json: Json = False,
) -> None:
    """Make a backup while the home is in use; what is in the repository already is not copied again."""
    from embla.operations.backup import back_up
    from embla.operations.repository import Repository
    from embla.storage import Folder

    house = context.obj(create=False)
    made = back_up(house, Repository.open(Folder(repository), create=True), full=full, say=_say)
    if not made.keys:
        _say(_("The keys are not in it: see `embla backup keygen` and `embla backup recovery-key`."))
    if made.left_out:
        settings = house.settings
        copied = (
            f"{settings.files_copy} has to hold them." if settings.files_copy else "NOTHING ELSE IS KNOWN TO HOLD THEM."
        )
        _say(f"The kept files lie in {settings.files_at} and are NOT in this backup: {copied}")
        _say("`embla doctor` looks for them there; EMBLA_FILES_COPY says where, or `repository` for backups.")
    _tell_backup(made, json)


@backup.command("list")
def list_(repository: Place, json: Json = False) -> None:
    """List the backups of a repository, oldest first."""
    found, rotten = _open(repository).readable()
    for one in found:
        _tell_backup(one, json)
    if not found and not rotten:
        _say(_("No backup yet."))
    for ident in rotten:
        told = _("The list of {backup} has rotted: copy it anew from another copy of the repository, or delete it.")
        _say(told.format(backup=f"backups/{ident}.json"))
    if rotten:
        raise typer.Exit(1)


@backup.command()
def verify(repository: Place, which: Which = None) -> None:
    """Read every byte of a backup and compare it with its hash. Exit code 1 when something is missing or has rotted."""
    opened = _open(repository)
    chosen = opened.backup(which)
    opened.all_erased()
    read = opened.verify(chosen)
    told = _("{backup}: {objects} objects, {size} bytes, sound")
    typer.echo(told.format(backup=chosen.id, objects=len(chosen.objects), size=read))


@backup.command()
def drill(
    context: typer.Context,
    repository: Place,
    which: Which = None,
    recovery_key: RecoveryKey = None,
    scratch: Annotated[Path | None, typer.Option(help="Folder with room for a whole home.")] = None,
    json: Json = False,
) -> None:
    """Restore a backup into an empty folder, compare everything, throw it away, and note in the log how it went."""
    from embla.operations.keys import recovery_private
    from embla.operations.restoring import drill as try_it

    opened = _open(repository)
    private = recovery_private(recovery_key) if recovery_key else None
    outcome = try_it(
        context.obj(create=False), opened, opened.backup(which), recovery_key=private, scratch=scratch, say=_say
    )
    _tell_restored(outcome, json)


@backup.command()
def prune(
    repository: Place,
    keep: Annotated[int, typer.Option(min=1, help="Newest backups to keep.")] = 14,
    keep_months: Annotated[int, typer.Option(min=0, help="Months of which the newest backup is kept too.")] = 12,
    yes: Pruning = None,
) -> None:
    """Delete old backups, and the objects that no backup needs any more.

    It cannot be undone, so it says which would go and asks for the repository once more; a timer gives it with --yes.
    """
    from embla.operations.model import to_prune
    from embla.platform import utc_now

    opened = _open(repository)
    times = {one.id: one.made_at for one in opened.backups()}
    old = sorted(to_prune(times, keep=keep, keep_months=keep_months, now=utc_now()), key=lambda one: times[one])
    if old:
        told = ngettext(
            "{n} of {all} backups would be deleted, of {first}.",
            "{n} of {all} backups would be deleted, made between {first} and {last}.",
            len(old),
        )
        days = {"first": f"{times[old[0]]:%Y-%m-%d}", "last": f"{times[old[-1]]:%Y-%m-%d}"}
        make_sure(str(repository), told.format(n=len(old), all=len(times), **days), yes)
    gone, objects = opened.remove(old)
    done = _("{gone} backups and {objects} objects deleted, {kept} backups kept")
    typer.echo(done.format(gone=gone, objects=objects, kept=len(times) - gone))


@backup.command()
def keygen(
    private: Annotated[Path, typer.Argument(help="File for the private half: move it into a safe.")],
    public: Annotated[Path, typer.Argument(help="File for the public half.")],
) -> None:
    """Make a recovery key. Only its private half opens the keys inside backups; it must not stay on this machine."""
    import os

    from embla.errors import NameTaken
    from embla.operations.keys import generate

    for path in (private, public):
        if path.exists():
            raise NameTaken(f"{path} is there already.", mend="Give a new name; a key is never overwritten.")
    secret, open_ = generate()
    with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret)
    public.write_text(open_)
    typer.echo(str(public))


@backup.command("recovery-key")
def set_recovery_key(
    repository: Place, public: Annotated[Path, typer.Argument(help="Public half of the recovery key.")]
) -> None:
    """Seal the home's keys to this recovery key from the next backup on."""
    from embla.operations.keys import public_bytes
    from embla.operations.repository import Repository
    from embla.storage import Folder

    text = public.read_text("utf-8")
    public_bytes(text)
    Repository.open(Folder(repository), create=True).set_recovery_key(text)


@restore.command()
def bring_back(
    repository: Place,
    home: Annotated[Path, typer.Option(help="New, empty folder for the home.")],
    which: Which = None,
    recovery_key: RecoveryKey = None,
    keys: Annotated[Path | None, typer.Option(help="Folder with the home's own keys, instead.")] = None,
    database_url: Annotated[str, typer.Option(help="URL of a new, empty database [default: SQLite in the home].")] = "",
    identity_url: Annotated[
        str, typer.Option(help="URL of a new, empty database for the identity zone [default: SQLite in the home].")
    ] = "",
    json: Json = False,
) -> None:
    """Bring a home back from a backup into a new folder. Every file, row, event and genome is compared on the way."""
    from embla.operations.keys import recovery_private
    from embla.operations.restoring import restore as bring
    from embla.platform import read_settings

    opened = _open(repository)
    private = recovery_private(recovery_key) if recovery_key else None
    settings = read_settings(home=home, database_url=database_url or None, identity_url=identity_url or None)
    outcome = bring(opened, opened.backup(which), settings, recovery_key=private, keys=keys, say=_say)
    _tell_restored(outcome, json)


@upgrade.command()
def bring_up(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Try it on a copy; change nothing.")] = False,
    json: Json = False,
) -> None:
    """Bring the home to this version. With --dry-run: say what that would do and how long it takes."""
    from embla.operations.upgrading import rehearse
    from embla.platform import read_settings

    told = rehearse(read_settings())
    if json:
        typer.echo(json_.dumps(asdict(told) | {"done": not dry_run}))
    else:
        typer.echo(f"database: format {told.format} -> {told.to}, {told.steps} steps, {told.seconds:.1f} s on a copy")
        typer.echo(_("log: {n} events chain after it").format(n=told.events))
    if dry_run:
        return
    house = context.obj(create=False)
    _say(_("The home {place} is of this version.").format(place=house.home))


def _open(place: Path) -> Any:
    from embla.operations.repository import Repository
    from embla.storage import Folder

    return Repository.open(Folder(place, create=False))


def _tell_backup(one: Any, json: bool) -> None:
    line = {
        "backup": one.id,
        "made_at": one.made_at.isoformat(),
        "version": one.version,
        "genomes": one.genomes,
        "events": one.log_events,
        "files": len(one.files),
        "bytes": one.size,
        "keys": bool(one.keys),
        "zone": bool(one.zone),
        "left_out": list(one.left_out),
    }
    if json:
        typer.echo(json_.dumps(line))
    else:
        keys = "with keys" if one.keys else "without keys"
        typer.echo(f"{one.id}\t{one.genomes} genomes\t{one.log_events} events\t{one.size / 1e6:,.1f} MB\t{keys}")


def _tell_restored(outcome: Any, json: bool) -> None:
    values = asdict(outcome) | {"made_at": outcome.made_at.isoformat(), "seconds": round(outcome.seconds, 2)}
    if json:
        typer.echo(json_.dumps(values))
        return
    minutes = outcome.seconds / 60
    typer.echo(
        f"{outcome.backup}: {outcome.files} files, {outcome.rows} rows, {outcome.events} events, "
        f"{outcome.genomes} genomes, all equal, in {minutes:.1f} minutes"
    )
    if outcome.withdrawn_again:
        typer.echo(f"{outcome.withdrawn_again} genomes had been withdrawn since and were withdrawn again")


def _say(line: str) -> None:
    print(line, file=sys.stderr)
