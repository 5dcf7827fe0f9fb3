"""A whole release as one file, for a named recipient under an agreement, with what it gives away printed on it.

Open doors answer place by place; a whole file tells more, so it goes to nobody who is not bound. It holds the published
numbers, no others, and each copy has a number of its own in its header and in the manifest that is signed beside it.
"""

from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sqlalchemy import select

from embla.disclosure import Attack, Power
from embla.errors import Broken, UsageError
from embla.frequency import tables
from embla.frequency.leaving import overdue, refuse_withheld
from embla.frequency.model.cohorts import TOTAL
from embla.frequency.releases import Release, Releases
from embla.frequency.sites import release_header, strip_name, totals_of, write_sites, write_strip
from embla.genome import GRCH38, Variant
from embla.genotypes import index_sites, to_bcf
from embla.platform import append_event
from embla.policy import About, Action
from embla.registry import agreements, permit

if TYPE_CHECKING:
    from embla.genotypes import SweptWindow
    from embla.platform import Actor, Envelope, House

KIND: Final = "release-file"
TRIED: Final = 2_000
FALSE_POSITIVES: Final = 0.05
_BLOCK: Final = 250
_ALLELES: Final = {"het": 1, "hom": 2, "hemi": 1, "half": 1}


@dataclass(frozen=True)
class Handed:
    """One copy that was made."""

    release: str
    recipient: str
    agreement: str
    copy: str
    sha256: str
    bytes: int
    variants: int
    power: Power

    def to_json(self) -> dict[str, Any]:
        """Plain values: what the signed manifest says."""
        return {**vars(self), "power": self.power.to_json()}


def hand_over(
    house: "House", actor: "Actor", recipient: str, out: Path, *, release: str | None = None, variants: int = TRIED
) -> Handed:
    """Write the file, its index, the strip of what was read, and the signed manifest (`out` + `.json`). The log has it
    before the file is whole.

    Raises NotPermitted for a recipient without an agreement about files in force, Refused for a release that is
    withheld, UsageError for a name that ends in neither .vcf.gz nor .bcf.
    """
    if not out.name.endswith((".vcf.gz", ".bcf")) or not out.parent.is_dir():
        raise UsageError(
            "The file must end in .vcf.gz or .bcf and lie in a folder that exists.", mend="Give another name."
        )
    about = About(recipient=recipient)
    permit(house.database, actor, Action.EXPORT_RELEASE, purpose="statistics", clock=house.clock, about=about)
    chosen = Releases(house).get(release)
    refuse_withheld(overdue(house), chosen.source(TOTAL).info.number)
    at, copy = house.clock(), "F" + house.new_id()
    with house.database.reading() as connection:
        agreement = next(
            a.id for a in agreements(connection, recipient)
            if a.flow == "files" and a.state_on(at.date()) == "signed"
        )  # fmt: skip
    power = membership_power(house, chosen, variants=variants)
    below = max(house.settings.suppress_below, chosen.info.threshold, chosen.source(TOTAL).info.threshold)
    text = partial = out.with_name(f".{out.name}.{copy}.part")
    try:
        n = write_sites(chosen, text, release_header(chosen, recipient, agreement, copy, power, below), below)
        if out.suffix == ".bcf":
            partial = out.with_name(f".{out.name}.{copy}.bcf.part")
            to_bcf(text, partial)
        with partial.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        made = Handed(chosen.info.number, recipient, agreement, copy, digest, partial.stat().st_size, n, power)
        with house.database.transaction() as connection:
            append_event(
                connection, at=at, actor=actor.id, kind="release-handed-over",
                subject=f"release:{chosen.info.number}", body=made.to_json(),
            )  # fmt: skip
        partial.replace(out)
    finally:
        for left in (text, partial):
            left.unlink(missing_ok=True)
    index_sites(out)
    write_strip(chosen, strip_name(out))
    manifest = out.with_name(out.name + ".json")
    manifest.write_text(house.keyring.sign(KIND, made.to_json(), at=at).text() + "\n", "utf-8")
    return made


def membership_power(house: "House", release: Release, *, variants: int = TRIED) -> Power:
    """The attack on this release's members who are still in the store, with `variants` of its variants by chance.

    Whoever holds the file can use all of them, so this is a lower bound where fewer are tried. Seeded by the release:
    the same release gives the same figure.
    """
    source = release.source(TOTAL)
    below = max(release.info.threshold, source.info.threshold, house.settings.suppress_below)
    with house.database.reading() as connection:
        query = select(tables.release_genomes.c.accession).where(tables.release_genomes.c.release == source.info.number)
        names = list(connection.execute(query).scalars())
        view = house.view(connection)
    present = [name for name in names if view.number_of(name) is not None]
    mask, place = view.cohort(names=present), {name: i for i, name in enumerate(present)}
    rng = np.random.default_rng(int.from_bytes(sha256(source.info.digest.encode()).digest()[:8], "big"))
    attack = Attack(len(present), rng)
    chosen = _sample(source, variants, rng)
    for start in range(0, len(chosen), _BLOCK):
        block = chosen[start : start + _BLOCK]
        genotype = np.zeros((len(present), len(block)), dtype=np.int8)
        for column, (variant, _, _, _) in enumerate(block):
            for carrier in view.carriers(variant, mask):
                if carrier.adj:
                    genotype[place[carrier.sample], column] = _ALLELES.get(carrier.genotype, 1)
        ac, an, few = (np.array([row[i] for row in block]) for i in (1, 2, 3))
        attack.add(genotype, ac, an, few < below)
    return attack.power(FALSE_POSITIVES, of=release.info.variants)


def tell_release_file(envelope: "Envelope", path: Path) -> list[str]:
    """What a manifest says, for `embla verify`; the file beside it, if it is there, must be the one it names."""
    says = envelope.says
    file = path.with_name(path.name.removesuffix(".json"))
    told = f"copy {says['copy']} of release {says['release']} for {says['recipient']} under {says['agreement']}"
    power = says["power"]
    sentences = [
        f"{told}: {says['variants']} variants",
        f"power to tell a member: {power['power']:.2f} ({power['low']:.2f} to {power['high']:.2f}) at "
        f"{power['false_positives']:.0%} false positives, with {power['variants']} of {power['of']} variants",
    ]
    if file != path and file.exists():
        with file.open("rb") as data:
            if file_digest(data, "sha256").hexdigest() != says["sha256"]:
                raise Broken(f"{file.name} is not the file that this manifest was signed for.")
        sentences.append(f"{file.name} is as it was handed over")
    return sentences


def _sample(source: Release, most: int, rng: np.random.Generator) -> list[tuple[Variant, int, int, int]]:
    """(variant, ac, an, carriers) of some of the release's variants, by chance, in order."""
    counted = {name: int(file["carried"]) for name, file in source.own.about["files"].items()}
    total = sum(counted.values())
    wanted = np.sort(rng.choice(total, min(most, total), replace=False))
    found: list[tuple[Variant, int, int, int]] = []
    seen = 0
    for contig in GRCH38.contigs:
        here = set((wanted[(wanted >= seen) & (wanted < seen + counted[contig.name])] - seen).tolist())
        seen += counted[contig.name]
        at = 0
        for swept in totals_of(source, contig.name, contig.length) if here else ():
            carried = np.flatnonzero(swept.carriers[0] > 0)
            for place in [i - at for i in here if at <= i < at + len(carried)]:
                i = int(carried[place])
                variant = Variant(contig.name, int(swept.pos[i]), *swept.alleles(i))
                found.append((variant, int(swept.ac[0, i]), int(swept.an[0, i]), int(_people(swept)[i])))
            at += len(carried)
    return found


def _people(swept: "SweptWindow") -> Any:
    two = 1 if swept.contig == "chrM" else 2
    half = swept.ac[0] - swept.nhet[0] - two * swept.nhomalt[0] - swept.nhemi[0]
    return swept.nhet[0] + swept.nhomalt[0] + swept.nhemi[0] + half
