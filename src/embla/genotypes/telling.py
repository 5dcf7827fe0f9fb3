"""How the store's commands speak: answers on stdout as JSON Lines or aligned columns, sentences on stderr."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from gettext import gettext
from typing import Any, Final

from embla.genotypes.model.count import Count

_JSON: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def say(sentence: str) -> None:
    """One line on stderr, in the terminal's language where the whole of it is a message."""
    print(gettext(sentence) if sentence else "", file=sys.stderr)


def json_line(value: Any) -> str:
    """One JSON line."""
    return _JSON(value) + "\n"


def tell_json(value: Any) -> None:
    """One JSON line on stdout."""
    sys.stdout.write(json_line(value))


def tell(value: dict[str, Any], sentence: str, as_json: bool) -> None:
    """An acknowledgement: the object, or one sentence for people."""
    if as_json:
        tell_json(value)
    else:
        print(sentence)


def columns(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns; numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(head), *(len(row[i]) for row in cells)) if cells else len(head) for i, head in enumerate(heads)]
    right = [
        all(isinstance(row[i], int | float | None.__class__) for row in rows) and bool(rows) for i in range(len(heads))
    ]
    for line in [list(heads), *cells]:
        parts = [text.rjust(w) if r else text.ljust(w) for text, w, r in zip(line, widths, right, strict=True)]
        print("  ".join(parts).rstrip())


def table(answers: Sequence[Count]) -> None:
    """Counts for people: one line per answer, then groups and notes indented under it."""
    heads = ["variant", "status", "ac", "an", "af", "nhet", "nhomalt", "nhemi", "nfail", "faf95", "raw ac", "raw an"]
    rows: list[list[object]] = []
    for answer in answers:
        rows.append([_name(answer), *_numbers(answer)])
        for value, cell in (answer.groups or {}).items():
            rows.append([f"  {answer.by}={value}", *_numbers(cell)])
    if not rows:
        say("Nobody in the cohort carries a variant there.")
        return
    columns(heads, rows)
    for answer in answers:
        for note in _notes(answer):
            print(f"{_name(answer)}: {note}")


def facts(numbers: Mapping[str, Any]) -> None:
    """Names and values, one per line."""
    width = max(len(name) for name in numbers)
    for name, value in numbers.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {number:,}" for key, number in value.items())
        elif isinstance(value, list):
            value = ", ".join(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            value = f"{value:,}"
        print(f"{name.replace('_', ' ').ljust(width)}  {'-' if value in (None, '') else value}")


@contextmanager
def bar() -> Iterator[Callable[[str, int, int], None] | None]:
    """A progress bar (what, done, of), when somebody is looking; else None."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bars:
        tasks: dict[str, Any] = {}

        def seen(what: str, done: int, of: int) -> None:
            name = str(what)
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=of)
            bars.update(tasks[name], completed=done, total=of)

        yield seen


def _notes(answer: Count) -> list[str]:
    notes = list(answer.notes)
    if answer.af_upper95 is not None:
        notes.append(f"not seen; the frequency is below {answer.af_upper95:.3g} with 95 % confidence.")
    if answer.grpmax is not None:
        top = answer.grpmax
        notes.append(
            f"grpmax {top.group} with af {top.af:.4g} ({top.ac}/{top.an}); "
            f"highest faf95 {top.faf95:.4g} in {top.faf_group}."
        )
    if answer.max_heteroplasmy is not None:
        notes.append(f"highest heteroplasmy seen {answer.max_heteroplasmy:.4g}.")
    if answer.unknown_sex:
        notes.append(f"{answer.unknown_sex} left out here because their karyotype is unknown.")
    return notes


def _name(answer: Count) -> str:
    place = f"{answer.contig}:{answer.pos}"
    if answer.ref is None or answer.alt is None:
        return place
    ref, alt = (a if len(a) <= 20 else f"({len(a)} bases)" for a in (answer.ref, answer.alt))
    return f"{answer.contig}-{answer.pos}-{ref}-{alt}"


def _numbers(answer: Count) -> list[object]:
    raw = answer.raw
    return [
        answer.status,
        answer.ac,
        answer.an,
        answer.af,
        answer.nhet,
        answer.nhomalt,
        answer.nhemi,
        answer.nfail,
        answer.faf95,
        raw.ac if raw else None,
        raw.an if raw else None,
    ]


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)
