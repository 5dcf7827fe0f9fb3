"""Where patient groups stand in their life: the registry's groups and those only proposed, with the ledger's steps."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from embla.governance import store
from embla.governance.model.groups import Step, lives
from embla.policy import Action, permit
from embla.registry import patient_groups

if TYPE_CHECKING:
    from embla.platform import Actor, House


@dataclass(frozen=True)
class Standing:
    """A group; `name_en` and `name_da` are its code where the registry does not know it yet. No steps: nothing is
    told."""

    code: str
    name_en: str
    name_da: str
    registered: bool
    steps: tuple[Step, ...]

    @property
    def state(self) -> str | None:
        """The state of the last step."""
        return self.steps[-1].state if self.steps else None

    def to_json(self) -> dict[str, Any]:
        """Plain values, with every step."""
        plain = vars(self) | {"steps": [one.to_json() for one in self.steps], "state": self.state}
        return plain | {"since": self.steps[-1].day.isoformat() if self.steps else None}


def groups_standing(house: "House", actor: "Actor", day: date) -> list[Standing]:
    """Every group of the registry in the national order, then those that are only proposed."""
    permit(house.database, actor, Action.SEE_BOARD, purpose="statistics", clock=house.clock)
    with house.database.reading() as connection:
        told = lives(store.read_ledger(connection), day)
        known = patient_groups(connection)
    found = [Standing(one.code, one.name_en, one.name_da, True, told.pop(one.code, ())) for one in known]
    return found + [Standing(code, code, code, False, steps) for code, steps in told.items()]
