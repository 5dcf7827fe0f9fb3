"""`embla answers ...`: follow-ups, answers and questions at the machine; decided and logged as on the pages."""

import json as json_
from collections.abc import Callable, Iterable, Iterator
from gettext import gettext as _
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from embla.platform import or_why

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="What was answered, and what new knowledge asks of those who treat.",
)
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
For = Annotated[str, typer.Option("--for", metavar="ACCOUNT", help="Account of the clinician who treats.")]
Case = Annotated[str, typer.Argument(metavar="CASE", help="Case in which the patient is treated.")]
Name = Annotated[str, typer.Argument(metavar="ID", help="Id of the follow-up, as `list` shows it.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the version.")]


@app.command()
def watch(context: typer.Context, json: Json = False) -> None:
    """Read what is new in the log, open follow-ups, and move the clocks. A server's worker does so every minute."""
    from embla.answers.watching import catch_up

    told = vars(catch_up(context.obj(create=False)))
    _say(json, told, ", ".join(f"{name} {n}" for name, n in told.items()))


@app.command()
def register(context: typer.Context, json: Json = False) -> None:
    """How follow-ups stand, by laboratory: open by state, overdue, closed by how. Numbers alone."""
    from embla.answers.following import register as registered
    from embla.platform import OPERATOR

    found = registered(context.obj(create=False), OPERATOR)
    for laboratory, counts in or_why(found.items(), _("No follow-up was ever opened."), json):
        line = "\t".join([laboratory, *(f"{name} {n}" for name, n in counts.items())])
        _say(json, {"laboratory": laboratory, **counts}, line)


@app.command("list")
def list_(
    context: typer.Context, account: For,
    closed: Annotated[bool, typer.Option("--closed", help="Those that are closed.")] = False, json: Json = False,
) -> None:  # fmt: skip
    """List the follow-ups of the cases that a clinician treats or treated, the one due first on top."""
    from embla.answers.following import mine
    from embla.platform import act_for

    house = context.obj(create=False)
    actor = act_for(house, account, "list_follow_ups")
    why = _("No follow-up of your cases is closed.") if closed else _("No follow-up of your cases is open.")
    for one in or_why(_every(lambda cursor: mine(house, actor, closed=closed, cursor=cursor)), why, json):
        _say(json, one.to_json(), f"{one.id}\t{one.case}\t{one.key}\t{one.kind}\t{one.state}\tdue {one.due}")


@app.command()
def escalations(context: typer.Context, json: Json = False) -> None:
    """List the follow-ups that are overdue, and how far each was escalated."""
    from embla.answers.following import escalations as late
    from embla.platform import OPERATOR

    house = context.obj(create=False)
    for one in or_why(_every(lambda cursor: late(house, OPERATOR, cursor=cursor)), _("No follow-up is overdue."), json):
        _say(json, one.to_json(), f"{one.id}\t{one.case}\t{one.kind}\t{one.state}\tdue {one.due}\tlevel {one.level}")


@app.command()
def show(context: typer.Context, case: Case, follow_up: Name, account: For, json: Json = False) -> None:
    """Show a follow-up: what it is about, what is new, and what was answered so far."""
    from embla.answers.following import whole
    from embla.platform import act_for

    house = context.obj(create=False)
    found = whole(house, act_for(house, account, "show_follow_up"), case, follow_up)
    one = found.one
    told = {
        "id": one.id, "kind": one.kind, "subject": one.subject, "state": one.state, "due": one.due.isoformat(),
        "role": one.role, "recontact": one.recontact, "choice": one.choice, "reason": one.reason,
        "revision": one.revision, "event": found.event,
        "news": [{"kind": row.kind, "before": row.before, "after": row.after, "because": row.because}
                 for row in found.news],
        "answers": [{"answer": each.id, "number": each.head} for each in found.reports],
    }  # fmt: skip
    _say(json, told, f"{one.id}\t{one.kind}\t{one.subject}\t{one.state}\tdue {one.due}\trevision {one.revision}")


@app.command()
def decide(
    context: typer.Context, case: Case, follow_up: Name,
    choice: Annotated[str, typer.Argument(help="recontact, amend or 'no action'.")],
    account: For,
    expected: Annotated[int, typer.Option(metavar="REVISION", help="The revision that was read.")],
    reason: Annotated[str, typer.Option(help="Why nothing is done.")] = "",
    text: Annotated[str, typer.Option(help="A remark.")] = "", json: Json = False,
) -> None:  # fmt: skip
    """Say what the department will do about a follow-up."""
    from embla.answers.following import decide as decided
    from embla.platform import act_for

    house = context.obj(create=False)
    actor = act_for(house, account, "decide_follow_up")
    one = decided(house, actor, case, follow_up, choice, reason=reason, text=text, expected=expected)
    _say(json, {"id": one.id, "state": one.state, "revision": one.revision}, f"{one.id}\t{one.state}")


@app.command()
def informed(
    context: typer.Context, case: Case, follow_up: Name, account: For,
    expected: Annotated[int, typer.Option(metavar="REVISION", help="The revision that was read.")], json: Json = False,
) -> None:  # fmt: skip
    """Note that the patient was told."""
    from embla.answers.following import note_informed
    from embla.platform import act_for

    house = context.obj(create=False)
    one = note_informed(house, act_for(house, account, "patient_informed"), case, follow_up, expected=expected)
    _say(json, {"id": one.id, "state": one.state, "revision": one.revision}, f"{one.id}\t{one.state}")


@app.command()
def give(
    context: typer.Context, case: Case,
    account: For,
    summary: Annotated[str, typer.Option(help="The conclusion in words.")],
    finding: Annotated[
        list[str] | None, typer.Option(metavar="VARIANT=CLASSIFICATION", help="A finding; may be given again.")
    ] = None,
    amend: Annotated[str, typer.Option(metavar="ANSWER", help="The answer whose place it takes.")] = "",
    expected: Annotated[int, typer.Option(metavar="NUMBER", help="Number of the version that was read.")] = 0,
    status: Annotated[Literal["final", "amended", "corrected"], typer.Option(help="What kind of version.")] = "final",
    why: Annotated[str, typer.Option(help="What changed, of a later version.")] = "",
    panel: Annotated[str, typer.Option(help="Id of the panel that was looked at.")] = "",
    genome: Annotated[str, typer.Option(help="Accession [default: the patient's newest].")] = "",
    follow_up: Annotated[str, typer.Option(metavar="ID", help="The follow-up that it answers.")] = "",
    json: Json = False,
) -> None:  # fmt: skip
    """Give an answer about the patient of a case, or another version in its place."""
    from embla.answers.answering import Draft, Said
    from embla.answers.answering import give as given
    from embla.errors import UsageError
    from embla.platform import act_for

    said = []
    for text in finding or []:
        variant, equals, classification = text.rpartition("=")
        if not equals:
            raise UsageError("A finding is VARIANT=CLASSIFICATION.", mend="`embla classification list` has their ids.")
        said.append(Said(variant, classification))
    house = context.obj(create=False)
    actor = act_for(house, account, "give_answer")
    draft = Draft(summary, tuple(said), status, why, panel, genome)
    one = given(house, actor, case, draft, answer=amend, expected=expected, follow_up=follow_up)
    _say(json, {"answer": one.answer, "number": one.number, "status": one.content.status},
         f"{one.answer}\tversion {one.number}\t{one.content.status}")  # fmt: skip


@app.command()
def export(
    context: typer.Context, case: Case, answer: Annotated[str, typer.Argument(metavar="ANSWER")], number: Number,
    account: For, out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="Ends in .json or .pdf.")],
    language: Annotated[Literal["da", "en"], typer.Option(help="Language of the pages.")] = "da",
) -> None:  # fmt: skip
    """Write a version as a FHIR R4 bundle (.json) or as tagged PDF (.pdf). It is neither a receipt nor a reading."""
    from embla.answers.handing import bundle_of, letter_of
    from embla.errors import NameTaken, UsageError
    from embla.platform import act_for

    if out.suffix not in (".json", ".pdf"):
        raise UsageError(f"{out.name} is neither a bundle nor a PDF.", mend="Let the name end in .json or .pdf.")
    if out.exists():
        raise NameTaken(f"{out} is there already.", mend="Give a new name.")
    house = context.obj(create=False)
    actor = act_for(house, account, "export_answer")
    if out.suffix == ".pdf":
        out.write_bytes(letter_of(house, actor, case, answer, number, language)[1])
    else:
        told = bundle_of(house, actor, case, answer, number)
        out.write_text(json_.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


@app.command()
def acknowledge(
    context: typer.Context, case: Case, answer: Annotated[str, typer.Argument(metavar="ANSWER")], number: Number,
    receipt: Annotated[str, typer.Argument(help="The record system's own number.")], account: For, json: Json = False,
) -> None:  # fmt: skip
    """Note a record system's receipt for a version."""
    from embla.answers.answering import acknowledge as acknowledged
    from embla.platform import act_for

    house = context.obj(create=False)
    one = acknowledged(house, act_for(house, account, "acknowledge_answer"), case, answer, number, receipt)
    _say(json, {"answer": one.answer, "number": one.number, "receipt": one.receipt}, f"{one.answer}\t{one.receipt}")


@app.command()
def read(
    context: typer.Context, case: Case, answer: Annotated[str, typer.Argument(metavar="ANSWER")], number: Number,
    account: For, json: Json = False,
) -> None:  # fmt: skip
    """Note that a clinician has read a version; not the one who wrote it, where another treats."""
    from embla.answers.answering import read as noted
    from embla.platform import act_for

    house = context.obj(create=False)
    one = noted(house, act_for(house, account, "read_answer"), case, answer, number)
    _say(json, {"answer": one.answer, "number": one.number, "read_by": one.read_by}, f"{one.answer}\t{one.read_by}")


@app.command()
def ask(
    context: typer.Context, case: Case, variant: Annotated[str, typer.Argument(help="Any name of the variant.")],
    text: Annotated[str, typer.Argument(help="The question.")], account: For, json: Json = False,
) -> None:  # fmt: skip
    """Ask whoever treats another carrier of a variant that the patient carries. Nothing tells whether there is one."""
    from embla.answers.asking import ask as passed_on
    from embla.platform import act_for

    house = context.obj(create=False)
    one = passed_on(house, act_for(house, account, "ask_colleagues"), case, variant, text)
    _say(json, {"question": one.id, "until": one.until.isoformat()}, f"{one.id}\tuntil {one.until.date()}")


@app.command()
def questions(context: typer.Context, account: For, json: Json = False) -> None:
    """List what colleagues ask a clinician, and what the clinician asked with the answers."""
    from embla.answers.asking import asked_by_me, asked_of_me
    from embla.platform import act_for

    house = context.obj(create=False)
    actor = act_for(house, account, "list_questions")
    of_me, by_me = list(asked_of_me(house, actor)), list(asked_by_me(house, actor))
    for one, key in of_me if by_me else or_why(of_me, _("Nobody asks you anything, and you asked nobody."), json):
        until = one.question.until.date().isoformat()
        _say(json, {"asked_of": key, "case": one.case, "question": one.question.id, "until": until},
             f"to answer\t{one.question.id}\t{one.case}\t{key}\tuntil {until}")  # fmt: skip
    for mine, found in by_me:
        _say(json, {"question": mine.id, "case": mine.case, "text": mine.text,
                    "answers": [{"text": words, "contact": contact} for words, contact, _ in found]},
             f"asked\t{mine.id}\t{len(found)} answers")  # fmt: skip


@app.command()
def reply(
    context: typer.Context, case: Case, question: Annotated[str, typer.Argument(metavar="QUESTION")], account: For,
    text: Annotated[str, typer.Option(help="The answer; without one it is declined, which is not told.")] = "",
    contact: Annotated[str, typer.Option(help="How the one who asks can reach you.")] = "", json: Json = False,
) -> None:  # fmt: skip
    """Answer a colleague's question, or decline it."""
    from embla.answers.asking import reply as replied
    from embla.platform import act_for

    house = context.obj(create=False)
    one = replied(house, act_for(house, account, "reply_colleague"), case, question, text, contact)
    _say(json, {"question": one.question.id, "state": one.state}, f"{one.question.id}\t{one.state}")


def _say(json: bool, told: Any, line: str) -> None:
    from embla.reference import printable

    typer.echo(json_.dumps(told, ensure_ascii=False) if json else printable(line))


def _every(page: Callable[[Any], tuple[Any, Iterable[Any]]]) -> Iterator[Any]:
    """The lines of all pages, one after another; `page` gives a page and its lines for a cursor, None at first."""
    cursor, more = None, True
    while more:
        found, lines = page(cursor)
        yield from lines
        cursor, more = found.next, found.next is not None
