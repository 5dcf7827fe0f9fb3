"""What laboratories concluded about variants: lab-owned, versioned, shared, compared.

Owns: the ACMG/AMP arithmetic as versioned data, classifications with their evidence and immutable versions, signing,
sharing and withdrawal, names that could not be resolved, and discordance between laboratories.
Words: a *criterion* is applied at a *strength*; a *class* is P, LP, VUS, LB or B, its *bucket* P/LP, VUS or LB/B;
*proposed* is what the rules say, *signed* what a person answers for; a *classification* belongs to one laboratory,
allele, condition, inheritance and origin, and has *versions*.
Never knows: patients. No sample, case or person is in any table of this room.
Start at model/scoring.py and model/comparing.py, then model/record.py and service.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.classification.discording import COMPARED, inbox, register, triage
    from embla.classification.importing import Imported, import_list
    from embla.classification.looking import Called, named_as
    from embla.classification.model.classes import Class, read_class
    from embla.classification.model.comparing import Comparison, compare
    from embla.classification.model.criteria import Applied, Strength, read_criteria
    from embla.classification.model.panel import Checked, Entry, Panel, PanelVersion, check_test
    from embla.classification.model.record import Content, Evidence, Identity, Record
    from embla.classification.model.scoring import Score, score
    from embla.classification.naming import Named, Unnamed, name_allele
    from embla.classification.panels import (
        all_panels,
        approve_panel,
        define_panel,
        draft_panel,
        find_panel,
        newly_asked,
        panel_in_force,
        put_in_force,
        versions_of,
    )
    from embla.classification.service import concluded, save_draft, sign, whole, withdraw
    from embla.classification.standing import CHANGES, shared_alleles, shared_record, standing_classes, touched
    from embla.classification.store import Shown

_NAMES = {
    "discording": "COMPARED inbox register triage",
    "importing": "Imported import_list",
    "model.record": "Content Evidence Identity Record",
    "model.panel": "Checked Entry Panel PanelVersion check_test",
    "panels": "all_panels approve_panel define_panel draft_panel find_panel newly_asked panel_in_force put_in_force"
    " versions_of",
    "looking": "Called named_as",
    "naming": "Named Unnamed name_allele",
    "service": "concluded save_draft sign whole withdraw",
    "standing": "CHANGES shared_alleles shared_record standing_classes touched",
    "store": "Shown",
    "model.classes": "Class read_class",
    "model.comparing": "Comparison compare",
    "model.criteria": "Applied Strength read_criteria",
    "model.scoring": "Score score",
}

__all__ = [
    "COMPARED",
    "Applied",
    "Called",
    "named_as",
    "Checked",
    "Entry",
    "Panel",
    "PanelVersion",
    "all_panels",
    "check_test",
    "approve_panel",
    "define_panel",
    "draft_panel",
    "find_panel",
    "put_in_force",
    "newly_asked",
    "panel_in_force",
    "versions_of",
    "CHANGES",
    "shared_alleles",
    "shared_record",
    "standing_classes",
    "touched",
    "Class",
    "Comparison",
    "Content",
    "Evidence",
    "Identity",
    "Imported",
    "Named",
    "Record",
    "Score",
    "Shown",
    "Strength",
    "Unnamed",
    "compare",
    "concluded",
    "import_list",
    "inbox",
    "name_allele",
    "read_class",
    "read_criteria",
    "register",
    "save_draft",
    "score",
    "sign",
    "triage",
    "whole",
    "withdraw",
]

__getattr__ = lazy(__name__, {name: module for module, names in _NAMES.items() for name in names.split()})
