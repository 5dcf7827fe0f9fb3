"""Every way in has a row here: each page and API route, and each command on a home, with the action it stands for.

A route or command without a row fails the build: `create_app` refuses to start, and a house test walks the commands. At
run time the web edge holds what the table says: no answer (2xx) of a row with an action leaves before a decision about
that action was made in this very request. A command that does not ask itself is asked about when it opens the home.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

from embla.errors import UsageError
from embla.gates.commands import COMMANDS
from embla.gates.routes import ROUTES
from embla.gates.rows import Command
from embla.policy import Decision


def command_of(words: Sequence[str]) -> Command:
    """The row of a command line, by its leading words. UsageError for a command that nobody gave a row."""
    leading = list(takewhile(lambda word: not word.startswith("-"), words))
    for length in (3, 2, 1):
        found = COMMANDS.get(" ".join(leading[:length]))
        if found is not None:
            return found
    raise UsageError("This command has no row in embla/gates/commands.py, so nobody may use it on a home.")


def routes_of(app: Any) -> Iterator[str]:
    """ "GET /path/{name}" of everything that an application answers, in the words of its own routes."""
    for route in app.routes:
        nested = getattr(route, "effective_route_contexts", None)
        for one in nested() if nested is not None else (route,):
            for method in sorted(set(one.methods or ()) - {"HEAD"}):
                yield f"{method} {one.path}"


def without_a_row(app: Any) -> list[str]:
    """Routes that nobody gave a row, and rows whose route is gone."""
    there = set(routes_of(app))
    return sorted(there - set(ROUTES)) + [f"{row} (no such route)" for row in sorted(set(ROUTES) - there)]


def kept(method: str, pattern: str, path: str, made: Sequence[Decision]) -> bool:
    """True when an answer of this route may leave, seen from the decisions that the request made. No row: never."""
    if pattern == "-":
        # Starlette's own routes do not say their pattern.
        pattern = "/static/{name:path}" if path.startswith("/static/") else path
    gate = ROUTES.get(f"{'GET' if method == 'HEAD' else method} {pattern}")
    if gate is None:
        return False
    return not gate.actions or any(one.allowed and one.action in gate.actions for one in made)
