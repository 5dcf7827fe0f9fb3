"""`embla pgx passport ...`: issue, list and revoke passports, at the operator's machine; decided and logged."""

import json as json_
from gettext import gettext as _
from pathlib import Path
from typing import Annotated, Literal

import typer

from embla.platform import or_why

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Signed passports of what a genome says about drugs.",
)
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
Case = Annotated[str, typer.Argument(metavar="CASE", help="Case in which the patient is treated.")]
For = Annotated[str, typer.Option("--for", metavar="ACCOUNT", help="Account of the clinician who treats.")]


@app.command()
def issue(
    context: typer.Context,
    case: Case,
    account: For,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for the passport's files.")],
    genome: Annotated[str | None, typer.Option(metavar="GENOME", help="Accession [default: the newest].")] = None,
    check: Annotated[
        Path | None, typer.Option(metavar="VCF", help="Another sample of this person, to compare with.")
    ] = None,
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Issue without a second sample; it is said.")] = False,
    language: Annotated[Literal["da", "en"], typer.Option(help="Language of the pages.")] = "da",
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="Write the A4 pages, too.")] = True,
    json: Json = False,
) -> None:
    """Issue a passport for the patient of a case, on behalf of the clinician who treats.

    Writes passport.json (signed), passport.fhir.json, card.txt (the signed code) and passport.pdf. A passport that the
    patient has already is replaced, and what changed is told. Refused where sex or variants contradict.
    """
    from embla.pgx.model.fhir import bundle
    from embla.pgx.paper import passport_pdf
    from embla.pgx.passports import issue as issue_passport
    from embla.platform import act_for, parse_envelope

    house = context.obj(create=False)
    actor = act_for(house, account, "issue_passport")
    made = issue_passport(house, actor, case, genome=genome, second=check, unchecked=unchecked)
    content = parse_envelope(made.document).says
    out.mkdir(parents=True, exist_ok=True)
    (out / "passport.json").write_text(made.document + "\n", encoding="utf-8")
    (out / "card.txt").write_text(made.card + "\n", encoding="utf-8")
    (out / "passport.fhir.json").write_text(json_.dumps(bundle(content), ensure_ascii=False, indent=1) + "\n", "utf-8")
    if pdf:
        (out / "passport.pdf").write_bytes(passport_pdf(content, made.card, language=language))
    if json:
        typer.echo(json_.dumps(made.to_json() | {"not_assessed": content["not_assessed"]}, ensure_ascii=False))
        return
    typer.echo(f"{made.id}, version {made.version}. Not assessed: {', '.join(content['not_assessed']) or 'no gene'}.")
    for one in made.changes.get("genes", ()):
        before = one["before"]["phenotype"] if one["before"] else "-"
        typer.echo(f"  {one['gene']}: {before} -> {one['after']['phenotype']}")
    for one in made.changes.get("advice", ()):
        typer.echo(f"  advice changed: {one['drug']} ({one['source']})")


@app.command("list")
def list_(context: typer.Context, case: Case, account: For, json: Json = False) -> None:
    """List the passports of a case's patient, newest first, with what each changed."""
    from embla.pgx.passports import passports_for
    from embla.platform import act_for

    house = context.obj(create=False)
    why = _("The patient of this case has no passport.")
    for one in or_why(passports_for(house, act_for(house, account, "list_passports"), case), why, json):
        if json:
            typer.echo(json_.dumps(one.to_json(), ensure_ascii=False))
        else:
            typer.echo(f"{one.id}\t{one.version}\t{one.state}\t{one.issued.date()}\t{one.reason or ''}")


@app.command()
def revoke(
    context: typer.Context,
    passport: Annotated[str, typer.Argument(metavar="PASSPORT", help="Its number, PX and 16 characters.")],
    reason: Annotated[str, typer.Option(help="sample-swap, wrong-person, lost, definitions or other.")],
    json: Json = False,
) -> None:
    """Revoke a passport for good: verifiers with the newest list refuse it."""
    from embla.pgx.passports import revoke as revoke_passport
    from embla.platform import OPERATOR

    ended = revoke_passport(context.obj(create=False), OPERATOR, passport, reason)
    typer.echo(json_.dumps(ended.to_json(), ensure_ascii=False) if json else f"{ended.id} is revoked ({ended.reason}).")


@app.command()
def revoked(
    context: typer.Context,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="Where the signed list goes.")],
) -> None:
    """Write the signed list of passports that hold no longer; it names numbers and nobody."""
    from embla.pgx.passports import revocations

    out.write_text(revocations(context.obj(create=False)).text() + "\n", encoding="utf-8")
