"""A laboratory's pages: its classifications, the form with the points, second reader, discordances; and the panel.

The panel stands on the variant's own page, which belongs to another room: `app.py` hands it over.
"""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.classification import discording, looking, panel_pages, service
from embla.classification.drafting import draft
from embla.classification.model import discordance as disputes
from embla.classification.model import record as rules
from embla.classification.model.axes import AXES
from embla.classification.model.changes import Difference, differences
from embla.classification.model.classes import Class
from embla.classification.model.comparing import compare
from embla.classification.model.criteria import CODES, MEANINGS, MEANINGS_SOURCE, Strength, default_strength
from embla.classification.model.discordance import Position
from embla.classification.model.record import Evidence
from embla.classification.model.scoring import Score
from embla.classification.retold import SHAPES
from embla.classification.store import Shown, Sought
from embla.errors import BadInput, Conflict, EmblaError, NotFound, NotPermitted, Refused
from embla.platform import Actor, House
from embla.platform.web import Crumb, checked_form, page, reader, redirect, require_signed_in, signed_in
from embla.policy import Action, permit
from embla.registry import laboratories

TEMPLATES: Final = Path(__file__).parent / "templates"
Form = Annotated[FormData, Depends(checked_form)]
STRENGTHS: Final = (Strength.SUPPORTING, Strength.MODERATE, Strength.STRONG, Strength.VERY_STRONG)
_CITED: Final = re.compile(r"PMID:? ?\d{1,9}|doi:10\.\S{3,80}|https://\S{5,200}", re.IGNORECASE)

router = APIRouter(include_in_schema=False)
router.include_router(panel_pages.router)


def panel(request: Request, allele: str) -> dict[str, Any]:
    """What the variant's page shows of colleagues' conclusions: of everybody's share, or of laboratories' too."""
    session, house = signed_in(request), _house(request)
    may = session is not None and (session.actor.has("lab") or session.actor.has("clinician"))
    found = service.concluded(house, session.actor if session is not None and may else None, allele)
    groups: dict[tuple[str, str, str], list[Shown]] = {}
    for one in found:
        about = one.record.identity
        groups.setdefault((about.condition, about.origin, about.axis), []).append(one)
    told = []
    for (_, origin, axis), shown in groups.items():
        said = None
        if AXES[axis].compared:  # one class per laboratory, as discordances count them
            each = [
                Position(one.record.identity.laboratory, one.content.class_, one.content.evaluated) for one in shown
            ]
            said = compare([Class(one.class_) for one in disputes.reduced(each)])
        label = next((one.content.condition_label for one in shown if one.content.condition_label), "")
        told.append({"condition": label, "origin": origin, "axis": axis, "shown": shown, "said": said})
    lab = session is not None and session.actor.has("lab") and session.actor.laboratory is not None
    met = {each.code for one in found for each in one.content.evidence if each.state == "met"}
    return {
        "codes": [code for code in MEANINGS if code in met], "meanings": MEANINGS, "meanings_source": MEANINGS_SOURCE,
        "template": "classification/panel.html", "groups": told, "may": may, "write": lab, "allele": allele,
        "names": _names(house) if told else {},
    }  # fmt: skip


@router.get("/classifications")
def own(request: Request) -> Response:
    """A laboratory's own, newest first, with what waits for a second reader and for a name."""
    actor, lab = _lab(request)
    house = _house(request)
    query = request.query_params
    drafts = query.get("show") == "drafts"
    waiting = service.unresolved(house, actor, lab)
    wanted, told = _wanted(request)
    found = looking.own_page(house, actor, lab, drafts=drafts, wanted=wanted, cursor=query.get("after"))
    return page(
        request, "classification/list.html", status=422 if told["error"] else 200, private=True, found=found,
        drafts=drafts, waiting=waiting, me=actor.id, register=discording.register(house, actor, lab),
        called=looking.named_as(house, [one.record.identity.allele for one in found.items]), crumbs=(_first(request),),
        **told,
    )  # fmt: skip


@router.get("/classifications/shared")
def shared(request: Request) -> Response:
    """What every laboratory shares, for laboratories and clinicians, looked through."""
    session, house = require_signed_in(request), _house(request)
    permit(house.database, session.actor, Action.SEE_CLASSIFICATIONS, purpose="care", clock=house.clock)
    wanted, told = _wanted(request)
    found = looking.shared_page(house, session.actor, wanted, cursor=request.query_params.get("after"))
    _ = reader(request).translator.gettext
    own = (_first(request),) if session.actor.has("lab") else ()
    return page(
        request, "classification/shared.html", status=422 if told["error"] else 200, private=True, found=found,
        called=looking.named_as(house, [one.record.identity.allele for one in found.items]), names=_names(house),
        crumbs=(*own, Crumb(_("Classified variants"))), **told,
    )  # fmt: skip


@router.get("/classifications/names")
def names(request: Request) -> Response:
    """Lines of lists that nobody could resolve, page by page, each with its reason."""
    return _names_page(request)


@router.post("/classifications/names/{name}")
def settle(request: Request, name: str, form: Form) -> Response:
    """A name is settled: it waits no longer."""
    actor, lab = _lab(request)
    request.state.get_path = "/classifications/names"
    try:
        service.dismiss_name(_house(request), actor, lab, name)
    except NotFound as error:
        return _names_page(request, error)
    return redirect("/classifications/names")


@router.get("/classifications/new")
def new(request: Request) -> Response:
    """The form, empty or with what a version says."""
    actor, lab = _lab(request)
    house = _house(request)
    permit(house.database, actor, Action.CLASSIFY, purpose="care", clock=house.clock, laboratory=lab)
    given = {"variant": request.query_params.get("variant", "")[:1000], "evaluated": house.clock().date().isoformat()}
    before = request.query_params.get("from", "")
    if before:
        given = _as_given(service.whole(house, actor, before).shown)
    return _form_page(request, given)


@router.post("/classifications")
def save(request: Request, form: Form) -> Response:
    """Work out the points, or keep a draft."""
    actor, lab = _lab(request)
    house = _house(request)
    request.state.get_path = "/classifications/new"
    permit(house.database, actor, Action.CLASSIFY, purpose="care", clock=house.clock, laboratory=lab)
    given = {key: str(value)[:8000] for key, value in form.items() if isinstance(value, str)}
    score: Score | None = None
    try:
        evidence = _evidence(given)
        score = rules.computed(evidence)
        if given.get("do") == "points":
            return _form_page(request, given, score)
        shown = _saved(house, actor, given, evidence)
    except (BadInput, Refused, Conflict) as error:
        if isinstance(error, NotPermitted):
            raise
        return _form_page(request, given, score, error)
    return redirect(f"/classifications/{shown.record.id}")


@router.get("/classifications/{classification}")
def one(request: Request, classification: str) -> Response:
    """One with its history, or what another laboratory shares of it."""
    session = require_signed_in(request)
    found = service.whole(_house(request), session.actor, classification)
    return _one_page(request, found)


@router.post("/classifications/{classification}")
def change(request: Request, classification: str, form: Form) -> Response:
    """Sign it as its second reader, or withdraw it."""
    actor, lab = _lab(request)
    house = _house(request)
    request.state.get_path = f"/classifications/{quote(classification, safe='')}"
    permit(house.database, actor, Action.CLASSIFY, purpose="care", clock=house.clock, laboratory=lab)
    text = str(form.get("text", ""))[:2000]
    try:
        if form.get("do") == "withdraw":
            service.withdraw(house, actor, classification, str(form.get("reason", "")), text)
        else:
            service.sign(
                house, actor, classification, expected=_number(form), verdict=str(form.get("verdict", "")), text=text
            )
    except (BadInput, Refused, Conflict) as error:
        if isinstance(error, NotPermitted):
            raise
        return _one_page(request, service.whole(house, actor, classification), error)
    return redirect(f"/classifications/{quote(classification, safe='')}")


@router.get("/discordances")
def inbox(request: Request) -> Response:
    """A laboratory's discordances in the order of work, and its register."""
    return _inbox_page(request)


@router.post("/discordances/{discordance}")
def work(request: Request, discordance: str, form: Form) -> Response:
    """Say what the laboratory means to do, or close it."""
    actor, lab = _lab(request)
    house = _house(request)
    request.state.get_path = "/discordances"
    try:
        if form.get("do") == "close":
            discording.close(house, actor, lab, discordance, str(form.get("reason", "")), _number(form))
        else:
            text = str(form.get("text", ""))[:2000]
            discording.triage(house, actor, lab, discordance, str(form.get("triage", "")), text, _number(form))
    except (BadInput, Refused, Conflict) as error:
        if isinstance(error, NotPermitted):
            raise
        return _inbox_page(request, error)
    return redirect("/discordances")


def _wanted(request: Request) -> tuple[Sought, dict[str, Any]]:
    """What the address looks for, and what the form shows of it. What may be a personal number is not shown again."""
    query = request.query_params
    given = {name: query.get(name, "").strip()[:1000] for name in ("q", "class", "lab")}
    error: EmblaError | None = None
    try:
        wanted = looking.sought(_house(request), given["q"], given["class"], given["lab"])
    except BadInput as wrong:
        wanted, error, given["q"] = Sought(class_=given["class"], laboratory=given["lab"]), wrong, ""
    kept = urlencode([(name, value) for name, value in given.items() if value])
    return wanted, {"given": given, "wanted": wanted, "error": error, "kept": kept}


def _saved(house: House, actor: Actor, given: dict[str, str], evidence: tuple[Evidence, ...]) -> Shown:
    try:
        day = date.fromisoformat(given.get("evaluated", ""))
    except ValueError:
        raise BadInput("The day of evaluation is no date.", mend="Write it as 2026-01-31.") from None
    expected = given.get("expected", "0")
    return draft(
        house, actor, given.get("variant", ""), given.get("class", ""), evidence, evaluated=day,
        condition=given.get("condition", "")[:500], inheritance=given.get("inheritance", ""),
        origin=given.get("origin", "germline"), axis=given.get("axis", "germline"), summary=given.get("summary", ""),
        override=given.get("override", ""), share=given.get("share", "labs"), subclass=given.get("subclass", ""),
        blind=given.get("blind") == "yes", expected=int(expected) if expected.isdecimal() else 0,
    )  # fmt: skip


def _evidence(given: dict[str, str]) -> tuple[Evidence, ...]:
    """The criteria of the form: a strength where one is met; citations are found in the text."""
    found = []
    for code in CODES:
        chosen, text = given.get(code, ""), given.get(f"{code}-text", "")
        state = "met" if chosen and chosen not in rules.MET else chosen or "not assessed"
        if state == "not assessed" and not text.strip():
            continue
        strength = chosen if state == "met" else ""
        found.append(Evidence(code, state, strength, text, tuple(_CITED.findall(text))))
    return tuple(found)


def _as_given(shown: Shown) -> dict[str, str]:
    about, said = shown.record.identity, shown.content
    told = {
        "variant": about.allele, "class": said.class_, "condition": said.condition_label or about.condition,
        "inheritance": about.inheritance, "origin": about.origin, "axis": about.axis, "summary": said.summary,
        "override": said.override, "share": said.share, "subclass": said.subclass,
        "evaluated": said.evaluated.isoformat(), "expected": str(shown.record.head),
    }  # fmt: skip
    for one in said.evidence:
        told[one.code] = one.strength or one.state
        told[f"{one.code}-text"] = one.text
    return told


def _form_page(
    request: Request, given: dict[str, str], score: Score | None = None, error: EmblaError | None = None
) -> Response:
    _ = reader(request).translator.gettext
    groups = [
        (_("Pathogenic"), [code for code in CODES if code[0] == "P"]),
        (_("Benign"), [code for code in CODES if code[0] == "B"]),
    ]
    choices = {code: _choices(code) for code in CODES}
    return page(
        request, "classification/form.html", status=422 if error else 200, private=True, given=given, score=score,
        error=error, groups=groups, choices=choices, axes=AXES, meanings=MEANINGS,
        meanings_source=MEANINGS_SOURCE, inheritance=rules.INHERITANCE, origins=rules.ORIGINS,
        crumbs=(_first(request), Crumb(_("New"))),
    )  # fmt: skip


def _choices(code: str) -> tuple[Strength, ...]:
    """The strengths a code may have, its default first."""
    first = default_strength(code)
    return (first, *(one for one in STRENGTHS if one is not first))


def _one_page(request: Request, found: service.Whole, error: EmblaError | None = None) -> Response:
    session = require_signed_in(request)
    shown = found.shown
    signs = found.own and shown.record.has_draft and shown.content.evaluator != session.actor.id
    return page(
        request, "classification/one.html", status=409 if error else 200, private=True, found=found, shown=shown,
        error=error, signs=signs, changes=_changes(found), reasons=rules.REASONS, axis=AXES[shown.record.identity.axis],
        meanings=MEANINGS, meanings_source=MEANINGS_SOURCE,
        names=_names(_house(request)), crumbs=(*((_first(request),) if found.own else ()), Crumb(shown.record.id)),
    )  # fmt: skip


def _changes(found: service.Whole) -> list[tuple[Shown, list[Difference]]]:
    """Each version but the first with what it says otherwise than the one before; a blind reader is given one alone."""
    pairs = zip(found.versions, found.versions[1:], strict=False)
    return [(new, differences(old.content, new.content)) for new, old in pairs]


def _inbox_page(request: Request, error: EmblaError | None = None) -> Response:
    actor, lab = _lab(request)
    house = _house(request)
    closed = request.query_params.get("show") == "closed"
    _ = reader(request).translator.gettext
    return page(
        request, "classification/inbox.html", status=409 if error else 200, private=True, error=error, lab=lab,
        found=discording.inbox_page(
            house, actor, lab, state="closed" if closed else "open", cursor=request.query_params.get("after")
        ),
        closed=closed,
        register=discording.register(house, actor, lab), today=house.clock().date(), ways=disputes.TRIAGE,
        reasons=disputes.CONTINUED, names=_names(house), crumbs=(_first(request), Crumb(_("Discordances"))),
    )  # fmt: skip


def _names_page(request: Request, error: EmblaError | None = None) -> Response:
    actor, lab = _lab(request)
    found = service.unresolved(_house(request), actor, lab, cursor=request.query_params.get("after"))
    _ = reader(request).translator.gettext
    return page(
        request, "classification/names.html", status=404 if error else 200, private=True, found=found, error=error,
        crumbs=(_first(request), Crumb(_("Names that wait"))),
    )  # fmt: skip


def _first(request: Request) -> Crumb:
    return Crumb(reader(request).translator.gettext("Classifications"), "/classifications")


def _lab(request: Request) -> tuple[Actor, str]:
    session = require_signed_in(request, "lab")
    return session.actor, session.actor.laboratory or "-"


def _names(house: House) -> dict[str, str]:
    """Laboratory -> what it is called."""
    with house.database.reading() as connection:
        return {one.id: one.name for one in laboratories(connection)}


def _number(form: FormData) -> int:
    text = str(form.get("expected", ""))[:9]
    return int(text) if text.isdecimal() and text.isascii() else -1


def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house


__all__ = ["SHAPES", "TEMPLATES", "panel", "router"]
