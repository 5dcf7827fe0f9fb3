"""A laboratory's machine that is killed again and again: run as a program, it forks a sender and kills it on command.

    python mortal.py HOME DATABASE_URL PACKAGES ACKNOWLEDGED

Each line on stdin forks a sender: `ms 250` kills it by SIGKILL after so many milliseconds, `calls 37` before its 37th
call that syncs, names or deletes a file or commits. It answers "killed", or "done" when the sender ended by itself. The
sender sends the packages in order, from the last acknowledged one on, and writes a line to ACKNOWLEDGED after each
acknowledgement. Everything heavy is imported before the fork, so that death falls into the work, not into the imports.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from embla.composition import open_home
from embla.genome import GRCH38
from embla.genotypes import CohortStore, NewGenome, Policy, SampleSpec, read_packs
from embla.platform import OPERATOR, Settings
from embla.submission import PackageRefused, open_package, receive_many
from embla.submission.sweep import sweep, tend


def burn(calls: int) -> None:
    """Die before the n-th call that changes the disk. SQLite's own writes lie between two commits."""
    left = calls

    def tick() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def fused(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            tick()
            return real(*given, **named)

        return call

    for name in ("fsync", "link", "rename", "replace", "unlink", "mkdir"):
        setattr(os, name, fused(getattr(os, name)))
    event.listen(Engine, "commit", lambda _: tick())


def send(home: Path, url: str, packages: list[Path], acknowledged: Path) -> None:
    """What the sender does until it dies: one to three packages to a commit, now and then merging and sweeping."""
    done = acknowledged.read_text().count("\n")
    house = open_home(Settings(home=home, database_url=url))
    with acknowledged.open("ab", buffering=0) as told:
        at = max(0, done - 1)
        while at < len(packages):
            size = 1 + at % 3
            for place, outcome in receive_many(house, OPERATOR, packages[at : at + size]):
                if isinstance(outcome, PackageRefused):
                    os.write(2, f"refused: {outcome}\n".encode())
                    os._exit(3)
                if at + place >= done:
                    told.write(json.dumps(outcome.to_json()).encode() + b"\n")
                    done += 1
            at += size
            if at % 5 == 0:
                tend(house)
                sweep(house, hours=0)


def warm(packages: list[Path], home: Path) -> None:
    """Compile what a sender would compile, before there is one."""
    package = open_package(packages[0])
    (path,) = [path for path in package.files.values() if path.suffix == ".vcf"][:1]
    spec = SampleSpec(package.manifest.persons[0].samples[0].id, path, "XX", "gvcf")
    packs = list(read_packs([spec], assembly=GRCH38, reference=None, policy=Policy()))
    store = CohortStore.create(home / "warm")
    for n in range(8):
        store.add([NewGenome(f"w{n}", packs[0].pack)])
    store.compact()


def main(home: Path, url: str, folder: Path, acknowledged: Path) -> None:
    """Fork, wait, kill, tell."""
    packages = sorted(folder.iterdir())
    warm(packages, home.parent)
    print("ready", flush=True)
    for line in sys.stdin:
        how, number = line.split()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                if how == "calls":
                    burn(int(number))
                send(home, url, packages, acknowledged)
                status = 0
            finally:
                os._exit(status)
        end = time.monotonic() + (float(number) / 1000 if how == "ms" else 120)
        while True:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                died = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
                print("killed" if died else "done" if status == 0 else f"failed {status}", flush=True)
                break
            if time.monotonic() > end:
                os.kill(child, signal.SIGKILL)
                end += 60
            time.sleep(0.001)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
