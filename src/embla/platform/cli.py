"""`embla home ...`: the home, its accounts and its log. Everything heavy is imported inside its command."""

import json as json_
import sys
from gettext import gettext as _
from gettext import ngettext
from typing import Annotated

import typer

from embla.platform.listing import or_why
from embla.sure import make_sure

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The home of this Embla: its database and accounts.",
)

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
Name = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's name.")]
Closing = Annotated[
    str | None,
    typer.Option("--yes", metavar="ACCOUNT", help="Do not ask: this is the account, and it cannot be undone."),
]


@app.command()
def init(context: typer.Context) -> None:
    """Make the home: database, registers, an empty cohort store. A home that is there is brought up to date."""
    house = context.obj()
    typer.echo(str(house.home))


@app.command()
def status(context: typer.Context, json: Json = False) -> None:
    """Show where the home is, its database's format, and how much is in it."""
    from embla.platform.accounts import list_accounts
    from embla.platform.events import newest_events
    from embla.platform.migrate import database_version
    from embla.platform.pointer import current_manifest

    house = context.obj(create=False)
    with house.database.reading() as connection:
        last = newest_events(connection, limit=1).items
        accounts = len(list_accounts(connection))
        manifest = current_manifest(connection)
        genomes = len(house.view(connection))
    answer = {
        "home": str(house.home),
        "database": "sqlite" if house.database.is_sqlite else "postgresql",
        "format": database_version(house.database),
        "accounts": accounts,
        "events": last[0].number if last else 0,
        "manifest": manifest.short if manifest is not None else None,
        "genomes": genomes,
    }
    typer.echo(json_.dumps(answer) if json else "\n".join(f"{name}: {value}" for name, value in answer.items()))


@app.command("add-account")
def add_account(
    context: typer.Context,
    name: Name,
    role: Annotated[
        list[str],
        typer.Option(
            help="clinician, lab, coordinator, dpo, board, secretary, admin, researcher or zone; may be repeated."
        ),
    ],
    display: Annotated[str | None, typer.Option(help="How pages call the account.")] = None,
    lab: Annotated[str | None, typer.Option(help="For the role lab: id of the laboratory.")] = None,
    region: Annotated[str | None, typer.Option(help="For the role coordinator: code of the region.")] = None,
) -> None:
    """Add an account."""
    from embla.platform.accounts import create_account
    from embla.platform.actor import OPERATOR

    house = context.obj()
    with house.database.transaction() as connection:
        create_account(
            connection,
            name,
            display=display or name,
            roles=role,
            laboratory=lab,
            region=region,
            by=OPERATOR,
            at=house.clock(),
        )


@app.command("close-account")
def close(context: typer.Context, name: Name, yes: Closing = None) -> None:
    """Close an account: its sessions and tokens open nothing any more, and nobody gets its name again.

    It cannot be undone, so it says what the account is and asks for its name once more.
    """
    from embla.platform.accounts import close_account, known_account, list_tokens
    from embla.platform.actor import OPERATOR

    house = context.obj(create=False)
    now = house.clock()
    with house.database.reading() as connection:
        known = known_account(connection, name)
        tokens = [one for one in list_tokens(connection, name) if one.revoked is None and one.expires > now]
    told = ngettext(
        "{account} is an account for {roles}, with {n} token that opens something. It would be closed for good.",
        "{account} is an account for {roles}, with {n} tokens that open something. It would be closed for good.",
        len(tokens),
    )
    roles = ", ".join(sorted(known.roles))
    make_sure(known.name, told.format(account=known.name, roles=roles, n=len(tokens)), yes)
    with house.database.transaction() as connection:
        close_account(connection, name, by=OPERATOR, at=house.clock())


@app.command("end-sessions")
def end_sessions(
    context: typer.Context,
    account: Annotated[str | None, typer.Argument(help="Whose; nobody named: everybody's.")] = None,
) -> None:
    """Sign an account out on every machine, or everybody; the accounts stay open."""
    from embla.platform.accounts import known_account, list_accounts
    from embla.platform.actor import OPERATOR
    from embla.platform.sessions import sign_out_everywhere

    house = context.obj(create=False)
    with house.database.transaction() as connection:
        names = (
            [known_account(connection, account).name] if account else [one.name for one in list_accounts(connection)]
        )
        ended = sum(sign_out_everywhere(connection, name, by=OPERATOR, at=house.clock()) for name in names)
    typer.echo(str(ended))


@app.command()
def accounts(context: typer.Context, json: Json = False) -> None:
    """List open accounts."""
    from embla.platform.accounts import list_accounts

    with context.obj(create=False).database.reading() as connection:
        found = list_accounts(connection)
    why = _("No account is open: `embla home add-account` opens one.")
    for account in or_why(found, why, json):
        values = {"name": account.name, "roles": sorted(account.roles), "laboratory": account.laboratory}
        values["region"] = account.region
        belongs = account.laboratory or account.region or ""
        shown = "\t".join([account.name, ",".join(sorted(account.roles)), belongs])
        typer.echo(json_.dumps(values) if json else shown)


@app.command()
def token(
    context: typer.Context,
    account: Name,
    label: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    days: Annotated[int, typer.Option(min=1, max=3660, help="How long it opens.")] = 365,
) -> None:
    """Issue an API token of an account. It is shown this once and kept as a hash."""
    from embla.platform.accounts import issue_token
    from embla.platform.actor import OPERATOR

    house = context.obj(create=False)
    with house.database.transaction() as connection:
        typer.echo(issue_token(connection, account, label=label, by=OPERATOR, at=house.clock(), days=days))


@app.command()
def tokens(
    context: typer.Context,
    account: Annotated[str | None, typer.Option(help="Of this account only.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Those that ended, too.")] = False,
    json: Json = False,
) -> None:
    """List API tokens: whose, what for, which door and actions they open, until when. No token is shown."""
    from dataclasses import asdict

    from embla.platform.accounts import list_tokens

    house = context.obj(create=False)
    now = house.clock()
    with house.database.reading() as connection:
        found = list_tokens(connection, account)
    why = (
        _("No token is open: --all shows those that ended.") if found
        else _("No token was ever issued: `embla home token` issues one.")
    )  # fmt: skip
    fits = [one for one in found if all_ or (one.revoked is None and one.expires > now)]
    for one in or_why(fits, why, json):
        state = "revoked" if one.revoked else "expired" if one.expires <= now else "open"
        told = asdict(one) | {"state": state}
        for name in ("created", "expires", "used", "revoked"):
            told[name] = told[name].isoformat() if told[name] else None
        scopes = "all its roles allow" if one.scopes is None else ",".join(one.scopes)
        fields = (one.id, one.account, one.label, one.audience, scopes, told["expires"], told["used"] or "never", state)
        typer.echo(json_.dumps(told) if json else "\t".join(fields))


@app.command("revoke-token")
def revoke_one(
    context: typer.Context,
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="Its id, as `embla home tokens` shows it.")],
) -> None:
    """End one API token: it opens nothing from now on."""
    from embla.errors import NotFound
    from embla.platform.accounts import list_tokens, revoke_tokens
    from embla.platform.actor import OPERATOR

    house = context.obj(create=False)
    with house.database.transaction() as connection:
        found = next((one for one in list_tokens(connection) if one.id == token and one.revoked is None), None)
        if found is None:
            raise NotFound("There is no open token of this id.", mend="`embla home tokens` lists them.")
        revoke_tokens(connection, found.account, by=OPERATOR, at=house.clock(), only=token)


@app.command("revoke-tokens")
def revoke(context: typer.Context, account: Name) -> None:
    """Revoke every token of an account."""
    from embla.platform.accounts import known_account, revoke_tokens
    from embla.platform.actor import OPERATOR

    house = context.obj(create=False)
    with house.database.transaction() as connection:
        known_account(connection, account)
        revoked = revoke_tokens(connection, account, by=OPERATOR, at=house.clock())
    print(_("{n} revoked.").format(n=revoked), file=sys.stderr)


@app.command("verify-log")
def verify_log(context: typer.Context) -> None:
    """Recompute the log's chain of hashes. Exit code 1 when an event was changed, deleted or cut off."""
    from embla.platform.events import verify_chain

    with context.obj(create=False).database.reading() as connection:
        typer.echo(_("{n} events, unbroken").format(n=verify_chain(connection)))
