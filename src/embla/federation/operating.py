"""For the node's operator: how it stands, what others need to find, and what a release would tell."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from embla.datasets import shown_data_sets, tombstones
from embla.disclosure import Level, parts_spent, power_after
from embla.errors import EmblaError, MissingPackage
from embla.federation.purse import BLOCK, SHARES, Purse
from embla.federation.service_info import DOORS
from embla.frequency import Listing, Releases
from embla.platform import newest_events
from embla.policy import Action

if TYPE_CHECKING:
    from embla.platform import House

_EXAMPLE: Final = "https://example.org/"
LOOKED_THROUGH: Final = 1_000
_DELIVERING: Final = frozenset(str(one) for one in (Action.SEND_PERSON_DATA, Action.READ_CALLS, Action.READ_FILE))


class Check(NamedTuple):
    """One thing that was looked at. `told`: what must be so, or what was found."""

    name: str
    ok: bool
    told: str


def status_of(house: "House") -> dict[str, Any]:
    """How the node stands."""
    release = Releases(house).latest()
    settings = house.settings
    door = Purse.of(house, "")
    return {
        "node": settings.node_id,
        "doors": ",".join(f"{name} {version}" for name, version in DOORS.items()),
        "data_sets": ",".join(one.data.id for one in shown_data_sets(house)),
        "tombstones": ",".join(one.id for one in tombstones(house)),
        "release": None if release is None else release.info.number,
        "open_budget": door.budget,
        "open_spent": round(door.spent(), 6),
        "open_floor": door.floor if door.budget else settings.suppress_below,
        "blocks_spent": blocks_spent(house),
        "peers": settings.node_peers,
        "account_budget": Purse.of(house, "account:-").budget,
        "days": settings.query_budget_days,
    }


def check_node(house: "House") -> list[Check]:
    """What GDI's portal, harvesters and Beacon networks look for first."""
    settings = house.settings
    shown = shown_data_sets(house)
    found = [
        Check(
            "address", settings.public_url.startswith("https://"), "EMBLA_PUBLIC_URL must be the node's https address"
        ),
        Check("organisation", settings.node_url != _EXAMPLE, "EMBLA_NODE_URL must be the organisation's own page"),
        Check("contact", settings.node_contact.startswith("mailto:"), "EMBLA_NODE_CONTACT must be mailto:..."),
        Check(
            "budget",
            settings.demo or Purse.of(house, "").budget > 0,
            "EMBLA_QUERY_BUDGET_OPEN must be above 0: nothing else bounds what questions tell",
        ),
        Check("data set", bool(shown), "a release must be cut, or a data set published"),
    ]
    found += [
        Check(f"{one.data.id} conditions of use", bool(one.data.duo), "a data set must say its DUO codes")
        for one in shown
    ]
    return [*found, _catalogue(house)]


def _catalogue(house: "House") -> Check:
    """That the whole catalogue can be written and read again."""
    from embla.federation.catalogue.http import everything

    try:
        made = everything(house, house.settings.public_url.rstrip("/") or "http://127.0.0.1:8000")
        for form in ("turtle", "jsonld"):
            made.text(form)
    except MissingPackage as error:
        return Check("catalogue", False, str(error))
    except EmblaError as error:
        return Check("catalogue", False, str(error))
    return Check("catalogue", True, f"{len(made.graph)} statements")


def refused_deliveries(house: "House") -> dict[str, int]:
    """Rule -> how often it refused that a person's data be sent or fetched, among the newest refusals. No genome, no
    account and no key: who that was is for the log's readers."""
    with house.database.reading() as connection:
        newest = newest_events(connection, kinds=["access-refused"], limit=LOOKED_THROUGH).items
    rules = [str(one.body.get("rule", "")) for one in newest if one.body.get("action") in _DELIVERING]
    return dict(Counter(rules).most_common())


def blocks_spent(house: "House") -> int:
    """How many blocks of addresses have spent their whole share of the open budget."""
    settings, budget = house.settings, Purse.of(house, "").budget
    if not budget:
        return 0
    since = house.clock() - timedelta(days=settings.query_budget_days)
    with house.database.reading() as connection:
        return parts_spent(connection, BLOCK, budget / SHARES, since=since)


def preview_of(house: "House") -> Iterator[dict[str, Any]]:
    """By contig: variants that somebody carries, those whose numbers are told, those told without genotypes; then what
    a reader who spends a whole budget can tell of a member. Raises NotFound without a release."""
    listing = Listing.open(house)
    for contig, levels in listing.levels():
        yield {
            "contig": contig,
            "carried": len(levels),
            "told": int(np.count_nonzero(levels > int(Level.HIDDEN))),
            "hidden": int(np.count_nonzero(levels == int(Level.HIDDEN))),
            "without_genotypes": int(np.count_nonzero(levels == int(Level.ALLELES))),
        }
    below = house.settings.suppress_below
    for name, reader in (("open", ""), ("account", "account:-")):
        purse = Purse.of(house, reader)
        budget, most = purse.budget, purse.budget + 1 / max(purse.floor if purse.budget else below, 1)
        yield {
            "budget": name,
            "spends": budget,
            # A reader may go over by the rarest allele once.
            "power_at_5_percent_false_positives": round(power_after(most), 3) if budget else None,
        }
