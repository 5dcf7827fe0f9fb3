"""What of clusters and histograms may be open: each number passes `disclosure.suppress`. Pure."""

from dataclasses import dataclass

from embla.disclosure import suppress
from embla.genotypes import Count, Numbers, make_count
from embla.structural.model.counting import Cluster, Tally
from embla.structural.model.repeats import Histogram, Size
from embla.structural.model.values import Type

POLICY = "structural-1"


@dataclass(frozen=True)
class Bar:
    """Sizes `low` to `high` taken together: `count.ac` alleles of `count.an`, people by genotype."""

    low: int
    high: int
    count: Count


def count_of(one: Cluster, tally: Tally, manifest: str) -> Count:
    """A tally as the object that every frequency here is; `pos` is VCF's (the base before the event)."""
    numbers = Numbers(tally.ac, tally.an, tally.nhet, tally.nhom, tally.nhemi)
    return make_count(
        one.contig, max(1, one.start), "N", f"<{Type(one.type).name}>", numbers, numbers, tally.nfail,
        policy=POLICY, manifest=manifest,
    )  # fmt: skip


def open_count(count: Count, below: int) -> Count:
    """As everybody may see it."""
    return suppress(count, below=below).total


def bars_of(contig: str, pos: int, histogram: Histogram, manifest: str, below: int) -> tuple[Bar, ...] | None:
    """The histogram with neighbouring sizes taken together until each bar, and what is not in it, may be shown.

    None where nothing may be: fewer than `below` people. Bars add up to AN, so that no rest is left to subtract.
    `below` 1 leaves every size by itself.
    """
    bars: list[tuple[int, int, tuple[Size, ...]]] = []
    waiting: tuple[Size, ...] = ()
    for size in histogram.sizes:
        waiting = (*waiting, size)
        if _shown(contig, pos, waiting, histogram, manifest, below):
            bars.append((waiting[0].size, waiting[-1].size, waiting))
            waiting = ()
    while waiting and bars:
        # What is left over at the long end joins the bar before it.
        low, _, before = bars.pop()
        waiting = (*before, *waiting)
        if _shown(contig, pos, waiting, histogram, manifest, below):
            bars.append((low, waiting[-1].size, waiting))
            waiting = ()
    if waiting or not bars:
        return None
    return tuple(
        Bar(low, high, suppress(_count(contig, pos, sizes, histogram, manifest), below=below).total)
        for low, high, sizes in bars
    )


def _shown(
    contig: str, pos: int, sizes: tuple[Size, ...], histogram: Histogram, manifest: str, below: int
) -> bool:  # fmt: skip
    count = _count(contig, pos, sizes, histogram, manifest)
    return suppress(count, below=below).total.status != "suppressed"


def _count(contig: str, pos: int, sizes: tuple[Size, ...], histogram: Histogram, manifest: str) -> Count:
    """Alleles of these sizes together. Of several sizes it is not kept how many people stand behind them: the fewest
    that can (two alleles each) decide whether they may be shown."""
    if len(sizes) == 1:
        only = sizes[0]
        numbers = Numbers(only.alleles, histogram.an, only.one, only.two, only.only)
    else:
        # At most two alleles a person: half of the alleles is the fewest people that can stand behind them.
        alleles = sum(size.alleles for size in sizes)
        only_copies = sum(size.only for size in sizes)
        pairs, odd = divmod(alleles - only_copies, 2)
        numbers = Numbers(alleles, histogram.an, odd, pairs, only_copies)
    return make_count(contig, max(1, pos), "N", "<CNV:TR>", numbers, numbers, None, policy=POLICY, manifest=manifest)
