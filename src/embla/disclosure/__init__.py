"""Which numbers may be open. Every count that leaves for everybody passes `suppress`, whatever it is printed on.

Owns: the threshold rule (1 to k-1 carriers are hidden), cover for hidden cells in tables whose total is shown, and the
same rule over columns for lists and files. Words: *small* = 1 to k-1 people; *hidden* = a count with status
`suppressed`, its numbers None and its AN kept; *withheld* = a table that no hiding protects.
Never knows: where counts come from, who asks, how a page words it beyond the notes here. Ledger of releases and query
budgets will live here too.
Start at rules.py (pure, what is decided), then suppress.py (on `Count`) and columns.py (on arrays).
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.disclosure.columns import HIDDEN, levels
    from embla.disclosure.rules import Level, is_small
    from embla.disclosure.suppress import Open, fewer_than, suppress

__all__ = ["HIDDEN", "Level", "Open", "fewer_than", "is_small", "levels", "suppress"]

__getattr__ = lazy(
    __name__,
    {
        "HIDDEN": "columns",
        "levels": "columns",
        "Level": "rules",
        "is_small": "rules",
        "Open": "suppress",
        "fewer_than": "suppress",
        "suppress": "suppress",
    },
)
