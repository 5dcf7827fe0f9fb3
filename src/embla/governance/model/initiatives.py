"""Initiatives: planned in four parts, started by a decision, and reported by plan, spend, progress and effect."""

from dataclasses import dataclass
from decimal import Decimal

from embla.errors import Refused
from embla.governance.model.ledger import FOUR_PARTS, Ledger, Line


@dataclass(frozen=True)
class Initiative:
    """One initiative as the ledger has it. `missing`: parts that are not filled yet."""

    name: str
    line: Line
    started: Line | None
    reports: tuple[Line, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Of the four parts, those that are empty; while there is one it cannot start."""
        return tuple(part for part in FOUR_PARTS if not self.line.says.get(part))

    @property
    def planned(self) -> Decimal | None:
        """What it may cost; None where nobody said."""
        amount = self.line.says.get("planned")
        return None if amount is None else Decimal(amount)

    @property
    def spent(self) -> Decimal | None:
        """What the last report says was spent in all."""
        return Decimal(self.reports[-1].says["spent"]) if self.reports else None


def initiatives(ledger: Ledger) -> list[Initiative]:
    """All of them, by name."""
    started = {one.says["initiative"]: one for one in ledger.of("initiative_start")}
    return [
        Initiative(
            name, line, started.get(name),
            tuple(one for one in ledger.of("initiative_report") if one.says["initiative"] == name),
        )
        for name, line in sorted(ledger.latest("initiative").items())
    ]  # fmt: skip


def check(ledger: Ledger, line: Line) -> None:
    """Refused: a start before budget, activities, governance and evaluation are filled; a report before the start."""
    found = next((one for one in initiatives(ledger) if one.name == line.says["initiative"]), None)
    if found is None:
        raise Refused(f"There is no initiative {line.says['initiative']}.")
    if line.kind == "initiative_start":
        if found.missing:
            raise Refused(
                f"{found.name} cannot start: {', '.join(found.missing)} not filled.", mend="Enter the initiative whole."
            )
        if found.started is not None:
            raise Refused(f"{found.name} was started on {found.started.day}.")
    elif found.started is None:
        raise Refused(f"{found.name} has not been started, so it has nothing to report.")
