"""What the commands of this room share: options, the client, the progress bar, and how outcomes are told."""

import json as json_
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from gettext import gettext, ngettext
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embla.errors import NotFound, UsageError

if TYPE_CHECKING:
    from embla.submission.client import Client
    from embla.submission.model.acknowledgement import Acknowledgement
    from embla.submission.model.finding import Finding, PackageRefused

_WARNING = re.compile(r"(.+?): warning \[([a-z_.0-9]+)\] (.+)", re.DOTALL)
Told = Callable[[int, int], None]  # how much is done, of how much

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
Packages = Annotated[
    list[Path], typer.Argument(metavar="PACKAGE...", help="Folders with manifest.json.", show_default=False)
]
Server = Annotated[str | None, typer.Option("--to", metavar="URL", help="A server; without it, the home here.")]
Token = Annotated[
    str | None, typer.Option(envvar="EMBLA_TOKEN", help="The laboratory's token for the server.", show_envvar=True)
]

Parallel = Annotated[int, typer.Option(min=1, max=64, help="How many at once.")]


def home_here(context: typer.Context) -> Any:
    try:
        return context.obj(create=False)
    except NotFound:
        return None


def server_client(url: str, token: str | None, parallel: int = 1) -> "Client":
    from embla.submission.client import Client

    if not token:
        raise UsageError("A server wants the laboratory's token.", mend="Set EMBLA_TOKEN.")
    return Client(url, token, parallel=parallel)


def tell_acknowledgement(folder: Path, acknowledgement: "Acknowledgement", json: bool) -> None:
    if json:
        typer.echo(json_.dumps({"state": "accepted"} | acknowledgement.to_json(), ensure_ascii=False))
        return
    if acknowledgement.before:
        tell_before(folder, acknowledgement)
    told = _("{folder}: accepted as {submission}, event {event}, manifest {manifest}")
    facts = {"submission": acknowledgement.submission, "event": acknowledgement.event}
    typer.echo(told.format(folder=folder, manifest=acknowledgement.manifest_number, **facts))
    tell_genomes(acknowledgement)


def tell_before(folder: Path, acknowledgement: "Acknowledgement") -> None:
    """What `check` and `send` both say of a package that was taken before."""
    told = (
        _("{folder}: was checked as a test before, as {submission} on {day}; sent again it changes nothing.")
        if acknowledgement.test
        else _(
            "{folder}: was accepted before, as {submission} on {day}; sent again it changes nothing. Whether its files "
            "are still those: `embla submission certificate {submission} --against {folder}`."
        )
    )
    day = f"{acknowledgement.accepted_at:%Y-%m-%d}"
    say(told.format(folder=folder, submission=acknowledgement.submission, day=day))


def tell_genomes(acknowledgement: "Acknowledgement") -> None:
    for genome in acknowledgement.genomes:
        told = _("  {accession}  {role}  sample {sample}  {n} calls")
        facts = {"accession": genome.accession, "role": genome.role, "sample": genome.sample}
        typer.echo(told.format(n=f"{genome.calls:,}", **facts))
        for sentence in genome.skipped:
            say(f"{genome.accession}: {retold_here(sentence)}")
    for accession in acknowledgement.replaced:
        typer.echo(_("  {accession}  replaced").format(accession=accession))
    for warning in acknowledgement.warnings:
        say(_warning_here(warning))


def tell_refusal(folder: Path, refused: "PackageRefused", json: bool) -> None:
    if json:
        findings = [finding.to_json() for finding in refused.findings]
        typer.echo(json_.dumps({"state": "refused", "package": str(folder), "findings": findings}, ensure_ascii=False))
        return
    typer.echo(_("{folder}: refused").format(folder=folder))
    for finding in refused.findings:
        say(f"{folder}/{finding_line(finding)}")


def finding_line(finding: "Finding") -> str:
    """A finding as `str` has it, in the terminal's language."""
    where = f"{finding.file}:{finding.line}" if finding.line else finding.file
    severity = _("error") if finding.severity == "error" else _("warning")
    return f"{where}: {severity} [{finding.rule}] {retold_here(finding.found)} {retold_here(finding.mend)}"


def retold_here(sentence: str) -> str:
    """A sentence of the check, in the terminal's language."""
    from embla.platform import retold
    from embla.submission.retold import SHAPES

    return retold(sentence, SHAPES)


def _warning_here(line: str) -> str:
    """A warning as an acknowledgement keeps it, one line of text, as `finding_line` has it."""
    kept = _WARNING.fullmatch(line)
    if kept is None:
        return line
    place, rule, said = kept.groups()
    warning = _("warning")
    return f"{place}: {warning} [{rule}] {retold_here(said)}"


def many(number: int, word: str) -> str:
    """The number with its word, in the terminal's language: 1 error, 2 errors."""
    forms = {
        "error": ngettext("{n} error", "{n} errors", number),
        "fault": ngettext("{n} fault", "{n} faults", number),
        "finding": ngettext("{n} finding", "{n} findings", number),
        "genome": ngettext("{n} genome", "{n} genomes", number),
        "merge": ngettext("{n} merge", "{n} merges", number),
        "package": ngettext("{n} package", "{n} packages", number),
        "warning": ngettext("{n} warning", "{n} warnings", number),
    }
    return forms[word].format(n=f"{number:,}")


def say(sentence: str) -> None:
    """One line on stderr, in the terminal's language where the whole of it is a message."""
    print(gettext(sentence) if sentence else "", file=sys.stderr)


@contextmanager
def bar(unit: str) -> Iterator[Told]:
    """A progress bar on stderr, at a terminal only; gives told(done, total)."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(unit, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
