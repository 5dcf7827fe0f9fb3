"""Many variants at once: paste a list, get a table and a CSV."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.frequency.pages import asking, tables, words
from embla.frequency.pages.asking import MOST_LINES
from embla.platform.web import (
    Crumb,
    csv_response,
    json_response,
    open_form,
    open_question,
    page,
    reader,
    redirect,
    seal_question,
    signed_in,
)

router = APIRouter(include_in_schema=False)


@router.get("/batch")
def empty(request: Request) -> Response:
    """The box for the list, or the table of the list that the address holds sealed."""
    session, house = signed_in(request), asking.house(request)
    asked = request.query_params.get("asked")
    said = open_question(house.wrapping, session.actor.id, "/batch", asked, house.clock()) if session else None
    return batch_page(request, said["list"] if said else "")


@router.post("/batch")
def batch(request: Request, form: Annotated[FormData, Depends(open_form)]) -> Response:
    """The table. Who is signed in is led on to an address of it: no browser keeps their pages, and without one there
    would be nothing to go back to."""
    session, house = signed_in(request), asking.house(request)
    text = str(form.get("list", ""))
    kept = "\n".join("-" if asking.is_personal(line) else line for line in text.splitlines())
    said = {"list": kept}
    sealed = seal_question(house.wrapping, session.actor.id, "/batch", said, house.clock()) if session else None
    if sealed is None or kept != text.replace("\r\n", "\n").rstrip("\n"):
        return batch_page(request, text)
    release = {"release": number} if (number := asking.release_number(request)) else {}
    return redirect(f"/batch?{urlencode({'asked': sealed, **release})}")


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
