"""A clinician's cases, and the live count of one: exact, logged, with somebody left out if wanted.

A count is asked for by POST: it writes an event, and the variant stays out of the address.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import BadInput
from embla.frequency.model.answers import Answer
from embla.frequency.pages import asking, drawings, structural, words
from embla.frequency.structural import StructuralAnswer
from embla.genome import Region
from embla.platform.web import Crumb, checked_form, page, reader, require_signed_in
from embla.reference import parse
from embla.registry import Case

router = APIRouter(include_in_schema=False)

LEAVE_OUT = ("person", "family", "group")


@router.get("/cases")
def cases(request: Request) -> Response:
    """The open cases that this clinician treats."""
    session = require_signed_in(request, "clinician")
    found = asking.cases(request, session.actor, request.query_params.get("page"))
    _ = reader(request).translator.gettext
    return page(
        request,
        "frequency/cases.html",
        private=True,
        cases=found.items,
        next_page=found.next,
        names=asking.group_names(request),
        crumbs=(Crumb(_("My cases")),),
    )


@router.get("/case/{case}")
def case(request: Request, case: str) -> Response:
    """The form; nothing is counted yet."""
    session = require_signed_in(request, "clinician")
    found = asking.case(request, session.actor, case)
    return _page(request, found, "", ("person",), None, None)


@router.post("/case/{case}")
def count(request: Request, case: str, form: Annotated[FormData, Depends(checked_form)]) -> Response:
    """Count now, and say whom the count left out."""
    session = require_signed_in(request, "clinician")
    found = asking.case(request, session.actor, case)
    text = str(form.get("q", ""))[:5000]
    leave_out = tuple(str(value) for value in form.getlist("leave_out") if value in LEAVE_OUT)
    try:
        asked = parse(text, asking.reference(request))
    except BadInput as error:
        text = "" if error.facts.get("reason") == "personal number" else text
        return _page(request, found, text, leave_out, None, error)
    if isinstance(asked, Region):
        found_there = asking.live_region(request, session.actor, case, asked, leave_out)
        return _page(request, found, str(asked), leave_out, None, None, asked.notes, found_there)
    answer = asking.live(request, session.actor, case, asked, leave_out)
    return _page(request, found, str(asked), leave_out, answer, None, asked.notes)


def _page(
    request: Request,
    case: Case,
    text: str,
    leave_out: tuple[str, ...],
    answer: Answer | None,
    error: BadInput | None,
    notes: tuple[str, ...] = (),
    there: StructuralAnswer | None = None,
) -> Response:
    _ = reader(request).translator.gettext
    request.state.get_path = f"/case/{case.id}"
    pen = drawings.Pen(_, reader(request).formats)
    return page(
        request,
        "frequency/case.html",
        status=422 if error else 200,
        private=True,
        case=case,
        text=text,
        leave_out=leave_out,
        answer=answer,
        error=error,
        notes=words.worth_saying((*notes, *(answer.notes if answer else ()))),
        sex_linked=answer is not None and answer.headline.contig in ("chrX", "chrY"),
        names=asking.group_names(request),
        keep="",
        made=asking.made_live(request) if answer is not None else None,
        threshold=1,
        words=words,
        **({"structural": None} if there is None else structural.context(there, pen)),
        crumbs=(Crumb(_("My cases"), "/cases"), Crumb(case.key)),
    )
