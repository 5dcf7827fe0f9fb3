"""The desk's pages: who saw what of a person, alerts, emergency reviews, incidents, the record; each with a JSON twin.

A person is asked for by POST, so that no pseudonym stands in an address. Each page decides and logs in its service.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.care import OUTCOMES, emergencies_to_review, emergency_of, review_emergency
from embla.errors import BadInput, EmblaError, NotFound, UsageError
from embla.oversight import alerts as alerts_
from embla.oversight import incidents as incidents_
from embla.oversight import words
from embla.oversight.finding import person_of_number
from embla.oversight.glance import desk
from embla.oversight.model.anomalies import shipped_rules
from embla.oversight.model.incident import KINDS, RISKS
from embla.oversight.model.lines import COLUMNS
from embla.oversight.persons import extract, who_saw
from embla.oversight.processing import record_of_processing
from embla.oversight.proof import proof_of
from embla.oversight.store import ALERT_STATES
from embla.platform import Actor, House
from embla.platform.web import (
    Crumb,
    checked_form,
    csv_response,
    json_response,
    page,
    reader,
    redirect,
    require_signed_in,
)

TEMPLATES: Final = Path(__file__).parent / "templates"
SHAPES: Final = words.SHAPES
Form = Annotated[FormData, Depends(checked_form)]

router = APIRouter(include_in_schema=False)


def routers() -> tuple[APIRouter, ...]:
    """Everything to mount."""
    return (router,)


@router.get("/dpo")
def glance(request: Request) -> Response:
    """The light, what waits, and where to go."""
    house, actor = _asking(request)
    waiting, light = desk(house, actor)
    return _page(request, "desk.html", waiting=waiting, light=light)


@router.get("/dpo.json")
def glance_json(request: Request) -> Response:
    """The same for programs."""
    waiting, light = desk(*_asking(request))
    return _private(json_response({"waiting": waiting.to_json(), "log": light.to_json()}))


@router.get("/dpo/person")
def person(request: Request) -> Response:
    """The form; nothing is looked up."""
    _asking(request, "dpo")
    return _person_page(request)


@router.post("/dpo/person")
def person_form(request: Request, form: Form) -> Response:
    """Who saw what of this person, newest first, and when an opt-out took effect. Looking is an entry too."""
    house, actor = _asking(request, "dpo")
    asked = _asked(form)
    try:
        seen = who_saw(house, actor, asked, cursor=str(form.get("cursor", "")) or None)
        proof = proof_of(house, actor, asked)
    except (NotFound, UsageError) as error:
        return _person_page(request, error=error)
    return _person_page(request, asked=seen.person, seen=seen, proof=proof)


@router.post("/dpo/person/number")
def person_number(request: Request, form: Form) -> Response:
    """The same by the number the person gave: found in the zone, in the log by pseudonym, and never shown again."""
    house, actor = _asking(request, "dpo")
    try:
        found = person_of_number(house, actor, str(form.get("number", ""))[:40])
    except (BadInput, NotFound) as error:
        return _person_page(request, error=error, by_number=True)
    try:
        seen, proof = who_saw(house, actor, found), proof_of(house, actor, found)
    except NotFound:
        return _person_page(request, known=found)
    return _person_page(request, asked=seen.person, seen=seen, proof=proof)


@router.post("/dpo/person.json")
def person_json(request: Request, form: Form) -> Response:
    """The extract for the person, as JSON, with the proof."""
    house, actor = _asking(request, "dpo")
    found, proof = extract(house, actor, _asked(form)), proof_of(house, actor, _asked(form))
    body = {
        "person": found.person,
        "staff": found.staff,
        "entries": [line.to_json() for line in found.lines],
        "opt_out": proof.to_json(),
    }
    return _private(json_response(body))


@router.post("/dpo/person.csv")
def person_csv(request: Request, form: Form) -> Response:
    """The extract for the person, as a table."""
    found = extract(*_asking(request, "dpo"), _asked(form))
    return _private(csv_response("embla-log-extract", COLUMNS, [line.cells() for line in found.lines]))


@router.post("/dpo/person/letter")
def letter(request: Request, form: Form) -> Response:
    """The extract in plain words, to be printed for the person."""
    house, actor = _asking(request, "dpo")
    found = extract(house, actor, _asked(form))
    request.state.get_path = "/dpo/person"
    return _page(
        request,
        "letter.html",
        found=found,
        today=house.clock(),
        officer=house.settings.officer_contact,
        crumbs=("person",),
    )


@router.get("/dpo/alerts")
def alerts(request: Request) -> Response:
    """What the rules found, newest first."""
    state = request.query_params.get("kind", "open")
    found = alerts_.alerts_now(*_asking(request, "dpo"), state if state in ALERT_STATES else None)
    return _page(request, "alerts.html", alerts=found, state=state, rules=shipped_rules(), crumbs=("alerts",))


@router.get("/dpo/alerts.json")
def alerts_json(request: Request) -> Response:
    """All of them."""
    return _private(json_response({"alerts": [a.to_json() for a in alerts_.alerts_now(*_asking(request, "dpo"))]}))


@router.get("/dpo/alerts/{alert}")
def alert(request: Request, alert: str) -> Response:
    """One alert and the entries it rests on."""
    return _alert_page(request, alert)


@router.post("/dpo/alerts/{alert}")
def alert_form(request: Request, alert: str, form: Form) -> Response:
    """Explain it, or make an incident of it."""
    house, actor = _asking(request, "dpo")
    try:
        _, incident = alerts_.judge(house, actor, alert, str(form.get("state", "")), _text(form))
    except (BadInput, UsageError) as error:
        return _alert_page(request, alert, error)
    return redirect(f"/dpo/incidents/{incident.id}" if incident else f"/dpo/alerts/{alert}")


@router.get("/dpo/reviews")
def reviews(request: Request) -> Response:
    """Emergency accesses: those that wait for a review, and those judged."""
    house, actor = _asking(request)
    waiting = emergencies_to_review(house, actor)
    judged = emergencies_to_review(house, actor, waiting=False)
    return _page(request, "reviews.html", emergencies=waiting, judged=judged, now=house.clock(), crumbs=("reviews",))


@router.get("/dpo/reviews.json")
def reviews_json(request: Request) -> Response:
    """All of them."""
    house, actor = _asking(request)
    now = house.clock()
    found = [
        one.to_json() | {"overdue": one.overdue_at(now)} for one in emergencies_to_review(house, actor, waiting=None)
    ]
    return _private(json_response({"emergencies": found}))


@router.get("/dpo/reviews/{emergency}")
def review(request: Request, emergency: str) -> Response:
    """One emergency with its reason; another's than the reader's own."""
    return _review_page(request, emergency)


@router.post("/dpo/reviews/{emergency}")
def review_form(request: Request, emergency: str, form: Form) -> Response:
    """Judge it."""
    house, actor = _asking(request)
    try:
        review_emergency(house, actor, emergency, str(form.get("outcome", "")), _text(form))
    except (BadInput, UsageError) as error:
        return _review_page(request, emergency, error)
    return redirect(f"/dpo/reviews/{emergency}")


@router.get("/dpo/incidents")
def incidents(request: Request) -> Response:
    """Incidents with their clock, and the form for a new one."""
    return _incidents_page(request)


@router.post("/dpo/incidents")
def incidents_form(request: Request, form: Form) -> Response:
    """A new incident; its clock starts at detection."""
    house, actor = _asking(request)
    try:
        when = _time(str(form.get("detected", "")))
        made = incidents_.note_incident(house, actor, str(form.get("kind", "")), _text(form), detected=when)
    except (BadInput, UsageError) as error:
        return _incidents_page(request, error)
    return redirect(f"/dpo/incidents/{made.id}")


@router.get("/dpo/incidents.json")
def incidents_json(request: Request) -> Response:
    """All of them."""
    house, actor = _asking(request)
    now = house.clock()
    found = [one.to_json() | {"overdue": one.overdue_at(now)} for one in incidents_.incidents_now(house, actor)]
    return _private(json_response({"incidents": found}))


@router.get("/dpo/incidents/{incident}")
def incident(request: Request, incident: str) -> Response:
    """One incident: its clock, its steps, what to do next."""
    return _incident_page(request, incident)


@router.post("/dpo/incidents/{incident}")
def incident_form(request: Request, incident: str, form: Form) -> Response:
    """The next step."""
    house, actor = _asking(request)
    step = str(form.get("step", ""))
    try:
        if step == "assess":
            incidents_.assess_incident(house, actor, incident, str(form.get("risk", "")), _text(form))
        elif step == "report":
            incidents_.report_incident(house, actor, incident, _text(form))
        elif step == "close":
            incidents_.close_incident(house, actor, incident, _text(form))
        else:
            raise UsageError("An incident has no such step.", mend="Assess, report or close it.")
    except (BadInput, UsageError) as error:
        return _incident_page(request, incident, error)
    return redirect(f"/dpo/incidents/{incident}")


@router.get("/dpo/processing")
def processing(request: Request) -> Response:
    """The record of processing, made now."""
    return _page(request, "processing.html", record=record_of_processing(*_asking(request)), crumbs=("processing",))


@router.get("/dpo/processing.json")
def processing_json(request: Request) -> Response:
    """The same for programs."""
    return _private(json_response(record_of_processing(*_asking(request)).to_json()))


def _person_page(request: Request, *, error: EmblaError | None = None, **context: Any) -> Response:
    request.state.get_path = "/dpo/person"
    told = {"asked": "", "seen": None, "proof": None, "known": "", "by_number": False} | context
    status = 200 if error is None else 404 if isinstance(error, NotFound) else 422
    return _page(request, "person.html", status, error=error, crumbs=("person",), **told)


def _alert_page(request: Request, alert: str, error: EmblaError | None = None) -> Response:
    found, entries, said = alerts_.alert_with_evidence(*_asking(request, "dpo"), alert)
    return _page(
        request, "alert.html", 422 if error else 200, one=found, entries=entries, said=said, error=error,
        rules=shipped_rules(), crumbs=("alerts", found.alert.id),
    )  # fmt: skip


def _review_page(request: Request, emergency: str, error: EmblaError | None = None) -> Response:
    house, actor = _asking(request)
    found, reason, text = emergency_of(house, actor, emergency)
    return _page(
        request, "review.html", 422 if error else 200, one=found, reason=reason, said=text, error=error,
        now=house.clock(), outcomes=OUTCOMES, crumbs=("reviews", found.id),
    )  # fmt: skip


def _incidents_page(request: Request, error: EmblaError | None = None) -> Response:
    house, actor = _asking(request)
    found = incidents_.incidents_now(house, actor)
    return _page(
        request, "incidents.html", 422 if error else 200, incidents=found, now=house.clock(), kinds=KINDS, error=error,
        crumbs=("incidents",),
    )  # fmt: skip


def _incident_page(request: Request, incident: str, error: EmblaError | None = None) -> Response:
    house, actor = _asking(request)
    found, steps = incidents_.incident_with_steps(house, actor, incident)
    return _page(
        request, "incident.html", 422 if error else 200, one=found, steps=steps, now=house.clock(), risks=RISKS,
        error=error, crumbs=("incidents", found.id),
    )  # fmt: skip


def _page(request: Request, template: str, status: int = 200, crumbs: Sequence[str] = (), **context: Any) -> Response:
    _ = reader(request).translator.gettext
    names = words.pages(_)
    way = [Crumb(_("The desk"), "/dpo" if crumbs else "")]
    way += [Crumb(names.get(name, name), f"/dpo/{name}" if name in names else "") for name in crumbs]
    return page(
        request, f"oversight/{template}", status=status, private=True, words=words, crumbs=tuple(way), **context
    )  # fmt: skip


def _asked(form: FormData) -> str:
    return str(form.get("person", ""))[:200]


def _text(form: FormData) -> str:
    return str(form.get("text", ""))[:2000]


def _time(text: str) -> datetime | None:
    """What a browser's date and time field sends, taken as UTC; None where it is empty."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise UsageError("This is no time.", mend="Write it as 2026-01-31T12:00, in UTC.") from None


def _asking(request: Request, role: str = "") -> tuple[House, Actor]:
    """The home and who asks; what they may is decided by the services."""
    house: House = request.app.state.house
    return house, require_signed_in(request, role).actor


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


__all__ = ["SHAPES", "TEMPLATES", "routers"]
