"""Research freezes: genotypes of those who may be in one, under the project's own names, for a study under agreement.

Decided, then the registers are asked, then each person; in the log, for the project and for every person in it, before
the folder is there. A person has another name in each project (`embla.identity`), and people stand in the order of
those names, which are random. Who opted out is never in one; who opts out later is not in the next.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from embla.errors import Broken, Conflict, Refused
from embla.frequency.handing import manifest_of, refuse_taken
from embla.genome import GRCH38, Region
from embla.genotypes import Frozen, check_freeze, write_freeze
from embla.identity import project_pseudonyms
from embla.platform import append_event
from embla.policy import About, Action, Decision, prove
from embla.registry import CountedGenome, agreement_in_force, before_research, find_partner, permit, research_genomes
from embla.storage import together

if TYPE_CHECKING:
    from embla.platform import Actor, Envelope, House

KIND: Final = "research-freeze"
_BATCH: Final = 10_000


@dataclass(frozen=True)
class Freeze:
    """One freeze that was made. Genomes left out, none of it on the files: `opted_out`, a mark stands; `unasked`, the
    opt-out register could not be asked about the person; `outside_zone`."""

    freeze: str
    project: str
    recipient: str
    agreement: str
    format: str
    people: int
    variants: int
    bytes: int
    sha256: str
    opted_out: int
    unasked: int
    outside_zone: int

    def signed(self) -> dict[str, Any]:
        """What the signed manifest says."""
        hidden = ("opted_out", "unasked", "outside_zone")
        return {name: value for name, value in vars(self).items() if name not in hidden}


def make_freeze(
    house: "House", actor: "Actor", project: str, recipient: str, out: Path, *, kind: str,
    region: Region | None = None, patient_groups: Collection[str] = (),
) -> Freeze:  # fmt: skip
    """Write the folder `out` and, beside it, the signed manifest `out` + `.json`: both, or neither where the disk is
    full (Unavailable).

    Raises NotPermitted without a research agreement in force, Unavailable where a register is silent, Refused where
    nobody is left, Conflict where somebody left meanwhile.
    """
    about = About(project=project, recipient=recipient)
    decision = permit(house.database, actor, Action.RESEARCH_FREEZE, purpose="research", clock=house.clock, about=about)
    before_research(house, actor)
    at = house.clock()
    with house.database.reading() as connection:
        partner = find_partner(connection, recipient)
        agreement = agreement_in_force(connection, recipient, at.date(), "research")
        assert partner is not None and agreement is not None  # the decision's own facts
        found = research_genomes(connection, at=at, country=partner.country)
    chosen = [genome for genome in found.genomes if not patient_groups or genome.patient_group in patient_groups]
    if not chosen:
        raise Refused(
            "Nobody who may be in this freeze is left.", mend="See the agreement, the groups and the opt-outs."
        )
    names = _names(house, actor, project, chosen)
    told = {
        "freeze": "Z" + house.new_id(), "project": project, "recipient": recipient, "agreement": agreement.id,
        "made": at.date().isoformat(), "assembly": GRCH38.name,
    }  # fmt: skip
    _refuse_taken(out)
    with together(out) as beside:
        frozen = _write(house, decision, names, beside.folder / out.name, kind, told, region)
        made = Freeze(
            told["freeze"], project, recipient, agreement.id, kind, frozen.people, frozen.variants, frozen.bytes,
            frozen.digest, found.opted_out, found.unasked, found.outside_zone,
        )  # fmt: skip
        manifest = manifest_of(beside.folder / out.name)
        manifest.write_text(house.keyring.sign(KIND, made.signed(), at=at).text() + "\n", "utf-8")
        beside.settle()
        _log(house, actor, made, chosen, partner.country)
        beside.put(last=manifest.name)
    return made


def tell_research_freeze(envelope: "Envelope", path: Path) -> list[str]:
    """What a manifest says, for `embla verify`; the folder beside it, if it is there, must be the one it names."""
    says = envelope.says
    folder = path.with_name(path.name.removesuffix(".json"))
    sentences = [
        f"freeze {says['freeze']} of project {says['project']} for {says['recipient']} under {says['agreement']}: "
        f"{says['people']} people, {says['variants']} variants, {says['format']}"
    ]
    if folder != path and folder.is_dir():
        if check_freeze(folder) != says["sha256"]:
            raise Broken(f"{folder.name} is not the folder that this manifest was signed for.")
        sentences.append(f"{folder.name} is as it was made")
    return sentences


def _write(
    house: "House", decision: Decision, names: dict[str, str], folder: Path, kind: str, told: dict[str, str],
    region: Region | None,
) -> Frozen:  # fmt: skip
    prove(
        house.database, decision, [Action.RESEARCH_FREEZE], [About(project=told["project"]).subject], room="frequency"
    )
    with house.database.reading() as connection:
        view = house.view(connection)
    about = {**told, "store": view.manifest.short, "policy": view.policy}
    return write_freeze(view, names, folder, kind=kind, about=about, region=region)


def _names(house: "House", actor: "Actor", project: str, chosen: Sequence[CountedGenome]) -> dict[str, str]:
    about = About(project=project)
    decision = permit(
        house.database, actor, Action.GIVE_PROJECT_PSEUDONYM, purpose="research", clock=house.clock, about=about
    )
    names: dict[str, str] = {}
    for start in range(0, len(chosen), _BATCH):
        part = chosen[start : start + _BATCH]
        given = project_pseudonyms(house, decision, project, [genome.person for genome in part])
        names |= {genome.accession: name for genome, name in zip(part, given, strict=True)}
    return names


def _log(house: "House", actor: "Actor", made: Freeze, chosen: Sequence[CountedGenome], country: str) -> None:
    """The freeze, and that each person is in it; Conflict when one of them may not be any more."""
    at: datetime = house.clock()
    with house.database.transaction() as connection:
        still = {genome.accession for genome in research_genomes(connection, at=at, country=country).genomes}
        if not still.issuperset(genome.accession for genome in chosen):
            raise Conflict("Somebody left while the freeze was written; nothing was kept.", mend="Make it again.")
        append_event(
            connection, at=at, actor=actor.id, kind="research-freeze-made", subject=f"project:{made.project}",
            body=made.signed(),
        )  # fmt: skip
        for genome in chosen:
            append_event(
                connection, at=at, actor=actor.id, kind="research-freeze-holds", subject=f"person:{genome.person}",
                body={"freeze": made.freeze, "project": made.project, "purpose": "research"},
            )  # fmt: skip


def _refuse_taken(out: Path) -> None:
    if out.exists() or not out.parent.is_dir():
        raise Refused("The folder must be new and lie in one that exists.", mend="Give another name.")
    refuse_taken(manifest_of(out))
