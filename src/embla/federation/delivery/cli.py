"""`embla delivery ...`: a person's data for a registered secure environment, from the operator's machine."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Seal a person's data for a registered secure environment.",
)


# A callback, so that `embla delivery` stays a group with its one command.
@app.callback()
def delivery() -> None:
    """Seal a person's data for a registered secure environment."""


@app.command()
def send(
    context: typer.Context,
    thing: Annotated[str, typer.Argument(metavar="ID", help="A genome's accession, or the SHA-256 of a kept file.")],
    to: Annotated[str, typer.Option(metavar="FINGERPRINT", help="SHA-256 of the environment's registered key.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="Where it goes; never overwritten.")],
) -> None:
    """Write a genome's calls or a kept file, sealed for the key of a registered environment inside the residency zone.

    Decided for each person whose data it holds, under the agreement with the environment's partner; that it was done,
    and for which key, is in the log before the first byte.
    """
    from embla.federation.delivery.sending import seal_for
    from embla.platform import OPERATOR

    seal_for(context.obj(create=False), OPERATOR, thing, to, out)
