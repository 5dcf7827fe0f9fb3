"""Callability around a place or over a region, as pieces to draw. Pure."""

from collections.abc import Callable, Iterable

from embla.frequency.model.answers import Cover

Run = tuple[int, int, int]


def strip(
    runs: Iterable[Run], full_an: Callable[[int], int], start: int, end: int, most: int = 120
) -> tuple[Cover, ...]:
    """Runs (start, end, AN) that tile start..end -> at most `most` pieces.

    Few runs stay as they are; many become equal bins with their mean. `full_an(start)` is the AN if everybody were
    covered at a 0-based place.
    """
    joined = list(_joined(runs))
    if len(joined) > most:
        joined_bins = _bins(joined, start, end, most)
        return tuple(_cover(a, b, an, full_an(a)) for a, b, an in joined_bins)
    return tuple(_cover(a, b, float(an), full_an(a)) for a, b, an in joined)


def _joined(runs: Iterable[Run]) -> Iterable[Run]:
    last: Run | None = None
    for run in runs:
        if last is not None and last[2] == run[2] and last[1] == run[0]:
            last = (last[0], run[1], last[2])
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


def _bins(runs: list[Run], start: int, end: int, most: int) -> list[tuple[int, int, float]]:
    size = -(-(end - start) // most)
    sums: dict[int, int] = {}
    for a, b, an in runs:
        at = a
        while at < b:
            place = (at - start) // size
            stop = min(b, start + (place + 1) * size)
            sums[place] = sums.get(place, 0) + an * (stop - at)
            at = stop
    bins = []
    for place, total in sorted(sums.items()):
        a, b = start + place * size, min(start + (place + 1) * size, end)
        bins.append((a, b, total / (b - a)))
    return bins


def _cover(start: int, end: int, an: float, full: int) -> Cover:
    return Cover(start, end, min(an / full, 1.0) if full else 0.0, an)
