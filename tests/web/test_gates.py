"""S1: every gated way in, for every role and every way the subject can stand to it, answers as the table says.

The expectation is `policy.matrix`, which knows nothing of routes; the answer comes through the real application, pages
and API alike. A gated route without a target of its own is still asked by every role.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, insert, select, update

from embla import gates
from embla.app import create_app
from embla.platform import OPERATOR, close_account, issue_token, revoke_tokens
from embla.policy import Action
from embla.policy.matrix import ALL_ROLES, NOBODY, SITUATIONS, cell, cells
from embla.registry import Laboratory, add_laboratory, cases_treated_by, set_opt_out
from embla.registry.tables import case_clinicians, cases, laboratories
from embla.submission.tables import submissions
from tests.web.clients import client_of, token_in
from tests.web.nation import WebNation, shared

TODAY = date(2026, 10, 2)
ACCOUNTS = {
    "clinician": "doctor", "lab": "lab-north", "coordinator": "coordinator", "dpo": "dpo", "board": "board",
    "admin": "admin", "researcher": "researcher", "zone": "zone",
}  # fmt: skip
# `operator` has no account: nobody is the operator over the network.
ROLES = [role for role in ALL_ROLES if role != "operator"]
# Situations that something real stands for today; the others are covered by the pure table.
REAL = ("own", "other_laboratory", "other_region", "no_relation", "expired", "revoked", "no_consent")


@dataclass(frozen=True)
class World:
    """The application over a nation of its own, with a case and a submission for each situation."""

    nation: WebNation
    app: FastAPI
    case: dict[str, str]
    submission: dict[str, str]
    clients: dict[str, httpx.Client]
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    nation = shared(tmp_path_factory)
    app = create_app(nation.house.settings, nation.house)
    case, submission = _cases(nation), _submissions(nation)
    clients = {role: _signed_in(app, ACCOUNTS.get(role)) for role in ROLES}
    with nation.house.database.transaction() as connection:
        tokens = {
            role: issue_token(connection, name, label="test", by=OPERATOR, at=nation.house.clock())
            for role, name in ACCOUNTS.items()
        }
    yield World(nation, app, case, submission, clients, tokens)
    for client in clients.values():
        client.close()


def _cases(nation: WebNation) -> dict[str, str]:
    """A case of doctor's own, and one that went wrong in each way."""
    with nation.house.database.transaction() as connection:
        mine = [c.id for c in cases_treated_by(connection, "doctor", on=TODAY, limit=20).items]
        own, expired, revoked, no_consent = mine[:4]
        own_of = select(case_clinicians.c.case)
        query = select(cases.c.id, cases.c.laboratory).where(cases.c.id.not_in(own_of))
        other = {row.laboratory: row.id for row in connection.execute(query)}
        # Treating is what counts, wherever the laboratory lies.
        for laboratory in ("central", "zealand"):
            connection.execute(insert(case_clinicians).values(case=other[laboratory], account="doctor"))
        connection.execute(update(cases).where(cases.c.id == expired).values(closed=date(2026, 9, 2)))
        connection.execute(delete(case_clinicians).where(case_clinicians.c.case == revoked))
        person = connection.execute(select(cases.c.person).where(cases.c.id == no_consent)).scalar_one()
        set_opt_out(connection, person, "genetic", since=TODAY, by=OPERATOR, at=nation.house.clock())
    return {
        "own": own, "other_laboratory": other["central"], "other_region": other["zealand"],
        "no_relation": other["south"], "expired": expired, "revoked": revoked, "no_consent": no_consent,
    }  # fmt: skip


def _submissions(nation: WebNation) -> dict[str, str]:
    """North's own, one of a second laboratory in its region, one of another region; what is own stays own."""
    house = nation.house
    with house.database.transaction() as connection:
        rows = {row.laboratory: row for row in connection.execute(select(submissions))}
        beside = Laboratory("north-two", "North Two", "1081", "ISO 15189", date(2020, 1, 1), None)
        add_laboratory(connection, beside, by=OPERATOR, at=house.clock())
        copy = dict(rows["south"]._mapping) | {"id": "SNEIGHBOUR", "laboratory": "north-two", "package_hash": "0" * 64}
        connection.execute(insert(submissions).values(**{k: v for k, v in copy.items() if k in submissions.c}))
    own = rows["north"].id
    return {
        "own": own, "other_laboratory": "SNEIGHBOUR", "other_region": rows["zealand"].id, "no_relation": own,
        "expired": own, "revoked": own, "no_consent": own,
    }  # fmt: skip


def _signed_in(app: FastAPI, account: str | None) -> httpx.Client:
    client = client_of(app)
    if account is not None:
        page = client.get("/login")
        client.post("/login", data={"csrf": token_in(page.text), "account": account, "next": "/"})
    return client


VARIANT = "chr21-43774500-G-C"
Ask = Callable[[World, str, str], httpx.Response]


def _page(path: str) -> Ask:
    return lambda world, role, situation: world.clients[role].get(_at(world, path, situation))


def _posted(path: str, **fields: str) -> Ask:
    def ask(world: World, role: str, situation: str) -> httpx.Response:
        client = world.clients[role]
        # Any page with a form gives the session's token.
        form = {"csrf": token_in(client.get("/preferences").text), **fields}
        files = [("files", ("x.txt", b"x"))] if path == "/submissions/send" else None
        return client.post(_at(world, path, situation), data=form, files=files)

    return ask


def _api(method: str, path: str, json: dict[str, object] | None = None) -> Ask:
    def ask(world: World, role: str, situation: str) -> httpx.Response:
        headers = {"Accept": "application/json"}
        if role in world.tokens:
            headers["Authorization"] = f"Bearer {world.tokens[role]}"
        with client_of(world.app) as client:
            return client.request(method, _at(world, path, situation), json=json, headers=headers)

    return ask


def _at(world: World, path: str, situation: str) -> str:
    code = "1085" if situation == "other_region" else "1084"
    return path.format(case=world.case[situation], submission=world.submission[situation], code=code)


@dataclass(frozen=True)
class Target:
    """How one gated route is asked, and in which situations its subject can be. `allowed`: answers of somebody whom
    policy lets in (422: let in, and the empty form is told so)."""

    ask: Ask
    action: Action
    situations: tuple[str, ...] = REAL
    allowed: tuple[int, ...] = (200,)


SUBMISSION = ("own", "other_laboratory", "other_region")
ALONE = ("own",)
REGION = ("own", "other_region")
SEE_REGION = Action.SEE_REGION_SUBMISSIONS
SEE, SUBMIT = Action.SEE_OWN_SUBMISSIONS, Action.SUBMIT
TARGETS: dict[str, Target] = {
    "GET /cases": Target(_page("/cases"), Action.SEE_OWN_CASES, ALONE),
    "GET /case/{case}": Target(_page("/case/{case}"), Action.SEE_CASE),
    "POST /case/{case}": Target(_posted("/case/{case}", q=VARIANT), Action.LIVE_COUNT),
    "POST /api/cases/{case}/frequencies": Target(
        _api("POST", "/api/cases/{case}/frequencies", {"variant": VARIANT}), Action.LIVE_COUNT
    ),
    "GET /submissions": Target(_page("/submissions"), SEE, ALONE),
    "GET /submissions/send": Target(_page("/submissions/send"), SEE, ALONE),
    "POST /submissions/send": Target(_posted("/submissions/send"), SEE, ALONE, (422,)),
    "GET /submissions/{submission}": Target(_page("/submissions/{submission}"), SEE, SUBMISSION),
    "GET /submissions/{submission}.json": Target(_page("/submissions/{submission}.json"), SEE, SUBMISSION),
    "GET /submissions/{submission}.csv": Target(_page("/submissions/{submission}.csv"), SEE, SUBMISSION),
    "GET /api/submissions": Target(_api("GET", "/api/submissions"), SEE, ALONE),
    "GET /api/submissions/{submission}": Target(_api("GET", "/api/submissions/{submission}"), SEE, SUBMISSION),
    "GET /submissions/region/{code}": Target(_page("/submissions/region/{code}"), SEE_REGION, REGION),
    "GET /submissions/region/{code}.json": Target(_page("/submissions/region/{code}.json"), SEE_REGION, REGION),
    "GET /leavers": Target(_page("/leavers"), Action.SEE_LEAVERS, ALONE),
    "GET /leavers.json": Target(_page("/leavers.json"), Action.SEE_LEAVERS, ALONE),
    "GET /erasures": Target(_page("/erasures"), Action.SEE_PROOF, ALONE),
    "GET /erasures/{identifier}.json": Target(_page("/erasures/none.json"), Action.SEE_PROOF, ALONE, (404,)),
    "POST /api/identity/persons": Target(
        _api("POST", "/api/identity/persons", {"persons": []}), Action.REGISTER_IDENTITY, ALONE
    ),
    "GET /identity": Target(_page("/identity"), Action.MANAGE_IDENTITY, ALONE),
    "GET /case/{case}/consent": Target(_page("/case/{case}/consent"), Action.READ_CONSENT),
    "GET /decisions": Target(_page("/decisions"), Action.SEE_PROCESSING, ALONE),
    "GET /rules": Target(_page("/rules"), Action.SEE_RULES, ALONE),
    "GET /rules.json": Target(_page("/rules.json"), Action.SEE_RULES, ALONE),
}
# The administrator sees every laboratory's packages through the API alone; the pages are a laboratory's own.
PAGES_OF_LABORATORIES = {
    row for row in TARGETS if "/submissions" in row and "/api/" not in row and "/region" not in row
}


@pytest.mark.parametrize("row", TARGETS)
@pytest.mark.parametrize("role", ROLES)
def test_route__answers_each_role_in_each_situation_as_the_table_says(world: World, row: str, role: str) -> None:
    target = TARGETS[row]
    for situation in target.situations:
        expected = cell(target.action, role, situation, TODAY).allowed
        if row in PAGES_OF_LABORATORIES and role == "admin":
            expected = False

        answer = target.ask(world, role, situation)

        got = answer.status_code in target.allowed
        assert got == expected, (situation, answer.status_code)
        if not expected:
            assert answer.status_code in (401, 403, 404) or answer.headers.get("location", "").startswith("/login")
            assert "EMBG" not in answer.text


@pytest.mark.parametrize("role", ROLES)
def test_api__of_all_submissions_shows_only_what_the_role_may(world: World, role: str) -> None:
    answer = TARGETS["GET /api/submissions"].ask(world, role, "own")

    if answer.status_code == 200:
        seen = {item["laboratory"] for item in answer.json()["items"]}
        assert seen == {"north"} if role == "lab" else len(seen) > 3


GATED = {row: gate for row, gate in gates.ROUTES.items() if gate.actions}
# A list or a desk of one's own: no subject that could be another's.
LISTS = [row for row in GATED if row not in TARGETS and row.startswith("GET ") and "{" not in row]
OTHERS = [row for row in GATED if row not in TARGETS]


@pytest.mark.parametrize("row", LISTS)
@pytest.mark.parametrize("role", ROLES)
def test_list__opens_for_the_roles_of_the_table_alone(world: World, row: str, role: str) -> None:
    expected = any(cell(action, role, "own", TODAY).allowed for action in GATED[row].actions)

    answer = world.clients[role].get(row.split()[1])

    assert (answer.status_code == 200) == expected, answer.status_code


@pytest.mark.parametrize("row", OTHERS)
@pytest.mark.parametrize("role", ROLES)
def test_route__gives_nothing_to_a_role_that_no_row_names_in_any_situation(world: World, row: str, role: str) -> None:
    """Whatever the subject; what a role that has a row may see of whose is held beside the room that made the route."""
    if any(cell(action, role, s, TODAY).allowed for action in GATED[row].actions for s in SITUATIONS):
        return
    method, path = row.split()
    path = re.sub(r"\{\w+\}", "none", path)
    for answer in (_generic(world, role, method, path), _api(method, path, {})(world, role, "own")):
        assert answer.status_code >= 400 or answer.headers.get("location", "").startswith("/login"), answer.status_code


def _generic(world: World, role: str, method: str, path: str) -> httpx.Response:
    client = world.clients[role]
    form = {"csrf": token_in(client.get("/preferences").text)} if method == "POST" else None
    return client.request(method, path, data=form)


def test_matrix__has_every_cell_and_the_page_shows_what_it_says(world: World) -> None:
    every = list(cells(TODAY))
    twin = world.clients["dpo"].get("/rules.json").json()

    assert len(every) == len(Action) * len(ALL_ROLES) * len(SITUATIONS) == len(twin["cells"])
    assert [(c["action"], c["role"], c["situation"], c["allowed"], c["rule"]) for c in twin["cells"]] == [
        (str(c.action), c.role, c.situation, c.allowed, c.rule) for c in every
    ]
    assert all(c.rule.startswith(f"{c.action}.") for c in every)
    page = world.clients["dpo"].get("/rules").text
    assert all(f'id="{action}"' in page for action in Action)


def test_nobody__is_allowed_nothing_but_releases_in_any_situation() -> None:
    assert {c.action for c in cells(TODAY) if c.role == NOBODY and c.allowed} == {Action.READ_RELEASE}


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> tuple[WebNation, FastAPI]:
    nation = shared(tmp_path_factory)
    return nation, create_app(nation.house.settings, nation.house)


def test_account__that_was_closed_and_token_that_was_revoked_open_nothing(fresh: tuple[WebNation, FastAPI]) -> None:
    nation, app = fresh
    client = _signed_in(app, "lab-north")
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
    client = _signed_in(app, "lab-north")
    form = {"csrf": token_in(client.get("/submissions/send").text)}
    files = [("files", (path.name, path.read_bytes())) for path in sorted(nation.good.iterdir())]

    assert client.get("/submissions").status_code == 200
    assert client.post("/submissions/send", data=form, files=files).status_code == 422


def test_answer_without_its_decision__does_not_leave(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A route that forgot to ask: the edge finds it before the first byte."""
    monkeypatch.setitem(gates.ROUTES, "GET /how", replace(gates.ROUTES["GET /cases"]))  # type: ignore[misc]

    answer = world.clients["dpo"].get("/how")

    assert answer.status_code == 500 and "allele" not in answer.text
