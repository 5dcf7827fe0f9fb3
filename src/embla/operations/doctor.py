"""Is this home well? One finding for each thing that can go wrong without anybody noticing.

Every check answers for itself: one that cannot be made is a finding too, and the others still come.
"""

import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from embla.errors import EmblaError, UsageError
from embla.operations.agreed import reporting_agreements
from embla.operations.backup import home_files
from embla.operations.credentials import credentials
from embla.operations.elsewhere import identity_zone, kept_files
from embla.operations.keys import KEYS
from embla.operations.model import BACKUP_HOURS, DRILL_DAYS, GROWTH_DAYS, Finding, full_on
from embla.platform import (
    House,
    check_start,
    current_manifest,
    database_version,
    is_demo_home,
    is_sealed,
    key_files_in,
    log_health,
    newest_events,
    newest_version,
)
from embla.registry import genomes_accepted_by
from embla.vault import Vault, WrappedKeys, probe

Check = Callable[[House], Iterator[Finding]]
# A clock that steps back by less than this is a clock that was set right.
_CLOCK_SLACK = timedelta(minutes=2)
_FULL_SOON = timedelta(days=90)
# What lies among the keys and is no secret.
_OPEN_TO_ALL = ("public", "lock")


def examine(house: House) -> list[Finding]:
    """Every finding, in the order of CHECKS. Changes nothing."""
    found: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            found += check(house)
        except (EmblaError, OSError) as error:
            told = str(error) if isinstance(error, EmblaError) else (error.strerror or type(error).__name__)
            found.append(Finding(name, "bad", f"This could not be looked at: {told}"))
        except (sqlite3.Error, SQLAlchemyError):
            told = "Its database is damaged or does not answer."
            found.append(Finding(name, "bad", told, "embla restore, from the newest backup"))
    return found


def home(house: House) -> Iterator[Finding]:
    """Others on the machine cannot read the home."""
    open_to_others = stat.S_IMODE(house.home.stat().st_mode) & 0o077
    if open_to_others:
        yield Finding("home", "bad", f"{house.home} can be read by others.", f"chmod 700 {house.home}")
    else:
        yield Finding("home", "ok", "The home is readable by its owner alone.")


def database(house: House) -> Iterator[Finding]:
    """The database answers, is of this program's format, and is sound."""
    here, newest = database_version(house.database), newest_version()
    if here != newest:
        yield Finding("database", "warn", f"Its format is {here}; this program's is {newest}.", "embla upgrade")
    if house.database.is_sqlite:
        with house.database.reading() as connection:
            told = connection.execute(text("PRAGMA quick_check(1)")).scalar()
        if told != "ok":
            yield Finding("database", "bad", f"SQLite finds damage: {told}", "embla restore, from the newest backup")
            return
    yield Finding("database", "ok", f"{'SQLite' if house.database.is_sqlite else 'PostgreSQL'}, format {here}, sound.")


def store(house: House) -> Iterator[Finding]:
    """The cohort store opens at the state that the database names."""
    with house.database.reading() as connection:
        genomes = len(house.view(connection))
        manifest = current_manifest(connection)
    behind = manifest != house.store.current()
    if behind:
        yield Finding("store", "warn", "A writer died between commit and publish.", "Any embla command mends it.")
    yield Finding("store", "ok", f"{genomes} genomes, state {manifest.short if manifest else 'empty'}.")


def log(house: House) -> Iterator[Finding]:
    """The log followed to its end against what was signed and copied, and whether it was signed lately."""
    health = log_health(house)
    away = [one for one in health.copies if not one.reachable or one.size < health.signed]
    if not health.intact:
        yield Finding("log", "bad", f"The log is bent: {health.fault}", "embla log status; tell the DPO")
    elif health.age is not None and health.age > 24 * 3600 and health.signed < health.size:
        told = f"{health.size - health.signed} entries were not signed for {health.age / 3600:.0f} hours."
        yield Finding("log", "warn", told, "embla log checkpoint")
    elif away:
        told = f"{len(away)} copies of the checkpoints are behind or away."
        yield Finding("log", "warn", told, "embla log status")
    else:
        yield Finding("log", "ok", f"{health.signed} of {health.size} entries signed, copies in step.")
    sender = house.log_sender
    if sender is None:
        if not house.settings.demo:
            told = "The log is sent to no other machine while it is written."
            yield Finding("log-sent", "warn", told, "Set EMBLA_LOG_COLLECTOR to a collector of syslog over TLS.")
    elif (behind := health.size - sender.sent) and sender.silent(house.clock()):
        told = f"{behind} entries of the log were not taken by the collector for an hour."
        yield Finding("log-sent", "bad", told, "Look whether the collector answers and the server runs.")
    else:
        yield Finding("log-sent", "ok", "The log is sent to another machine.")
    if len(health.copies) < 2:
        told = "Every copy of the checkpoints lies in the home: who holds it can cut the log's end unseen."
        yield Finding("second-place", "warn", told, "Set EMBLA_CHECKPOINT_COPIES to a folder on another machine.")


def vault(house: House) -> Iterator[Finding]:
    """A kept file of each key still opens."""
    found = probe(Vault(house))
    if found.found:
        told = f"{len(found.found)} of {found.tried} kept files do not open: {found.found[0].problem}"
        yield Finding("vault", "bad", told, "Restore the folder `keys`, or the file, from a backup.")
    else:
        yield Finding("vault", "ok", f"{found.tried} kept files open, one for each key.")


def wrapped(house: House) -> Iterator[Finding]:
    """The key-encryption key opens the keys of genomes: two of them, as all were wrapped anew when it changed."""
    held = WrappedKeys(house.database, house.wrapping)
    digests = held.digests()
    try:
        for digest in {*digests[:1], *digests[-1:]}:
            held.find(digest)
    except EmblaError as error:
        told = f"The keys of genomes do not open: {error}"
        yield Finding("genome-keys", "bad", told, "Stop the service; restore the folder `keys` from a backup.")
    else:
        yield Finding("genome-keys", "ok", f"{len(digests)} genomes have a key of their own, and it opens.")


def clock(house: House) -> Iterator[Finding]:
    """The clock has not run back behind the log, and agrees with the database server's."""
    with house.database.reading() as connection:
        newest = newest_events(connection, limit=1).items
    if newest and newest[0].at > house.clock() + _CLOCK_SLACK:
        yield Finding("clock", "bad", "The newest event is in the future: the clock ran back.", "Set the clock (NTP).")
        return
    if not house.database.is_sqlite:
        with house.database.reading() as connection:
            theirs = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar()
        apart = abs(float(theirs or 0) - time.time())
        if apart > 5:
            yield Finding("clock", "bad", f"This machine and the database are {apart:.0f} s apart.", "Set both (NTP).")
            return
    yield Finding("clock", "ok", "The clock runs with its surroundings.")


def keys(house: House) -> Iterator[Finding]:
    """Key files are there and nobody else can read them."""
    folder = house.home / KEYS
    if not folder.is_dir():
        yield Finding("keys", "warn", "The home has no keys.", "A command that needs one makes it.")
        return
    found = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(_OPEN_TO_ALL)]
    loose = [path for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if loose:
        yield Finding("keys", "bad", f"{len(loose)} key files can be read by others.", f"chmod -R go= {folder}")
    elif not found:
        yield Finding("keys", "bad", "The folder of keys is empty.", "Bring them back from the recovery bundle.")
    elif house.key_files.command:
        yield _sealed_keys(house)
    else:
        yield Finding("keys", "ok", f"{len(found)} key files, readable by their owner alone.")


def _sealed_keys(house: House) -> Finding:
    """Where a key server opens the key files, each is sealed, and the key that the server gives opens it."""
    secret = key_files_in(house.home)
    try:
        bare = [path for path in secret if not is_sealed(path.read_bytes())]
        for path in secret:
            house.key_files.read(path)
    except EmblaError as error:
        return Finding("keys", "bad", str(error), error.mend)
    if bare:
        return Finding("keys", "bad", f"{len(bare)} key files are open though keys_command is set.", "embla keys seal")
    return Finding("keys", "ok", f"{len(secret)} key files, sealed; keys_command opens them.")


def disk(house: House) -> Iterator[Finding]:
    """How full the disk is, and when it will be full if things go on as they went."""
    usage = shutil.disk_usage(house.home)
    now = house.clock()
    with house.database.reading() as connection:
        today = genomes_accepted_by(connection, now)
        before = genomes_accepted_by(connection, now - timedelta(days=GROWTH_DAYS))
    taken = sum(_size(house.home / name) for name in home_files(house.home))
    per_genome = taken / today if today else 0.0
    day = full_on(usage.free, per_genome, before, today, now.date())
    free = f"{usage.free / 1e9:,.1f} GB free, {taken / 1e9:,.2f} GB taken"
    if usage.free < 0.05 * usage.total or usage.free < 1 << 30:
        yield Finding("disk", "bad", f"Nearly full: {free}.", "Add space, or move the home.")
    elif day is not None and day - now.date() < _FULL_SOON:
        yield Finding(
            "disk", "warn", f"Full on {day}: {free}, {today - before} genomes in {GROWTH_DAYS} days.", "Add space."
        )
    else:
        until = f"full on {day} at this pace" if day else "no growth to foretell from"
        yield Finding("disk", "ok", f"{free}; {until}.")


def backups(house: House) -> Iterator[Finding]:
    """The last backup is young enough, has the keys, and a restore has been tried lately."""
    with house.database.reading() as connection:
        made = _last(connection, "backup-made")
        drilled = _last(connection, "restore-drilled")
    now = house.clock()
    if made is None:
        yield Finding("backup", "bad", "No backup was ever made of this home.", "embla backup make REPOSITORY")
    else:
        hours = (now - made[0]).total_seconds() / 3600
        state = "ok" if hours <= BACKUP_HOURS else "bad"
        yield Finding(
            "backup", state, f"The last backup is {hours:.0f} hours old.", "" if state == "ok" else "embla backup make"
        )
        if not made[1].get("keys"):
            yield Finding("backup-keys", "warn", "The last backup has no keys in it.", "embla backup keygen")
    if drilled is None:
        yield Finding("drill", "warn", "Nobody ever tried to restore a backup.", "embla backup drill REPOSITORY")
        return
    days = (now - drilled[0]).days
    if not drilled[1].get("passed"):
        yield Finding("drill", "bad", "The last restore drill failed.", "embla backup drill REPOSITORY")
    elif days > DRILL_DAYS:
        yield Finding("drill", "bad", f"The last restore drill was {days} days ago.", "embla backup drill REPOSITORY")
    else:
        yield Finding("drill", "ok", f"A restore was tried {days} days ago: {drilled[1].get('seconds')} s.")


def surroundings(house: House) -> Iterator[Finding]:
    """The server would start with these settings, and not as root."""
    try:
        check_start(house.settings, is_demo_home=is_demo_home(house.settings))
    except UsageError as error:
        yield Finding("settings", "bad", error.message, error.mend)
    else:
        yield Finding("settings", "ok", "The server starts with these settings.")
    if house.settings.oidc_issuer and not house.settings.oidc_acr and not house.settings.demo:
        told = "People sign in by whatever means the provider is content with, also by one factor."
        yield Finding("sign-in", "warn", told, "Set EMBLA_OIDC_ACR to the provider's name for two factors.")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield Finding("user", "warn", "Embla runs as root.", "Run it as a user of its own; see deploy/.")


CHECKS: dict[str, Check] = {
    "home": home,
    "database": database,
    "store": store,
    "log": log,
    "vault": vault,
    "genome-keys": wrapped,
    "kept-files": kept_files,
    "identity": identity_zone,
    "agreements": reporting_agreements,
    "clock": clock,
    "keys": keys,
    "credentials": credentials,
    "disk": disk,
    "backup": backups,
    "surroundings": surroundings,
}


def _last(connection: Connection, kind: str) -> tuple[datetime, dict[str, object]] | None:
    newest = newest_events(connection, kinds=(kind,), limit=1).items
    return (newest[0].at, newest[0].body) if newest else None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
