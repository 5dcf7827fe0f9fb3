"""`embla registry ...`: the registers at the operator's machine. Everything heavy is imported inside its command."""

import json as json_
from gettext import gettext as _
from typing import Annotated

import typer

from embla.platform import or_why
from embla.registry.commands import Json, On, day_of, permitted, pseudonym, tell
from embla.registry.commands import agreements as agreement_commands
from embla.registry.commands import browsing as browsing_commands
from embla.registry.commands import consents as consent_commands
from embla.registry.commands import environments as environment_commands
from embla.registry.commands import erasing as erasing_commands
from embla.registry.commands import giving as giving_commands
from embla.registry.commands import opt_outs as opt_out_commands
from embla.registry.commands import pipelines as pipeline_commands

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Regions, laboratories, persons and genomes that Embla knows.",
)

app.add_typer(consent_commands.app, name="consent")
app.add_typer(opt_out_commands.app, name="opt-out")
app.add_typer(agreement_commands.app, name="agreement")
app.add_typer(environment_commands.app, name="environment")
app.add_typer(pipeline_commands.app, name="pipeline")
app.command()(browsing_commands.persons)
app.command()(browsing_commands.show)
app.command()(browsing_commands.join)
app.command()(erasing_commands.withdraw)
app.command()(erasing_commands.erasures)
app.command("read-calls")(giving_commands.read_calls)


@app.command()
def regions(context: typer.Context, on: On = None, json: Json = False) -> None:
    """List regions, with the days they are valid and what comes after them."""
    from embla.registry.organisations import regions as found

    with context.obj().database.reading() as connection:
        tell(
            found(connection, day_of(on)),
            json,
            "code",
            "name_en",
            "valid_from",
            "valid_to",
            "succeeded_by",
            none=_("No region is valid on that day."),
        )


@app.command()
def labs(context: typer.Context, on: On = None, json: Json = False) -> None:
    """List laboratories that may report."""
    from embla.registry.organisations import laboratories

    with context.obj().database.reading() as connection:
        tell(
            laboratories(connection, day_of(on)),
            json,
            "id",
            "name",
            "region",
            "valid_from",
            "valid_to",
            "accredited_to",
            none=_("No laboratory may report on that day: `embla registry add-lab` registers one."),
        )


@app.command("add-lab")
def add_lab(
    context: typer.Context,
    laboratory: Annotated[str, typer.Argument(metavar="ID", help="2 to 31 of a-z 0-9 -.")],
    name: Annotated[str, typer.Option(help="Its name.")],
    region: Annotated[str, typer.Option(help="Code of its region.")],
    since: Annotated[str, typer.Option(metavar="DATE", help="First day on which it may report.")],
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last such day.")] = None,
    accreditation: Annotated[str, typer.Option(help="What it is accredited by.")] = "ISO 15189",
) -> None:
    """Register a laboratory."""
    from embla.platform import OPERATOR
    from embla.registry.model.values import Laboratory
    from embla.registry.organisations import add_laboratory

    first, last = day_of(since), day_of(until)
    assert first is not None
    house = permitted(context)
    with house.database.transaction() as connection:
        new = Laboratory(laboratory, name, region, accreditation, first, last)
        add_laboratory(connection, new, by=OPERATOR, at=house.clock())


@app.command()
def accredit(
    context: typer.Context,
    laboratory: Annotated[str, typer.Argument(metavar="LAB", help="Id of the laboratory.")],
    since: Annotated[str, typer.Option(metavar="DATE", help="First day on which it is in force.")],
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last such day [default: no end].")] = None,
    name: Annotated[str, typer.Option(help="What it is accredited by.")] = "ISO 15189",
) -> None:
    """Note a laboratory's accreditation; once it has lapsed, packages are warned or refused (lapsed_accreditation)."""
    from embla.platform import OPERATOR
    from embla.registry.organisations import accredit as noted

    first, last = day_of(since), day_of(until)
    assert first is not None
    house = permitted(context)
    with house.database.transaction() as connection:
        noted(connection, laboratory, name=name, since=first, until=last, by=OPERATOR, at=house.clock())


@app.command()
def reported(context: typer.Context, on: On = None, json: Json = False) -> None:
    """Count what was reported: samples by source, genomes, genome equivalents and what has none; never in one sum."""
    from embla.registry.assays import end_of_day
    from embla.registry.assays import reported as counted

    house = permitted(context)
    day = day_of(on)
    with house.database.reading() as connection:
        found = counted(connection, end_of_day(day) if day is not None else house.clock())
    if json:
        typer.echo(json_.dumps(found.to_json()))
        return
    for source, n in found.samples.items():
        typer.echo(f"samples, {source}\t{n}")
    for name, n in found.to_json().items():
        if name != "samples":
            typer.echo(f"{name}\t{n}")


@app.command()
def groups(context: typer.Context, json: Json = False) -> None:
    """List the national patient groups."""
    from embla.registry.organisations import patient_groups

    with context.obj().database.reading() as connection:
        tell(patient_groups(connection), json, "code", "name_en", "name_da", none=_("No patient group is registered."))


@app.command()
def genomes(context: typer.Context, json: Json = False) -> None:
    """List the genomes that count today, one per person."""
    from embla.registry.counted import counted_genomes

    house = permitted(context)
    with house.database.reading() as connection:
        found = counted_genomes(connection, on=house.clock().date())
    tell(
        found,
        json,
        "accession",
        "person",
        "region",
        "patient_group",
        "karyotype",
        "assay",
        "laboratory",
        none=_("No genome counts: none was reported, or each was replaced or withdrawn."),
    )


@app.command()
def person(
    context: typer.Context,
    laboratory: Annotated[str, typer.Argument(metavar="LAB", help="Id of the laboratory.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="What it calls the person.")],
) -> None:
    """Show the pseudonym of the person whom a laboratory calls KEY."""
    house = permitted(context)
    typer.echo(pseudonym(house, f"{laboratory}:{key}"))


@app.command()
def treats(
    context: typer.Context,
    case: Annotated[str, typer.Argument(metavar="CASE", help="Id of the case, C and 16 letters or digits.")],
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The clinician's account.")],
) -> None:
    """Note that a clinician treats the patient of a case."""
    from embla.platform import OPERATOR
    from embla.registry.cases import assign_clinician

    house = permitted(context)
    with house.database.transaction() as connection:
        assign_clinician(connection, case, account, by=OPERATOR, at=house.clock())


@app.command("close-case")
def close(
    context: typer.Context,
    case: Annotated[str, typer.Argument(metavar="CASE", help="Id of the case.")],
    on: Annotated[str | None, typer.Option(metavar="DATE", help="Its last open day [default: today].")] = None,
) -> None:
    """Close a case: live counts for it end."""
    from embla.platform import OPERATOR
    from embla.registry.cases import close_case

    house = permitted(context)
    last = day_of(on) or house.clock().date()
    with house.database.transaction() as connection:
        close_case(connection, case, on=last, by=OPERATOR, at=house.clock())


@app.command()
def log(
    context: typer.Context,
    kind: Annotated[list[str] | None, typer.Option(help="Of this kind; may be repeated.")] = None,
    actor: Annotated[str, typer.Option(help="Of this account.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many at most.")] = 50,
    json: Json = False,
) -> None:
    """Show the newest events of the log: who did or asked what, when, about whom. Looking is an event too."""
    from embla.platform import OPERATOR, newest_events
    from embla.policy import Action
    from embla.registry.access import permit

    house = context.obj(create=False)
    permit(house.database, OPERATOR, Action.SEE_ACCESS_LOG, purpose="supervision", clock=house.clock)
    with house.database.reading() as connection:
        found = newest_events(connection, kinds=kind or (), actor=actor, limit=limit).items
    for event in or_why(found, _("No event of the log fits."), json):
        values = vars(event) | {"at": event.at.isoformat()}
        shown = f"{event.number}\t{event.at:%Y-%m-%d %H:%M:%S}\t{event.actor}\t{event.kind}\t{event.subject}"
        typer.echo(json_.dumps(values) if json else shown)
