"""`embla classification import|list|show|submit|sign|withdraw|export|discordances|unresolved` on a home."""

import json as json_
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embla.platform import or_why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from embla.platform import Actor, House, Page

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
Lab = Annotated[str, typer.Option("--lab", metavar="ID", help="The laboratory whose it is.")]
For = Annotated[str, typer.Option("--for", metavar="ACCOUNT", help="The laboratory's account that does this.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the classification, as `list` shows it.")]


def import_(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE ...", help="CSV, TSV or VCF, plain or gzipped.")],
    lab: Lab,
    mapping: Annotated[
        Path | None, typer.Option(metavar="JSON", help="Our names to the list's columns, as a JSON object.")
    ] = None,
    share: Annotated[str, typer.Option(help="own, labs or public, for lines that do not say.")] = "labs",
    evaluated: Annotated[str | None, typer.Option(metavar="DATE", help="Day, for lines without one.")] = None,
    axis: Annotated[str, typer.Option(help="Axis, for lines that do not say.")] = "germline",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would come of it.")] = False,
    json: Json = False,
) -> None:
    """Take in a laboratory's list of classified variants, and look for discordances.

    What cannot be resolved or read is queued with the reason, never dropped; `unresolved` lists it. The same list
    again changes nothing. ClinVar's VCF and tables are known; other columns are named by a mapping.
    """
    from datetime import date

    from embla.classification.importing import import_list
    from embla.classification.lists import read_mapping
    from embla.errors import UsageError
    from embla.platform import OPERATOR

    try:
        day = date.fromisoformat(evaluated) if evaluated else None
    except ValueError as error:
        raise UsageError("This is no date.", mend="Write it as 2026-01-31.") from error
    columns = read_mapping(mapping) if mapping else None
    house = context.obj(create=False)
    for file in files:
        found = import_list(
            house, OPERATOR, lab, file, mapping=columns, share=share, evaluated=day, axis=axis, dry_run=dry_run
        )
        told = found.to_json()
        counts = ", ".join(f"{n} {name}" for name, n in found.waiting.items()) or "none"
        happened = ", ".join(f"{n} {what}" for what, n in found.discordances.items()) or "none"
        _say(json, told, f"{file}: {found.new} new, {found.changed} changed, {found.unchanged} unchanged; "
             f"waiting: {counts}; discordances: {happened}")  # fmt: skip


def list_(
    context: typer.Context,
    lab: Annotated[str | None, typer.Option("--lab", metavar="ID", help="One laboratory's own, drafts too.")] = None,
    variant: Annotated[str | None, typer.Option(metavar="VARIANT", help="What is shared about this allele.")] = None,
    drafts: Annotated[bool, typer.Option("--drafts", help="Only what is not signed yet.")] = False,
    json: Json = False,
) -> None:
    """List a laboratory's classifications, or what laboratories share about one allele."""
    from embla.classification.drafting import named
    from embla.classification.looking import own_page
    from embla.classification.service import concluded
    from embla.errors import UsageError
    from embla.platform import OPERATOR

    if (lab is None) == (variant is None):
        raise UsageError("Give a laboratory with --lab, or an allele with --variant.")
    house = context.obj(create=False)
    if variant is not None:
        why = _("No laboratory shares a classification of this allele.")
        for one in or_why(concluded(house, OPERATOR, str(named(house, variant).variant)), why, json):
            _say(json, one.to_json(), _line(one))
        return
    why = _("This laboratory has no draft.") if drafts else _("This laboratory has no classification.")
    pages = _every(lambda cursor: own_page(house, OPERATOR, lab or "", drafts=drafts, cursor=cursor, limit=500))
    for one in or_why(pages, why, json):
        _say(json, one.to_json(), _line(one))


def show(context: typer.Context, classification: Id, json: Json = False) -> None:
    """Show a classification with every version and step."""
    from embla.classification.model.changes import differences
    from embla.classification.service import whole
    from embla.platform import OPERATOR

    found = whole(context.obj(create=False), OPERATOR, classification)
    steps = [{**vars(step), "at": step.at.isoformat()} for step in found.steps]
    changes = [
        {"number": new.number, "changes": [one.to_json() for one in differences(old.content, new.content)]}
        for new, old in zip(found.versions, found.versions[1:], strict=False)
    ]
    versions = [one.to_json() for one in found.versions]
    told = {**found.shown.to_json(), "versions": versions, "changes": changes, "steps": steps}
    lines = [
        _line(found.shown),
        *(f"\t{s.at:%Y-%m-%d %H:%M} {s.kind} {s.number} {s.by} {s.verdict}" for s in found.steps),
    ]
    _say(json, told, "\n".join(lines))


def submit(
    context: typer.Context,
    variant: Annotated[str, typer.Argument(metavar="VARIANT", help="In any genomic form.")],
    class_: Annotated[str, typer.Argument(metavar="CLASS", help="P, LP, VUS, LB, B, or one of its axis.")],
    account: For,
    criteria: Annotated[
        list[str] | None, typer.Option("--criterion", metavar="CODE[_STRENGTH]", help="Met; may be repeated.")
    ] = None,
    condition: Annotated[str, typer.Option(help="MONDO:0009698, or in words.")] = "",
    inheritance: Annotated[str, typer.Option(help="AD, AR, XL, MT, ...")] = "",
    origin: Annotated[str, typer.Option(help="germline, somatic or unknown.")] = "germline",
    axis: Annotated[str, typer.Option(help="germline, cnv, mtdna, oncogenicity, impact or risk.")] = "germline",
    evaluated: Annotated[str | None, typer.Option(metavar="DATE", help="Day of evaluation [default: today].")] = None,
    summary: Annotated[str, typer.Option(help="Why, in words; nothing of a patient.")] = "",
    override: Annotated[str, typer.Option(help="Why another class than the rules propose.")] = "",
    share: Annotated[str, typer.Option(help="own, labs or public, once signed.")] = "labs",
    blind: Annotated[bool, typer.Option("--blind", help="The second reader does not see the class first.")] = False,
    expected: Annotated[int, typer.Option(help="Number of the version that was read; 0 for a new one.")] = 0,
    json: Json = False,
) -> None:
    """Keep a draft for an account of the laboratory; another account signs it."""
    from datetime import date

    from embla.classification.drafting import draft
    from embla.classification.model.criteria import read_criteria
    from embla.classification.model.record import Evidence
    from embla.errors import UsageError

    house = context.obj(create=False)
    actor = _acting(house, account, "classification-submit")
    try:
        day = date.fromisoformat(evaluated) if evaluated else None
    except ValueError as error:
        raise UsageError("This is no date.", mend="Write it as 2026-01-31.") from error
    evidence = tuple(Evidence(one.code, "met", str(one.strength)) for one in read_criteria(criteria or []))
    found = draft(
        house, actor, variant, class_, evidence, evaluated=day, condition=condition, inheritance=inheritance,
        origin=origin, axis=axis, summary=summary, override=override, share=share, blind=blind, expected=expected,
    )  # fmt: skip
    _say(json, found.to_json(), _line(found))


def sign(
    context: typer.Context,
    classification: Id,
    verdict: Annotated[str, typer.Argument(metavar="CLASS", help="The second reader's own conclusion.")],
    account: For,
    expected: Annotated[int, typer.Option(help="Number of the version that was read.")],
    text: Annotated[str, typer.Option(help="A remark.")] = "",
    json: Json = False,
) -> None:
    """Sign a draft as its second reader: the same class publishes it, another is kept as a review (exit code 1)."""
    from embla.classification.service import sign as signed

    house = context.obj(create=False)
    done = signed(house, _acting(house, account, "classification-sign"), classification, expected=expected,
                  verdict=verdict, text=text)  # fmt: skip
    _say(json, {"id": classification, "signed": done}, "signed" if done else "another class: kept as a review")
    if not done:
        raise typer.Exit(1)


def withdraw(
    context: typer.Context,
    classification: Id,
    reason: Annotated[str, typer.Argument(help="shared by mistake, duplicate, sensitive data or other.")],
    account: For,
    text: Annotated[str, typer.Option(help="A remark.")] = "",
) -> None:
    """Withdraw a classification: it stays in its history and counts nowhere."""
    from embla.classification.service import withdraw as taken_back

    house = context.obj(create=False)
    taken_back(house, _acting(house, account, "classification-withdraw"), classification, reason, text)


def export(
    context: typer.Context,
    out: Annotated[Path, typer.Option("-o", "--out", help="JSON Lines to write; - for standard output.")],
    public: Annotated[bool, typer.Option("--public", help="Only what is shared with everybody.")] = False,
) -> None:
    """Write everything that laboratories share, with evidence, as JSON Lines."""
    import sys

    from embla.classification.service import export_shared
    from embla.platform import OPERATOR

    house = context.obj(create=False)
    lines = (json_.dumps(one.to_json(), ensure_ascii=False) for one in export_shared(house, OPERATOR, public=public))
    if str(out) == "-":
        sys.stdout.writelines(line + "\n" for line in lines)
        return
    with out.open("w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)


def unresolved(context: typer.Context, lab: Lab, json: Json = False) -> None:
    """List names that could not be resolved and lines that could not be read, each with the reason."""
    from embla.classification.service import unresolved as waiting
    from embla.platform import OPERATOR

    house = context.obj(create=False)
    pages = _every(lambda cursor: waiting(house, OPERATOR, lab, cursor=cursor))
    for one in or_why(pages, _("Every name and line that this laboratory sent was understood."), json):
        told = {"id": one.id, "submitted": one.submitted, "reason": one.reason, "said": one.said, "batch": one.batch}
        _say(json, told, f"{one.id}\t{one.reason}\t{one.submitted}\t{one.said}")


def discordances(
    context: typer.Context,
    lab: Lab,
    state: Annotated[str, typer.Option(help="open or closed.")] = "open",
    register: Annotated[bool, typer.Option("--register", help="Only how many: open, overdue, by resolution.")] = False,
    json: Json = False,
) -> None:
    """List a laboratory's discordances in the order of work: opposite first, then medically significant."""
    from embla.classification.discording import inbox
    from embla.classification.discording import register as counted
    from embla.platform import OPERATOR

    house = context.obj(create=False)
    if register:
        numbers = counted(house, OPERATOR, lab)
        _say(json, numbers, "\n".join(f"{name}\t{n}" for name, n in numbers.items()))
        return
    today = house.clock().date()
    why = _("No discordance of this laboratory is in this state.")
    for one in or_why(inbox(house, OPERATOR, lab, state=state), why, json):
        labs = {each.laboratory: {"class": each.class_, "triage": each.triage} for each in one.labs}
        told = {
            "id": one.id, "allele": one.allele, "condition": one.condition, "origin": one.origin, "axis": one.axis,
            "level": one.level, "state": one.state, "due": one.due.isoformat(), "overdue": one.overdue_at(today),
            "pending_concordance": one.pending_concordance, "reason": one.reason, "labs": labs,
        }  # fmt: skip
        said = " ".join(f"{name}:{each['class']}" for name, each in labs.items())
        _say(json, told, f"{one.id}\t{one.level}\t{one.allele}\t{one.condition or '-'}\tdue {one.due}\t{said}")


def _every(page: "Callable[[str | None], Page[Any]]") -> "Iterator[Any]":
    """The items of all pages, one after another."""
    cursor: str | None = None
    while True:
        found = page(cursor)
        yield from found.items
        cursor = found.next
        if cursor is None:
            return


def _acting(house: "House", account: str, what: str) -> "Actor":
    from embla.platform import act_for

    return act_for(house, account, what)


def _say(json: bool, told: Any, line: str) -> None:
    from embla.reference import printable

    typer.echo(json_.dumps(told, ensure_ascii=False) if json else printable(line))


def _line(one: Any) -> str:
    about, said = one.record.identity, one.content
    return "\t".join(
        [one.record.id, about.laboratory, about.allele, said.class_ or "(blind)", about.condition or "-",
         about.inheritance or "-", about.origin, said.evaluated.isoformat(), one.record.state, f"version {one.number}"]
    )  # fmt: skip
