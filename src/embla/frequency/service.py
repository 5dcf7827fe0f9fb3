"""Open answers: one variant, a region, a pasted list, a whole file. From a release only; each passes `suppress`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from embla.disclosure import Level, Open, suppress
from embla.errors import BadInput, UsageError
from embla.frequency.events import looked_up
from embla.frequency.groups import GRPMAX_BY, grpmax
from embla.frequency.leaving import overdue, refuse_withheld
from embla.frequency.model.answers import MAX_REGION, Answer, BatchLine, Cover, HowCounted, RegionAnswer
from embla.frequency.model.cohorts import RELATEDNESS, TOTAL, UNRELATED
from embla.frequency.model.rules import sentences
from embla.frequency.model.strips import strip
from embla.frequency.nesting import cap_of, caps, differ_in_groups
from embla.frequency.releases import Release, Releases, threshold
from embla.frequency.structural import open_structural
from embla.genome import GRCH38, Place, Region, Variant
from embla.genotypes import Count, Numbers, make_count
from embla.reference import normalise, read_any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embla.genotypes import SweptWindow
    from embla.platform import House

NEARBY: Final = 20
AROUND: Final = 50
MAX_PAGE: Final = 1000
MAX_BATCH: Final = 1000
# Of them, alleles that are not spelled out in bases: each reads what a stretch has of three kinds.
MAX_EVENTS: Final = 100
MAX_LINE: Final = 5000
_BASES: Final = frozenset("ACGTN")


def open_answer(house: "House", asked: Variant | Place, release: str | None = None) -> Answer:
    """How often, in a release (the newest for None).

    Raises NotFound where there is no release, BadInput when REF is not the reference's.
    """
    chosen, late = _chosen(house, release)
    normal, notes = normal_form(house, asked)
    if isinstance(normal, Variant) and not is_loaded(normal):
        return _event(house, chosen, normal, notes)
    return _answer(chosen, late, threshold(house, chosen), normal, notes)


# A page, its twins and its drawings ask for one variant several times, and many people for the same ones. A release
# never changes, and what is kept here may be shown to everybody.
@lru_cache(maxsize=1024)
def _answer(
    chosen: Release, late: frozenset[str], below: int, normal: Variant | Place, notes: tuple[str, ...]
) -> Answer:
    files = chosen.files
    opened, late_tables = opened_parts(chosen, below, normal, notes, late)
    around = _around(chosen, normal, below)
    headline = opened.total
    here = tuple(count for count in around if count.pos == normal.pos and not _same(count, normal))
    if isinstance(normal, Place) and here:
        headline = seen_place(headline)
    cells = {by: opened.tables[by] for by in chosen.info.groups if by in opened.tables}
    by = files.about.get("grpmax_by", GRPMAX_BY)
    return Answer(
        asked=normal,
        headline=headline,
        groups=cells,
        unrelated=opened.tables.get(RELATEDNESS, {}).get(UNRELATED),
        grpmax=grpmax(by, cells[by], files.about.get("grpmax_without", ())) if by in cells else None,
        people=chosen.info.people,
        covered=files.covered(normal.contig, normal.pos),
        nearby=tuple(count for count in around if not _same(count, normal)),
        at_place=here,
        strip=_strip(chosen, normal.contig, normal.pos - 1 - AROUND, normal.pos + AROUND),
        how=_how(chosen, normal.contig, normal.pos, below),
        notes=(*headline.notes, *_withheld(opened.withheld), *_left(late_tables)),
    )


def open_region(
    house: "House", region: Region, release: str | None = None, *, page: int = 1, page_size: int = 500
) -> RegionAnswer:
    """The variants of a region, `page_size` (at most 1,000) on a page.

    Raises UsageError for a region of more than 5 million bases.
    """
    if not 1 <= page_size <= MAX_PAGE or page < 1:
        raise UsageError(f"A page has 1 to {MAX_PAGE:,} variants and a number from 1 on.")
    if len(region) > MAX_REGION:
        raise UsageError(
            f"{len(region):,} bases are too many to list at once.", mend=f"Ask for {MAX_REGION:,} bases or fewer."
        )
    chosen, _ = _chosen(house, release)
    below = threshold(house, chosen)
    swept = chosen.files.contig(region.contig).totals(region.start, region.end)
    carried = np.flatnonzero(swept.carriers[0] > 0)
    shown = carried[(page - 1) * page_size : page * page_size]
    counts = _opened(chosen, swept, shown, below)
    middle = (region.start + region.end) // 2 + 1
    return RegionAnswer(
        region=region,
        variants=counts,
        total=len(carried),
        page=page,
        pages=max(1, -(-len(carried) // page_size)),
        strip=_strip(chosen, region.contig, region.start, region.end),
        people=chosen.info.people,
        how=_how(chosen, region.contig, middle, below),
        notes=region.notes,
    )


def open_batch(house: "House", lines: Sequence[str], release: str | None = None) -> list[BatchLine]:
    """One line of answer for each that is not empty; what cannot be read says why and stops nobody else."""
    wanted = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if len(wanted) > MAX_BATCH:
        raise UsageError(f"{len(wanted):,} lines are too many at once.", mend=f"Give {MAX_BATCH:,} or fewer.")
    chosen, _ = _chosen(house, release)
    room = iter(range(MAX_EVENTS))
    return [_line(house, chosen, number, text, room) for number, text in wanted]


def _chosen(house: "House", release: str | None) -> tuple[Release, frozenset[str]]:
    """The release, and what of all releases is withheld now. Raises Refused where the whole release is."""
    chosen = Releases(house).get(release)
    late = overdue(house)
    refuse_withheld(late, chosen.source(TOTAL).info.number)
    return chosen, late


def opened_parts(
    chosen: Release, below: int, asked: Variant | Place, notes: tuple[str, ...], late: frozenset[str]
) -> tuple[Open, list[str]]:
    """The total and the tables as they may be shown, each as the release showed it that cut it; tables that are late.

    A table is suppressed beside the total of its own release, never beside a later one: shown and hidden cells of one
    table always come from one decision, and a table that keeps its numbers keeps its blanks too.
    """
    parts = [TOTAL, *(part for part in chosen.info.numbers_from if part != TOTAL)]
    opened: dict[str, Open] = {}
    for source in dict.fromkeys(chosen.source(part) for part in parts):
        found = source.own.find(asked)
        tables: dict[str, dict[str, Count]] = {}
        for stratum, count in zip(source.own.strata[1:], found.strata, strict=True):
            tables.setdefault(stratum.by, {})[stratum.value] = count
        total = replace(found.total, notes=notes)
        strictest = max(below, source.info.threshold)
        cap = cap_of(source.own, asked, strictest)
        one = suppress(total, tables, below=strictest, cap=cap)
        if strictest > 1 and one.total.status != "suppressed" and differ_in_groups(source.own, asked):
            one = replace(one, tables={}, withheld=tuple(tables))
        opened[source.info.number] = one
    first = opened[chosen.source(TOTAL).info.number]
    shown, withheld, waiting = {}, [], []
    for part in chosen.info.people_by:
        number = chosen.source(part).info.number
        if f"{number}/{part}" in late:
            waiting.append(part)
        elif part in opened[number].withheld:
            withheld.append(part)
        elif part in opened[number].tables:
            shown[part] = opened[number].tables[part]
    return Open(first.total, shown, tuple(withheld)), waiting


def _left(tables: Sequence[str]) -> tuple[str, ...]:
    words = [by.replace("_", " ") for by in tables]
    return (f"Not shown by {' and '.join(words)}: somebody who left is in those numbers.",) if words else ()


def _line(house: "House", chosen: Release, number: int, text: str, room: Iterator[int]) -> BatchLine:
    below = threshold(house, chosen)
    try:
        if len(text) > MAX_LINE:
            raise BadInput(f"a line may have at most {MAX_LINE:,} characters.")
        asked = read_any(text, house.names)
        if isinstance(asked, Region):
            raise BadInput("this is a region.", mend="Open its page, or give a variant.")
        normal, notes = normal_form(house, asked)
    except BadInput as error:
        return BatchLine(number, text[:MAX_LINE], None, None, str(error))
    if isinstance(normal, Variant) and not is_loaded(normal):
        if next(room, None) is None:
            return BatchLine(number, text, normal, None, f"Only {MAX_EVENTS} structural alleles are answered at once.")
        return BatchLine(number, text, normal, _event(house, chosen, normal, notes).headline, notes=notes)
    cap = cap_of(chosen.files, normal, below)
    count = suppress(chosen.files.find(normal).total, below=below, cap=cap).total
    if isinstance(normal, Place):
        swept = chosen.files.contig(normal.contig).totals(normal.pos - 1, normal.pos)
        count = seen_place(count) if (swept.carriers[0] > 0).any() else count
    return BatchLine(number, text, normal, count, notes=notes)


def normal_form(house: "House", asked: Variant | Place) -> tuple[Variant | Place, tuple[str, ...]]:
    """The variant as it is counted, and what was changed; places are checked to lie on their contig."""
    contig = GRCH38.contig(asked.contig).name
    GRCH38.piece_at(contig, max(asked.pos, 1))  # 0: an event that begins with base 1
    if isinstance(asked, Place):
        return replace(asked, contig=contig), asked.notes
    normal = normalise(replace(asked, contig=contig), house.reference).variant
    notes = asked.notes
    if normal != asked and not notes:
        notes = (f"Trimmed and left-aligned from {contig}-{asked.pos}.",)
    return normal, notes


def is_loaded(variant: Variant) -> bool:
    """False for kinds of variants that the store does not hold: symbolic alleles, breakends, repeats."""
    return bool(variant.alt) and _BASES.issuperset(variant.alt) and _BASES.issuperset(variant.ref)


def seen_place(count: Count) -> Count:
    """A base at which somebody varies: AN of the place; the alleles are counted one by one."""
    return replace(count, status="observed", ac=None, af=None, nhet=None, nhomalt=None, nhemi=None, nfail=None,
                   faf95=None, faf99=None, af_upper95=None, raw=None)  # fmt: skip


def _around(chosen: Release, asked: Variant | Place, below: int) -> tuple[Count, ...]:
    """What is within 20 bases, the variant itself included; headline numbers only."""
    start = max(asked.pos - 1 - NEARBY, 0)
    end = min(asked.pos + NEARBY, GRCH38.contig(asked.contig).length)
    swept = chosen.files.contig(asked.contig).totals(start, end)
    carried = np.flatnonzero(swept.carriers[0] > 0)
    return _opened(chosen, swept, carried, below)


def _opened(chosen: Release, swept: "SweptWindow", rows: "NDArray[np.int64]", below: int) -> tuple[Count, ...]:
    """Totals of rows of a window, as they may be shown."""
    cap = caps(chosen.files, swept, below)
    found = ((chosen.files.count(swept, i), Level(int(cap[i]))) for i in rows.tolist())
    return tuple(suppress(count, below=below, cap=most).total for count, most in found)


def _strip(chosen: Release, contig: str, start: int, end: int) -> tuple[Cover, ...]:
    start, end = max(start, 0), min(end, GRCH38.contig(contig).length)
    files = chosen.files
    runs = files.contig(contig).runs(0, start, end)
    return strip(runs, lambda at: files.total.full_an(contig, at + 1), start, end)


def _same(count: Count, asked: Variant | Place) -> bool:
    return isinstance(asked, Variant) and (count.pos, count.ref, count.alt) == (asked.pos, asked.ref, asked.alt)


def _withheld(tables: Sequence[str]) -> tuple[str, ...]:
    words = [by.replace("_", " ") for by in tables]
    return (f"Not shown by {' and '.join(words)}: it would give a small number away.",) if words else ()


def _how(chosen: Release, contig: str, pos: int, below: int) -> HowCounted:
    about: Mapping[str, Any] = chosen.files.about
    return HowCounted(
        policy=chosen.info.policy,
        manifest=chosen.files.manifest,
        release=chosen.info.number,
        cohort=chosen.info.cohort,
        left_out="nobody",
        at=chosen.info.cut_at,
        rules=sentences(about["counting"], contig, pos, below, chosen.info.step),
        numbers_from=chosen.info.numbers_from,
    )


def _event(house: "House", chosen: Release, asked: Variant, notes: tuple[str, ...]) -> Answer:
    """An allele that is not spelled out in bases: the events of the release that fit it, with their own denominators.
    Where none fits it is `not_loaded`: a release does not keep who was looked at where, and 0 would be a number."""
    found = looked_up(asked, lambda region: open_structural(house, region, chosen.info.number, whole=True))
    none = not_loaded_count(asked, chosen.files.policy, chosen.files.manifest)
    notes = (*notes, *found.notes)
    headline = replace(found.headline or none, notes=notes)
    how = _how(chosen, asked.contig, max(asked.pos, 1), threshold(house, chosen))
    return Answer(
        asked, headline, {}, None, None, chosen.info.people, found.people, (), (), (), how, notes, found.events
    )


def not_loaded_count(asked: Variant, policy: str, manifest: str) -> Count:
    """The answer for a kind of variant that the store does not hold."""
    none = Numbers()
    return make_count(
        asked.contig, asked.pos, asked.ref, asked.alt, none, none, 0,
        policy=policy, manifest=manifest, status="not_loaded",
    )  # fmt: skip
