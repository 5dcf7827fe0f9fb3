"""`embla care ...`: a patient's kept files for those who treat, at the operator's machine; decided and logged."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A patient's kept files for those who treat.",
)


# A callback, so that `embla care` stays a group with its one command.
@app.callback()
def care() -> None:
    """A patient's kept files for those who treat."""


@app.command()
def header(
    context: typer.Context,
    genome: Annotated[str, typer.Argument(metavar="GENOME", help="Accession, EMBG and 11 digits.")],
    path: Annotated[str, typer.Argument(metavar="PATH", help="The file's name in the package that was sent.")],
    case: Annotated[str, typer.Option(metavar="CASE", help="Case in which the patient is treated.")],
    account: Annotated[str, typer.Option("--for", metavar="ACCOUNT", help="Account of the clinician who treats.")],
    reader: Annotated[Path, typer.Option(help="Public key file of a registered secure environment.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="Where it goes; never overwritten.")],
    body: Annotated[bool, typer.Option("--body", help="The whole file: the header and its encrypted body.")] = False,
) -> None:
    """Write a Crypt4GH header under which a secure environment opens a kept file, for the clinician who treats.

    Decided as if the clinician asked, so the account must treat in an open case; a joint file needs every person in it.
    The key must be registered of a partner in the zone that a delivery agreement is in force with (`embla registry
    environment add`); any other is refused. Who did it, for which account and key, is in the log before the first byte.
    """
    from embla.care.giving import sealed_file
    from embla.errors import NameTaken
    from embla.platform import act_for
    from embla.vault import read_public_key

    house = context.obj(create=False)
    key = read_public_key(reader.read_text("utf-8", errors="replace")[:1000])
    if out.exists():
        raise NameTaken(f"{out} is there already.", mend="Give a new name.")
    actor = act_for(house, account, "send_person_data", genome=genome[:40])
    pieces = sealed_file(house, actor, genome, path, key, case=case, body=body)
    with out.open("xb") as file:
        for piece in pieces:
            file.write(piece)
