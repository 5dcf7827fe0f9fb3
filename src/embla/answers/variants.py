"""The variants of a case's patient that somebody has said something about, and those that are asked for in one go.

Looked for in the patient's newest genome: what laboratories share as P, LP or VUS, what was answered, what a follow-up
is about, and what was typed. Decided for that genome as an answer is, also after the case, and in the log before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from embla.answers import answering, finding, store
from embla.answers.model.answer import ABSENT, NOT_CALLED, Finding, Report
from embla.classification import (
    COMPARED,
    Called,
    Class,
    Shown,
    Unnamed,
    concluded,
    name_allele,
    named_as,
    shared_alleles,
)
from embla.errors import NotFound, Refused
from embla.frequency import Releases, open_answer
from embla.genome import Variant
from embla.policy import About, Action, Decision, permit
from embla.registry import Case, absent_from, case_of, genotypes_of

if TYPE_CHECKING:
    from embla.genotypes import Count
    from embla.platform import Actor, House

# What is looked for unasked. Benign ones are in everybody by the thousand; who asks for one is told of it.
LOOKED_FOR: Final = ("P", "LP", "VUS")
MOST_SHOWN: Final = 200
MOST_TYPED: Final = 50


@dataclass(frozen=True)
class Row:
    """One allele. `carried`: as in an answer's finding; `count`: of the newest release, None where there is none;
    `stands`: what laboratories share; `answered`: (answer, version, class) of newest versions; `follow_up`: an
    open one.
    """

    allele: str
    carried: str
    called: Called
    count: "Count | None"
    stands: tuple[Shown, ...]
    answered: tuple[tuple[str, int, str], ...]
    follow_up: str = ""

    @property
    def is_carried(self) -> bool:
        """False where the genome has it not, or nobody can tell."""
        return self.carried not in (ABSENT, NOT_CALLED)

    @property
    def rank(self) -> int:
        """The gravest germline class that anybody gives it; -1 for none."""
        about = [one for one in self.stands if one.record.identity.axis in COMPARED]
        return max((Class(one.content.class_).rank for one in about), default=-1)


@dataclass(frozen=True)
class Unread:
    """A typed line that names no allele, and why."""

    typed: str
    said: str


@dataclass(frozen=True)
class CaseVariants:
    """`known`: carried and said something about, gravest first; `more`: how many are not shown; `asked`: what was
    typed, in its order; `looked`: how many alleles were looked for; `event`: the entry of this look."""

    case: Case
    genome: str
    release: str
    known: tuple[Row, ...]
    more: int
    asked: tuple[Row | Unread, ...]
    looked: int
    event: int


def variants_of(house: "House", actor: "Actor", case: str, typed: Sequence[str] = ()) -> CaseVariants:
    """Everything at once; each line of `typed` is one name of an allele."""
    known, genome, decision = _decided(house, actor, case)
    names: dict[str, str | Unread] = {line: _named(house, line) for line in typed[:MOST_TYPED]}
    with house.database.reading() as connection:
        shared = shared_alleles(connection, LOOKED_FOR)
        reports = answering.shared_answers(store.reports_of_case(connection, known.id), known.person)
        follow_ups = {
            one.subject: one.id for one in store.of_case(connection, known.id)
            if one.person == known.person and one.state != "closed" and one.kind in ("class", "drift")
        }  # fmt: skip
    said = _answered(reports)
    wanted = list(dict.fromkeys([*shared, *said, *follow_ups]))
    asked = [one for one in dict.fromkeys(names.values()) if isinstance(one, str)]
    carried, absent = _looked(house, genome, decision, wanted, asked)
    latest = Releases(house).latest()
    release = latest.info.number if latest else ""
    here = [one for one in wanted if _variant(one) in carried]
    called = named_as(house, [*here, *asked])

    def row(allele: str) -> Row:
        variant = _variant(allele)
        genotype = carried.get(variant, ABSENT if variant in absent else NOT_CALLED)
        stands = tuple(concluded(house, actor, allele))
        count = _count(house, variant, release)
        worded = Finding(allele, {}, genotype, "", 0, "", "", "", "", "").carried
        return Row(allele, worded, called[allele], count, stands, said.get(allele, ()), follow_ups.get(allele, ""))

    found = sorted(map(row, here), key=lambda one: (-one.rank, not one.answered, _place(one.allele)))
    told = tuple(one if isinstance(one, Unread) else row(one) for one in dict.fromkeys(names.values()))
    return CaseVariants(
        known, genome, release, tuple(found[:MOST_SHOWN]), max(0, len(found) - MOST_SHOWN), told, len(wanted),
        decision.event or 0,
    )  # fmt: skip


def _looked(
    house: "House", genome: str, decision: Decision, wanted: Sequence[str], asked: Sequence[str]
) -> tuple[dict[Variant, str], set[Variant]]:
    """What the genome carries of all, and what of those that were asked for it has not."""
    carried = genotypes_of(house, genome, decision, [_variant(one) for one in dict.fromkeys([*wanted, *asked])])
    gone = [one for one in map(_variant, asked) if one not in carried]
    return carried, absent_from(house, genome, decision, gone)


def may_ask(house: "House", actor: "Actor", case: str) -> Case:
    """The case, for who may answer in it; nothing of its patient is read."""
    with house.database.reading() as connection:
        known = case_of(connection, case[:40])
    about = About(case=known.id if known else "unknown", person=known.person if known else None)
    permit(house.database, actor, Action.ANSWER, purpose="care", clock=house.clock, about=about)
    if known is None:
        raise _no_case()
    return known


def _decided(house: "House", actor: "Actor", case: str) -> tuple[Case, str, Decision]:
    with house.database.reading() as connection:
        known = case_of(connection, case[:40])
        genome = finding.newest_genome(connection, known.person) if known else ""
    if known is None or not genome:
        may_ask(house, actor, case)
        raise NotFound("No genome is stored for this patient.", mend="A laboratory reports it first.")
    about = About(case=known.id, genome=genome)
    return known, genome, permit(house.database, actor, Action.ANSWER, purpose="care", clock=house.clock, about=about)


def _no_case() -> NotFound:
    return NotFound("There is no such case.", mend="The list of your cases has yours.")


def _named(house: "House", line: str) -> str | Unread:
    found = name_allele(line, house.names)
    return Unread(found.submitted, found.said) if isinstance(found, Unnamed) else str(found.variant)


def _answered(reports: Sequence[Report]) -> Mapping[str, tuple[tuple[str, int, str], ...]]:
    told: dict[str, tuple[tuple[str, int, str], ...]] = {}
    for report in reports:
        for one in report.versions[0].content.findings:
            told[one.allele] = (*told.get(one.allele, ()), (report.id, report.head, one.class_))
    return told


def _count(house: "House", variant: Variant, release: str) -> "Count | None":
    if not release:
        return None
    try:
        return open_answer(house, variant, release).headline
    except (NotFound, Refused):
        return None  # withheld for now


def _variant(allele: str) -> Variant:
    contig, pos, ref, alt = allele.rsplit("-", 3)
    return Variant(contig, int(pos), ref, alt)


def _place(allele: str) -> tuple[int, int, str]:
    from embla.genome import GRCH38

    contig, pos, _, _ = allele.rsplit("-", 3)
    return [one.name for one in GRCH38.contigs].index(contig), int(pos), allele
