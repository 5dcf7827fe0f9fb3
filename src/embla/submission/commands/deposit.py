"""`embla submission certificate` and `fetch`: the proof of a deposit, and the files back."""

import json as json_
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embla.errors import UsageError
from embla.submission.commands import Json, Server, Token, bar, retold_here, say, server_client

if TYPE_CHECKING:
    from embla.platform import Actor

Submission = Annotated[str, typer.Argument(metavar="SUBMISSION", help="Its id, S and 16 letters or digits.")]


def certificate(
    context: typer.Context,
    submission: Submission,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File to write; without it, standard output.")] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Compare the files of this package with it, one by one.")
    ] = None,
    again: Annotated[bool, typer.Option(help="Read everything anew, also where a certificate is there.")] = False,
    to: Server = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Get the signed certificate of a deposit: every file was read again where it is kept, and is what was sent.

    It says "safe to delete locally" only when, besides, every genome is counted. `embla verify CERTIFICATE --key KEYS`
    checks it offline. Exit code 1 when it does not say so, or when a file under --against is another one.
    """
    from embla.platform import OPERATOR, parse_envelope
    from embla.submission.deposit import certify_deposit
    from embla.submission.model.deposit import told_of
    from embla.submission.returned import differences

    if to:
        text = server_client(to, token).certificate(submission, again=again)
    else:
        text = certify_deposit(context.obj(create=False), OPERATOR, submission, again=again).text
    if out is not None:
        out.write_text(text + "\n", "utf-8")
    says = parse_envelope(text.encode()).says
    safe = bool(says["safe_to_delete_locally"])
    wrong = differences(against, says["files"]) if against is not None else []
    if out is None and against is None:
        typer.echo(text)
    elif json:
        typer.echo(json_.dumps({"submission": submission, "safe": safe and not wrong, "differences": wrong}))
    else:
        for sentence in told_of(says):
            typer.echo(retold_here(sentence))
        for path in wrong:
            typer.echo(_("{path}: here is not what the certificate lists; keep it.").format(path=path))
    raise typer.Exit(0 if safe and not wrong else 1)


def fetch(
    context: typer.Context,
    submission: Submission,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to write the package to.")],
    account: Annotated[
        str | None, typer.Option("--for", metavar="ACCOUNT", help="Here: the laboratory's account it is done for.")
    ] = None,
    to: Server = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Get a package back, byte for byte: the laboratory that sent it, or the operator on its behalf.

    Each file is decided and in the log before its first byte; a transfer that was cut goes on where it was, and a file
    has its name only when its SHA-256 is right.
    """
    from embla.submission.returned import bring_back

    with bar("bytes") as told:
        if to:
            client = server_client(to, token)
            manifest, files = client.files(submission)
            bring_back(out, manifest, files, lambda number, at: client.fetch(submission, number, at), told)
        else:
            from embla.submission.fetching import fetch_file, files_to_fetch

            house = context.obj(create=False)
            actor = _acting_for(house, account)
            manifest, found = files_to_fetch(house, actor, submission)
            files = [{"number": number} | vars(file) for number, file in enumerate(found)]

            def pieces(number: int, at: int) -> Any:
                return fetch_file(house, actor, submission, number, start=at)[1]

            bring_back(out, manifest, files, pieces, told)
    typer.echo(json_.dumps({"package": str(out), "files": len(files)}) if json else str(out))
    done = ngettext(
        "{n} file, with the SHA-256 that was sent.", "{n} files, each with the SHA-256 that was sent.", len(files)
    )
    say(done.format(n=len(files)))


def _acting_for(house: Any, account: str | None) -> "Actor":
    """The laboratory's account; that the operator acts for it is in the log."""
    from embla.platform import act_for

    if not account:
        raise UsageError("Files are given to their laboratory only.", mend="Name its account with --for, or use --to.")
    actor: Actor = act_for(house, account, "fetch")
    return actor
