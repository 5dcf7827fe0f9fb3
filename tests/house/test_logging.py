"""Log lines: JSON, one each, and nothing in them that could be about somebody."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from embla.errors import NotFound
from embla.platform import configure_logging


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    for name in ("uvicorn", "uvicorn.access", "uvicorn.error"):  # a server of another test may have set its own
        one = logging.getLogger(name)
        one.handlers, one.propagate, one.disabled = [], True, False
        one.setLevel(logging.NOTSET)
    stream = io.StringIO()
    configure_logging("info", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_log_line__is_one_json_object_with_what_was_given(stream: io.StringIO) -> None:
    logging.getLogger("embla.submission").info("accepted\nonce", extra={"genome": "EMBG00000000017", "calls": 12})

    [line] = lines(stream)
    assert line["message"] == "accepted\nonce"
    assert (line["level"], line["logger"], line["genome"], line["calls"]) == (
        "info", "embla.submission", "EMBG00000000017", 12,
    )  # fmt: skip
    assert line["time"].endswith("+00:00")


def test_log_line__is_written_once_however_often_logging_is_configured(stream: io.StringIO) -> None:
    configure_logging("info", stream)
    configure_logging("info", stream)

    logging.getLogger("embla").warning("once")

    assert len(lines(stream)) == 1


def test_exception__gives_type_and_place_but_not_its_text(stream: io.StringIO) -> None:
    try:
        raise ValueError("duplicate key (name)=(Karen Blixen)")
    except ValueError:
        logging.getLogger("embla").exception("failed")

    [line] = lines(stream)
    assert line["error"] == "ValueError"
    assert "test_logging.py" in line["at"][-1]
    assert "Blixen" not in stream.getvalue()


def test_exception__of_ours_says_why(stream: io.StringIO) -> None:
    try:
        raise NotFound("No release 7.", mend="The newest is 6.")
    except NotFound:
        logging.getLogger("embla").exception("failed")

    assert lines(stream)[0]["why"] == "No release 7. The newest is 6."


def test_web_request__is_logged_without_address_and_query(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d', "10.1.2.3:5555", "GET", "/search?q=chr1-1000-A-G", "1.1", 200
    )

    [line] = lines(stream)
    assert (line["method"], line["path"], line["status"]) == ("GET", "/search", 200)
    assert "10.1.2.3" not in stream.getvalue() and "chr1" not in stream.getvalue()


def test_extra__cannot_replace_what_a_line_always_has(stream: io.StringIO) -> None:
    logging.getLogger("embla").info("true", extra={"level": "x", "time": "y", "error": "z"})

    [line] = lines(stream)
    assert (line["level"], line["level_"], line["error_"]) == ("info", "x", "z")
