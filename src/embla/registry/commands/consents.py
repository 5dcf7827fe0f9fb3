"""`embla registry consent ...`: what persons decided, as facts; the signed form stays with the doctor."""

import json as json_
from gettext import gettext as _
from typing import Annotated, Any

import typer

from embla.errors import UsageError
from embla.platform import or_why
from embla.registry.commands import Json, PersonArgument, day_of, group, permitted, pseudonym

app = group("What persons decided about their genomes.")

Form = Annotated[str, typer.Option(help="general or prenatal.")]
Version = Annotated[str, typer.Option(help="Version of the form.")]
SignedBy = Annotated[str, typer.Option("--by", help="Who signed: patient, guardian or 'not told'.")]


@app.command()
def note(
    context: typer.Context,
    person: PersonArgument,
    version: Version,
    signed: Annotated[str, typer.Option(metavar="DATE", help="Day of the signature.")],
    findings: Annotated[str, typer.Option(help="Secondary findings that are told: all, actionable or none.")],
    recontact: Annotated[bool, typer.Option(help="May be contacted about new knowledge.")],
    form: Form = "general",
    storage: Annotated[bool | None, typer.Option(help="The form tells where the genome is kept.")] = None,
    opt_out: Annotated[bool | None, typer.Option(help="The form tells of the opt-out register.")] = None,
    by: SignedBy = "not told",
    json: Json = False,
) -> None:
    """Note a written consent. The latest day counts, and what was noted before is kept.

    From 15 years on the patient decides alone; a signature of somebody else is refused then.
    """
    _note(
        context, person, json, form=form, version=version, says="given", day=day_of(signed),
        secondary_findings=findings, recontact=recontact, storage_told=storage, opt_out_told=opt_out, signed_by=by,
    )  # fmt: skip


@app.command()
def withdraw(
    context: typer.Context,
    person: PersonArgument,
    version: Version,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="Day of the withdrawal [default: today].")] = None,
    form: Form = "general",
    by: SignedBy = "not told",
    json: Json = False,
) -> None:
    """Note that a consent was withdrawn. It stays in the history; the genome is taken out by a command of its own."""
    day = day_of(on) or context.obj().clock().date()
    _note(context, person, json, form=form, version=version, says="withdrawn", day=day, signed_by=by)


@app.command("list")
def list_(context: typer.Context, person: PersonArgument, json: Json = False) -> None:
    """List what a person decided, newest first; the one in force is marked. It is in the log."""
    from embla.platform import OPERATOR
    from embla.registry.consents import consents_seen
    from embla.registry.model.consent import FORMS, in_force

    house = permitted(context)
    noted = consents_seen(house, OPERATOR, pseudonym(house, person), purpose="consent")
    today = house.clock().date()
    standing = {one.id for form in FORMS if (one := in_force(noted, today, form)) is not None}
    for one in or_why(noted, _("Nothing is noted of what this person decided."), json):
        said = one.statement
        values = {"id": one.id, "in_force": one.id in standing} | said.to_json()
        values |= {"noted_by": one.noted_by, "noted_at": one.noted_at.isoformat()}
        mark = "*" if one.id in standing else " "
        shown = f"{mark} {said.day}\t{said.form}\t{said.version}\t{said.says}\t{said.secondary_findings or ''}"
        typer.echo(json_.dumps(values, ensure_ascii=False) if json else shown)


@app.command()
def sync(context: typer.Context, json: Json = False) -> None:
    """Take over what the register of electronic consents says of everybody."""
    from embla.platform import OPERATOR
    from embla.registry.consents import sync_consents

    new = sync_consents(context.obj(create=False), OPERATOR)
    typer.echo(json_.dumps({"new": new}) if json else f"{new} new")


def _note(context: typer.Context, person: str, json: bool, **said: Any) -> None:
    from embla.platform import OPERATOR
    from embla.registry.consents import note_consent
    from embla.registry.model.consent import Statement

    if said["day"] is None:
        raise UsageError("When was it signed?", mend="Give --signed DATE.")
    house = permitted(context)
    noted = note_consent(house, OPERATOR, Statement(person=pseudonym(house, person), **said))
    typer.echo(json_.dumps({"id": noted.id}) if json else noted.id)
