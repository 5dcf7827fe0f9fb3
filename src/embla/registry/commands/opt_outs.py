"""`embla registry opt-out ...`: marks against use beyond own care, noted here or told by the register outside."""

import json as json_
from gettext import gettext as _
from typing import Annotated

import typer

from embla.registry.commands import Json, On, PersonArgument, day_of, group, permitted, pseudonym, tell

app = group("Marks against use beyond own care.")

Kind = Annotated[str, typer.Option(help="genetic (data) or tissue.")]


@app.command("set")
def set_(
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

    house = permitted(context)
    first = day_of(since) or house.clock().date()
    who = pseudonym(house, person)
    with house.database.transaction() as connection:
        set_opt_out(connection, who, kind, since=first, by=OPERATOR, at=house.clock())


@app.command("end")
def end(
    context: typer.Context,
    person: PersonArgument,
    kind: Kind = "genetic",
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day of the mark [default: today].")] = None,
) -> None:
    """End a person's mark; it stays in the register with its last day."""
    from embla.platform import OPERATOR
    from embla.registry.persons import end_opt_out

    house = permitted(context)
    last = day_of(until) or house.clock().date()
    who = pseudonym(house, person)
    with house.database.transaction() as connection:
        end_opt_out(connection, who, kind, until=last, by=OPERATOR, at=house.clock())


@app.command("list")
def list_(context: typer.Context, on: On = None, json: Json = False) -> None:
    """List the marks."""
    from embla.registry.persons import opt_outs

    day = day_of(on)
    house = permitted(context)
    with house.database.reading() as connection:
        found = [mark for mark in opt_outs(connection) if day is None or mark.holds_on(day)]
    why = _("No mark holds on that day.") if day is not None else _("Nobody ever opted out.")
    tell(found, json, "person", "kind", "since", "until", none=why)


@app.command()
def sync(context: typer.Context, json: Json = False) -> None:
    """Ask the opt-out register about everybody, and take over its marks. Every release does this first.

    Exit code 1 when it does not answer or its answer is too old: nothing is changed then, and no release is cut.
    """
    from embla.platform import OPERATOR
    from embla.registry.outside import sync_opt_outs

    asked = sync_opt_outs(context.obj(create=False), OPERATOR)
    if json:
        typer.echo(json_.dumps(asked.to_json()))
    else:
        told = _("asked about {persons} persons: {marks} marks; {unasked} without a number")
        typer.echo(told.format(persons=asked.persons, marks=asked.marks, unasked=asked.unasked))


@app.command()
def status(context: typer.Context, json: Json = False) -> None:
    """Show when the registers outside last answered, and whether research may rely on it.

    Exit code 1 when a register's last answer is too old.
    """
    from embla.registry.outside import asked_about, register_states

    house = permitted(context)
    with house.database.reading() as connection:
        states = register_states(connection, house.clock())
        known, everybody = asked_about(connection)
    if json:
        lines = [state.to_json() for state in states]
        typer.echo(json_.dumps({"registers": lines, "persons_asked": known, "persons": everybody}))
    elif not states:
        typer.echo(_("no register outside was ever asked; marks noted here are all there is"))
    else:
        for state in states:
            word = _("fresh") if state.fresh else _("too old")
            as_of = _("as of {time} UTC").format(time=f"{state.as_of:%Y-%m-%d %H:%M}")
            typer.echo(f"{state.register}\t{word}\t{as_of}")
        typer.echo(_("{known} of {n} persons were asked about").format(known=known, n=everybody))
    raise typer.Exit(0 if all(state.fresh for state in states) else 1)
