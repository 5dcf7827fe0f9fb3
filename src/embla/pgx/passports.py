"""Issue, re-issue and revoke passports: decided, guarded against swapped samples, signed, and in the log.

A passport stands on one genome of the patient of a case. Before it is signed the calls on X and Y are held against the
declared karyotype, and the genome against a second sample of the same person where one is given; a contradiction stops
it. The list of what holds no longer is signed anew with each change.
"""

from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import TYPE_CHECKING, Final

from embla.errors import NotFound, Refused, UsageError
from embla.genome import GRCH38
from embla.genotypes import Pack, Policy, karyotype_problem, read_packs, specs_for
from embla.pgx.giving import profile_of
from embla.pgx.model.passport import Guard, card, changes, passport
from embla.pgx.service import tell_advice, tell_call
from embla.pgx.store import Issued, add_passport, end_passport, ended_passports, find_passport, passports_of
from embla.platform import REVOCATIONS, REVOKED_FILE, Envelope, append_event, compact, parse_envelope
from embla.policy import About, Action, permit
from embla.registry import case_of, genomes_of_person, read_pack
from embla.submission import agreement

if TYPE_CHECKING:
    from embla.platform import Actor, House

DOCUMENT: Final = "pgx-passport"
CARD: Final = "pgx-card"
REASONS: Final = ("sample-swap", "wrong-person", "lost", "definitions", "other")
COMMON: Final = 20  # common variants that a second sample must share
AGREE: Final = 0.95


def issue(
    house: "House", actor: "Actor", case: str, *, genome: str | None = None, second: Path | None = None,
    unchecked: bool = False,
) -> Issued:  # fmt: skip
    """A signed passport for the patient of a case, from the newest genome or the one named.

    `second`: a VCF of another sample of this person (a panel of common variants is enough). Without one the issuer must
    say `unchecked`, and the passport says it, too. Refused where sex or variants contradict.
    """
    with house.database.reading() as connection:
        known = case_of(connection, case)
        found = genomes_of_person(connection, known.person) if known is not None else []
    mine = [one for one in found if genome in (None, one.accession)]
    person = known.person if known is not None else None
    chosen = max(mine, key=lambda one: one.accepted, default=None)
    about = About(genome=chosen.accession if chosen else None, case=case, person=person)
    decision = permit(house.database, actor, Action.READ_CALLS, purpose="care", clock=house.clock, about=about)
    if chosen is None or known is None:
        raise NotFound("This patient has no such genome here.", mend="The case's page lists them.")
    if second is None and not unchecked:
        raise UsageError(
            "No second sample was given to compare with.",
            mend="Give --check with a VCF of another sample of the person, or say --unchecked.",
        )
    guard = _guard(read_pack(house, chosen.accession, decision), second)
    profile = profile_of(house, chosen, decision)
    at, identifier = house.clock(), "PX" + house.new_id()
    with house.database.transaction() as connection:
        if chosen.accession not in {one.accession for one in genomes_of_person(connection, known.person)}:
            # A correction or a withdrawal that came meanwhile has revoked what there was; this would escape it.
            raise Refused("The genome was replaced or taken out meanwhile.", mend="Issue from the one that stands now.")
        before = passports_of(connection, known.person)
        last = next((one for one in before if one.document), None)
        version = before[0].version + 1 if before else 1
        content = passport(
            identifier=identifier, version=version, supersedes=last.id if last else None, issued=at,
            accession=chosen.accession, release=profile.release, calls=profile.calls, guard=guard,
            genes=[tell_call(chosen.accession, call, profile.release) for call in profile.calls],
            advice=[tell_advice(chosen.accession, one) for one in profile.advice],
        )  # fmt: skip
        document = house.keyring.sign(DOCUMENT, content, at=at)
        short = house.keyring.sign(CARD, card(content), at=at)
        told = changes(parse_envelope(last.document).says, content) if last else {}
        made = Issued(
            identifier, known.person, chosen.accession, version, "current", at, actor.id, None, None, None,
            document.text(), compact(short), told,
        )  # fmt: skip
        add_passport(connection, made)
        body = {"passport": identifier, "version": version, "genome": chosen.accession, "release": profile.release.id,
                "checked": guard.checked, "genes_changed": len(told.get("genes", ()))}  # fmt: skip
        append_event(
            connection, at=at, actor=actor.id, kind="passport-issued", subject=f"person:{known.person}", body=body
        )  # fmt: skip
    publish_revocations(house)
    return made


def passports_for(house: "House", actor: "Actor", case: str) -> list[Issued]:
    """Every passport of the patient of a case, newest first; for who treats, and in the log."""
    with house.database.reading() as connection:
        known = case_of(connection, case)
    about = About(case=case, person=known.person if known else None)
    permit(house.database, actor, Action.READ_CALLS, purpose="care", clock=house.clock, about=about)
    with house.database.reading() as connection:
        return passports_of(connection, known.person) if known else []


def revoke(house: "House", actor: "Actor", identifier: str, reason: str) -> Issued:
    """End a passport for good; the list that verifiers bring along names it from now on."""
    permit(house.database, actor, Action.MANAGE_REGISTRY, purpose="operation", clock=house.clock)
    if reason not in REASONS:
        raise UsageError(f"reason {reason[:40]!r} is not known.", mend=f"One of {', '.join(REASONS)}.")
    at = house.clock()
    with house.database.transaction() as connection:
        found = find_passport(connection, identifier)
        if found is None:
            raise NotFound("There is no such passport.", mend="Its number begins with PX and stands on it.")
        if not end_passport(connection, identifier, reason, at):
            raise Refused("This passport is revoked already.")
        append_event(
            connection, at=at, actor=actor.id, kind="passport-revoked", subject=f"person:{found.person}",
            body={"passport": identifier, "reason": reason},
        )  # fmt: skip
        ended = find_passport(connection, identifier)
    publish_revocations(house)
    return ended or found


def revocations(house: "House") -> Envelope:
    """The signed list of passports that hold no longer, as of now. It names ids and nobody."""
    with house.database.reading() as connection:
        revoked, replaced = ended_passports(connection)
    says = {"of": DOCUMENT, "revoked": revoked, "replaced": replaced}
    return house.keyring.sign(REVOCATIONS, says, at=house.clock())


def publish_revocations(house: "House") -> None:
    """Write the list where the home's own `embla verify` looks."""
    place = house.home / REVOKED_FILE
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        # One after the other, so that no list from before a commit takes the place of one from after it.
        flock(lock, LOCK_EX)
        temporary = place.with_suffix(".part")
        temporary.write_text(revocations(house).text() + "\n", encoding="utf-8")
        temporary.replace(place)


def _guard(pack: Pack, second: Path | None) -> Guard:
    problem = karyotype_problem(pack)
    if problem:
        raise Refused(f"The sample may be another person's: {problem}.", mend="Check sample and sex; issue nothing.")
    sex = "silent" if "chrX" not in pack.contigs or pack.karyotype == "unknown" else "agrees"
    if second is None:
        return Guard(sex, None, None)
    specs = specs_for([second])
    if len(specs) != 1:
        raise UsageError(f"{second.name} holds {len(specs)} samples.", mend="Give the one of this person.")
    other = next(iter(read_packs(specs, assembly=GRCH38, reference=None, policy=Policy()))).pack
    same, seen = agreement(pack, other)
    if seen < COMMON:
        raise Refused(
            f"Only {seen} common variants were called in both samples, where {COMMON} are asked for.",
            mend="Give a sample with more variants in common.",
        )
    if same < AGREE * seen:
        raise Refused(
            f"The samples agree at {same} of {seen} common variants: they are of two persons.",
            mend="Find out which sample is whose; issue nothing.",
        )
    return Guard(sex, same, seen)


def tell_passport(envelope: Envelope, path: Path) -> list[str]:
    """What a passport or its card says, for `embla verify`."""
    says = envelope.says
    told = [f"{gene}: {term}" for gene, term in says["phenotypes"].items() if gene not in says["not_assessed"]]
    return [
        f"Pharmacogenetic passport {says['revocable']}, version {says['version']}.",
        f"Not assessed: {', '.join(says['not_assessed']) or 'no gene'}.",
        *told,
    ]
