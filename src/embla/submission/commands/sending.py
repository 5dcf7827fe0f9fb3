"""`embla submission encrypt` and `send`: packages on their way to the database."""

import json as json_
from gettext import gettext as _
from pathlib import Path
from typing import Annotated

import typer

from embla.errors import NotFound
from embla.submission.commands import (
    Json,
    Packages,
    Parallel,
    Server,
    Token,
    bar,
    many,
    say,
    server_client,
    tell_acknowledgement,
    tell_refusal,
)


def encrypt(
    context: typer.Context,
    packages: Packages,
    out: Annotated[Path, typer.Option("-o", "--out", help="Where the encrypted packages go, each by its name.")],
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The database's public key; else from --to, or the home here.")
    ] = None,
    parallel: Parallel = 2,
    to: Server = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Encrypt packages for the database (Crypt4GH); `send` takes them as they are.

    Check them first: what is encrypted here can be read by the database only. Each file is compared with its SHA-256.
    """
    from embla.submission.sealed import encrypt_package
    from embla.submission.sending import Meter
    from embla.vault import public_key, read_public_key

    if key is not None:
        try:
            text = key.read_text("utf-8", "replace")
        except OSError as error:
            raise NotFound(f"{key} cannot be read ({error.strerror}).", mend="Give the public key's file.") from None
    else:
        text = server_client(to, token).public_key() if to else public_key(context.obj(create=False))
    reader = read_public_key(text)
    with bar("bytes") as told:
        for folder in packages:
            size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            name = folder.resolve().name
            made = encrypt_package(folder, out / name, reader, parallel=parallel, progress=Meter(told, size))
            typer.echo(json_.dumps({"package": str(made)}) if json else str(made))
    done = many(len(packages), "package")
    say(_("{packages} encrypted; now `embla submission send`.").format(packages=done))


def print_public_key(context: typer.Context) -> None:
    """Print the database's public key (Crypt4GH), which laboratories encrypt for; it is no secret."""
    from embla.vault import public_key

    typer.echo(public_key(context.obj(create=False)), nl=False)


def send(
    context: typer.Context,
    packages: Packages,
    parallel: Parallel = 4,
    to: Server = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Send packages, plain or encrypted, and wait for their acknowledgements.

    An acknowledged package is kept and counted, whatever happens afterwards; sending it again changes nothing and gives
    the same acknowledgement. A transfer that was cut, at whatever byte, goes on from there. Exit code 1 when one was
    refused.
    """
    from embla.submission.model.finding import PackageRefused
    from embla.submission.sending import sent_here, sent_to_server

    refused = 0
    with bar("bytes" if to else "packages") as told:
        outcomes = (
            sent_to_server(server_client(to, token, parallel), packages, told, parallel=parallel)
            if to
            else sent_here(context.obj(), packages, told)
        )
        for place, outcome in outcomes:
            if isinstance(outcome, PackageRefused):
                refused += 1
                tell_refusal(packages[place], outcome, json)
            else:
                tell_acknowledgement(packages[place], outcome, json)
    accepted = many(len(packages) - refused, "package")
    say(_("{packages} accepted, {n} refused.").format(packages=accepted, n=refused))
    raise typer.Exit(1 if refused else 0)
