"""A clinician's pages: what waits, one follow-up, the answers of a case, questions; and what nobody moved."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from embla.answers import answering, asking, filled, finding, following, handing, variant_pages
from embla.answers.filled import Line
from embla.answers.model import answer as answers
from embla.answers.model import follow_up as loops
from embla.answers.model import question as questions
from embla.answers.paper import class_words
from embla.answers.retold import SHAPES
from embla.answers.store import case_states
from embla.classification import all_panels
from embla.errors import BadInput, Conflict, EmblaError, NotFound, NotPermitted, Refused
from embla.platform import Actor, House
from embla.platform.web import Crumb, checked_form, json_response, page, reader, redirect, require_signed_in
from embla.registry import case_of

TEMPLATES: Final = Path(__file__).parent / "templates"
Form = Annotated[FormData, Depends(checked_form)]
# Of one field of a form. No text of an answer may be as long: one that is cut here is refused, not taken short.
_MOST_TYPED: Final = 100_000
router = APIRouter(include_in_schema=False)
router.include_router(variant_pages.router)


@router.get("/follow-ups")
def mine(request: Request) -> Response:
    """What waits for the reader: cases, kinds and days; what it is about stands on its own page."""
    session, house = require_signed_in(request, "clinician"), _house(request)
    closed = request.query_params.get("kind") == "closed"
    found, lines = following.mine(house, session.actor, closed=closed, cursor=request.query_params.get("page"))
    return page(
        request, "answers/list.html", private=True, lines=lines, after=found.next, closed=closed, own=True,
        waiting=len(asking.asked_of_me(house, session.actor)), crumbs=(_crumb(request),),
    )  # fmt: skip


@router.get("/escalations")
def escalations(request: Request) -> Response:
    """Overdue: of a laboratory's cases; of everybody's for administrators, when nobody moved then either."""
    session = require_signed_in(request)
    found, lines = following.escalations(_house(request), session.actor, cursor=request.query_params.get("page"))
    _ = reader(request).translator.gettext
    return page(
        request, "answers/list.html", private=True, lines=lines, after=found.next, closed=False, own=False, waiting=0,
        crumbs=(Crumb(_("Overdue follow-ups")),),
    )  # fmt: skip


@router.get("/case/{case}/follow-ups/{name}")
def one(request: Request, case: str, name: str) -> Response:
    """One with what it stands on, what was answered, and what can be done."""
    return _one_page(request, case, name)


@router.post("/case/{case}/follow-ups/{name}")
def work(request: Request, case: str, name: str, form: Form) -> Response:
    """Decide, or note that the patient was told."""
    session, house = require_signed_in(request, "clinician"), _house(request)
    request.state.get_path = f"/case/{case}/follow-ups/{name}"
    try:
        if form.get("do") == "informed":
            following.note_informed(house, session.actor, case, name, expected=_number(form, "expected"))
        else:
            following.decide(
                house, session.actor, case, name, _text(form, "choice", 40), reason=_text(form, "reason", 80),
                text=_text(form, "text", 2000), expected=_number(form, "expected"),
            )  # fmt: skip
    except (BadInput, Refused, Conflict) as error:
        _let_refusals_through(error)
        return _one_page(request, case, name, error)
    return redirect(f"/case/{case}/follow-ups/{name}")


@router.get("/case/{case}/answers")
def of_case(request: Request, case: str) -> Response:
    """Every answer of a case, and the form for another, or with `amend` for a later version of one."""
    return _answers_page(request, case, {}, amend=request.query_params.get("amend", "")[:40])


@router.post("/case/{case}/answers")
def give(request: Request, case: str, form: Form) -> Response:
    """Look what stands about alleles, see what would be issued, or give it: only what one has seen is given."""
    session, house = require_signed_in(request, "clinician"), _house(request)
    request.state.get_path = f"/case/{case}/answers"
    given = {key: value[:_MOST_TYPED] for key, value in form.items() if isinstance(value, str)}
    if given.get("do") not in ("see", "give"):
        return _answers_page(request, case, given)
    lines = filled.lines_of(house, session.actor, given)
    answer, expected = given.get("answer", ""), _number(form, "expected", 0)
    try:
        draft = filled.draft_of(given, lines)
        content = answering.drafted(house, session.actor, case, draft, answer=answer, expected=expected)
        if given.get("do") == "see" or given.get("seen") != filled.seal_of(content):
            return _answers_page(request, case, given, lines=lines, content=content)  # first what it would say
        answering.give(
            house, session.actor, case, draft, answer=answer, expected=expected, follow_up=given.get("follow_up", ""),
            shown=content,
        )  # fmt: skip
    except (BadInput, Refused, Conflict) as error:
        _let_refusals_through(error)
        if not (isinstance(error, Conflict) and _is_given(house, session.actor, case, given.get("seen", ""))):
            return _answers_page(request, case, given, error, lines=lines)
    return redirect(f"/case/{case}/answers")


@router.post("/case/{case}/answers/{answer}")
def deliver(request: Request, case: str, answer: str, form: Form) -> Response:
    """Note the receipt, or that one has read it."""
    session, house = require_signed_in(request, "clinician"), _house(request)
    request.state.get_path = f"/case/{case}/answers"
    try:
        if form.get("do") == "read":
            answering.read(house, session.actor, case, answer, _number(form, "number"))
        else:
            receipt = _text(form, "receipt", 300)
            answering.acknowledge(house, session.actor, case, answer, _number(form, "number"), receipt)
    except (BadInput, Refused, Conflict) as error:
        _let_refusals_through(error)
        return _answers_page(request, case, {}, error)
    return redirect(f"/case/{case}/answers")


@router.get("/case/{case}/answers/{answer}/{number}.pdf")
def as_pdf(request: Request, case: str, answer: str, number: int) -> Response:
    """One version as tagged PDF."""
    session, house = require_signed_in(request, "clinician"), _house(request)
    version, made = handing.letter_of(house, session.actor, case, answer, number, reader(request).language)
    return _download(made, "application/pdf", f"{version.answer}-{version.number}.pdf")


@router.get("/case/{case}/answers/{answer}/{number}.fhir.json")
def as_fhir(request: Request, case: str, answer: str, number: int) -> Response:
    """One version as a bundle of FHIR R4."""
    session, house = require_signed_in(request, "clinician"), _house(request)
    response = json_response(handing.bundle_of(house, session.actor, case, answer, number))
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/questions")
def asked(request: Request) -> Response:
    """Questions that wait for the reader, and the reader's own with what was answered."""
    session, house = require_signed_in(request, "clinician"), _house(request)
    _ = reader(request).translator.gettext
    return page(
        request, "answers/questions.html", private=True, of_me=asking.asked_of_me(house, session.actor),
        by_me=asking.asked_by_me(house, session.actor), now=house.clock(), most=questions.MOST,
        crumbs=(_crumb(request), Crumb(_("Questions"))),
    )  # fmt: skip


@router.post("/case/{case}/questions")
def ask(request: Request, case: str, form: Form) -> Response:
    """Pass a question on."""
    session, house = require_signed_in(request, "clinician"), _house(request)
    request.state.get_path = f"/case/{case}/answers"
    try:
        asking.ask(house, session.actor, case, _text(form, "allele", 1000), _text(form, "text", 4000))
    except (BadInput, Refused, Conflict) as error:
        _let_refusals_through(error)
        return _answers_page(request, case, {}, error)
    return redirect("/questions")


@router.get("/case/{case}/questions/{question}")
def question(request: Request, case: str, question: str) -> Response:
    """A colleague's question about a variant that a patient of this case carries."""
    return _question_page(request, case, question)


@router.post("/case/{case}/questions/{question}")
def reply(request: Request, case: str, question: str, form: Form) -> Response:
    """Answer it, or decline."""
    session, house = require_signed_in(request, "clinician"), _house(request)
    request.state.get_path = f"/case/{case}/questions/{question}"
    text = "" if form.get("do") == "decline" else _text(form, "text", 4000)
    try:
        if not text and form.get("do") != "decline":
            raise BadInput("An answer has words.", mend="Say in a sentence what you saw, or decline.")
        asking.reply(house, session.actor, case, question, text, _text(form, "contact", 400))
    except (BadInput, Refused, Conflict) as error:
        _let_refusals_through(error)
        return _question_page(request, case, question, error)
    return redirect("/questions")


def _one_page(request: Request, case: str, name: str, error: EmblaError | None = None) -> Response:
    session, house = require_signed_in(request, "clinician"), _house(request)
    found = following.whole(house, session.actor, case, name)
    first = found.reports[0] if found.reports else None
    given = filled.amending(first, found.one.genome) if first else {"genome": found.one.genome}
    given |= {
        "follow_up": found.one.id,
        "status": ("corrected" if found.one.kind == "correction" else "amended") if first else "final",
    }
    if found.one.kind in ("class", "drift"):
        alleles = [found.one.subject, *filled.typed(given)]
        given["alleles"] = "\n".join(dict.fromkeys(alleles))
    return page(
        request, "answers/one.html", status=_status(error), private=True, found=found, one=found.one, error=error,
        given=given, lines=filled.lines_of(house, session.actor, given) if found.one.state != "closed" else [],
        ways=loops.CHOICES, reasons=loops.REASONS, roles=answers.ROLES, panels=_panels(house),
        classes=class_words(reader(request).language), case=case, today=house.clock().date(), omit=filled.OMIT,
        **_called(house, found.reports, found.one.decided_by),
        crumbs=(_crumb(request), Crumb(found.case.key)),
    )  # fmt: skip


def _answers_page(
    request: Request, case: str, given: dict[str, str], error: EmblaError | None = None, *, amend: str = "",
    lines: Sequence[Line] | None = None, content: answers.Answer | None = None,
) -> Response:  # fmt: skip
    session, house = require_signed_in(request, "clinician"), _house(request)
    reports = answering.answers_of(house, session.actor, case)
    given = _amending(house, reports, amend) if amend else given
    if lines is None:
        lines = filled.lines_of(house, session.actor, given)
    if error is None and len(filled.typed(given)) > filled.MOST_LINES:
        error = filled.too_many(given)
    _ = reader(request).translator.gettext
    key = _key(house, case)
    crumbs = (Crumb(_("My cases"), "/cases"), Crumb(key, f"/case/{case}"), Crumb(_("Answers")))
    return page(
        request, "answers/case.html", status=_status(error), private=True, reports=reports, error=error, case=case,
        key=key, given=given, lines=lines, content=content, seal=filled.seal_of(content) if content else "",
        roles=answers.ROLES, panels=_panels(house), classes=class_words(reader(request).language), omit=filled.OMIT,
        crumbs=crumbs, **_called(house, reports),
    )  # fmt: skip


def _called(house: House, reports: Sequence[answers.Report], *more: str) -> dict[str, dict[str, str]]:
    """What codes of laboratories and accounts are called: a page names them as the letter does."""
    return {"labs": handing.laboratory_names(house), "people": handing.people_of(house, reports, *more)}


def _is_given(house: House, actor: Actor, case: str, seen: str) -> bool:
    """True where the newest version of an answer is what this account saw and gave: its button was pressed twice."""
    newest = [report.versions[0] for report in answering.answers_of(house, actor, case)]
    return any(one.by == actor.id and filled.seal_of(one.content) == seen for one in newest)


def _amending(house: House, reports: list[answers.Report], name: str) -> dict[str, str]:
    report = next((one for one in reports if one.id == name), None)
    if report is None:
        raise NotFound("There is no such answer.", mend="The page of the case has them all.")
    with house.database.reading() as connection:
        return filled.amending(report, finding.newest_genome(connection, report.person) or report.genome)


def _question_page(request: Request, case: str, name: str, error: EmblaError | None = None) -> Response:
    session, house = require_signed_in(request, "clinician"), _house(request)
    found = asking.question_to(house, session.actor, case, name)
    _ = reader(request).translator.gettext
    return page(
        request, "answers/question.html", status=_status(error), private=True, found=found, error=error, case=case,
        key=_key(house, case), now=house.clock(), crumbs=(_crumb(request), Crumb(_("Questions"), "/questions")),
    )  # fmt: skip


def _panels(house: House) -> list[Any]:
    with house.database.reading() as connection:
        return all_panels(connection)


def _download(made: bytes, kind: str, name: str) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made, media_type=kind, headers=headers)


def _let_refusals_through(error: EmblaError) -> None:
    """What policy refused shows nothing of the page."""
    if isinstance(error, NotPermitted):
        raise error


def _status(error: EmblaError | None) -> int:
    return 200 if error is None else 422 if isinstance(error, BadInput) else 409


def _key(house: House, case: str) -> str:
    with house.database.reading() as connection:
        known = case_of(connection, case)
    if known is None:
        raise NotFound("There is no such case.", mend="The list of your cases has yours.")
    return known.key


def _text(form: FormData, name: str, most: int) -> str:
    value = form.get(name, "")
    return value[:most] if isinstance(value, str) else ""


def _number(form: FormData, name: str, missing: int = -1) -> int:
    text = _text(form, name, 9)
    return int(text) if text.isdecimal() and text.isascii() else missing


def _crumb(request: Request) -> Crumb:
    return Crumb(reader(request).translator.gettext("My follow-ups"), "/follow-ups")


def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house


__all__ = ["SHAPES", "TEMPLATES", "case_states", "router"]
