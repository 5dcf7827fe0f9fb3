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
    from embla.classification.model.classes import Class, read_class
    from embla.classification.model.comparing import Comparison, compare
    from embla.classification.model.criteria import Applied, Strength, read_criteria
    from embla.classification.model.scoring import Score, score

_NAMES = {
    "model.classes": "Class read_class",
    "model.comparing": "Comparison compare",
    "model.criteria": "Applied Strength read_criteria",
    "model.scoring": "Score score",
}

__all__ = ["Applied", "Class", "Comparison", "Score", "Strength", "compare", "read_class", "read_criteria", "score"]

__getattr__ = lazy(__name__, {name: module for module, names in _NAMES.items() for name in names.split()})
