"""The slow, plain twins of clustering and of repeat histograms: written from the rules, not from the code."""

from collections import Counter
from typing import Any


def same_event(a: dict[str, Any], b: dict[str, Any], cnv: bool) -> bool:
    if any(a[k] != b[k] for k in ("contig", "mate", "type", "strands")):
        return False
    overlap = min(a["end"], b["end"]) - max(a["start"], b["start"])
    longer = max(a["end"] - a["start"], b["end"] - b["start"])
    if cnv:
        return bool(100 * overlap >= 80 * longer)
    if a["type"] in ("DEL", "DUP", "INV") and 100 * overlap < 50 * longer:
        return False
    for field, low, high in (("start", 0, 1), ("end", 2, 3))[: 1 if a["type"] == "INS" else 2]:
        if a[field] + a["ci"][low] - (b[field] + b["ci"][high]) > 500:
            return False
        if b[field] + b["ci"][low] - (a[field] + a["ci"][high]) > 500:
            return False
    sizes = sorted((a["length"], b["length"]))
    return bool(a["type"] != "INS" or sizes[0] == 0 or 100 * sizes[0] >= 50 * sizes[1])


def plain_clusters(calls: list[dict[str, Any]], cnv: bool) -> dict[tuple[Any, ...], set[int]]:
    """Key of each centre -> places of the calls in its cluster."""
    carried = Counter(site_key(call, cnv) for call in calls if call["state"] == "carries")
    order = sorted(carried, key=lambda k: (k[2] == "INS" and k[6] == 0, -carried[k], k[4], k[5], k[6], k[7:]))
    centres: list[tuple[Any, ...]] = []
    for key in order:
        if not any(same_event(of_key(key), of_key(c), cnv) for c in centres):
            centres.append(key)
    clusters: dict[tuple[Any, ...], set[int]] = {key: set() for key in centres}
    for place, call in enumerate(calls):
        own = of_key(site_key(call, cnv))
        near = [(apart(own, of_key(c)), n, c) for n, c in enumerate(centres) if same_event(own, of_key(c), cnv)]
        if site_key(call, cnv) in clusters:
            clusters[site_key(call, cnv)].add(place)
        elif near:
            clusters[min(near)[2]].add(place)
    return clusters


def apart(a: dict[str, Any], b: dict[str, Any]) -> int:
    more = abs(a["length"] - b["length"]) if a["type"] == "INS" else 0
    return int(abs(a["start"] - b["start"]) + abs(a["end"] - b["end"]) + more)


def site_key(call: dict[str, Any], cnv: bool) -> tuple[Any, ...]:
    length = call["length"] if call["type"] == "INS" else 0
    ci = (0, 0, 0, 0) if cnv else tuple(call["ci"])
    where = (call["contig"], call["mate"], call["type"], call["strands"], call["start"], call["end"])
    return (*where, length, *ci)


def of_key(key: tuple[Any, ...]) -> dict[str, Any]:
    names = ("contig", "mate", "type", "strands", "start", "end", "length")
    return dict(zip(names, key[:7], strict=True)) | {"ci": key[7:]}


def plain_histogram(records: list[tuple[str, list[int]]]) -> tuple[dict[int, int], int]:
    """(state, sizes) of each person -> size -> alleles, and AN."""
    sizes: Counter[int] = Counter()
    for state, own in records:
        if state == "carries":
            sizes.update(own)
    return dict(sizes), sum(sizes.values())
