"""`embla keys ...`: the keys that sign. Everything heavy is imported inside its command."""

import json as json_
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The keys that sign what Embla says.",
)

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]


@app.command()
def show(context: typer.Context, json: Json = False) -> None:
    """List the signing keys: version, id, from when and until when. The last one signs."""
    for key in context.obj(create=False).keyring.public.keys:
        told = key.to_json()
        shown = "\t".join([str(key.version), key.id, told["created"], told["retired"] or ""])
        typer.echo(json_.dumps(told) if json else shown)


@app.command()
def export(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File to write [default: standard output].")] = None,
) -> None:
    """Write the public keys, with which anybody can check what was signed: `embla verify FILE --key KEYS`."""
    from embla.platform.secret_files import replace_file

    text = context.obj(create=False).keyring.public.text()
    if out is None:
        typer.echo(text, nl=False)
    else:
        replace_file(out.absolute(), text.encode())


@app.command()
def rotate(context: typer.Context) -> None:
    """Make a new signing key and retire the old one. What the old one signed stays good; export the keys again."""
    from embla.platform.actor import OPERATOR
    from embla.platform.events import append_event

    house = context.obj(create=False)
    key = house.keyring.rotate(house.clock())
    with house.database.transaction() as connection:
        body = {"key": key.id, "version": key.version}
        append_event(
            connection, at=house.clock(), actor=OPERATOR.id, kind="signing-key-rotated", subject="keyring", body=body
        )
    typer.echo(key.id)


@app.command()
def seal(
    context: typer.Context,
    was: Annotated[
        str,
        typer.Option(metavar="COMMAND", help="The keys_command that sealed them before [default: not sealed]."),
    ] = "",
) -> None:
    """Bring every key file to what keys_command says: sealed under the key it prints, or open where it is empty.

    Run it after setting, changing or ending EMBLA_KEYS_COMMAND, with the service stopped. Once more changes nothing.
    """
    from embla.platform.actor import OPERATOR
    from embla.platform.events import append_event
    from embla.platform.key_files import KeyFiles, seal_again

    house = context.obj(create=False)
    count = seal_again(house.home, house.key_files, KeyFiles(was))
    by = house.key_files.id.hex() if house.key_files.command else ""
    if count:
        body = {"files": count, "opening_key": by}
        with house.database.transaction() as connection:
            append_event(
                connection, at=house.clock(), actor=OPERATOR.id, kind="key-files-sealed", subject="keyring", body=body
            )
    typer.echo(f"{count} key files changed; " + (f"all are sealed by opening key {by}." if by else "none is sealed."))
