"""Drawings of this room: gene track with lollipops, callability strip, frequency over releases. SVG, 960 units wide.

Colour and shape say the same: circle = single base, triangle up = insertion, triangle down = deletion, square = other.
The table beside a drawing has the same numbers and the links; a click on a head is a short cut for the mouse.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from embla.frequency.model.answers import Cover
from embla.frequency.pages.words import KINDS, Kind, kind_name, kind_of, short_name
from embla.platform import Formats
from embla.platform.web import Scale, picture, tag, text_tag

if TYPE_CHECKING:
    from embla.genotypes import Count
    from embla.reference import Gene

WIDTH = 960.0
LEFT, RIGHT = 60.0, 948.0
# Half of what `248,956,422` takes below an axis.
_NUMBER_HALF = 40.0


@dataclass(frozen=True)
class Pen:
    """The reader's language for labels, and the query that links keep (`?release=2026.1` or nothing)."""

    say: Callable[[str], str]
    formats: Formats
    keep: str = ""


def marker(kind: Kind, x: float, y: float, size: float = 5.5, *, hidden: bool = False) -> Markup:
    """One lollipop head; hollow where the number behind it is not shown."""
    css = f"v v-{kind} few" if hidden else f"v v-{kind}"
    if kind == "snv":
        return tag("circle", cx=x, cy=y, r=size * 0.9, class_=css)
    if kind == "other":
        return tag("rect", x=x - size * 0.85, y=y - size * 0.85, width=size * 1.7, height=size * 1.7, class_=css)
    up = -1.0 if kind == "ins" else 1.0
    corners = [(x, y + up * size * 1.1), (x - size, y - up * size * 0.8), (x + size, y - up * size * 0.8)]
    return tag("polygon", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in corners), class_=css)


def legend(pen: Pen, present: Iterable[Kind]) -> list[tuple[Markup, str]]:
    """Shape and name of each kind that is drawn."""
    found = set(present)
    return [
        (
            tag("svg", marker(kind, 8.0, 8.0), viewBox="0 0 16 16", class_="plot", aria_hidden="true"),
            kind_name(kind, pen.say),
        )
        for kind in KINDS
        if kind in found
    ]


def gene_track(
    pen: Pen,
    contig: str,
    start: int,
    end: int,
    genes: "Sequence[Gene]",
    variants: "Sequence[Count]",
    strip: Sequence[Cover],
    lowest: float,
) -> Markup:
    """Lollipops over exons over callability. `start`, `end` 0-based half-open; `lowest` the least AF drawn apart."""
    across = Scale(start, end, LEFT, RIGHT)
    parts: list[Markup] = []
    top, base = 16.0, 156.0
    height = Scale(max(lowest, 1e-7), 1.0, base - 14, top, log=True)
    for decade in height.ticks():
        y = height(decade)
        parts.append(tag("line", x1=LEFT, x2=RIGHT, y1=y, y2=y, class_="grid"))
        parts.append(text_tag(pen.formats.frequency(decade), LEFT - 8, y + 4, text_anchor="end"))
    # The rarest first, so that a frequent variant is never hidden under rare ones at the same place.
    drawn = sorted((v for v in variants if v.ref is not None), key=lambda v: v.af or 0.0)
    for variant in drawn:
        parts.append(
            _lollipop(pen, variant, across(variant.pos - 0.5), base, height(max(variant.af or lowest, lowest)))
        )
    y = base + 22
    for gene in genes:
        parts += _gene(gene, across, y, start, end)
        y += 30
    parts += _strip(pen, strip, across, y + 4, 30.0)
    parts += axis(pen, across, y + 58)
    say = pen.say
    title = say("Variants along %(region)s") % {"region": f"{contig}:{start + 1}-{end}"}
    description = say(
        "%(n)s variants drawn by position and allele frequency (log scale) over the exons, with the share of people "
        "covered below. The table has the same numbers."
    ) % {"n": len(drawn)}
    return picture("track", title, description, WIDTH, y + 72, parts)


def place_strip(pen: Pen, strip: Sequence[Cover], pos: int) -> Markup:
    """Share of alleles called around one place, with the place marked. Nothing where the strip is empty."""
    if not strip:
        return Markup("")
    across = Scale(strip[0].start, strip[-1].end, LEFT, RIGHT)
    parts = _strip(pen, strip, across, 8.0, 60.0)
    x = across(pos - 0.5)
    parts.append(tag("line", x1=x, x2=x, y1=2, y2=74, class_="here"))
    parts += axis(pen, across, 92.0)
    title = pen.say("Share of the people who are well covered, base by base")
    least, most = min(piece.share for piece in strip), max(piece.share for piece in strip)
    description = pen.say("Between %(least)s and %(most)s; the place asked about is marked.") % {
        "least": pen.formats.percent(least),
        "most": pen.formats.percent(most),
    }
    return picture("strip", title, description, WIDTH, 106, parts)


def history_line(pen: Pen, points: Sequence[tuple[str, float | None]]) -> Markup:
    """Allele frequency release by release; a hidden or missing one leaves a gap. Nothing below two known points,
    or where nobody ever carried it."""
    known = [af for _, af in points if af is not None]
    if len(known) < 2 or not any(known):
        return Markup("")
    # A flat line in the middle rather than noise blown up to the full height.
    low, high = min(known), max(known)
    pad = (high - low) * 0.25 or high * 0.5 or 1e-6
    right = 452.0
    along = Scale(0, len(points) - 1, LEFT + 30, right - 30)
    height = Scale(max(0.0, low - pad), high + pad, 100.0, 12.0)
    parts = []
    for value in {height.low, high + pad}:
        parts.append(tag("line", x1=LEFT, x2=right, y1=height(value), y2=height(value), class_="grid"))
        parts.append(text_tag(pen.formats.frequency(value), LEFT - 8, height(value) + 4, text_anchor="end"))
    before: tuple[float, float] | None = None
    dots = []
    for index, (name, af) in enumerate(points):
        x = along(index)
        parts.append(text_tag(name, x, 122, text_anchor="middle"))
        if af is None:
            before = None
            continue
        y = height(af)
        if before is not None:
            parts.append(tag("line", x1=before[0], y1=before[1], x2=x, y2=y, class_="trend"))
        dots.append(tag("circle", cx=x, cy=y, r=5, class_="dot"))
        before = (x, y)
    title = pen.say("Allele frequency, release by release")
    return picture("history", title, pen.say("The table has the same numbers."), 460, 130, parts + dots)


def bar(share: float) -> Markup:
    """A small bar beside a number; decoration, so hidden from screen readers."""
    return tag(
        "svg",
        tag("rect", x=0, y=0, width=80, height=8, rx=2, class_="ground"),
        tag("rect", x=0, y=0, width=max(1.5, 80 * share) if share else 0, height=8, rx=2, class_="cover"),
        viewBox="0 0 80 8",
        width=80,
        height=8,
        class_="plot bar",
        aria_hidden="true",
    )


def _lollipop(pen: Pen, variant: "Count", x: float, base: float, y: float) -> Markup:
    kind = kind_of(variant.ref, variant.alt)
    told = pen.formats.frequency(variant.af) if variant.af is not None else pen.say("hidden, too few people")
    # Not a link: the inside of an image is not told to a screen reader and must not take the keyboard.
    return tag(
        "g",
        tag("title", Markup("{} · {} · {}").format(short_name(variant), kind_name(kind, pen.say), told)),
        tag("line", x1=x, x2=x, y1=base, y2=y, class_="stem"),
        marker(kind, x, y, hidden=variant.af is None),
        class_="pick",
        data_href=f"/variant/{variant.contig}-{variant.pos}-{variant.ref}-{variant.alt}{pen.keep}",
    )


def _gene(gene: "Gene", across: Scale, y: float, start: int, end: int) -> list[Markup]:
    """Introns as a line, UTR low, coding exons high: of the transcript with the longest coding sequence."""
    parts = []
    left, right = across(max(gene.start, start)), across(min(gene.end, end))
    parts.append(tag("line", x1=left, x2=right, y1=y, y2=y, class_="intron"))
    # Arrowheads in the direction of reading.
    turn = 4.0 if gene.strand == "+" else -4.0
    for n in range(1, int((right - left) // 60) + 1):
        x = left + n * 60 - 30
        parts.append(
            tag("path", d=f"M{x - turn:.1f} {y - 4:.1f}L{x:.1f} {y:.1f}L{x - turn:.1f} {y + 4:.1f}", class_="axis")
        )
    transcript = gene.main_transcript
    if transcript is not None:
        for a, b in transcript.exons:
            parts.append(_box(across, a, b, y, 5.0, "utr"))
        for a, b in transcript.cds:
            parts.append(_box(across, a, b, y, 9.0, "exon"))
    arrow = "→" if gene.strand == "+" else "←"
    parts.append(text_tag(f"{gene.symbol} {arrow}", LEFT - 8, y + 4, text_anchor="end", class_="name"))
    return parts


def _box(across: Scale, a: int, b: int, y: float, half: float, css: str) -> Markup:
    left, right = across(a), across(b)
    return tag("rect", x=left, y=y - half, width=max(1.5, right - left), height=half * 2, rx=1, class_=css)


def _strip(pen: Pen, strip: Sequence[Cover], across: Scale, top: float, tall: float) -> list[Markup]:
    parts = [tag("rect", x=LEFT, y=top, width=RIGHT - LEFT, height=tall, class_="ground")]
    if strip:
        # One outline, so that neighbouring pieces leave no seams.
        path = f"M{across(strip[0].start):.1f} {top + tall:.1f}"
        for piece in strip:
            y = top + tall * (1.0 - min(1.0, max(0.0, piece.share)))
            path += f"L{across(piece.start):.1f} {y:.1f}L{across(piece.end):.1f} {y:.1f}"
        parts.append(tag("path", d=f"{path}L{across(strip[-1].end):.1f} {top + tall:.1f}Z", class_="cover"))
    parts.append(text_tag(pen.formats.percent(1.0, 0), LEFT - 8, top + 10, text_anchor="end"))
    parts.append(text_tag(pen.formats.percent(0.0, 0), LEFT - 8, top + tall, text_anchor="end"))
    return parts


def axis(pen: Pen, across: Scale, y: float) -> list[Markup]:
    """The line of a contig with its numbers below, the last one kept inside the drawing."""
    parts = [tag("line", x1=across.left, x2=across.right, y1=y - 14, y2=y - 14, class_="axis")]
    for value in across.ticks(6):
        x = across(value)
        parts.append(tag("line", x1=x, x2=x, y1=y - 14, y2=y - 9, class_="axis"))
        anchor = "end" if x > across.right - _NUMBER_HALF else "middle"
        at = WIDTH if anchor == "end" else x
        parts.append(text_tag(pen.formats.number(math.floor(value)), at, y + 5, text_anchor=anchor))
    return parts
