"""`embla dataset ...`: what the catalogue offers."""

import json as json_
from gettext import gettext as _
from pathlib import Path
from typing import Annotated, Any

import typer

from embla.platform import or_why

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Data sets of the catalogue: drafted, published, withdrawn.",
)
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="As GDI-DK-EMBLA-1.")]
Why = Annotated[str, typer.Option(help="Why; everybody can read it.")]
MOST: int = 1_000_000


@app.command()
def draft(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="JSON", help="The data set as an object; `show` prints one.")],
    why: Why = "", json: Json = False,
) -> None:  # fmt: skip
    """Write the next version of a data set as a draft, which nobody sees yet."""
    from embla.datasets.service import draft_data_set
    from embla.errors import BadInput
    from embla.platform import OPERATOR

    try:
        if file.stat().st_size > MOST:
            raise BadInput(f"{file} is larger than {MOST:,} bytes.")
        said = json_.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{file} is not a JSON file.", mend="`embla dataset show ID` prints one.") from error
    made = draft_data_set(context.obj(create=False), OPERATOR, said, why)
    _say(json, made)


@app.command()
def publish(context: typer.Context, identifier: Id, why: Why = "", json: Json = False) -> None:
    """Show the newest draft to everybody: in the catalogue, the FAIR Data Point and Beacon."""
    from embla.datasets.service import publish_data_set
    from embla.platform import OPERATOR

    _say(json, publish_data_set(context.obj(create=False), OPERATOR, identifier, why))


@app.command()
def withdraw(context: typer.Context, identifier: Id, why: Why, json: Json = False) -> None:
    """Take a data set back for good; its id, title, the day and the reason stay as a tombstone."""
    from embla.datasets.service import withdraw_data_set
    from embla.platform import OPERATOR

    _say(json, withdraw_data_set(context.obj(create=False), OPERATOR, identifier, why))


@app.command("list")
def every(context: typer.Context, json: Json = False) -> None:
    """Those that everybody sees, and the tombstones."""
    from embla.datasets.service import shown_data_sets, tombstones

    house = context.obj(create=False)
    shown, withdrawn = shown_data_sets(house), tombstones(house)
    why = _("No data set was ever published: `embla dataset publish` shows a draft.")
    for one in shown if withdrawn else or_why(shown, why, json):
        told = {"id": one.data.id, "state": "published", "version": one.version, "title": one.data.title["en"]}
        typer.echo(json_.dumps(told, ensure_ascii=False) if json else "\t".join(str(v) for v in told.values()))
    for gone in withdrawn:
        told = {"id": gone.id, "state": "withdrawn", "at": gone.at.isoformat(), "why": gone.why}
        typer.echo(json_.dumps(told, ensure_ascii=False) if json else "\t".join(str(v) for v in told.values()))


@app.command()
def show(context: typer.Context, identifier: Id) -> None:
    """The version that everybody sees, as `draft` reads it."""
    from embla.datasets.service import shown_data_set

    one = shown_data_set(context.obj(create=False), identifier)
    typer.echo(json_.dumps(one.data.to_json(), ensure_ascii=False, indent=2))


@app.command()
def feasibility(
    context: typer.Context, identifier: Id,
    sex: Annotated[str, typer.Option(help="F or M.")] = "",
    region: Annotated[str, typer.Option(help="Code of a region.")] = "",
    group: Annotated[str, typer.Option(help="Code of a patient group.")] = "",
) -> None:  # fmt: skip
    """How many people of a data set a study would find, rounded; no application is needed."""
    from embla.datasets.feasibility import feasible
    from embla.datasets.service import shown_data_set

    house = context.obj(create=False)
    asked = {name: v for name, v in (("sex", sex), ("region", region), ("patient_group", group)) if v}
    found = feasible(house, shown_data_set(house, identifier).data, asked)
    typer.echo(json_.dumps(found.to_json(), ensure_ascii=False))


def _say(json: bool, made: Any) -> None:
    told = {"id": made.data.id, "version": made.number, "state": made.state, "at": made.at.isoformat()}
    typer.echo(json_.dumps(told, ensure_ascii=False) if json else "\t".join(str(v) for v in told.values()))
