"""The board's pages over a nation of its own: they show what follows from releases and say what is not known."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from embla.app import create_app
from embla.errors import Refused
from embla.governance import Period, load_history, refunds, view
from embla.governance.model.ledger import Ledger, Line
from embla.governance.model.wheel import year_wheels
from embla.governance.paying import pay
from embla.governance.shown import at_cut
from embla.governance.writing import enter_all
from embla.platform import OPERATOR
from embla.registry import ordered_arrivals, patient_groups
from tests.web.clients import Reading, client_of, token_in
from tests.web.nation import WebNation, shared

PAGES = ("/board", "/board/money?year=2025", "/board/decisions", "/board/reconciliation", "/board/group/heart",
         "/board/figure/genomes", "/board/figure/genomes?as_of=2023-12-31", "/board/money?year=2026")  # fmt: skip


CAPITAL = {"en": "Capital Region of Denmark", "da": "Region Hovedstaden"}


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> WebNation:
    made = shared(tmp_path_factory)
    load_history(made.house, OPERATOR)
    enter_all(made.house, OPERATOR, [
        {"kind": "decision", "name": "1/26", "day": "2026-03-10", "forum": "board", "type": "B", "item": "1/26",
         "title": "Budget"},
        {"kind": "budget_line", "name": "HPC", "day": "2026-03-10", "year": 2026, "version": "demo", "part": "fixed",
         "side": "cost", "amount": "1000000.00", "explains": "Runs it.", "explains_da": "Driver den.", "demo": True},
        {"kind": "initiative", "name": "5.1", "day": "2026-03-10", "title": "Frequencies", "budget": "staff"},
    ])  # fmt: skip
    return made


@pytest.fixture(scope="module", params=["en", "da"])
def member(request: pytest.FixtureRequest, nation: WebNation) -> Iterator[httpx.Client]:
    client = client_of(create_app(nation.house.settings, nation.house), request.param)
    page = client.get("/login")
    client.post("/login", data={"csrf": token_in(page.text), "account": "board", "next": "/board"})
    yield client
    client.close()


@pytest.mark.parametrize("path", PAGES)
def test_page__is_whole_in_one_language_and_its_links_lead_on(member: httpx.Client, path: str) -> None:
    answer = member.get(path)
    page = Reading(answer.text)

    assert answer.status_code == 200
    assert sum(tag == "h1" for tag, _ in page.tags) == 1
    assert not re.search(r"<built-in|\{\{|\{%|object at 0x|None|Undefined|%\(", page.words)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for href in {href for href in page.hrefs() if href.startswith("/board") and "lang=" not in href}:
        assert member.get(href).status_code == 200, href
    if member.headers["Accept-Language"] == "da":
        assert not re.search(r"Where we|not known|Key figures|Spent|hidden|Refund", page.words)


def test_figures_by_patient_group__name_the_groups_as_the_reader_calls_them(nation: WebNation) -> None:
    enter_all(nation.house, OPERATOR, [
        {"kind": "yields", "name": "y", "day": "2026-01-31", "group": "heart", "year": 2025, "answers": 400,
         "positive": 100},
        {"kind": "expected_equivalents", "name": "heart", "day": "2026-01-01", "group": "heart", "year": 2026,
         "equivalents": 1000},
    ])  # fmt: skip
    with nation.house.database.reading() as connection:
        heart = next(one for one in patient_groups(connection) if one.code == "heart")
    for language, name in (("en", heart.name_en), ("da", heart.name_da)):
        client = client_of(create_app(nation.house.settings, nation.house), language)
        page = client.get("/login")
        client.post("/login", data={"csrf": token_in(page.text), "account": "board", "next": "/board"})

        figures = view(nation.house).figures(nation.house.clock().date())
        by_group = [n for n, one in figures.items() if isinstance(one.value, dict) and "heart" in one.value]
        assert by_group
        for figure in by_group:
            words = Reading(client.get(f"/board/figure/{figure}").text).words
            assert f"{name}:" in words and "heart:" not in words
        client.close()


@pytest.mark.parametrize("text, told", [
    ("dato;konto;beløb;bilag\n05-02-2026;9999;1,00;B1\n", "linje 2: tilordningen har ingen linje til kontoen '9999'"),
    ("dato;konto;beløb\n", "Filen har ingen kolonne 'bilag'. Ret tilordningen."),
    ("dato;konto;beløb;bilag\n05-02-2026;2210;1,00;B1\n", "Bilag B1: Budgettet for 2026 har ingen linje 'Nowhere'."),
])  # fmt: skip
def test_postings__that_cannot_be_made_are_told_in_danish(nation: WebNation, text: str, told: str) -> None:
    client = client_of(create_app(nation.house.settings, nation.house), "da")
    page = client.get("/login")
    client.post("/login", data={"csrf": token_in(page.text), "account": "admin", "next": "/board"})
    mapping = json.dumps({
        "year": 2026, "lines": {"2210": "Nowhere"}, "date_format": "%d-%m-%Y",
        "columns": {"day": "dato", "account": "konto", "amount": "beløb", "reference": "bilag"},
    })  # fmt: skip

    form = {"csrf": token_in(client.get("/board/postings").text), "mapping": mapping, "do": "try"}
    answer = client.post("/board/postings", data=form, files={"file": ("b.csv", text.encode())})

    page_ = Reading(answer.text)
    assert told in " ".join(page_.words.split())
    assert not any(attributes.get("lang") == "en" for tag, attributes in page_.tags if tag in ("p", "span", "div"))
    client.close()


def test_board__tells_three_counters_apart_and_the_way_to_60000(member: httpx.Client) -> None:
    told = member.get("/board.json?as_of=2025-11-04").json()
    page = Reading(member.get("/board?as_of=2025-11-04&pace=1500").text)

    assert (told["genomes"], told["genome_equivalents"]) == (53_473, None) and told["reasons"]["genome_equivalents"]
    assert sum(tag == "svg" and attributes.get("class") == "plot" for tag, attributes in page.tags) == 1
    assert re.search(r"53[.,]473", page.words) and re.search(r"6[.,]527", page.words)


def test_pages__count_as_of_the_last_release_and_not_later(nation: WebNation) -> None:
    today = nation.house.clock().date()
    whole = view(nation.house)
    shown = at_cut(whole, today)

    told = shown.breakdown("region", today)
    assert told.release is not None and told.total >= 50
    assert sum(n or 0 for n in told.cells.values()) + told.hidden == told.total
    assert at_cut(whole, date(2020, 1, 1)).board.days == {}


def test_what_if__that_makes_no_sense_is_told_on_the_page(member: httpx.Client) -> None:
    assert member.get("/board?pace=fast").status_code == 200
    assert member.get("/board?pace=0").status_code == 200
    assert member.get("/board?as_of=yesterday").status_code == 400
    assert member.get("/board/money?year=20x6").status_code == 400
    assert member.get("/board/figure/nothing").status_code == 404
    assert member.get("/board/group/nothing").status_code == 404


def test_annex__is_a_tagged_pdf_in_the_readers_language(member: httpx.Client) -> None:
    answer = member.get("/board/annex.pdf?year=2026")

    assert answer.headers["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF-1.7")
    assert b"/MarkInfo" in answer.content and b"/StructTreeRoot" in answer.content
    assert f"({member.headers['Accept-Language']})".encode() in answer.content


def test_statement__of_the_regions_is_a_csv(member: httpx.Client) -> None:
    lines = member.get("/board/money.csv?year=2025").text.splitlines()

    assert lines[0] == "period,region,units,rate,refund,paid,owed,reason,region_name" and len(lines) == 6
    rows = [line.split(",") for line in lines[1:]]
    assert {row[1]: row[-1] for row in rows}["1084"] == CAPITAL[member.headers["Accept-Language"]]
    assert lines[1].startswith("2025,1081,,,,0.00,,")


@pytest.mark.parametrize("path", ["/board", "/board/money?year=2025"])
def test_page__names_the_regions_and_json_keeps_their_codes(member: httpx.Client, path: str) -> None:
    page = Reading(member.get(path).text)

    name = CAPITAL[member.headers["Accept-Language"]]
    assert f"{name} 1084" in page.words
    other = next(one for one in CAPITAL.values() if one != name)
    assert other not in page.words
    told = member.get("/board/money.json?year=2025").text
    assert '"1084"' in told and name not in told


def test_year_wheel__drafts_at_the_last_meeting_but_one_and_approves_at_the_last() -> None:
    days = [date(2026, 3, 10), date(2026, 6, 2), date(2026, 9, 8), date(2026, 12, 9)]
    ledger = Ledger([Line(n, "meeting", f"{n}", day, None, {"forum": "board"}, False) for n, day in enumerate(days)])

    (told,) = year_wheels(ledger)
    assert (told.draft, told.approval) == (date(2026, 9, 8), date(2026, 12, 9))


def test_annex__says_the_same_as_the_page(nation: WebNation, tmp_path: Path) -> None:
    from embla.governance.annex import annex_data

    told = annex_data(nation.house, 2025, "en", shown=True)
    assert told["names"]["1084"] == CAPITAL["en"] and "1084" in told["refunds"]["regions"]
    assert Decimal(told["budget"]["less_spend"]) == Decimal("4.8") and told["kpi"]["genomes"] == 53_473


def test_refunds__are_sums_of_the_tables_that_releases_show_and_stop_at_the_cap(
    nation: WebNation, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = nation.house.clock().date()
    seen, period = view(nation.house), Period.of(str(today.year))

    told = refunds(nation.house, seen, period)
    shown = seen.breakdown("region", today)
    assert {one.region: one.units for one in told.accounts} == dict(shown.cells)
    assert all(one.paid_units == one.units for one in told.accounts)

    # Six more are paid: the six that came first.
    monkeypatch.setattr("embla.governance.reading.CAP", 53_473 + 6)
    capped = refunds(nation.house, seen, period)
    with nation.house.database.reading() as connection:
        first = [seen.region_of(laboratory, day) for day, laboratory, _ in islice(ordered_arrivals(connection), 6)]
    for one in capped.accounts:
        assert one.paid_units == (None if one.units is None else first.count(one.region))
    assert capped.rest_units == 0


def test_pay__after_a_correction_pays_the_same_numbers_again_and_nothing_twice(
    nation: WebNation, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = nation.house
    monkeypatch.setattr("embla.governance.paying.view", lambda house: replace(view(house), today=date(2027, 1, 5)))
    enter_all(house, OPERATOR, [{"kind": "rate", "name": "r", "day": "2026-03-10", "decision": "1/26", "region": "*",
                                 "unit": "genomes", "amount": "5000.00", "demo": True}])  # fmt: skip

    def paid() -> list[dict[str, Any]]:
        return list(pay(house, OPERATOR, "2026-Q4", "1/26", "genomes", dry_run=False).entries)

    (due,) = [one for one in refunds(house, view(house), Period.of("2026-Q4")).accounts if one.paid_units][:1]
    by_hand = {"kind": "refund", "name": "by hand", "day": "2026-10-02", "decision": "1/26", "period": "2026-Q4",
               "region": due.region, "unit": "genomes", "rate": "5000.00", "first": 53_474, "last": 53_474,
               "amount": "5000.00"}  # fmt: skip
    assert due.paid_units is not None
    too_many = {**by_hand, "last": 53_474 + due.paid_units, "amount": f"{5000 * (due.paid_units + 1)}.00"}
    with pytest.raises(Refused, match="are too many"):
        enter_all(house, OPERATOR, [too_many])
    (one,) = enter_all(house, OPERATOR, [by_hand])
    rest = pay(house, OPERATOR, "2026-Q4", "1/26", "genomes", dry_run=True).entries[0]
    assert (rest["region"], rest["first"], rest["last"]) == (due.region, 53_475, 53_473 + due.paid_units)
    enter_all(house, OPERATOR, [{**by_hand, "takes_back": one.number, "amount": "-5000.00"}])

    first = paid()
    assert first[0]["first"] == 53_474 and paid() == []
    wrong = next(one for one in view(house).ledger.of("refund") if one.name == first[0]["name"])
    enter_all(house, OPERATOR, [{**first[0], "takes_back": wrong.number, "amount": f"-{first[0]['amount']}"}])
    assert paid() == first[:1] and paid() == []
    told = refunds(house, view(house), Period.of("2026-Q4"))
    assert all(not one.owed for one in told.accounts)
