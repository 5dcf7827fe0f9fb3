"""The board's pages: where we are, the money, decisions, what disagrees, a group's evaluation; each with a JSON twin.

What was counted here is told as of the last cut (see shown.py); text of the ledger is the board's own.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import BadInput, NotFound, Refused, UsageError
from embla.governance import group_pages, laboratory_pages, ledger_pages, words
from embla.governance.annex import annex_data, make_annex
from embla.governance.drawings import budget_bars, growth_curve
from embla.governance.holding import unreported
from embla.governance.model.budget import undisposed
from embla.governance.model.entered import co_financing, frame_of
from embla.governance.model.forecast import Forecast
from embla.governance.model.initiatives import initiatives
from embla.governance.model.ledger import ELEMENTS, FOUR_PARTS
from embla.governance.model.money import parse_decimal
from embla.governance.model.reconcile import disagreements
from embla.governance.model.refunds import Period
from embla.governance.model.wheel import year_wheels
from embla.governance.papers import evaluation_paper, statement
from embla.governance.reading import View, day_of, kpi_json, make_forecast, refunds, region_names
from embla.governance.retold import SHAPES
from embla.governance.sheets import sheet_response
from embla.governance.shown import evaluation, events_behind, points, shown_view
from embla.platform import Actor, House
from embla.platform.web import Crumb, csv_response, json_response, page, reader, require_signed_in
from embla.registry import patient_groups

TEMPLATES: Final = Path(__file__).parent / "templates"
TARGET: Final = 60_000
__all__ = ["SHAPES", "TEMPLATES", "router"]

router = APIRouter(include_in_schema=False)


@router.get("/board")
def where_we_are(request: Request) -> Response:
    """Against 60,000 and the budget, on one page."""
    house, seen, day = _asked(request)
    figures = seen.figures(day)
    what_if, fault = _what_if(request, seen, day)
    said = reader(request)
    published, cuts = points(seen, day)
    return _page(
        request, "board.html", day=day, figures=figures, what_if=what_if, fault=fault, published=published, cuts=cuts,
        curve=growth_curve([*published, *cuts], TARGET, what_if, said.translator.gettext, said.formats),
        budget=seen.budget(day.year),
        breakdowns=[seen.breakdown(name, day) for name in ("region", "patient_group", "kind", "source")],
        target=TARGET, asked=dict(request.query_params),
    )  # fmt: skip


@router.get("/board.json")
def where_we_are_json(request: Request) -> Response:
    """The same figures for programs."""
    _, seen, day = _asked(request)
    return _private(json_response(kpi_json(seen, day)))


@router.get("/board.csv")
def where_we_are_csv(request: Request) -> Response:
    """The same figures for a spreadsheet."""
    _, seen, day = _asked(request)
    rows: list[tuple[object, ...]] = []
    for name, one in seen.figures(day).items():
        rows += [(name, cell, value, one.on or "", one.because) for cell, value in one.cells]
    return _private(csv_response(f"board-{day}", ("figure", "cell", "value", "known_on", "reason"), rows))


@router.get("/board/figure/{name}")
def figure(request: Request, name: str) -> Response:
    """One figure: what it is, its rule, and the entries of the log it follows from."""
    house, seen, day = _asked(request)
    found = seen.figures(day).get(name)
    if found is None:
        raise NotFound("The board has no figure of this name.", mend="The page /board lists them.")
    events, more = events_behind(house, found)
    return _page(request, "figure.html", "figure", day=day, name=name, figure=found, events=events, more=more)


@router.get("/board/money")
def money(request: Request) -> Response:
    """Budget in parts with each line explained, versions, refunds by region, appropriations."""
    house, seen, day = _asked(request)
    year, told = _money(request, house, seen, day)
    said = reader(request)
    budget = seen.budget(year)
    history = seen.history
    return _page(
        request, "money.html", "money", year=year, budget=budget, refunds=told,
        bars=budget_bars(budget, said.translator.gettext, said.formats),
        left=undisposed(seen.ledger, history, year), appropriations=_appropriations(seen),
        settled=co_financing(seen.ledger, year - 1) or co_financing(seen.ledger, year), frame=frame_of(history, year),
        carried=list(seen.ledger.latest("carry_over").values()), postings=list(seen.ledger.of("posting")),
        years=range(2019, 2030),
    )  # fmt: skip


@router.get("/board/money.json")
def money_json(request: Request) -> Response:
    """Budget and refunds for programs."""
    house, seen, day = _asked(request)
    year, told = _money(request, house, seen, day)
    return _private(json_response({"budget": seen.budget(year).to_json(), "refunds": told.to_json()}))


@router.get("/board/money.csv")
def money_csv(request: Request) -> Response:
    """The account statement of the regions, for a spreadsheet."""
    house, seen, day = _asked(request)
    _, told = _money(request, house, seen, day)
    known = region_names(house, reader(request).language)
    rows = [
        (told.period.name, code, one["units"], one["rate"], one["amount"], one["paid"], one["owed"], one["because"],
         known.get(code, "")) for code, one in told.to_json()["regions"].items()
    ]  # fmt: skip
    header = ("period", "region", "units", "rate", "refund", "paid", "owed", "reason", "region_name")
    return _private(csv_response(f"refunds-{told.period.name}", header, rows))


@router.get("/board.xlsx")
def where_we_are_sheet(request: Request) -> Response:
    """Key figures and breakdowns as a spreadsheet."""
    house, seen, day = _asked(request)
    rows = [
        (name, cell, value, one.on, one.because) for name, one in seen.figures(day).items() for cell, value in one.cells
    ]  # fmt: skip
    shown = [(name, seen.breakdown(name, day)) for name in ("region", "patient_group", "kind", "source")]
    known = {"region": region_names(house, reader(request).language)}
    parts = [
        (name, cell, n, "" if n is not None else "hidden", known.get(name, {}).get(cell, ""))
        for name, one in shown for cell, n in one.cells.items()
    ]  # fmt: skip
    return sheet_response(
        f"board-{day}",
        [("figures", ("figure", "cell", "value", "known_on", "reason"), rows),
         ("breakdowns", ("by", "category", "samples", "reason", "name"), parts)],
    )  # fmt: skip


@router.get("/board/money.xlsx")
def money_sheet(request: Request) -> Response:
    """Budget lines, the regions' accounts and payments as a spreadsheet."""
    house, seen, day = _asked(request)
    year, told = _money(request, house, seen, day)
    lines = [
        (one.name, one.says["version"], one.says["part"], one.says["side"], Decimal(one.says["amount"]),
         one.says["explains"], one.demo) for one in seen.budget(year).lines
    ]  # fmt: skip
    known = region_names(house, reader(request).language)
    accounts = [
        (one.region, one.units, one.paid_units, one.rate, one.amount, one.paid, one.owed, one.because,
         known.get(one.region, "")) for one in told.accounts
    ]  # fmt: skip
    payments = [
        (one.number, one.day, one.says["period"], one.says["region"], one.says["first"], one.says["last"],
         Decimal(one.says["amount"]), one.decision) for one in seen.ledger.of("refund")
        if one.says["period"] in told.period.quarters
    ]  # fmt: skip
    return sheet_response(
        f"money-{year}",
        [("budget", ("line", "version", "part", "side", "kroner", "explains", "demo"), lines),
         ("refunds", ("region", "units", "paid_units", "rate", "refund", "paid", "owed", "reason", "region_name"),
          accounts),
         ("payments", ("entry", "day", "period", "region", "first", "last", "kroner", "decision"), payments)],
    )  # fmt: skip


@router.get("/board/statement.pdf")
def statement_paper(request: Request) -> Response:
    """The regions' account statement of a period as a tagged PDF."""
    house, seen, day = _asked(request)
    _, told = _money(request, house, seen, day)
    language = reader(request).language
    known = region_names(house, language)
    made = statement(told, seen, language, house.clock(), regions=known, demo=house.settings.demo)
    return _pdf(made, f"refunds-{told.period.name}")


@router.get("/board/group/{code}/evaluation.pdf")
def evaluation_pdf(request: Request, code: str) -> Response:
    """A patient group's evaluation report as a tagged PDF."""
    house, seen, day = _asked(request)
    told = evaluation(house, seen, code, day)
    made = evaluation_paper(told, reader(request).language, house.clock(), demo=house.settings.demo)
    return _pdf(made, f"evaluation-{told.group.code}")


@router.get("/board/annex.pdf")
def annex(request: Request) -> Response:
    """The year's annex as a tagged PDF."""
    house, _, day = _asked(request)
    year = _year(request, day)
    made = make_annex(annex_data(house, year, reader(request).language, shown=True), house.clock())
    return _pdf(made, f"annex-{year}")


@router.get("/board/decisions")
def decisions(request: Request) -> Response:
    """Forums and members, the year wheel, decisions, initiatives, the work programme, agreements."""
    _, seen, day = _asked(request)
    ledger = seen.ledger
    return _page(
        request, "decisions.html", "decisions", wheels=year_wheels(ledger), initiatives=initiatives(ledger),
        decisions=sorted(ledger.latest("decision").values(), key=lambda one: one.day, reverse=True),
        programme=sorted(ledger.latest("programme").values(), key=lambda one: (one.says["year"], one.says["priority"])),
        forums=ledger.latest("forum"), members=list(ledger.latest("member").values()), four=FOUR_PARTS, day=day,
        agreements=list(ledger.latest("agreement").values()),
        left={year: undisposed(ledger, seen.history, year)
              for year in sorted({one.says["year"] for one in ledger.of("programme")})},
    )  # fmt: skip


@router.get("/board/reconciliation")
def reconciliation(request: Request) -> Response:
    """Where the published figures disagree."""
    house, seen, _ = _asked(request)
    return _page(
        request, "reconciliation.html", "reconciliation", found=disagreements(seen.history),
        unreported=unreported(house, seen),
    )  # fmt: skip


@router.get("/board/group/{code}")
def group(request: Request, code: str) -> Response:
    """A patient group's evaluation report in six fixed elements; the first two filled from data."""
    house, seen, day = _asked(request)
    told = evaluation(house, seen, code, day)
    return _page(request, "group.html", "group", day=day, told=told, elements=ELEMENTS)


def _asked(request: Request) -> tuple[House, View, date]:
    """Who may see the board, its figures as of the last cut, and the day that was asked for (today without one)."""
    actor: Actor = require_signed_in(request).actor
    house: House = request.app.state.house
    text = request.query_params.get("as_of", "")
    day = day_of(text) if text else house.clock().date()
    return house, shown_view(house, actor, day), day


def _year(request: Request, day: date) -> int:
    text = request.query_params.get("year", "")
    if text and not (text.isascii() and text.isdigit() and len(text) == 4 and 1900 <= int(text) <= 2999):
        raise UsageError("year is a year.", mend="Write it as 2026.")
    return int(text) if text else day.year


def _money(request: Request, house: House, seen: View, day: date) -> tuple[int, Any]:
    year = _year(request, day)
    period = Period.of(request.query_params.get("period", "") or str(year))
    return year, refunds(house, seen, period)


def _what_if(request: Request, seen: View, day: date) -> tuple[Forecast | None, str]:
    """The forecast as asked for, or as known; what cannot be is told, not failed."""
    asked = request.query_params
    try:
        pace = parse_decimal(asked["pace"], "a pace") if asked.get("pace") else None
        extra = Decimal(1500) if asked.get("goe") else Decimal(0)
        return make_forecast(seen, TARGET, None, None, pace, extra=extra, extra_months=12 if extra else 0, by=day), ""
    except (BadInput, Refused) as error:
        return None, error.message


def _appropriations(seen: View) -> list[tuple[str, Decimal, str]]:
    """Account, amount in kroner, source: as published, and as entered."""
    found = [
        (one.measure.partition(".")[2], one.value * 1_000_000, one.place)
        for measure in seen.history.measures() if measure.startswith("appropriation.")
        for one in seen.history.series(measure)
    ]  # fmt: skip
    entered = [
        (one.says["account"], Decimal(one.says["amount"]), one.says["explains"])
        for one in seen.ledger.of("appropriation")
    ]
    return found + entered


def _page(request: Request, template: str, crumb: str = "", **context: Any) -> Response:
    say = reader(request).translator.gettext
    first = Crumb(say("The board"), "/board" if crumb else "")
    crumbs = (first, Crumb(say(words.PAGES[crumb]))) if crumb else (first,)
    house: House = request.app.state.house
    with house.database.reading() as connection:
        groups = {one.code: one.name_da if reader(request).language == "da" else one.name_en
                  for one in patient_groups(connection)}  # fmt: skip
    return page(
        request, f"governance/{template}", private=True, crumbs=crumbs, names=words.NAMES, rules=words.RULES,
        cells=words.CELLS, owners=words.OWNERS, sources=words.SOURCES, topics=words.TOPICS,
        reasons=words.REASONS, groups=groups, region_names=region_names(house, reader(request).language), **context,
    )  # fmt: skip


def _pdf(made: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return _private(Response(made, media_type="application/pdf", headers=headers))


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


for _part in (ledger_pages, laboratory_pages, group_pages):
    router.include_router(_part.router)
