"""Where the published figures disagree with each other: told, not hidden. Each line is recomputed from the figures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from embla.governance.model.history import History

END: Final = date(2023, 12, 31)
TOTAL: Final = date(2025, 12, 31)
AKT: Final = date(2025, 10, 9)


@dataclass(frozen=True)
class Disagreement:
    """One place. `said` and `counted` are what stands against each other; `why` what is known about it."""

    topic: str
    said: str
    counted: str
    why: str
    agrees: bool = False


def disagreements(history: History) -> list[Disagreement]:
    """All places; of those that can be recomputed only what the loaded figures give. Empty before they are loaded."""
    if not history:
        return []
    found = [one for check in CHECKS for one in check(history)]
    return [*found, *TOLD]


def _value(history: History, measure: str, on: date = END) -> Decimal:
    return history.value(measure, on) or Decimal(0)


def _growth(history: History) -> Iterator[Disagreement]:
    more = _value(history, "genomes") - _value(history, "genomes", date(2022, 12, 31))
    exact = (100 * more / _value(history, "genomes", date(2022, 12, 31))).quantize(Decimal("0.01"), ROUND_HALF_UP)
    said = f"{_value(history, 'growth.headline')} %, {_value(history, 'growth.goal')} %"
    yield Disagreement("growth", said, f"{exact} %", f"{more:,} of 9,778")


def _groups(history: History) -> Iterator[Disagreement]:
    added = sum(history.under("groups.samples.", END).values())
    said = _value(history, "genomes.clinical")
    yield Disagreement(
        "patient_groups", f"{said:,}", f"{added:,}", f"{said - added:,} samples are attributed to no group"
    )


def _table_4(history: History) -> Iterator[Disagreement]:
    def total(measure: str) -> Decimal:
        return sum((one.value for one in history.series(measure)), Decimal(0))

    said = _value(history, "budget.playbook.total", TOTAL)
    yield Disagreement("playbook", str(said), str(total("budget.playbook")), "roundings may occur (note 1)")
    new = _value(history, "budget.new.total", TOTAL)
    yield Disagreement(
        "grants", str(new), str(said), f"{new - said} between the two budgets' totals; the grants apply (note 11)"
    )
    yield Disagreement("new_budget", str(new), str(total("budget.new")), "adds up", agrees=new == total("budget.new"))


def _tools(history: History) -> Iterator[Disagreement]:
    said = _value(history, "tools")
    yield Disagreement("tools", "Alamut is offered (text)", f"{said} tools, Alamut not among them (Table 1)", "2023")


def _clouds(history: History) -> Iterator[Disagreement]:
    told = [f"{_value(history, f'clouds.{name}'):.0f}" for name in
            ("managed", "self_managed", "production_external", "pipeline_test", "ready")]  # fmt: skip
    yield Disagreement("clouds", "/".join(told), "no consistent sum", "the rows of Table 1 overlap")
    partners, external = _value(history, "partners"), _value(history, "clouds.production_external")
    yield Disagreement(
        "partners", f"{partners} strategic partners", f"{external} clouds in production for them", "2023"
    )


def _act(history: History) -> Iterator[Disagreement]:
    parts = sum((_value(history, f"initiative.{name}", TOTAL) for name in ("2.1", "5.1", "5.2")), Decimal(0))
    yield Disagreement(
        "initiatives", f"{_value(history, 'initiative.ngc.total', AKT)}", f"{parts}", "rounded to tenths"
    )


CHECKS: Final[tuple[Callable[[History], Iterator[Disagreement]], ...]] = (
    _growth, _groups, _table_4, _tools, _clouds, _act,
)  # fmt: skip
# What stands in words, and cannot be recomputed from a figure.
TOLD: Final = (
    Disagreement("groups_of_2021", "18 groups in 2021", "17 later", "two groups of rare diseases became one (note 6)"),
    Disagreement("projects", "8 research projects", "nine are described", "one of them is called a collaboration"),
    Disagreement("sixty_thousand", "end of 2025 (mandate)", "by January 2026 (report), early 2026 (board)",
                 "and the unit differs: reported genomes (board), equivalents (report), sequencings (mandate)"),
    Disagreement("conference", "13 September 2023", "14 September 2023", "two pages of the report"),
    Disagreement("forums", "1 + 3 + 18 + 3 = 25", "1 + 3 + 4 + 17 = 25", "two groupings of the same forums",
                 agrees=True),
    Disagreement("mandate", "[6] members, [one region]", "brackets of a template", "the mandate was not filled in"),
    Disagreement("annex_1", "the table of fixed, variable and undisposed parts", "not published",
                 "its lines here are demo data until they are entered; its totals are those of the minutes"),
    Disagreement("labels", "17 counts and 17 percentages of patient groups", "labels lost",
                 "they are not assigned to groups"),
)  # fmt: skip
