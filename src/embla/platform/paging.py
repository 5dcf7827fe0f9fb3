"""Lists are paged and ordered in one way: by a unique key, with an opaque cursor that says where the next page starts.

A cursor names the last row of a page, not a number of rows, so rows that come or go meanwhile neither repeat nor hide
others. Permission belongs into the query that is paged, never behind it.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, tuple_
from sqlalchemy import literal as sql_literal

from embla.errors import UsageError

MAX_LIMIT: Final = 1000
T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items in order; `next` is the cursor of the page after, None on the last."""

    items: tuple[T, ...]
    next: str | None = None


def paged(
    connection: Connection,
    query: Select[Any],
    key: Sequence[ColumnElement[Any]],
    make: Callable[[Row[Any]], T],
    *,
    cursor: str | None = None,
    limit: int = 50,
    descending: bool = False,
) -> Page[T]:
    """One page of `query`, ordered by `key` (unique together, integers or text, all selected by the query)."""
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"A page has 1 to {MAX_LIMIT} items, not {limit}.")
    if cursor:
        last = tuple_(*(sql_literal(value, column.type) for value, column in zip(_read(cursor, key), key, strict=True)))
        query = query.where(tuple_(*key) < last if descending else tuple_(*key) > last)
    ordered = query.order_by(*((column.desc() if descending else column.asc()) for column in key)).limit(limit + 1)
    rows = list(connection.execute(ordered))
    more = len(rows) > limit
    shown = rows[:limit]
    names = [column.key for column in key]
    return Page(
        tuple(make(row) for row in shown),
        _write([getattr(shown[-1], str(name)) for name in names]) if more and shown else None,
    )


def _write(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(values), separators=(",", ":")).encode()).decode().rstrip("=")


def _read(cursor: str, key: Sequence[ColumnElement[Any]]) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(values, list) and len(values) == len(key):
            typed = all(type(v) is column.type.python_type for v, column in zip(values, key, strict=True))
            if typed:
                return values
    except (ValueError, UnicodeDecodeError):
        pass
    raise UsageError("This page address cannot be read.", mend="Start again from the first page.")
