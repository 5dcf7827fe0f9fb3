"""Log lines: one JSON object each, standard library only, and never a person in one.

Write ids and counts: `log.info("genome accepted", extra={"genome": "EMBG00000000017", "calls": 4_812_003})`.
"""

import json
import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

from embla.errors import EmblaError

# Every attribute that logging itself puts on a record; what is not among them came through `extra=`.
BUILT_IN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}
RESERVED = frozenset({"time", "level", "logger", "message", "error", "at"})


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time (UTC), level, logger, message, what `extra` gave, and for an exception its
    type and places.

    The text of a foreign exception is left out, because it may quote a name or a row (a database's constraint errors
    do); EMBLA_DEBUG=1 (`reveal`) writes it, for a developer's own machine.
    """

    def __init__(self, *, reveal: bool = False) -> None:
        super().__init__()
        self.reveal = reveal

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if record.name == "uvicorn.access":
            line.update(_request(record))
        else:
            line["message"] = record.getMessage()
        given = {key: value for key, value in vars(record).items() if key not in BUILT_IN}
        line.update({f"{key}_" if key in RESERVED else key: value for key, value in given.items()})
        if record.exc_info and record.exc_info[1] is not None:
            line.update(self._error(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False, default=str)

    def _error(self, error: BaseException) -> dict[str, Any]:
        told = {
            "error": type(error).__name__,
            "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in _frames(error)],
        }
        if self.reveal or isinstance(error, EmblaError):
            told["why"] = str(error)
        return told


def configure_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """Send everything, uvicorn's lines too, to `stream` (stderr) as JSON lines from `level` on. Safe to call again."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(reveal=os.environ.get("EMBLA_DEBUG") == "1"))
    root = logging.getLogger()
    for old in list(root.handlers):
        if isinstance(old.formatter, JsonLines):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # SQLAlchemy writes bound parameters, names among them, at INFO.
    logging.getLogger("sqlalchemy").setLevel(logging.WARNING)
    # numba tells every step of its compiler at DEBUG, half a million lines, which doubles the time it takes.
    logging.getLogger("numba").setLevel(logging.WARNING)


def _request(record: logging.LogRecord) -> dict[str, Any]:
    """uvicorn.access gives (client, method, path?query, http version, status). Client and query may tell on somebody:
    the address is a person's, and a query holds what they searched for."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    if len(arguments) != 5:
        return {"message": "request"}
    _, method, path, _, status = arguments
    return {"message": "request", "method": method, "path": str(path).partition("?")[0], "status": status}


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    """The innermost dozen; deeper ones are the web server's."""
    return traceback.extract_tb(error.__traceback__)[-12:]
