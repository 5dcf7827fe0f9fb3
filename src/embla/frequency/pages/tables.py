"""Rows of the frequency tables: names, order, and the same rows for the CSV twin. No number is made here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from embla.frequency.model.answers import Answer
from embla.frequency.model.cohorts import RELATEDNESS, TOTAL
from embla.frequency.pages.words import Say, group_name, table_name

if TYPE_CHECKING:
    from embla.genotypes import Count

T = TypeVar("T")

# What a table may be ordered by, and the field of Count behind it.
ORDERS: Final = {"af": "af", "ac": "ac", "an": "an", "hom": "nhomalt", "hemi": "nhemi", "faf": "faf95"}
CSV_COUNT: Final = (
    "contig", "pos", "ref", "alt", "status", "ac", "an", "af", "nhet", "nhomalt", "nhemi", "nfail", "faf95", "faf99",
    "af_upper95", "raw_ac", "raw_an", "policy", "manifest",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One group of a table: what it is called, how many people it has (None: not told), and its count."""

    value: str
    name: str
    people: int | None
    count: "Count"
    share: float  # of the highest AF in the table, for the bar


@dataclass(frozen=True)
class Part:
    """One way of grouping."""

    by: str
    name: str
    rows: tuple[Row, ...]


def group_parts(
    answer: Answer,
    people_by: Mapping[str, Mapping[str, int]],
    names: Mapping[str, Mapping[str, str]],
    sort: str,
    descending: bool,
    _: Say,
) -> list[Part]:
    """The groups of an answer, each part ordered by `sort` (a key of ORDERS, else by name)."""
    highest = max((c.af or 0.0 for cells in answer.groups.values() for c in cells.values()), default=0.0)
    highest = max(highest, answer.headline.af or 0.0)
    parts = []
    for by, cells in answer.groups.items():
        rows = [
            Row(
                value,
                group_name(by, value, names, _),
                people_by.get(by, {}).get(value),
                count,
                (count.af or 0.0) / highest if highest else 0.0,
            )
            for value, count in cells.items()
        ]
        rows.sort(key=lambda row: row.name)
        rows = _ordered(rows, lambda row: row.count, sort, descending)
        parts.append(Part(by, table_name(by, _), tuple(rows)))
    return parts


def ordered(counts: Sequence["Count"], sort: str, descending: bool) -> list["Count"]:
    """Counts ordered by a key of ORDERS, ties by position; as they are for another key."""
    return _ordered(list(counts), lambda count: count, sort, descending)


def _ordered(items: list[T], count_of: Callable[[T], "Count"], sort: str, descending: bool) -> list[T]:
    if sort not in ORDERS:
        return items
    field = ORDERS[sort]
    # A hidden number has no place in an order; it goes last either way and so tells nothing.
    shown = [item for item in items if getattr(count_of(item), field) is not None]
    hidden = [item for item in items if getattr(count_of(item), field) is None]
    return [*sorted(shown, key=lambda item: getattr(count_of(item), field), reverse=descending), *hidden]


def csv_cells(count: "Count") -> list[object]:
    """One count in the order of CSV_COUNT."""
    told: dict[str, Any] = count.to_json()
    raw = told.get("raw") or {}
    told |= {"raw_ac": raw.get("ac"), "raw_an": raw.get("an")}
    return [told.get(key) for key in CSV_COUNT]


def answer_rows(answer: Answer) -> tuple[list[str], list[list[object]]]:
    """An answer as CSV: the headline, the unrelated, then each group; each with the release its numbers come from."""
    sources, own = answer.how.numbers_from, answer.how.release or ""
    header = ["release", "by", "group", *CSV_COUNT]
    rows: list[list[object]] = [[sources.get(TOTAL, own), "", "all", *csv_cells(answer.headline)]]
    if answer.unrelated is not None:
        rows.append([sources.get(RELATEDNESS, own), "", "unrelated", *csv_cells(answer.unrelated)])
    for by, cells in answer.groups.items():
        rows += [[sources.get(by, own), by, value, *csv_cells(count)] for value, count in cells.items()]
    return header, rows


def list_rows(counts: Sequence["Count"], release: str) -> tuple[list[str], list[list[object]]]:
    """A list of variants as CSV."""
    return ["release", *CSV_COUNT], [[release, *csv_cells(count)] for count in counts]
