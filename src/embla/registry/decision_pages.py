"""What a person decided: for the clinician who treats them, through the case, and for the data protection officer."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import BadInput, NotFound, Refused, UsageError
from embla.identity import may_decide
from embla.platform import House
from embla.platform.web import Crumb, checked_form, page, reader, redirect, require_signed_in
from embla.policy import Action, permit
from embla.registry.agreements import agreements, partners
from embla.registry.cases import case_of
from embla.registry.consents import consents_seen, note_consent
from embla.registry.model.consent import FINDINGS, FORMS, SIGNERS, Statement, in_force, must_be_renewed
from embla.registry.outside import all_marks, asked_about, register_states
from embla.registry.persons import person_exists

router = APIRouter(include_in_schema=False)


@router.get("/case/{case}/consent")
def of_case(request: Request, case: str) -> Response:
    """What the patient of a case decided."""
    session = require_signed_in(request)
    return _case_page(request, session.actor, case)


@router.post("/case/{case}/consent")
def note(request: Request, case: str, form: Annotated[FormData, Depends(checked_form)]) -> Response:
    """Note what the patient signed."""
    session = require_signed_in(request, "clinician")
    house: House = request.app.state.house
    try:
        statement = _statement(_person_of(house, case), form)
        note_consent(house, session.actor, statement, case=case, purpose="care")
    except (BadInput, UsageError, Refused) as error:
        if isinstance(error, Refused) and hasattr(error, "rule"):
            raise
        return _case_page(request, session.actor, case, error)
    return redirect(f"/case/{case}/consent")


@router.get("/decisions")
def decisions(request: Request) -> Response:
    """For the data protection officer: the registers outside, agreements, and a form for one person."""
    session = require_signed_in(request, "dpo")
    return _dpo_page(request, session.actor)


@router.post("/decisions")
def of_person(request: Request, form: Annotated[FormData, Depends(checked_form)]) -> Response:
    """What one person decided, by pseudonym; it is in the log."""
    session = require_signed_in(request, "dpo")
    house: House = request.app.state.house
    asked = form.get("person", "")
    person = asked.strip()[:100] if isinstance(asked, str) else ""
    with house.database.reading() as connection:
        known = person_exists(connection, person)
    if not known:
        return _dpo_page(request, session.actor, error=NotFound("This pseudonym is not one of ours."), code=404)
    return _dpo_page(request, session.actor, person=person)


def _case_page(request: Request, actor: Any, case: str, error: Any = None) -> Response:
    house: House = request.app.state.house
    _ = reader(request).translator.gettext
    purpose = "care" if actor.has("clinician") else "supervision"
    person = _person_of(house, case)
    noted = consents_seen(house, actor, person, case=case, purpose=purpose)
    request.state.get_path = f"/case/{case}/consent"
    with house.database.reading() as connection:
        key = found.key if (found := case_of(connection, case)) else ""
    return page(
        request, "registry/consent.html", status=422 if error else 200, private=True, case=case, error=error,
        may_note=actor.has("clinician"), findings=FINDINGS, forms=FORMS, signers=SIGNERS,
        crumbs=(Crumb(_("My cases"), "/cases"), Crumb(key, f"/case/{case}"), Crumb(_("Consent"))),
        **_shown(house, person, noted),
    )  # fmt: skip


def _dpo_page(request: Request, actor: Any, *, person: str = "", error: Any = None, code: int = 200) -> Response:
    house: House = request.app.state.house
    _ = reader(request).translator.gettext
    permit(house.database, actor, Action.SEE_PROCESSING, purpose="supervision", clock=house.clock)
    shown: dict[str, Any] = {"noted": (), "standing": {}, "marks": (), "renew": False}
    if person:
        shown = _shown(house, person, consents_seen(house, actor, person, purpose="supervision"))
    request.state.get_path = "/decisions"
    today = house.clock().date()
    with house.database.reading() as connection:
        states, (known, everybody) = register_states(connection, house.clock()), asked_about(connection)
        deals = [(deal, deal.state_on(today)) for deal in agreements(connection)]
        names = {partner.id: partner for partner in partners(connection)}
    return page(
        request, "registry/decisions.html", status=code, private=True, person=person, error=error, states=states,
        known=known, everybody=everybody, deals=deals, partners=names,
        crumbs=(Crumb(_("What people decided")),), **shown,
    )  # fmt: skip


def _shown(house: House, person: str, noted: Any) -> dict[str, Any]:
    today = house.clock().date()
    standing = {form: in_force(noted, today, form) for form in FORMS}
    with house.database.reading() as connection:
        marks = all_marks(connection, person)
    renew = must_be_renewed(standing["general"], may_decide(house, person, today))
    ids = {one.id for one in standing.values() if one is not None}
    return {"noted": noted, "standing": ids, "marks": marks, "renew": renew, "today": today}


def _person_of(house: House, case: str) -> str:
    """The patient; for an unknown case nobody, whom policy refuses like any other stranger."""
    with house.database.reading() as connection:
        found = case_of(connection, case[:100])
    return found.person if found is not None else "-"


def _statement(person: str, form: FormData) -> Statement:
    def said(field: str) -> str:
        value = form.get(field, "")
        return value.strip()[:200] if isinstance(value, str) else ""

    try:
        day = date.fromisoformat(said("day"))
    except ValueError:
        raise BadInput("This is no date.", mend="Write it as 2026-01-31.") from None
    given = said("says") != "withdrawn"
    return Statement(
        person, said("form"), said("version"), "given" if given else "withdrawn", day,  # type: ignore[arg-type]
        said("findings") if given else None, said("recontact") == "yes" if given else None,  # type: ignore[arg-type]
        said("storage") == "yes" if given else None, said("opt_out") == "yes" if given else None,
        said("by") or "not told",  # type: ignore[arg-type]
    )  # fmt: skip
