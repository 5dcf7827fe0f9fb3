"""The ledger on pages, papers and spreadsheets, and a laboratory's own refunds."""

import ast
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from embla import governance
from embla.app import create_app
from embla.governance import labels, load_history, view
from embla.governance.model.cells import Breakdown
from embla.governance.model.entered import entered_figures
from embla.governance.model.folding import Board
from embla.governance.model.history import History, shipped
from embla.governance.model.kpis import key_figures
from embla.governance.model.ledger import KINDS, Ledger
from embla.governance.model.reconcile import disagreements
from embla.governance.retold import SHAPES
from embla.governance.sheets import workbook
from embla.governance.typed import again, entry_of, faults, fields_of
from embla.governance.writing import enter_all
from embla.platform import OPERATOR, events_since, translator
from embla.platform.web import Sentences
from embla.registry import arrivals_of
from tests.governance.test_entered import DECISION
from tests.web.clients import Reading, client_of, token_in
from tests.web.nation import WebNation, shared

FORMULA = '=HYPERLINK("http://example.invalid")\x07'
LINE = {"kind": "budget_line", "name": FORMULA[:-1], "day": "2026-03-10", "year": 2026, "version": "v", "part": "fixed",
        "side": "cost", "amount": "1000.10", "explains": "+1"}  # fmt: skip


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> WebNation:
    made = shared(tmp_path_factory)
    load_history(made.house, OPERATOR)
    enter_all(made.house, OPERATOR, [DECISION, LINE])
    return made


def signed_in(nation: WebNation, account: str, language: str = "en") -> httpx.Client:
    client = client_of(create_app(nation.house.settings, nation.house), language)
    page = client.get("/login")
    client.post("/login", data={"csrf": token_in(page.text), "account": account, "next": "/"})
    return client


@pytest.fixture(scope="module")
def admin(nation: WebNation) -> Iterator[httpx.Client]:
    client = signed_in(nation, "admin")
    yield client
    client.close()


def send(client: httpx.Client, path: str, **fields: Any) -> httpx.Response:
    files = fields.pop("files", None)
    return client.post(path, data={"csrf": token_in(client.get(path).text), **fields}, files=files)


def made(nation: WebNation) -> int:
    with nation.house.database.reading() as connection:
        return len(list(events_since(connection, 0, kinds=("board-entry-made",))))


FORUM = {"kind": "forum", "name": "council", "day": "2026-03-10", "says.title": "Expert council"}


def test_entry__is_tried_then_entered_and_mended_under_its_name(nation: WebNation, admin: httpx.Client) -> None:
    before = made(nation)
    tried = send(admin, "/board/ledger/new", **FORUM, do="try")
    assert tried.status_code == 200 and "Nothing was written yet" in tried.text and made(nation) == before
    assert 'value="council"' in tried.text

    done = send(admin, "/board/ledger/new", **FORUM, do="enter")
    assert done.status_code in (200, 303) and made(nation) == before + 1
    line = view(nation.house).ledger.newest("forum", "council")
    assert line is not None and line.says == {"title": "Expert council"}
    mending = admin.get(f"/board/ledger/new?mends={line.number}")
    assert "Expert council" in mending.text
    assert f'href="/board/ledger/new?mends={line.number}"' in admin.get("/board/ledger?kind=forum").text


def test_entry__that_a_rule_refuses_is_told_beside_what_was_typed(nation: WebNation, admin: httpx.Client) -> None:
    before = made(nation)
    rate = {"kind": "rate", "name": "r", "day": "2026-03-11", "says.region": "1084", "says.unit": "genomes",
            "says.amount": "12.345", "do": "enter"}  # fmt: skip

    told = send(admin, "/board/ledger/new", **rate).text
    assert '<a href="#says-amount">' in told and 'aria-describedby="h-amount w-amount"' in told
    told = send(admin, "/board/ledger/new", **rate | {"says.amount": "12.30"}).text
    assert "needs a decision" in told and 'value="12.30"' in told and 'id="w-decision"' in told
    assert made(nation) == before


def test_entry__is_written_by_nobody_who_only_sees(nation: WebNation) -> None:
    before = made(nation)
    member = signed_in(nation, "board")

    assert member.get("/board/ledger").status_code == 200 and "mends=" not in member.get("/board/ledger").text
    assert member.get("/board/ledger/new").status_code == 403
    token = token_in(member.get("/board").text)
    assert member.post("/board/ledger/new", data={"csrf": token, **FORUM, "do": "enter"}).status_code == 403
    assert made(nation) == before
    member.close()


def test_entry__is_written_by_the_boards_secretary_and_that_is_in_the_log(nation: WebNation) -> None:
    secretary = signed_in(nation, "secretary")
    before = made(nation)

    assert 'href="/board/ledger/new"' in secretary.get("/board/ledger").text
    done = send(secretary, "/board/ledger/new", **FORUM | {"name": "by-the-secretary"}, do="enter")

    assert done.status_code == 303 and made(nation) == before + 1
    with nation.house.database.reading() as connection:
        logged = [one for one in events_since(connection, 0) if one.actor == "secretary"]
    assert logged[-1].kind == "board-entry-made"
    assert [one.body["rule"] for one in logged if one.kind == "access-granted"][-1] == "manage_board.secretary"
    assert secretary.get("/cases").status_code == secretary.get("/dpo").status_code == 403
    secretary.close()


def test_ledger__on_the_page_tells_no_counts_of_people(nation: WebNation, admin: httpx.Client) -> None:
    enter_all(nation.house, OPERATOR, [
        {"kind": "yields", "name": "few", "day": "2026-03-12", "group": "heart", "year": 2026, "answers": 4_711,
         "positive": 2},
    ])  # fmt: skip

    page = admin.get("/board/ledger?kind=yields").text
    assert "few" in page and "4711" not in page and "positive" not in page


def test_postings__are_said_first_and_posted_then(nation: WebNation, admin: httpx.Client) -> None:
    mapping = ('{"year": 2026, "columns": {"day": "d", "account": "a", "amount": "x", "reference": "r"}, '
               '"lines": {"1": "=HYPERLINK(\\"http://example.invalid\\")"}}')  # fmt: skip
    csv = "d;a;x;r\n2026-03-12;1;10,50;B1\n"

    def post(text: str, do: str) -> str:
        files = {"file": ("p.csv", text.encode(), "text/csv")}
        return send(admin, "/board/postings", mapping=mapping, do=do, files=files).text

    before = made(nation)
    assert "10.50" in post(csv, "try") and made(nation) == before
    assert "line 2" in post(csv.replace("10,50", "ten"), "post") and made(nation) == before
    assert "10.50" in post(csv, "post") and made(nation) == before + 1
    post(csv, "post")
    assert made(nation) == before + 1


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize(
    "path", ["/board/ledger", "/board/ledger/new", "/board/ledger/new?kind=key", "/board/postings"]
)
def test_page__of_the_ledger_is_whole_in_one_language(nation: WebNation, path: str, language: str) -> None:
    client = signed_in(nation, "admin", language)
    page = Reading(client.get(path).text)

    assert sum(tag == "h1" for tag, _ in page.tags) == 1
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for href in {href for href in page.hrefs() if href.startswith("/board") and "lang=" not in href}:
        assert client.get(href).status_code == 200, href
    client.close()


@pytest.mark.parametrize("path", ["/board/statement.pdf?period=2026", "/board/group/heart/evaluation.pdf"])
def test_paper__is_a_tagged_pdf(admin: httpx.Client, path: str) -> None:
    answer = admin.get(path)

    assert answer.headers["Content-Type"] == "application/pdf" and answer.headers["Cache-Control"] == "no-store"
    assert b"/StructTreeRoot" in answer.content and b"/MarkInfo" in answer.content and b"(en)" in answer.content


def test_spreadsheet__holds_texts_as_texts_and_amounts_as_numbers(admin: httpx.Client) -> None:
    book = openpyxl.load_workbook(io.BytesIO(admin.get("/board/money.xlsx?year=2026").content))
    name, amount, explains = (book["budget"].cell(2, column) for column in (1, 5, 6))

    assert (name.data_type, name.value) == ("s", FORMULA[:-1]) and (explains.data_type, explains.value) == ("s", "+1")
    assert (amount.data_type, amount.value) == ("n", 1000.1)
    assert {row[0]: row[-1] for row in book["refunds"].values}["1084"] == "Capital Region of Denmark"
    board = openpyxl.load_workbook(io.BytesIO(admin.get("/board.xlsx").content))
    parts = {row[:2]: row[-1] for row in board["breakdowns"].values}
    assert (parts["region", "1084"], parts["by", "category"]) == ("Capital Region of Denmark", "name")
    figures = board["figures"]
    assert next(figures.values) == ("figure", "cell", "value", "known_on", "reason") and figures.max_row > 20


def test_spreadsheet__of_what_no_xml_holds_opens_all_the_same() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook([("t", ("a",), [(FORMULA,), (None,), ("@SUM(1)",)])])))

    cells = [row[0] for row in book["t"].iter_rows()]
    assert [cell.value for cell in cells] == ["a", FORMULA[:-1], None, "@SUM(1)"]
    assert all(cell.data_type != "f" for cell in cells)


def test_refunds__beside_each_genome_are_of_the_own_laboratory_only(nation: WebNation) -> None:
    client = signed_in(nation, "lab-north")
    with nation.house.database.reading() as connection:
        laboratory = "north"
        mine = {one.name for one in arrivals_of(connection, laboratory)}
        all_ = {one.name for name in ("north", "south", "capital", "central", "zealand")
                for one in arrivals_of(connection, name)}  # fmt: skip

    rows = [line.split(",") for line in client.get("/refunds.csv").text.splitlines()[1:]]
    assert {row[0] for row in rows} == mine < all_
    assert {row[2] for row in rows} <= {"waiting", "hidden", "no_rate", "due", "paid"}
    page = client.get("/refunds").text
    assert all(name in page for name in mine) and not any(name in page for name in all_ - mine)
    assert signed_in(nation, "board").get("/refunds").status_code == 403
    client.close()


def test_typed__entry_is_what_the_ledger_reads() -> None:
    typed = {"name": "k", "day": "2026-01-01", "decision": "B", "says.weights": "1081 = 1\n1082 = 2.5",
             "says.explains": "x"}  # fmt: skip

    assert entry_of("key", typed) == {"kind": "key", "name": "k", "day": "2026-01-01", "decision": "B",
                                      "weights": {"1081": "1", "1082": "2.5"}, "explains": "x"}  # fmt: skip
    told = {"says.month": "2026-01", "says.urgent": "false", "says.days": "8 = 4"}
    assert entry_of("turnaround", told)["days"] == {"8": 4} and entry_of("turnaround", told)["urgent"] is False
    filled = {one.name: one.value for one in fields_of("key", {"weights": {"1081": "1"}}, str)}
    assert filled["weights"] == "1081 = 1"


@pytest.mark.parametrize("language", ["en", "da"])
def test_form__calls_each_field_of_each_kind_by_words_and_says_what_to_mend(language: str) -> None:
    say = translator(language).gettext

    assert set(labels.KINDS) == set(KINDS)
    for kind, fields in KINDS.items():
        shown = fields_of(kind, {}, say)
        assert [one.name for one in shown if one.label.text == one.name or "_" in one.label.text] == []
        plain = [value for one in shown if one.name != "letter" for value, text in one.choices if value == text]
        assert plain == [] or language == "en"
        wrong = faults(kind, {f"says.{name}": "\x00" * 4_001 for name in fields}, say)
        assert set(wrong) == {"name", "day", *fields} and all(wrong.values())
        missing = faults(kind, {"name": "n", "day": "2026-01-31"}, say)
        assert set(missing) == {name for name, reads in fields.items() if reads.needed}


def test_sentences__why_a_figure_is_not_known_and_what_disagrees_are_told_in_danish() -> None:
    sentences, history = Sentences(SHAPES), History(shipped())
    days = [date(year, month, 28) for year in range(2019, 2028) for month in (1, 10, 12)] + [date(2023, 12, 31)]
    whys = {one.because for day in days for one in key_figures(Board(), history, day).values() if one.value is None}
    whys |= {one.because for one in key_figures(Board(), History(()), days[0]).values() if one.value is None}
    nothing = Breakdown("region", {}, frozenset(), 0, 0, None, None)
    whys |= {
        one.because for day in days for one in entered_figures(Ledger(()), history, nothing, {}, day, below=5).values()
    }  # fmt: skip
    whys |= {part for one in disagreements(history) for part in (one.said, one.counted, one.why)}

    assert [why for why in sorted(whys) if re.search("[a-z]{3}", why) and not sentences.knows(why)] == []
    danish = translator("da")
    assert [shape for shape in SHAPES if danish.gettext(shape) == shape] == []


# What only commands say: a key's file, entries from a file, payments, and options.
_COMMANDS = {"cli.py", "keys.py", "paying.py", "writing.py", "forecast.py", "reading.py"}


def refusals() -> list[tuple[str, str]]:
    """(file, sentence) of what the rules refuse, as the code writes it; 7 in every slot."""
    found = []
    for path in sorted(Path(governance.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Refused", "BadInput"):
                for said in [*node.args[:1], *(word.value for word in node.keywords if word.arg == "mend")]:
                    if isinstance(said, ast.Constant):
                        found.append((path.name, str(said.value)))
                    elif isinstance(said, ast.JoinedStr):
                        parts = (one.value if isinstance(one, ast.Constant) else "7" for one in said.values)
                        found.append((path.name, "".join(map(str, parts))))
    return found


def test_refusals__that_a_page_can_tell_have_a_shape_in_both_languages() -> None:
    told = [(file, said) for file, said in refusals() if file not in _COMMANDS]
    sentences, danish = Sentences(SHAPES), translator("da")

    assert len(told) > 80
    # A fault that is handed on in another sentence must be of a shape itself.
    inner = "A text is 1 to 4,000 letters."
    whole = [(file, said[:-1] + inner if said.endswith(": 7") else said) for file, said in told]
    english = [one for one in whole if "<span lang=" in sentences.told(one[1], "da", danish)]
    assert english == []


def test_again__takes_money_back_by_the_opposite_amount() -> None:
    from embla.governance.model.ledger import Line

    line = Line(7, "posting", "B1", date(2026, 1, 1), None, {"year": 2026, "amount": "10.50"}, False)
    assert again(line) == {"year": 2026, "amount": "-10.50", "takes_back": 7}
