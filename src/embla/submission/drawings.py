"""A measure by version of the pipeline: median as a dot, quartiles as a line. The page has the same as a table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from embla.platform.web import Scale, picture, tag, text_tag
from embla.submission.model.console import Version

if TYPE_CHECKING:
    from embla.platform import Formats

_WIDTH: Final = 640.0
_ROW: Final = 34.0
_LEFT: Final = 190.0


def drift_drawing(name: str, title: str, versions: Sequence[Version], write: "Formats") -> Markup:
    """One row a version, in the order of first use, over one scale."""
    rows = [(version, version.measures[name]) for version in versions if name in version.measures]
    low, high = min(spread.low for _, spread in rows), max(spread.high for _, spread in rows)
    room = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    scale = Scale(low - room, high + room, _LEFT, _WIDTH - 16)
    height = _ROW * len(rows) + 44
    parts = []
    for tick in scale.ticks(4):
        x = scale(tick)
        parts.append(tag("line", x1=x, x2=x, y1=8.0, y2=height - 32, class_="grid"))
        parts.append(text_tag(write.number(round(tick, 3)), x, height - 14, text_anchor="middle"))
    for number, (version, spread) in enumerate(rows):
        y = 24 + number * _ROW
        parts.append(text_tag(version.name[:26], 0.0, y + 4, class_="name"))
        parts.append(tag("line", x1=scale(spread.low), x2=scale(spread.high), y1=y, y2=y, class_="trend"))
        parts.append(tag("circle", cx=scale(spread.median), cy=y, r=6.0, class_="dot"))
    told = ". ".join(f"{version.name}: {write.number(round(spread.median, 3))}" for version, spread in rows)
    return picture(f"drift-{name}", title, told, _WIDTH, height, parts)
