"""Many variants at once: paste a list, get a table and a CSV."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.frequency.pages import asking, tables, words
from embla.frequency.pages.asking import MOST_LINES
from embla.platform.web import Crumb, csv_response, json_response, open_form, page, reader

router = APIRouter(include_in_schema=False)


@router.get("/batch")
def empty(request: Request) -> Response:
    """The box for the list."""
    return batch_page(request, "")


@router.post("/batch")
def batch(request: Request, form: Annotated[FormData, Depends(open_form)]) -> Response:
    """The table."""
    return batch_page(request, str(form.get("list", "")))


@router.post("/batch.csv")
def batch_csv(request: Request, form: Annotated[FormData, Depends(open_form)]) -> Response:
    """The table as CSV: each line as pasted, what it was read as, its count, and why not."""
    lines = asking.batch(request, str(form.get("list", "")))
    header = ["line", "asked", "error", "notes", *tables.CSV_COUNT]
    empty_cells: list[object] = [None] * len(tables.CSV_COUNT)
    rows = [
        [
            line.line,
            line.text,
            line.error,
            "; ".join(line.notes),
            *(tables.csv_cells(line.headline) if line.headline else empty_cells),
        ]
        for line in lines
    ]
    return csv_response("embla-variants", header, rows)


@router.post("/batch.json")
def batch_json(request: Request, form: Annotated[FormData, Depends(open_form)]) -> Response:
    """The table as JSON."""
    return json_response([line.to_json() for line in asking.batch(request, str(form.get("list", "")))])


def batch_page(request: Request, text: str) -> Response:
    """The page for a list; also what the search box leads to when several lines were pasted into it."""
    request.state.get_path = "/batch"
    lines = asking.batch(request, text) if text.strip() else ()
    text = "\n".join(line for line in text.splitlines() if not asking.is_personal(line))
    _ = reader(request).translator.gettext
    return page(
        request,
        "frequency/batch.html",
        text=text,
        lines=lines,
        most=MOST_LINES,
        threshold=asking.threshold(request),
        keep=asking.keep(request),
        words=words,
        crumbs=(Crumb(_("Many variants")),),
    )
