"""How this room's commands speak: answers on stdout as JSON Lines or aligned columns, sentences on stderr."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from gettext import gettext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embla.genotypes import Count

_HEADS = ("variant", "status", "ac", "an", "af", "nhet", "nhomalt", "nhemi", "faf95")


def say(sentence: str) -> None:
    """One line on stderr, in the terminal's language where the whole of it is a message."""
    print(gettext(sentence) if sentence else "", file=sys.stderr)


def tell_json(value: Any) -> None:
    """One JSON line on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")


def tell(value: dict[str, Any], sentence: str, as_json: bool) -> None:
    """An acknowledgement: the object, or one sentence for people."""
    if as_json:
        tell_json(value)
    else:
        print(sentence)


def table(counts: Sequence["Count"], groups: Mapping[str, Mapping[str, "Count"]], notes: Sequence[str] = ()) -> None:
    """Counts for people, groups under them; notes on stderr."""
    rows = [[_name(count), *_numbers(count)] for count in counts]
    for by, cells in groups.items():
        rows += [[f"  {by}={value}", *_numbers(count)] for value, count in cells.items()]
    if not rows:
        say("Nobody carries a variant there.")
        return
    columns(_HEADS, rows)
    for note in dict.fromkeys(notes):
        say(note)


def columns(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns; numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(head), *(len(row[i]) for row in cells)) for i, head in enumerate(heads)]
    right = [all(isinstance(row[i], int | float | None) for row in rows) for i in range(len(heads))]
    for line in [list(heads), *cells]:
        parts = [text.rjust(w) if r else text.ljust(w) for text, w, r in zip(line, widths, right, strict=True)]
        print("  ".join(parts).rstrip())


def facts(values: Mapping[str, Any]) -> None:
    """Names and values, one per line."""
    width = max(len(name) for name in values)
    for name, value in values.items():
        if isinstance(value, Mapping):
            value = ", ".join(f"{key} {n:,}" if isinstance(n, int) else f"{key} {n}" for key, n in value.items())
        elif isinstance(value, int):
            value = f"{value:,}"
        print(f"{name.replace('_', ' ').ljust(width)}  {value}")


@contextmanager
def bar() -> Iterator[Callable[[str, int, int], None] | None]:
    """A progress bar (contig, bases done, of), when somebody is looking; else None."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True
    ) as shown:
        task = shown.add_task("", total=None)
        yield lambda what, done, of: shown.update(task, description=what, completed=done, total=of)


def _name(count: "Count") -> str:
    if count.ref is None:
        return f"{count.contig}:{count.pos}"
    ref, alt = (a if len(a) <= 20 else f"({len(a):,} bases)" for a in (count.ref, count.alt or ""))
    return f"{count.contig}-{count.pos}-{ref}-{alt}"


def _numbers(count: "Count") -> list[object]:
    return [count.status, count.ac, count.an, count.af, count.nhet, count.nhomalt, count.nhemi, count.faf95]


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
