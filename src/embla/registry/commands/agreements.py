"""`embla registry agreement ...`: under which agreements data flow."""

import json as json_
from gettext import gettext as _
from typing import Annotated

import typer

from embla.errors import UsageError
from embla.platform import or_why
from embla.registry.commands import Json, day_of, group

app = group("Data processing agreements with partners.")

AgreementId = Annotated[str, typer.Argument(metavar="AGREEMENT", help="Its id, A and 16 letters or digits.")]
OnDay = Annotated[str | None, typer.Option("--on", metavar="DATE", help="The day [default: today].")]


@app.command()
def add(
    context: typer.Context,
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="Id of the partner, or of the laboratory.")],
    flow: Annotated[str, typer.Option(help="reporting, delivery, research, files or processing.")],
    name: Annotated[str, typer.Option(help="The partner's name.")],
    country: Annotated[str, typer.Option(help="Where the partner keeps data, two letters.")] = "DK",
    reference: Annotated[str, typer.Option(help="Number of the document.")] = "",
    drafted: Annotated[str | None, typer.Option(metavar="DATE", help="Day of the draft [default: today].")] = None,
    signed: Annotated[str | None, typer.Option(metavar="DATE", help="Day of the signatures; a draft has none.")] = None,
    expires: Annotated[str | None, typer.Option(metavar="DATE", help="Last day.")] = None,
    json: Json = False,
) -> None:
    """Register an agreement, as a draft or signed. Without a signed one in force nothing flows."""
    from embla.platform import OPERATOR
    from embla.registry.agreements import add_agreement
    from embla.registry.model.agreement import Partner

    house = context.obj()
    first = day_of(drafted) or day_of(signed) or house.clock().date()
    made = add_agreement(
        house, OPERATOR, Partner(partner, name, country), flow=flow, reference=reference, drafted=first,
        signed=day_of(signed), expires=day_of(expires),
    )  # fmt: skip
    typer.echo(json_.dumps(made.to_json()) if json else made.id)


@app.command()
def sign(context: typer.Context, agreement: AgreementId, on: OnDay = None) -> None:
    """Note that a draft was signed."""
    from embla.platform import OPERATOR
    from embla.registry.agreements import sign_agreement

    house = context.obj(create=False)
    sign_agreement(house, OPERATOR, agreement, on=day_of(on) or house.clock().date())


@app.command()
def end(context: typer.Context, agreement: AgreementId, on: OnDay = None) -> None:
    """Take an agreement back: from the day on nothing flows under it."""
    from embla.platform import OPERATOR
    from embla.registry.agreements import end_agreement

    house = context.obj(create=False)
    end_agreement(house, OPERATOR, agreement, on=day_of(on) or house.clock().date())


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="draft, signed, expired or ended.")] = None,
    json: Json = False,
) -> None:
    """List agreements with their state today."""
    from embla.platform import OPERATOR
    from embla.policy import Action, permit
    from embla.registry.agreements import agreements

    if state not in (None, "draft", "signed", "expired", "ended"):
        raise UsageError(f"No state is called '{state}'.", mend="Write draft, signed, expired or ended.")
    house = context.obj(create=False)
    permit(house.database, OPERATOR, Action.MANAGE_AGREEMENTS, purpose="operation", clock=house.clock)
    today = house.clock().date()
    with house.database.reading() as connection:
        found = agreements(connection)
    fits = [one for one in found if state in (None, one.state_on(today))]
    why = (
        _("No agreement is in this state.") if found
        else _("No agreement is registered: `embla registry agreement add` registers one.")
    )  # fmt: skip
    for one in or_why(fits, why, json):
        now = one.state_on(today)
        shown = f"{one.id}\t{now}\t{one.partner}\t{one.flow}\t{one.signed or ''}\t{one.expires or ''}"
        typer.echo(json_.dumps(one.to_json() | {"state": now}) if json else shown)
