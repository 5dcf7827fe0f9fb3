"""The board's smaller papers as tagged PDFs: the regions' account statement, a patient group's evaluation report."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from embla.governance.annex import typeset
from embla.governance.model.ledger import ELEMENTS
from embla.governance.reading import Refunds
from embla.governance.words import evaluation_words, statement_words

if TYPE_CHECKING:
    from embla.governance.reading import View
    from embla.governance.shown import Evaluation


def statement(
    told: Refunds, seen: "View", language: str, made: datetime, *, regions: Mapping[str, str], demo: bool
) -> bytes:
    """What each region reported, is due and was paid in a period; every payment with its decision, counter-entries
    too. `regions` are their names by code."""
    quarters = told.period.quarters
    entries = [
        {
            "number": one.number, "day": one.day.isoformat(), "region": one.says["region"],
            "units": f"{one.says['first']:,} - {one.says['last']:,}", "amount": one.says["amount"],
            "decision": one.decision or "", "takes_back": one.says.get("takes_back"),
        } for one in seen.ledger.of("refund") if one.says["period"] in quarters
    ]  # fmt: skip
    data: dict[str, Any] = {
        "language": language, "words": statement_words(language), "made": made.date().isoformat(),
        "told": told.to_json(), "entries": entries, "names": dict(regions), "demo": demo,
    }  # fmt: skip
    return typeset("statement.typ", data, made)


def evaluation_paper(told: "Evaluation", language: str, made: datetime, *, demo: bool) -> bytes:
    """The six fixed elements; what nobody has written is said to be missing."""
    data: dict[str, Any] = {
        "language": language, "words": evaluation_words(language), "made": made.date().isoformat(), "demo": demo,
        "name": told.group.name_da if language == "da" else told.group.name_en, "code": told.group.code,
        "count": told.count, "because": told.because, "release": told.release, "expected": told.expected,
        "at_least": told.at_least, "elements": list(ELEMENTS[2:]), "texts": told.texts,
        "turnaround": [
            {"urgent": one.urgent, "p50": one.p50, "p90": one.p90, "goal": one.goal} for one in told.turnaround
        ],
    }  # fmt: skip
    return typeset("evaluation.typ", data, made)
