"""A whole release as one file, for a named recipient under an agreement, with what it gives away printed on it.

Open doors answer place by place; a whole file tells more, so it goes to nobody who is not bound. It holds the published
numbers, no others, and each copy has a number of its own in its header and in the manifest that is signed beside it.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sqlalchemy import select

from embla.disclosure import Attack, Power
from embla.errors import Broken, NameTaken, UsageError
from embla.frequency import tables
from embla.frequency.leaving import overdue, refuse_withheld
from embla.frequency.members import membership
from embla.frequency.mininode import country_of, lacking_sexes, write_mininode
from embla.frequency.model.cohorts import TOTAL
from embla.frequency.releases import Release, Releases, threshold
from embla.frequency.sites import about_release, release_header, strip_name, totals_of, write_sites, write_strip
from embla.frequency.structural_vcf import write_structural
from embla.genome import GRCH38, Variant
from embla.genotypes import index_sites, to_bcf
from embla.platform import append_event, parse_envelope
from embla.policy import About, Action
from embla.registry import agreements, counted_genomes, permit
from embla.storage import together

if TYPE_CHECKING:
    from embla.genotypes import SweptWindow
    from embla.platform import Actor, Envelope, House
    from embla.storage import Together

KIND: Final = "release-file"
SUMS: Final = "SHA256SUMS"
TRIED: Final = 2_000
FALSE_POSITIVES: Final = 0.05
# The figure of the small variants says nothing of a file that has none of them.
UNMEASURED: Final = "the power to tell a member from structural events and repeats is not measured"
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
    power: Power | None  # None: not measured, of structural events
    lacks: str = ""  # what somebody may look for in it in vain, and why

    def to_json(self) -> dict[str, Any]:
        """Plain values: what the signed manifest says."""
        told = {**vars(self), "power": self.power.to_json() if self.power else None}
        return told if self.lacks else {name: value for name, value in told.items() if name != "lacks"}

    def sentence(self) -> str:
        """One line for a terminal."""
        power = self.power
        told = f"copy {self.copy} of release {self.release}: {self.variants:,} "
        told += (
            f"variants; a member can be told with power {power.power:.2f} ({power.low:.2f} to {power.high:.2f}) at "
            f"{power.false_positives:.0%} false positives"
            if power
            else f"events and repeats; {UNMEASURED}"
        )
        return f"{told}. {self.lacks}" if self.lacks else told


def hand_over(
    house: "House", actor: "Actor", recipient: str, out: Path, *, release: str | None = None, variants: int = TRIED,
    structural: bool = False,
) -> Handed:  # fmt: skip
    """Write the file, its index, the strip of what was read, and the signed manifest (`out` + `.json`): all of them, or
    none where the disk is full (Unavailable). The log has it before a file has its name. `structural`: structural
    events and repeats in place of small variants, without a strip and without the power to tell a member, which is
    measured on small variants.

    Raises NotPermitted for a recipient without an agreement about files in force, Refused for a release that is
    withheld, NameTaken where one of these files is there already, UsageError for a name that ends in neither .vcf.gz
    nor .bcf.
    """
    if not out.name.endswith((".vcf.gz", ".bcf")) or not out.parent.is_dir():
        raise UsageError(
            "The file must end in .vcf.gz or .bcf and lie in a folder that exists.", mend="Give another name."
        )
    refuse_taken(out, manifest_of(out))
    leave = _leave(house, actor, recipient, release, None if structural else variants)
    if not structural:
        _refuse_other_strip(out, leave.release.info.number)
    with together(out) as beside:
        whole = beside.folder / out.name
        text = whole.with_suffix(".vcf.gz") if out.suffix == ".bcf" else whole
        if structural:
            n = write_structural(house, leave.release, text, leave.about())
        else:
            n = write_sites(leave.release, text, release_header(leave.release, leave.about()), leave.below)
            write_strip(leave.release, strip_name(whole))
        if text != whole:
            to_bcf(text, whole)
            text.unlink()
        index_sites(whole)
        made = leave.made(_digest(whole), whole.stat().st_size, n)
        _give(house, actor, leave, made, beside)
    return made


def hand_over_mininode(
    house: "House", actor: "Actor", recipient: str, out: Path, *, release: str | None = None, variants: int = TRIED
) -> Handed:
    """Write a release as a folder that a GDI mini-node serves, `out` named like the data set, with `SHA256SUMS` in it
    and the signed manifest beside it (whose hash is that of SHA256SUMS). Raises as `hand_over` does.
    """
    country = country_of(out.name)
    if out.exists() or not out.parent.is_dir():
        raise UsageError("The folder must be new and lie in one that exists.", mend="Give another name.")
    refuse_taken(manifest_of(out))
    leave = _leave(house, actor, recipient, release, variants)
    with together(out) as beside:
        folder = beside.folder / out.name
        late = overdue(house)
        lacks = lacking_sexes(leave.release, late)
        about = leave.about() | ({"embla_lacks": lacks} if lacks else {})
        n, files = write_mininode(house, leave.release, late, folder, country, about)
        sums = folder / SUMS
        sums.write_text("".join(f"{_digest(folder / name)}  {name}\n" for name in files), "ascii")
        made = leave.made(_digest(sums), sum((folder / name).stat().st_size for name in files), n, lacks)
        _give(house, actor, leave, made, beside)
    return made


@dataclass(frozen=True)
class _Leave:
    """What has been decided and found out before a copy is written."""

    release: Release
    recipient: str
    agreement: str
    copy: str
    at: datetime
    power: Power | None
    below: int

    def about(self) -> dict[str, str]:
        """What stands on the file itself."""
        return {
            "embla_recipient": self.recipient, "embla_agreement": self.agreement, "embla_copy": self.copy,
            "embla_membership_power": json.dumps(self.power.to_json()) if self.power else UNMEASURED,
            **about_release(self.release, self.below),
        }  # fmt: skip

    def made(self, digest: str, size: int, variants: int, lacks: str = "") -> Handed:
        return Handed(
            self.release.info.number, self.recipient, self.agreement, self.copy, digest, size, variants, self.power,
            lacks,
        )  # fmt: skip


def _leave(house: "House", actor: "Actor", recipient: str, number: str | None, variants: int | None) -> _Leave:
    """`variants` None: the power to tell a member is not measured."""
    about = About(recipient=recipient)
    permit(house.database, actor, Action.EXPORT_RELEASE, purpose="statistics", clock=house.clock, about=about)
    chosen = Releases(house).get(number)
    refuse_withheld(overdue(house), chosen.source(TOTAL).info.number)
    at = house.clock()
    with house.database.reading() as connection:
        agreement = next(
            a.id for a in agreements(connection, recipient)
            if a.flow == "files" and a.state_on(at.date()) == "signed"
        )  # fmt: skip
    below = threshold(house, chosen)
    power = None if variants is None else membership_power(house, chosen, variants=variants)
    return _Leave(chosen, recipient, agreement, "F" + house.new_id(), at, power, below)


def _give(house: "House", actor: "Actor", leave: _Leave, made: Handed, beside: "Together") -> None:
    """Sign it, bring all of it to the disk, log it, and give the files their names, the manifest last."""
    manifest = manifest_of(beside.folder / beside.out.name)
    manifest.write_text(house.keyring.sign(KIND, made.to_json(), at=leave.at).text() + "\n", "utf-8")
    beside.settle()
    with house.database.transaction() as connection:
        append_event(
            connection, at=leave.at, actor=actor.id, kind="release-handed-over",
            subject=f"release:{made.release}", body=made.to_json(),
        )  # fmt: skip
    beside.put(last=manifest.name)


def manifest_of(out: Path) -> Path:
    """Where the signed manifest of a copy goes."""
    return out.with_name(out.name + ".json")


def refuse_taken(*paths: Path) -> None:
    """Raises NameTaken: what was handed over is not written over, a manifest is signed for its bytes."""
    for path in paths:
        if path.exists():
            raise NameTaken(f"{path} is there already.", mend="Give another name, or take away the copy from before.")


def _refuse_other_strip(out: Path, release: str) -> None:
    """VCF and BCF of one name share the strip: it may lie there where the other is a copy of the same release."""
    stem = out.name.removesuffix(".vcf.gz").removesuffix(".bcf")
    for suffix in (".vcf.gz", ".bcf"):
        manifest = manifest_of(out.with_name(stem + suffix))
        if manifest.exists() and parse_envelope(manifest.read_text("utf-8")).says.get("release") == release:
            return
    refuse_taken(strip_name(out))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def membership_power(house: "House", release: Release, *, variants: int = TRIED) -> Power:
    """The attack on this release's members who are still in the store, with `variants` of its variants by chance. Who
    was sequenced again is attacked with today's genome.

    Whoever holds the file can use all of them, so this is a lower bound where fewer are tried. Seeded by the release:
    the same release gives the same figure. Where fewer than `release_step` left it is told as of all its people: beside
    their number, which stands on the file, it would say how many left (0020).
    """
    source = release.source(TOTAL)
    below = threshold(house, release)
    with house.database.reading() as connection:
        query = select(tables.release_genomes.c.accession).where(tables.release_genomes.c.release == source.info.number)
        names = list(connection.execute(query).scalars())
        person_of = membership(connection, source.info.number).person_of
        today = {person_of(g.accession): g.accession for g in counted_genomes(connection, on=house.clock().date())}
        view = house.view(connection)
    known = [name if view.number_of(name) is not None else today.get(person_of(name)) for name in names]
    present = [name for name in known if name is not None and view.number_of(name) is not None]
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
    hidden = len(names) - len(present) < max(source.info.step, house.settings.release_step)
    return attack.power(FALSE_POSITIVES, of=release.info.variants, told_of=len(names) if hidden else None)


def tell_release_file(envelope: "Envelope", path: Path) -> list[str]:
    """What a manifest says, for `embla verify`; the file beside it, if it is there, must be the one it names."""
    says = envelope.says
    file = path.with_name(path.name.removesuffix(".json"))
    told = f"copy {says['copy']} of release {says['release']} for {says['recipient']} under {says['agreement']}"
    power = says["power"]
    sentences = [
        f"{told}: {says['variants']} {'variants' if power else 'events and repeats'}",
        f"power to tell a member: {power['power']:.2f} ({power['low']:.2f} to {power['high']:.2f}) at "
        f"{power['false_positives']:.0%} false positives, with {power['variants']} of {power['of']} variants"
        if power
        else UNMEASURED,
        *([says["lacks"]] if "lacks" in says else []),
    ]
    if file != path and file.exists():
        if _digest(file / SUMS if file.is_dir() else file) != says["sha256"]:
            raise Broken(f"{file.name} is not the file that this manifest was signed for.")
        if file.is_dir():
            _check_sums(file)
        sentences.append(f"{file.name} is as it was handed over")
    return sentences


def _check_sums(folder: Path) -> None:
    for line in (folder / SUMS).read_text("ascii").splitlines():
        digest, _, name = line.partition("  ")
        if _digest(folder / name) != digest:
            raise Broken(f"{name} is not the file that was handed over.")


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
