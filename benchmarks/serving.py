"""How fast a running Embla answers: `python -m benchmarks.serving URL PATH... [--clients 16] [--seconds 10 | --once]`.

A small driver on asyncio: each client has one connection and asks one path after the other, no thinking time. Told as
JSON: requests, errors, requests a second, and the 50th, 95th and 99th percentile of the time to the last byte. Serve
with one worker (`embla serve`) and EMBLA_REQUESTS_PER_MINUTE=0 on a quiet machine, or the figure says nothing.
`--once`: each path is asked once, by the next client that is free; `-` for PATH reads them from standard input.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import count
from time import perf_counter
from urllib.parse import quote, urlsplit


def again(paths: Sequence[str], first: int, until: float) -> Iterator[str]:
    """One after the other, from `first` on, until the time is over."""
    for place in count(first):
        if perf_counter() >= until:
            return
        yield paths[place % len(paths)]


async def client(host: str, port: int, paths: Iterator[str], times: list[float]) -> int:
    """Ask for each; the number of answers that were not 200."""
    reader, writer = await asyncio.open_connection(host, port)
    errors = 0
    for wanted in paths:
        path = quote(wanted, safe="/?&=%-:>")
        begun = perf_counter()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n\r\n".encode())
        status, body = await answer(reader)
        times.append(perf_counter() - begun)
        errors += status != 200 or not body
    writer.close()
    return errors


async def answer(reader: asyncio.StreamReader) -> tuple[int, int]:
    """Status and bytes of one answer with a Content-Length."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
    return status, len(await reader.readexactly(length))


def measured(times: Sequence[float], seconds: float, errors: int) -> dict[str, float]:
    """What is told."""
    ordered = sorted(times)

    def at(share: float) -> float:
        return round(1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)], 2)

    return {
        "requests": len(times), "errors": errors, "per_second": round(len(times) / seconds, 1),
        "p50_ms": at(0.5), "p95_ms": at(0.95), "p99_ms": at(0.99),
    }  # fmt: skip


async def drive(url: str, paths: Sequence[str], clients: int, seconds: float, once: bool = False) -> dict[str, float]:
    """All clients at once; the first half second warms and does not count, unless each path is asked `once`."""
    where = urlsplit(url)
    host, port = where.hostname or "127.0.0.1", where.port or 80
    if not once:
        until = perf_counter() + 0.5
        await asyncio.gather(*(client(host, port, again(paths, i, until), []) for i in range(clients)))
    times: list[float] = []
    begun = perf_counter()
    each = iter(paths)
    asked = [each if once else again(paths, i, begun + seconds) for i in range(clients)]
    errors = await asyncio.gather(*(client(host, port, one, times) for one in asked))
    return measured(times, perf_counter() - begun, sum(errors))


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--once", action="store_true")
    given = parser.parse_args()
    paths = sys.stdin.read().split() if given.paths == ["-"] else given.paths
    print(json.dumps(asyncio.run(drive(given.url, paths, given.clients, given.seconds, given.once))))


if __name__ == "__main__":
    main()
