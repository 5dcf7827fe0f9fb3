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
    from embla.errors import NameTaken, NotFound
    from embla.federation.delivery.deciding import decide
    from embla.federation.delivery.giving import sealed_part, told
    from embla.federation.delivery.http import begun
    from embla.federation.delivery.model.part import Part, read_thing
    from embla.platform import OPERATOR

    house = context.obj(create=False)
    found = read_thing(thing)
    if found is None:
        raise NotFound("That is no id of a genome or of a file.", mend="Give EMBG and 11 digits, or 64 hex digits.")
    if out.exists():
        raise NameTaken(f"{out} is there already.", mend="Give a new name.")
    # A key that nobody registered is refused, and in the log, like any other decision.
    granted = decide(house, OPERATOR, found, to if len(to) == 64 else "0" * 64)
    part = Part("whole", "VCF")
    if found.kind == "file":
        part = Part("raw", "", 0, told(house, found.id, granted.decision, granted.genomes).size)
    pieces = begun(sealed_part(house, OPERATOR, found, part, granted))
    with out.open("xb") as file:
        for piece in pieces:
            file.write(piece)
