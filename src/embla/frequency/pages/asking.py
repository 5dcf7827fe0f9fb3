"""What the pages ask of the services, for the release that the address names. The only file here that calls them."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlencode

from starlette.requests import Request

from embla.errors import BadInput, NotFound, NotPermitted
from embla.frequency.live import live_answer, live_structural
from embla.frequency.made import made_now, made_of_release
from embla.frequency.model.answers import Answer, BatchLine, LeaveOut, RegionAnswer, ReleaseInfo
from embla.frequency.releases import Releases
from embla.frequency.releases import threshold as hidden_below
from embla.frequency.service import open_answer, open_batch, open_region
from embla.frequency.structural import StructuralAnswer, open_structural
from embla.genome import Place, Region, Variant
from embla.platform import events_of
from embla.platform.web import reader, signed_in
from embla.policy import Action, permit
from embla.reference import parse, refuse_personal_number
from embla.registry import CasesWanted, case_of, cases_in, cases_treated_by, laboratories, patient_groups, regions

if TYPE_CHECKING:
    from embla.genotypes import Count
    from embla.platform import Actor, House, Page
    from embla.reference import Genes, Reference, Resources
    from embla.registry import Case, MadeBy

# A screen holds this many; longer lists are for the command line.
MOST_LINES: Final = 50
ON_PAGE: Final = 100
# The most that the service gives at once, and so the most that a page draws, orders and narrows.
MOST_AT_ONCE: Final = 1000
IN_HISTORY: Final = 12


def house(request: Request) -> "House":
    """The home that answers."""
    return cast("House", request.app.state.house)


def frame(request: Request) -> Mapping[str, Any]:
    """What the frame of every page shows: the release the address names (the newest if none or unknown), and all."""
    known = releases(request)
    wanted = request.query_params.get("release")
    chosen = next((info for info in known if info.number == wanted), known[0] if known else None)
    return {"release": chosen, "releases": known}


def newest_release(house: "House") -> ReleaseInfo | None:
    """The newest release, None before the first."""
    found = Releases(house).latest()
    return found.info if found is not None else None


def releases(request: Request) -> Sequence[ReleaseInfo]:
    """Every release, newest first."""
    known = getattr(request.state, "releases", None)
    if known is None:
        known = request.state.releases = Releases(house(request)).list()
    return cast("Sequence[ReleaseInfo]", known)


def handed_over(request: Request) -> dict[str, Mapping[str, Any]]:
    """Release -> what was said of its newest whole file; releases that nobody was handed are not in it."""
    found: dict[str, Mapping[str, Any]] = {}
    with house(request).database.reading() as connection:
        for info in releases(request):
            files = [e.body for e in events_of(connection, f"release:{info.number}") if e.kind == "release-handed-over"]
            if files:
                found[info.number] = files[-1]["power"] | {"copies": len(files)}
    return found


def release_number(request: Request) -> str | None:
    """The release that the address names."""
    return request.query_params.get("release") or None


def release_of(request: Request) -> ReleaseInfo:
    """The release that answers. Raises NotFound for one that is not there."""
    return Releases(house(request)).get(release_number(request)).info


def made(request: Request, number: str | None = None) -> "MadeBy":
    """Which versions of pipelines made the people of a release: of `number`, else of the one that answers."""
    return made_of_release(house(request), number or release_number(request))


def made_live(request: Request) -> "MadeBy":
    """Which versions made what a live count counts."""
    return made_now(house(request))


def keep(request: Request) -> str:
    """The query that links carry along, so that a reader of an old release stays in it."""
    number = release_number(request)
    return f"?{urlencode({'release': number})}" if number else ""


def threshold(request: Request) -> int:
    """Counts from 1 to one below this are hidden in the release that answers; before the first release, those that will
    be."""
    number = release_number(request)
    found = Releases(house(request)).latest() if number is None else Releases(house(request)).get(number)
    return house(request).settings.suppress_below if found is None else hidden_below(house(request), found)


def answer(request: Request, asked: Variant | Place) -> Answer:
    """One variant or base, from the release."""
    return open_answer(house(request), asked, release_number(request))


def region(request: Request, wanted: Region, number: int, page_size: int = ON_PAGE) -> RegionAnswer:
    """One page of a region. Raises NotFound for a page past the last."""
    found = open_region(
        house(request), wanted, release_number(request), page=min(max(1, number), 100_000), page_size=page_size
    )
    if number > found.pages:
        raise NotFound("The list has fewer pages.", mend=f"The last is page {found.pages}.")
    return found


def structural(request: Request, wanted: Region) -> StructuralAnswer:
    """Structural variants, copy numbers and repeats of a region, from the release."""
    return open_structural(house(request), wanted, release_number(request))


def live_region(
    request: Request, actor: "Actor", case_id: str, wanted: Region, leave_out: Sequence[str]
) -> StructuralAnswer:
    """The same, exact and now, for a case."""
    return live_structural(house(request), actor, case_id, wanted, LeaveOut.of(*leave_out))


def whole(request: Request, wanted: Region) -> "list[Count]":
    """Every variant of a region."""
    first = region(request, wanted, 1, MOST_AT_ONCE)
    rest = (region(request, wanted, number, MOST_AT_ONCE).variants for number in range(2, first.pages + 1))
    return [*first.variants, *chain.from_iterable(rest)]


def batch(request: Request, text: str) -> Sequence[BatchLine]:
    """A pasted list, at most MOST_LINES lines; the ones after are told to be too many. Personal numbers are blanked."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    found = open_batch(house(request), [line for _, line in lines[:MOST_LINES]], release_number(request))
    numbered = [
        BatchLine(
            number, "" if is_personal(line.text) else line.text, line.asked, line.headline, line.error, line.notes
        )
        for (number, _), line in zip(lines, found, strict=False)
    ]
    over = [
        BatchLine(number, "", None, None, f"Only {MOST_LINES} lines are read at a time.")
        for number, _ in lines[MOST_LINES : MOST_LINES * 2]
    ]
    return [*numbered, *over]


def is_personal(text: str) -> bool:
    """True where the search box would refuse the text as a person's number: it is then not shown again either."""
    try:
        parse(text)
    except BadInput as error:
        return error.facts.get("reason") == "personal number"
    return False


def history(request: Request, asked: Variant | Place) -> "list[tuple[ReleaseInfo, Count]]":
    """The headline in each of the newest releases, oldest first."""
    if isinstance(asked, Variant) and asked.is_symbolic:
        return []
    told = []
    for info in reversed(releases(request)[:IN_HISTORY]):
        line = open_batch(house(request), [str(asked)], info.number)[0]
        if line.headline is not None:
            told.append((info, line.headline))
    return told


def genes(request: Request) -> "Genes | None":
    """Gene models, None where the home has none."""
    return house(request).genes


def reference(request: Request) -> "Reference | None":
    """The reference sequence, None where the home has none."""
    return house(request).reference


def names(request: Request) -> "Resources":
    """What names of variants are resolved against."""
    return house(request).names


def group_names(request: Request) -> dict[str, dict[str, str]]:
    """Names of regions, patient groups and laboratories in the reader's language, by code."""
    danish = reader(request).language == "da"
    with house(request).database.reading() as connection:
        return {
            "region": {item.code: item.name_da if danish else item.name_en for item in regions(connection)},
            "patient_group": {g.code: g.name_da if danish else g.name_en for g in patient_groups(connection)},
            "laboratory": {item.id: item.name for item in laboratories(connection)},
        }


def laboratory_count(request: Request) -> int:
    """Laboratories that may report today."""
    with house(request).database.reading() as connection:
        return len(laboratories(connection, on=house(request).clock().date()))


def case_links(request: Request) -> "Sequence[Case]":
    """A few of the signed-in clinician's cases, to ask from at once."""
    session = signed_in(request)
    if session is None or not session.actor.has("clinician"):
        return ()
    return cases(request, session.actor, None, CasesWanted(), limit=5)[0].items


# What became of a case: rooms above hand over a query of case ids for each, in `app.state.case_states`.
CASE_STATES: Final = ("answered", "unanswered", "follow-up")


def cases(
    request: Request, actor: "Actor", cursor: str | None, wanted: "CasesWanted", limit: int = 50
) -> "tuple[Page[Case], dict[str, set[str]]]":
    """The cases that this clinician treats, those that are wanted; and of these, state -> the cases in it."""
    home = house(request)
    permit(home.database, actor, Action.SEE_OWN_CASES, purpose="care", clock=home.clock)
    known: Mapping[str, Any] = getattr(request.app.state, "case_states", {})
    with home.database.reading() as connection:
        found = cases_treated_by(
            connection, actor.id, on=home.clock().date(), cursor=cursor, limit=limit, wanted=wanted, states=known
        )
        return found, {name: cases_in(connection, ids, [one.id for one in found.items]) for name, ids in known.items()}


def check_wanted(request: Request, actor: "Actor", wanted: "CasesWanted") -> None:
    """Raise BadInput where the text looks like a personal number: it is in no case, and belongs in no field."""
    home = house(request)
    permit(home.database, actor, Action.SEE_OWN_CASES, purpose="care", clock=home.clock)
    refuse_personal_number(wanted.text)


def case(request: Request, actor: "Actor", wanted: str) -> "Case":
    """A case that this clinician treats. Another's is refused in the same words as one that does not exist."""
    home = house(request)
    try:
        permit(home.database, actor, Action.SEE_CASE, purpose="care", clock=home.clock, case=wanted[:100])
        with home.database.reading() as connection:
            found = case_of(connection, wanted[:100])
    except NotPermitted as refused:
        raise NotPermitted(
            "This is not an open case in which you treat the patient.",
            rule=refused.rule,
            mend="Choose one of your cases, or ask the registry to add you.",
        ) from None
    if found is None:
        raise NotFound("There is no such case.")
    return found


def live(request: Request, actor: "Actor", wanted: str, asked: Variant | Place, leave_out: Sequence[str]) -> Answer:
    """The exact count of this moment; the event is written before the number leaves."""
    return live_answer(house(request), actor, wanted, asked, LeaveOut.of(*leave_out))
