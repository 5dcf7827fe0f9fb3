"""Pages of the treating clinician: the genomes of a case, their calls and files, and access in an emergency."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from embla.care import giving
from embla.care.emergencies import break_glass, open_emergencies
from embla.care.giving import Given
from embla.care.model.emergency import LEAST_REASON, MOST_TEXT, Emergency
from embla.errors import BadInput, NotFound, NotPermitted
from embla.genotypes import bgzipped
from embla.platform import Actor, House
from embla.platform.web import N_, Crumb, checked_form, page, reader, redirect, require_signed_in
from embla.registry import case_of, looks_like_cpr

TEMPLATES: Final = Path(__file__).parent / "templates"
PRIVATE: Final = {"Cache-Control": "no-store"}
Form = Annotated[FormData, Depends(checked_form)]
# Sentences of this room's services, for the reader's language.
SHAPES: Final = (
    N_("the reason is shorter than {least} letters."),
    N_("the text is longer than {most} letters."),
    N_("the text holds a personal number."),
    N_("Say in a sentence why."),
    N_("Say it shorter."),
    N_("Say it without one."),
    N_("No such person was reported."),
    N_("Give the pseudonym, an accession, or LABORATORY:KEY."),
    N_("An emergency access needs a stated reason."),
    N_("There is no such emergency."),
    N_("The list of reviews has them all."),
    N_("Nobody reviews what they did themselves."),
    N_("This emergency has been reviewed."),
    N_("A review is not changed; open an incident instead."),
    N_("Another reviewer must judge it."),
    N_("This needs a case, and only those who treat its patient may ask."),
    N_("No emergency access to this person is open."),
    N_("This case is closed; this needs an open one."),
    N_("This belongs to another person than the patient of this case."),
)

router = APIRouter(include_in_schema=False)


def routers() -> tuple[APIRouter, ...]:
    """Everything to mount."""
    return (router,)


@router.get("/case/{case}/genomes")
def genomes(request: Request, case: str) -> Response:
    """Genomes of a case with quality; each look is in the log of each person."""
    session = require_signed_in(request, "clinician")
    house = _house(request)
    found = giving.genomes_for(house, session.actor, case=case)
    with house.database.reading() as connection:
        known = case_of(connection, case)
    name = known.key if known is not None else ""
    _ = reader(request).translator.gettext
    crumbs = (Crumb(_("My cases"), "/cases"), Crumb(name, f"/case/{case}"), Crumb(_("Genomes")))
    return _genomes(request, found, f"/case/{case}", _("Case %(key)s") % {"key": name}, crumbs)


@router.post("/case/{case}/calls")
def case_calls(request: Request, case: str, form: Form) -> Response:
    """The calls as a bgzipped VCF."""
    return _calls(request, form, case)


@router.post("/case/{case}/file")
def case_file(request: Request, case: str, form: Form) -> Response:
    """A file as it was sent."""
    return _file(request, form, case)


@router.get("/emergency")
def emergency(request: Request) -> Response:
    """The form, and one's own emergencies."""
    require_signed_in(request, "clinician")
    return _emergency_page(request)


@router.post("/emergency")
def emergency_form(request: Request, form: Form) -> Response:
    """Break the glass: to the person's genomes, or the form again with what is wrong."""
    session, house = require_signed_in(request, "clinician"), _house(request)
    request.state.get_path = "/emergency"
    person, reason = str(form.get("person", ""))[:200], str(form.get("reason", ""))[: MOST_TEXT * 2]
    if not _fresh(house, session.actor):
        # Nobody is refused anything yet, so the patient's log says nothing: the form comes back with what it holds.
        raise NotPermitted("This needs a fresh sign-in.", rule="break_glass.clinician.stepped_up")
    try:
        made = break_glass(house, session.actor, person, reason)
    except (BadInput, NotFound) as error:
        # What may be a number that belongs nowhere is not shown again; a reason is not to be thought of twice.
        typed = {name: text for name, text in (("person", person), ("reason", reason)) if not looks_like_cpr(text)}
        return _emergency_page(request, typed, error)
    return redirect(f"/emergency/{made.id}")


@router.get("/emergency/{emergency}")
def emergency_genomes(request: Request, emergency: str) -> Response:
    """The genomes of the person, while the emergency lasts."""
    session = require_signed_in(request, "clinician")
    own = _own(request, emergency)
    found = giving.genomes_for(_house(request), session.actor, emergency=own.id)
    _ = reader(request).translator.gettext
    crumbs = (Crumb(_("Emergency access"), "/emergency"), Crumb(own.id))
    return _genomes(request, found, f"/emergency/{own.id}", _("Emergency access"), crumbs, own)


@router.post("/emergency/{emergency}/calls")
def emergency_calls(request: Request, emergency: str, form: Form) -> Response:
    """The calls as a bgzipped VCF."""
    _own(request, emergency)
    return _calls(request, form, None)


@router.post("/emergency/{emergency}/file")
def emergency_file(request: Request, emergency: str, form: Form) -> Response:
    """A file as it was sent."""
    _own(request, emergency)
    return _file(request, form, None)


def _calls(request: Request, form: FormData, case: str | None) -> Response:
    session = require_signed_in(request, "clinician")
    genome, where = str(form.get("genome", "")), str(form.get("where", ""))
    pieces, _ = giving.calls(_house(request), session.actor, genome, case=case, where=where)
    return download(bgzipped(pieces), f"{genome}{'-part' if where.strip() else ''}.vcf.gz", "application/gzip")


def _file(request: Request, form: FormData, case: str | None) -> Response:
    session = require_signed_in(request, "clinician")
    genome, path = str(form.get("genome", "")), str(form.get("path", ""))
    file, pieces = giving.sent_file(_house(request), session.actor, genome, path, case=case)
    return download(pieces, f"{genome}.{file.format}{'.gz' if path.endswith('gz') else ''}", size=file.size)


def download(pieces: Any, name: str, kind: str = "application/octet-stream", size: int | None = None) -> Response:
    """Bytes to be saved under a name of ours; never kept by a cache."""
    headers = PRIVATE | {"Content-Disposition": f'attachment; filename="{name}"'}
    if size is not None:
        headers["Content-Length"] = str(size)
    return StreamingResponse(pieces, media_type=kind, headers=headers)


def _genomes(
    request: Request, found: list[Given], base: str, title: str, crumbs: tuple[Crumb, ...],
    emergency: Emergency | None = None,
) -> Response:  # fmt: skip
    return page(
        request, "care/genomes.html", private=True, genomes=found, base=base, heading=title, emergency=emergency,
        crumbs=crumbs,
    )  # fmt: skip


def _emergency_page(
    request: Request, typed: Mapping[str, str] = MappingProxyType({}), error: BadInput | NotFound | None = None
) -> Response:
    session = require_signed_in(request, "clinician")
    house = _house(request)
    _ = reader(request).translator.gettext
    request.state.get_path = "/emergency"
    now: datetime = house.clock()
    return page(
        request, "care/emergency.html", status=422 if error else 200, private=True, error=error, now=now,
        emergencies=open_emergencies(house, session.actor), hours=house.settings.emergency_hours,
        review_hours=house.settings.emergency_review_hours, least=LEAST_REASON, most=MOST_TEXT, typed=typed,
        fresh=_fresh(house, session.actor),
        crumbs=(Crumb(_("Emergency access")),),
    )  # fmt: skip


def _fresh(house: House, actor: Actor) -> bool:
    """Whether the break-glass rule will take the sign-in as fresh."""
    return actor.stepped_up_until is not None and house.clock() < actor.stepped_up_until


def _own(request: Request, emergency: str) -> Emergency:
    """One's own emergency; another's is not found."""
    session = require_signed_in(request, "clinician")
    own = next((e for e in open_emergencies(_house(request), session.actor) if e.id == emergency), None)
    if own is None:
        raise NotFound("There is no such emergency.", mend="State the reason again.")
    return own


def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house


__all__ = ["SHAPES", "TEMPLATES", "download", "routers"]
