"""Readable tables for the command line: English or Danish, one row a line, tabs between."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from embla.governance.model.budget import millions
from embla.governance.model.refunds import CAP
from embla.governance.words import CELLS, NAMES
from embla.platform import formats, language_of, translator

if TYPE_CHECKING:
    from embla.governance.model.budget import Budget
    from embla.governance.model.forecast import Forecast
    from embla.governance.reading import Refunds, View

Rows = Iterator[list[str]]


def kpi_table(seen: "View", as_of: date) -> Rows:
    """Name, value, the day it tells of, or why it is not known."""
    _, told = _say(), formats(language_of())
    yield [_("Key figures as of"), as_of.isoformat()]
    for name, figure in seen.figures(as_of).items():
        label = _(NAMES[name])
        if figure.value is None:
            yield [label, _("not known"), figure.because]
        elif isinstance(figure.value, dict):
            yield [label, "", figure.on.isoformat() if figure.on else ""]
            for cell, n in figure.value.items():
                if isinstance(n, dict):
                    interval = f"{told.number(n['low'])} - {told.number(n['high'])}"
                    yield [f"  {_(CELLS.get(cell, cell))}", told.number(n["value"]), interval]
                else:
                    yield [f"  {_(CELLS.get(cell, cell))}", n if isinstance(n, str) else told.number(n)]
        else:
            yield [label, told.number(figure.value), figure.on.isoformat() if figure.on else ""]
    for dimension in ("region", "patient_group", "kind", "source"):
        one = seen.breakdown(dimension, as_of)
        if one.release is None:
            continue
        yield [_("Counted here, by {dimension}").format(dimension=dimension), "", f"{one.release} ({one.on})"]
        for cell, count in one.cells.items():
            least = _("at least, for some is hidden") if count is not None and cell in one.partial else ""
            yield [f"  {cell}", _("hidden") if count is None else told.number(count), least]
        yield ["  " + _("in no shown cell"), told.number(one.hidden)]


def forecast_table(one: "Forecast") -> Rows:
    """The forecast with its assumptions."""
    _, plain = _say(), one.to_json()
    never = _("never at this pace")
    yield [_("Target"), str(one.target)]
    yield [_("From"), plain["from"], str(one.at)]
    yield [_("Pace a month"), f"{one.pace:.2f}"]
    if one.extra:
        yield [_("Extra in all, over so many months"), str(one.extra), str(one.extra_months)]
    yield [_("Left"), str(one.remaining)]
    yield [_("Months"), never if plain["months"] is None else f"{plain['months']:.2f}"]
    yield [_("Reached"), plain["reached"] or never]
    yield [_("Range"), *(day or never for day in plain["range"]), one.because]


def refunds_table(one: "Refunds") -> Rows:
    """A line for each region."""
    _, plain = _say(), one.to_json()

    def shown(value: Any) -> str:
        return _("not known") if value is None else str(value)

    yield [_("Refunds in"), plain["period"], plain["from"], plain["to"], one.unit]
    yield [_("Reported by then, of"), str(CAP), shown(one.reported), _("left"), shown(one.rest_units)]
    yield [_("Region"), _("reported"), _("rate"), _("refund"), _("paid"), _("owed"), ""]
    for code, account in plain["regions"].items():
        yield [code, *(shown(account[n]) for n in ("units", "rate", "amount", "paid", "owed")), account["because"]]
    yield [_("Grant line"), shown(plain["grant_line"]), _("paid"), plain["paid"], _("left"), shown(plain["rest"])]
    for name, why in plain["reasons"].items():
        yield [name, _("not known"), why]


def budget_table(one: "Budget") -> Rows:
    """Totals, parts, versions, lines; millions of kroner."""
    _ = _say()

    def shown(amount: Any) -> str:
        return _("not known") if amount is None else str(millions(amount))

    yield [
        _("Budget of"),
        str(one.year),
        one.version or "",
        _("millions of kroner"),
        _("demo") if one.demo else "",
    ]
    for label, amount in (
        (_("Budget"), one.budget), (_("Expected"), one.expected), (_("Expected not to be spent"), one.less),
        (_("Spent"), one.spend), (_("Left"), one.rest), (_("fixed"), one.parts["fixed"]),
        (_("variable"), one.parts["variable"]), (_("undisposed"), one.parts["undisposed"]),
    ):  # fmt: skip
        yield [label, shown(amount)]
    for name, amount in one.versions.items():
        yield [_("Version"), name, shown(amount), shown(one.deviations.get(name)) if one.deviations else ""]
    for line in one.lines:
        explains = line.says.get("explains_da" if language_of() == "da" else "explains", line.says["explains"])
        mark = _("demo amount") if line.demo else ""
        yield [line.name, line.says["part"], line.says["side"], line.says["amount"], explains, mark]
    for name, why in one.reasons.items():
        yield [name, _("not known"), why]


def _say() -> Any:
    return translator(language_of()).gettext
