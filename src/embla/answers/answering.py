"""Answers: given, amended, handed out, acknowledged, read. Each is decided and in the log before anything is shown.

What an answer says of an allele is checked against the genome it stands on, and against what a laboratory published:
neither what the patient does not carry nor a class that nobody signed can be answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from embla import __version__
from embla.answers import finding, store
from embla.answers.gaps import Gaps, gaps_of
from embla.answers.model import answer as rules
from embla.answers.model import follow_up as loops
from embla.answers.model.answer import ABSENT, NOT_CALLED, Answer, Finding, Report, Version
from embla.answers.model.follow_up import FollowUp
from embla.classification import COMPARED, Shown, Unnamed, name_allele, panel_in_force, shared_record
from embla.errors import BadInput, Conflict, NotFound, Refused
from embla.frequency import Releases, open_answer
from embla.genome import Variant
from embla.platform import append_event
from embla.policy import About, Action, Decision, permit
from embla.reference import refuse_personal_number, resolve
from embla.registry import Case, absent_from, case_of, genotypes_of

if TYPE_CHECKING:
    from embla.genome import Variant as _Variant
    from embla.platform import Actor, House
    from embla.registry import Genome

MOST_RECEIPT: Final = 200


@dataclass(frozen=True)
class Said:
    """A finding as somebody writes it: any name of the allele, the classification it rests on, its role."""

    allele: str
    classification: str
    role: str = "causative"


@dataclass(frozen=True)
class Draft:
    """An answer as somebody writes it. `genome`: "" is the patient's newest."""

    summary: str
    findings: tuple[Said, ...] = ()
    status: str = "final"
    why: str = ""
    panel: str = ""
    genome: str = ""


def drafted(
    house: "House", actor: "Actor", case: str, draft: Draft, *, answer: str = "", expected: int = 0
) -> Answer:  # fmt: skip
    """What `give` would issue as things are, and nothing is issued. Refused as `give` is."""
    return _prepared(house, actor, case, draft, answer, expected)[0]


def give(
    house: "House", actor: "Actor", case: str, draft: Draft, *, answer: str = "", expected: int = 0,
    follow_up: str = "", shown: Answer | None = None,
) -> Version:  # fmt: skip
    """The first version of an answer, or, with `answer` and the `expected` number, another in its place.

    Refused for an allele that the genome does not carry and for a class that nobody published; Conflict where another
    version came first, or where it would say something else than what was `shown`.
    """
    content, genome, known, before = _prepared(house, actor, case, draft, answer, expected)
    if shown is not None and content != shown:
        raise Conflict("What would be issued is not what you saw.", mend="See it again, then give it.")
    at = house.clock()
    with house.database.transaction() as connection:
        name = answer or "A" + house.new_id()
        version = Version(name, expected + 1, content, at, actor.id, follow_up)
        append_event(
            connection, at=at, actor=actor.id, kind="answer-given", subject=f"answer:{name}",
            body={"number": version.number, "status": content.status, "case": known.id, "person": genome.person,
                  "findings": len(content.findings)},
        )  # fmt: skip
        # After the event, where writers wait for each other: else two presses of one button see neither the other.
        if before is None and given_before(store.reports_of_case(connection, known.id), content, actor.id):
            raise Conflict("This very answer was given already.", mend="The page of the case has it.", reason="twice")
        if before is None:
            report = Report(name, known.id, genome.person, genome.accession, known.laboratory, 1)
            store.add_answer(connection, report, version)
        else:
            store.add_version(connection, before, version)
        if follow_up:
            one = _follow_up(connection, follow_up, known)
            if one.person != genome.person:
                raise Refused("This follow-up is about another person.", mend="Answer about the person it names.")
            store.save_follow_up(connection, one, loops.sent(one, name, version.number, at))
        for one in store.of_case(connection, known.id):
            # Record systems are handed the newest version alone, so it is the one that closes what waits for a reader.
            if (one.answer, one.state) == (name, "sent") and one.number < version.number:
                store.save_follow_up(connection, one, loops.sent(one, name, version.number, at))
    return version


def answers_of(house: "House", actor: "Actor", case: str) -> list[Report]:
    """Every answer of a case, with all versions; the look is in the log."""
    known = _permitted(house, actor, case)
    with house.database.reading() as connection:
        found = store.reports_of_case(connection, known.id)
    for one in found:
        _permit_relative(house, actor, known, one)
    return found


def version_of(house: "House", actor: "Actor", case: str, answer: str, number: int) -> Version:
    """One version, to be handed out. Handing it out is neither a receipt nor reading it."""
    return version_and_next(house, actor, case, answer, number)[0]


def version_and_next(
    house: "House", actor: "Actor", case: str, answer: str, number: int
) -> tuple[Version, Version | None]:
    """The same, with the version that took its place: a letter that holds no longer must say so."""
    known = _permitted(house, actor, case)
    with house.database.reading() as connection:
        report = _report(connection, answer, known)
    _permit_relative(house, actor, known, report)
    newer = _version(report, number + 1) if number < report.head else None
    return _version(report, number), newer


def waiting(house: "House", actor: "Actor", case: str) -> list[Version]:
    """Newest versions of a case that no record system has acknowledged."""
    return [one.versions[0] for one in answers_of(house, actor, case) if one.versions[0].acknowledged is None]


def acknowledge(house: "House", actor: "Actor", case: str, answer: str, number: int, receipt: str) -> Version:
    """The record system has it, under the number of its receipt; again changes nothing."""
    receipt = " ".join(receipt.split())
    if not receipt or len(receipt) > MOST_RECEIPT or not receipt.isprintable():
        raise BadInput("A receipt has a number of its own.", mend="Give the one that the record system gave.")
    refuse_personal_number(receipt)
    return _delivered(house, actor, case, answer, number, "answer-acknowledged", receipt)


def read(house: "House", actor: "Actor", case: str, answer: str, number: int) -> Version:
    """A named clinician has opened it; again changes nothing. Refused for who wrote it, where others treat."""
    return _delivered(house, actor, case, answer, number, "answer-read", "")


def _delivered(
    house: "House", actor: "Actor", case: str, answer: str, number: int, kind: str, receipt: str
) -> Version:  # fmt: skip
    known = _permitted(house, actor, case)
    with house.database.reading() as connection:
        _permit_relative(house, actor, known, _report(connection, answer, known))
    at = house.clock()
    with house.database.reading() as connection:
        version = _version(_report(connection, answer, known), number)
    if kind == "answer-read":
        rules.may_read(version, actor.id, known.clinicians)
    if (version.read if kind == "answer-read" else version.acknowledged) is not None:
        return version
    with house.database.transaction() as connection:
        # The event first: writers wait there for each other. Else a receipt and a reading at the same moment each see
        # the other missing, and neither closes the loop.
        append_event(
            connection, at=at, actor=actor.id, kind=kind, subject=f"answer:{answer[:40]}",
            body={"number": number, "case": known.id, "person": _report(connection, answer, known).person},
        )  # fmt: skip
        version = _version(_report(connection, answer, known), number)
        if kind == "answer-read":
            noted = replace(version, read=version.read or at, read_by=version.read_by or actor.id)
            values = {"read": noted.read, "read_by": noted.read_by}
        else:
            noted = version if version.acknowledged else replace(
                version, acknowledged=at, acknowledged_by=actor.id, receipt=receipt)  # fmt: skip
            values = {"acknowledged": noted.acknowledged, "acknowledged_by": noted.acknowledged_by,
                      "receipt": noted.receipt}  # fmt: skip
        store.note_delivery(connection, answer, number, **values)
        for one in store.of_case(connection, known.id):
            if (one.answer, one.number, one.state) == (answer, number, "sent"):
                settle(connection, one, noted, at, actor.id)
    return noted


def settle(connection: Connection, one: FollowUp, version: Version, at: datetime, by: str) -> FollowUp:
    """Close a follow-up where everything has happened that must."""
    after = loops.settled(one, version.acknowledged is not None, version.read is not None, at)
    if after != one:
        store.save_follow_up(connection, one, after)
        append_event(
            connection, at=at, actor=by, kind="follow-up-closed", subject=f"follow-up:{one.id}",
            body={"reason": after.reason, "case": one.case, "person": one.person},
        )  # fmt: skip
    return after


def _prepared(
    house: "House", actor: "Actor", case: str, draft: Draft, answer: str, expected: int
) -> "tuple[Answer, Genome, Case, Report | None]":
    genome, decision, known = _decided(house, actor, case, draft.genome)
    with house.database.reading() as connection:
        before = _report(connection, answer, known) if answer else None
        if before is not None and before.person != genome.person:
            raise Refused("This genome is another person's than the answer is about.", mend="Give the right genome.")
    content = rules.checked(_content(house, draft, genome, decision), before.head if before else 0, expected)
    return content, genome, known, before


def _decided(house: "House", actor: "Actor", case: str, genome: str) -> "tuple[Genome, Decision, Case]":
    """The genome that is answered about, with the decision. What is read before says only what is asked about."""
    with house.database.reading() as connection:
        known = case_of(connection, case[:40])
        name = genome or (finding.newest_genome(connection, known.person) if known else "")
        found = finding.known_genome(connection, name) if name else None
    about = About(case=known.id if known else "unknown", genome=found.accession if found else genome[:40] or "unknown")
    decision = permit(house.database, actor, Action.ANSWER, purpose="care", clock=house.clock, about=about)
    if known is None or found is None:
        raise NotFound("No genome is stored for this patient.", mend="A laboratory reports it first.")
    return found, decision, known


def _permitted(house: "House", actor: "Actor", case: str) -> Case:
    with house.database.reading() as connection:
        known = case_of(connection, case[:40])
    about = About(case=known.id if known else "unknown", person=known.person if known else None)
    permit(house.database, actor, Action.ANSWER, purpose="care", clock=house.clock, about=about)
    if known is None:
        raise NotFound("There is no such case.", mend="The list of your cases has yours.")
    return known


def _permit_relative(house: "House", actor: "Actor", case: Case, report: Report) -> None:
    """An answer about somebody else than the case's patient is a look at that person, and in the log as such."""
    if report.person != case.person:
        about = About(case=case.id, genome=report.genome)
        permit(house.database, actor, Action.ANSWER, purpose="care", clock=house.clock, about=about)


def _content(house: "House", draft: Draft, genome: "Genome", decision: Decision) -> Answer:
    named: list[tuple[Said, Variant, Shown]] = []
    for said in draft.findings:
        allele = name_allele(said.allele, house.names)
        if isinstance(allele, Unnamed):
            raise BadInput(allele.said, reason=allele.reason)
        with house.database.reading() as connection:
            shown = shared_record(connection, said.classification)
        if shown is None or shown.record.identity.allele != str(allele.variant):
            raise Refused(
                "No laboratory shares such a classification of this allele.", mend="Choose one that stands."
            )  # fmt: skip
        _germline(shown)
        named.append((said, allele.variant, shown))
    carried = genotypes_of(house, genome.accession, decision, [variant for _, variant, _ in named])
    gone = [variant for _, variant, _ in named if variant not in carried]
    if gone and draft.status != "corrected":
        raise Refused("This genome does not carry the variant.", mend="Look at its calls again.")
    absent = absent_from(house, genome.accession, decision, gone)
    carried |= {variant: ABSENT if variant in absent else NOT_CALLED for variant in gone}
    latest = Releases(house).latest()
    release = latest.info.number if latest else ""
    findings = []
    for said, variant, shown in named:
        findings.append(_finding(house, said, variant, shown, carried[variant], release))
    version, gaps = "", Gaps((), ())
    if draft.panel:
        with house.database.reading() as connection:
            panel = panel_in_force(connection, draft.panel, house.clock().date())
        version, gaps = panel.number, gaps_of(house, genome.accession, decision, panel)
    return Answer(
        tuple(findings), draft.summary.strip(), draft.status, draft.why.strip(), draft.panel, version, gaps.thin,
        release, genome.accession, genome.laboratory, f"embla {__version__}",
        gaps.unmeasured,
    )  # fmt: skip


def _germline(shown: Shown) -> None:
    """Refused for what says nothing of who inherited a variant: a tumour's class, a tier, a risk allele."""
    about = shown.record.identity
    if about.axis not in COMPARED or about.origin == "somatic":
        raise Refused(
            "This classification is none of a germline variant.", mend="Choose one of the germline, or leave it out."
        )


def _finding(
    house: "House", said: Said, variant: "_Variant", shown: Shown, genotype: str, release: str
) -> Finding:  # fmt: skip
    about, content = shown.record.identity, shown.content
    found = Finding(
        str(variant), _names(house, variant), genotype, shown.record.id, shown.number, about.laboratory,
        content.class_, content.condition_label or about.condition, about.inheritance,
        content.evaluated.isoformat(), said.role,
    )  # fmt: skip
    if not release:
        return found
    # Of the release and not of now: what stands in a letter must be what anybody can look up again.
    count = open_answer(house, variant, release).headline
    return replace(found, counted=count.status, ac=count.ac, an=count.an, af=count.af)


def _names(house: "House", variant: "_Variant") -> dict[str, str]:
    """g., and c. and p. on MANE Select where it names the variant, else on the first transcript that does, one with a
    whole coding sequence before others; frozen with the answer."""
    found = resolve(str(variant), house.names).names
    if found is None:
        return {}
    told = {"g": found.g}
    for transcript, names in sorted(found.transcripts.items(), key=lambda one: (_rank(house, one[0]), one[0])):
        if names.c is not None:
            told |= {"transcript": transcript, "c": f"{transcript}:{names.c}"} | ({"p": names.p} if names.p else {})
            break
    return told


def _rank(house: "House", transcript: str) -> int:
    loaded = house.names.transcripts
    model = loaded.find(transcript) if loaded is not None else None
    return 2 if model is None or model.cut or model.cds is None else 0 if model.mane else 1


def _report(connection: Connection, answer: str, case: Case) -> Report:
    found = store.report_of(connection, answer)
    if found is None or found.case != case.id:
        raise NotFound("There is no such answer.", mend="The page of the case has them all.")
    return found


def _version(report: Report, number: int) -> Version:
    found = next((one for one in report.versions if one.number == number), None)
    if found is None:
        raise NotFound("There is no such version of this answer.", mend="The page of the case has them all.")
    return found


def _follow_up(connection: Connection, name: str, case: Case) -> FollowUp:
    found = store.follow_up(connection, name)
    if found is None or found.case != case.id:
        raise NotFound("There is no such follow-up.", mend="The list of your follow-ups has them all.")
    return found


def shared_answers(reports: Sequence[Report], person: str) -> list[Report]:
    """Answers of a case about one person."""
    return [one for one in reports if one.person == person]


def given_before(reports: Sequence[Report], content: Answer, by: str) -> bool:
    """True where the newest version of an answer of a case says just this, given by this account: pressed twice."""
    return any(one.versions[0].content == content and one.versions[0].by == by for one in reports)
