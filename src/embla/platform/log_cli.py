"""`embla log ...`: the event log for the operator and the auditor. Everything heavy is imported inside its command."""

import json as json_
import sys
from gettext import gettext as _
from pathlib import Path
from typing import Annotated

import typer

from embla.platform.listing import or_why

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The event log: show it, sign it, give it to an auditor.",
)

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]


@app.command()
def show(
    context: typer.Context,
    subject: Annotated[str, typer.Option(help="Only of this subject, as case:ID or person:PSEUDONYM.")] = "",
    kind: Annotated[list[str] | None, typer.Option(help="Only of this kind; may be repeated.")] = None,
    actor: Annotated[str, typer.Option(help="Only of this actor.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
    json: Json = False,
) -> None:
    """Show the newest entries, newest first. That somebody looked, and what for, is an entry too, written before."""
    from embla.platform.actor import OPERATOR
    from embla.platform.clock import time_text
    from embla.platform.events import append_event, newest_events

    house = context.obj(create=False)
    criterion = {"subject": subject, "kind": sorted(kind or ()), "actor": actor, "limit": limit}
    with house.database.transaction() as connection:
        append_event(
            connection, at=house.clock(), actor=OPERATOR.id, kind="log-shown", subject="log", body={"for": criterion}
        )
    with house.database.reading() as connection:
        page = newest_events(connection, kinds=kind or (), actor=actor, subject=subject, limit=limit)
    for event in or_why(page.items, _("No entry of the log fits."), json):
        at = time_text(event.at)
        told = {"number": event.number, "at": at, "actor": event.actor, "kind": event.kind, "subject": event.subject}
        told |= {"version": event.version, "body": event.body, "hash": event.hash}
        line = [str(event.number), at, event.actor, event.kind, event.subject, json_.dumps(event.body)]
        typer.echo(json_.dumps(told) if json else "\t".join(line))


@app.command()
def status(
    context: typer.Context,
    whole: Annotated[bool, typer.Option("--whole", help="Read the whole log again, not only what is new.")] = False,
    json: Json = False,
) -> None:
    """Say whether the log is intact, what is signed, and which copies there are. Exit code 1 when it is not."""
    from embla.platform.house import log_health
    from embla.platform.ledger.audit import LogTable, audit, walk_database
    from embla.platform.ledger.copies import newest_of

    house = context.obj(create=False)
    if whole:
        house.log.checkpoint(house.clock())
        with house.database.reading() as connection:
            walk_database(connection)
            table = LogTable(connection)
            copied, _ = newest_of(house.log.copies(table.header))
            audit(table, house.keyring.public, [envelope for _, envelope in copied])
    found = log_health(house).to_json()
    if json:
        typer.echo(json_.dumps(found))
    else:
        copies = found.pop("copies")
        lines = [f"{name}: {'' if value is None else value}" for name, value in found.items()]
        lines += [
            f"copy: {one['place']}: {one['size']} entries" if one["reachable"] else f"copy: {one['place']}: away"
            for one in copies
        ]
        typer.echo("\n".join(lines))
    if not found["intact"]:
        raise typer.Exit(1)


@app.command()
def checkpoint(context: typer.Context, json: Json = False) -> None:
    """Sign the log as it is now, copy what was signed to the second places, and print it."""
    house = context.obj(create=False)
    envelope = house.log.checkpoint(house.clock())
    if envelope is None:
        print("The log is empty.", file=sys.stderr)
        return
    says = envelope.says
    typer.echo(envelope.text() if json else f"{says['size']} entries, root {says['root']}, key {envelope.key}")


@app.command()
def export(
    context: typer.Context,
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write, JSON Lines.")],
) -> None:
    """Write the whole log with its signed checkpoints, for `embla verify FILE --key KEYS` anywhere. Signs first.

    Personal fields stay sealed. That the log was exported is an entry in it.
    """
    from embla.platform.actor import OPERATOR
    from embla.platform.events import append_event
    from embla.platform.ledger.export import write_log

    house = context.obj(create=False)
    with house.database.transaction() as connection:
        append_event(connection, at=house.clock(), actor=OPERATOR.id, kind="log-exported", subject="log")
    house.log.checkpoint(house.clock())
    print(f"{write_log(house.database, out, at=house.clock())} entries", file=sys.stderr)


@app.command()
def prove(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ENTRY", min=1, help="Number of the entry.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write.")],
) -> None:
    """Write a signed proof that one entry is in the log, without showing any other. `embla verify FILE` checks it."""
    from embla.platform.ledger.proofs import proof_of_entry
    from embla.platform.secret_files import replace_file

    house = context.obj(create=False)
    house.log.checkpoint(house.clock())
    with house.database.reading() as connection:
        says = proof_of_entry(connection, number)
    envelope = house.keyring.sign("log-proof", says, at=house.clock())
    replace_file(out.absolute(), envelope.text().encode() + b"\n", mode=0o600)
