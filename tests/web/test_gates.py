"""S1: every gated way in, for every role and every way the subject can stand to it, answers as the table says.

The expectation is `policy.matrix`, which knows nothing of routes; the answer comes through the real application, pages
and API alike, about subjects that truly stand so (`world.py`). `cells.py` says how each route is asked; one that it
does not name fails. Projects are the one owner that nothing real stands for yet: there the pure table is all there is.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from embla import gates
from embla.app import create_app
from embla.platform import OPERATOR, close_account, issue_token, revoke_tokens
from embla.policy import Action
from embla.policy.matrix import ALL_ROLES, NOBODY, SITUATIONS, cell, cells
from embla.registry.tables import laboratories
from tests.web.cells import TARGETS, Target
from tests.web.clients import client_of, token_in
from tests.web.nation import WebNation, shared
from tests.web.world import TODAY, World, make_world

# `operator` has no account: nobody is the operator over the network.
ROLES = [role for role in ALL_ROLES if role != "operator"]
GATED = {row: gate for row, gate in gates.ROUTES.items() if gate.actions}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(shared(tmp_path_factory))
    yield made
    made.close()


def test_targets__name_every_gated_route_and_nothing_else() -> None:
    assert {target.row for target in TARGETS} == set(GATED)
    for target in TARGETS:
        assert set(target.situations) <= set(SITUATIONS)
        assert target.action in GATED[target.row].actions


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_route__answers_each_role_in_each_situation_as_the_table_says(
    world: World, target: Target, record_property: Callable[[str, object], None]
) -> None:
    asked = 0
    for situation in target.situations:
        if "stale_sign_in" in target.situations:
            world.signed_in_anew(situation != "stale_sign_in")
        for role in ROLES:
            expected = cell(target.action, role, situation, TODAY, target.purpose).allowed
            if target.pages_of and role not in target.pages_of:
                expected = False

            answer = target.ask(world, role, situation)

            assert _let_in(target, answer) == expected, (role, situation, answer.status_code, answer.text[:300])
            if not expected:
                _gives_nothing(world, answer)
            asked += 1
    record_property("cells", asked)


def _let_in(target: Target, answer: httpx.Response) -> bool:
    """True for an answer of somebody whom policy let in. A package of a laboratory that may not report is refused with
    findings that say so, and nothing else."""
    if _led_away(answer):
        return False
    if target.action == Action.SUBMIT and answer.status_code == 422:
        return "laboratory.valid" not in answer.text and "laboratory.agreement" not in answer.text
    return answer.status_code in target.let_in


def _gives_nothing(world: World, answer: httpx.Response) -> None:
    assert _led_away(answer) or answer.status_code in (401, 403, 404, 422), answer.status_code
    # What somebody typed comes back to them where their sign-in is too old.
    text = re.sub(r'(?s)<form id="again".*?</form>', "", answer.text)
    assert "EMBG" not in text and "##fileformat" not in text
    assert not any(person in text for person in world.person.values())


def _led_away(answer: httpx.Response) -> bool:
    return answer.headers.get("location", "").startswith(("/login", "/step-up"))


@pytest.mark.parametrize("role", ROLES)
def test_api__of_all_submissions_shows_only_what_the_role_may(world: World, role: str) -> None:
    answer = next(target for target in TARGETS if target.row == "GET /api/submissions").ask(world, role, "own")

    if answer.status_code == 200:
        seen = {item["laboratory"] for item in answer.json()["items"]}
        assert seen == {"north"} if role == "lab" else len(seen) > 3


@pytest.mark.parametrize("row", [row for row, gate in gates.ROUTES.items() if gate.signed_in and not gate.actions])
def test_page_of_ones_own__sends_nobody_to_sign_in(world: World, row: str) -> None:
    method, path = row.split()
    data = {"csrf": world.form("")} if method == "POST" else None

    answer = world.client("").request(method, path, data=data)

    if path.startswith("/beacon/"):
        assert answer.status_code == 401, "a program is told, and led nowhere"
        return
    assert answer.headers.get("location", "").startswith("/login"), answer.status_code


def test_matrix__has_every_cell_and_the_page_shows_what_it_says(world: World) -> None:
    every = list(cells(TODAY))
    twin = world.client("dpo").get("/rules.json").json()

    assert len(every) == len(Action) * len(ALL_ROLES) * len(SITUATIONS) == len(twin["cells"])
    assert [(c["action"], c["role"], c["situation"], c["allowed"], c["rule"]) for c in twin["cells"]] == [
        (str(c.action), c.role, c.situation, c.allowed, c.rule) for c in every
    ]
    assert all(c.rule.startswith(f"{c.action}.") for c in every)
    page = world.client("dpo").get("/rules").text
    assert all(f'id="{action}"' in page for action in Action)


def test_nobody__is_allowed_nothing_but_releases_in_any_situation() -> None:
    assert {c.action for c in cells(TODAY) if c.role == NOBODY and c.allowed} == {Action.READ_RELEASE}


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> tuple[WebNation, FastAPI]:
    nation = shared(tmp_path_factory)
    return nation, create_app(nation.house.settings, nation.house)


def signed_in(app: FastAPI, account: str) -> httpx.Client:
    client = client_of(app)
    page = client.get("/login")
    client.post("/login", data={"csrf": token_in(page.text), "account": account, "next": "/"})
    return client


def test_account__that_was_closed_and_token_that_was_revoked_open_nothing(fresh: tuple[WebNation, FastAPI]) -> None:
    nation, app = fresh
    client = signed_in(app, "lab-north")
    with nation.house.database.transaction() as connection:
        token = issue_token(connection, "lab-north", label="test", by=OPERATOR, at=nation.house.clock())
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/submissions").status_code == 200
    assert client.get("/api/submissions", headers=headers).status_code == 200

    with nation.house.database.transaction() as connection:
        revoke_tokens(connection, "lab-north", by=OPERATOR, at=nation.house.clock())
    assert client.get("/api/submissions", headers=headers).status_code == 401
    with nation.house.database.transaction() as connection:
        close_account(connection, "lab-north", by=OPERATOR, at=nation.house.clock())
    assert client.get("/submissions").headers["location"].startswith("/login")


def test_laboratory__whose_days_are_over_sees_its_own_and_reports_no_more(fresh: tuple[WebNation, FastAPI]) -> None:
    nation, app = fresh
    with nation.house.database.transaction() as connection:
        over = update(laboratories).where(laboratories.c.id == "north").values(valid_to=date(2026, 9, 30))
        connection.execute(over)
    client = signed_in(app, "lab-north")
    form = {"csrf": token_in(client.get("/submissions/send").text)}
    files = [("files", (path.name, path.read_bytes())) for path in sorted(nation.good.iterdir())]

    assert client.get("/submissions").status_code == 200
    assert client.post("/submissions/send", data=form, files=files).status_code == 422


def test_answer_without_its_decision__does_not_leave(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A route that forgot to ask: the edge finds it before the first byte."""
    monkeypatch.setitem(gates.ROUTES, "GET /how", replace(gates.ROUTES["GET /cases"]))  # type: ignore[misc]

    answer = world.client("dpo").get("/how")

    assert answer.status_code == 500 and "allele" not in answer.text
