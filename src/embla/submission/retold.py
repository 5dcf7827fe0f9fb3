"""Sentences of this room and those below it, as shapes that its pages can tell in another language."""

from typing import Final

SHAPES: Final[tuple[str, ...]] = ()
