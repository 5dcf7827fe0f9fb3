"""The sensitive Beacon over HTTP: how many people, samples, runs or analyses, for researchers who have signed in.

    GET       /beacon/sensitive/v2/{,info,service-info,configuration,entry_types,map,filtering_terms}
    GET POST  /beacon/sensitive/v2/{individuals,biosamples,runs,analyses,cohorts,datasets}[/{id}[/{linked}]]

Decided and in the log before anything is counted; numbers of the newest release, past `disclosure`, rounded, within the
reader's budget. Records leave when visas tell who may have them; until then those of `testMode` alone, which are of
nobody.
"""

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request as Incoming
from starlette.responses import Response

from embla.datasets import COHORTS, DataSet, Shown, bound_of, people_in, shown_data_sets
from embla.errors import NotFound, UsageError
from embla.federation.beacon.introducing import Introduction, account_of, house_of, introduce
from embla.federation.beacon.model import framework
from embla.federation.beacon.model.catalogued import cohort_entry, dataset_entry
from embla.federation.beacon.model.envelope import Found, answer, collections
from embla.federation.beacon.model.people import ENTRIES, People, made_up, read_people
from embla.federation.beacon.model.request import Request
from embla.federation.beacon.model.variants import data_sets_asked
from embla.federation.beacon.speaking import Answerer, Mount
from embla.federation.purse import count_people
from embla.platform import Actor, House
from embla.policy import Action, permit

MOUNT: Final = Mount("/beacon/sensitive/v2", "sensitive-beacon", "count")
_TEST: Final = Mount(MOUNT.root, MOUNT.name, "record")
_COLLECTIONS: Final = {"cohorts": "cohort", "datasets": "dataset"}
_SYNTHETIC: Final = "synthetic-people"
router = APIRouter(prefix=MOUNT.root, tags=["Beacon of individuals"])
introduce(
    router,
    Introduction(
        MOUNT, framework.SENSITIVE, framework.sensitive_map, framework.people_terms, "people", "Beacon of people",
        "How many people fit, rounded; for those who signed in.", "CONTROLLED",
    ),
)  # fmt: skip


@router.api_route("/{entry}", methods=["GET", "POST"], include_in_schema=False)
async def every(incoming: Incoming, entry: str) -> Response:
    """Those that fit."""
    return await _asked(incoming, entry, lambda house, request: _entries(house, request, entry))


@router.api_route("/{entry}/{identifier}", methods=["GET", "POST"], include_in_schema=False)
async def one(incoming: Incoming, entry: str, identifier: str) -> Response:
    """One, by its id."""
    return await _asked(incoming, entry, lambda house, request: _one(house, request, entry, identifier))


@router.api_route("/{entry}/{identifier}/{linked}", methods=["GET", "POST"], include_in_schema=False)
async def linked_to(incoming: Incoming, entry: str, identifier: str, linked: str) -> Response:
    """What belongs to one: the people of a data set, the samples of a person."""
    return await _asked(incoming, linked, lambda house, request: _linked(house, request, entry, identifier, linked))


async def _asked(incoming: Incoming, entry: str, answered: Answerer) -> Response:
    entity = ENTRIES.get(entry) or _COLLECTIONS.get(entry, "")

    def decided(house: House, request: Request) -> dict[str, Any]:
        if not entity:
            raise NotFound("There is no such entry type.", mend="/map lists those that there are.")
        return answered(house, request)

    return await MOUNT.entries(incoming, entity, decided, first=_researcher)


def _researcher(incoming: Incoming) -> Actor:
    """Whoever asks, once it is decided and in the log. Who shows a token has the budget of its account, as in a
    browser."""
    house = house_of(incoming)
    actor = account_of(incoming)
    permit(house.database, actor, Action.COUNT_PEOPLE, purpose="research", clock=house.clock)
    return actor


def _entries(house: House, request: Request, entry: str) -> dict[str, Any]:
    if entry in _COLLECTIONS:
        if request.filters or request.parameters:
            raise UsageError("Data sets and cohorts are not searched here.", mend="Leave filters and parameters out.")
        entries = _datasets(house) if entry == "datasets" else _cohorts(house)
        first = request.skip * request.limit
        told = _TEST.meta(house, request, _COLLECTIONS[entry])
        return collections(told, entries[first : first + request.limit], len(entries))
    people = read_people(request.filters, request.parameters)
    if request.test:
        return _made_up(house, request, entry, made_up(entry, people))
    wanted = data_sets_asked(request.parameters)
    shown = [one for one in _shown(house) if not wanted or one.data.id in wanted]
    return _counted(house, request, entry, shown, people)


def _one(house: House, request: Request, entry: str, identifier: str) -> dict[str, Any]:
    if entry in _COLLECTIONS:
        entries = [
            one for one in (_datasets(house) if entry == "datasets" else _cohorts(house)) if one["id"] == identifier
        ]
        if entries:
            return collections(_TEST.meta(house, request, _COLLECTIONS[entry]), entries, 1)
    elif request.test and (found := made_up(entry, identifier=identifier)):
        return _made_up(house, request, entry, found)
    raise _nothing()


def _linked(house: House, request: Request, entry: str, identifier: str, linked: str) -> dict[str, Any]:
    if linked not in ENTRIES:
        raise _nothing()
    people = read_people(request.filters, request.parameters)
    if entry == "datasets":
        shown = [one for one in _shown(house) if one.data.id == identifier]
    elif entry == "cohorts" and identifier in COHORTS:
        shown = [one for one in _shown(house) if one.data.cohort == identifier]
    elif entry in ENTRIES and request.test and (found := made_up(linked, identifier=identifier, of=entry)):
        return _made_up(house, request, linked, found)
    else:
        raise _nothing()
    if not shown:
        raise _nothing()
    return _counted(house, request, linked, shown, people)


def _counted(house: House, request: Request, entry: str, shown: list[Shown], people: People) -> dict[str, Any]:
    """Each person has one counted genome: one sample, one run, one analysis. So all four are as many."""
    found = [Found(one.data.id, _people(house, request, one.data, people)) for one in shown]
    told = MOUNT.meta(house, request, ENTRIES[entry], *(one.data.granularity for one in shown))
    bounds = {bound_of(house, one.data) for one in shown}
    info: dict[str, Any] = {"countPrecision": "rounded", "countAdjustedTo": sorted(bounds)}
    if people.unknown:
        info["warnings"] = [f"{name} is not on record here, so nobody fits." for name in people.unknown]
    return answer(told, request, found, info=info)


def _people(house: House, request: Request, data: DataSet, people: People) -> int:
    """Paid for before it is told; a number that may not be told is answered as if nobody fitted."""
    if people.nobody:
        return 0
    return count_people(house, request.reader, data, people.asked).people or 0


def _made_up(house: House, request: Request, entry: str, records: Any) -> dict[str, Any]:
    first = request.skip * request.limit
    found = Found(_SYNTHETIC, len(records), records[first : first + request.limit])
    return answer(_TEST.meta(house, request, ENTRIES[entry]), request, [found])


def _shown(house: House) -> list[Shown]:
    return [one for one in shown_data_sets(house) if one.data.kind == "genomes"]


def _datasets(house: House) -> list[dict[str, Any]]:
    site = house.settings.public_url.rstrip("/")
    return [dataset_entry(one, address=f"{site}/catalogue/{one.data.id}", info={}) for one in _shown(house)]


def _cohorts(house: House) -> list[dict[str, Any]]:
    sizes = {one.data.cohort: people_in(house, one.data) for one in _shown(house)}
    return [cohort_entry(cohort, sizes.get(name)) for name, cohort in COHORTS.items()]


def _nothing() -> NotFound:
    return NotFound("Nothing of that id is told of here.", mend="Single people are told of in testMode alone.")
