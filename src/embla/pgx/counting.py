"""Frequencies of phenotypes and of drugs whose use changes, of the people of a named release.

The unrelated people of the release, each once, by today's genome and with the results that are certain: open phase and
positions that were not assessed leave a person out of that gene's denominator. Worked out once for a release and kept:
worked out again after a re-call it would tell, by subtraction, who changed. For the same reason a table of the next
release is held against all that were published before (`model/moving.py`).
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, insert, select

from embla.errors import NotFound
from embla.frequency import Releases, membership, threshold
from embla.pgx import tables
from embla.pgx.adopting import release_of
from embla.pgx.alleles import Shown, diplotypes_of, has_unrelated
from embla.pgx.kept_advice import parts_of
from embla.pgx.kept_members import Key, keep_members, kept_members
from embla.pgx.model.beside import PARTS, REGIONS, told_rows, withheld
from embla.pgx.model.moving import Cell, Counted, held, next_table
from embla.pgx.model.shares import drug_shares, shares
from embla.pgx.nation import results_of
from embla.pgx.service import guidelines
from embla.registry import counted_genomes

if TYPE_CHECKING:
    from embla.frequency import Release
    from embla.platform import House

Kept = Mapping[Key, Mapping[str, Counted]]

KINDS: Final = ("phenotypes", "drugs")
_OPEN: Final = (" or ", "(others not excluded)")


def frequencies(house: "House") -> dict[str, Any]:
    """The newest release's frequencies. NotFound before the first release, or before a first `embla pgx recall`."""
    found = Releases(house).latest()
    if found is None:
        raise NotFound("There is no release yet.", mend="embla frequency release cut")
    number = found.info.number
    with house.database.reading() as connection:
        told = _published(connection, number)
    if told is not None:
        return told
    # Nobody withdraws meanwhile: their number would be kept after it was forgotten.
    with house.store.writing(), house.database.transaction() as connection:
        told = _published(connection, number)
        if told is None:
            below = threshold(house, found)
            kept = kept_members(connection)
            told, counted = _moved(connection, kept, *_count(connection, house, kept, found, below), below)
            values = {"release": number, "at": house.clock(), "told": json.dumps(told)}
            connection.execute(insert(tables.published).values(**values))
            keep_members(connection, number, counted)
    return told


def published_frequencies(house: "House") -> dict[str, Any] | None:
    """The newest table that was worked out; None before the first. Nothing is counted."""
    with house.database.reading() as connection:
        return _newest(connection)


def _newest(connection: Connection) -> dict[str, Any] | None:
    table = tables.published
    text = connection.execute(
        select(table.c.told).order_by(table.c.at.desc(), table.c.release.desc()).limit(1)
    ).scalar()
    if text is None:
        return None
    told = dict(json.loads(text))
    for name in KINDS:
        for one in told[name].values():
            if one is not None:
                # What was published before tables had their own.
                one.setdefault("release", told["release"])
    return told


def _moved(
    connection: Connection, kept: Kept, now: dict[str, Any], people: Mapping[Key, Mapping[int, Cell]], below: int
) -> tuple[dict[str, Any], dict[Key, Mapping[int, Cell]]]:  # fmt: skip
    """Each table of the new release, or the one before where both would tell of few; and whom the new ones counted."""
    before = _newest(connection)
    older = _without_members(connection, kept)
    told, counted = dict(now), {}
    for kind in KINDS:
        earlier = before[kind] if before is not None else {}
        told[kind] = {}
        for name in sorted({*now[kind], *earlier}):
            key, one = (kind, name), now[kind].get(name)
            pasts, unknown = kept.get(key, {}).values(), older.get(key, {}).values()
            shown = next_table(one, people[key], pasts, unknown, below=below) if one is not None else None
            if shown is not None:
                told[kind][name], counted[key] = shown | {"release": now["release"]}, people[key]
            else:
                # Also where there is none now: the next one would be held against nothing while readers keep this one.
                told[kind][name] = earlier.get(name)
    return told, counted


def _without_members(connection: Connection, kept: Mapping[Key, Collection[str]]) -> dict[Key, dict[str, Any]]:
    """Table -> release -> as it was told, of what was published before members were kept: nobody knows whom it counted,
    so its numbers are all that a new one can be held against."""
    found: dict[Key, dict[str, Any]] = {}
    for row in connection.execute(select(tables.published.c.told)):
        told = json.loads(row.told)
        for kind in KINDS:
            for name, one in told[kind].items():
                release = one and one.get("release", told["release"])
                if one is not None and release not in kept.get((kind, name), ()):
                    found.setdefault((kind, name), {})[release] = one
    return found


def _published(connection: Connection, release: str) -> dict[str, Any] | None:
    table = tables.published
    text = connection.execute(select(table.c.told).where(table.c.release == release)).scalar()
    return None if text is None else dict(json.loads(text))


def _count(
    connection: Connection, house: "House", kept: Kept, found: "Release", below: int
) -> tuple[dict[str, Any], dict[Key, dict[int, Cell]]]:  # fmt: skip
    """The tables as they may be shown beside the release alone, and whom each counts as what. Persons by number:
    today's genome counts, also where an earlier or a later one is in the release; few who changed are counted as they
    were."""
    release = found.info.number
    members = membership(connection, release)
    day = house.clock().date()
    today = {members.person_of(one.accession): one for one in counted_genomes(connection, on=day)}
    regions = {
        person: where or (today[person].region if person in today else "")
        for person, where in members.regions.items()
        if person not in today or not today[person].related
    }
    # A release that keeps its numbers holds who left since: nothing new is worked out of them.
    standing = {
        one.accession: person
        for one in counted_genomes(connection, on=day, with_opted_out=False)
        if (person := members.person_of(one.accession)) in regions
    }
    phenotypes: dict[str, dict[int, str]] = {}
    for name, gene, phenotype in results_of(connection, list(standing)):
        if not any(word in phenotype for word in _OPEN):
            phenotypes.setdefault(gene, {})[standing[name]] = phenotype
    answers: dict[str, dict[int, str]] = {}
    for row in connection.execute(select(tables.drugs.c.genome, tables.drugs.c.told)):
        if row.genome in standing:
            for drug, part in _actions(parts_of(row.told)):
                answers.setdefault(drug, {})[standing[row.genome]] = part
    if not phenotypes:
        raise NotFound("No genome of the release was called yet.", mend="embla pgx recall")
    there = set(standing.values())
    for kind, by_name in zip(KINDS, (phenotypes, answers), strict=True):
        for name, own in by_name.items():
            pasts = list(kept.get((kind, name), {}).values())
            if pasts:
                by_name[name] = held(pasts[-1], own, regions, there, below=below)
    asked: dict[str, set[str]] = {}
    for one in guidelines():
        for drug in one.drugs:
            asked.setdefault(drug, set()).update(one.genes)
    by_drug = {drug: sorted(asked.get(drug, ())) for drug in answers}
    counted: dict[Key, dict[int, Cell]] = {
        (kind, name): {person: (regions[person], part) for person, part in own.items()}
        for kind, by_name in zip(KINDS, (phenotypes, answers), strict=True)
        for name, own in by_name.items()
    }
    told = {
        "release": release,
        "threshold": below,
        "people": len(regions) if len(regions) >= below else None,
        "phenotypes": {
            gene: shares(list(counted["phenotypes", gene].values()), below=below) for gene in sorted(phenotypes)
        },
        "drugs": drug_shares(regions, phenotypes, answers, by_drug, below=below),
    }
    return _beside_alleles(connection, house, found, told, counted, by_drug, standing, below), counted


def _beside_alleles(
    connection: Connection, house: "House", found: "Release", told: dict[str, Any],
    counted: Mapping[Key, Mapping[int, Cell]], by_drug: Mapping[str, Sequence[str]], standing: Mapping[str, int],
    below: int,
) -> dict[str, Any]:  # fmt: skip
    """The tables without those that, beside the alleles that the release shows of the same people, tell of few."""
    diplotypes, shown = diplotypes_of(connection, standing), Shown(house, found.info.number)
    by_region = not has_unrelated(found.info)
    defined = release_of(house).genes
    tables_told: dict[str, dict[str, Any]] = {kind: dict(told[kind]) for kind in KINDS}
    for kind, names in zip(KINDS, (sorted(told["phenotypes"]), sorted(told["drugs"])), strict=True):
        for name in names:
            one = tables_told[kind][name]
            if one is None:
                continue
            cells = counted[kind, name]
            genes = [name] if kind == "phenotypes" else [gene for gene in by_drug[name] if gene in defined]
            # People who are alike in all that is asked here stand for each other.
            kinds: dict[object, list[int]] = {}
            for person, cell in cells.items():
                own = [diplotypes.get(gene, {}).get(person) for gene in genes]
                beside = [counted.get(("phenotypes", gene), {}).get(person) for gene in genes]
                kinds.setdefault((cell, *own, *beside), []).append(person)
            people = [members[0] for members in kinds.values()]
            alleles = [
                allele
                for gene in genes if gene in defined
                for allele in shown.alleles(defined[gene], people, diplotypes.get(gene, {}))
            ]  # fmt: skip
            rows: dict[str, list[list[int]]] = {}
            for gene in genes if kind == "drugs" else ():
                theirs = counted.get(("phenotypes", gene), {})
                kept = told_rows(tables_told["phenotypes"].get(gene), [theirs.get(person) for person in people])
                rows |= {f"{gene} {part}": some for part, some in kept.items()}
            rows |= told_rows(one, [cells[person] for person in people])
            left_out = withheld(
                [cells[person] for person in people], [len(members) for members in kinds.values()], alleles, rows,
                below=below, by_region=by_region,
            )  # fmt: skip
            if PARTS in left_out:
                tables_told[kind][name] = None if kind == "drugs" else one | {"parts": None, "regions": None}
            elif REGIONS in left_out:
                tables_told[kind][name] = one | {"regions": None}
    return told | tables_told


def _actions(guidelines: Iterable[dict[str, list[list[Any]]]]) -> Iterable[tuple[str, str]]:
    """(drug, `changed` or `standard`) where that is certain: each source's every possible line says the same."""
    by_drug: dict[str, set[str]] = {}
    for lines in guidelines:
        for key, found in lines.items():
            drug = key.partition("|")[0]
            for population in {line[0] for line in found}:
                acts = {bool(line[3]) for line in found if line[0] == population}
                silent = any(line[1] == "not_assessed" for line in found if line[0] == population)
                said = "unknown" if silent or len(acts) > 1 else "changed" if acts == {True} else "standard"
                by_drug.setdefault(drug, set()).add(said)
    for drug, words in by_drug.items():
        if "changed" in words:
            yield drug, "changed"
        elif words == {"standard"}:
            yield drug, "standard"
