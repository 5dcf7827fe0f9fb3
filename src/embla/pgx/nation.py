"""The whole nation: every stored genome called, and called again when a definition changes, with whom that changed.

Results are kept per genome and gene under the digest of what they stand on, so a re-call reads and calls only what is
due. It stands on one decision to operate, and gives out counts; who is changed is kept for those who treat.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, delete, insert, select

from embla.pgx import tables
from embla.pgx.adopting import adopt, release_of
from embla.pgx.kept_advice import other_drugs, read_told, write_told
from embla.pgx.model.advice import advise
from embla.pgx.model.calling import GeneCall
from embla.pgx.model.definition import Gene, Release
from embla.pgx.model.guidance import Guideline
from embla.pgx.model.lines import Places
from embla.pgx.model.passport import UNASSESSED, summary
from embla.pgx.model.rules import RULES
from embla.pgx.reading import lay_events, read_kept
from embla.pgx.service import call_lines, genes_of, guidelines, span_of, tell_call
from embla.platform import append_event
from embla.policy import Action, permit
from embla.registry import Genome, accepted_genomes, kept_lines_of_all
from embla.structural import Event, events_of_all

if TYPE_CHECKING:
    from embla.platform import Actor, House

_BATCH: Final = 500


@dataclass(frozen=True)
class Change:
    """One genome whose phenotype or advice is another than before."""

    genome: str
    person: str
    genes: tuple[dict[str, Any], ...]
    advice: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        return {"genome": self.genome, "person": self.person, "genes": list(self.genes), "advice": list(self.advice)}


@dataclass
class Recall:
    """What a re-call did. `older`: genomes stored before packs kept lines, of which nothing can be told."""

    id: str
    at: datetime
    release: str
    genes: tuple[str, ...]
    genomes: int = 0
    older: int = 0
    changes: list[Change] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Counts; the changes have lines of their own."""
        told = {"recall": self.id, "at": self.at.isoformat(), "release": self.release, "genes": list(self.genes)}
        return told | {"genomes": self.genomes, "older": self.older, "changed": len(self.changes)}


def recall(
    house: "House", actor: "Actor", *, release: Release | None = None, genes: Sequence[str] | None = None
) -> Recall:
    """Call what is due: genes whose definition, functions or guidance changed since, and genomes that are new."""
    decision = permit(house.database, actor, Action.OPERATE, purpose="operation", clock=house.clock)
    used = release or release_of(house)
    wanted = genes_of(used, genes)
    work = _Work(used, {gene.name: _digest(used, gene) for gene in wanted})
    made = Recall("R" + house.new_id(), house.clock(), used.id, tuple(work.digests))
    with house.database.reading() as connection:
        everybody = accepted_genomes(connection)
    for start in range(0, len(everybody), _BATCH):
        batch = everybody[start : start + _BATCH]
        with house.database.reading() as connection:
            kept = _kept(connection, [genome.accession for genome in batch])
        due = {genome.accession: work.due(kept.get(genome.accession, {})) for genome in batch}
        some = [genome for genome in batch if due[genome.accession]]
        if not some:
            continue
        needed = work.needed({name for names in due.values() for name in names})
        contigs = sorted({used.genes[name].contig for name in needed})
        texts = kept_lines_of_all(house, decision, [genome.accession for genome in some], contigs)
        by_name = {genome.accession: genome for genome in some}
        events = events_of_all(house, some, decision, [span_of(used.genes[name]) for name in needed])
        with house.database.reading() as connection:
            told = _drugs(connection, list(by_name))
        rows, drugs = [], []
        for name, text in texts:
            genome = by_name[name]
            made.genomes += 1
            if text is None:
                made.older += 1
                continue
            before = kept.get(name, {})
            new, lines = work.call(genome, text, due[name], before, events.get(name, ()))
            advice = told.get(name, {})
            change = _change(genome, before, new, advice, lines)
            if change is not None:
                made.changes.append(change)
            rows += [_row(used, work.digests[gene], genome, *one) for gene, one in new.items()]
            drugs.append({"genome": name, "person": genome.person, "told": write_told(advice | lines)})
        with house.database.transaction() as connection:
            _keep(connection, due, rows, drugs)
    with house.database.transaction() as connection:
        # As it is now: who left while this ran leaves here, too.
        present = {genome.accession for genome in accepted_genomes(connection)}
        _end(connection, present)
        made.changes = [one for one in made.changes if one.genome in present]
        connection.execute(
            insert(tables.recalls).values(
                id=made.id, at=made.at, release=used.id, genes=json.dumps(made.genes), genomes=made.genomes,
                changed=len(made.changes),
            )
        )  # fmt: skip
        changed = [{"recall": made.id, "genome": one.genome, "person": one.person, "told": json.dumps(one.to_json())}
                   for one in made.changes]  # fmt: skip
        if changed:
            connection.execute(insert(tables.changed), changed)
        append_event(
            connection, at=made.at, actor=actor.id, kind="pgx-recalled", subject=f"recall:{made.id}",
            body={"release": used.id, "genomes": made.genomes, "changed": len(made.changes), "older": made.older},
        )  # fmt: skip
    return made


def adopt_and_recall(house: "House", actor: "Actor", path: Path, *, genes: Sequence[str] | None = None) -> Recall:
    """Take up another release of definitions, for profiles and passports from now on, and call what is due by it."""
    permit(house.database, actor, Action.OPERATE, purpose="operation", clock=house.clock)
    return recall(house, actor, release=adopt(house, path), genes=genes)


class _Work:
    """A release at work: what is due, and advice worked out once for each combination of results."""

    def __init__(self, release: Release, digests: Mapping[str, str]) -> None:
        self.release, self.digests = release, digests
        self._known: dict[object, str] = {}
        self._places: dict[tuple[str, ...], Places] = {}  # of the genes that must be read: which ones said nothing

    def due(self, before: Mapping[str, Any]) -> list[str]:
        return [name for name, digest in self.digests.items() if name not in before or before[name].digest != digest]

    def needed(self, genes: set[str]) -> set[str]:
        """The genes, and those that a guideline asks together with them."""
        more = {gene for one in guidelines() if genes & set(one.genes) for gene in one.genes}
        return {name for name in genes | more if name in self.release.genes}

    def call(
        self,
        genome: Genome,
        text: Mapping[str, bytes],
        due: Sequence[str],
        before: Mapping[str, Any],
        events: Sequence[Event] = (),
    ) -> tuple[dict[str, tuple[GeneCall, str]], dict[str, str]]:
        """(gene -> call and phenotype of what is due, guideline -> its advice as JSON where a due gene is asked)."""
        calls: dict[str, GeneCall] = {}
        again: list[Gene] = []
        for name in self.needed(set(due)):
            # A gene that said nothing before, under the same definition, says nothing again: it need not be read.
            silent = name not in due and name in before and before[name].status in ("refused", "not_assessed")
            if silent:
                calls[name] = GeneCall(name, before[name].status)
            else:
                again.append(self.release.genes[name])
        places = self._places_of(again)
        lines, listed = read_kept(text, genome.accession, places)
        lay_events(lines, places, events)
        karyotype = genome.karyotype if genome.karyotype in ("XX", "XY") else None
        calls |= {gene.name: call_lines(self.release, gene, lines, karyotype, listed) for gene in again}
        asked = [one for one in guidelines() if set(due) & set(one.genes)]
        new = {name: (calls[name], summary(self.release, calls[name])) for name in due}
        return new, {one.id: self._advice(one, calls) for one in asked}

    def _places_of(self, genes: Sequence[Gene]) -> Places:
        names = tuple(gene.name for gene in genes)
        if names not in self._places:
            self._places[names] = Places(genes)
        return self._places[names]

    def _advice(self, guideline: Guideline, calls: Mapping[str, GeneCall]) -> str:
        mine = [calls[gene] for gene in guideline.genes if gene in calls]
        key = (guideline.id, *((c.gene, c.status, c.diplotypes, c.phenotypes, c.possible, c.fallback) for c in mine))
        if key not in self._known:
            told: dict[str, list[list[Any]]] = {}
            for one in advise(self.release, {call.gene: call for call in mine}, [guideline]):
                row = one.row
                acts = row is not None and one.status == "advice" and row.acts
                line = [row.population if row else None, one.status, row.id if row else None, acts]
                told.setdefault(f"{one.drug}|{guideline.source}", []).append(line)
            self._known[key] = json.dumps(told)
        return self._known[key]


def _digest(release: Release, gene: Gene) -> str:
    """What a gene's result stands on: rules, definition, functions, phenotypes, and the guidance that asks for it."""
    name = gene.name
    parts = (
        RULES, gene.contig,
        [(s.pos, s.ref, s.alts) for s in gene.sites], [(a.name, a.core, a.cells) for a in gene.alleles],
        sorted(release.functions.get(name, {}).items()), sorted(release.diplotypes.get(name, {}).items()),
        [(sorted(c), p) for c, p in release.priorities.get(name, ())],
        sorted((one.id, one.release) for one in guidelines() if name in one.genes),
    )  # fmt: skip
    return sha256(repr(parts).encode()).hexdigest()


def _change(
    genome: Genome, before: Mapping[str, Any], new: Mapping[str, tuple[GeneCall, str]], advice: Mapping[str, str],
    lines: Mapping[str, str],
) -> Change | None:  # fmt: skip
    """None where the genome is new, or nothing that matters is another."""
    genes = []
    for name, (call, phenotype) in new.items():
        was = before.get(name)
        if was is not None and was.phenotype != phenotype:
            then = json.loads(was.told)
            genes.append({
                "gene": name,
                "before": {"phenotype": was.phenotype, "diplotypes": then["diplotypes"]},
                "after": {"phenotype": phenotype, "diplotypes": ["/".join(one) for one in call.diplotypes]},
            })  # fmt: skip
    other = [
        {"guideline": guideline, "drug": drug.partition("|")[0], "source": drug.partition("|")[2]}
        for guideline, found in lines.items() if advice.get(guideline, found) != found
        for drug in other_drugs(advice[guideline], found)
    ]  # fmt: skip
    return Change(genome.accession, genome.person, tuple(genes), tuple(other)) if genes or other else None


def _row(release: Release, digest: str, genome: Genome, call: GeneCall, phenotype: str) -> dict[str, Any]:
    told = tell_call(genome.accession, call, release)
    return {
        "genome": genome.accession, "gene": call.gene, "person": genome.person, "release": release.id,
        "digest": digest, "status": call.status, "phenotype": phenotype,
        "told": json.dumps(told, ensure_ascii=False),
    }  # fmt: skip


def _kept(connection: Connection, genomes: Sequence[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(select(tables.results).where(tables.results.c.genome.in_(genomes))):
        found.setdefault(row.genome, {})[row.gene] = row
    return found


def _drugs(connection: Connection, genomes: Sequence[str]) -> dict[str, dict[str, str]]:
    rows = connection.execute(select(tables.drugs).where(tables.drugs.c.genome.in_(genomes)))
    return {row.genome: read_told(row.told) for row in rows}


def _keep(
    connection: Connection, due: Mapping[str, list[str]], rows: list[dict[str, Any]], drugs: list[dict[str, Any]]
) -> None:
    results = tables.results
    genes = {gene for names in due.values() for gene in names}
    for gene in sorted(genes):
        old = [name for name, names in due.items() if gene in names]
        connection.execute(delete(results).where(results.c.gene == gene, results.c.genome.in_(old)))
    if rows:
        connection.execute(insert(results), rows)
    if drugs:
        connection.execute(delete(tables.drugs).where(tables.drugs.c.genome.in_([one["genome"] for one in drugs])))
        connection.execute(insert(tables.drugs), drugs)


def _end(connection: Connection, there: set[str]) -> None:
    """Results of genomes that were replaced or withdrawn go."""
    known = set(connection.execute(select(tables.drugs.c.genome)).scalars())
    for genome in sorted(known - there):
        for table in (tables.results, tables.drugs):
            connection.execute(delete(table).where(table.c.genome == genome))


def results_of(connection: Connection, genomes: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """(genome, gene, phenotype) of every result kept, where there is one."""
    wanted = set(genomes)
    query = select(tables.results.c.genome, tables.results.c.gene, tables.results.c.phenotype)
    for row in connection.execute(query.where(tables.results.c.phenotype != UNASSESSED)):
        if row.genome in wanted:
            yield row.genome, row.gene, row.phenotype


def changed_in(connection: Connection, recall: str) -> list[tuple[str, str, list[str]]]:
    """(genome, person, genes and drugs) of everybody whom a re-call changed, for who asks those who treat."""
    table = tables.changed
    query = select(table).where(table.c.recall == recall).order_by(table.c.genome)
    found = []
    for row in connection.execute(query):
        told = json.loads(row.told)
        names = {one["gene"] for one in told["genes"]} | {one["drug"] for one in told["advice"]}
        found.append((row.genome, row.person, sorted(names)))
    return found
