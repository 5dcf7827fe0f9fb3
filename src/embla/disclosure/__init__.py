"""Which numbers may be open. Every count that leaves for everybody passes `suppress`, whatever it is printed on.

Owns: the threshold rule (1 to k-1 carriers are hidden), cover for hidden cells in tables whose total is shown, and the
same rule over columns for lists and files; the ledger of published cohorts, and what two of them would tell when they
are subtracted. Words: *small* = 1 to k-1 people; *hidden* = a count with status `suppressed`, its numbers None and its
AN kept; *withheld* = a table that no hiding protects; *step* = the people by whom what is published must differ.
Never knows: where counts come from, who asks, how a page words it beyond the notes here.
Start at rules.py (pure, what is decided), suppress.py (on `Count`) and columns.py (on arrays); for the ledger at
members.py (two cohorts), combining.py (several tables), ledger.py; linking.py for tables that are shown together;
budget.py for how much one reader may ask;
crossed.py for people by several attributes at once; nested.py for MNPs beside the bases that count them, too.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.disclosure.budget import BudgetSpent, all_paid, parts_spent, power_after, price, spend, spent_by, sweep
    from embla.disclosure.columns import HIDDEN, levels
    from embla.disclosure.combining import singles_out
    from embla.disclosure.crossed import NOT_TOLD, tell_crossed
    from embla.disclosure.ledger import EXPORT, STRATUM, PublishedCohort, publish_cohorts, published, published_under
    from embla.disclosure.linking import linked
    from embla.disclosure.members import (
        Difference,
        Members,
        Parts,
        Persons,
        any_few,
        came_and_left,
        compare,
        flows,
        members,
    )
    from embla.disclosure.membership import Attack, Power
    from embla.disclosure.nested import level_beside_bases
    from embla.disclosure.people import suppress_people
    from embla.disclosure.rules import Level, is_small
    from embla.disclosure.suppress import Open, fewer_than, suppress

__all__ = [
    "Attack",
    "BudgetSpent",
    "Difference",
    "EXPORT",
    "HIDDEN",
    "Level",
    "Members",
    "NOT_TOLD",
    "Open",
    "Parts",
    "Persons",
    "Power",
    "PublishedCohort",
    "STRATUM",
    "all_paid",
    "any_few",
    "came_and_left",
    "compare",
    "fewer_than",
    "flows",
    "is_small",
    "level_beside_bases",
    "levels",
    "linked",
    "members",
    "parts_spent",
    "power_after",
    "price",
    "publish_cohorts",
    "published",
    "published_under",
    "singles_out",
    "spend",
    "spent_by",
    "suppress",
    "suppress_people",
    "sweep",
    "tell_crossed",
]

_WHERE = {
    "budget": "BudgetSpent all_paid parts_spent power_after price spend spent_by sweep",
    "columns": "HIDDEN levels",
    "combining": "singles_out",
    "crossed": "NOT_TOLD tell_crossed",
    "ledger": "EXPORT STRATUM PublishedCohort publish_cohorts published published_under",
    "linking": "linked",
    "membership": "Attack Power",
    "members": "Difference Members Parts Persons any_few came_and_left compare flows members",
    "nested": "level_beside_bases",
    "people": "suppress_people",
    "rules": "Level is_small",
    "suppress": "Open fewer_than suppress",
}

__getattr__ = lazy(__name__, {name: module for module, names in _WHERE.items() for name in names.split()})
