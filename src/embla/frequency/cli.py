"""`embla frequency ...`: releases, open counts, live counts for a case, annotation. Heavy things are imported late."""

from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embla.errors import NotFound
from embla.frequency.files_cli import add_to
from embla.frequency.structural_cli import add_to as add_structural

if TYPE_CHECKING:
    from embla.frequency.model.answers import Answer
    from embla.genotypes import Count
    from embla.platform import Actor, House

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Cohorts, releases and allele frequencies of the nation.",
)
release_app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Frozen public states: cut one, list them, show or verify one.",
)
app.add_typer(release_app, name="release")
add_to(app)
add_structural(app)

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
ReleaseNumber = Annotated[
    str | None, typer.Option("--release", metavar="NUMBER", help="Which release [default: the newest].")
]
LeaveOutOption = Annotated[
    list[str] | None,
    typer.Option(
        "--leave-out", metavar="person|family|group", help="Do not count the patient, family or patient group."
    ),
]


@release_app.command()
def cut(
    context: typer.Context,
    group: Annotated[
        list[str] | None, typer.Option(help="Cut by karyotype, region, patient_group [default: all three].")
    ] = None,
    grpmax_by: Annotated[str, typer.Option(help="Groups that grpmax compares.")] = "region",
    grpmax_without: Annotated[
        list[str] | None, typer.Option(metavar="VALUE", help="A group that takes no part in grpmax.")
    ] = None,
    settle: Annotated[
        bool, typer.Option("--settle", help="Let nobody who left wait on: set others aside with them.")
    ] = False,
    clock_checked: Annotated[
        bool, typer.Option("--clock-checked", help="The clock is right, though the log or a release is ahead of it.")
    ] = False,
    json: Json = False,
) -> None:
    """Freeze today's counts as the next release: everybody counted, without those who opted out.

    A part in which few people changed (the setting release_step) keeps the numbers of the release before.
    """
    from embla.frequency.cutting import cut_release
    from embla.frequency.model.cohorts import GROUPS
    from embla.frequency.telling import bar, say, tell
    from embla.platform import OPERATOR

    house = _house(context)
    with bar() as progress:
        info = cut_release(
            house, OPERATOR, groups=group or GROUPS, grpmax_by=grpmax_by, grpmax_without=grpmax_without or (),
            settle=settle, clock_checked=clock_checked, progress=progress,
        )  # fmt: skip
    kept = {part: source for part, source in info.numbers_from.items() if source != info.number}
    for part, source in kept.items():
        told = _("{part}: fewer than {step} people came or left; the numbers are those of {release}.")
        say(told.format(part=part.replace("_", " "), step=info.step, release=source))
    said = _("release {release}: {people} people, {variants} variants")
    counts = {"people": f"{info.people:,}", "variants": f"{info.variants:,}"}
    tell(info.to_json(), said.format(release=info.number, **counts), json)


@release_app.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """List the releases, newest first."""
    from embla.frequency.releases import Releases
    from embla.frequency.telling import columns, say, tell_json

    found = Releases(_house(context)).list()
    if json:
        for info in found:
            tell_json(info.to_json())
    elif not found:
        say("There is no release yet. `embla frequency release cut` makes the first.")
    else:
        heads = ["release", "cut", "people", "variants", "groups"]
        rows = [[i.number, f"{i.cut_at:%Y-%m-%d}", i.people, i.variants, " ".join(i.groups)] for i in found]
        columns(heads, rows)


@release_app.command()
def show(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="For example 2026.1.", show_default=False)],
    json: Json = False,
) -> None:
    """Show one release: who is in it, from which state of the store, under which policy."""
    from embla.frequency.releases import Releases
    from embla.frequency.telling import facts, tell_json

    info = Releases(_house(context)).get(number).info
    if json:
        tell_json(info.to_json())
        return
    groups = {f"people by {by.replace('_', ' ')}": sizes for by, sizes in info.people_by.items()}
    facts({name: value for name, value in info.to_json().items() if name not in ("people_by", "groups")} | groups)


@release_app.command()
def verify(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="For example 2026.1.", show_default=False)],
    json: Json = False,
) -> None:
    """Read every file of a release again and compare it with the hash it was cut with."""
    from embla.frequency.releases import Releases
    from embla.frequency.telling import tell

    release = Releases(_house(context)).get(number)
    release.own.verify()
    files = len(release.own.about["files"])
    said = _("release {release} is as it was cut: {n} files").format(release=number, n=files)
    tell({"release": number, "ok": True, "files": files}, said, json)


@app.command()
def diff(
    context: typer.Context,
    first: Annotated[str, typer.Argument(metavar="A", help="The earlier release.", show_default=False)],
    second: Annotated[str, typer.Argument(metavar="B", help="The later one.", show_default=False)],
    region: Annotated[str | None, typer.Option(metavar="REGION", help="Only there [default: everywhere].")] = None,
    json: Json = False,
) -> None:
    """List the variants that appeared, vanished or changed their class of frequency from release A to release B.

    From published numbers only. Classes: absent, few (hidden), rare, BS1 (1 % or more), BA1 (more than 5 %), and
    not_callable where nobody was read.
    """
    from embla.frequency.diffing import release_diff
    from embla.frequency.telling import say, tell_json
    from embla.genome import Region
    from embla.reference import parse

    house = _house(context)
    where = parse(region, house.reference) if region else None
    span = where if where is None or isinstance(where, Region) else where.region
    n = 0
    for change in release_diff(house, first, second, span):
        n += 1
        if json:
            tell_json(change.to_json())
        else:
            name = f"{change.contig}-{change.pos}-{change.ref}-{change.alt}"
            print(f"{change.kind}\t{name}\t{change.before} -> {change.after}")
    if not json:
        say(_("{n} variants differ.").format(n=f"{n:,}"))


@app.command()
def leavers(context: typer.Context, json: Json = False) -> None:
    """Show how many people who left are still in open numbers, since when, and until when at the latest."""
    from embla.frequency.leaving import waiting
    from embla.frequency.telling import columns, say, tell_json
    from embla.platform import OPERATOR

    found = waiting(_house(context), OPERATOR)
    if json:
        for one in found:
            tell_json(one.to_json())
    elif not found:
        say("Nobody who left is in the open numbers.")
    else:
        rows = [[w.part, w.source, w.people, w.since.isoformat(), w.due.isoformat()] for w in found]
        columns(["part", "release", "people", "since", "at the latest"], rows)


@app.command()
def count(
    context: typer.Context,
    query: Annotated[
        list[str],
        typer.Argument(metavar="QUERY...", help="Variants, bases or regions in any genomic form.", show_default=False),
    ],
    release: ReleaseNumber = None,
    groups: Annotated[bool, typer.Option(help="Show groups too.")] = False,
    json: Json = False,
) -> None:
    """Count from a release, as everybody sees it: small numbers are hidden.

    Ask for a variant (chr1-1000-A-G), a base (chr1:1000) or a region (chr1:1000-2000, which lists its variants).
    """
    from embla.frequency.service import open_answer, open_region
    from embla.frequency.telling import table, tell_json
    from embla.genome import Region
    from embla.reference import read_any

    house = _house(context)
    asked = [read_any(text, house.names) for text in query]
    for one in asked:
        if isinstance(one, Region):
            page = pages = 1
            while page <= pages:
                found = open_region(house, one, release, page=page, page_size=1000)
                pages, page = found.pages, page + 1
                if json:
                    for variant in found.variants:
                        tell_json(variant.to_json() | {"release": found.how.release})
                else:
                    table(found.variants, {})
            continue
        answer = open_answer(house, one, release)
        if json:
            tell_json(answer.to_json())
        else:
            table(_shown(answer), answer.groups if groups else {}, (*one.notes, *answer.notes))


@app.command()
def live(
    context: typer.Context,
    query: Annotated[
        list[str],
        typer.Argument(metavar="QUERY...", help="Variants, bases or regions in any genomic form.", show_default=False),
    ],
    case: Annotated[str, typer.Option(metavar="CASE", help="The open case it is for.", show_default=False)],
    actor: Annotated[
        str, typer.Option(metavar="ACCOUNT", help="The treating clinician's account.", show_default=False)
    ],
    leave_out: LeaveOutOption = None,
    json: Json = False,
) -> None:
    """Count exactly and now, for a clinician with an open case. The log has an event before an answer is given.

    A region gives its structural variants, copy numbers and repeats.
    """
    from embla.frequency.live import live_answer, live_structural
    from embla.frequency.model.answers import LeaveOut
    from embla.frequency.structural_cli import show as show_structural
    from embla.frequency.telling import table, tell_json
    from embla.genome import Region
    from embla.reference import read_any

    house = _house(context)
    who, without = _actor(house, actor), LeaveOut.of(*(leave_out or ()))
    for text in query:
        asked = read_any(text, house.names)
        if isinstance(asked, Region):
            show_structural(live_structural(house, who, case, asked, without), json=json)
            continue
        answer = live_answer(house, who, case, asked, without)
        if json:
            tell_json(answer.to_json())
        else:
            notes = (*asked.notes, *answer.notes, f"left out: {answer.how.left_out}")
            table(_shown(answer), answer.groups, notes)


@app.command()
def annotate(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="IN.vcf.gz", help="A VCF, plain or bgzip.", show_default=False)],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT.vcf.gz", help="Where it goes.", show_default=False)],
    release: ReleaseNumber = None,
    case: Annotated[str | None, typer.Option(metavar="CASE", help="Count live for this case.")] = None,
    actor: Annotated[str | None, typer.Option(metavar="ACCOUNT", help="The treating clinician's account.")] = None,
    leave_out: LeaveOutOption = None,
    level: Annotated[int, typer.Option(min=0, max=12, help="Compression, 0 (none) to 12 (smallest).")] = 1,
    threads: Annotated[int, typer.Option(min=1, help="Threads that compress.")] = 1,
    json: Json = False,
) -> None:
    """Give every ALT of a VCF the nation's counts in INFO.

    From a release, as everybody sees it; or with --case and --actor exactly and now, which the log has first.
    """
    from embla.frequency.annotating import annotate_file
    from embla.frequency.model.answers import LeaveOut
    from embla.frequency.telling import bar, say, tell_json

    house = _house(context)
    who = _actor(house, actor) if actor is not None else None
    with bar() as progress:
        report = annotate_file(
            house, file, out, release=release, actor=who, case=case, leave_out=LeaveOut.of(*(leave_out or ())),
            level=level, threads=threads, progress=progress,
        )  # fmt: skip
    for line in report.lines():
        say(line)
    if json:
        tell_json(report.to_json())


def _shown(answer: "Answer") -> "list[Count]":
    """The variant; of a base, its AN and the variants there."""
    return [answer.headline] if answer.headline.ref is not None else [answer.headline, *answer.at_place]


def _house(context: typer.Context) -> "House":
    house: House = context.obj()
    return house


def _actor(house: "House", name: str) -> "Actor":
    from embla.platform import find_account

    with house.database.reading() as connection:
        account = find_account(connection, name)
    if account is None or account.closed is not None:
        raise NotFound("There is no such account.", mend="`embla home accounts` lists them.")
    return account.actor
