"""A clinician's cases, looked through, and the live count of one: exact, logged, with somebody left out if wanted.

What is typed comes by POST and leads on to an address that holds it sealed, so that an answer can be gone back to and
neither a variant nor a person stands in an address. Each load of that address counts anew, and is logged anew.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import BadInput
from embla.frequency.model.answers import Answer
from embla.frequency.pages import asking, drawings, structural, words
from embla.frequency.structural import StructuralAnswer
from embla.genome import Region
from embla.platform.web import (
    Crumb,
    checked_form,
    open_question,
    page,
    reader,
    redirect,
    require_signed_in,
    seal_question,
)
from embla.reference import Asked, parse
from embla.registry import Case, CasesWanted

router = APIRouter(include_in_schema=False)

LEAVE_OUT = ("person", "family", "group")


@router.get("/cases")
def cases(request: Request) -> Response:
    """The open cases that this clinician treats, or those that were looked for, closed ones if wanted."""
    session, house = require_signed_in(request, "clinician"), asking.house(request)
    asked = open_question(
        house.wrapping, session.actor.id, "/cases", request.query_params.get("asked"), house.clock()
    )  # fmt: skip
    return _cases_page(request, CasesWanted(**asked) if asked else CasesWanted())


@router.post("/cases")
def look_for_cases(request: Request, form: Annotated[FormData, Depends(checked_form)]) -> Response:
    """On to the list of what was looked for; a pseudonym stays out of the address."""
    session, house = require_signed_in(request, "clinician"), asking.house(request)
    request.state.get_path = "/cases"
    said: dict[str, Any] = {name: str(form.get(name, "")).strip()[:200] for name in ("text", "group", "state")}
    said["closed"] = form.get("closed") == "yes"
    wanted = CasesWanted(**said)
    try:
        asking.check_wanted(request, session.actor, wanted)
    except BadInput as error:
        return _cases_page(request, CasesWanted(), error)
    if wanted == CasesWanted():
        return redirect("/cases")
    return redirect(f"/cases?asked={seal_question(house.wrapping, session.actor.id, '/cases', said, house.clock())}")


def _cases_page(request: Request, wanted: CasesWanted, error: BadInput | None = None) -> Response:
    session = require_signed_in(request, "clinician")
    found, states = asking.cases(request, session.actor, request.query_params.get("page"), wanted)
    _ = reader(request).translator.gettext
    return page(
        request,
        "frequency/cases.html",
        status=422 if error else 200,
        private=True,
        cases=found.items,
        states=states,
        next_page=found.next,
        wanted=wanted,
        narrowed=wanted != CasesWanted(),
        known_states=asking.CASE_STATES,
        error=error,
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
def ask(request: Request, case: str, form: Annotated[FormData, Depends(checked_form)]) -> Response:
    """On to the count; what cannot be counted is told beside the field."""
    session, house = require_signed_in(request, "clinician"), asking.house(request)
    found = asking.case(request, session.actor, case)
    text = str(form.get("q", ""))[:5000]
    leave_out = tuple(str(value) for value in form.getlist("leave_out") if value in LEAVE_OUT)
    try:
        asked = parse(text, asking.reference(request))
    except BadInput as error:
        text = "" if error.facts.get("reason") == "personal number" else text
        return _page(request, found, text, leave_out, None, error)
    said = {"q": text, "leave_out": leave_out}
    sealed = seal_question(house.wrapping, session.actor.id, f"/case/{found.id}", said, house.clock())
    if sealed is None:  # too long for an address: counted at once
        return _counted(request, found, asked, leave_out)
    return redirect(f"/case/{found.id}/count?asked={sealed}")


@router.get("/case/{case}/count")
def count(request: Request, case: str) -> Response:
    """Count now, and say whom the count left out. An address that holds no question leads to the form."""
    session, house = require_signed_in(request, "clinician"), asking.house(request)
    found = asking.case(request, session.actor, case)
    asked = request.query_params.get("asked")
    said = open_question(house.wrapping, session.actor.id, f"/case/{found.id}", asked, house.clock())
    if said is None:
        return redirect(f"/case/{found.id}")
    return _counted(request, found, parse(said["q"], asking.reference(request)), tuple(said["leave_out"]))


def _counted(request: Request, found: Case, asked: Asked, leave_out: tuple[str, ...]) -> Response:
    actor = require_signed_in(request, "clinician").actor
    if isinstance(asked, Region):
        found_there = asking.live_region(request, actor, found.id, asked, leave_out)
        return _page(request, found, str(asked), leave_out, None, None, asked.notes, found_there)
    answer = asking.live(request, actor, found.id, asked, leave_out)
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
    request.state.get_path = f"/case/{case.id}"  # of an answer to a POST
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
