"""`embla identity ...`: the zone at the operator's machine. Numbers and names are read from a file or standard input,
never from the command line, which others on the machine can see. Everything heavy is imported inside its command."""

import json as json_
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from embla.errors import BadInput, NotFound, UsageError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Who is who: CPR numbers and names, in a zone of their own.",
)

MAX_BYTES = 16 << 20

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
Source = Annotated[Path, typer.Argument(metavar="FILE", help="A table of lines; - reads standard input.")]
HERE = Path("-")


@app.command()
def register(context: typer.Context, source: Source = HERE, json: Json = False) -> None:
    """Register persons, and print the pseudonym of each.

    A line is NUMBER, or NUMBER, NAME and birth month (2011-03, for replacement numbers) with tabs between. A number
    that is known gives the pseudonym it has.
    """
    from embla.identity.entries import read_entries
    from embla.identity.service import register_persons
    from embla.platform import OPERATOR

    entries = read_entries(_lines(source), path=_name(source))
    _tell(register_persons(context.obj(), OPERATOR, entries, purpose="operation"), json)


@app.command()
def link(
    context: typer.Context,
    person: Annotated[str, typer.Argument(metavar="PSEUDONYM", help="Of somebody who was reported by key only.")],
    source: Source = HERE,
    json: Json = False,
) -> None:
    """Register the number of somebody whom the house knows by a pseudonym already. One line as for `register`."""
    from dataclasses import replace

    from embla.identity.entries import read_entries
    from embla.identity.service import register_persons
    from embla.platform import OPERATOR

    entries = read_entries(_lines(source), path=_name(source))
    if len(entries) != 1:
        raise UsageError("A pseudonym is linked to one person.", mend="Give one line.")
    found = register_persons(context.obj(), OPERATOR, [replace(entries[0], person=person)], purpose="operation")
    _tell(found, json)


@app.command()
def find(context: typer.Context, source: Source = HERE, json: Json = False) -> None:
    """Print the pseudonym behind each number, an empty line (null) for one that is not registered.

    One number a line. Exit code 1 when one was not found. Every look-up is in the log.
    """
    from embla.identity.entries import read_numbers
    from embla.identity.service import find_persons
    from embla.platform import OPERATOR
    from embla.policy import Action, permit

    numbers = read_numbers(_lines(source), path=_name(source))
    house = context.obj(create=False)
    decision = permit(house.database, OPERATOR, Action.LOOK_UP_IDENTITY, purpose="operation", clock=house.clock)
    found = find_persons(house, decision, numbers)
    _tell(found, json)
    raise typer.Exit(1 if None in found else 0)


@app.command()
def show(
    context: typer.Context,
    person: Annotated[str, typer.Argument(metavar="PSEUDONYM", help="P and 16 letters or digits.")],
    json: Json = False,
) -> None:
    """Show who a pseudonym is: numbers and names, oldest first. It is in the log."""
    from embla.identity.service import show_person
    from embla.platform import OPERATOR
    from embla.policy import About, Action, permit

    house, about = context.obj(create=False), About(person=person)
    decision = permit(
        house.database, OPERATOR, Action.MANAGE_IDENTITY, purpose="operation", clock=house.clock, about=about
    )
    found = show_person(house, decision, person)
    values = {"person": found.person, "numbers": [n.text for n in found.numbers], "names": list(found.names)}
    if json:
        typer.echo(json_.dumps(values, ensure_ascii=False))
    else:
        typer.echo("\n".join([*values["numbers"], *values["names"]]))


@app.command()
def alias(context: typer.Context, source: Source = HERE, json: Json = False) -> None:
    """Give persons a new number: a line is OLD, a tab, NEW. Every number of the chain finds the same person."""
    from embla.identity.entries import read_pairs
    from embla.identity.model.number import parse_number
    from embla.identity.service import add_alias
    from embla.platform import OPERATOR

    pairs = [
        (old, parse_number(new, path=_name(source), line=line))
        for line, (old, new) in enumerate(read_pairs(_lines(source), path=_name(source), second="the new number"), 1)
    ]
    house = context.obj(create=False)
    _tell([add_alias(house, OPERATOR, old, new) for old, new in pairs], json)


@app.command()
def rename(context: typer.Context, source: Source = HERE, json: Json = False) -> None:
    """Give persons a new name: a line is NUMBER, a tab, NAME. The old name is kept behind it."""
    from embla.identity.entries import read_pairs
    from embla.identity.model.person import clean_name
    from embla.identity.service import rename_person
    from embla.platform import OPERATOR

    pairs = [
        (number, clean_name(name, path=_name(source)) or "")
        for number, name in read_pairs(_lines(source), path=_name(source), second="the new name")
    ]
    house = context.obj(create=False)
    _tell([rename_person(house, OPERATOR, number, name) for number, name in pairs], json)


@app.command()
def project(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="PROJECT", help="Id of the research project.")],
    source: Source = HERE,
    json: Json = False,
) -> None:
    """Print what a research project calls each person: one pseudonym a line in, one a line out.

    Another project calls the same person differently.
    """
    from embla.identity.service import project_pseudonyms
    from embla.platform import OPERATOR
    from embla.policy import About, Action, permit

    persons = [line.strip() for line in _lines(source) if line.strip()]
    house, about = context.obj(create=False), About(project=name)
    decision = permit(
        house.database, OPERATOR, Action.GIVE_PROJECT_PSEUDONYM, purpose="research", clock=house.clock, about=about
    )
    _tell(project_pseudonyms(house, decision, name, persons), json)


@app.command()
def rotate(
    context: typer.Context,
    destroy: Annotated[
        bool, typer.Option("--destroy-old", help="Destroy older keys: backups made before cannot be read any more.")
    ] = False,
    json: Json = False,
) -> None:
    """Make a new key and encrypt the zone anew under it. The house may go on serving."""
    from embla.identity.rotation import rotate as rotated
    from embla.platform import OPERATOR

    _facts(rotated(context.obj(create=False), OPERATOR, destroy=destroy), json)


@app.command()
def status(context: typer.Context, json: Json = False) -> None:
    """Show how many persons the zone has, and that its key opens it."""
    from embla.identity.rotation import status as found
    from embla.platform import OPERATOR

    _facts(found(context.obj(create=False), OPERATOR), json)


def _lines(source: Path) -> list[str]:
    try:
        if source == HERE:
            raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with source.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise BadInput("this is too much at once.", path=_name(source), mend="Give 10,000 lines or fewer.")
        return raw.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise BadInput("this is not text in UTF-8.", path=_name(source), mend="Save it as UTF-8.") from None
    except FileNotFoundError:
        # A number given in place of a file must not come back in the message.
        raise NotFound("There is no such file.", mend="Give a file of lines, or - for standard input.") from None


def _name(source: Path) -> str:
    # Not the name of a file: people name files after persons.
    return "standard input" if source == HERE else "the file"


def _tell(persons: Any, json: bool) -> None:
    for person in persons:
        typer.echo(json_.dumps({"person": person}) if json else person or "")


def _facts(values: dict[str, Any], json: bool) -> None:
    typer.echo(json_.dumps(values) if json else "\n".join(f"{name}: {value}" for name, value in values.items()))
