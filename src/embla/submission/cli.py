"""`embla submission ...`: a laboratory's packages. Everything heavy is imported inside its command."""

import json as json_
from collections.abc import Iterator
from datetime import date as date_
from gettext import gettext as _
from pathlib import Path
from typing import Annotated, Any

import typer

from embla.errors import NotFound, UsageError
from embla.platform import or_why
from embla.submission.commands import (
    Json,
    Packages,
    Server,
    Token,
    bar,
    finding_line,
    home_here,
    many,
    say,
    server_client,
    tell_before,
    tell_genomes,
)
from embla.submission.commands.deposit import certificate, fetch
from embla.submission.commands.preparing import init
from embla.submission.commands.sending import encrypt, print_public_key, send

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Report a laboratory's genomes: init, check, encrypt, send, list, status, certificate, fetch.",
)
app.command()(init)
app.command()(encrypt)
app.command("public-key")(print_public_key)
app.command()(send)
app.command()(certificate)
app.command()(fetch)


@app.command("to-phenopacket")
def to_phenopacket(
    package: Annotated[Path, typer.Argument(metavar="PACKAGE", help="Folder with manifest.json.")],
) -> None:
    """Print a package as GA4GH Phenopackets v2: a Phenopacket of one person, a Family of several."""
    from datetime import UTC, datetime

    from embla.submission.model.phenopacket import to_phenopacket as made
    from embla.submission.package import open_package

    typer.echo(json_.dumps(made(open_package(package).manifest, created=datetime.now(UTC)), indent=2))


@app.command("from-phenopacket")
def from_phenopacket(
    phenopacket: Annotated[Path, typer.Argument(metavar="FILE", help="A Phenopacket or a Family, as JSON.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where its files lie; manifest.json is put there.")],
    lab: Annotated[str | None, typer.Option(help="Id of the laboratory.")] = None,
    group: Annotated[str | None, typer.Option(help="Patient group.")] = None,
    opened: Annotated[str | None, typer.Option(metavar="DATE", help="Day the case was opened.")] = None,
    force: Annotated[bool, typer.Option(help="Write over a manifest that is there.")] = False,
) -> None:
    """Write a manifest from a Phenopacket v2. What it says and no manifest holds is refused, never lost in silence."""
    from embla.submission.phenopackets import prepare_phenopacket

    given = {"laboratory": lab, "patient_group": group, "opened": opened}
    written = prepare_phenopacket(phenopacket, folder, {k: v for k, v in given.items() if v}, force=force)
    typer.echo(str(written.parent))
    say(_("manifest written; now `embla submission check`."))


@app.command()
def check(
    context: typer.Context,
    packages: Packages,
    reference: Annotated[Path | None, typer.Option(metavar="FASTA", help="Sequence to compare REF bases with.")] = None,
    offline: Annotated[bool, typer.Option(help="Ask no registers, also where a home is at hand.")] = False,
    json: Json = False,
) -> None:
    """Check packages by the rules of the server, and say all that is wrong with each.

    Where a home is at hand its registers and its reference are asked too. A package that was taken before is not looked
    at again, as `send` does not: both say so. Exit code 1 when one package has an error.
    """
    from embla.submission.checking import acknowledged_before, findings_of, of_files, reading_for

    house = None if offline else home_here(context)
    if house is None:
        say(_("no home here: laboratory, patient group and earlier packages are checked by the server only."))
    reading = reading_for(house, reference, say)
    wrong = 0
    for folder in packages:
        if (known := acknowledged_before(folder, house)) is not None:
            tell_before(folder, known)
            continue
        with bar("bytes") as told:
            findings = findings_of(folder, house, reading, of_files(told))
        errors = sum(finding.severity == "error" for finding in findings)
        wrong += bool(errors)
        for finding in findings:
            line = {"package": str(folder)} | finding.to_json()
            typer.echo(json_.dumps(line, ensure_ascii=False) if json else f"{folder}/{finding_line(finding)}")
        say(f"{folder}: {many(errors, 'error')}, {many(len(findings) - errors, 'warning')}.")
    raise typer.Exit(1 if wrong else 0)


@app.command("list")
def list_(
    context: typer.Context,
    lab: Annotated[str | None, typer.Option(help="Of one laboratory.")] = None,
    state: Annotated[str | None, typer.Option(help="accepted, refused or tested.")] = None,
    to: Server = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """List submissions, newest first."""
    if state not in (None, "accepted", "refused", "tested"):
        raise UsageError(f"No state is called '{state}'.", mend="Write accepted, refused or tested.")
    why = (
        _("No submission fits: leave --lab and --state out to see all.") if lab or state
        else _("No package was ever sent: `embla submission send` sends one.")
    )  # fmt: skip
    for item in or_why(_listed(context, lab, state, to, token), why, json):
        if json:
            typer.echo(json_.dumps(item, ensure_ascii=False))
        else:
            genomes = many(item["genomes"], "genome") if item["state"] == "accepted" else ""
            note = _("corrected by {id}").format(id=item["corrected_by"]) if item["corrected_by"] else ""
            fields = (item["id"], item["state"], item["decided_at"][:19], item["laboratory"], item["package"])
            typer.echo("\t".join([*fields, genomes or note or many(len(item["findings"]), "finding")]))


@app.command()
def status(
    context: typer.Context,
    submission: Annotated[str, typer.Argument(metavar="SUBMISSION", help="Its id, S and 16 letters or digits.")],
    to: Server = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Show one submission: its acknowledgement, or what is wrong with it."""
    from embla.submission.model.acknowledgement import Acknowledgement
    from embla.submission.model.finding import Finding

    if to:
        item = server_client(to, token).submission(submission)
    else:
        from embla.submission.store import find_submission

        with context.obj(create=False).database.reading() as connection:
            found = find_submission(connection, submission)
        if found is None:
            raise NotFound(f"There is no submission {submission}.", mend="`embla submission list` shows them.")
        item = found.to_json()
    if json:
        typer.echo(json_.dumps(item, ensure_ascii=False))
        return
    told = _("{id}: package {package} of {laboratory}, {state} {at}")
    typer.echo(
        told.format(at=item["decided_at"], **{key: item[key] for key in ("id", "package", "laboratory", "state")})
    )
    if item["acknowledgement"]:
        tell_genomes(Acknowledgement.from_json(item["acknowledgement"]))
    for finding in item["findings"]:
        typer.echo(f"  {finding_line(Finding(**finding))}")


@app.command()
def region(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code of the region; `embla registry regions` has them.")],
    json: Json = False,
) -> None:
    """Show how a region's laboratories report: counts by laboratory, month and refusal rule, and nothing of a case.

    A package counts for the region that its laboratory belonged to on the day it was received.
    """
    from embla.platform import OPERATOR
    from embla.submission.regional import region_report

    found = region_report(context.obj(create=False), OPERATOR, code).to_json()
    if json:
        typer.echo(json_.dumps(found, ensure_ascii=False))
        return
    heads = [_("packages"), _("accepted"), _("corrected"), _("refused"), _("genomes")]
    typer.echo("\t".join(["", *heads]))
    rows = [(one["laboratory"], one) for one in found["laboratories"]]
    rows += [(_("all"), found["total"]), *((one["month"], one) for one in found["months"])]
    for name, counts in rows:
        figures = (counts[key] for key in ("packages", "accepted", "corrected", "refused", "genomes"))
        typer.echo("\t".join([name, *map(str, figures)]))
    for one in found["refusals"]:
        typer.echo(f"{one['rule']}\t{one['packages']}")
    say(f"{_(found['note'])}.")


@app.command()
def schema(
    version: Annotated[int, typer.Option(min=1, max=2, help="Version of the manifest.")] = 2,
) -> None:
    """Print the JSON Schema of a manifest."""
    from embla.submission.versions import schema as made

    typer.echo(json_.dumps(made(version), indent=2))


@app.command()
def rules(version: Annotated[int | None, typer.Option(help="Only this version.")] = None, json: Json = False) -> None:
    """Show the rule sets of the check: thresholds by kind of sample, who decided them, what each version changed."""
    from embla.submission.model.rule_set import rule_set, rule_sets

    for one in rule_sets() if version is None else [rule_set(version, date_.min)]:
        if json:
            typer.echo(json_.dumps(one.to_json()))
            continue
        typer.echo(f"rule set {one.version}, from {one.valid_from}, by {one.owner}")
        for change in one.changes:
            typer.echo(f"  {change}")
        for kind, asks in one.thresholds.items():
            typer.echo("\t".join([f"  {kind}", *(f"{name} >= {least:g}" for name, least in asks.items())]))


@app.command()
def sweep(
    context: typer.Context,
    hours: Annotated[float, typer.Option(min=0, help="Leave alone what is younger.")] = 24,
    json: Json = False,
) -> None:
    """Merge the store's segments, and delete files that dead processes left behind and nothing refers to."""
    from embla.submission.sweep import sweep as swept
    from embla.submission.sweep import tend

    house = context.obj(create=False)
    merges = tend(house)
    for name in swept(house, hours=hours):
        typer.echo(json_.dumps({"deleted": name}) if json else name)
    say(_("{merges} of segments.").format(merges=many(merges, "merge")))


def _listed(
    context: typer.Context, lab: str | None, state: str | None, to: str | None, token: str | None
) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    client = server_client(to, token) if to else None
    house: Any = None if client else context.obj(create=False)
    while True:
        if client is not None:
            answer = client.submissions(state=state, cursor=cursor)
            items, cursor = answer["items"], answer["next"]
        else:
            from embla.submission.store import list_submissions

            with house.database.reading() as connection:
                page = list_submissions(connection, laboratory=lab, state=state, cursor=cursor, limit=200)
            items, cursor = [item.to_json() for item in page.items], page.next
        yield from items
        if cursor is None:
            return
