"""A person's calls and their quality out of the store. The only functions that give them out; both prove the decision
they are given, in the log, before anything is opened."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from embla.errors import Broken, NotFound
from embla.policy import Action, Decision, prove
from embla.registry.genomes import find_genome, genomes_named

if TYPE_CHECKING:
    from embla.genome import Region, Variant
    from embla.genotypes import Pack, Quality
    from embla.platform import House
    from embla.registry.model.values import Genome

# To read them, or to have them sealed for a partner's environment.
_TOGETHER: Final = 64  # packs whose keys are asked for at once
CALLS: Final = frozenset({Action.READ_CALLS, Action.SEND_PERSON_DATA})


def read_calls(house: "House", genome: str, decision: Decision, region: "Region | None" = None) -> Iterator[bytes]:
    """The genome as VCF text in pieces; whole, or what touches a region.

    `decision`: allowed, for just this genome, and in the log already; else NotPermitted and nothing is opened. NotFound
    for a genome that was replaced or withdrawn since.
    """
    from embla.genotypes import genome_text

    prove(house.database, decision, CALLS, [f"genome:{genome}"], room="registry")
    reference = house.store.reference or house.reference
    pack, policy = _pack(house, genome), house.store.policy
    pieces: Iterator[bytes] = genome_text(pack, genome, policy=policy, reference=reference, region=region)
    return pieces


def read_kept_lines(house: "House", genome: str, decision: Decision, contigs: Sequence[str]) -> dict[str, bytes] | None:
    """Contig -> the lines at listed places that the genome's pack keeps; the same conditions.

    None for a genome stored before packs kept lines: `read_calls` is all there is of it.
    """
    prove(house.database, decision, [Action.READ_CALLS], [f"genome:{genome}"], room="registry")
    pack = _pack(house, genome)
    return {contig: pack.kept(contig) for contig in contigs} if pack.keeps_lines else None


def kept_lines_of_all(
    house: "House", decision: Decision, genomes: Sequence[str], contigs: Sequence[str]
) -> Iterator[tuple[str, dict[str, bytes] | None]]:
    """As `read_kept_lines`, of many genomes, for what the machine works out of all of them.

    `decision`: to operate, allowed and in the log. A genome that left since is left out.
    """
    prove(house.database, decision, [Action.OPERATE], ["database"], room="registry")
    with house.database.reading() as connection:
        view = house.view(connection)
    for start in range(0, len(genomes), _TOGETHER):
        asked = genomes[start : start + _TOGETHER]
        keys = view.keys_of(asked)
        for genome in asked:
            try:
                pack = view.pack_file(genome, keys)
                told = {contig: pack.kept(contig) for contig in contigs} if pack.keeps_lines else None
            except (NotFound, Broken):
                # Its pack or key went with it, after this state of the store was opened; else it is lost.
                with house.database.reading() as connection:
                    known = find_genome(connection, genome)
                if known is not None and known.state == "accepted":
                    raise
                continue
            yield genome, told


def carriers_of(
    house: "House", decision: Decision, variant: "Variant", unread: list[str] | None = None
) -> "list[tuple[Genome, str]]":
    """Accepted germline genomes in which a variant was called and did not fail, with het, hom, hemi or half.

    `decision`: to find carriers, allowed and in the log; what comes out is for the machine, which asks those who treat.
    `unread`, where given, is told the segments that could not be read: whoever is in them is not in the answer.
    """
    prove(house.database, decision, [Action.FIND_CARRIERS], ["database"], room="registry")
    with house.database.reading() as connection:
        found = {
            one.sample: one.genotype
            for one in house.view(connection).carriers(variant, unread=unread)
            if not one.failed
        }
        known = genomes_named(connection, list(found))
    return [(one, found[one.accession]) for one in known if one.state == "accepted" and one.origin == "germline"]


def genotypes_of(
    house: "House", genome: str, decision: Decision, variants: "Sequence[Variant]"
) -> "dict[Variant, str]":  # fmt: skip
    """Of the variants named those that one genome carries, with het, hom, hemi or half; the same conditions as calls.

    `decision`: about just this genome: to answer, or to ask colleagues. NotFound for one that was replaced since.
    """
    prove(house.database, decision, [Action.ANSWER, Action.ASK_COLLEAGUES], [f"genome:{genome}"], room="registry")
    with house.database.reading() as connection:
        found = find_genome(connection, genome)
        if found is None or found.state != "accepted":
            raise NotFound("This genome is not in the database any more.", mend="Look it up in the case again.")
        view = house.view(connection)
    if len(variants) > _TOGETHER:
        from embla.genotypes import maybe_carried

        variants = maybe_carried(_pack(house, genome), variants)
    carried = {}
    for variant in variants:
        own = next((one for one in view.carriers(variant) if one.sample == genome), None)
        if own is not None and not own.failed:
            carried[variant] = own.genotype
    return carried


def absent_from(
    house: "House", genome: str, decision: Decision, variants: "Sequence[Variant]"
) -> "set[Variant]":  # fmt: skip
    """Of the variants named those that one genome has not: all of REF was called there, and no call of it failed.

    What was not called is not in it, nor anything of a genome whose files do not say what was. Conditions as above.
    """
    from embla.genome import Region

    prove(house.database, decision, [Action.ANSWER], [f"genome:{genome}"], room="registry")
    with house.database.reading() as connection:
        view = house.view(connection)
    here = {one for one in variants if any(each.sample == genome for each in view.carriers(one))}
    asked = {str(one): [Region(one.contig, one.pos - 1, one.pos - 1 + len(one.ref))] for one in variants}
    shares = called_shares_of(house, genome, decision, asked) if variants else {}
    if shares is None:
        return set()
    # A contig that the karyotype lacks has no share: nothing is there.
    return {one for one in variants if one not in here and shares.get(str(one), 1.0) == 1.0}


def called_shares_of(
    house: "House", genome: str, decision: Decision, stretches: "Mapping[str, Sequence[Region]]"
) -> "dict[str, float | None] | None":  # fmt: skip
    """How much of each stretch one genome was called over; None where its files do not say, and for a stretch whose
    copies an unknown karyotype leaves open. Conditions as above."""
    from embla.genotypes import called_shares

    prove(house.database, decision, [Action.ANSWER], [f"genome:{genome}"], room="registry")
    told: dict[str, float | None] | None = called_shares(_pack(house, genome), stretches)
    return told


def read_pack(house: "House", genome: str, decision: Decision) -> "Pack":
    """The whole genome in memory, to compare it with another sample of the person; the same conditions."""
    prove(house.database, decision, [Action.READ_CALLS], [f"genome:{genome}"], room="registry")
    pack: Pack = _pack(house, genome).pack()
    return pack


def read_quality(house: "House", genome: str, decision: Decision) -> "Quality":
    """How well the genome was measured, from its pack; the same conditions."""
    from embla.genotypes import measure_quality

    prove(house.database, decision, [Action.READ_QC], [f"genome:{genome}"], room="registry")
    measured: Quality = measure_quality(_pack(house, genome))
    return measured


def _pack(house: "House", genome: str) -> Any:
    with house.database.reading() as connection:
        found = find_genome(connection, genome)
        if found is None or found.state != "accepted":
            raise NotFound("This genome is not in the database any more.", mend="Look it up in the case again.")
        return house.view(connection).pack_file(genome)
