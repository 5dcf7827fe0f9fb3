"""The board's year: at the last meeting but one the draft budget and year wheel, at the last the approval (mandate)."""

from dataclasses import dataclass
from datetime import date

from embla.governance.model.ledger import Ledger


@dataclass(frozen=True)
class Wheel:
    """One forum's meetings of a year, in order. `draft` and `approval` are None where there are too few."""

    forum: str
    year: int
    meetings: tuple[date, ...]

    @property
    def draft(self) -> date | None:
        """When the draft budget and year wheel of the next year are laid before the board."""
        return self.meetings[-2] if len(self.meetings) > 1 else None

    @property
    def approval(self) -> date | None:
        """When they are approved."""
        return self.meetings[-1] if len(self.meetings) > 1 else None


def year_wheels(ledger: Ledger) -> list[Wheel]:
    """Every forum and year that has meetings; written procedures are none."""
    found: dict[tuple[str, int], set[date]] = {}
    for one in ledger.latest("meeting").values():
        if not one.says.get("written", False):
            found.setdefault((one.says["forum"], one.day.year), set()).add(one.day)
    return [Wheel(forum, year, tuple(sorted(days))) for (forum, year), days in sorted(found.items())]
