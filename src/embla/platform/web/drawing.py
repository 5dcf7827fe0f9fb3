"""Drawings made on the server: SVG as text, classes instead of style, every label escaped.

A drawing is `role="img"` with a title and a description, and the page shows the same numbers as a table beside it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup, escape


def tag(name: str, *children: Markup, **attributes: object) -> Markup:
    """One element. `class_` is class, `stroke_width` is stroke-width, floats keep two decimals, None is left out.

    Plain joins of escaped pieces: a drawing has thousands of elements, and Markup.format costs ten times as much.
    """
    told = "".join(f' {_name(key)}="{_value(value)}"' for key, value in attributes.items() if value is not None)
    if not children:
        return Markup(f"<{name}{told}/>")  # nosec B704  # escaped above
    # escape() leaves Markup as it is.
    inside = "".join(escape(child) for child in children)
    return Markup(f"<{name}{told}>{inside}</{name}>")  # nosec B704  # escaped


def text_tag(words: str, x: float, y: float, **attributes: object) -> Markup:
    """A text element with escaped words."""
    return tag("text", escape(words), x=x, y=y, **attributes)


def picture(name: str, title: str, description: str, width: float, height: float, children: Iterable[Markup]) -> Markup:
    """An SVG that scales with the page; nothing inside takes the keyboard. `name` makes its ids unique."""
    return tag(
        "svg",
        tag("title", escape(title), id=f"svg-{name}-title"),
        tag("desc", escape(description), id=f"svg-{name}-desc"),
        *children,
        class_="plot",
        role="img",
        aria_labelledby=f"svg-{name}-title",
        aria_describedby=f"svg-{name}-desc",
        viewBox=f"0 0 {_value(width)} {_value(height)}",
    )


@dataclass(frozen=True)
class Scale:
    """From `low`..`high` of the data to `left`..`right` of the drawing, linear; `log` for decades."""

    low: float
    high: float
    left: float
    right: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Place of a value; outside values are held at the ends."""
        low, high, value = (math.log10(v) if self.log else v for v in (self.low, self.high, value))
        share = 0.0 if high == low else (value - low) / (high - low)
        return self.left + min(1.0, max(0.0, share)) * (self.right - self.left)

    def ticks(self, wanted: int = 5) -> list[float]:
        """Round values inside the scale: decades on a log scale, else steps of 1, 2 or 5 times a power of ten."""
        if self.log:
            return [10.0**n for n in range(math.ceil(math.log10(self.low)), math.floor(math.log10(self.high)) + 1)]
        span = self.high - self.low
        if span <= 0:
            return [self.low]
        rough = span / wanted
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
        first = math.ceil(self.low / step)
        return [n * step for n in range(first, math.floor(self.high / step) + 1)]


@cache
def _name(key: str) -> str:
    return key if key == "viewBox" else key.rstrip("_").replace("_", "-")


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value) if isinstance(value, int) else str(escape(value))
