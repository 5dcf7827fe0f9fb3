"""What the catalogue offers: data sets, their variables, cohorts and conditions of use.

Owns: data sets in numbered versions (draft, published, withdrawn for good), named reference cohorts with their rule of
inclusion, the codes of DUO, variables and their search, how many people a question would find (`feasibility.py`), and
in whose name a researcher may be sent what of whom (`delivering.py`).
Words: *data set* = what the catalogue offers, by an id of GDI (`GDI-DK-EMBLA-1`); *shown* = the version that everybody
sees; *tombstone* = what stays of a withdrawn one: its id, its title, when and why; *floor* = fewest people it tells of.
Never knows: RDF, Beacon, pages. Numbers come from the newest release, past `disclosure`, and are rounded.
Start at model/dataset.py, then service.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.datasets.delivering import data_set_for, dataset_facts
    from embla.datasets.feasibility import Feasible, bound_of, feasible, people_in
    from embla.datasets.model.cohorts import COHORTS, Cohort, members_of
    from embla.datasets.model.dataset import DataSet, Shown, Tombstone, parse
    from embla.datasets.model.duo import CODES, Code
    from embla.datasets.model.variables import VARIABLES, Variable, find_variables
    from embla.datasets.service import (
        draft_data_set,
        publish_data_set,
        released_set,
        releases_id,
        shown_data_set,
        shown_data_sets,
        tombstones,
        versions_of,
        withdraw_data_set,
    )

__all__ = [
    "COHORTS",
    "CODES",
    "Code",
    "Cohort",
    "DataSet",
    "Feasible",
    "Shown",
    "Tombstone",
    "VARIABLES",
    "Variable",
    "data_set_for",
    "dataset_facts",
    "draft_data_set",
    "bound_of",
    "feasible",
    "find_variables",
    "members_of",
    "parse",
    "people_in",
    "publish_data_set",
    "released_set",
    "releases_id",
    "shown_data_set",
    "shown_data_sets",
    "tombstones",
    "versions_of",
    "withdraw_data_set",
]

_WHERE = {
    "delivering": "data_set_for dataset_facts",
    "feasibility": "Feasible bound_of feasible people_in",
    "model.cohorts": "COHORTS Cohort members_of",
    "model.dataset": "DataSet Shown Tombstone parse",
    "model.duo": "CODES Code",
    "model.variables": "VARIABLES Variable find_variables",
    "service": "draft_data_set publish_data_set released_set releases_id shown_data_set shown_data_sets "
    "tombstones versions_of withdraw_data_set",
}

__getattr__ = lazy(__name__, {name: module for module, names in _WHERE.items() for name in names.split()})
