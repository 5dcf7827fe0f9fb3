"""S4: text that somebody gave, hostile, through every route that shows it: signed pages, JSON, tables, the extracts.

What `planted.py` wrote is read back by those who may. The pages that only repeat what stands in their address are in
test_payloads.py; what a browser makes of all this, in journeys/test_hostile_home.py.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI

from embla.app import create_app
from embla.gates import ROUTES
from embla.platform import OPERATOR, issue_token
from embla.platform.web.twins import FORMULA
from tests.web.clients import client_of, token_in
from tests.web.nation import WebNation, shared
from tests.web.payloads import ALL, batches
from tests.web.planted import Planted, plant
from tests.web.test_payloads import is_dead, unseen_in

CORPUS = "\n".join(payload.replace("\r", "").replace("\n", "") for payload in ALL)


@dataclass(frozen=True)
class Row:
    """Who reads a route, and the word beside the planted text. form: what is posted; `{...}` names things planted."""

    reader: str
    word: str = ""
    at: str = ""
    form: dict[str, str] | None = None
    json: dict[str, object] | None = None
    statuses: tuple[int, ...] = (200,)


PERSON, CASE, GENOME = {"person": "{person}"}, {"case": "{case}"}, {"genome": "{genome}"}
ECHO = {
    "q": CORPUS,
    "list": CORPUS,
    "person": CORPUS[:190],
    "text": CORPUS[:1900],
    "kind": CORPUS[:300],
    "state": CORPUS,
}
SHOWN: dict[str, Row] = {
    "GET /login": Row("", "zqname"),
    "GET /account": Row("wrote-0"),
    "GET /step-up": Row("wrote-1", "zqname"),
    "GET /preferences": Row("wrote-2", "zqname"),
    "GET /accessibility": Row("wrote-3", "zqname"),
    "GET /privacy": Row("wrote-4", "zqname"),
    "GET /status": Row("wrote-5", "zqname"),
    "GET /api": Row("wrote-6", "zqname"),
    "GET /": Row("wrote-7", "zqname"),
    "GET /how": Row("wrote-8", "zqname"),
    "GET /releases": Row("wrote-9", "zqname"),
    "GET /releases.json": Row(""),
    "POST /search": Row("wrote-10", "zqname", form=ECHO, statuses=(200, 303)),
    "POST /search/suggest": Row("", form=ECHO),
    "POST /batch": Row("wrote-11", "zqname", form=ECHO),
    "POST /batch.csv": Row("", form=ECHO),
    "POST /batch.json": Row("", form=ECHO),
    "POST /api/frequencies": Row("", json={"variants": ALL}),
    # A clinician's pages.
    "GET /cases": Row("doctor", "zqlab"),
    "GET /case/{case}": Row("doctor", "zqlab"),
    "POST /case/{case}": Row("doctor", "zqlab", form=ECHO, statuses=(422,)),
    "POST /cases": Row("doctor", "zqlab", form={"text": "010190-1234", "group": CORPUS[:150]}, statuses=(422,)),
    "GET /case/{case}/genomes": Row("doctor", "zqpipe"),
    "POST /case/{case}/calls": Row("doctor", form=GENOME | {"where": CORPUS[:150]}, statuses=(400, 422)),
    "POST /case/{case}/file": Row("doctor", form=GENOME | {"path": CORPUS[:150]}, statuses=(404,)),
    "GET /emergency": Row("doctor"),
    "GET /classifications": Row("lab-north", "zqclass"),
    "GET /classifications/shared": Row("lab-north"),
    "GET /classifications/names": Row("lab-north", "zqname"),
    "POST /classifications/names/{name}": Row("lab-north", at="/classifications/names/none", statuses=(404,)),
    "GET /classifications/new": Row("lab-north"),
    "POST /classifications": Row("lab-north", form={"variant": CORPUS[:900], "summary": CORPUS[:900]}, statuses=(422,)),
    "GET /classifications/{classification}": Row("lab-north", "zqclass"),
    "POST /classifications/{classification}": Row(
        "lab-north", "zqclass", form={"verdict": CORPUS[:70], "text": CORPUS[:900]}, statuses=(409,)
    ),
    "GET /api/classifications": Row("", at="/api/classifications?variant=chr21-43774500-G-C"),
    "GET /api/classifications/own": Row("lab-north", "zqclass"),
    "POST /api/classifications": Row("lab-north", json={"variant": CORPUS[:900], "class": "P"}, statuses=(422,)),
    "POST /api/classifications/{classification}/sign": Row(
        "lab-north", at="/api/classifications/none/sign", json={"expected": 1, "verdict": CORPUS[:50]}, statuses=(404,)
    ),
    "POST /api/classifications/{classification}/withdraw": Row(
        "lab-north", at="/api/classifications/none/withdraw", json={"reason": CORPUS[:50]}, statuses=(404,)
    ),
    "POST /api/acmg": Row("", json={"criteria": [CORPUS[:30]]}, statuses=(422,)),
    "GET /discordances": Row("lab-north", "zqtriage"),
    "POST /discordances/{discordance}": Row(
        "lab-north", "zqtriage", form={"triage": CORPUS[:90], "text": CORPUS[:900]}, statuses=(409,)
    ),
    "GET /panels": Row("", "zqpanel"),
    "GET /panels/{panel}": Row("", "zqevidence", at="/panels/planted"),
    "POST /panels/{panel}/{position}": Row(
        "lab-north", "zqwhy", at="/panels/planted/1", form={"do": "begin", "day": CORPUS[:900]}, statuses=(422,)
    ),
    "POST /panels/{panel}": Row("", "zqwhy", at="/panels/planted", form={"genes": CORPUS[:900]}),
    "GET /follow-ups": Row("doctor"),
    "GET /escalations": Row("lab-north"),
    "GET /questions": Row("doctor", "zqquestion"),
    "GET /case/{case}/follow-ups/{name}": Row("doctor", "zqremark", at="/case/{case}/follow-ups/{follow_up}"),
    "POST /case/{case}/follow-ups/{name}": Row(
        "doctor",
        "zqremark",
        at="/case/{case}/follow-ups/{follow_up}",
        form={"choice": CORPUS[:39], "expected": "1"},
        statuses=(409, 422),
    ),
    "GET /case/{case}/answers": Row("doctor", "zqanswer"),
    # More lines than the form takes.
    "POST /case/{case}/variants": Row(
        "doctor", "zqvariant", form={"alleles": "zqvariant\n" + CORPUS[:900] + "\nx" * 51}, statuses=(422,)
    ),
    "POST /case/{case}/answers": Row(
        "doctor", "zqanswer", form={"alleles": CORPUS[:900], "summary": CORPUS[:900]}, statuses=(422,)
    ),
    "POST /case/{case}/answers/{answer}": Row(
        "doctor", "zqreceipt", form={"receipt": CORPUS[:250], "number": "1"}, statuses=(422,)
    ),
    "GET /case/{case}/answers/{answer}/{number}.fhir.json": Row(
        "doctor", "zqanswer", at="/case/{case}/answers/{answer}/1.fhir.json"
    ),
    "POST /case/{case}/questions": Row(
        "doctor", form={"allele": CORPUS[:900], "text": CORPUS[:900]}, statuses=(409, 422)
    ),
    "GET /case/{case}/questions/{question}": Row("doctor", "zqquestion"),
    "POST /case/{case}/questions/{question}": Row(
        "doctor", "zqquestion", form={"text": CORPUS[:900], "contact": CORPUS[:100]}, statuses=(409, 422)
    ),
    "POST /api/answers/waiting": Row("doctor", json=CASE),
    "POST /api/answers/acknowledge": Row(
        "doctor", json=CASE | {"answer": CORPUS[:40], "number": 1, "receipt": CORPUS[:190]}, statuses=(404, 422)
    ),
    "POST /emergency": Row("doctor", form={"person": CORPUS[:190], "reason": CORPUS[:900]}, statuses=(422,)),
    "GET /emergency/{emergency}": Row("doctor"),
    "POST /emergency/{emergency}/calls": Row("doctor", form={"genome": CORPUS[:99]}, statuses=(403, 404)),
    "POST /emergency/{emergency}/file": Row(
        "doctor", form={"genome": CORPUS[:99], "path": CORPUS[:99]}, statuses=(403, 404)
    ),
    "GET /case/{case}/consent": Row("doctor", "zqform"),
    "POST /case/{case}/consent": Row(
        "doctor", "zqform", form=ECHO | {"day": CORPUS, "version": CORPUS}, statuses=(422,)
    ),
    "GET /case/{case}/medicines": Row("doctor"),
    "GET /case/{case}/medicines/gene/{gene}": Row("doctor", at="/case/{case}/medicines/gene/CYP2C19"),
    "GET /case/{case}/medicines/drug/{drug}": Row("doctor", at="/case/{case}/medicines/drug/clopidogrel"),
    "POST /api/pgx/profile": Row("doctor", json=CASE),
    "POST /api/pgx/medicines": Row("doctor", json=CASE | {"codes": [CORPUS[:40]]}),
    "GET /cds-services": Row(""),
    "POST /cds-services/{service}": Row(
        "doctor", at="/cds-services/pgx-order-sign", json={"hook": CORPUS[:90]}, statuses=(422,)
    ),
    "POST /api/care/genomes": Row("doctor", "zqpipe", json=CASE),
    "POST /api/care/calls": Row("doctor", json=CASE | GENOME | {"where": CORPUS[:150]}, statuses=(400, 422)),
    "POST /api/care/file": Row("doctor", json=CASE | GENOME | {"path": CORPUS[:150]}, statuses=(404,)),
    "POST /api/cases/{case}/frequencies": Row("doctor", json={"variant": CORPUS[:900]}, statuses=(422,)),
    "POST /api/cases/{case}/structural": Row("doctor", json={"region": CORPUS[:900]}, statuses=(422,)),
    # A laboratory's pages.
    "GET /submissions": Row("lab-north", "zqlab"),
    "GET /submissions/send": Row("lab-north"),
    "POST /submissions/send": Row("lab-north", "script", form={}, statuses=(422,)),
    "GET /submissions/{submission}": Row("lab-north", "script", at="/submissions/{refused}"),
    "GET /submissions/{submission}.json": Row("lab-north", "script", at="/submissions/{refused}.json"),
    "GET /submissions/{submission}.csv": Row("lab-north", "script", at="/submissions/{refused}.csv"),
    "GET /submissions/region/{code}": Row("wrote-coordinator", "zqlab", at="/submissions/region/1081"),
    "GET /submissions/region/{code}.json": Row("wrote-coordinator", "zqlab", at="/submissions/region/1081.json"),
    "GET /api/submissions": Row("lab-north", "script"),
    "GET /api/submissions/{submission}": Row("lab-north", "script", at="/api/submissions/{refused}"),
    "GET /submissions/rejected.csv": Row("lab-north", "script"),
    "GET /submissions/reconciliation": Row("lab-north"),
    "GET /submissions/reconciliation.json": Row("lab-north"),
    "GET /submissions/reconciliation.csv": Row("lab-north"),
    "GET /submissions/promises": Row("lab-north"),
    "GET /submissions/promises.json": Row("lab-north"),
    "GET /submissions/quality": Row("lab-north"),
    "GET /submissions/quality.json": Row("lab-north"),
    "GET /submissions/quality.csv": Row("lab-north"),
    "GET /submissions/{submission}/certificate.json": Row(
        "lab-north", at="/submissions/{refused}/certificate.json", statuses=(404,)
    ),
    "POST /submissions/{submission}/certificate": Row(
        "lab-north", at="/submissions/{refused}/certificate", form=ECHO, statuses=(404, 409)
    ),
    "GET /api/submissions/{submission}/files": Row(
        "lab-north", at="/api/submissions/{refused}/files", statuses=(404, 409)
    ),
    "GET /api/submissions/{submission}/certificate": Row(
        "lab-north", at="/api/submissions/{refused}/certificate", statuses=(404, 409)
    ),
    "POST /api/submissions/{submission}/certificate": Row(
        "lab-north", at="/api/submissions/{refused}/certificate", json=ECHO, statuses=(404, 409)
    ),
    # Oversight.
    "GET /decisions": Row("dpo", "zqpartner"),
    "POST /decisions": Row("dpo", "zqform", form=PERSON),
    "GET /dpo": Row("dpo"),
    "GET /dpo.json": Row("dpo"),
    "GET /dpo/person": Row("dpo"),
    "POST /dpo/person": Row("dpo", form=PERSON),
    "POST /dpo/person/number": Row("dpo", form={"number": CORPUS[:40]}, statuses=(422,)),
    "POST /dpo/person.json": Row("dpo", form=PERSON),
    "POST /dpo/person.csv": Row("dpo", form=PERSON),
    "POST /dpo/person/letter": Row("dpo", form=PERSON),
    "GET /dpo/alerts": Row("dpo"),
    "GET /dpo/alerts.json": Row("dpo"),
    "GET /dpo/alerts/{alert}": Row("dpo", "zqalert"),
    "POST /dpo/alerts/{alert}": Row("dpo", "zqalert", form=ECHO, statuses=(422,)),
    "GET /dpo/reviews": Row("admin"),
    "GET /dpo/reviews.json": Row("admin"),
    "GET /dpo/reviews/{emergency}": Row("admin", "zqverdict", at="/dpo/reviews/{judged}"),
    "POST /dpo/reviews/{emergency}": Row("admin", "zqreason", form=ECHO, statuses=(422,)),
    "GET /dpo/incidents": Row("dpo"),
    "POST /dpo/incidents": Row("dpo", form=ECHO | {"detected": CORPUS}, statuses=(422,)),
    "GET /dpo/incidents.json": Row("dpo"),
    "GET /dpo/incidents/{incident}": Row("dpo", "zqincident"),
    "POST /dpo/incidents/{incident}": Row("dpo", "zqincident", form=ECHO | {"step": CORPUS}, statuses=(422,)),
    "GET /dpo/processing": Row("dpo", "zqlab"),
    "GET /dpo/processing.json": Row("dpo", "zqlab"),
    "GET /rules": Row("wrote-dpo", "zqname"),
    "GET /node": Row("wrote-admin", "zqname"),
    "GET /network": Row("wrote-8", "zqname"),
    "POST /network": Row("wrote-8", "zqname", form={"variant": CORPUS[:400]}, statuses=(400,)),
    "GET /leavers": Row("wrote-dpo", "zqname"),
    "GET /erasures": Row("wrote-dpo", "zqname"),
    # The registry leafed through.
    "GET /registry/persons": Row("lab-north"),
    "GET /registry/persons.json": Row("lab-north"),
    "GET /registry/person/{person}": Row("lab-north", "zqpipe"),
    "GET /registry/person/{person}.json": Row("lab-north", "zqpipe"),
    "GET /registry/organisations": Row("", "zqlab"),
    "GET /registry/organisations.json": Row("", "zqlab"),
    # The board: its ledger's words, each a row of planted.py.
    "GET /board": Row("wrote-board", "zqname"),
    "GET /board/money": Row("wrote-board", "zqline"),
    "GET /board/money.json": Row("wrote-board"),
    "GET /board/money.csv": Row("wrote-board"),
    "GET /board/decisions": Row("wrote-board", "zqdecided"),
    "GET /board/reconciliation": Row("wrote-board"),
    "GET /board/groups": Row("wrote-board", "zqstep"),
    "GET /board/groups.json": Row("wrote-board", "zqstep"),
    "GET /board/group/{code}": Row("wrote-board", "zqreport", at="/board/group/heart"),
    "GET /board/ledger": Row("wrote-board", "zqname"),
    "GET /board/ledger/new": Row("admin"),
    "POST /board/ledger/new": Row("admin", form=ECHO | {"kind": "forum", "says.title": CORPUS}),
    "GET /board/postings": Row("admin"),
    "POST /board/postings": Row("admin", form=ECHO | {"mapping": CORPUS}),
    "GET /refunds": Row("lab-north"),
    "GET /refunds.csv": Row("lab-north"),
    "GET /board/figure/{name}": Row("wrote-board", at="/board/figure/genomes"),
    "GET /identity": Row("zone"),
    "POST /identity/find": Row("zone", form={"number": CORPUS[:400]}, statuses=(422,)),
    "POST /identity/register": Row(
        "zone", form={"number": CORPUS[:400], "name": CORPUS, "born": CORPUS}, statuses=(422,)
    ),
    "POST /api/identity/persons": Row(
        "lab-north", json={"persons": [{"number": CORPUS[:99]}]}, statuses=(400, 403, 422)
    ),
}
# Routes that show only what stands in their own address, all asked in test_payloads.py.
ASKED = {
    "GET /catalogue",
    "GET /search", "GET /batch", "GET /variant/{text}", "GET /variant/{text}.json", "GET /variant/{text}.csv",
    "GET /gene/{name}", "GET /gene/{name}.json", "GET /gene/{name}.csv", "GET /region/{text}",
    "GET /region/{text}.json", "GET /region/{text}.csv", "GET /releases/compare",
    "GET /api/frequencies/{variant}", "GET /api/regions/{region}", "GET /api/structural/{region}",
    "GET /api/releases/{before}/compare/{after}", "POST /login", "POST /step-up",
}  # fmt: skip
SILENT = {
    "GET /static/{name:path}": "files of ours",
    "GET /openapi.json": "made from the code",
    "GET /case/{case}/variants": "what POST /case/{case}/variants has read already; answers/test_variants.py",
    "GET /case/{case}/count": "what POST /case/{case} has read already; test_live_pages.py",
    "GET /medicines": "numbers, and words of the definitions",
    "GET /medicines.json": "numbers, and words of the definitions",
    "GET /board.xlsx": "a spreadsheet, texts as texts; governance/test_papers.py",
    "GET /board/money.xlsx": "a spreadsheet, texts as texts; governance/test_papers.py",
    "GET /board/statement.pdf": "a paper; governance/test_papers.py",
    "GET /board/group/{code}/evaluation.pdf": "a paper; governance/test_papers.py",
    "GET /opensearch.xml": "made from the code and the address of the server",
    "GET /login/start": "only leads on",
    "GET /login/callback": "only leads on; sign_in/ has its hostile answers",
    "POST /logout": "only leads on",
    "POST /sign-out-everywhere": "only leads on",
    "POST /account/end-session": "only leads on",
    "GET /submissions/region": "only leads on",
    "POST /preferences": "only leads on, and keeps words of a list",
    "GET /healthz": "two words",
    "GET /metrics": "figures by names of ours; operations/test_metrics.py",
    "GET /api/releases": "numbers and digests of ours",
    "GET /api/submissions/schema": "made from the code",
    "GET /api/submissions/key": "a public key",
    "GET /api/submissions/{submission}/files/{number}": "bytes as they came, to be kept; submission/test_transfer.py",
    "POST /api/submissions": "answers with ids and, for a bad package, what GET /submissions/{submission} shows",
    "PUT /api/submissions/uploads/{upload}/{number}": "takes bytes, answers with nothing",
    "POST /api/submissions/uploads/{upload}": "answers with ids of ours",
    **dict.fromkeys(
        [row for row in ROUTES if " /beacon/" in row], "numbers and words of ours; federation/test_beacon.py"
    ),
    **dict.fromkeys(
        [row for row in ROUTES if " /fairdp" in row], "the operator's words, as RDF; federation/test_catalogue.py"
    ),
    "GET /catalogue/{identifier}": "the operator's words, escaped; federation/test_catalogue.py",
    "POST /catalogue/{identifier}": "the same, and a number; what is not of its lists is not said again",
    **dict.fromkeys(
        [row for row in ROUTES if " /htsget/" in row or " /ga4gh/drs/" in row or " /deliver/" in row],
        "ids, sizes, addresses of ours, plain names and the file itself; federation/test_htsget.py, test_drs.py",
    ),
    "GET /refget/service-info": "the settings of this node",
    "GET /refget/sequence/service-info": "the settings of this node",
    "GET /refget/sequence/{name}": "bases",
    "GET /refget/sequence/{name}/metadata": "digests, lengths and names of ours",
    "GET /leavers.json": "days and release numbers",
    "GET /erasures/{identifier}.json": "the signed certificate, which names nobody",
    "GET /rules.json": "made from the code",
    "GET /node.json": "numbers, rules and settings of ours",
    "GET /board.json": "numbers, and words of ours",
    "GET /board.csv": "numbers, and words of ours",
    "GET /case/{case}/answers/{answer}/{number}.pdf": "a paper; answers/test_papers.py",
    "GET /board/annex.pdf": "a paper; governance/test_pages.py",
}


@dataclass
class World:
    app: FastAPI
    planted: Planted
    clients: dict[str, httpx.Client]
    tokens: dict[str, str]

    def ask(self, route: str, row: Row) -> httpx.Response:
        method, pattern = route.split(" ", 1)
        path = (row.at or pattern).format(**self.planted.at)
        client = self.client(row.reader)
        if pattern.startswith(("/api/", "/cds-services")):
            token = self.tokens.get(row.reader)
            headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
            filled = None if row.json is None else {k: self._filled(v) for k, v in row.json.items()}
            return client.request(method, path, headers=headers, json=filled)
        if method == "GET":
            return client.get(path)
        form = {key: self._filled(value) for key, value in (row.form or {}).items()}
        form["csrf"] = token_in(client.get("/preferences").text)
        files = None
        if pattern == "/submissions/send":
            sent = {"manifest.json": self.planted.at["manifest"].encode()} | dict.fromkeys(ALL, b"x")
            files = [("files", item) for item in sent.items()]
        return client.post(path, data=form, files=files, follow_redirects=pattern == "/batch")

    def client(self, reader: str) -> httpx.Client:
        if reader not in self.clients:
            self.clients[reader] = client_of(self.app)
            if reader:
                page = self.clients[reader].get("/login").text
                self.clients[reader].post("/login", data={"csrf": token_in(page), "account": reader, "next": "/"})
                page = self.clients[reader].get("/step-up").text
                self.clients[reader].post("/step-up", data={"csrf": token_in(page), "next": "/"})
        return self.clients[reader]

    def _filled(self, value: object) -> object:
        return self.planted.at[value[1:-1]] if isinstance(value, str) and value[1:-1] in self.planted.at else value


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    nation: WebNation = shared(tmp_path_factory)
    planted, tokens = plant(nation), {}
    with nation.house.database.transaction() as connection:
        for name in ("doctor", "lab-north"):
            tokens[name] = issue_token(connection, name, label="test", by=OPERATOR, at=nation.house.clock())
    made = World(create_app(nation.house.settings, nation.house), planted, {}, tokens)
    yield made
    for client in made.clients.values():
        client.close()


def test_routes__each_has_a_row_that_says_what_it_shows() -> None:
    assert set(ROUTES) - set(SHOWN) - ASKED - set(SILENT) == set()
    assert (set(SHOWN) | ASKED | set(SILENT)) - set(ROUTES) == set()


def test_corpus__is_whole_on_the_list_of_accounts(world: World) -> None:
    shown = world.client("").get("/login").text

    assert sum(f'wrote-{number}"' in shown for number, _ in enumerate(batches(190))) > 15


@pytest.mark.parametrize("route", SHOWN)
def test_given_text__is_shown_as_text_and_nothing_of_it_lives(world: World, route: str) -> None:
    row = SHOWN[route]

    answer = world.ask(route, row)

    kind = answer.headers["content-type"]
    assert answer.status_code in row.statuses, answer.text[:500]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not answer.headers.get("location", "/").startswith(("//", "http", "javascript"))
    assert row.word in answer.text
    # The API gives programs the very text.
    assert " /api/" in route or not unseen_in(answer.text)
    if kind.startswith("text/html"):
        assert is_dead(answer)
    elif kind.startswith("text/csv"):
        assert "attachment" in answer.headers["content-disposition"]
        assert [cell for line in csv.reader(io.StringIO(answer.text)) for cell in line if _runs(cell)] == []
    else:
        assert kind.startswith("application/json") and json.loads(answer.text) is not None


def _runs(cell: str) -> bool:
    """A spreadsheet would take it for a formula; a number is none."""
    try:
        float(cell)
    except ValueError:
        return cell.startswith(FORMULA)
    return False
