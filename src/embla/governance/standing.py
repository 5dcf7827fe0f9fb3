"""The fold as it stands: kept by event number, caught up at each look, made anew when its rules change."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, insert, select, update

from embla.governance.model.alike import Bodies
from embla.governance.model.folding import KINDS, RULES, Board, Entry, fold
from embla.governance.model.history import History, Published
from embla.governance.tables import board_fold
from embla.platform import event_rows

if TYPE_CHECKING:
    from embla.platform import House

# A look that read more than this keeps the state for the next one.
_WORTH_KEEPING: Final = 200


def board_at_head(house: "House") -> Board:
    """The board's state at the last entry of the log. Writes only after many new entries, so pages do not wait."""
    with house.database.reading() as connection:
        board, before = read_board(connection)
    if board.seen - before >= _WORTH_KEEPING:
        with house.database.transaction() as connection:
            _keep(connection, board)
    return board


def read_board(connection: Connection, *, scratch: bool = False) -> tuple[Board, int]:
    """The state, and up to which entry it had been kept. `scratch`: read the whole log, whatever is kept."""
    row = None if scratch else connection.execute(select(board_fold)).one_or_none()
    board = Board.of(json.loads(row.state)) if row is not None and row.rules == RULES else Board()
    before = board.seen
    return fold(board, _entries(connection, before), _Lookup(connection)), before


def history_of(board: Board) -> History:
    """What was published, out of the loaded entries."""
    return History(Published.of(body, event) for body, event in board.history.values())


def _keep(connection: Connection, board: Board) -> None:
    values = {"seen": board.seen, "rules": RULES, "state": json.dumps(board.to_json(), separators=(",", ":"))}
    there = connection.execute(select(board_fold.c.seen, board_fold.c.rules)).one_or_none()
    if there is None:
        connection.execute(insert(board_fold).values(id=1, **values))
    elif there.rules != RULES or there.seen < board.seen:
        connection.execute(update(board_fold).values(**values))


def _entries(connection: Connection, after: int) -> Iterator[Entry]:
    """Bare columns: a log of a million entries is read in seconds, which whole events are not."""
    bodies = Bodies()
    for number, at, kind, subject, text in event_rows(connection, after, KINDS):
        yield number, at[:10], kind, subject, bodies(kind, text)


class _Lookup:
    """What earlier packages were counted as, read when something of theirs ends; the last few stay at hand."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._kept: dict[str, list[Mapping[str, Any]]] = {}

    def __call__(self, submission: str) -> Sequence[Mapping[str, Any]]:
        found = self._kept.get(submission)
        if found is None:
            if len(self._kept) > 500:
                self._kept.clear()
            rows = event_rows(self._connection, 0, ("equivalents-counted",), subject=f"submission:{submission}")
            found = self._kept[submission] = [json.loads(row[4]) | {"event": row[0]} for row in rows]
        return found
