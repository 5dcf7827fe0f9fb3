"""`embla dpo ...`: the desk at the operator's machine. Everything heavy is imported inside its command."""

import json as json_
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from gettext import gettext as _
from typing import Annotated, Any

import typer

from embla.errors import UsageError
from embla.platform import or_why
from embla.sure import Yes, make_sure

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Who saw what of a person, alerts, emergency reviews, incidents, the record of processing.",
)

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
Text = Annotated[str, typer.Option(help="Why, in a sentence; kept sealed.")]


@app.command()
def person(
    context: typer.Context,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Pseudonym, accession or LAB:KEY.")],
    proof: Annotated[bool, typer.Option("--proof", help="Show when an opt-out took effect instead.")] = False,
    json: Json = False,
) -> None:
    """Extract who saw what of a person, when, why and on which basis. The extract is an entry of the log, too."""
    from embla.oversight.persons import extract
    from embla.oversight.proof import proof_of
    from embla.platform import OPERATOR

    house = context.obj(create=False)
    if proof:
        told = proof_of(house, OPERATOR, person).to_json()
        typer.echo(json_.dumps(told) if json else "\n".join(f"{name}\t{value}" for name, value in told.items()))
        return
    found = extract(house, OPERATOR, person)
    columns = ("number", "at", "who", "what", "about", "purpose", "legal_basis", "allowed", "rule")
    _tell((line.to_json() for line in found.lines), json, *columns, none=_("The log has nothing about this person."))


@app.command()
def alerts(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="open, explained, incident or all.")] = "open",
    again: Annotated[bool, typer.Option("--again", help="Read the whole log again first.")] = False,
    json: Json = False,
) -> None:
    """List what the rules find in the log; the log is read up to now first."""
    from embla.oversight.alerts import alerts_now
    from embla.oversight.folding import rebuild
    from embla.oversight.store import ALERT_STATES
    from embla.platform import OPERATOR

    if state not in (*ALERT_STATES, "all"):
        raise UsageError(f"No alert is in the state '{state}'.", mend=f"Known: {', '.join(ALERT_STATES)}, all.")
    house = context.obj(create=False)
    found = alerts_now(house, OPERATOR, None if state == "all" else state)
    if again:
        rebuild(house)
        found = alerts_now(house, OPERATOR, None if state == "all" else state)
    none = _("The rules found nothing in the log.") if state == "all" else _("No alert is in this state.")
    _tell((one.to_json() for one in found), json, "id", "at", "rule", "actor", "count", "state", none=none)


@app.command()
def watch(context: typer.Context, json: Json = False) -> None:
    """Read the log up to now and raise what the rules find, each once; prints what is new. For a timer, every night."""
    from embla.oversight.alerts import watch as look
    from embla.platform import OPERATOR

    found = look(context.obj(create=False), OPERATOR)
    none = _("The rules found nothing new in the log.")
    _tell((one.to_json() for one in found), json, "id", "at", "rule", "actor", "count", "state", none=none)


@app.command("erase-log")
def erase_log(
    context: typer.Context,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Pseudonym, accession or LAB:KEY.")],
    text: Text,
    yes: Yes = None,
) -> None:
    """Destroy the key of what the log says in words about a person; who did what and when stays. It cannot be undone.

    For the data protection officer, who states why and writes the pseudonym once more. Backups made before hold the
    key until they are pruned.
    """
    from embla.oversight.log_keys import asked_to_erase, erase_log_key
    from embla.platform import OPERATOR

    house = context.obj(create=False)
    known = asked_to_erase(house, OPERATOR, person)
    told = _("What the log says in words about {person} would end: why emergencies were opened, reviews.")
    make_sure(known, told.format(person=known), yes)
    done = erase_log_key(house, OPERATOR, known, text)
    typer.echo(_("destroyed") if done else _("nothing was sealed for this person"))


@app.command()
def judge(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="Id of the alert.")],
    state: Annotated[str, typer.Argument(metavar="STATE", help="explained or incident.")],
    text: Text,
) -> None:
    """Explain an alert, or make an incident of it."""
    from embla.oversight.alerts import judge as judge_alert
    from embla.platform import OPERATOR

    _, incident = judge_alert(context.obj(create=False), OPERATOR, alert, state, text)
    if incident is not None:
        typer.echo(incident.id)


@app.command()
def reviews(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those judged, too.")] = False,
    json: Json = False,
) -> None:
    """List emergency accesses that wait for a review, the one due first first. Exit 1 when one is overdue."""
    from embla.care import emergencies_to_review
    from embla.platform import OPERATOR

    house = context.obj(create=False)
    now = house.clock()
    found = emergencies_to_review(house, OPERATOR, waiting=None if everything else True)
    told = [one.to_json() | {"overdue": one.overdue_at(now)} for one in found]
    none = _("No emergency access waits for a review.")
    if everything:
        none = _("Nobody ever opened a record in an emergency.")
    _tell(told, json, "id", "opened", "account", "review_by", "outcome", "overdue", none=none)
    if any(one["overdue"] for one in told):
        raise typer.Exit(1)


@app.command()
def review(
    context: typer.Context,
    emergency: Annotated[str, typer.Argument(metavar="ACCESS", help="Id of the emergency access.")],
    outcome: Annotated[str, typer.Argument(metavar="OUTCOME", help="justified or not_justified.")],
    text: Text,
) -> None:
    """Note a review of an emergency access."""
    from embla.care import review_emergency
    from embla.platform import OPERATOR

    review_emergency(context.obj(create=False), OPERATOR, emergency, outcome, text)


@app.command()
def incidents(context: typer.Context, json: Json = False) -> None:
    """List incidents with their 72 h clock, open ones first. Exit 1 when one is overdue."""
    from embla.oversight.incidents import incidents_now
    from embla.platform import OPERATOR

    house = context.obj(create=False)
    now = house.clock()
    told = [one.to_json() | {"overdue": one.overdue_at(now)} for one in incidents_now(house, OPERATOR)]
    none = _("No incident was noted: `embla dpo incident note` notes one.")
    _tell(told, json, "id", "detected", "kind", "state", "risk", "deadline", "overdue", none=none)
    if any(one["overdue"] for one in told):
        raise typer.Exit(1)


@app.command()
def incident(
    context: typer.Context,
    step: Annotated[str, typer.Argument(metavar="STEP", help="note, assess, report or close.")],
    text: Text,
    id: Annotated[str, typer.Option(metavar="INCIDENT", help="Which one; for note it is made.")] = "",
    kind: Annotated[
        str, typer.Option(help="For note: wrong_access, disclosure, loss, change, outage, other.")
    ] = "other",
    risk: Annotated[str, typer.Option(help="For assess: unlikely, risk or high.")] = "",
    detected: Annotated[
        str | None, typer.Option(metavar="TIME", help="For note: when it was detected, UTC [default: now].")
    ] = None,
) -> None:
    """Note an incident, or take it a step on. Prints its id and state."""
    from embla.oversight import incidents as steps
    from embla.platform import OPERATOR

    house = context.obj(create=False)
    if step == "note":
        done = steps.note_incident(house, OPERATOR, kind, text, detected=_time(detected))
    elif step == "assess":
        done = steps.assess_incident(house, OPERATOR, id, risk, text)
    elif step == "report":
        done = steps.report_incident(house, OPERATOR, id, text)
    elif step == "close":
        done = steps.close_incident(house, OPERATOR, id, text)
    else:
        raise UsageError("An incident has no such step.", mend="Known: note, assess, report, close.")
    typer.echo(f"{done.id}\t{done.state}")


@app.command()
def processing(context: typer.Context, json: Json = False) -> None:
    """Print the record of processing, made now from the running system."""
    from embla.oversight.processing import record_of_processing
    from embla.platform import OPERATOR

    record = record_of_processing(context.obj(create=False), OPERATOR)
    if json:
        typer.echo(json_.dumps(record.to_json(), ensure_ascii=False))
        return
    for activity in record.activities:
        typer.echo(f"{activity.purpose}\t{activity.text}")
        for basis in activity.bases:
            typer.echo(f"\t{basis}")
    for category in record.categories:
        typer.echo(f"{category.name}\t{category.subjects}\t{category.rows}\t{category.keeps}")
    for kept in record.retention:
        typer.echo(f"{kept.what}\t{kept.value}\t{kept.setting}")
    for table in record.undescribed:
        typer.echo(f"not described\t{table}")


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except ValueError:
        raise UsageError(f"'{text}' is no time.", mend="Write it as 2026-01-31T12:00, in UTC.") from None


def _tell(items: Iterable[Mapping[str, Any]], json: bool, *columns: str, none: str) -> None:
    for values in or_why(items, none, json):
        if json:
            typer.echo(json_.dumps(values, ensure_ascii=False))
        else:
            typer.echo("\t".join("" if values[name] is None else str(values[name]) for name in columns))
