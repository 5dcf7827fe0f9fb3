"""The sentences of this room and those below it, as shapes that pages can tell in another language."""

from typing import Final


def N_(message: str) -> str:  # noqa: N802  (gettext's own name for "a message, translated later")
    """Mark a message for the catalogues."""
    return message


SHAPES: Final = ()
