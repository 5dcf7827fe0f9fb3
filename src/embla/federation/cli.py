"""`embla node ...`: how this node stands as others see it, and what a release would tell."""

import json as json_
from typing import Annotated, Any

import typer

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="This node as other countries' programs see it.",
)
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]


@app.command()
def status(context: typer.Context, json: Json = False) -> None:
    """Doors, data sets, tombstones, the release that is answered from, and what of the budgets is spent."""
    from embla.federation.operating import status_of

    _say(json, status_of(context.obj(create=False)))


@app.command()
def conformance(context: typer.Context, json: Json = False) -> None:
    """Look at what harvesters and Beacon networks need to find here; exit 1 where something is missing."""
    from embla.federation.operating import check_node

    found = check_node(context.obj(create=False))
    for one in found:
        _say(json, {"check": one.name, "ok": one.ok, "told": one.told})
    if not all(one.ok for one in found):
        raise typer.Exit(1)


@app.command()
def publish(
    context: typer.Context,
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Of a drafted data set.")],
    json: Json = False,
) -> None:
    """Publish a drafted data set at every door, as `embla dataset publish` does."""
    from embla.datasets import publish_data_set
    from embla.platform import OPERATOR

    made = publish_data_set(context.obj(create=False), OPERATOR, identifier)
    _say(json, {"id": identifier, "version": made.number, "state": made.state})


@app.command()
def ask(
    context: typer.Context,
    variant: Annotated[str, typer.Argument(metavar="VARIANT", help="One allele, in any spelling.")],
    json: Json = False,
) -> None:
    """Ask this node and every other of EMBLA_NODE_PEERS about an allele: each answer, then the exact sum.

    Exit 1 where a node gave no answer that could be read: the sum is then over the others.
    """
    from embla.federation.network.asking import ask_network

    found = ask_network(context.obj(create=False), "account:operator", variant)
    for one in found.answers:
        _say(json, one.to_json())
    _say(json, {"sum": str(found.variant), "partial": found.partial, **found.total.to_json()})
    if found.partial:
        raise typer.Exit(1)


@app.command()
def preview(context: typer.Context, json: Json = False) -> None:
    """What the newest release tells others: variants shown and hidden by contig, and how far the budgets reach."""
    from embla.federation.operating import preview_of

    for told in preview_of(context.obj(create=False)):
        _say(json, told)


def _say(json: bool, told: dict[str, Any]) -> None:
    if json:
        typer.echo(json_.dumps(told, ensure_ascii=False))
    else:
        typer.echo("\t".join(f"{name}={value}" for name, value in told.items()))
