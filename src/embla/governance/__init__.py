"""The board's view: how far to 60,000, what each region is owed, what is left of the budget, what was decided.

Owns: the fold over the event log that gives the key figures as of any day, the published series 2019-2025 as marked
history, the board's ledger (decisions, budgets, rates, refunds, initiatives; only added to), forecasts, divisions by a
key, the annex. Words: *figure* = a value or None, with why, of which day, and the entries it follows from; *unit* = a
reported genome or a genome equivalent; *cut* = a release, the only moment at which a breakdown moves; *span* = cuts
joined into one table; *part* = fixed, variable or undisposed.
Never knows: a person, a sample's name, a genotype. Breakdowns pass `disclosure.suppress_people`; money is Decimal.
Start at model/folding.py and model/kpis.py; then model/ledger.py, model/cells.py and reading.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.governance.annex import annex_data, make_annex
    from embla.governance.model.money import split
    from embla.governance.model.refunds import Period
    from embla.governance.reading import kpi_json, refunds, view
    from embla.governance.writing import enter, enter_all, load_history

_WHERE = {
    "annex": "annex_data make_annex",
    "model.money": "split",
    "model.refunds": "Period",
    "reading": "kpi_json refunds view",
    "writing": "enter enter_all load_history",
}

__all__ = [
    "Period",
    "annex_data",
    "enter",
    "enter_all",
    "kpi_json",
    "load_history",
    "make_annex",
    "refunds",
    "split",
    "view",
]

__getattr__ = lazy(__name__, {name: module for module, names in _WHERE.items() for name in names.split()})
