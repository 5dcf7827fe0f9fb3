"""`embla registry persons` and `show`: who is on record, and everything beneath one person."""

import json as json_
from gettext import ngettext
from typing import Annotated

import typer

from embla.registry.commands import Json, PersonArgument, pseudonym


def persons(
    context: typer.Context,
    lab: Annotated[str | None, typer.Option(metavar="LAB", help="Reported by this laboratory.")] = None,
    group: Annotated[str, typer.Option(metavar="CODE", help="In a case of this patient group.")] = "",
    assay: Annotated[str, typer.Option(help="genome, exome, panel, ...")] = "",
    origin: Annotated[str, typer.Option(help="germline, tumour or foetal.")] = "",
    material: Annotated[str, typer.Option(help="dna or rna.")] = "",
    source: Annotated[str, typer.Option(help="clinical, general or research.")] = "",
    state: Annotated[str, typer.Option(help="accepted or replaced [default: both].")] = "",
    begins: Annotated[str, typer.Option(metavar="TEXT", help="How a laboratory's name of it begins.")] = "",
    after: Annotated[str | None, typer.Option(metavar="CURSOR", help="The page after this one.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many at most.")] = 50,
    count: Annotated[bool, typer.Option("--count", help="Say only how many there are.")] = False,
    json: Json = False,
) -> None:
    """List persons on record who fit everything that is given, with what there is of each; then how many there are.

    With --json each person is a line, and the last line has the counts and the cursor of the next page.
    """
    from embla.platform import OPERATOR
    from embla.registry.browsing import Wanted, persons_listed

    wanted = Wanted(lab, group, assay, origin, material, source, state, begins)
    found = persons_listed(context.obj(create=False), OPERATOR, wanted, cursor=after, limit=limit)
    counts = {"persons": found.persons, "samples": found.samples, "assays": found.assays, "next": found.next}
    for one in () if count else found.items:
        keys = ", ".join(one.keys)
        shown = f"{one.person}\t{keys}\t{one.cases}\t{one.samples}\t{one.assays}\t{one.newest:%Y-%m-%d}"
        typer.echo(json_.dumps(one.to_json(), ensure_ascii=False) if json else shown)
    if json:
        typer.echo(json_.dumps(counts))
        return
    typer.echo(f"{found.persons} persons, {found.samples} samples, {found.assays} assays")
    if found.next and not count:
        typer.echo(f"next page: --after {found.next}")


def join(
    context: typer.Context,
    gone: Annotated[str, typer.Argument(metavar="EMPTY", help="Pseudonym without genomes, or LAB:KEY.")],
    kept: Annotated[str, typer.Argument(metavar="KEPT", help="Pseudonym that stays, or LAB:KEY.")],
    json: Json = False,
) -> None:
    """Note that two pseudonyms are one person: numbers, keys, cases, opt-outs and consents of EMPTY are KEPT's.

    Genomes are not moved: the laboratories correct their packages first. Research has nothing of the person until the
    opt-out register was asked anew.
    """
    from embla.platform import OPERATOR
    from embla.registry.joining import join_persons

    house = context.obj(create=False)
    empty, stays = pseudonym(house, gone), pseudonym(house, kept)
    moved = join_persons(house, OPERATOR, empty, stays)
    told = ngettext("{kept} has {n} number of {gone} now", "{kept} has {n} numbers of {gone} now", moved)
    said = {"kept": stays, "gone": empty, "numbers": moved}
    typer.echo(json_.dumps(said) if json else told.format(kept=stays, gone=empty, n=moved))


def show(context: typer.Context, person: PersonArgument, json: Json = False) -> None:
    """Show what is on record of a person: cases, samples, assays, files; the look is in the log before it is shown."""
    from embla.platform import OPERATOR
    from embla.registry.browsing import person_sheet

    house = context.obj(create=False)
    sheet = person_sheet(house, OPERATOR, pseudonym(house, person))
    if json:
        typer.echo(json_.dumps(sheet.to_json(), ensure_ascii=False))
        return
    typer.echo(f"{sheet.person}\t{', '.join(sheet.keys)}")
    for case in sheet.cases:
        role = "patient" if case.patient else "relative"
        typer.echo(f"case {case.id}\t{case.laboratory}:{case.key}\t{case.patient_group}\t{role}\t{case.opened}")
        for sample in case.samples:
            typer.echo(f"  sample {sample.id}\t{sample.key}\t{sample.material} {sample.origin}\t{sample.tissue}")
            for one in sample.assays:
                made = f"{one.pipeline or '-'} {one.pipeline_version or '-'} ({one.validation})"
                typer.echo(f"    assay {one.id}\t{one.genome or '-'}\t{one.assay}\t{one.state}\t{made}")
                for file in one.files:
                    typer.echo(f"      {file.sha256}\t{file.format}\t{file.path}")
