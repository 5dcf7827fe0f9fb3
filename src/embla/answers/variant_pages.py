"""The page of a case's variants. What is typed comes by POST and leads on to an address that holds it sealed."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.answers import handing, variants
from embla.answers.paper import class_words
from embla.errors import BadInput
from embla.platform import House
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
from embla.reference import refuse_personal_number

_MOST_TYPED: Final = 20_000
router = APIRouter(include_in_schema=False)


@router.get("/case/{case}/variants")
def of_case(request: Request, case: str) -> Response:
    """What stands about variants that the patient carries; and about those that were asked for."""
    session = require_signed_in(request, "clinician")
    house: House = request.app.state.house
    asked = request.query_params.get("asked")
    said = open_question(house.wrapping, session.actor.id, f"/case/{case}/variants", asked, house.clock())
    return _page(request, case, said["q"] if said else "")


@router.post("/case/{case}/variants")
def ask(request: Request, case: str, form: Annotated[FormData, Depends(checked_form)]) -> Response:
    """On to the answer; what is too long for an address is answered at once."""
    session = require_signed_in(request, "clinician")
    house: House = request.app.state.house
    request.state.get_path = f"/case/{case}/variants"
    variants.may_ask(house, session.actor, case)
    value = form.get("alleles", "")
    text = value[:_MOST_TYPED].replace("\r\n", "\n") if isinstance(value, str) else ""
    try:
        refuse_personal_number(text)
        if len(_lines(text)) > variants.MOST_TYPED:
            raise BadInput(
                f"{len(_lines(text))} variants were typed, and the form takes at most {variants.MOST_TYPED}.",
                mend="Look for the rest in a second go.",
            )
    except BadInput as error:
        return _page(request, case, "", error, text if error.facts.get("reason") != "personal number" else "")
    if not _lines(text):
        return redirect(f"/case/{case}/variants")
    place = f"/case/{case}/variants"
    sealed = seal_question(house.wrapping, session.actor.id, place, {"q": text}, house.clock())
    return _page(request, case, text) if sealed is None else redirect(f"{place}?asked={sealed}")


def _page(request: Request, case: str, text: str, error: BadInput | None = None, typed: str = "") -> Response:
    session = require_signed_in(request, "clinician")
    house: House = request.app.state.house
    found = variants.variants_of(house, session.actor, case, _lines(text))
    _ = reader(request).translator.gettext
    crumbs = (Crumb(_("My cases"), "/cases"), Crumb(found.case.key, f"/case/{case}"), Crumb(_("Variants")))
    return page(
        request, "answers/variants.html", status=422 if error else 200, private=True, found=found, case=case,
        text=text or typed, error=error, classes=class_words(reader(request).language), most=variants.MOST_TYPED,
        labs=handing.laboratory_names(house), crumbs=crumbs,
    )  # fmt: skip


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
