"""Who is who: the one place that holds CPR numbers and names, under a database and a key of its own.

Owns: numbers and replacement numbers, the chain of a person's numbers, names, the random pseudonym by which the rest of
the house knows a person, another pseudonym per research project, and asking the outside registers that are kept by
number (`outside.py`). Words: *zone* = this database and its key; *look-up* = a keyed hash that finds a number without
showing it; *issued* = the house's log has the pseudonym, so others may use it.
Never knows: genomes, cases, consents, what somebody wants with a pseudonym. Nothing else in the house ever holds a
number or a name: every function here takes and gives pseudonyms, and is decided and logged like any read of a person.
Start at model/number.py, then zone.py and service.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.identity.age import AGE_OF_DECISION, may_decide
    from embla.identity.entries import read_entries
    from embla.identity.issued import is_issued
    from embla.identity.model.number import Number, parse_number
    from embla.identity.model.person import Entry, Identity
    from embla.identity.outside import Answer, FileSource, HttpSource, Source, ask_outside, source_of
    from embla.identity.rotation import rotate, status
    from embla.identity.service import (
        add_alias,
        find_persons,
        move_numbers,
        project_pseudonyms,
        register_persons,
        rename_person,
        show_person,
    )
    from embla.identity.steps import prepare_zone, zone_format
    from embla.identity.zone import ZONE_FILE, Zone, zone_database, zone_of, zone_opens

_NAMES = {
    "age": "AGE_OF_DECISION may_decide",
    "issued": "is_issued",
    "model.number": "Number parse_number",
    "model.person": "Entry Identity",
    "outside": "Answer FileSource HttpSource Source ask_outside source_of",
    "rotation": "rotate status",
    "service": "add_alias find_persons move_numbers project_pseudonyms register_persons rename_person show_person",
    "entries": "read_entries",
    "steps": "prepare_zone zone_format",
    "zone": "ZONE_FILE Zone zone_database zone_of zone_opens",
}

__all__ = [
    "AGE_OF_DECISION",
    "Answer",
    "Entry",
    "FileSource",
    "HttpSource",
    "Identity",
    "Number",
    "Source",
    "Zone",
    "add_alias",
    "ask_outside",
    "find_persons",
    "is_issued",
    "may_decide",
    "move_numbers",
    "parse_number",
    "project_pseudonyms",
    "read_entries",
    "register_persons",
    "rename_person",
    "rotate",
    "show_person",
    "source_of",
    "status",
    "ZONE_FILE",
    "prepare_zone",
    "zone_database",
    "zone_format",
    "zone_of",
    "zone_opens",
]

__getattr__ = lazy(__name__, {name: module for module, names in _NAMES.items() for name in names.split()})
