"""Drawings of structural variants, copy numbers and repeats: a track of bars, and a histogram of each repeat. Both have
their table beside them."""

from typing import Any, Final

from markupsafe import Markup

from embla.frequency.pages.drawings import LEFT, RIGHT, WIDTH, Pen, axis
from embla.frequency.structural import Event, Repeat, StructuralAnswer
from embla.platform.web import N_, Scale, picture, tag, text_tag
from embla.structural import Bar, Type

# A page draws so many; the tables have more, the JSON all that the service gives.
DRAWN: Final = 60
NAMES: Final = 124.0  # where the track begins; kinds and frequencies stand before it
HISTOGRAMS: Final = 12
LISTED: Final = 200
TYPE_NAMES: Final = {
    Type.DEL: N_("deletion"),
    Type.DUP: N_("duplication"),
    Type.INV: N_("inversion"),
    Type.INS: N_("insertion"),
    Type.BND: N_("junction with another place"),
}
LOSS, GAIN = N_("loss of copies"), N_("gain of copies")
KIND_WORDS: Final = {
    "sv": N_("Structural variants"),
    "cnv": N_("Copy numbers"),
    "str": N_("Repeats"),
}
_SHAPES: Final = {Type.DEL: "del", Type.INS: "ins", Type.DUP: "snv"}


def context(answer: StructuralAnswer, pen: Pen) -> dict[str, Any]:
    """What structural.html shows."""
    say = pen.say
    return {
        "structural": answer,
        "structural_track": track(answer, pen) if answer.events else None,
        "structural_events": [(one, type_name(one, pen)) for one in answer.events[:LISTED]],
        "structural_repeats": [
            (
                one,
                histogram(one, number, pen) if one.bars else None,
                [(size_of(bar, pen), bar) for bar in one.bars or ()],
            )
            for number, one in enumerate(answer.repeats[:HISTOGRAMS])
        ],
        "structural_kinds": [(say(KIND_WORDS[one.kind]), one) for one in answer.kinds],
        "structural_left": len(answer.events) + len(answer.repeats) + answer.more
        - min(len(answer.events), LISTED) - min(len(answer.repeats), HISTOGRAMS),
    }  # fmt: skip


def type_name(one: Event, pen: Pen) -> str:
    """What it is, in words."""
    if one.kind == "cnv":
        return pen.say(LOSS if one.cluster.type is Type.DEL else GAIN)
    return pen.say(TYPE_NAMES[one.cluster.type])


def track(answer: StructuralAnswer, pen: Pen) -> Markup:
    """One row per event from its start to its end, cut at the region's borders; hollow where the number is hidden."""
    region = answer.region
    across = Scale(region.start, region.end, NAMES, RIGHT)
    parts: list[Markup] = []
    drawn = answer.events[:DRAWN]
    y = 14.0
    for one in drawn:
        cluster = one.cluster
        low, high = cluster.start, cluster.end
        if cluster.mate != cluster.contig:
            low = high = cluster.start if cluster.contig == region.contig else cluster.end
        left, right = across(max(low, region.start)), across(min(high, region.end))
        few = " few" if one.count.status == "suppressed" else ""
        css = f"v v-{_SHAPES.get(cluster.type, 'other')}{few}"
        parts.append(tag("rect", x=left, y=y, width=max(4.0, right - left), height=9.0, rx=1, class_=css))
        number = "" if one.count.af is None else pen.formats.frequency(one.count.af)
        parts.append(text_tag(f"{cluster.type.name} {number}".strip(), NAMES - 8, y + 9, text_anchor="end"))
        y += 18.0
    parts += axis(pen, across, y + 18)
    title = pen.say("Structural variants along %(region)s") % {"region": str(region)}
    description = pen.say(
        "%(n)s events as bars from start to end, each with its frequency. The table has the same numbers."
    )
    return picture("structural", title, description % {"n": len(drawn)}, WIDTH, y + 28, parts)


def size_of(bar: Bar, pen: Pen) -> str:
    """Its sizes in words; an end that few people have is open."""
    if bar.low is None:
        return pen.say("any number") if bar.high is None else pen.say("%(n)s or fewer") % {"n": bar.high}
    if bar.high is None:
        return pen.say("%(n)s or more") % {"n": bar.low}
    return str(bar.low) if bar.one_size else f"{bar.low}–{bar.high}"


def _drawn(bar: Bar) -> tuple[int, int]:
    """Where a bar is drawn from and to."""
    if bar.low is None:
        return (0, 2) if bar.high is None else (bar.high - 2, bar.high)
    return bar.low, bar.low + 2 if bar.high is None else bar.high


def histogram(one: Repeat, number: int, pen: Pen) -> Markup:
    """Alleles by repeat count; a bar over several sizes is as wide as they are, with an open end two wider."""
    bars = one.bars or ()
    reach = [_drawn(bar) for bar in bars]
    across = Scale(reach[0][0] - 0.5, reach[-1][1] + 0.5, LEFT, RIGHT)
    most = max(bar.count.af or 0.0 for bar in bars) or 1.0
    height = Scale(0.0, most, 150.0, 16.0)
    parts: list[Markup] = []
    for bar, (low, high) in zip(bars, reach, strict=True):
        left, right = across(low - 0.5), across(high + 0.5)
        top = height(bar.count.af or 0.0)
        parts.append(tag("rect", x=left, y=top, width=max(2.0, right - left - 2), height=150.0 - top, class_="v v-snv"))
        if right - left > 26 or len(bars) < 12:
            parts.append(text_tag(size_of(bar, pen), (left + right) / 2, 168.0, text_anchor="middle"))
    parts.append(tag("line", x1=LEFT, x2=RIGHT, y1=150, y2=150, class_="axis"))
    parts.append(text_tag(pen.formats.percent(most), LEFT - 8, 20, text_anchor="end"))
    title = pen.say("Repeat counts of %(name)s") % {"name": one.name}
    description = pen.say(
        "Share of the alleles by how many times %(motif)s is repeated. The table has the same numbers."
    )
    return picture(f"repeat-{number}", title, description % {"motif": one.locus.motif}, WIDTH, 180, parts)
