"""Frequencies of phenotypes and of drugs whose use changes, of the people of a named release.

The unrelated people of the release, each once, with the results that are certain: open phase and positions that were
not assessed leave a person out of that gene's denominator. Worked out once for a release and kept: worked out again
after a re-call it would tell, by subtraction, who changed.
"""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, insert, select

from embla.errors import NotFound
from embla.frequency import Releases, members_of
from embla.pgx import tables
from embla.pgx.kept_advice import parts_of
from embla.pgx.model.shares import drug_shares, shares, steady
from embla.pgx.nation import results_of
from embla.pgx.service import guidelines
from embla.registry import counted_genomes

if TYPE_CHECKING:
    from embla.platform import House

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
    with house.database.transaction() as connection:
        told = _published(connection, number)
        if told is None:
            below = max(found.info.threshold, house.settings.suppress_below)
            told = _steady(_newest(connection), _count(connection, house, number, below), number, below)
            values = {"release": number, "at": house.clock(), "told": json.dumps(told)}
            connection.execute(insert(tables.published).values(**values))
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
    for name in ("phenotypes", "drugs"):
        for one in told[name].values():
            if one is not None:
                # What was published before tables had their own.
                one.setdefault("release", told["release"])
    return told


def _steady(before: dict[str, Any] | None, now: dict[str, Any], release: str, below: int) -> dict[str, Any]:
    """Each table of the new release, or the one before where their difference would tell of few."""
    for name in ("phenotypes", "drugs"):
        told = {key: None if one is None else one | {"release": release} for key, one in now[name].items()}
        earlier = before[name] if before is not None else {}
        now[name] = {key: steady(earlier.get(key), one, below=below) for key, one in told.items()}
    return now


def _published(connection: Connection, release: str) -> dict[str, Any] | None:
    table = tables.published
    text = connection.execute(select(table.c.told).where(table.c.release == release)).scalar()
    return None if text is None else dict(json.loads(text))


def _count(connection: Connection, house: "House", release: str, below: int) -> dict[str, Any]:
    members = members_of(connection, release)
    day = house.clock().date()
    today = counted_genomes(connection, on=day)
    related = {one.accession for one in today if one.related}
    region = {one.accession: one.region for one in today}
    people = {name: where or region.get(name, "") for name, where in members.items() if name not in related}
    # A release that keeps its numbers holds who left since: nothing new is worked out of them.
    standing = {one.accession for one in counted_genomes(connection, on=day, with_opted_out=False)} & people.keys()
    phenotypes: dict[str, dict[str, str]] = {}
    for name, gene, phenotype in results_of(connection, list(standing)):
        if not any(word in phenotype for word in _OPEN):
            phenotypes.setdefault(gene, {})[name] = phenotype
    answers: dict[str, dict[str, str]] = {}
    for row in connection.execute(select(tables.drugs.c.genome, tables.drugs.c.told)):
        if row.genome in standing:
            for drug, part in _actions(parts_of(row.told)):
                answers.setdefault(drug, {})[row.genome] = part
    if not phenotypes:
        raise NotFound("No genome of the release was called yet.", mend="embla pgx recall")
    asked: dict[str, set[str]] = {}
    for one in guidelines():
        for drug in one.drugs:
            asked.setdefault(drug, set()).update(one.genes)
    by_drug = {drug: sorted(asked.get(drug, ())) for drug in answers}
    return {
        "release": release,
        "threshold": below,
        "people": len(people) if len(people) >= below else None,
        "phenotypes": {
            gene: shares([(people[name], phenotype) for name, phenotype in found.items()], below=below)
            for gene, found in sorted(phenotypes.items())
        },
        "drugs": drug_shares(people, phenotypes, answers, by_drug, below=below),
    }


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
