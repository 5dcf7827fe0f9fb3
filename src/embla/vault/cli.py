"""`embla vault ...`: how the vault is, and what keeps it so. Everything heavy is imported inside its command."""

import json as json_
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Files as laboratories sent them, encrypted at rest.",
)

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]


@app.command()
def status(context: typer.Context, json: Json = False) -> None:
    """Show files and bytes by key version, the key's fingerprint, and whether a file of each key opens."""
    from embla.vault.service import Vault
    from embla.vault.tending import probe, used

    vault = Vault(context.obj(create=False))
    tried = probe(vault)
    answer = {
        "key_version": vault.keys.version if vault.keys.versions else None,
        "fingerprint": vault.keys.fingerprint(vault.keys.version) if vault.keys.versions else None,
        "by_key": {str(version): {"files": n, "bytes": size} for version, (n, size) in used(vault).items()},
        "probed": tried.tried,
        "problems": [one.problem for one in tried.found],
    }
    typer.echo(json_.dumps(answer) if json else "\n".join(f"{name}: {value}" for name, value in answer.items()))
    if not tried.sound:
        raise typer.Exit(1)


@app.command()
def fixity(
    context: typer.Context,
    share: Annotated[float, typer.Option(min=0, max=1, help="Share of the files, those read longest ago first.")] = 1.0,
    json: Json = False,
) -> None:
    """Read files again and compare sizes and hashes, plain and encrypted. Exit code 1 when one is not what it was."""
    from embla.vault.service import Vault
    from embla.vault.tending import fixity as read_again

    seen = read_again(Vault(context.obj(create=False)), share=share)
    for one in seen.found:
        typer.echo(
            json_.dumps({"file": one.sha256, "problem": one.problem}) if json else f"{one.sha256}: {one.problem}"
        )
    total = {"files": seen.files, "bytes": seen.size, "wrong": len(seen.found)}
    typer.echo(json_.dumps(total) if json else f"{seen.files} files, {seen.size} bytes, {len(seen.found)} wrong")
    if seen.found:
        raise typer.Exit(1)


@app.command()
def rotate(
    context: typer.Context,
    resume: Annotated[bool, typer.Option("--resume", help="Finish a rotation that died, without a new key.")] = False,
    json: Json = False,
) -> None:
    """Make new keys, and bring every header and pack key under them while everything serves."""
    from embla.vault.service import Vault
    from embla.vault.tending import rotate as turn

    version, moved, packs = turn(Vault(context.obj(create=False)), again=not resume)
    answer = {"key_version": version, "headers": moved, "pack_keys": packs}
    typer.echo(json_.dumps(answer) if json else "\n".join(f"{name}: {value}" for name, value in answer.items()))


@app.command("bring-in")
def bring_in(context: typer.Context, json: Json = False) -> None:
    """Encrypt what an older Embla kept plain: files as they were sent, and genome packs. May be repeated."""
    from embla.vault.bringing import bring_in as bring
    from embla.vault.service import Vault

    files, packs = bring(Vault(context.obj(create=False)))
    answer = {"files": files, "packs": packs}
    typer.echo(json_.dumps(answer) if json else f"{files} files and {packs} packs encrypted")


@app.command("check-store")
def check_store(
    context: typer.Context,
    recount: Annotated[bool, typer.Option("--recount", help="Also make every count again from the packs.")] = False,
    json: Json = False,
) -> None:
    """Check every hash and pack of the home's cohort store. Exit code 1 and a line per problem, if any."""
    from embla.vault.bringing import problems_of_store

    problems = problems_of_store(context.obj(create=False), recount=recount)
    for problem in problems:
        typer.echo(json_.dumps({"problem": problem}) if json else problem)
    if problems:
        raise typer.Exit(1)
    typer.echo(json_.dumps({"sound": True, "recounted": recount}) if json else "sound")
