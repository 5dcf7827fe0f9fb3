"""`embla submission init`: manifests for a folder of files, or for each case of a sample sheet."""

import json as json_
from collections.abc import Sequence
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embla.errors import NotFound, UsageError
from embla.submission.commands import Json, Server, Token, bar, home_here, many, say, server_client

if TYPE_CHECKING:
    from embla.identity import Entry
    from embla.submission.identify import Identify


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
    calls: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help="For an nf-core sample sheet: its calls, as calls/{sample}.g.vcf.gz."),
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
    mean_depth. Also taken is an nf-core sample sheet (patient sex status sample lane fastq_1 fastq_2 bam cram vcf):
    each patient is a package. Rows of one package are one case, rows of one person its samples; without the column
    package, index, mother and father of a family become a trio. Options beat the sheet. Columns
    cpr and name go to the identity zone, of the server --to or of the home here, and to no manifest.
    """
    from datetime import date

    from embla.submission.prepare import prepare_folder, prepare_sheet
    from embla.submission.sheet import SheetRefused

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
        try:
            with bar("packages") as told:
                prepared = prepare_sheet(
                    source, out or source.parent / "packages", defaults=today, given=said,
                    identify=_identify(context, to, token), progress=told, calls=calls or "",
                )  # fmt: skip
        except SheetRefused as refused:
            for fault in refused.faults:
                line = {"sheet": str(source)} | fault.to_json()
                where = f"{source}:{fault.line}: {fault.found} {fault.mend}"
                typer.echo(json_.dumps(line, ensure_ascii=False)) if json else say(where)
            faults = many(len(refused.faults), "fault")
            say(_("{faults} in {sheet}; no package was written.").format(faults=faults, sheet=source))
            raise typer.Exit(1) from None
        for name in prepared.unused:
            say(_("column {name} is not used: a manifest has no place for it.").format(name=repr(name)))
        written = list(prepared.packages)
    else:
        raise NotFound(f"there is no {source}.", mend="Give a folder with files, or a sample sheet.")
    for folder in written:
        typer.echo(json_.dumps({"package": str(folder)}) if json else str(folder))
    done = ngettext(
        "{n} manifest written; now `embla submission check`.",
        "{n} manifests written; now `embla submission check`.",
        len(written),
    )
    say(done.format(n=len(written)))


def _identify(context: typer.Context, to: str | None, token: str | None) -> "Identify | None":
    """Who gives pseudonyms: the server, else the home here, else nobody. Asked only when a table has numbers."""
    if to:
        return lambda entries: server_client(to, token).identify(entries)
    house = home_here(context)
    if house is None:
        return None

    def here(entries: "Sequence[Entry]") -> list[str]:
        from embla.identity import register_persons
        from embla.platform import OPERATOR

        return register_persons(house, OPERATOR, entries, purpose="reporting")

    return here


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    pairs = dict(text.rpartition("=")[::2] for text in given or [])
    if "" in pairs or "" in pairs.values():
        raise UsageError(f"{option} takes SAMPLE=VALUE.", mend=f"For example {option} NA12878=index.")
    return pairs
