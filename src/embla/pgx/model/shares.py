"""How common phenotypes and actionable drugs are, as it may be open: counts of people past `disclosure.suppress`. Pure.

People of one gene are split by phenotype, those of one drug by whether something is done otherwise. Small parts are
hidden with cover, or pooled as `other` where regions are told: region by phenotype is one table of the gene's people,
and it is shown whole or not at all, so that no row, column or difference of tables gives a small number away.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from embla.disclosure import suppress
from embla.genotypes import Count

OTHER: Final = "other"
Person = TypeVar("Person", int, str)
_HIDDEN: Final = "suppressed"


def shares(people: Sequence[tuple[str, str]], *, below: int) -> dict[str, Any] | None:
    """`people` are (region, part) of everybody with a result. None where there are fewer than `below` of them.

    {"people", "parts": {part: n or None}, "regions": {region: {part: n}} or None}; None is a hidden number.
    """
    if len(people) < below:
        return None
    parts = Counter(part for _, part in people)
    shown = _open(len(people), parts, below)
    if shown is None:
        return {"people": len(people), "parts": None, "regions": None}
    return {"people": len(people), "parts": shown, "regions": _regions(people, shown, below)}


def drug_shares(
    regions: Mapping[Person, str], phenotypes: Mapping[str, Mapping[Person, str]],
    answers: Mapping[str, Mapping[Person, str]], genes: Mapping[str, Sequence[str]], *, below: int,
) -> dict[str, dict[str, Any] | None]:  # fmt: skip
    """Per drug how many have an answer of each kind; None where it would tell more than its genes' tables.

    regions: person -> region; phenotypes: gene -> person -> phenotype, certain ones; answers: drug -> person -> part;
    genes: drug -> genes. A drug is told only where each combination of its genes' phenotypes (or none), its answer,
    and the answers already told of the same genes is had by nobody or by `below` people: then no sum or difference of
    what is shown is small. By region likewise.
    """
    told: dict[str, dict[str, Any] | None] = {}
    for drug in sorted(answers):
        mine = answers[drug]
        same = [one for one, found in told.items() if found is not None and set(genes[one]) & set(genes[drug])]
        combinations = {
            person: (
                tuple(phenotypes.get(gene, {}).get(person, "") for gene in genes[drug]),
                mine.get(person, ""),
                tuple(answers[one].get(person, "") for one in same),
            )
            for person in regions
        }
        cells = Counter(combinations.values())
        parts = Counter(mine[person] for person in regions if person in mine)
        if not parts or min(cells.values()) < below:
            told[drug] = None
            continue
        shown = _open(parts.total(), parts, below)
        by_region = Counter((region, combinations[person]) for person, region in regions.items())
        split: Any = None
        if min(by_region.values()) >= below:
            split = {
                region: dict(Counter(mine[one] for one, where in regions.items() if where == region and one in mine))
                for region in sorted(set(regions.values()))
            }
        told[drug] = None if shown is None else {"people": parts.total(), "parts": shown, "regions": split}
    return told


def steady(before: Mapping[str, Any] | None, now: Any, *, below: int) -> Any:
    """`now`, or `before` where a number that both tell differs by 1 to below-1: two tables can be subtracted. Also
    where there is none now, as the next one would else be held against nothing while readers keep the one before.

    It sees counts: twenty-one who came and one who left look like twenty. So it is for tables of which nobody knows any
    more whom they counted; the others are held against each other by `moving.may_move`.
    """
    if before is None:
        return now
    if now is None:
        return before
    then, here = dict(_rows(before)), dict(_rows(now))
    return before if any(_few(then[row], here[row], below) for row in then.keys() & here.keys()) else now


def _rows(told: Mapping[str, Any]) -> Iterator[tuple[str | None, tuple[int, dict[str, int]]]]:
    """The nation's row under None and each region's: everybody in it, and the parts that are shown."""
    yield None, (told["people"], {name: n for name, n in (told["parts"] or {}).items() if n is not None})
    for region, row in (told["regions"] or {}).items():
        # What is pooled may be of other parts in the other table.
        yield region, (sum(row.values()), {name: n for name, n in row.items() if name != OTHER})


def _few(then: tuple[int, dict[str, int]], here: tuple[int, dict[str, int]], below: int) -> bool:
    """Whether everybody, a part that both tables show, or those in none of these, changed by few."""
    both = then[1].keys() & here[1].keys()
    pairs = [(then[0], here[0]), *((then[1][name], here[1][name]) for name in both)]
    pairs.append((then[0] - sum(then[1][name] for name in both), here[0] - sum(here[1][name] for name in both)))
    return any(0 < abs(a - b) < below for a, b in pairs)


def _regions(people: Sequence[tuple[str, str]], parts: Mapping[str, int | None], below: int) -> Any:
    """Region by part with the small parts pooled; None where even that has a small cell."""
    cells = Counter(people)
    regions = sorted({region for region, _ in people})
    small = {part for _, part in cells if any(0 < cells[region, part] < below for region in regions)}
    pooled = small | {part for part, n in parts.items() if n is None}
    if len(pooled) == 1:
        # One part alone under another name is no pool: the next smallest joins it.
        rest = sorted((n, part) for part, n in parts.items() if part not in pooled and n is not None)
        pooled |= {part for _, part in rest[:1]}
    flat: Counter[str] = Counter()
    for (region, part), n in cells.items():
        flat[f"{region}\t{OTHER if part in pooled else part}"] += n
    shown = _open(len(people), flat, below)
    if shown is None or None in shown.values():
        return None
    names = [OTHER if part in pooled else part for part in parts]
    return {
        region: {part: shown.get(f"{region}\t{part}", 0) for part in dict.fromkeys(names)} for region in regions
    }  # fmt: skip


def _open(total: int, parts: Mapping[str, int], below: int) -> dict[str, int | None] | None:
    """The parts as `disclosure.suppress` opens them; None where it withholds the table."""
    told = suppress(_count(total, total), {"part": {part: _count(n, total) for part, n in parts.items()}}, below=below)
    table = told.tables.get("part")
    if table is None:
        return None
    return {part: None if one.status == _HIDDEN else one.ac for part, one in table.items()}


def _count(people: int, of: int) -> Count:
    """People as a count of one copy each, which is what suppression knows."""
    return Count(
        "chrM", 1, None, None, "observed" if people else "absent", ac=people, an=of, af=None, nhet=0, nhomalt=people,
        nhemi=0, nfail=None, faf95=None, faf99=None, af_upper95=None, raw=None, policy="", manifest="",
    )  # fmt: skip
