"""The help of a command tree in another language: every text in it is a message of our catalogue."""

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from embla.platform.language import DOMAIN, LOCALE, Translator, translator

# What Typer says itself. Some of it goes through gettext, the rest is put in place below.
USAGE, HELP = "Usage:", "Show this message and exit."
TYPERS = (USAGE, HELP, "Options", "Commands", "Arguments", "required", "default: {default}", "Aborted!")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """What commands, and Typer, say through the standard gettext is in `language` meanwhile."""
    before = gettext.textdomain(), os.environ.get("LANGUAGE")
    gettext.bindtextdomain(DOMAIN, str(LOCALE))
    gettext.textdomain(DOMAIN)
    # gettext reads LANGUAGE first, and the user's may name another language than LC_ALL does.
    os.environ["LANGUAGE"] = language
    try:
        yield
    finally:
        gettext.textdomain(before[0])
        os.environ.pop("LANGUAGE")
        if before[1] is not None:
            os.environ["LANGUAGE"] = before[1]


def translate_help(tree: Any, language: str) -> None:
    """Put every help text of `tree` (what `typer.main.get_command` gives) into `language`, in place."""
    catalogue = translator(language)
    for command in commands(tree):
        # A command keeps the option that this makes, so its text can be set once.
        option = command.get_help_option(typer.Context(command))
        if option is not None:
            option.help = catalogue.gettext(HELP)
        for item, name in texts(command):
            setattr(item, name, catalogue.gettext(getattr(item, name)))
        command.context_class = _context_class(command, catalogue)


def commands(tree: Any) -> Iterator[Any]:
    """The command itself, and all below it."""
    yield tree
    for child in getattr(tree, "commands", {}).values():
        yield from commands(child)


def texts(command: Any) -> Iterator[tuple[Any, str]]:
    """Where a command keeps words for people: (object, attribute), for itself and its parameters."""
    for item in (command, *command.params):
        for name in ("help", "short_help", "epilog"):
            if getattr(item, name, None):
                yield item, name


def _context_class(command: Any, catalogue: Translator) -> type:
    """A context whose usage line begins with our word for it."""
    plain = command.context_class.formatter_class

    class Formatter(plain):  # type: ignore[misc, valid-type]
        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            super().write_usage(prog, args, prefix or f"{catalogue.gettext(USAGE)} ")

    return type("Context", (command.context_class,), {"formatter_class": Formatter})
