"""Twins of a page: the same numbers as JSON or CSV, in one form for every language: decimals have a dot."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from embla.platform.web.unseen import REPLACEMENT, shown, told_by_number

# OWASP "CSV Injection": a cell that begins so is a formula to a spreadsheet. Tab and CR can hide one.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
SAFE_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def guarded(value: object) -> object:
    """A CSV cell no spreadsheet runs: text that begins like a formula gets an apostrophe; numbers stay numbers.

    Unseen letters are taken out of a formula's way first: a spreadsheet may pass over one and run what follows.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        text = shown(value)
        return "'" + text if text.lstrip(f"{REPLACEMENT} ").startswith(FORMULA) else text
    return value


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """RFC 4180 with a header line, UTF-8, offered as `name`.csv."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{SAFE_NAME.sub("_", name)[:80]}.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def json_response(body: Mapping[str, Any] | Sequence[Any], status: int = 200) -> Response:
    """JSON on one line; NaN would not be JSON and is refused."""
    return Response(json_body(body), status_code=status, media_type="application/json")


def json_body(body: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """Its bytes, which the quick encoder writes."""
    return (told_by_number(json.dumps(body, ensure_ascii=False, allow_nan=False, default=str)) + "\n").encode()
