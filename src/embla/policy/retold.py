"""The sentences of the tables, for pages in another language: rows, actions, conditions, legal bases, refusals."""

from typing import Final

from embla.platform.web import N_
from embla.policy import conditions
from embla.policy.actions import ACTIONS
from embla.policy.law import LEGAL_BASES
from embla.policy.table import RULES

# What `rules.py` says when it is not a condition that failed.
_REFUSALS: Final = (
    N_("No rule allows this."),
    N_("This needs the role {role}."),
    N_("This token was not made for that."),
    N_("This may be done for {purposes}, not for '{purpose}'."),
    N_("No legal basis was given for this purpose."),
    N_("The legal basis is not in force on this day."),
)


def sentences() -> tuple[str, ...]:
    """Every sentence of the tables, once; `tools/messages.py` collects them."""
    found = [rule.text for rule in RULES]
    found += [touches.text for touches in ACTIONS.values()]
    found += [one.text for one in vars(conditions).values() if isinstance(one, conditions.Condition)]
    for basis in LEGAL_BASES.values():
        found += [basis.law, basis.paragraph, basis.text]
    return tuple(dict.fromkeys(found))


SHAPES: Final = (*sentences(), *_REFUSALS)
