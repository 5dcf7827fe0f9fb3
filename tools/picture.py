"""The picture of the house, docs/house.svg: drawn from the floors in pyproject.toml and the rooms that stand on them.

A room's caption is the beginning of its face's first sentence, as much as fits.
"""

import ast
import tomllib
from html import escape
from pathlib import Path

PROJECT = Path(__file__).parents[1]
SOURCE = PROJECT / "src/embla"
WIDTH, LEFT, GAP, HEIGHT, STEP = 880, 150, 10, 58, 68
LIBRARY, SERVICE, EDGE = ("#e2ecf8", "#1d4f8c"), ("#dcefe6", "#14694a"), ("#e9e4f7", "#5b3fa0")
# The lowest floor that needs a database, and the lowest edge; everything between is a service.
FIRST_SERVICE, FIRST_EDGE = "platform", "operations"


def floors() -> list[list[str]]:
    """Rooms by floor, edges first; only those that are built. What is below the floors (errors, face) is one more."""
    contract = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0]
    found: list[list[str]] = []
    for line in contract["layers"]:
        names = [name.strip(" ()") for name in line.replace("|", ":").split(":")]
        built = [name for name in names if (SOURCE / name).is_dir() or (SOURCE / f"{name}.py").exists()]
        if built and not built[0].startswith("__"):
            found.append(built)
    ground = [name for floor in found for name in floor if name in ("errors", "optional", "face")]
    upper = [[name for name in floor if name not in ground] for floor in found]
    edges = [name for floor in upper for name in floor if (SOURCE / f"{name}.py").exists()]
    rest = [[name for name in floor if name not in edges] for floor in upper]
    return [edges, *[floor for floor in rest if floor], ground]


def caption(room: str, fits: int) -> str:
    """The first words of a room's face, up to `fits` letters; "" for a room without a folder."""
    face = SOURCE / room / "__init__.py"
    if not face.exists():
        return ""
    told = (ast.get_docstring(ast.parse(face.read_text("utf-8"))) or "").partition("\n")[0]
    for mark in (". ", ": ", ", "):
        if len(told) > fits and mark in told:
            told = told.rpartition(mark)[0] if len(told.rpartition(mark)[0]) <= fits else told.partition(mark)[0]
    return told.rstrip(".:,") if len(told) <= fits else ""


def draw() -> str:
    """The whole picture as SVG text."""
    rows = floors()
    height = 80 + STEP * len(rows) + 10
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d" '
        'font-family="system-ui, sans-serif">',
        '<title id="t">The house of Embla</title>',
        f'<desc id="d">Rooms on floors; imports point downwards only. From the top: {escape(_told(rows))}.</desc>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<path d="M20 66 L{WIDTH / 2} 8 L{WIDTH - 20} 66 Z" fill="#f3f0fa" stroke="#5b3fa0" stroke-width="1.5"/>',
        _text(WIDTH / 2, 50, "Embla", 20, "#3a2870", bold=True),
    ]
    shades = EDGE
    for number, rooms in enumerate(rows):
        top = 74 + STEP * number
        if number and shades == EDGE and FIRST_EDGE not in rooms and "demo" not in rooms:
            shades = SERVICE
        name = "edges" if number == 0 else f"floor {len(rows) - 1 - number}"
        out.append(_text(24, top + 35, name, 14, shades[1], bold=True, anchor="start"))
        width = (WIDTH - 24 - LEFT - GAP * (len(rooms) - 1)) / len(rooms)
        for place, room in enumerate(rooms):
            left = LEFT + place * (width + GAP)
            out.append(
                f'<rect x="{left:.0f}" y="{top}" width="{width:.0f}" height="{HEIGHT}" rx="6" fill="{shades[0]}" '
                f'stroke="{shades[1]}"/>'
            )
            told = caption(room, int(width / 6.6))
            out.append(_text(left + width / 2, top + (25 if told else 35), room, 15.5, shades[1], bold=True))
            if told:
                out.append(_text(left + width / 2, top + 45, told, 12.5, "#333d49"))
        if FIRST_SERVICE in rooms:
            shades = LIBRARY
    return "\n".join([*out, "</svg>"]) + "\n"


def _told(rows: list[list[str]]) -> str:
    return "; ".join(", ".join(rooms) for rooms in rows)


def _text(x: float, y: float, text: str, size: float, fill: str, *, bold: bool = False, anchor: str = "middle") -> str:
    weight = ' font-weight="600"' if bold else ""
    where = f'x="{x:.0f}" y="{y}" text-anchor="{anchor}"'
    return f'<text {where} font-size="{size}"{weight} fill="{fill}">{escape(text)}</text>'
