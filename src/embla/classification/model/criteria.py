"""The 28 criteria of ACMG/AMP 2015 and the strength at which each was applied. Pure.

A criterion is written `PVS1` (at its default strength) or `PM2_Supporting` (at another). What is written is read here
once; deeper code sees `Applied`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from embla.classification.model.rule_set import current_rules
from embla.errors import BadInput


class Strength(StrEnum):
    """How much a criterion weighs, strongest first. StandAlone is BA1's alone."""

    STAND_ALONE = "StandAlone"
    VERY_STRONG = "VeryStrong"
    STRONG = "Strong"
    MODERATE = "Moderate"
    SUPPORTING = "Supporting"

    @property
    def letter(self) -> str:
        """As in the combining tables: A, VS, S, M, P."""
        return _LETTERS[self]


_LETTERS: Final = dict(zip(Strength, ("A", "VS", "S", "M", "P"), strict=True))
_BY_WORD: Final = {str(one).lower(): one for one in Strength}

# Richards 2015, tables 3 and 4: the letters of a code say its strength.
_PREFIXES: Final = (
    ("PVS", Strength.VERY_STRONG, 1), ("PS", Strength.STRONG, 4), ("PM", Strength.MODERATE, 6),
    ("PP", Strength.SUPPORTING, 5), ("BA", Strength.STAND_ALONE, 1), ("BS", Strength.STRONG, 4),
    ("BP", Strength.SUPPORTING, 7),
)  # fmt: skip
CODES: Final = {f"{letters}{n}": strength for letters, strength, most in _PREFIXES for n in range(1, most + 1)}
LONGEST: Final = 400

# Richards 2015, tables 3 and 4, in short; how strongly each may count is the rule set's.
MEANINGS_SOURCE: Final = "Richards et al. 2015, Genetics in Medicine 17:405, tables 3 and 4"
MEANINGS: Final = {
    "PVS1":
        "A null variant (nonsense, frameshift, canonical splice site, start codon, loss of exons) in a gene of which "
        "loss of function causes the disease.",
    "PS1": "The same amino acid change as an established pathogenic variant, by another change of the bases.",
    "PS2": "De novo, both parents confirmed, in a patient with the disease and no family history of it.",
    "PS3": "Well-established functional studies show a damaging effect on the gene or its product.",
    "PS4": "Significantly more frequent in affected people than in controls.",
    "PM1": "In a mutational hot spot, or in a well-established functional domain without benign variation.",
    "PM2": "Absent from controls in population databases, or, for a recessive disorder, extremely rare there.",
    "PM3": "For a recessive disorder: detected in trans with a pathogenic variant.",
    "PM4": "The protein's length changes: an in-frame deletion or insertion outside a repeat, or a lost stop.",
    "PM5": "A new missense change at an amino acid where another missense change is pathogenic.",
    "PM6": "Assumed de novo; the parents are not confirmed.",
    "PP1": "Segregates with the disease in several affected relatives, in a gene that is known to cause it.",
    "PP2": "Missense in a gene with few benign missense variants, where missense variants commonly cause the disease.",
    "PP3": "Several lines of computed evidence point to a damaging effect.",
    "PP4": "The patient's phenotype or family history is highly specific for a disease with one genetic cause.",
    "PP5": "A reputable source calls it pathogenic, but its evidence is not there to be judged.",
    "BA1": "An allele frequency above 5 per cent in a population database.",
    "BS1": "An allele frequency higher than expected for the disorder.",
    "BS2":
        "Observed in a healthy adult for a disorder with full penetrance at an early age: homozygous where it is "
        "recessive, heterozygous where dominant, hemizygous where X-linked.",
    "BS3": "Well-established functional studies show no damaging effect on the protein or on splicing.",
    "BS4": "Does not segregate with the disease in affected members of a family.",
    "BP1": "Missense in a gene in which mainly truncating variants cause the disease.",
    "BP2":
        "In trans with a pathogenic variant for a fully penetrant dominant disorder, or in cis with a pathogenic "
        "variant.",
    "BP3": "An in-frame deletion or insertion in a repeat without known function.",
    "BP4": "Several lines of computed evidence point to no effect.",
    "BP5": "Found in a patient whose disease has another molecular cause.",
    "BP6": "A reputable source calls it benign, but its evidence is not there to be judged.",
    "BP7": "A synonymous variant with no predicted effect on splicing, at a base that is not highly conserved.",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Applied:
    """One criterion that is met. `bare`: no strength was written beside the code."""

    code: str
    strength: Strength
    bare: bool = False

    def __str__(self) -> str:
        # What reads back as the same: bare PM2 would be Supporting.
        return self.code if self.strength is default_strength(self.code) else f"{self.code}_{self.strength}"

    @property
    def pathogenic(self) -> bool:
        """True for evidence that a variant causes disease."""
        return self.code[0] == "P"

    @property
    def weightless(self) -> bool:
        """True for PP5 and BP6: somebody else's word is no evidence (ClinGen, Biesecker and Harrison 2018)."""
        return self.code in current_rules().weightless


def default_strength(code: str) -> Strength:
    """What a code weighs where no strength is written beside it."""
    return Strength.SUPPORTING if code in current_rules().supporting_by_default else CODES[code]


def read_criteria(words: Iterable[str]) -> tuple[Applied, ...]:
    """Read codes as written. BadInput for an unknown code or strength, and for a code that stands there twice."""
    found: dict[str, Applied] = {}
    for word in words:
        one = read_criterion(word)
        if one.code in found:
            raise BadInput(
                f"{one.code} stands there twice: {found[one.code]} and {one}.",
                mend="Give each code once, at the strength it was applied.",
            )
        found[one.code] = one
    return tuple(found.values())


def read_criterion(word: str) -> Applied:
    """Read `PM2_Supporting`. Case, and an underscore inside `Very_Strong`, do not matter."""
    code, _, written = word.strip().partition("_")
    code = code.upper()
    if code not in CODES:
        raise BadInput(
            f"No ACMG/AMP criterion is called {_short(word)}.",
            mend="Known: PVS1, PS1-PS4, PM1-PM6, PP1-PP5, BA1, BS1-BS4, BP1-BP7.",
        )
    if not written and "_" not in word:
        return Applied(code, default_strength(code), bare=True)
    strength = _BY_WORD.get(written.lower().replace("_", "").replace("-", ""))
    if strength is None or (strength is Strength.STAND_ALONE and code != "BA1"):
        raise BadInput(
            f"{_short(word)}: {code} has no such strength.",
            mend="Known: VeryStrong, Strong, Moderate, Supporting; StandAlone for BA1.",
        )
    return Applied(code, strength)


def _short(word: str) -> str:
    return f"'{word if len(word) <= 40 else word[:37] + '...'}'"
