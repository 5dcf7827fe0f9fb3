"""`embla frequency structural`: structural variants, copy numbers and repeats of a region, from a release."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from embla.frequency.structural import StructuralAnswer
    from embla.platform import House

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]


def add_to(app: typer.Typer) -> None:
    """Add the command to `embla frequency`."""
    app.command("structural")(structural)


def structural(
    context: typer.Context,
    query: Annotated[
        list[str],
        typer.Argument(metavar="REGION|GENE...", help="chr21:1000-2000, or a gene's symbol.", show_default=False),
    ],
    release: Annotated[
        str | None, typer.Option("--release", metavar="NUMBER", help="Which release [default: the newest].")
    ] = None,
    json: Json = False,
) -> None:
    """Structural variants, copy numbers and repeats of regions, as everybody sees them: small numbers are hidden.

    A kind that was called for nobody is not_loaded. `embla frequency live REGION --case CASE` counts exactly and now.
    """
    from embla.frequency.structural import open_structural
    from embla.genome import Region
    from embla.reference import parse

    house: House = context.obj()
    for text in query:
        gene = house.genes.by_name(text) if house.genes is not None else None
        asked = gene.region if gene is not None else parse(text, house.reference)
        show(open_structural(house, asked if isinstance(asked, Region) else asked.region, release), json=json)


def show(answer: "StructuralAnswer", *, json: bool) -> None:
    """One line per event and repeat; as JSON one object per region."""
    from embla.frequency.telling import columns, say, tell_json

    if json:
        tell_json(answer.to_json())
        return
    for kind in answer.kinds:
        say(f"{kind.kind}: called for {kind.people:,} people" if kind.people else f"{kind.kind}: not_loaded")
    events = [
        [one.name, one.kind, one.count.status, one.count.ac, one.count.an, one.count.af, one.carriers, one.people]
        for one in answer.events
    ]
    if events:
        columns(["event", "kind", "status", "ac", "an", "af", "carriers", "people"], events)
    repeats = [
        [one.name, one.locus.motif, one.an, "suppressed" if one.bars is None else _sizes(one.bars)]
        for one in answer.repeats
    ]
    if repeats:
        columns(["repeat", "motif", "an", "alleles by size"], repeats)
    if answer.more:
        say(f"{answer.more:,} more; ask for a part of the region.")


def _sizes(bars: "tuple[object, ...]") -> str:
    from embla.structural import Bar

    told = []
    for bar in bars:
        assert isinstance(bar, Bar)
        told.append(f"{_size(bar.low, bar.high)}:{bar.count.ac}")
    return " ".join(told)


def _size(low: int | None, high: int | None) -> str:
    """12, 12-15, 12+ (or more), <=9 (or fewer); `any` where no end may be told."""
    if low is None:
        return "any" if high is None else f"<={high}"
    return f"{low}+" if high is None else str(low) if low == high else f"{low}-{high}"
