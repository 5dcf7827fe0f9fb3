"""The profile of a patient for those who treat: decided and logged for each genome before it is opened."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from embla.errors import NotFound
from embla.genome import Region
from embla.pgx import loading
from embla.pgx.adopting import release_of
from embla.pgx.model.advice import Advice
from embla.pgx.model.calling import GeneCall
from embla.pgx.model.definition import Gene, Release
from embla.pgx.model.evidence import ABSENT
from embla.pgx.model.lines import Places
from embla.pgx.model.medication import Checked, check_list
from embla.pgx.reading import lay_events, lines_by_site, read_kept, read_pieces
from embla.pgx.service import SampleCalls, call_lines, genes_of, report, span_of, tell_advice, tell_call
from embla.policy import About, Action, Decision, permit
from embla.registry import Genome, case_of, genomes_of_person, read_calls, read_kept_lines
from embla.structural import events_over

if TYPE_CHECKING:
    from embla.platform import Actor, House

_CASE: Final = re.compile(r"C[0-9A-Z]{16}")
_BESIDE: Final = 100  # bases around a gene's sites: a deletion may begin before the first


@dataclass(frozen=True)
class Profile:
    """One genome's calls and advice. `event`: the log entry of this look."""

    genome: Genome
    release: Release
    calls: tuple[GeneCall, ...]
    advice: tuple[Advice, ...]
    event: int

    @property
    def silent(self) -> tuple[GeneCall, ...]:
        """Genes of which nothing can be said; they stand first wherever this is shown."""
        return tuple(call for call in self.calls if call.status in ("not_assessed", "refused"))

    def to_json(self) -> dict[str, Any]:
        """Plain values, as `embla pgx call` and `report` tell them."""
        name = self.genome.accession
        return {
            "accession": name,
            "event": self.event,
            "definition_release": self.release.id,
            "not_assessed": [call.gene for call in self.silent],
            "genes": [tell_call(name, call, self.release) for call in self.calls],
            "advice": [tell_advice(name, one) for one in self.advice],
        }


def profiles_for(house: "House", actor: "Actor", case: str) -> list[Profile]:
    """The profile of each genome of a case's patient; of nobody else who was reported with the case."""
    return [profile for profile, _ in _profiles(house, actor, case)]


def _profiles(house: "House", actor: "Actor", case: str) -> list[tuple[Profile, Decision]]:
    named = case if _CASE.fullmatch(case) else "unknown"
    with house.database.reading() as connection:
        known = case_of(connection, named)
        found = genomes_of_person(connection, known.person) if known is not None else []
    person = known.person if known is not None else None
    if not found:
        # The refusal, or that there was nothing to see, is in the log like any look.
        permit(
            house.database, actor, Action.READ_CALLS, purpose="care", clock=house.clock,
            about=About(case=named, person=person),
        )  # fmt: skip
    made = []
    for genome in found:
        about = About(genome=genome.accession, case=named, person=genome.person)
        decision = permit(house.database, actor, Action.READ_CALLS, purpose="care", clock=house.clock, about=about)
        made.append((profile_of(house, genome, decision), decision))
    return made


@dataclass(frozen=True)
class Evidence:
    """One gene of one genome: its call, and for each defining position what was found and the lines that say so."""

    profile: Profile
    call: GeneCall
    contig: str
    rows: tuple[dict[str, Any], ...]


def evidence_for(house: "House", actor: "Actor", case: str, gene: str) -> list[Evidence]:
    """A gene's evidence in each genome of a case's patient; decided and logged. NotFound for a gene that is none."""
    profiles = _profiles(house, actor, case)
    known = release_of(house).genes.get(gene)
    if known is None:
        raise NotFound("There is no such gene here.", mend="The page Medicines lists them.")
    return [_evidence(house, profile, decision, known) for profile, decision in profiles]


def _evidence(house: "House", profile: Profile, decision: Decision, gene: Gene) -> Evidence:
    kept = read_kept_lines(house, profile.genome.accession, decision, [gene.contig]) or {}
    lines = lines_by_site(kept.get(gene.contig, b""), gene)
    call = next(one for one in profile.calls if one.gene == gene.name)
    rows = []
    for at, site in enumerate(gene.sites):
        seen = call.evidence.get(at, ABSENT)
        rows.append({
            "name": site.name, "pos": site.pos, "ref": site.ref, "alts": ",".join(site.alts),
            "bases": ("|" if seen.block is not None else "/").join(seen.strands),
            "phased": seen.block is not None and seen.is_het,
            "why": seen.clash or seen.why or seen.note,
            "lines": lines.get(at, []),
        })  # fmt: skip
    return Evidence(profile, call, gene.contig, tuple(rows))


def check_medicines(
    house: "House", actor: "Actor", case: str, codes: Sequence[str], *, beside: Sequence[str] = ()
) -> list[tuple[Profile, Checked]]:
    """What the profile of each genome of a case's patient says of medicines, by ATC or RxNorm; decided and logged."""
    by_code, known = loading.drugs_by_code(), loading.inhibitors()
    return [
        (profile, check_list(profile.advice, codes, by_code, known, beside=beside))
        for profile in profiles_for(house, actor, case)
    ]


def profile_of(house: "House", genome: Genome, decision: Decision) -> Profile:
    """The profile of one genome; the giver proves the decision, which must be about just this genome."""
    release = release_of(house)
    karyotype = genome.karyotype if genome.karyotype in ("XX", "XY") else None
    genes = genes_of(release, None)
    kept = read_kept_lines(house, genome.accession, decision, sorted({gene.contig for gene in genes}))
    events = events_over(house, genome, decision, [span_of(gene) for gene in genes])
    calls: dict[str, GeneCall] = {}
    if kept is not None:
        places = Places(genes)
        lines, listed = read_kept(kept, genome.accession, places)
        lay_events(lines, places, events)
        calls = {gene.name: call_lines(release, gene, lines, karyotype, listed) for gene in genes}
    else:
        # Stored before packs kept lines: its records and blocks are all there is.
        for gene in genes:
            pieces = read_calls(house, genome.accession, decision, _around(gene))
            lines = read_pieces(pieces, f"{genome.accession} {gene.name}", [gene])
            lay_events(lines, Places([gene]), events)
            calls[gene.name] = call_lines(release, gene, lines, karyotype)
    advice = report(SampleCalls(genome.accession, release, calls))
    return Profile(genome, release, tuple(calls.values()), tuple(advice), decision.event or 0)


def _around(gene: Gene) -> Region:
    """Where a gene's sites lie, with some bases beside them."""
    span = span_of(gene)
    return Region(gene.contig, max(span.start - _BESIDE, 0), span.end + _BESIDE)
