"""The nation as S1 asks it: for each way in which a subject can stand to somebody, one that truly does.

A *situation* is one of `policy.matrix`; `case`, `genome`, `person`, `submission`, `emergency`, ... give the id of what
stands so. One account for each role, except where the situation is in the account (a laboratory whose days are over).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

import httpx
from fastapi import FastAPI
from sqlalchemy import Connection, delete, insert, select, update

from embla.app import create_app
from embla.care import break_glass, review_emergency
from embla.care.tables import emergencies
from embla.identity import Entry, parse_number, register_persons
from embla.oversight.incidents import note_incident
from embla.oversight.tables import alerts
from embla.platform import OPERATOR, Actor, House, create_account, issue_token
from embla.platform.tables import sessions
from embla.registry import Laboratory, add_laboratory, cases_treated_by, set_opt_out
from embla.registry.tables import agreements, case_clinicians, cases, genomes, partners
from embla.submission.tables import submission_files, submissions
from embla.submission.upload import begin_upload
from tests.support.people import made_up_numbers
from tests.web.clients import client_of, token_in
from tests.web.nation import WebNation

TODAY = date(2026, 10, 2)
LONG_AGO = date(2020, 1, 1)
ACCOUNTS = {
    "clinician": "doctor", "lab": "lab-north", "coordinator": "coordinator", "dpo": "dpo", "board": "board",
    "secretary": "secretary", "admin": "admin", "researcher": "researcher", "zone": "zone",
}  # fmt: skip
# Where it is the account that ran out or lost its agreement: a laboratory of its own.
LABORATORIES = {"expired": "was", "revoked": "ended"}
REASON = "Unconscious in the emergency room."
NUMBER = next(made_up_numbers())


@dataclass
class World:
    """The application over a nation of its own. Maps are situation -> id."""

    nation: WebNation
    case: dict[str, str] = field(default_factory=dict)
    genome: dict[str, str] = field(default_factory=dict)
    person: dict[str, str] = field(default_factory=dict)
    file: dict[str, str] = field(default_factory=dict)
    digest: dict[str, str] = field(default_factory=dict)  # SHA-256 of that file
    submission: dict[str, str] = field(default_factory=dict)
    manifest: dict[str, bytes] = field(default_factory=dict)
    upload: dict[str, str] = field(default_factory=dict)
    emergency: dict[str, str] = field(default_factory=dict)
    doing: dict[str, str] = field(default_factory=dict)  # account -> an emergency that it opened itself
    alert: str = "A" + "0" * 16
    incident: str = ""
    stranger: str = ""  # a person about whom nobody asks otherwise
    _clients: dict[str, httpx.Client] = field(default_factory=dict)
    _forms: dict[str, str] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)

    @property
    def house(self) -> House:
        return self.nation.house

    @cached_property
    def app(self) -> FastAPI:
        return create_app(self.house.settings, self.house)

    def account(self, role: str, situation: str) -> str:
        """Who asks: "" for nobody."""
        if role == "lab" and situation in LABORATORIES:
            return f"lab-{LABORATORIES[situation]}"
        return ACCOUNTS.get(role, "")

    def client(self, account: str) -> httpx.Client:
        """A browser in which this account is signed in; nobody's for ""."""
        if account not in self._clients:
            made = self._clients[account] = client_of(self.app)
            if account:
                page = made.get("/login")
                made.post("/login", data={"csrf": token_in(page.text), "account": account, "next": "/"})
            self._forms[account] = token_in(made.get("/preferences").text)
        return self._clients[account]

    def form(self, account: str) -> str:
        """The token of this browser's forms."""
        self.client(account)
        return self._forms[account]

    def bearer(self, account: str) -> Mapping[str, str]:
        """Headers of a program with this account's token."""
        headers = {"Accept": "application/json"}
        if account:
            if account not in self._tokens:
                with self.house.database.transaction() as connection:
                    self._tokens[account] = issue_token(
                        connection, account, label="test", by=OPERATOR, at=self.house.clock()
                    )
            headers["Authorization"] = f"Bearer {self._tokens[account]}"
        return headers

    def signed_in_anew(self, fresh: bool) -> None:
        """Everybody has just confirmed who they are, or nobody has. Who has yet to sign in does so first."""
        for account in ACCOUNTS.values():
            self.client(account)
        with self.house.database.transaction() as connection:
            connection.execute(update(sessions).values(stepped_up=self.house.clock() if fresh else None))

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


def make_world(nation: WebNation) -> World:
    """Everything in its place. What is own stays own."""
    world = World(nation)
    with nation.house.database.transaction() as connection:
        _cases(world, connection)
        _laboratories(world, connection)
        _submissions(world, connection)
        create_account(
            connection, "colleague", display="Colleague", roles=["clinician"], by=OPERATOR, at=nation.house.clock()
        )
    _uploads(world)
    _emergencies(world)
    _desk(world)
    return world


def _cases(world: World, connection: Connection) -> None:
    """A case of doctor's own, one that lies elsewhere, and one that went wrong in each way."""
    mine = [c.id for c in cases_treated_by(connection, "doctor", on=TODAY, limit=20).items]
    treated = select(case_clinicians.c.case)
    far: dict[str, list[str]] = {}
    for row in connection.execute(select(cases.c.id, cases.c.laboratory).where(cases.c.id.not_in(treated))):
        far.setdefault(row.laboratory, []).append(row.id)
    # Treating is what counts, wherever the laboratory lies.
    for laboratory in ("central", "zealand"):
        connection.execute(insert(case_clinicians).values(case=far[laboratory][0], account="doctor"))
    names = ("own", "expired", "revoked", "no_consent")
    world.case = dict(zip(names, mine, strict=False)) | {
        "other_laboratory": far["central"][0], "other_region": far["zealand"][0], "no_relation": far["south"][0],
        "glass": far["south"][1], "glass_expired": far["south"][2], "glass_revoked": far["south"][3],
        "stranger": far["south"][4],
    }  # fmt: skip
    # No room knows of projects yet: what is one's own here is in no project of a researcher's.
    world.case["other_project"] = world.case["own"]
    connection.execute(update(cases).where(cases.c.id == world.case["expired"]).values(closed=date(2026, 9, 2)))
    connection.execute(delete(case_clinicians).where(case_clinicians.c.case == world.case["revoked"]))
    for situation, case in world.case.items():
        row = connection.execute(select(genomes).where(genomes.c.case == case)).one()
        world.genome[situation], world.person[situation] = row.accession, row.person
        of = submission_files.c.submission == row.submission
        sent = select(submission_files.c.path, submission_files.c.sha256).where(of)
        world.file[situation], world.digest[situation] = connection.execute(sent).first() or ("", "")
    world.stranger = world.person["stranger"]
    at = world.house.clock()
    set_opt_out(connection, world.person["no_consent"], "genetic", since=TODAY, by=OPERATOR, at=at)


def _laboratories(world: World, connection: Connection) -> None:
    """A second one in north's region, one whose days are over, and one whose agreement was taken back."""
    at = world.house.clock()
    for name, until in (("north-two", None), ("was", date(2026, 9, 30)), ("ended", None)):
        one = Laboratory(name, name.title(), "1081", "ISO 15189", LONG_AGO, until)
        add_laboratory(connection, one, by=OPERATOR, at=at)
        connection.execute(insert(partners).values(id=name, name=name, country="DK"))
        ended = date(2026, 9, 30) if name == "ended" else None
        connection.execute(
            insert(agreements).values(
                id=f"A{name:0>16}", partner=name, flow="reporting", reference="", drafted=LONG_AGO, signed=LONG_AGO,
                ended=ended,
            )
        )  # fmt: skip
        if name in LABORATORIES.values():
            create_account(connection, f"lab-{name}", display=name, roles=["lab"], laboratory=name, by=OPERATOR, at=at)


def _submissions(world: World, connection: Connection) -> None:
    rows = {row.laboratory: row for row in connection.execute(select(submissions))}
    for number, name in enumerate(("north-two", "was", "ended")):
        copy = dict(rows["south"]._mapping) | {"id": f"S{number:X>16}", "laboratory": name, "package_hash": str(number)}
        connection.execute(insert(submissions).values(**{k: v for k, v in copy.items() if k in submissions.c}))
        rows[name] = connection.execute(select(submissions).where(submissions.c.id == copy["id"])).one()
    of = {
        "own": "north", "other_laboratory": "north-two", "other_region": "zealand", "expired": "was",
        "revoked": "ended",
    }  # fmt: skip
    world.submission = {situation: rows[laboratory].id for situation, laboratory in of.items()}
    said = json.loads((world.nation.good / "manifest.json").read_text("utf-8"))
    for situation, laboratory in of.items():
        world.manifest[situation] = json.dumps(said | {"laboratory": laboratory, "package": f"s1-{situation}"}).encode()


def _uploads(world: World) -> None:
    for situation, raw in world.manifest.items():
        world.upload[situation] = begin_upload(world.house.home, raw, lambda package: None, on=TODAY).id


def _emergencies(world: World) -> None:
    """Doctor's own that lasts, one that ran out, one that was judged not justified; a colleague's; each reviewer's."""
    house, person = world.house, world.person

    def broken(account: str, whose: str) -> str:
        until = house.clock() + timedelta(hours=1)
        return break_glass(house, Actor(account, frozenset({"clinician"}), stepped_up_until=until), whose, REASON).id

    world.emergency = {
        "emergency": broken("doctor", person["glass"]),
        "expired": broken("doctor", person["glass_expired"]),
        "revoked": broken("doctor", person["glass_revoked"]),
        "no_relation": broken("colleague", person["no_relation"]),
    }
    over = update(emergencies).where(emergencies.c.id == world.emergency["expired"])
    with house.database.transaction() as connection:
        connection.execute(over.values(until=house.clock() - timedelta(minutes=1)))
    judge = Actor("dpo", frozenset({"dpo"}))
    review_emergency(house, judge, world.emergency["revoked"], "not_justified", "There was no emergency at all.")
    world.doing = {account: broken(account, world.stranger) for account in ("dpo", "admin")}


def _desk(world: World) -> None:
    house = world.house
    operator = replace(OPERATOR)
    world.incident = note_incident(house, operator, "wrong_access", "Somebody looked where they had no case.").id
    register_persons(house, OPERATOR, [Entry(parse_number(NUMBER), None, None)], purpose="operation")
    with house.database.transaction() as connection:
        connection.execute(
            insert(alerts).values(
                id=world.alert, rule="refusals", version="1", actor="doctor", at=house.clock(), last_at=house.clock(),
                evidence="[1]", count=1, state="open",
            )
        )  # fmt: skip
