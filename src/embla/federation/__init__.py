"""The European node: what other countries' programs ask of this one, in the words of GA4GH's standards.

Owns: the doors (refget; Beacon, htsget, DRS and the catalogue join it) and `service-info`, which tells of each.
Words: *door* = one standard's endpoints under a path of their own; *node* = this installation as others see it.
Never knows: who a person is. Bases of the reference are open; what is counted comes from releases, past `disclosure`;
what is one person's needs a Decision.
Start at service_info.py, then refget/model.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.federation.delivery.sending import seal_for
    from embla.federation.purse import sweep_spending
    from embla.federation.refget.sequences import name_sequences_ahead

_WHERE = {"delivery.sending": "seal_for", "purse": "sweep_spending", "refget.sequences": "name_sequences_ahead"}

__all__ = ["name_sequences_ahead", "seal_for", "sweep_spending"]

__getattr__ = lazy(__name__, {name: module for module, names in _WHERE.items() for name in names.split()})
