"""Tables as a spreadsheet of Office Open XML. The extra `sheets` brings openpyxl.

A text is written as a text whatever it begins with, so no cell is ever a formula; amounts are numbers, where a number
holds them exactly as they are shown.
"""

import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from starlette.responses import Response

from embla.optional import require

TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What XML 1.0 cannot hold, and openpyxl therefore refuses.
_CONTROL: Final = dict.fromkeys([*(n for n in range(32) if n not in (9, 10, 13)), 0xFFFE, 0xFFFF])
Table = tuple[str, Sequence[str], Iterable[Sequence[object]]]


def workbook(tables: Sequence[Table]) -> bytes:
    """One sheet for each (title, header, rows)."""
    openpyxl = require("openpyxl", doing="Writing a spreadsheet", extra="sheets")
    book = openpyxl.Workbook(write_only=True)
    for title, header, rows in tables:
        sheet = book.create_sheet(title[:31])
        for row in [header, *rows]:
            sheet.append([_cell(sheet, value) for value in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _cell(sheet: Any, value: object) -> Any:
    cells = require("openpyxl.cell", doing="Writing a spreadsheet", extra="sheets")
    if value is None or isinstance(value, bool | int | float | Decimal):
        return value
    cell = cells.WriteOnlyCell(sheet, value=str(value).translate(_CONTROL)[:32_000])
    # Set last: openpyxl takes a text that begins with = for a formula.
    cell.data_type = "s"
    return cell


def sheet_response(name: str, tables: Sequence[Table]) -> Response:
    """The workbook as a file to keep; never cached."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"', "Cache-Control": "no-store"}
    return Response(workbook(tables), media_type=TYPE, headers=headers)
