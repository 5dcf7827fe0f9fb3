"""What cannot be undone is asked about once more, at the terminal, by the name of what would be gone.

For commands alone: sentences are in the language that the command line set for gettext.
"""

import sys
from gettext import gettext as _
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
        undone = _("This cannot be undone.")  # a message inside of an f-string is not found for the catalogues
        print(f"{told} {undone}", file=sys.stderr)
        if not sys.stdin.isatty():
            raise UsageError(
                _("There is nobody to ask whether this is meant."),
                mend=_("A script says --yes {name}.").format(name=name),
            )
        print(_("To go on, write {name} again:").format(name=name), end=" ", file=sys.stderr, flush=True)
        yes = sys.stdin.readline()
    if yes.strip() != name:
        raise Refused(
            _("What was written is something else, so nothing was done."),
            mend=_("The one that was named is {name}.").format(name=name),
        )
