"""`embla board ...`: the board's figures at the machine. Everything heavy is imported inside its command."""

import json as json_
from gettext import gettext as _
from pathlib import Path
from typing import Annotated, Any

import typer

from embla.errors import BadInput, UsageError
from embla.governance.groups_cli import app as groups_app
from embla.platform import or_why

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The board's view: targets, money, refunds and decisions, every number with where it comes from.",
)
history_app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The published series 2019-2025.",
)
app.add_typer(history_app, name="history")
app.add_typer(groups_app, name="group")

Json = Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="As of the end of this day [default: today].")
]
LONGEST = 2_000_000


@app.command()
def kpi(context: typer.Context, as_of: AsOf = None, json: Json = False) -> None:
    """Show the key figures as of a day; what cannot be known says why, and is never 0.

    Totals of the nation are of that very day. Breakdowns of what was counted here (by region, patient group, kind,
    source) move only when a release is cut, and hide small numbers.
    """
    from embla.governance.reading import kpi_json, view
    from embla.governance.telling import kpi_table

    seen = view(context.obj())
    day = _day(as_of) or seen.today
    if json:
        _object(kpi_json(seen, day))
    else:
        _lines(kpi_table(seen, day))


@app.command()
def forecast(
    context: typer.Context,
    target: Annotated[int, typer.Option(min=0, help="The count to reach.")],
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="Day of the count to start from.")] = None,
    at: Annotated[int | None, typer.Option(min=0, metavar="COUNT", help="The count on that day.")] = None,
    pace: Annotated[str | None, typer.Option(metavar="PER_MONTH", help="A calendar month; may have decimals.")] = None,
    extra: Annotated[str, typer.Option(metavar="COUNT", help="So many more in all, over the first months.")] = "0",
    extra_months: Annotated[int, typer.Option(min=0, metavar="N", help="How many months.")] = 0,
    goe: Annotated[bool, typer.Option("--goe", help="With Genome of Europe as planned: 1,500 in 12 months.")] = False,
    json: Json = False,
) -> None:
    """Say when a target is reached at a pace, from a count on a day; what is not given is taken from what is known.

    The range runs from the quickest to the slowest of the asked pace and the last realised ones.
    """
    from decimal import Decimal

    from embla.governance.model.money import parse_decimal
    from embla.governance.reading import make_forecast, view
    from embla.governance.telling import forecast_table

    seen = view(context.obj()) if start is None or at is None or pace is None else None
    more = parse_decimal(extra, "a count")
    if goe:
        more, extra_months = more + Decimal(1500), max(extra_months, 12)
    told = make_forecast(
        seen, target, _day(start), at, None if pace is None else parse_decimal(pace, "a pace"), extra=more,
        extra_months=extra_months,
    )  # fmt: skip
    if json:
        _object(told.to_json())
    else:
        _lines(forecast_table(told))


# A negative amount, money that goes back, is an amount and no option.
@app.command(context_settings={"ignore_unknown_options": True})
def split(
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Kroner, with at most two decimals.")],
    key: Annotated[Path, typer.Option(metavar="FILE.tsv", help="Header line: region TAB weight.")],
    json: Json = False,
) -> None:
    """Divide an amount by a key, by the largest remainder: the parts add up to the oere."""
    from embla.governance.model.keys import parse_key
    from embla.governance.model.money import parse_amount, told
    from embla.governance.model.money import split as divided

    whole = parse_amount(amount)
    parts = {region: told(part) for region, part in divided(whole, parse_key(_read(key))).items()}
    if json:
        _object({"amount": told(whole), "parts": parts})
    else:
        _lines([*([region, part] for region, part in parts.items()), ["", told(whole)]])


@app.command()
def refunds(
    context: typer.Context,
    period: Annotated[str, typer.Option(metavar="P", help="2025, 2025-Q3, or 2025-09 for the quarter it is in.")],
    unit: Annotated[str | None, typer.Option(help="genomes or equivalents [default: the setting].")] = None,
    json: Json = False,
) -> None:
    """Show what each region reported and is refunded in a period: up to genome 60,000 exactly, against the grant line.

    Without a decided rate an amount is not known. A genome is accounted in the quarter in which a release first told
    of it; small numbers are hidden.
    """
    from embla.governance.model.ledger import UNITS
    from embla.governance.model.refunds import Period
    from embla.governance.reading import refunds as accounts
    from embla.governance.reading import view
    from embla.governance.telling import refunds_table

    if unit not in (None, *UNITS):
        raise UsageError(f"There is no unit '{unit}'.", mend=f"Known: {', '.join(UNITS)}.")
    asked = Period.of(period)
    house = context.obj()
    told = accounts(house, view(house), asked, unit)
    if json:
        _object(told.to_json())
    else:
        _lines(refunds_table(told))


@app.command()
def budget(
    context: typer.Context,
    year: Annotated[int, typer.Option(min=1900, max=2999, help="The budget's year.")],
    version: Annotated[str | None, typer.Option(help="Which version [default: the last].")] = None,
    json: Json = False,
) -> None:
    """Show a year's budget: fixed, variable and undisposed, what is expected and spent, versions side by side."""
    from embla.governance.reading import view
    from embla.governance.telling import budget_table

    told = view(context.obj()).budget(year, version)
    if json:
        _object(told.to_json())
    else:
        _lines(budget_table(told))


@app.command()
def annex(
    context: typer.Context,
    year: Annotated[int, typer.Option(min=1900, max=2999, help="The annex's year.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE.pdf", help="Where to write it.")],
    language: Annotated[str, typer.Option(help="en or da.")] = "",
    json: Json = False,
) -> None:
    """Write the year's annex as a tagged PDF: budget in parts, the 60,000, refunds, and what is not known."""
    from embla.governance.annex import annex_data, make_annex
    from embla.platform import LANGUAGES, language_of

    chosen = language or language_of()
    if chosen not in LANGUAGES:
        raise UsageError(f"There is no language '{chosen}'.", mend=f"Known: {', '.join(LANGUAGES)}.")
    house = context.obj()
    made = make_annex(annex_data(house, year, chosen), house.clock())
    out.write_bytes(made)
    if json:
        _object({"file": str(out), "bytes": len(made), "year": year, "language": chosen})
    else:
        typer.echo(str(out))


@history_app.command("load")
def history_load(context: typer.Context, json: Json = False) -> None:
    """Write the published series 2019-2025 into the log, each figure an event marked as history, with its page.

    Loading again changes nothing.
    """
    from embla.governance.writing import load_history
    from embla.platform import OPERATOR

    done = load_history(context.obj(), OPERATOR)
    if json:
        _object({"loaded": done.loaded, "figures": done.there})
    else:
        typer.echo(f"{done.loaded}\t{done.there}")


@history_app.command("show")
def history_show(
    measure: Annotated[str, typer.Argument(metavar="MEASURE", help="Or the beginning of one.")] = "", json: Json = False
) -> None:
    """List the published figures that come with the program: measure, day, value, unit, source, page."""
    from embla.governance.model.history import shipped

    fits = [one for one in shipped() if one.measure.startswith(measure)]
    for one in or_why(fits, _("No figure is of such a measure: without MEASURE all are shown."), json):
        told = {**one.body(), "note": one.note}
        if json:
            _object(told)
        else:
            _lines([[str(told[name]) for name in ("measure", "on", "value", "unit", "source", "place", "note")]])


@app.command()
def enter(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="One entry, or a list of entries.")],
    json: Json = False,
) -> None:
    """Add entries to the board's ledger: decisions, budget lines, rates, initiatives, ... All of them or none.

    What each kind says stands in docs/board.md. Nothing is changed later: a mistake is taken back by another entry.
    """
    from embla.governance.writing import enter_all
    from embla.platform import OPERATOR

    try:
        said = json_.loads(_read(file))
    except ValueError as error:
        raise BadInput(f"{file} is not JSON: {error}") from None
    done = enter_all(context.obj(), OPERATOR, said if isinstance(said, list) else [said])
    for line in done:
        if json:
            _object({"number": line.number, "kind": line.kind, "name": line.name, "event": line.event})
        else:
            _lines([[str(line.number), line.kind, line.name]])


@app.command()
def postings(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The accounting system's postings.")],
    mapping: Annotated[Path, typer.Option(metavar="MAP.json", help="Which column is what; which account which line.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be posted, and write nothing.")] = False,
    json: Json = False,
) -> None:
    """Take in postings from a CSV file, all of them or none; each fault is told with its line. See docs/board.md."""
    from embla.governance.posting import import_postings
    from embla.platform import OPERATOR

    done = import_postings(context.obj(), OPERATOR, _read(file), _read(mapping), dry_run=dry_run)
    if json:
        _object(done.to_json())
    else:
        _lines([[name, str(value)] for name, value in done.to_json().items()])


@app.command()
def pay(
    context: typer.Context,
    period: Annotated[str, typer.Option(metavar="P", help="A quarter, as 2026-Q1.")],
    decision: Annotated[str, typer.Option(metavar="ID", help="The decision it is paid on.")],
    unit: Annotated[str | None, typer.Option(help="genomes or equivalents [default: the setting].")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be paid, and write nothing.")] = False,
    json: Json = False,
) -> None:
    """Note the refunds of a quarter, one entry for each region: what is shown and not paid yet, by the rate in force.

    A region whose number is hidden waits: the quarter's number would be told by the amount.
    """
    from embla.governance.paying import pay as paid
    from embla.platform import OPERATOR

    done = paid(context.obj(), OPERATOR, period, decision, unit, dry_run=dry_run)
    if json:
        _object(done.to_json())
    else:
        _lines([[one["region"], str(one["units"]), one["amount"]] for one in done.to_json()["refunds"]])


@app.command()
def reconcile(context: typer.Context, json: Json = False) -> None:
    """List where the published figures disagree with each other and with what they add up to, and refunds that no
    report of a region carries."""
    from dataclasses import asdict

    from embla.governance.holding import unreported
    from embla.governance.model.reconcile import disagreements
    from embla.governance.reading import view

    house = context.obj()
    seen = view(house)
    why = _("No figures disagree; without a published series (`embla board history load`) there is little to compare.")
    for one in or_why([*disagreements(seen.history), *unreported(house, seen)], why, json):
        if json:
            _object(asdict(one))
        else:
            _lines([[one.topic, one.said, one.counted, one.why]])


@app.command()
def ledger(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="Only entries of this kind.")] = "",
    json: Json = False,
) -> None:
    """List the ledger: number, kind, name, day, decision, what it says; demo amounts are marked."""
    from embla.governance.reading import view

    lines = view(context.obj()).ledger.lines
    why = (
        _("The ledger has no entry of this kind.") if lines
        else _("The ledger has no entry: `embla board enter` adds some.")
    )  # fmt: skip
    for line in or_why([one for one in lines if kind in ("", one.kind)], why, json):
        told = {
            "number": line.number, "kind": line.kind, "name": line.name, "day": line.day.isoformat(),
            "decision": line.decision, "demo": line.demo, "event": line.event, "says": dict(line.says),
        }  # fmt: skip
        if json:
            _object(told)
        else:
            says = json_.dumps(told["says"], ensure_ascii=False)
            _lines([[str(line.number), line.kind, line.name, told["day"], line.decision or "",
                     "demo" if line.demo else "", says]])  # fmt: skip


@app.command()
def check(context: typer.Context, json: Json = False) -> None:
    """Hold every entry of the ledger against the log, and the kept figures against a fold from scratch. Exit 1 names
    the first difference."""
    from embla.governance.checking import check_board

    done = check_board(context.obj())
    if json:
        _object(done)
    else:
        _lines([[name, str(value)] for name, value in done.items()])


def _day(text: str | None) -> Any:
    from embla.governance.reading import day_of

    return day_of(text) if text else None


def _read(file: Path) -> str:
    with file.open("rb") as stream:
        data = stream.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise BadInput(f"{file} is larger than {LONGEST:,} bytes.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput(f"{file} is not UTF-8 text.") from None


def _object(told: Any) -> None:
    typer.echo(json_.dumps(told, ensure_ascii=False))


def _lines(rows: Any) -> None:
    for row in rows:
        typer.echo("\t".join(row))
