"""The board's drawings, SVG made here: growth towards the target with the forecast's range, and the budget's parts."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from embla.governance.model.budget import Budget, millions
from embla.platform import Formats
from embla.platform.web import Scale, picture, tag, text_tag

if TYPE_CHECKING:
    from embla.governance.model.forecast import Forecast

WIDTH: Final = 960.0
LEFT, RIGHT, TOP, BOTTOM = 70.0, 930.0, 20.0, 260.0
Say = Callable[[str], str]


def growth_curve(
    points: Sequence[tuple[date, int]], target: int, ahead: "Forecast | None", say: Say, formats: Formats
) -> Markup | None:
    """Counts by day, the target's line, and the forecast to it; None without two points."""
    if len(points) < 2:
        return None
    ends = [ahead.range[1], ahead.reached] if ahead is not None else []
    last = max([points[-1][0], *(day for day in ends if day is not None and day.year < points[-1][0].year + 10)])
    across = Scale(points[0][0].toordinal(), last.toordinal(), LEFT, RIGHT)
    up = Scale(0, max(target, *(n for _, n in points)) * 1.05, BOTTOM, TOP)
    children = [tag("line", x1=LEFT, x2=RIGHT, y1=up(n), y2=up(n), class_="grid") for n in up.ticks()]
    children += [text_tag(formats.number(round(n)), LEFT - 8, up(n) + 4, text_anchor="end") for n in up.ticks()]
    for year in range(points[0][0].year + 1, last.year + 1):
        x = across(date(year, 1, 1).toordinal())
        children.append(text_tag(str(year), x, BOTTOM + 18, text_anchor="middle"))
        children.append(tag("line", x1=x, x2=x, y1=BOTTOM, y2=BOTTOM + 5, class_="axis"))
    children.append(tag("line", x1=LEFT, x2=RIGHT, y1=up(target), y2=up(target), class_="here"))
    path = " ".join(f"{across(day.toordinal()):.1f},{up(n):.1f}" for day, n in points)
    children.append(tag("polyline", points=path, class_="trend"))
    children += [tag("circle", cx=across(day.toordinal()), cy=up(n), r=4, class_="dot") for day, n in points]
    if ahead is not None:
        for day in dict.fromkeys(day for day in ahead.range if day is not None and day <= last):
            children.append(
                tag("line", x1=across(ahead.start.toordinal()), y1=up(ahead.at), x2=across(day.toordinal()),
                    y2=up(target), class_="here")
            )  # fmt: skip
    return picture(
        "growth", say("Genomes in the database, and the way to 60,000"),
        say("The numbers are in the table below the drawing."), WIDTH, 300, children,
    )  # fmt: skip


def budget_bars(budget: Budget, say: Say, formats: Formats) -> Markup | None:
    """One bar for the budget, what is expected and what is spent; None where nothing is known."""
    amounts = [(say("Budget"), budget.budget), (say("Expected"), budget.expected), (say("Spent"), budget.spend),
               (say("undisposed"), budget.parts["undisposed"])]  # fmt: skip
    known = [(label, amount) for label, amount in amounts if amount is not None]
    if not known:
        return None
    across = Scale(0, float(max(*(amount for _, amount in known), Decimal(1))), 190.0, 820.0)
    children = []
    for row, (label, amount) in enumerate(known):
        y = 14.0 + 34 * row
        children.append(text_tag(label, 180.0, y + 16, text_anchor="end", class_="name"))
        children.append(
            tag("rect", x=190.0, y=y, width=max(1.0, across(float(amount)) - 190), height=22, class_="cover")
        )
        children.append(text_tag(formats.money(millions(amount) or ""), across(float(amount)) + 8, y + 16))
    return picture(
        "budget", say("The budget in millions of kroner"), say("The numbers are in the table below the drawing."),
        WIDTH, 20.0 + 34 * len(known), children,
    )  # fmt: skip
