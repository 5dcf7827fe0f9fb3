"""`embla registry pipeline ...`: which versions of pipelines laboratories have validated."""

import json as json_
from gettext import gettext as _
from typing import Annotated

import typer

from embla.platform import or_why
from embla.registry.commands import Json, day_of, group, permitted, tell

app = group("Versions of laboratories' pipelines and their validation.")


@app.command()
def note(
    context: typer.Context,
    laboratory: Annotated[str, typer.Argument(metavar="LAB", help="Id of the laboratory.")],
    pipeline: Annotated[str, typer.Argument(metavar="PIPELINE", help="Its name, as packages give it.")],
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Its version, as packages give it.")],
    state: Annotated[str, typer.Option(help="validating, validated, suspended or retired.")],
    since: Annotated[str, typer.Option(metavar="DATE", help="First day on which it is so.")],
    reference: Annotated[str, typer.Option(help="The report that it stands on.")] = "",
) -> None:
    """Note a step in the life of a version; earlier ones stay, so any day shows the state that held then."""
    from embla.platform import OPERATOR
    from embla.registry.pipelines import note_pipeline

    first = day_of(since)
    assert first is not None
    house = permitted(context)
    with house.database.transaction() as connection:
        note_pipeline(
            connection, laboratory, pipeline, version, state=state, since=first, reference=reference, by=OPERATOR,
            at=house.clock(),
        )  # fmt: skip


@app.command("list")
def listed(
    context: typer.Context,
    lab: Annotated[str | None, typer.Option(metavar="LAB", help="Of this laboratory.")] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="As of this day [default: today].")] = None,
    json: Json = False,
) -> None:
    """List the versions of pipelines that something is known of, with the state that holds on a day."""
    from embla.registry.model.pipeline import states_on
    from embla.registry.pipelines import pipeline_steps

    house = permitted(context)
    with house.database.reading() as connection:
        held = states_on(pipeline_steps(connection, lab), day_of(on) or house.clock().date())
    tell(
        (held[key] for key in sorted(held)),
        json,
        "laboratory",
        "pipeline",
        "version",
        "state",
        "since",
        "reference",
        none=_("Nothing is noted of any version: `embla registry pipeline note` notes a step."),
    )


@app.command()
def made(
    context: typer.Context,
    lab: Annotated[str | None, typer.Option(metavar="LAB", help="Only genomes of this laboratory.")] = None,
    json: Json = False,
) -> None:
    """Say which versions made the genomes that count today, and whether they are mixed or not validated."""
    from embla.registry.counted import counted_genomes
    from embla.registry.pipelines import made_by_laboratory, made_of, versions_of

    house = permitted(context)
    day = house.clock().date()
    with house.database.reading() as connection:
        if lab is not None:
            found = made_by_laboratory(connection, lab, day)
        else:
            counted = [one.accession for one in counted_genomes(connection, on=day)]
            found = made_of(connection, versions_of(connection, counted), day)
    if json:
        typer.echo(json_.dumps(found.to_json() | {"versions": [one.to_json() for one in found.versions]}))
        return
    for one in or_why(found.versions, _("No genome that counts names its pipeline."), json):
        typer.echo(f"{one.name}\t{one.genomes}\t{', '.join(f'{n} {state}' for state, n in sorted(one.states.items()))}")
