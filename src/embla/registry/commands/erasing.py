"""`embla registry withdraw`, `erasures`: a person leaves, and what proves it."""

import json as json_
from gettext import gettext as _
from pathlib import Path
from typing import Annotated

import typer

from embla.errors import Refused, UsageError
from embla.registry.commands import Json, PersonArgument, pseudonym, tell
from embla.sure import Yes, how_many, make_sure


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
    told = f"{known} has {how_many(genomes, 'genome')} and {how_many(files + shared, 'file')} here"
    held = f", {shared} of them with others' data, too" if shared else ""
    make_sure(known, f"{told}{held}. All of it would be taken out and erased.", yes)
    found = withdraw_person(house, OPERATOR, known)
    if not later:
        erase(house, OPERATOR)
        found = next((one for one in certify(house, OPERATOR) if one.id == found.id), found)
    if json:
        typer.echo(json_.dumps(found.to_json()))
    else:
        out = f"{how_many(found.genomes, 'genome')} {'is' if found.genomes == 1 else 'are'} out of every live answer"
        typer.echo(f"{out}; erasure {found.id} is {found.state}")
        gone = f"{how_many(found.files, 'file')} {'is' if found.files == 1 else 'are'} deleted"
        typer.echo(f"{gone}; {found.files_shared} with others' data, too, stay for those")


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
