"""How the node's doors answer at a steady rate: `python -m benchmarks.beacon HOME [--rate 60] [--seconds 60]`.

Serves a demo nation's home with one worker, without the budget as a demo has none, and asks it open-loop: a request
leaves when its moment comes, and its time counts from that moment, so that a queue shows. Half are questions for
variants (alleles spelled out, ranges, counts, ids, drawn from the release's own), the rest data sets, framework,
refget, FAIR Data Point and htsget's service-info. Told as JSON: by kind and for all the 50th, 95th and 99th percentile,
errors, and the server's user CPU for each request, which says more than the time where the machine is shared.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter, sleep
from urllib.parse import quote, urlencode

from benchmarks.serving import answer, measured

ROOT = "/beacon/aggregated/v2"
TICKS = os.sysconf("SC_CLK_TCK")


def paths_of(home: Path, number: int) -> list[tuple[str, str]]:
    """(kind, path) of each request, mixed; the alleles are those that the newest release tells."""
    from embla.composition import open_home
    from embla.frequency import Listing
    from embla.platform import read_settings

    house = open_home(read_settings(home=home), create=False)
    listing = Listing.open(house)
    window = [contig for contig, _ in listing.levels()]
    shown = []
    for contig in window:
        for start in range(0, 50_000_000, 5_000_000):
            shown += listing.overlapping(contig, start, start + 5_000_000)
    house.database.close()
    rng = random.Random(60)
    rng.shuffle(shown)
    informing = [f"{ROOT}/{p}" for p in "info map entry_types configuration filtering_terms datasets".split()]
    others = ["/fairdp", "/htsget/variants/service-info", "/refget/service-info"]
    found = []
    for i in range(number):
        variant = shown[i % len(shown)].variant
        place = {"referenceName": variant.contig, "start": variant.pos - 1, "assemblyId": "GRCh38"}
        questions = (
            ("sequence", place | {"referenceBases": variant.ref, "alternateBases": variant.alt}),
            ("range", place | {"end": variant.pos + 2_000}),
            ("count", place | {"end": variant.pos + 20_000, "requestedGranularity": "count"}),
        )
        kind, asked = questions[i // 2 % 3]
        path = f"{ROOT}/g_variants?{urlencode(asked)}"
        if i % 2:
            kind, path = ("informing", informing[i // 2 % 6]) if i % 4 == 1 else ("other", others[i // 4 % 3])
        elif i % 10 == 8:
            name = f"{variant.contig}-{variant.pos}-{variant.ref}-{variant.alt}"
            kind, path = "id", f"{ROOT}/g_variants/{quote(name)}"
        found.append((kind, path))
    return found


async def drive(
    port: int, asked: Sequence[tuple[str, str]], rate: float, clients: int
) -> list[tuple[str, float, bool]]:
    """(kind, seconds since it should have left, whether it was answered 200) of each request."""
    told: list[tuple[str, float, bool]] = []
    begun = perf_counter() + 0.1

    async def client(first: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(first, len(asked), clients):
            kind, path = asked[number]
            due = begun + number / rate
            await asyncio.sleep(max(due - perf_counter(), 0))
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n".encode())
            status, body = await answer(reader)
            told.append((kind, perf_counter() - due, status == 200 and body > 0))
        writer.close()

    await asyncio.gather(*(client(first) for first in range(clients)))
    return told


def _wait_for(port: int) -> None:
    """Until somebody listens, for two minutes."""
    for _ in range(240):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        sleep(0.5)
    raise TimeoutError("the server does not listen")


def user_seconds(pid: int) -> float:
    """User CPU of a process so far."""
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11]) / TICKS


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--rate", type=float, default=60)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=16)
    given = parser.parse_args()
    with socket.socket() as free_port:
        free_port.bind(("127.0.0.1", 0))
        port = free_port.getsockname()[1]
    asked = paths_of(given.home, int(given.rate * given.seconds))
    free = {"EMBLA_REQUESTS_PER_MINUTE": "0", "EMBLA_ANONYMOUS_PER_MINUTE": "0", "EMBLA_QUERY_BUDGET_OPEN": "0"}
    words = [sys.executable, "-m", "embla", "serve", "--home", str(given.home), "--port", str(port)]
    with subprocess.Popen(words, env=os.environ | free, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port)
            asyncio.run(drive(port, asked[:120], given.rate, 4))
            before = user_seconds(server.pid)
            told = asyncio.run(drive(port, asked, given.rate, given.clients))
            used = user_seconds(server.pid) - before
        finally:
            server.terminate()
    kinds = sorted({kind for kind, _, _ in told})
    rows = {kind: [t for k, t, _ in told if k == kind] for kind in kinds} | {"all": [t for _, t, _ in told]}
    variants = [t for k, t, _ in told if k in ("sequence", "range", "count", "id")]
    errors = sum(not right for _, _, right in told)
    result = {name: measured(times, given.seconds, 0) for name, times in (rows | {"g_variants": variants}).items()}
    print(json.dumps(result | {"errors": errors, "user_ms_per_request": round(1000 * used / len(told), 2)}, indent=1))


if __name__ == "__main__":
    main()
