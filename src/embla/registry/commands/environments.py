"""`embla registry environment ...`: for whose keys a person's data may be sealed."""

import json as json_
from gettext import gettext as _
from pathlib import Path
from typing import Annotated

import typer

from embla.platform import or_why
from embla.registry.commands import Json, day_of, group

app = group("Secure environments of partners, by their Crypt4GH keys.")


@app.command()
def add(
    context: typer.Context,
    environment: Annotated[str, typer.Argument(metavar="ENVIRONMENT", help="What the environment is called.")],
    partner: Annotated[str, typer.Option(help="Id of the partner that runs it; an agreement registers it.")],
    key: Annotated[Path, typer.Option(help="Its Crypt4GH public key file.")],
    json: Json = False,
) -> None:
    """Register a key of a secure environment. Without one nothing of a person is sealed for anybody."""
    from embla.platform import OPERATOR
    from embla.registry.environments import add_environment_key
    from embla.vault import read_public_key

    public = read_public_key(key.read_text("utf-8", errors="replace")[:1000])
    made = add_environment_key(context.obj(create=False), OPERATOR, environment, partner, public)
    typer.echo(json_.dumps(made.to_json()) if json else made.fingerprint)


@app.command()
def end(
    context: typer.Context,
    fingerprint: Annotated[str, typer.Argument(metavar="FINGERPRINT", help="SHA-256 of the key, as list shows it.")],
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="The day [default: today].")] = None,
) -> None:
    """End a key: from the day on nothing is sealed for it."""
    from embla.platform import OPERATOR
    from embla.registry.environments import end_environment_key

    house = context.obj(create=False)
    end_environment_key(house, OPERATOR, fingerprint, on=day_of(on) or house.clock().date())


@app.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """List every key, and whether it stands today."""
    from embla.platform import OPERATOR
    from embla.policy import Action, permit
    from embla.registry.environments import environment_keys

    house = context.obj(create=False)
    permit(house.database, OPERATOR, Action.MANAGE_AGREEMENTS, purpose="operation", clock=house.clock)
    today = house.clock().date()
    with house.database.reading() as connection:
        found = environment_keys(connection)
    why = _("No key of an environment is registered: `embla registry environment add` registers one.")
    for one in or_why(found, why, json):
        state = "stands" if one.stands_on(today) else "ended"
        shown = f"{one.fingerprint}\t{state}\t{one.environment}\t{one.partner}\t{one.registered}\t{one.ended or ''}"
        typer.echo(json_.dumps(one.to_json() | {"state": state}) if json else shown)
