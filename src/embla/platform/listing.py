"""A list at the command line that is empty says why, so that nothing at all never stands for an answer."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def or_why(items: Iterable[Item], why: str, as_json: bool) -> Iterator[Item]:
    """The items; where there are none, `why` as a line on stderr. With JSON nothing: no line is the empty list."""
    none = True
    for item in items:
        none = False
        yield item
    if none and not as_json:
        print(why, file=sys.stderr)
