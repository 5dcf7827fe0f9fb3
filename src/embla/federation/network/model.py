"""What other nodes' Beacons answer about one allele, read with mistrust, and summed. Pure.

A sum is of AC and AN as nodes tell them, never of a rounded frequency. A node that tells nothing of the allele may have
nobody who carries it, or too few to tell: it is in no sum, and is named. Beacon 2.2, "Beacon Networks": a result set
has its `beaconId`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from embla.federation.beacon.model.variants import trimmed
from embla.genome import Variant

# told: AC and AN; untold: nobody carries it, or too few to tell; silent: no answer in time; unclear: an answer that is
# in no sum; again: a node that answered before under another address.
State = Literal["told", "untold", "silent", "unclear", "again"]
GENOTYPES: Final = ("het", "hom", "hemi")
_NAMES: Final = {
    "het": "alleleCountHeterozygous", "hom": "alleleCountHomozygous", "hemi": "alleleCountHemizygous",
}  # fmt: skip
_MOST_SETS: Final = 200
_MOST_BASES: Final = 10_000  # of an allele as another writes it; own questions are shorter
_MOST: Final = 1 << 40


@dataclass(frozen=True)
class Told:
    """One node's answer. `address`: where it was asked, "" for this node itself. `others`: further data sets of it that
    tell of the allele and are in no sum, as the same people may be in them. `why`: a word for an answer in no sum."""

    node: str
    address: str
    state: State
    dataset: str = ""
    ac: int | None = None
    an: int | None = None
    genotypes: Mapping[str, int | None] | None = None
    others: tuple[str, ...] = ()
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "beaconId": self.node, "address": self.address, "state": self.state, "dataset": self.dataset,
            "alleleCount": self.ac, "alleleNumber": self.an, "otherDatasets": list(self.others), "why": self.why,
        }  # fmt: skip


@dataclass(frozen=True)
class Sum:
    """Over the nodes that told. `genotypes`: alleles of heterozygous, homozygous and hemizygous people, None where a
    node that told has not told it. `af` is `ac` over `an`, None where `an` is 0."""

    ac: int
    an: int
    genotypes: Mapping[str, int | None]
    nodes: int

    @property
    def af(self) -> float | None:
        """Unrounded."""
        return self.ac / self.an if self.an else None

    def to_json(self) -> dict[str, Any]:
        """In Beacon's words, as GDI extends them; what is not known is left out."""
        told: dict[str, Any] = {"alleleCount": self.ac, "alleleNumber": self.an, "alleleFrequency": self.af}
        told |= {_NAMES[name]: value for name, value in self.genotypes.items()}
        return {name: value for name, value in told.items() if value is not None} | {"nodes": self.nodes}


def summed(answers: Iterable[Told]) -> Sum:
    """Exact: integers are added and nothing else."""
    told = [one for one in answers if one.state == "told"]
    genotypes: dict[str, int | None] = {}
    for name in GENOTYPES:
        own = [(one.genotypes or {}).get(name) for one in told]
        known = [value for value in own if value is not None]
        genotypes[name] = sum(known) if told and len(known) == len(own) else None
    return Sum(sum(one.ac or 0 for one in told), sum(one.an or 0 for one in told), genotypes, len(told))


def once_each(answers: Sequence[Told]) -> list[Told]:
    """The same, in their order. A node that answered under two addresses counts once, by its name and its numbers.

    Where the numbers differ two nodes have one name, and nobody can tell whose it is: neither counts, but this node.
    """
    told: dict[str, list[Told]] = {}
    for one in answers:
        if one.state != "silent":
            told.setdefault(one.node, []).append(one)
    found = []
    for one in answers:
        same = told.get(one.node, [one])
        differ = len({(each.state, each.dataset, each.ac, each.an) for each in same}) > 1
        if one.state == "silent" or one is same[0] and (not differ or not one.address):
            found.append(one)
        elif differ:
            found.append(Told(one.node, one.address, "unclear", why="two nodes of one name"))
        else:
            found.append(Told(one.node, one.address, "again", why="again"))
    return found


def read_answer(said: Any, variant: Variant, address: str, host: str) -> Told:
    """A Beacon's answer to the question about `variant`. Whatever does not fit is `unclear`; it never raises.

    Of a node's data sets that tell of the allele the one with the most alleles counts, by its id where two are equal.
    """
    node = _text(_in(said, "meta").get("beaconId")) or host
    sets = _in(said, "response").get("resultSets")
    summary = _in(said, "responseSummary")
    if not isinstance(summary.get("exists"), bool) or not isinstance(sets or [], list) or len(sets or []) > _MOST_SETS:
        return Told(node, address, "unclear", why="form")
    found: list[Told] = []
    for one in sets or []:
        records = one.get("results") if isinstance(one, dict) else None
        if not isinstance(records, list) or not records:
            continue
        name = _text(one.get("id"))
        if len(records) != 1 or not _is(records[0], variant):
            return Told(node, address, "unclear", name, why="another allele")
        numbers = _numbers(records[0])
        if numbers is None:
            return Told(node, address, "unclear", name, why="no counts")
        ac, an, genotypes = numbers
        found.append(Told(node, address, "told", name, ac, an, genotypes))
    if not found:
        return Told(node, address, "unclear" if summary["exists"] else "untold", why="no counts" * summary["exists"])
    names = [one.dataset for one in found]
    if len(set(names)) != len(names):
        return Told(node, address, "unclear", why="two data sets of one name")
    best = max(found, key=lambda one: (one.an or 0, one.dataset))
    others = tuple(sorted(name for name in names if name != best.dataset))
    return Told(node, address, "told", best.dataset, best.ac, best.an, best.genotypes, others)


def _is(record: Any, variant: Variant) -> bool:
    """False for a record that spells another allele than was asked. One that spells none is taken at its word."""
    variation = _in(record, "variation")
    ref, alt = variation.get("referenceBases"), variation.get("alternateBases")
    if not isinstance(ref, str) or not isinstance(alt, str):
        return True
    if max(len(ref), len(alt)) > _MOST_BASES:
        return False
    interval = _in(_in(variation, "location"), "interval")
    start = _in(interval, "start").get("value")
    if not isinstance(start, int) or isinstance(start, bool) or not 0 <= start < 1 << 32:
        return False
    try:
        return trimmed(Variant(variant.contig, start + 1, ref.upper(), alt.upper())) == trimmed(variant)
    except ValueError:
        return False


def _numbers(record: Any) -> tuple[int, int, dict[str, int | None]] | None:
    """AC, AN and genotypes of everybody; None where there are none that can be added."""
    sources = record.get("frequencyInPopulations") if isinstance(record, dict) else None
    totals = []
    for source in sources if isinstance(sources, list) else []:
        # GDI's small node calls the list `populations`.
        cells = _in({"s": source}, "s").get("frequencies") or _in({"s": source}, "s").get("populations")
        for cell in cells if isinstance(cells, list) else []:
            if _text(_in({"c": cell}, "c").get("population")).casefold() == "total":
                totals.append(cell)
    if len(totals) != 1:
        return None
    ac, an = _count(totals[0], "alleleCount"), _count(totals[0], "alleleNumber")
    if ac is None or an is None or ac > an:
        return None
    genotypes = {name: _count(totals[0], key) for name, key in _NAMES.items()}
    if sum(value or 0 for value in genotypes.values()) > ac:
        return None
    return ac, an, genotypes


def _count(cell: Mapping[str, Any], name: str) -> int | None:
    value = cell.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST else None


def _in(said: Any, name: str) -> Mapping[str, Any]:
    inner = said.get(name) if isinstance(said, dict) else None
    return inner if isinstance(inner, dict) else {}


def _text(said: Any) -> str:
    return said[:100] if isinstance(said, str) and said[:100].isprintable() else ""
