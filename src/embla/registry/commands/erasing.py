"""`embla registry withdraw`, `erasures`: a person leaves, and what proves it."""

import json as json_
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import Annotated

import typer

from embla.errors import Refused, UsageError
from embla.registry.commands import Json, PersonArgument, pseudonym, tell
from embla.sure import Yes, make_sure


def withdraw(
    context: typer.Context,
    person: PersonArgument,
    later: Annotated[
        bool, typer.Option("--later", help="Leave erasing and recounting to `embla registry erasures --finish`.")
    ] = False,
    yes: Yes = None,
    json: Json = False,
) -> None:
    """Take a person's genomes and files out: of every answer at once, of store and vault, and sign a certificate.

    It cannot be undone, so it says what would go and asks for the pseudonym once more. The open number follows with a
    release, see `embla frequency leavers`.
    """
    from embla.platform import OPERATOR
    from embla.registry.erasing import certify, erase
    from embla.registry.leaving import leaving_of, withdraw_person

    house = context.obj()
    known = pseudonym(house, person)
    genomes, files, shared = leaving_of(house, OPERATOR, known)
    told = _("{person} has {genomes} and {files} here. All of it would be taken out and erased.")
    if shared:
        told = _(
            "{person} has {genomes} and {files} here, {n} of them with others' data, too. All of it would be taken out "
            "and erased."
        )
    held = {"genomes": _genomes(genomes), "files": _files(files + shared)}
    make_sure(known, told.format(person=known, n=shared, **held), yes)
    found = withdraw_person(house, OPERATOR, known)
    if not later:
        erase(house, OPERATOR)
        found = next((one for one in certify(house, OPERATOR) if one.id == found.id), found)
    if json:
        typer.echo(json_.dumps(found.to_json()))
    else:
        out = ngettext(
            "{genomes} is out of every live answer; erasure {id} is {state}",
            "{genomes} are out of every live answer; erasure {id} is {state}",
            found.genomes,
        )
        typer.echo(out.format(genomes=_genomes(found.genomes), id=found.id, state=found.state))
        gone = ngettext(
            "{files} is deleted; {n} with others' data, too, stay for those",
            "{files} are deleted; {n} with others' data, too, stay for those",
            found.files,
        )
        typer.echo(gone.format(files=_files(found.files), n=found.files_shared))


def _genomes(number: int) -> str:
    return ngettext("{n} genome", "{n} genomes", number).format(n=number)


def _files(number: int) -> str:
    return ngettext("{n} file", "{n} files", number).format(n=number)


def erasures(
    context: typer.Context,
    finish: Annotated[bool, typer.Option("--finish", help="Erase, recount and sign what still waits for it.")] = False,
    certificate: Annotated[str, typer.Option(metavar="ID", help="Write this one's certificate, with -o.")] = "",
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="FILE", help="Where the certificate goes.")] = None,
    json: Json = False,
) -> None:
    """List who left, by the numbers of their certificates: nobody is named. `embla verify FILE` checks one."""
    from embla.platform import OPERATOR
    from embla.registry.erasing import certify, erase, find_erasure
    from embla.registry.erasing import erasures as listed

    house = context.obj()
    if bool(certificate) != (out is not None):
        raise UsageError("A certificate needs a file to go to.", mend="Give both --certificate ID and -o FILE.")
    if finish:
        erase(house, OPERATOR)
        certify(house, OPERATOR)
    if out is not None:
        found = find_erasure(house, OPERATOR, certificate)
        if not found.certificate:
            raise Refused("This erasure has no certificate yet.", mend="`embla registry erasures --finish` makes it.")
        out.write_text(found.certificate + "\n", "utf-8")
        return
    tell(
        listed(house, OPERATOR),
        json,
        "erasure",
        "withdrawn_at",
        "genomes",
        "state",
        "certified_at",
        "files",
        none=_("Nobody was withdrawn."),
    )
