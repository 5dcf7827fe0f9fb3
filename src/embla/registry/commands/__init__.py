"""What the commands of this room share: options, the permission first, and how lists are told."""

import json as json_
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

import typer

from embla.errors import NotFound, UsageError
from embla.platform import or_why

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="As of this day; without it, all of them.")]
PersonArgument = Annotated[
    str, typer.Argument(metavar="PERSON", help="Pseudonym, or LAB:KEY as the laboratory calls the person.")
]


def permitted(context: typer.Context) -> Any:
    """The open home, after policy said yes and the log has it."""
    from embla.platform import OPERATOR
    from embla.policy import Action
    from embla.registry.access import permit

    house = context.obj()
    permit(house.database, OPERATOR, Action.MANAGE_REGISTRY, purpose="operation", clock=house.clock)
    return house


def pseudonym(house: Any, text: str) -> str:
    """The pseudonym that a command names, itself or as LAB:KEY."""
    from embla.registry.persons import find_person, person_exists

    laboratory, colon, key = text.partition(":")
    with house.database.reading() as connection:
        if not colon and person_exists(connection, text):
            return text
        found = find_person(connection, laboratory, key) if colon else None
    if found is None:
        raise NotFound("No such person was reported.", mend="Give the pseudonym, or LAB:KEY.")
    return found


def day_of(text: str | None) -> date | None:
    """A day, None for nothing."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"'{text}' is no date.", mend="Write it as 2026-01-31.") from None


def tell(items: Iterable[Any], json: bool, *columns: str, none: str) -> None:
    """Each item as one line: JSON, or the columns with tabs between; `none` says why there is no item."""
    for item in or_why(items, none, json):
        values = item.to_json()
        if json:
            typer.echo(json_.dumps(values, ensure_ascii=False))
        else:
            typer.echo("\t".join("" if values[name] is None else str(values[name]) for name in columns))


def group(help: str) -> typer.Typer:
    """A group of commands under `embla registry`."""
    return typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None, help=help)
