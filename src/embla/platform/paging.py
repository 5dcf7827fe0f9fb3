"""Lists are paged and ordered in one way: by a unique key, with an opaque cursor that says where the next page starts.

A cursor names the last row of a page, not a number of rows, so rows that come or go meanwhile neither repeat nor hide
others. Permission belongs into the query that is paged, never behind it.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Integer, Row, Select, Text, tuple_, type_coerce
from sqlalchemy import literal as sql_literal
from sqlalchemy.types import TypeDecorator

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
    """One page of `query`, ordered by `key` (unique together; integers, text, times, days; all selected)."""
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"A page has 1 to {MAX_LIMIT} items, not {limit}.")
    # Compared as they are stored: times and days are text in the database, and text order is their order.
    stored = [type_coerce(column, _stored_type(column)) for column in key]
    if cursor:
        values = zip(_read(cursor, key), key, strict=True)
        last = tuple_(*(sql_literal(value, _stored_type(column)) for value, column in values))
        query = query.where(tuple_(*stored) < last if descending else tuple_(*stored) > last)
    ordered = query.order_by(*((column.desc() if descending else column.asc()) for column in key)).limit(limit + 1)
    rows = list(connection.execute(ordered))
    more = len(rows) > limit
    shown = rows[:limit]
    following = _write([_plain(column, getattr(shown[-1], str(column.key))) for column in key]) if more else None
    return Page(tuple(make(row) for row in shown), following)


def _stored_type(column: ColumnElement[Any]) -> Text | Integer:
    return Integer() if isinstance(column.type, Integer) else Text()


def _plain(column: ColumnElement[Any], value: Any) -> Any:
    """What the database holds for a value of this column."""
    if isinstance(column.type, TypeDecorator):
        return column.type.process_bind_param(value, None)  # type: ignore[arg-type]
    return value


def _write(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(values), separators=(",", ":")).encode()).decode().rstrip("=")


def _read(cursor: str, key: Sequence[ColumnElement[Any]]) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(values, list) and len(values) == len(key):
            kinds = (int if isinstance(column.type, Integer) else str for column in key)
            if all(type(value) is kind for value, kind in zip(values, kinds, strict=True)):
                return values
    except (ValueError, UnicodeDecodeError):
        pass
    raise UsageError("This page address cannot be read.", mend="Start again from the first page.")
