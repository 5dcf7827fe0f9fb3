"""What a lower room wrote in English, told at a terminal in the terminal's language, by the shapes that pages use."""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from embla.platform.language import language_of, translator

if TYPE_CHECKING:
    from embla.platform.web.sentences import Sentences


def retold(sentence: str, shapes: Iterable[str]) -> str:
    """The sentence as a person at this terminal reads it; as it is where no shape fits, or nobody has translated it."""
    language = language_of()
    if language == "en" or not sentence:
        return sentence
    return _sentences(tuple(shapes)).plain(sentence, translator(language))


@cache
def _sentences(shapes: tuple[str, ...]) -> "Sentences":
    from embla.platform.web.sentences import Sentences

    return Sentences(shapes)
