"""A database as plain lines, and back: the same for SQLite and PostgreSQL, so a home can move from one to the other.

Each table is a stream of JSON lines, one row a line, values in the order of the table's columns, keys in the first
line. Bytes are written as {"$b": base64}, decimals as {"$d": text}. Everything is read in one state of the database,
whatever others commit.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, MetaData, Table, delete, func, insert, inspect, select, text

from embla.errors import Broken

if TYPE_CHECKING:
    from embla.platform.database import Database

_ROWS: Final = 2_000
# Alembic's own table: what it says is said by the backup's `database_format`.
_NOT_DUMPED: Final = frozenset({"alembic_version"})


def table_names(connection: Connection) -> list[str]:
    """Tables that a dump holds, those that others refer to first."""
    return [table.name for table in _tables(connection)]


def dump_table(connection: Connection, name: str) -> Iterator[bytes]:
    """One table as lines: first its columns, then its rows in the order of the primary key."""
    metadata = MetaData()
    metadata.reflect(connection, only=[name], resolve_fks=False)
    table = metadata.tables[name]
    yield json.dumps([column.name for column in table.columns]).encode() + b"\n"
    query = select(table).order_by(*(table.primary_key.columns or table.columns))
    for rows in connection.execution_options(yield_per=_ROWS).execute(query).partitions():
        yield b"".join(_line(row) for row in rows)


def load_tables(
    database: "Database", version: str, tables: Iterable[str], read: Callable[[str], Iterator[bytes]]
) -> None:
    """Fill an empty database of format `version` from lines, in one transaction, then bring it to this program's.

    `read(table)` gives a table's bytes. Broken where lines are no rows of the table.
    """
    from embla.platform.migrate import migrate_to

    migrate_to(database, version)
    fill_tables(database, version, tables, read)
    database.migrate()


def fill_tables(
    database: "Database", version: str, tables: Iterable[str], read: Callable[[str], Iterator[bytes]]
) -> None:
    """Rows into tables that are there, in one transaction; what stood in them goes."""
    given = set(tables)
    with database.transaction() as connection:
        ordered = _tables(connection)
        unknown = given - {table.name for table in ordered}
        if unknown:
            raise Broken(f"The backup has a table {sorted(unknown)[0]} that format {version} does not know.")
        for table in reversed(ordered):  # a migration may have left rows of its own; those of the dump replace them
            if table.name in given and connection.execute(select(func.count()).select_from(table)).scalar():
                connection.execute(delete(table))
        for table in ordered:
            if table.name in given:
                _load(connection, table, read(table.name))


def _tables(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection, resolve_fks=True)
    return [table for table in metadata.sorted_tables if table.name not in _NOT_DUMPED]


def _load(connection: Connection, table: Table, chunks: Iterator[bytes]) -> None:
    lines = dumped_lines(chunks)
    try:
        names = json.loads(next(lines))
        batch: list[dict[str, Any]] = []
        for line in lines:
            batch.append({name: _value(value) for name, value in zip(names, json.loads(line), strict=True)})
            if len(batch) == _ROWS:
                connection.execute(insert(table), batch)
                batch = []
        if batch:
            connection.execute(insert(table), batch)
    except (ValueError, StopIteration) as error:
        raise Broken(f"The lines of the table {table.name} are no rows of it.", mend="Take another backup.") from error
    _set_sequences(connection, table)


def _set_sequences(connection: Connection, table: Table) -> None:
    """PostgreSQL counts on from where the rows end."""
    if connection.dialect.name != "postgresql":
        return
    for column in inspect(connection).get_columns(table.name):
        found = connection.execute(
            text("SELECT pg_get_serial_sequence(:table, :column)"),
            {"table": f'"{table.name}"', "column": column["name"]},
        ).scalar()
        if found:
            highest = connection.execute(select(func.max(table.c[column["name"]]))).scalar()
            connection.execute(text("SELECT setval(:found, :value, :called)"),
                               {"found": found, "value": highest or 1, "called": highest is not None})  # fmt: skip


def dumped_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The lines of a table's dump, without their ends."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        yield rest


def _line(row: Any) -> bytes:
    return json.dumps([_plain(value) for value in row], ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return {"$b": base64.b64encode(bytes(value)).decode("ascii")}
    if isinstance(value, Decimal):
        return {"$d": str(value)}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise Broken(f"A dump has no form for a value of {type(value).__name__}.")


def _value(value: Any) -> Any:
    if isinstance(value, dict) and "$d" in value:
        return Decimal(value["$d"])
    if isinstance(value, dict):
        return base64.b64decode(value["$b"], validate=True)
    return value
