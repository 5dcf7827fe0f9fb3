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
    """Sizes `low` to `high` taken together: `count.ac` alleles of `count.an`, people by genotype.

    None is an open end: nobody says how far the alleles of the first bar go down, or those of the last one up.
    """

    low: int | None
    high: int | None
    count: Count

    @property
    def one_size(self) -> bool:
        """Is it of a single repeat count?"""
        return self.low is not None and self.low == self.high


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
    `below` 1 leaves every size by itself. A size that fewer than `below` people have is no end of a bar either: the
    first and the last are open then, and others meet between two sizes without saying which of them there is.
    """
    bars: list[tuple[Size, ...]] = []
    waiting: tuple[Size, ...] = ()
    for size in histogram.sizes:
        waiting = (*waiting, size)
        if _shown(contig, pos, waiting, histogram, manifest, below):
            bars.append(waiting)
            waiting = ()
    while waiting and bars:
        # What is left over at the long end joins the bar before it.
        waiting = (*bars.pop(), *waiting)
        if _shown(contig, pos, waiting, histogram, manifest, below):
            bars.append(waiting)
            waiting = ()
    if waiting or not bars:
        return None
    return tuple(
        Bar(low, high, suppress(_count(contig, pos, sizes, histogram, manifest), below=below).total)
        for (low, high), sizes in zip(_ends(bars, below), bars, strict=True)
    )


def _ends(bars: list[tuple[Size, ...]], below: int) -> list[tuple[int | None, int | None]]:
    """Lowest and highest size of each bar as they may be told."""
    ends = []
    low = _known(bars[0][0], below)
    for before, after in zip(bars, bars[1:], strict=False):
        high, next_low = _known(before[-1], below), _known(after[0], below)
        # Where neither may be named they meet half way, which says of no size that somebody has it.
        half = (before[-1].size + after[0].size) // 2
        border = high if high is not None else half if next_low is None else next_low - 1
        ends.append((low, border))
        low = border + 1 if next_low is None else next_low
    return [*ends, (low, _known(bars[-1][-1], below))]


def _known(size: Size, below: int) -> int | None:
    return size.size if size.people >= below else None


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
