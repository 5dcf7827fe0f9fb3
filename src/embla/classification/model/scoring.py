"""From criteria to classes: Richards 2015, the same with ClinGen's additions of 2020, and Tavtigian's points. Pure.

`score` shows all of them and the one that is proposed. Warnings tell, they never change a class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from embla.classification.model.classes import Class
from embla.classification.model.criteria import MEANINGS, MEANINGS_SOURCE, Applied, Strength
from embla.classification.model.rule_set import Needs, RuleSet, at_least, current_rules


@dataclass(frozen=True)
class Warned:
    """Something worth a second look. `kind` is stable; `text` has `codes` in its braces, in order."""

    kind: str
    codes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return WARNINGS[self.kind].format(*self.codes)


# Sentences also stand in the catalogues, see pages.
WARNINGS = {
    "note-supporting": "{0} without a strength counts as Supporting (ClinGen SVI 2020).",
    "raised": "{0} is counted as written; ClinGen SVI 2020 allows no more than Supporting.",
    "weightless": "{0} weighs nothing: somebody else's classification is no evidence (ClinGen).",
    "twice": "{0} and {1} may count the same evidence twice.",
    "stand-alone": "BA1 stands against pathogenic evidence: look whether the variant is a known exception to BA1.",
    "conflict": "Pathogenic and benign evidence contradict each other: a person must weigh them.",
    "one-line": "The class in points rests on a single criterion; one line of evidence is not enough for it.",
    "differ": "The rules of 2015 and the points give different classes.",
    "benign-strength": "{0}: the 2015 table has no benign Moderate or Very Strong; there it counts as {1}.",
    "none": "No criterion was given.",
}


@dataclass(frozen=True)
class Score:
    """What the rules say of one set of criteria. `points` is None where BA1 stands alone: it is a gate, no number."""

    criteria: tuple[Applied, ...]
    class_2015: Class
    class_2015_svi: Class
    class_points: Class
    points: int | None
    proposed: Class
    conflict: bool
    rule_set: str
    warnings: tuple[Warned, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "criteria": [str(one) for one in self.criteria],
            "meanings": {one.code: MEANINGS[one.code] for one in self.criteria},
            "meanings_source": MEANINGS_SOURCE,
            "class_2015": str(self.class_2015),
            "class_2015_svi": str(self.class_2015_svi),
            "class_points": str(self.class_points),
            "points": self.points,
            "proposed": str(self.proposed),
            "conflict": self.conflict,
            "rule_set": self.rule_set,
            "warnings": [str(one) for one in self.warnings],
        }


def score(criteria: Sequence[Applied], rules: RuleSet | None = None) -> Score:
    """All classes of a set of criteria; their order does not matter."""
    rules = rules or current_rules()
    counted = [one for one in criteria if one.code not in rules.weightless]
    pathogenic = _levels([one for one in counted if one.pathogenic])
    benign = _levels([one for one in counted if not one.pathogenic])
    mixed = any(pathogenic) and any(benign)
    alone = any(one.strength is Strength.STAND_ALONE for one in counted)
    class_2015 = Class.VUS if mixed else _table_class(rules, ("2015",), pathogenic, benign)
    class_svi = Class.VUS if mixed else _table_class(rules, ("2015", "svi-2020"), pathogenic, benign)
    # BA1 wins over Supporting evidence only: `pathogenic[3]` are those at Moderate and above.
    wins = alone and mixed and not pathogenic[3]
    proposed = Class.B if wins else class_svi
    points = (
        None if alone else sum((1 if one.pathogenic else -1) * rules.weights[one.strength.letter] for one in counted)
    )
    class_points = Class.B if points is None else rules.class_of_points(points)
    conflict = mixed and not wins
    warned = [
        *_about_codes(criteria, rules),
        *([Warned("conflict")] if conflict else []),
        *([Warned("stand-alone")] if alone and mixed else []),
        *([Warned("one-line")] if len(counted) == 1 and not alone and class_points is not Class.VUS else []),
        *([Warned("differ")] if class_points is not proposed and not conflict else []),
        *([] if criteria else [Warned("none")]),
    ]
    return Score(
        tuple(criteria), class_2015, class_svi, class_points, points, proposed, conflict, rules.name, tuple(warned)
    )


def _levels(criteria: Sequence[Applied]) -> Needs:
    counts: dict[str, int] = {}
    for one in criteria:
        counts[one.strength.letter] = counts.get(one.strength.letter, 0) + 1
    return at_least(counts)


def _table_class(rules: RuleSet, tables: tuple[str, ...], pathogenic: Needs, benign: Needs) -> Class:
    """The first class whose rules hold; evidence is one-sided here."""
    for one in (Class.P, Class.LP):
        if rules.reaches(tables, one, pathogenic):
            return one
    for one in (Class.B, Class.LB):
        if rules.reaches(tables, one, benign):
            return one
    return Class.VUS


def _about_codes(criteria: Sequence[Applied], rules: RuleSet) -> list[Warned]:
    told = []
    codes = {one.code for one in criteria}
    for one in sorted(criteria, key=str):
        if one.code in rules.weightless:
            told.append(Warned("weightless", (one.code,)))
        elif one.code in rules.supporting_by_default and one.bare:
            told.append(Warned("note-supporting", (one.code,)))
        elif one.code in rules.supporting_by_default and one.strength is not Strength.SUPPORTING:
            told.append(Warned("raised", (str(one),)))
        if not one.pathogenic and one.strength in (Strength.MODERATE, Strength.VERY_STRONG):
            stands = Strength.SUPPORTING if one.strength is Strength.MODERATE else Strength.STRONG
            told.append(Warned("benign-strength", (str(one), str(stands))))
    told += [Warned("twice", pair) for pair in rules.counted_twice if codes.issuperset(pair)]
    return told
