"""`suppress`: the one function that every open count passes, with its tables, before it is shown, listed or written."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from embla.disclosure.rules import Cell, Level, decide, is_small
from embla.genotypes import RAW_NOTE, Count, Numbers

# The same where it may not be told in how many people.
RAW_HIDDEN_NOTE: Final = "Seen only in calls that do not pass the gates; in how many people is not shown."


@dataclass(frozen=True, slots=True)
class Open:
    """What may be shown of one variant. `withheld`: tables that are not shown at all, by name."""

    total: Count
    tables: dict[str, dict[str, Count]]
    withheld: tuple[str, ...]


def fewer_than(below: int) -> str:
    """The words for a hidden count."""
    return f"fewer than {below}"


def suppress(
    total: Count, tables: Mapping[str, Mapping[str, Count]] | None = None, *, below: int, cap: Level = Level.FULL
) -> Open:
    """Hide what fewer than `below` people stand behind, and what would give it away. `below` 1 hides nothing.

    Each table splits the people of `total` into disjoint groups; people in none of its groups are protected too.
    A hidden count has status `suppressed`, its AN, a note, and None elsewhere; so has one that nobody carries in a call
    that passes, and fewer than `below` in another. Where more do, or nobody was read well, a note says that. Cells of
    tables carry no raw numbers, no nfail and no heteroplasmy. AN stays: it says who was covered, not who carries.
    Counts that were never made (`not_loaded`) pass unchanged. `cap`: the most that may be shown beside other variants,
    of a change of several bases beside these (nested.py).
    """
    tables = tables or {}
    if total.ac is None or total.an is None:
        return Open(total, {by: dict(cells) for by, cells in tables.items()}, ())
    shown = decide(
        _cell(total),
        {by: {name: _cell(count) for name, count in cells.items()} for by, cells in tables.items()},
        below,
        _raw_cell(total),
        cap if below > 1 else Level.FULL,
    )
    opened = {
        by: {name: _as_cell(_at(tables[by][name], level, below, cover=True)) for name, level in cells.items()}
        for by, cells in shown.cells.items()
    }
    return Open(
        _headline(total, shown.total, shown.raw, below, cap), opened, tuple(by for by in tables if by not in opened)
    )


def _headline(count: Count, level: Level, raw: Level, below: int, cap: Level) -> Count:
    # An MNP that few carry looks like one that is hidden beside its single bases, whoever carries it.
    cell = _at(count, level, below, cover=count.is_mnp)
    if cell.ac == 0 and count.raw is not None and count.raw.ac:
        cell = replace(cell, notes=(*cell.notes, RAW_NOTE if raw is Level.FULL else RAW_HIDDEN_NOTE))
    if below <= 1:
        return cell
    hidden = level is Level.HIDDEN
    highest = cell.max_heteroplasmy
    return replace(
        cell,
        raw=cell.raw if raw is Level.FULL else None,
        nfail=None if hidden or cap < Level.FULL or cell.nfail is None or is_small(cell.nfail, below) else cell.nfail,
        # One person's value: given where several carry it, and no finer than a per cent.
        max_heteroplasmy=None if hidden or highest is None or not cell.ac else round(highest, 2),
        unknown_sex=None if cell.unknown_sex is None or is_small(cell.unknown_sex, below) else cell.unknown_sex,
        groups=None,
        grpmax=None,
        by=None,
    )


def _at(count: Count, level: Level, below: int, *, cover: bool) -> Count:
    # Where nobody is covered, AN says already that nobody carries it.
    if level is Level.FULL or not count.an:
        return count
    if level is Level.ALLELES:
        if not count.ac:
            return count
        note = f"genotypes are not shown: {fewer_than(below)} people may stand behind one of them"
        return replace(count, nhet=None, nhomalt=None, nhemi=None, notes=(*count.notes, note))
    note = fewer_than(below)
    if cover:
        note += ", or hidden so that such a number cannot be worked out"
    return _blank(count, note)


def _blank(count: Count, note: str) -> Count:
    """Place, AN and a note. Written out: an answer has dozens, and `replace` takes as long as the rest of it."""
    return Count(
        count.contig, count.pos, count.ref, count.alt, "suppressed",
        ac=None, an=count.an, af=None, nhet=None, nhomalt=None, nhemi=None, nfail=None,
        faf95=None, faf99=None, af_upper95=None, raw=None, policy=count.policy, manifest=count.manifest,
        groups=count.groups, grpmax=count.grpmax, by=count.by, notes=(*count.notes, note),
        max_heteroplasmy=count.max_heteroplasmy, unknown_sex=count.unknown_sex, extra=count.extra,
    )  # fmt: skip


def _as_cell(count: Count) -> Count:
    if count.raw is None and count.nfail is None and count.max_heteroplasmy is None and count.unknown_sex is None:
        return count
    return replace(count, raw=None, nfail=None, max_heteroplasmy=None, unknown_sex=None)


def _cell(count: Count) -> Cell:
    return Cell(
        count.an or 0, count.ac or 0, count.nhet or 0, count.nhomalt or 0, count.nhemi or 0, count.contig == "chrM"
    )


def _raw_cell(count: Count) -> Cell | None:
    raw: Numbers | None = count.raw
    if raw is None:
        return None
    return Cell(raw.an, raw.ac, raw.nhet, raw.nhomalt, raw.nhemi, count.contig == "chrM")
