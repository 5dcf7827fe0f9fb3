"""The desk at a glance: the light, what waits, what is overdue. For the page, the status page and the metrics."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from embla.care import unreviewed
from embla.oversight import store
from embla.oversight.folding import catch_up
from embla.platform import LogHealth, log_health
from embla.policy import Action, permit

if TYPE_CHECKING:
    from embla.platform import Actor, House


@dataclass(frozen=True)
class Waiting:
    """How much waits for somebody, and how much of it is overdue."""

    reviews: int
    reviews_overdue: int
    alerts: int
    incidents: int
    incidents_overdue: int

    @property
    def overdue(self) -> bool:
        """True when something has waited too long."""
        return bool(self.reviews_overdue or self.incidents_overdue)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def waiting(house: "House") -> Waiting:
    """Counts only, so it needs no permission: for health and metrics."""
    now: datetime = house.clock()
    with house.database.reading() as connection:
        reviews, late = unreviewed(connection, now)
        still = [one for one in store.list_incidents(connection, limit=100_000) if one.closed is None]
        return Waiting(
            reviews, late, store.count_alerts(connection, "open"), len(still),
            sum(1 for one in still if one.overdue_at(now)),
        )  # fmt: skip


def desk(house: "House", actor: "Actor") -> tuple[Waiting, LogHealth]:
    """The desk of who may watch; the log is folded first, so that nothing new is missing."""
    permit(house.database, actor, Action.WATCH_LOG, purpose="supervision", clock=house.clock)
    catch_up(house)
    return waiting(house), log_health(house)
