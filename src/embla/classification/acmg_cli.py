"""`embla acmg score`: the combining rules on bare codes; no home, no database."""

import json as json_
import sys
from typing import Annotated

import typer

from embla.errors import EmblaError, UsageError

acmg = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The ACMG/AMP rules: from criteria to a class.",
)

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]


@acmg.callback()
def _group() -> None:
    """The ACMG/AMP rules: from criteria to a class."""


@acmg.command("score")
def score_command(
    codes: Annotated[
        list[str] | None, typer.Argument(metavar="CODE[_STRENGTH] ...", help="Such as PVS1 PM2_Supporting.")
    ] = None,
    stdin: Annotated[bool, typer.Option("--stdin", help="Read one set of codes per line from standard input.")] = False,
    json: Json = False,
) -> None:
    """Combine criteria: the class of Richards 2015, the same with ClinGen's additions of 2020, and in points.

    With --stdin one line is one set, blanks between codes, an empty line the empty set; a line that cannot be read
    gives {"error": ...} in its place. Exit code 1 when a set could not be read. Warnings never change a class.
    """
    if not stdin:
        typer.echo(_told(codes or [], json))
        return
    if codes:
        raise UsageError("Codes come from standard input or from the command line, not from both.")
    from embla.reference import printable

    bad = 0
    for line in sys.stdin:
        try:
            told = _told(line.split(), json)
        except EmblaError as error:
            bad, told = bad + 1, json_.dumps({"error": str(error)}) if json else f"error: {printable(str(error))}"
        sys.stdout.write(told + "\n")
    if bad:
        raise typer.Exit(1)


def _told(words: list[str], json: bool) -> str:
    from embla.classification.model.criteria import read_criteria
    from embla.classification.model.scoring import score

    found = score(read_criteria(words))
    if json:
        return json_.dumps(found.to_json(), ensure_ascii=False)
    points = "BA1" if found.points is None else str(found.points)
    line = (
        f"{found.proposed}\t2015 {found.class_2015}\t2015+SVI {found.class_2015_svi}\t"
        f"points {found.class_points} ({points})\t{found.rule_set}"
    )
    return "\n".join([line, *(f"\t{warned}" for warned in found.warnings)])
