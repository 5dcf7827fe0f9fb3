"""The board's ledger on pages: what stands in it, a new entry or one that mends another, postings from a file.

Each is tried first and entered then; what is entered is decided, logged with its hash, and never changed.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from embla.errors import BadInput, NotFound, Refused
from embla.governance import labels, typed, words
from embla.governance.model.ledger import KINDS, NEEDS_DECISION, Line
from embla.governance.posting import Imported, import_postings
from embla.governance.reading import view
from embla.governance.shown import shown_view
from embla.governance.writing import enter_all
from embla.platform import House
from embla.platform.web import Crumb, checked_form, checked_upload, page, reader, require_signed_in
from embla.policy import Action, Facts, decide, legal_basis, permit

_PAGE: Final = 100
_LARGEST: Final = 2_000_000
# Counts of people as they were entered: what may be told of them are the figures, past the threshold.
_COUNTS_PEOPLE: Final = ("yields", "turnaround")

router = APIRouter(include_in_schema=False)


@router.get("/board/ledger")
def ledger(request: Request) -> Response:
    """Entries, newest first, of one kind or all."""
    session = require_signed_in(request)
    house: House = request.app.state.house
    seen = shown_view(house, session.actor, house.clock().date())
    kind = request.query_params.get("kind", "")
    below = _number(request.query_params.get("below", ""), len(seen.ledger.lines) + 1)
    lines = [one for one in reversed(seen.ledger.lines) if one.number < below and kind in ("", one.kind)]
    return _page(
        request, "ledger.html", lines=lines[:_PAGE], kind=kind, writes=_writes(request), untold=_COUNTS_PEOPLE,
        after=lines[_PAGE - 1].number if len(lines) > _PAGE else None,
    )  # fmt: skip


@router.get("/board/ledger/new")
def new(request: Request) -> Response:
    """The form of an entry: empty, or filled so that it mends the one that is named."""
    house = _writer(request)
    line = _line(house, request.query_params.get("mends", ""))
    kind = line.kind if line else request.query_params.get("kind", next(iter(KINDS)))
    head = {"name": line.name if line else "", "decision": (line.decision or "") if line else "",
            "demo": "true" if line and line.demo else "", "day": house.clock().date().isoformat()}  # fmt: skip
    return _form(request, kind, head, typed.again(line) if line else {})


@router.post("/board/ledger/new")
def enter(request: Request, form: Annotated[FormData, Depends(checked_form)]) -> Response:
    """Try an entry, or enter it. What a rule refuses is told beside what was typed."""
    house = _writer(request)
    session = require_signed_in(request)
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    kind = given.get("kind", "")
    typed.known(kind)
    dry_run = given.get("do") != "enter"
    faults, tried = typed.faults(kind, given, reader(request).translator.gettext), False
    refused: BadInput | Refused | None = None
    if not faults:
        try:
            enter_all(house, session.actor, [typed.entry_of(kind, given)], dry_run=dry_run)
            tried = True
        except (BadInput, Refused) as error:
            refused, field = error, str(error.facts.get("field", ""))
            faults = {field: error.message} if field else {}
    if tried and not dry_run:
        return RedirectResponse(f"/board/ledger?kind={kind}", status_code=303)
    head = {name: given.get(name, "") for name in ("name", "day", "decision", "demo")}
    filled = {name[5:]: value for name, value in given.items() if name.startswith("says.")}
    return _form(request, kind, head, filled, refused=refused, faults=faults, tried=tried)


@router.get("/board/postings")
def postings(request: Request) -> Response:
    """Where the accounting system's file is taken in."""
    _writer(request)
    return _page(request, "postings.html", "postings", done=None, faults=[], mapping="")


@router.post("/board/postings")
async def take_in(request: Request, form: Annotated[FormData, Depends(checked_upload)]) -> Response:
    """Say what a file would post, or post it: all of its rows or none."""
    house = _writer(request)
    session = require_signed_in(request)
    mapping = form.get("mapping")
    mapping = mapping if isinstance(mapping, str) else ""
    done: Imported | None = None
    faults: list[str] = []
    try:
        text = await _file(form.get("file"))
        done = import_postings(house, session.actor, text, mapping, dry_run=form.get("do") != "post")
    except (BadInput, Refused) as error:
        faults = [*error.message.splitlines(), *filter(None, [error.mend])]
    return _page(request, "postings.html", "postings", done=done, faults=faults, mapping=mapping)


async def _file(given: Any) -> str:
    if not isinstance(given, UploadFile) or not given.filename:
        raise BadInput("No file was given.", mend="Choose the CSV file once more: browsers forget it.")
    data = await given.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise BadInput(f"The file is larger than {_LARGEST:,} bytes.", mend="Split it.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput("The file is not UTF-8 text.", mend="Export it as UTF-8.") from None


def _writer(request: Request) -> House:
    session = require_signed_in(request)
    house: House = request.app.state.house
    permit(house.database, session.actor, Action.MANAGE_BOARD, purpose="operation", clock=house.clock)
    return house


def _writes(request: Request) -> bool:
    """Whether to show what only who writes can use; what is sent is decided again, and logged."""
    house: House = request.app.state.house
    today, purpose = house.clock().date(), "operation"
    actor, basis = require_signed_in(request).actor, legal_basis(purpose, today)
    return decide(actor, purpose, basis, Action.MANAGE_BOARD, "the board's ledger", Facts(today)).allowed


def _line(house: House, number: str) -> Line | None:
    if not number:
        return None
    found = next((one for one in view(house).ledger.lines if str(one.number) == number), None)
    if found is None:
        raise NotFound("The ledger has no such entry.", mend="The page Ledger lists them.")
    return found


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def _form(
    request: Request, kind: str, head: dict[str, str], filled: Mapping[str, Any], *,
    refused: BadInput | Refused | None = None,    faults: Mapping[str, str] = MappingProxyType({}), tried: bool = False,
) -> Response:  # fmt: skip
    fields = typed.fields_of(kind, filled, reader(request).translator.gettext)
    return _page(
        request, "entry.html", "entry", kind=kind, head=head, fields=fields, refused=refused, faults=faults,
        tried=tried, decided=kind in NEEDS_DECISION,
    )  # fmt: skip


def _page(request: Request, template: str, crumb: str = "ledger", **context: Any) -> Response:
    say = reader(request).translator.gettext
    here = say(words.PAGES[crumb])
    between = () if crumb == "ledger" else (Crumb(say(words.PAGES["ledger"]), "/board/ledger"),)
    crumbs = (Crumb(say("The board"), "/board"), *between, Crumb(here))

    def called(kind: str, field: str) -> str:
        return labels.label(kind, field, say).text

    def told(kind: str, field: str, value: Any) -> Any:
        return labels.choice(field, value, say) if KINDS[kind][field].choices else value

    kinds = {code: say(text) for code, text in labels.KINDS.items()}
    return page(
        request, f"governance/{template}", private=True, crumbs=crumbs, kinds=kinds, called=called,
        told=told, **context,
    )  # fmt: skip
