"""How a Beacon speaks over HTTP at any mount: read a question, answer it, give a refusal the standard's form."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as Incoming
from starlette.responses import Response

from embla.disclosure import BudgetSpent
from embla.errors import BadInput, EmblaError, NotFound, NotPermitted, Refused, Unavailable, UsageError
from embla.federation.beacon.model.envelope import about, error, lowest, meta
from embla.federation.beacon.model.request import Request, from_body, from_query
from embla.federation.purse import reader_of
from embla.platform import Actor, House

log = logging.getLogger("embla.federation")
Answerer = Callable[[House, Request], dict[str, Any]]
_STATUS: Final = (
    (NotFound, 404), (BudgetSpent, 429), (NotPermitted, 403), (Refused, 409), (Unavailable, 503), (UsageError, 400),
    (BadInput, 400),
)  # fmt: skip


@dataclass(frozen=True)
class Mount:
    """One Beacon of this node. `most`: the granularity above which it tells nothing; `headers` of every answer."""

    root: str
    name: str
    most: str
    headers: dict[str, str] = field(default_factory=dict)

    def id_of(self, house: House) -> str:
        """Its `beaconId`."""
        return f"{house.settings.node_id}.{self.name}"

    def meta(self, house: House, request: Request, entity: str, *more: str) -> dict[str, Any]:
        """`meta` of an answer, at the lowest of what the mount, the question and whatever `more` allow."""
        return meta(self.id_of(house), request, lowest(self.most, request.granularity, *more), entity)

    def json(self, told: dict[str, Any], status: int = 200) -> Response:
        """An answer."""
        text = json.dumps(told, ensure_ascii=False, allow_nan=False)
        return Response(text, status, headers=self.headers, media_type="application/json")

    def informs(self, house: House, told: dict[str, Any]) -> Response:
        """What this Beacon says of itself."""
        return self.json({"meta": about(self.id_of(house)), "response": told})

    async def entries(
        self, incoming: Incoming, entity: str, answered: Answerer, first: Callable[[Incoming], Actor] | None = None
    ) -> Response:
        """Read the question, name its reader, answer. `first`: who may ask is settled before anything is read."""
        house: House = incoming.app.state.house
        request = Request()
        try:
            actor = await run_in_threadpool(first, incoming) if first is not None else None
            if incoming.method == "POST":
                request = from_body(await incoming.body())
            else:
                request = from_query(incoming.query_params.multi_items())
            site = (house.settings.public_url or str(incoming.base_url)).rstrip("/")
            who = await run_in_threadpool(reader_of, incoming) if actor is None else f"account:{actor.id}"
            request = replace(request, site=site, reader=who)
            return self.json(await run_in_threadpool(answered, house, request))
        except HTTPException as refused:
            return self._refused(house, request, entity, refused.status_code, str(refused.detail))
        except EmblaError as refused:
            status = next((status for kind, status in _STATUS if isinstance(refused, kind)), 500)
            if isinstance(refused, NotPermitted) and refused.rule == "signed-in":
                status = 401
            if status == 500:
                log.error("a Beacon question failed", exc_info=True)
            message = str(refused) if status != 500 else "The question could not be answered."
            return self._refused(house, request, entity, status, message)

    def _refused(self, house: House, request: Request, entity: str, status: int, message: str) -> Response:
        return self.json(error(self.meta(house, request, entity), status, message), status)
