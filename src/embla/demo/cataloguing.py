"""The demo's second data set: the Danish part of the Genome of Europe, for which one must apply."""

from typing import Any, Final

from embla.datasets import draft_data_set, publish_data_set
from embla.platform import OPERATOR, House

GENOME_OF_EUROPE: Final[dict[str, Any]] = {
    "id": "GOE-DK-EMBLA-1",
    "kind": "genomes",
    "title": {"en": "Genome of Europe, Danish part (made up)", "da": "Genome of Europe, dansk del (opdigtet)"},
    "description": {
        "en": "Whole genomes of unrelated people, for study in a secure environment. Every person is made up.",
        "da": "Hele genomer af ubeslægtede personer, til tælling og til studier i et sikkert miljø. Alle er opdigtede.",
    },
    "owner": "Embla",
    "reviewers": "National access committee; clinical reuse is read by two",
    "access": "RESTRICTED",
    "governance": "1MGCohort",
    "cohort": "genome-of-europe",
    "duo": {"HMB": "", "GS": "EU", "IRB": ""},
    "keywords": ["whole genome sequencing", "reference cohort", "GRCh38"],
    "areas": ["population"],
    "granularity": "count",
    "synthetic": True,
}


def fill_catalogue(house: House) -> None:
    """Draft and publish it."""
    draft_data_set(house, OPERATOR, GENOME_OF_EUROPE)
    publish_data_set(house, OPERATOR, GENOME_OF_EUROPE["id"], "Part of the demo.")
