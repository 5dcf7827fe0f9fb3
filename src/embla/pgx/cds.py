"""The CDS Hooks 2.0 service: a prescriber's system asks at an order and gets cards.

    GET  /cds-services                  what is offered, to everybody
    POST /cds-services/{service}        pgx-order-select, pgx-order-sign, pgx-patient-view

`Authorization: Bearer ...` with a token of the prescriber's account; `context.patientId` is the id of a case that the
account treats. Each answer stands on a decision and is in the log before its first byte.
"""

import uuid
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from embla.errors import BadInput, NotFound
from embla.pgx.giving import check_medicines
from embla.pgx.model.cards import HOOKS, cards, read_request, services, unlooked
from embla.platform.web import json_response, reader, token_holder

router = APIRouter(prefix="/cds-services", tags=["pgx"])


@router.get("", summary="CDS Hooks discovery")
def discovery() -> Response:
    """The services that are offered."""
    return json_response(services())


@router.post("/{service}", summary="Drug advice at an order, as CDS Hooks cards")
def call(request: Request, service: str, body: dict[str, Any]) -> Response:
    """Cards for the medicines of the request; none where nothing is to be done and everything was assessed. What could
    not be looked up has a card, too."""
    house: Any = request.app.state.house
    actor = token_holder(request)
    hook = service.removeprefix("pgx-")
    if hook not in HOOKS or not service.startswith("pgx-"):
        raise NotFound("There is no such CDS service.", mend="GET /cds-services names them.")
    asked = read_request(hook, body)
    if asked is None:
        # CDS Hooks 2.0, "Prefetch": what the service needs was neither sent nor can it be fetched.
        raise HTTPException(412, "Send the prefetch `medications` along.")
    if len(asked.codes) + len(asked.beside) > 500:
        raise BadInput("more than 500 codes of medicines.", mend="Send the orders of one patient.")
    found = check_medicines(house, actor, asked.case, asked.codes, beside=asked.beside)
    checked = [(profile.genome.accession, told) for profile, told in found]
    say = reader(request).translator.gettext
    answer = cards(checked, say, _new_id, interrupts=hook != "patient-view")
    answer["cards"] += unlooked(asked, len(checked), say, _new_id)
    response = json_response(answer)
    response.headers["Cache-Control"] = "no-store"
    return response


def _new_id() -> str:
    return str(uuid.uuid4())
