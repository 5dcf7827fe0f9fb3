"""A day's work at once: laboratories send genomes while people list, look up and paste lists. Promise R9.

    python -m benchmarks.mixed [--home HOME] [--seconds 900] [--rate 15] [--every 10] [--calls 50000]

HOME is a copy of a demo's home, which is changed; without it a small nation is built first. `embla serve` runs as a
process of its own; questions come by the clock at RATE a second whether or not earlier ones were answered, and a genome
of CALLS variants is sent every EVERY seconds, over HTTP, to its acknowledgement. Aims: a genome in at most EVERY
seconds of wall time, no answer but 200, 95 of 100 variants within 300 ms, genes within 1.5 s, lists of 1,000 within
3 s, pages of a laboratory's submissions within 300 ms. On a busy machine only the answers and the processor time say
something.
"""

import argparse
import asyncio
import gzip
import json
import os
import random
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from embla.composition import open_home
from embla.demo.nation import build_nation
from embla.errors import EmblaError
from embla.platform import OPERATOR, House, Settings, issue_token
from embla.submission.client import Client

# Kind of question -> seconds within which 95 of 100 are to be answered (R7).
AIMS: Final = {"variant": 0.3, "listing": 0.3, "gene": 1.5, "list of 1,000": 3.0}
# How often each is asked, in turns of a hundred: at 15 a second a list of 1,000 comes every seven.
_TURNS: Final = ("variant",) * 79 + ("listing",) * 16 + ("gene",) * 4 + ("list of 1,000",)
_AT_ONCE: Final = 64
_START: Final = 10_000
_STEP: Final = 40
_BASES: Final = "ACGT"


@dataclass(frozen=True)
class Question:
    """One request: path, and what is sent with it."""

    path: str
    body: bytes = b""
    token: str = ""

    def raw(self, host: str) -> bytes:
        """As it goes over the line."""
        verb = "POST" if self.body else "GET"
        head = [f"{verb} {quote(self.path, safe='/?&=%-:')} HTTP/1.1", f"Host: {host}", "Accept: application/json"]
        if self.token:
            head.append(f"Authorization: Bearer {self.token}")
        if self.body:
            head += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*head, "", ""]).encode() + self.body


@dataclass
class Run:
    """Seconds by kind of question and of each submission; `wrong`: statuses that were not 200, and what was refused."""

    asked: dict[str, list[float]] = field(default_factory=dict)
    sent: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    genomes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def told(self) -> dict[str, Any]:
        """For people and programs."""
        times = {
            kind: {"n": len(own), "p50_ms": _at(own, 0.5), "p95_ms": _at(own, 0.95)} for kind, own in self.asked.items()
        }
        return {
            "seconds": round(self.seconds, 1), "questions": times, "genomes": len(self.genomes),
            "genome_p95_ms": _at(self.sent, 0.95), "wrong": dict(self.wrong),
        }  # fmt: skip

    def verdicts(self, every: float) -> list[tuple[str, bool]]:
        """Each promise, and whether this run kept it."""
        kept = [(f"95 of 100 of '{kind}' within {aim} s", _at(self.asked.get(kind, []), 0.95) <= aim * 1000)
                for kind, aim in AIMS.items()]  # fmt: skip
        wanted = max(1, int(self.seconds / every) - 1)
        return [
            ("no answer but 200, nothing refused", not self.wrong),
            (f"a genome every {every:g} s", len(self.genomes) >= wanted and _at(self.sent, 0.95) <= every * 1000),
            *kept,
        ]


def _at(times: Sequence[float], share: float) -> float:
    """Milliseconds; endless where there is no time."""
    ordered = sorted(times)
    return round(1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)], 1) if ordered else float("inf")


def drive(
    url: str, token: str, packages: Callable[[int], Path], questions: Mapping[str, Sequence[Question]], *,
    seconds: float, rate: float, every: float,
) -> Run:  # fmt: skip
    """Ask and send for so long. `packages` makes the folder of the n-th package; it is made before its time counts."""
    run, until = Run(), time.monotonic() + seconds
    sender = threading.Thread(target=_send, args=(url, token, packages, until, every, run))
    begun = time.monotonic()
    sender.start()
    host, _, port = url.removeprefix("http://").partition(":")
    asyncio.run(_ask(host, int(port), questions, rate, until, run))
    sender.join()
    run.seconds = time.monotonic() - begun
    return run


def _send(url: str, token: str, packages: Callable[[int], Path], until: float, every: float, run: Run) -> None:
    client, number = Client(url, token), 0
    while time.monotonic() < until:
        due = time.monotonic() + every
        folder = packages(number)
        number += 1
        begun = time.perf_counter()
        try:
            told = client.send(folder)
        except EmblaError as error:
            run.wrong[f"send: {error}"[:200]] += 1
        else:
            run.sent.append(time.perf_counter() - begun)
            run.genomes += [genome.accession for genome in told.genomes]
        time.sleep(max(0.0, min(due, until) - time.monotonic()))


async def _ask(
    host: str, port: int, questions: Mapping[str, Sequence[Question]], rate: float, until: float, run: Run
) -> None:
    """By the clock: the time of an answer counts from when its question was due."""
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(kind: str, question: Question, due: float) -> None:
        async with room:
            while True:
                again = bool(idle)
                line = idle.pop() if idle else await asyncio.open_connection(host, port)
                try:
                    line[1].write(question.raw(host))
                    status = await _status(line[0])
                    break
                except (OSError, asyncio.IncompleteReadError) as error:
                    line[1].close()
                    # A server lets go of lines that were idle for some seconds; a new one must answer.
                    if not again or getattr(error, "partial", b""):
                        run.wrong[f"{kind}: {type(error).__name__}"] += 1
                        return
            idle.append(line)
            run.asked.setdefault(kind, []).append(time.monotonic() - due)
            if status != 200:
                run.wrong[f"{kind}: {status}"] += 1

    waiting, number, due = set(), 0, time.monotonic()
    while due < until:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        kind = _TURNS[number * 37 % len(_TURNS)]
        own = questions[kind]
        task = asyncio.create_task(one(kind, own[number % len(own)], due))
        waiting.add(task)
        task.add_done_callback(waiting.discard)
        number, due = number + 1, due + 1 / rate
    await asyncio.gather(*waiting)
    for _, writer in idle:
        writer.close()


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    said = dict(line.split(": ", 1) for line in head.split("\r\n") if ": " in line)
    if "content-length" in said:
        await reader.readexactly(int(said["content-length"]))
    elif said.get("transfer-encoding") == "chunked":
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    return int(head.split(" ", 2)[1])


def questions_of(variants: Sequence[str], regions: Sequence[str], token: str) -> dict[str, list[Question]]:
    """The mix over what a home has."""
    lines = [variants[n % len(variants)] for n in range(1_000)]
    listing = ("", "?state=accepted", "?limit=200", "?state=refused")
    return {
        "variant": [Question(f"/api/frequencies/{one}") for one in variants]
        + [Question(f"/variant/{one}.json") for one in variants],
        "listing": [Question(f"/api/submissions{more}", token=token) for more in listing],
        "gene": [Question(f"/region/{one}.json") for one in regions],
        "list of 1,000": [Question("/api/frequencies", json.dumps({"variants": lines}).encode())],
    }


def write_package(folder: Path, number: int, calls: int, laboratory: str, group: str) -> Path:
    """A person of their own with so many calls, on a contig of which a home has no bases: counted unchecked."""
    draw, name = random.Random(number), f"MIX-{os.getpid()}-{number}"
    files = folder / name / "files"
    files.mkdir(parents=True)
    lines = [
        "##fileformat=VCFv4.2", '##FORMAT=<ID=GT,Number=1,Type=String,Description="G">',
        '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="D">',
        '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Q">',
        "##contig=<ID=chr1,length=248956422>", f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{name}-B",
    ]  # fmt: skip
    for n in range(calls):
        pos = _START + _STEP * n + draw.randrange(_STEP)
        ref = _BASES[pos % 4]
        alt = _BASES[(pos + 1 + draw.randrange(3)) % 4]
        gt = "1/1" if draw.random() < 0.3 else "0/1"
        lines.append(f"chr1\t{pos}\t.\t{ref}\t{alt}\t50\tPASS\t.\tGT:DP:GQ\t{gt}:{20 + n % 20}:60")
    (files / "calls.vcf.gz").write_bytes(gzip.compress("\n".join([*lines, ""]).encode(), 1))
    (files / "kit.bed").write_text(f"chr1\t0\t{_START + _STEP * (calls + 1)}\n")
    sample = {
        "id": f"{name}-B", "tissue": "blood", "origin": "germline", "assay": "genome", "assembly": "GRCh38",
        "callability": "bed", "bed": "files/kit.bed", "calls": "files/calls.vcf.gz",
        "pipeline": {"name": "bench", "version": "1"},
    }  # fmt: skip
    case = {"id": f"{name}-C", "kind": "single", "patient_group": group, "opened": "2026-01-12"}
    listed = [
        {"path": f"files/{path.name}", "size": path.stat().st_size, "sha256": sha256(path.read_bytes()).hexdigest(),
         "format": "bed" if path.suffix == ".bed" else "vcf"}
        for path in sorted(files.iterdir())
    ]  # fmt: skip
    person = {"key": f"{name}-p", "role": "index", "karyotype": "XX", "sample": sample}
    said = {"schema_version": 1, "package": name, "type": "initial", "laboratory": laboratory, "case": case}
    (folder / name / "manifest.json").write_text(json.dumps(said | {"persons": [person], "files": listed}))
    return folder / name


def found_in(house: House, most: int = 300) -> tuple[list[str], list[str]]:
    """Variants that the newest release has, and stretches of it."""
    from embla.frequency import open_region
    from embla.genome import Region

    seen = open_region(house, Region("chr21", 25_000_000, 30_000_000), page_size=1000).variants
    if not seen:
        raise SystemExit("The home's release has nothing on chr21: build a demo with `embla demo`.")
    step = max(1, len(seen) // most)
    names = [f"{one.contig}-{one.pos}-{one.ref}-{one.alt}" for one in seen[::step]]
    first = seen[0].pos
    return names, [f"chr21-{first + 10_000 * n}-{first + 10_000 * n + 200_000}" for n in range(8)]


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """`embla serve` over a home, as a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    given = os.environ | {"EMBLA_HOME": str(home), "EMBLA_REQUESTS_PER_MINUTE": "0", "EMBLA_LOG_LEVEL": "error",
                          "EMBLA_ANONYMOUS_PER_MINUTE": "0", "EMBLA_DEMO": "true"}  # fmt: skip
    command = [sys.executable, "-m", "embla", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=given) as process:
        try:
            for _ in range(600):
                with socket.socket() as line:
                    if line.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def main(arguments: list[str]) -> int:
    """From the command line; 1 when a promise was not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mixed", description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--seconds", type=float, default=900.0)
    parser.add_argument("--rate", type=float, default=15.0)
    parser.add_argument("--every", type=float, default=10.0)
    parser.add_argument("--calls", type=int, default=50_000)
    parser.add_argument("--people", type=int, default=60)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="embla-bench-") as temporary:
        home = given.home or Path(temporary) / "home"
        settings = Settings(home=home, demo=True, log_level="error")
        if given.home is None:
            build_nation(settings, people=given.people, say=lambda _: None)
        house = open_home(settings)
        with house.database.transaction() as connection:
            token = issue_token(connection, "lab-north", label="bench", by=OPERATOR, at=house.clock())
        variants, regions = found_in(house)
        house.database.close()
        packages = Path(temporary) / "packages"
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        before = used.ru_utime + used.ru_stime
        with serving(home) as url:
            run = drive(
                url, token, lambda n: write_package(packages, n, given.calls, "north", "rare-diseases"),
                questions_of(variants, regions, token), seconds=given.seconds, rate=given.rate, every=given.every,
            )  # fmt: skip
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime - before
    print(json.dumps(run.told() | {"server_cpu_s": round(cpu, 1), "server_cores": round(cpu / run.seconds, 2)}))
    for says, met in run.verdicts(given.every):
        print(f"  {says}: {'met' if met else 'NOT MET'}")
    return 0 if all(met for _, met in run.verdicts(given.every)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
