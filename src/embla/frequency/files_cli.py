"""`embla frequency file|mini-node|freeze`: what leaves whole, for named recipients under agreement."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
ReleaseNumber = Annotated[
    str | None, typer.Option("--release", metavar="NUMBER", help="Which release [default: the newest].")
]


def add_to(app: typer.Typer) -> None:
    """Put these commands into the room's."""
    app.command("file")(file)
    app.command("mini-node")(mini_node)
    app.command("freeze")(freeze)


def file(
    context: typer.Context,
    recipient: Annotated[
        str, typer.Option(metavar="ID", help="The partner under an agreement about files.", show_default=False)
    ],
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="OUT.vcf.gz|.bcf", help="Where it goes.", show_default=False)
    ],
    release: ReleaseNumber = None,
    variants: Annotated[int, typer.Option(min=1, max=100_000, help="Variants that the attack is tried with.")] = 2000,
    structural: Annotated[
        bool, typer.Option("--structural", help="Structural events and repeats (VCF 4.4), not small variants.")
    ] = False,
    json: Json = False,
) -> None:
    """Write a whole release for a named recipient: sites, index, and a signed manifest. The log has it.

    The header says for whom it is, and how well a member could be told from it (not measured of a structural one).
    """
    from embla.frequency.handing import hand_over
    from embla.frequency.telling import tell
    from embla.platform import OPERATOR

    made = hand_over(context.obj(), OPERATOR, recipient, out, release=release, variants=variants, structural=structural)
    tell(made.to_json(), made.sentence(), json)


def mini_node(
    context: typer.Context,
    recipient: Annotated[
        str, typer.Option(metavar="ID", help="The partner under an agreement about files.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option("-o", "--out", metavar="GOE-DK-NGC-1", help="A new folder, named as the set.", show_default=False),
    ],
    release: ReleaseNumber = None,
    variants: Annotated[int, typer.Option(min=1, max=100_000, help="Variants that the attack is tried with.")] = 2000,
    json: Json = False,
) -> None:
    """Write a whole release as Parquet for a GDI mini-node, for a named recipient, with a signed manifest.

    Populations are Total, the country of the folder's name, M and F. Numbers that are hidden are left out; M and F,
    too, where few people are neither XX nor XY: the answer says so.
    """
    from embla.frequency.handing import hand_over_mininode
    from embla.frequency.telling import tell
    from embla.platform import OPERATOR

    made = hand_over_mininode(context.obj(), OPERATOR, recipient, out, release=release, variants=variants)
    tell(made.to_json(), made.sentence(), json)


def freeze(
    context: typer.Context,
    project: Annotated[
        str, typer.Option(metavar="ID", help="The project; gives people its names.", show_default=False)
    ],
    recipient: Annotated[
        str, typer.Option(metavar="ID", help="The partner under an agreement about research.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="A new folder.", show_default=False)],
    format: Annotated[str, typer.Option(metavar="vcf-zarr|plink2", help="How the genotypes are written.")] = "vcf-zarr",
    region: Annotated[str | None, typer.Option(metavar="REGION", help="Only there [default: everywhere].")] = None,
    patient_group: Annotated[
        list[str] | None, typer.Option(metavar="GROUP", help="Only patients of this group; may be given again.")
    ] = None,
    json: Json = False,
) -> None:
    """Write genotypes for a research project: those who may be in it, under the project's own names. The log has each.

    The opt-out register is asked first. Beside the folder lies a signed manifest (`embla verify`).
    """
    from embla.frequency.freezing import make_freeze
    from embla.frequency.telling import tell
    from embla.genome import Region
    from embla.platform import OPERATOR
    from embla.reference import parse

    house = context.obj()
    where = parse(region, house.reference) if region else None
    span = where if where is None or isinstance(where, Region) else where.region
    made = make_freeze(
        house, OPERATOR, project, recipient, out, kind=format, region=span, patient_groups=patient_group or ()
    )
    left = (
        f"left out: {made.opted_out} who opted out, {made.unasked} about whom the opt-out register could not be asked, "
        f"{made.outside_zone} for their zone"
    )
    tell(vars(made), f"freeze {made.freeze}: {made.people:,} people, {made.variants:,} variants; {left}", json)
