"""The form of an answer as somebody filled it in: what each typed line comes to, and the draft it makes, or why none.

Nothing that was typed falls away without a word: a line that names nothing, a choice that was not made and a line too
many are each refused. What is left out of an answer was left out by somebody who said so.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from embla.answers.answering import Draft, Said
from embla.answers.model.answer import Answer, Report
from embla.classification import Shown, Unnamed, concluded, name_allele
from embla.errors import BadInput

if TYPE_CHECKING:
    from embla.platform import Actor, House

# Three fields of the form each, of the hundred that a form may have.
MOST_LINES: Final = 25
# The choice to leave a variant out; that nothing was chosen is "".
OMIT: Final = "omit"
_LONGEST: Final = 1000


@dataclass(frozen=True)
class Line:
    """One typed line. `said`: why it names no allele; `shown`: what stands about its allele; `chosen`: id of a
    classification, OMIT, or "" for nothing yet."""

    typed: str
    allele: str = ""
    said: str = ""
    shown: tuple[Shown, ...] = ()
    chosen: str = ""
    role: str = ""


def lines_of(house: "House", actor: "Actor", given: Mapping[str, str]) -> list[Line]:
    """Each line of `alleles`, at most MOST_LINES; an allele that is named twice stands once.

    What was chosen belongs to the allele it was chosen for, wherever its line now stands.
    """
    chosen = {
        given[f"allele-{n}"]: (given.get(f"classification-{n}", ""), given.get(f"role-{n}", ""))
        for n in range(MOST_LINES) if given.get(f"allele-{n}")
    }  # fmt: skip
    told: dict[str, Line] = {}
    for text in typed(given)[:MOST_LINES]:
        # Cut short, a long insertion would be another allele.
        named = name_allele(text, house.names) if len(text) <= _LONGEST else None
        if named is None or isinstance(named, Unnamed):
            said = f"the text is longer than {_LONGEST} letters." if named is None else named.said
            told[text] = Line(text[:_LONGEST], said=said)
            continue
        allele = str(named.variant)
        choice, role = chosen.get(allele, ("", ""))
        told.setdefault(allele, Line(text, allele, "", tuple(concluded(house, actor, allele)), choice, role))
    return list(told.values())


def typed(given: Mapping[str, str]) -> list[str]:
    """The lines that say something."""
    return [line.strip() for line in given.get("alleles", "").splitlines() if line.strip()]


def too_many(given: Mapping[str, str]) -> BadInput:
    """What is said where more lines came than the form takes."""
    return BadInput(
        f"{len(typed(given))} variants were typed, and the form takes at most {MOST_LINES}.",
        mend="Take some of them out of the list; no answer was given.",
    )


def draft_of(given: Mapping[str, str], lines: Sequence[Line]) -> Draft:
    """What would be answered, or BadInput for the first thing that somebody has yet to say."""
    if len(typed(given)) > MOST_LINES:
        raise too_many(given)
    for number, line in enumerate(lines, 1):
        if not line.shown:
            raise BadInput(
                f"Variant {number} of the list cannot be answered.",
                mend="Below it says why. Mend its line, or take it out of the list.",
            )
        if line.chosen != OMIT and line.chosen not in {one.record.id for one in line.shown}:
            raise BadInput(
                f"Nothing is chosen for variant {number} of the list.",
                mend="Choose what it stands on, or that it is left out of the answer.",
            )
    status = given.get("status", "") or ("" if given.get("answer") else "final")
    if not status:
        raise BadInput("Nothing is chosen for why the answer is amended.", mend="Choose new knowledge or an error.")
    said = tuple(Said(one.allele, one.chosen, one.role or "causative") for one in lines if one.chosen != OMIT)
    return Draft(
        _plain(given.get("summary", "")), said, status, _plain(given.get("why", "")), given.get("panel", ""),
        given.get("genome", ""),
    )  # fmt: skip


def amending(report: Report, genome: str) -> dict[str, str]:
    """The form filled with the newest version of an answer, to be amended: the choices are made anew."""
    newest = report.versions[0].content
    given = {
        "answer": report.id, "expected": str(report.head), "genome": genome, "summary": newest.summary,
        "panel": newest.panel, "alleles": "\n".join(one.allele for one in newest.findings),
    }  # fmt: skip
    for n, one in enumerate(newest.findings[:MOST_LINES]):
        given |= {f"allele-{n}": one.allele, f"role-{n}": one.role}
    return given


def seal_of(content: Answer) -> str:
    """Names what somebody was shown: any other content has another."""
    return hashlib.sha256(json.dumps(content.to_json(), sort_keys=True).encode()).hexdigest()


def _plain(text: str) -> str:
    """As it was typed: a browser counts a new line as one letter and sends two."""
    return text.replace("\r\n", "\n")
