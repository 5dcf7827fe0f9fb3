"""`embla board group ...`: the life of patient groups at the machine."""

import json as json_
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Patient groups: proposed, assessed, approved, running, evaluated.",
)
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]


@app.command("list")
def listed(
    context: typer.Context,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="As of the end of this day [default: today].")
    ] = None,
    json: Json = False,
) -> None:
    """List every patient group with its state, since when, by whom and on which decision; with --json every step."""
    from embla.governance.reading import day_of
    from embla.governance.standing_groups import groups_standing
    from embla.platform import OPERATOR

    house = context.obj()
    for one in groups_standing(house, OPERATOR, day_of(as_of) if as_of else house.clock().date()):
        if json:
            typer.echo(json_.dumps(one.to_json(), ensure_ascii=False))
            continue
        last = one.steps[-1] if one.steps else None
        told = (last.state, last.day.isoformat(), last.by, last.decision or "-") if last else ("not told", "", "", "")
        typer.echo("\t".join((one.code, *told)))


@app.command()
def step(
    context: typer.Context,
    group: Annotated[str, typer.Argument(metavar="CODE", help="Code of the group.")],
    state: Annotated[str, typer.Argument(metavar="STATE", help="proposed, assessed, approved, running or evaluated.")],
    day: Annotated[str, typer.Option(metavar="DATE", help="First day on which it is so.")],
    by: Annotated[str, typer.Option(help="Who took the step: a forum, a network.")],
    decision: Annotated[str | None, typer.Option(metavar="ID", help="The decision it stands on.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, where it goes back or is said again.")] = None,
) -> None:
    """Take a group one step on; approval needs a decision of type B, and nothing goes back without a reason."""
    from embla.governance.writing import enter
    from embla.platform import OPERATOR

    said = {"kind": "group_step", "name": group, "day": day, "decision": decision, "state": state, "by": by}
    enter(context.obj(), OPERATOR, {name: value for name, value in (said | {"reason": reason}).items() if value})
