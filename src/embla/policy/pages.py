"""The table of who may do what as a page for those who oversee it, made from the table itself; and its JSON twin."""

from datetime import date
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.platform import House
from embla.platform.web import Crumb, json_response, page, reader, require_signed_in
from embla.policy.actions import ACTIONS
from embla.policy.door import permit
from embla.policy.law import LEGAL_BASES
from embla.policy.matrix import ALL_ROLES, SITUATIONS, cell, cells
from embla.policy.model import Action
from embla.policy.retold import SHAPES
from embla.policy.table import RULES, rules_of

TEMPLATES: Final = Path(__file__).parent / "templates"

router = APIRouter(include_in_schema=False)


@router.get("/rules")
def rules(request: Request) -> Response:
    """Each action with the roles that may, and what becomes of it in each situation."""
    today = _permitted(request)
    _ = reader(request).translator.gettext
    return page(
        request,
        "policy/rules.html",
        private=True,
        actions=[_told(action, today) for action in Action],
        situations=tuple(SITUATIONS),
        bases=list(LEGAL_BASES.values()),
        cells=len(Action) * len(ALL_ROLES) * len(SITUATIONS),
        crumbs=(Crumb(_("Who may do what")),),
    )


@router.get("/rules.json")
def rules_json(request: Request) -> Response:
    """Rows, legal bases and every cell."""
    today = _permitted(request)
    rows = [
        {
            "name": rule.name,
            "action": str(rule.action),
            "role": rule.role,
            "purposes": sorted(rule.purposes),
            "conditions": [condition.name for condition in rule.conditions],
            "text": rule.text,
        }
        for rule in RULES
    ]
    told = [
        {"action": str(c.action), "role": c.role, "situation": c.situation, "allowed": c.allowed, "rule": c.rule}
        for c in cells(today)
    ]
    response = json_response({"on": today.isoformat(), "rules": rows, "cells": told})
    response.headers["Cache-Control"] = "no-store"
    return response


def _permitted(request: Request) -> date:
    session = require_signed_in(request)
    house: House = request.app.state.house
    permit(house.database, session.actor, Action.SEE_RULES, purpose="supervision", clock=house.clock)
    return house.clock().date()


def _told(action: Action, on: date) -> dict[str, Any]:
    roles = [rule.role or "nobody" for rule in rules_of(action)]
    return {
        "name": str(action),
        "touches": ACTIONS[action],
        "rows": [
            {"role": role, "cells": [cell(action, role, situation, on) for situation in SITUATIONS]}
            for role in dict.fromkeys(roles)
        ],
        "rules": rules_of(action),
    }


__all__ = ["SHAPES", "TEMPLATES", "router"]
