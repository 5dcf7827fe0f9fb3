"""`embla panel ...`: gene panels as contracts between laboratories of a net."""

import csv
import json as json_
from datetime import date
from gettext import gettext as _
from pathlib import Path
from typing import Annotated, Any

import typer

from embla.platform import or_why

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Gene panels as contracts between laboratories.",
)
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
For = Annotated[str, typer.Option("--for", metavar="ACCOUNT", help="The laboratory's account that does this.")]
Id = Annotated[str, typer.Argument(metavar="PANEL", help="Id of the panel, as `list` shows it.")]
Position = Annotated[int, typer.Argument(metavar="POSITION", help="Which of its versions, from 1.")]
MOST: int = 5_000_000


@app.command()
def define(
    context: typer.Context, panel: Id,
    title: Annotated[str, typer.Option(help="What it is called.")],
    indication: Annotated[str, typer.Option(help="Code of the patient group.")],
    member: Annotated[list[str], typer.Option(metavar="LAB", help="A laboratory of the net; may be given again.")],
    net: Annotated[str, typer.Option(help="Name of the specialist network.")] = "",
    needed: Annotated[int, typer.Option(help="How many others must approve.")] = 1, json: Json = False,
) -> None:  # fmt: skip
    """Define a panel of a net; its versions are drafted and approved by the members."""
    from embla.classification.model.panel import Panel
    from embla.classification.panels import define_panel as defined
    from embla.platform import OPERATOR

    one = Panel(panel, title, net, indication, tuple(member), needed)
    defined(context.obj(create=False), OPERATOR, one)
    _say(json, {**vars(one), "members": list(one.members)}, f"{one.id} is defined")


@app.command()
def draft(
    context: typer.Context, panel: Id,
    genes: Annotated[Path, typer.Argument(metavar="TSV", help="hgnc symbol level inheritance transcript evidence.")],
    account: For,
    why: Annotated[str, typer.Option(help="Why this version is made.")],
    expected: Annotated[int, typer.Option(metavar="POSITION", help="The newest version that was read.")] = 0,
    json: Json = False,
) -> None:  # fmt: skip
    """Draft another version from a table with a header line."""
    from embla.classification.panels import draft_panel as drafted
    from embla.platform import act_for

    house = context.obj(create=False)
    one = drafted(house, act_for(house, account, "panel-draft"), panel, _entries(genes), why, expected=expected)
    _say(
        json, {"position": one.position, **one.to_json()}, f"{panel}\tversion {one.position}\t{len(one.entries)} genes"
    )


@app.command()
def approve(context: typer.Context, panel: Id, position: Position, account: For, json: Json = False) -> None:
    """Approve a version, as a laboratory of the net that did not draft it."""
    from embla.classification.panels import approve_panel as approved
    from embla.platform import act_for

    house = context.obj(create=False)
    one = approved(house, act_for(house, account, "panel-approve"), panel, position)
    _say(json, {"position": position, **one.to_json()}, f"{panel}\tversion {position}\t{len(one.approvals)} approvals")


@app.command("in-force")
def in_force(
    context: typer.Context, panel: Id, position: Position, account: For,
    day: Annotated[str, typer.Option("--from", metavar="DATE", help="First day [default: today].")] = "",
    json: Json = False,
) -> None:  # fmt: skip
    """Put an approved version in force from a day on; the one before ends the day before."""
    from embla.classification.panels import put_in_force
    from embla.platform import act_for

    house = context.obj(create=False)
    first = _day(day) if day else house.clock().date()
    one = put_in_force(house, act_for(house, account, "panel-in-force"), panel, position, first)
    _say(json, {"position": position, **one.to_json()}, f"{panel}\t{one.number}\tfrom {first}")


@app.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """List panels with the version that is in force today."""
    from embla.classification.panels import all_panels, versions_of

    house = context.obj(create=False)
    with house.database.reading() as connection:
        why = _("No panel is defined: `embla panel define` defines one.")
        for one in or_why(all_panels(connection), why, json):
            now = next((v for v in versions_of(connection, one.id) if v.in_force_on(house.clock().date())), None)
            told = {**vars(one), "members": list(one.members), "in_force": now.number if now else None}
            _say(json, told, f"{one.id}\t{one.indication}\t{now.number if now else '-'}\t{one.title}")


@app.command()
def show(context: typer.Context, panel: Id, json: Json = False) -> None:
    """Show every version of a panel, newest first, with what each changed."""
    from embla.classification.model.panel import difference
    from embla.classification.panels import find_panel, versions_of

    house = context.obj(create=False)
    with house.database.reading() as connection:
        find_panel(connection, panel)
        versions = versions_of(connection, panel)
    for one, before in zip(versions, [*versions[1:], None], strict=True):
        changes = [dict(vars(change)) for change in difference(before, one)]
        _say(json, {"position": one.position, **one.to_json(), "changes": changes},
             f"{one.position}\t{one.number}\tfrom {one.since or '-'} to {one.until or '-'}\t{len(one.entries)} genes\t"
             f"{len(changes)} changes\t{len(one.approvals)} approvals")  # fmt: skip


@app.command()
def diff(context: typer.Context, panel: Id, before: Position, after: Position, json: Json = False) -> None:
    """List the genes that two versions of a panel treat differently."""
    from embla.classification.model.panel import difference
    from embla.classification.panels import versions_of
    from embla.errors import NotFound

    house = context.obj(create=False)
    with house.database.reading() as connection:
        known = {one.position: one for one in versions_of(connection, panel)}
    if before not in known or after not in known:
        raise NotFound("There is no such version of this panel.", mend="`embla panel show` lists them.")
    for one in difference(known[before], known[after]):
        _say(json, dict(vars(one)), f"{one.symbol}\t{one.hgnc}\t{one.before or '-'} -> {one.after or '-'}")


@app.command()
def check(
    context: typer.Context, panel: Id,
    genes: Annotated[Path, typer.Argument(metavar="FILE", help="Genes of the test: one a line, HGNC id or symbol; with "
                                                               "a second column, per cent of coding bases at 20x.")],
    least: Annotated[float, typer.Option(help="Per cent at 20x below which a gene is named.")] = 95.0,
    day: Annotated[str, typer.Option("--on", metavar="DATE", help="Day of the test [default: today].")] = "",
    json: Json = False,
) -> None:  # fmt: skip
    """Hold a laboratory's test against the minimum of the version in force. Exit code 1 when it does not meet it."""
    from embla.classification.model.panel import check_test
    from embla.classification.panels import panel_in_force

    house = context.obj(create=False)
    with house.database.reading() as connection:
        version = panel_in_force(connection, panel, _day(day) if day else house.clock().date())
    held, coverage = _test(genes)
    found = check_test(version, held, coverage, least=least)
    named = {"missing": found.missing, "below coverage": found.thin, "not measured": found.unmeasured}
    lines = [f"{panel} {version.number}: {'meets the minimum' if found.meets else 'does not meet it'}"]
    lines += [f"{word}: {', '.join(names)}" for word, names in named.items() if names]
    _say(json, found.to_json(), "\n".join(lines))
    if not found.meets:
        raise typer.Exit(1)


def _entries(path: Path) -> Any:
    from embla.classification.model.panel import Entry
    from embla.errors import BadInput

    rows = list(csv.DictReader(_text(path).splitlines(), delimiter="\t"))
    if not rows or not {"hgnc", "symbol", "level"} <= rows[0].keys():
        raise BadInput("The table has no columns hgnc, symbol and level.", path=str(path), line=1)
    names = ("hgnc", "symbol", "level", "inheritance", "transcript", "evidence")
    return [Entry(*((row.get(name) or "").strip() for name in names)) for row in rows]


def _test(path: Path) -> tuple[list[str], dict[str, float] | None]:
    from embla.errors import BadInput

    held, shares = [], {}
    for number, line in enumerate(_text(path).splitlines(), 1):
        name, *rest = line.replace(",", "\t").split("\t")
        if not name.strip() or name.startswith("#"):
            continue
        held.append(name.strip())
        if rest and rest[0].strip():
            try:
                shares[name.strip()] = float(rest[0])
            except ValueError:
                raise BadInput("The second column is no number.", path=str(path), line=number) from None
    return held, shares or None


def _text(path: Path) -> str:
    from embla.errors import BadInput

    try:
        if path.stat().st_size > MOST:
            raise BadInput("This file is too large for a list of genes.", path=str(path))
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("This file cannot be read.", path=str(path)) from error


def _day(text: str) -> date:
    from embla.errors import UsageError

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("This is no date.", mend="Write it as 2026-01-31.") from None


def _say(json: bool, told: Any, line: str) -> None:
    from embla.reference import printable

    typer.echo(json_.dumps(told, ensure_ascii=False, default=str) if json else printable(line))
