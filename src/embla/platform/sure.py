"""What cannot be undone is asked about once more, at the terminal, by the name of what would be gone."""

import sys
from typing import Annotated

import typer

from embla.errors import Refused, UsageError

Yes = Annotated[
    str | None,
    typer.Option("--yes", metavar="PSEUDONYM", help="Do not ask: this is the pseudonym, and it cannot be undone."),
]


def make_sure(name: str, told: str, yes: str | None) -> None:
    """Go on only where somebody wrote `name` once more: in `yes`, or at the terminal after reading `told`.

    Refused for another name; UsageError where there is no terminal to ask at.
    """
    if yes is None:
        print(f"{told} This cannot be undone.", file=sys.stderr)
        if not sys.stdin.isatty():
            raise UsageError("There is nobody to ask whether this is meant.", mend=f"A script says --yes {name}.")
        print("To go on, write the pseudonym again: ", end="", file=sys.stderr, flush=True)
        yes = sys.stdin.readline()
    if yes.strip() != name:
        raise Refused("This is another pseudonym, so nothing was done.", mend=f"The one that was named is {name}.")


def how_many(number: int, word: str) -> str:
    """The number with its word, in the plural where it is not one: 1 genome, 2 genomes."""
    return f"{number} {word}{'' if number == 1 else 's'}"
