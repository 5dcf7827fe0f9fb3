"""`embla submission ...`: a laboratory's packages. Everything heavy is imported inside its command."""

import json as json_
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date as date_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embla.errors import NotFound, UsageError

if TYPE_CHECKING:
    from embla.identity import Entry
    from embla.submission.client import Client
    from embla.submission.identify import Identify
    from embla.submission.model.acknowledgement import Acknowledgement
    from embla.submission.model.finding import PackageRefused

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Report a laboratory's genomes: init, check, send, list, status.",
)

Told = Callable[[int, int], None]  # how much is done, of how much

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
Packages = Annotated[
    list[Path], typer.Argument(metavar="PACKAGE...", help="Folders with manifest.json.", show_default=False)
]
Server = Annotated[str | None, typer.Option("--to", metavar="URL", help="A server; without it, the home here.")]
Token = Annotated[
    str | None, typer.Option(envvar="EMBLA_TOKEN", help="The laboratory's token for the server.", show_envvar=True)
]


@app.command()
def init(
    context: typer.Context,
    source: Annotated[
        Path, typer.Argument(metavar="FOLDER|SAMPLESHEET", help="Files of one case, or a table of samples.")
    ],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Where a sheet's packages go.")] = None,
    lab: Annotated[str | None, typer.Option(help="Id of the laboratory.")] = None,
    group: Annotated[str | None, typer.Option(help="Patient group.")] = None,
    opened: Annotated[
        str | None, typer.Option(metavar="DATE", help="Day the case was opened [default: today].")
    ] = None,
    package: Annotated[str | None, typer.Option(help="Id of the package [default: the folder's name].")] = None,
    case: Annotated[str | None, typer.Option(help="Id of the case [default: the package's].")] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="single, duo, trio, foetal, tumour, tumour_normal [default: as the roles and origins say]."),
    ] = None,
    type_: Annotated[
        str | None, typer.Option("--type", help="initial, correction, addition, followup or test [default: initial].")
    ] = None,
    assay: Annotated[
        str | None, typer.Option(help="genome, exome, panel, transcriptome, array, other [default: genome].")
    ] = None,
    callability: Annotated[
        str | None, typer.Option(help="gvcf, bed or assumed [default: gvcf where the file has blocks].")
    ] = None,
    role: Annotated[
        list[str] | None, typer.Option(metavar="SAMPLE=ROLE", help="Who is who: index, mother, father, foetus.")
    ] = None,
    karyotype: Annotated[list[str] | None, typer.Option(metavar="SAMPLE=KARYOTYPE", help="XX, XY, ...")] = None,
    clinician: Annotated[list[str] | None, typer.Option(metavar="ACCOUNT", help="Who treats the patient.")] = None,
    identities: Annotated[
        Path | None, typer.Option(metavar="TABLE", help="For a folder: sample, cpr and name of each, kept outside it.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Write over a manifest that is there.")] = False,
    to: Server = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Write manifests: for the files in a folder, or for each case of a sample sheet.

    A sheet has a header line and one row per sample; needed are `sample` and `file`, further columns are package
    laboratory case patient_group opened family role person karyotype region assay callability bed pipeline, and for
    other kinds type follows source study origin material technology of_tumour tumour_cells gestation_days files
    mean_depth. Rows of one package are one case, rows of one person its samples; without the column package, index,
    mother and father of a family become a trio. Options beat the
    sheet. Columns cpr and name go to the identity zone, of the server --to or of the home here, and to no manifest.
    """
    from datetime import date

    from embla.submission.prepare import prepare_folder, prepare_sheet

    given = {
        "laboratory": lab,
        "patient_group": group,
        "opened": opened,
        "package": package,
        "case": case,
        "kind": kind,
        "type": type_,
        "assay": assay,
        "callability": callability,
        "clinicians": ";".join(clinician or []),
    }
    said = {name: value for name, value in given.items() if value}
    today = {"opened": date.today().isoformat()}
    if source.is_dir():
        roles, karyotypes = _pairs(role, "--role"), _pairs(karyotype, "--karyotype")
        prepare_folder(
            source, defaults=today | said, roles=roles, karyotypes=karyotypes, identities=identities,
            identify=_identify(context, to, token), force=force,
        )  # fmt: skip
        written = [source]
    elif source.is_file():
        if package or case or role or karyotype or identities:
            raise UsageError(
                "A sheet says package, case, role, karyotype and identities itself.", mend="Leave those options out."
            )
        with _bar("packages") as told:
            prepared = prepare_sheet(
                source,
                out or source.parent / "packages",
                defaults=today,
                given=said,
                identify=_identify(context, to, token),
                progress=told,
            )
        for name in prepared.unused:
            _say(f"column {name!r} is not used: a manifest has no place for it.")
        written = list(prepared.packages)
    else:
        raise NotFound(f"there is no {source}.", mend="Give a folder with files, or a sample sheet.")
    for folder in written:
        typer.echo(json_.dumps({"package": str(folder)}) if json else str(folder))
    _say(f"{len(written)} {'manifest' if len(written) == 1 else 'manifests'} written; now `embla submission check`.")


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
    _say("manifest written; now `embla submission check`.")


@app.command()
def check(
    context: typer.Context,
    packages: Packages,
    reference: Annotated[Path | None, typer.Option(metavar="FASTA", help="Sequence to compare REF bases with.")] = None,
    offline: Annotated[bool, typer.Option(help="Ask no registers, also where a home is at hand.")] = False,
    json: Json = False,
) -> None:
    """Check packages by the rules of the server, and say all that is wrong with each.

    Where a home is at hand its registers and its reference are asked too. Exit code 1 when one package has an error.
    """
    from embla.submission.checking import findings_of, of_files, reading_for

    house = None if offline else _home(context)
    if house is None:
        _say("no home here: laboratory, patient group and earlier packages are checked by the server only.")
    reading = reading_for(house, reference, _say)
    wrong = 0
    for folder in packages:
        with _bar("bytes") as told:
            findings = findings_of(folder, house, reading, of_files(told))
        errors = sum(finding.severity == "error" for finding in findings)
        wrong += bool(errors)
        for finding in findings:
            line = {"package": str(folder)} | finding.to_json()
            typer.echo(json_.dumps(line, ensure_ascii=False) if json else f"{folder}/{finding}")
        _say(f"{folder}: {_many(errors, 'error')}, {_many(len(findings) - errors, 'warning')}.")
    raise typer.Exit(1 if wrong else 0)


@app.command()
def send(
    context: typer.Context, packages: Packages, to: Server = None, token: Token = None, json: Json = False
) -> None:
    """Send packages and wait for their acknowledgements.

    An acknowledged package is kept and counted, whatever happens afterwards; sending it again changes nothing and gives
    the same acknowledgement. Exit code 1 when one was refused.
    """
    from embla.submission.model.finding import PackageRefused

    refused = 0
    with _bar("bytes" if to else "packages") as told:
        outcomes = _sent_to_server(to, token, packages, told) if to else _sent_here(context, packages, told)
        for place, outcome in outcomes:
            if isinstance(outcome, PackageRefused):
                refused += 1
                _tell_refusal(packages[place], outcome, json)
            else:
                _tell_acknowledgement(packages[place], outcome, json)
    _say(f"{_many(len(packages) - refused, 'package')} accepted, {refused} refused.")
    raise typer.Exit(1 if refused else 0)


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
    for item in _listed(context, lab, state, to, token):
        if json:
            typer.echo(json_.dumps(item, ensure_ascii=False))
        else:
            genomes = _many(item["genomes"], "genome") if item["state"] == "accepted" else ""
            note = f"corrected by {item['corrected_by']}" if item["corrected_by"] else ""
            fields = (item["id"], item["state"], item["decided_at"][:19], item["laboratory"], item["package"])
            typer.echo("\t".join([*fields, genomes or note or f"{len(item['findings'])} findings"]))


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
        item = _client(to, token).submission(submission)
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
    typer.echo(f"{item['id']}: package {item['package']} of {item['laboratory']}, {item['state']} {item['decided_at']}")
    if item["acknowledgement"]:
        _tell_genomes(Acknowledgement.from_json(item["acknowledgement"]))
    for finding in item["findings"]:
        typer.echo(f"  {Finding(**finding)}")


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
    typer.echo("\t".join(["", "packages", "accepted", "corrected", "refused", "genomes"]))
    rows = [(one["laboratory"], one) for one in found["laboratories"]]
    rows += [("all", found["total"]), *((one["month"], one) for one in found["months"])]
    for name, counts in rows:
        figures = (counts[key] for key in ("packages", "accepted", "corrected", "refused", "genomes"))
        typer.echo("\t".join([name, *map(str, figures)]))
    for one in found["refusals"]:
        typer.echo(f"{one['rule']}\t{one['packages']}")
    _say(f"{found['note']}.")


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
    _say(f"{_many(merges, 'merge')} of segments.")


def _identify(context: typer.Context, to: str | None, token: str | None) -> "Identify | None":
    """Who gives pseudonyms: the server, else the home here, else nobody. Asked only when a table has numbers."""
    if to:
        return lambda entries: _client(to, token).identify(entries)
    house = _home(context)
    if house is None:
        return None

    def here(entries: "Sequence[Entry]") -> list[str]:
        from embla.identity import register_persons
        from embla.platform import OPERATOR

        return register_persons(house, OPERATOR, entries, purpose="reporting")

    return here


def _home(context: typer.Context) -> Any:
    try:
        return context.obj(create=False)
    except NotFound:
        return None


def _sent_here(
    context: typer.Context, packages: list[Path], told: Told
) -> "Iterator[tuple[int, Acknowledgement | PackageRefused]]":
    from embla.platform import OPERATOR
    from embla.submission.receive import receive_many
    from embla.submission.sweep import tend

    house = context.obj()
    for done, outcome in enumerate(receive_many(house, OPERATOR, packages), 1):
        told(done, len(packages))
        yield outcome
    tend(house)


def _sent_to_server(
    url: str, token: str | None, packages: list[Path], told: Told
) -> "Iterator[tuple[int, Acknowledgement | PackageRefused]]":
    from embla.submission.model.finding import PackageRefused

    client = _client(url, token)
    for place, folder in enumerate(packages):
        try:
            yield place, client.send(folder, lambda path, n, of: told(n, of))
        except PackageRefused as refused:
            yield place, refused


def _listed(
    context: typer.Context, lab: str | None, state: str | None, to: str | None, token: str | None
) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    client = _client(to, token) if to else None
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


def _client(url: str, token: str | None) -> "Client":
    from embla.submission.client import Client

    if not token:
        raise UsageError("A server wants the laboratory's token.", mend="Set EMBLA_TOKEN.")
    return Client(url, token)


def _tell_acknowledgement(folder: Path, acknowledgement: "Acknowledgement", json: bool) -> None:
    if json:
        typer.echo(json_.dumps({"state": "accepted"} | acknowledgement.to_json(), ensure_ascii=False))
        return
    typer.echo(
        f"{folder}: accepted as {acknowledgement.submission}, event {acknowledgement.event}, "
        f"manifest {acknowledgement.manifest_number}"
    )
    _tell_genomes(acknowledgement)


def _tell_genomes(acknowledgement: "Acknowledgement") -> None:
    for genome in acknowledgement.genomes:
        typer.echo(f"  {genome.accession}  {genome.role}  sample {genome.sample}  {genome.calls:,} calls")
        for sentence in genome.skipped:
            _say(f"{genome.accession}: {sentence}")
    for accession in acknowledgement.replaced:
        typer.echo(f"  {accession}  replaced")
    for warning in acknowledgement.warnings:
        _say(warning)


def _tell_refusal(folder: Path, refused: "PackageRefused", json: bool) -> None:
    if json:
        findings = [finding.to_json() for finding in refused.findings]
        typer.echo(json_.dumps({"state": "refused", "package": str(folder), "findings": findings}, ensure_ascii=False))
        return
    typer.echo(f"{folder}: refused")
    for finding in refused.findings:
        _say(f"{folder}/{finding}")


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    pairs = dict(text.rpartition("=")[::2] for text in given or [])
    if "" in pairs or "" in pairs.values():
        raise UsageError(f"{option} takes SAMPLE=VALUE.", mend=f"For example {option} NA12878=index.")
    return pairs


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)


@contextmanager
def _bar(unit: str) -> Iterator[Told]:
    """A progress bar on stderr, at a terminal only; gives told(done, total)."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(unit, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
