"""`embla classification ...`: compare classes; laboratories' records. Everything heavy is imported in its command."""

import json as json_
import sys
from typing import Annotated

import typer

from embla.classification import commands, giving_cli
from embla.classification.acmg_cli import acmg
from embla.errors import BadInput, UsageError

__all__ = ["acmg", "app"]

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="What laboratories concluded about variants.",
)

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]


@app.callback()
def _group() -> None:
    """What laboratories concluded about variants."""


app.command("import")(commands.import_)
app.command("list")(commands.list_)
app.command("show")(commands.show)
app.command("submit")(commands.submit)
app.command("sign")(commands.sign)
app.command("withdraw")(commands.withdraw)
app.command("export")(commands.export)
app.command("clinvar")(giving_cli.clinvar)
app.command("annotate")(giving_cli.annotate)
app.command("unresolved")(commands.unresolved)
app.command("discordances")(commands.discordances)


@app.command("compare")
def compare_command(
    classes: Annotated[
        list[str] | None, typer.Argument(metavar="[CLASS ...]", help="One per laboratory: P, LP, VUS, LB, B.")
    ] = None,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read one set of classes per line from standard input.")
    ] = False,
    json: Json = False,
) -> None:
    """Compare one class per laboratory: in five classes, in three buckets, and as ClinVar writes it.

    The order of laboratories does not matter. With --stdin a line that cannot be read gives {"error": ...} in its
    place. Exit code 2 for a class that is none, and for none at all.
    """
    if not stdin:
        try:
            typer.echo(_told(classes or [], json))
        except BadInput as error:
            raise UsageError(error.message, mend=error.mend) from error
        return
    if classes:
        raise UsageError("Classes come from standard input or from the command line, not from both.")
    bad = 0
    for line in sys.stdin:
        try:
            told = _told(line.split(), json)
        except (BadInput, UsageError) as error:
            bad, told = bad + 1, json_.dumps({"error": str(error)}) if json else f"error: {error}"
        sys.stdout.write(told + "\n")
    if bad:
        raise typer.Exit(2)


def _told(words: list[str], json: bool) -> str:
    from embla.classification.model.classes import read_class
    from embla.classification.model.comparing import compare

    found = compare([read_class(text) for text in words])
    if json:
        return json_.dumps(found.to_json())
    flags = [name for name in ("medically_significant", "opposite") if getattr(found, name)]
    return "\t".join([found.three_tier, found.five_tier, found.aggregate, *flags])
