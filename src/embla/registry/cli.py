"""`embla registry ...`: the registers at the operator's machine. Everything heavy is imported inside its command."""

import json as json_
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

import typer

from embla.errors import NotFound, UsageError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Regions, laboratories, persons and genomes that Embla knows.",
)

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="As of this day; without it, all of them.")]
PersonArgument = Annotated[
    str, typer.Argument(metavar="PERSON", help="Pseudonym, or LAB:KEY as the laboratory calls the person.")
]
Kind = Annotated[str, typer.Option(help="genetic (data) or tissue.")]


@app.command()
def regions(context: typer.Context, on: On = None, json: Json = False) -> None:
    """List regions, with the days they are valid and what comes after them."""
    from embla.registry.organisations import regions as found

    with context.obj().database.reading() as connection:
        _tell(found(connection, _day(on)), json, "code", "name_en", "valid_from", "valid_to", "succeeded_by")


@app.command()
def labs(context: typer.Context, on: On = None, json: Json = False) -> None:
    """List laboratories that may report."""
    from embla.registry.organisations import laboratories

    with context.obj().database.reading() as connection:
        _tell(laboratories(connection, _day(on)), json, "id", "name", "region", "valid_from", "valid_to")


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

    first, last = _day(since), _day(until)
    assert first is not None
    house = _permitted(context)
    with house.database.transaction() as connection:
        new = Laboratory(laboratory, name, region, accreditation, first, last)
        add_laboratory(connection, new, by=OPERATOR, at=house.clock())


@app.command()
def groups(context: typer.Context, json: Json = False) -> None:
    """List the national patient groups."""
    from embla.registry.organisations import patient_groups

    with context.obj().database.reading() as connection:
        _tell(patient_groups(connection), json, "code", "name_en", "name_da")


@app.command()
def genomes(context: typer.Context, json: Json = False) -> None:
    """List the genomes that count today, one per person."""
    from embla.registry.counted import counted_genomes

    house = _permitted(context)
    with house.database.reading() as connection:
        found = counted_genomes(connection, on=house.clock().date())
    _tell(found, json, "accession", "person", "region", "patient_group", "karyotype", "assay", "laboratory")


@app.command()
def person(
    context: typer.Context,
    laboratory: Annotated[str, typer.Argument(metavar="LAB", help="Id of the laboratory.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="What it calls the person.")],
) -> None:
    """Show the pseudonym of the person whom a laboratory calls KEY."""
    house = _permitted(context)
    typer.echo(_pseudonym(house, f"{laboratory}:{key}"))


@app.command("opt-out")
def opt_out(
    context: typer.Context,
    person: PersonArgument,
    kind: Kind = "genetic",
    since: Annotated[str | None, typer.Option(metavar="DATE", help="First day [default: today].")] = None,
) -> None:
    """Mark that a person's genetic data, or tissue, serve their own care only.

    The person's own doctors still see everything; releases and research do not have the person from that day on.
    """
    from embla.platform import OPERATOR
    from embla.registry.persons import set_opt_out

    house = _permitted(context)
    first = _day(since) or house.clock().date()
    who = _pseudonym(house, person)
    with house.database.transaction() as connection:
        set_opt_out(connection, who, kind, since=first, by=OPERATOR, at=house.clock())


@app.command("opt-in")
def opt_in(
    context: typer.Context,
    person: PersonArgument,
    kind: Kind = "genetic",
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day of the mark [default: today].")] = None,
) -> None:
    """End a person's mark; it stays in the register with its last day."""
    from embla.platform import OPERATOR
    from embla.registry.persons import end_opt_out

    house = _permitted(context)
    last = _day(until) or house.clock().date()
    who = _pseudonym(house, person)
    with house.database.transaction() as connection:
        end_opt_out(connection, who, kind, until=last, by=OPERATOR, at=house.clock())


@app.command("opt-outs")
def list_opt_outs(context: typer.Context, on: On = None, json: Json = False) -> None:
    """List the marks."""
    from embla.registry.persons import opt_outs

    day = _day(on)
    house = _permitted(context)
    with house.database.reading() as connection:
        found = [mark for mark in opt_outs(connection) if day is None or mark.holds_on(day)]
    _tell(found, json, "person", "kind", "since", "until")


@app.command()
def treats(
    context: typer.Context,
    case: Annotated[str, typer.Argument(metavar="CASE", help="Id of the case, C and 16 letters or digits.")],
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The clinician's account.")],
) -> None:
    """Note that a clinician treats the patient of a case."""
    from embla.platform import OPERATOR
    from embla.registry.cases import assign_clinician

    house = _permitted(context)
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

    house = _permitted(context)
    last = _day(on) or house.clock().date()
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
    for event in found:
        values = vars(event) | {"at": event.at.isoformat()}
        shown = f"{event.number}\t{event.at:%Y-%m-%d %H:%M:%S}\t{event.actor}\t{event.kind}\t{event.subject}"
        typer.echo(json_.dumps(values) if json else shown)


def _permitted(context: typer.Context) -> Any:
    """The open home, after policy said yes and the log has it."""
    from embla.platform import OPERATOR
    from embla.policy import Action
    from embla.registry.access import permit

    house = context.obj()
    permit(house.database, OPERATOR, Action.MANAGE_REGISTRY, purpose="operation", clock=house.clock)
    return house


def _pseudonym(house: Any, text: str) -> str:
    from embla.registry.persons import find_person, person_exists

    laboratory, colon, key = text.partition(":")
    with house.database.reading() as connection:
        if not colon and person_exists(connection, text):
            return text
        found = find_person(connection, laboratory, key) if colon else None
    if found is None:
        raise NotFound("No such person was reported.", mend="Give the pseudonym, or LAB:KEY.")
    return found


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"'{text}' is no date.", mend="Write it as 2026-01-31.") from None


def _tell(items: Iterable[Any], json: bool, *columns: str) -> None:
    for item in items:
        values = item.to_json()
        if json:
            typer.echo(json_.dumps(values, ensure_ascii=False))
        else:
            typer.echo("\t".join("" if values[name] is None else str(values[name]) for name in columns))
