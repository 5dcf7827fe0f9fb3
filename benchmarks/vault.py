"""The vault against the package crypt4gh alone: put and get of one file, alternating, wall and CPU time.

python -m benchmarks.vault [MEGABYTES] [RUNS]. The package encrypts a file into a file and decrypts it into one,
each synced. The vault also hashes twice, reads back, opens all that it wrote, keeps a row and logs the read.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from crypt4gh import lib
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from embla.composition import open_home
from embla.platform import OPERATOR, House, Settings, append_event
from embla.policy import Action, Decision
from embla.vault import Vault, note_subjects

_CHUNK = 1 << 20


def main(megabytes: int = 128, runs: int = 5, say: Callable[[str], None] = print) -> dict[str, float]:
    """Ratios of speed, ours to the package's, by wall time and by CPU time; medians of `runs`."""
    with tempfile.TemporaryDirectory(prefix="embla-bench-") as temporary:
        folder = Path(temporary)
        house = open_home(Settings(home=folder / "home"))
        source = folder / "source"
        source.write_bytes(os.urandom(megabytes << 20))
        digest = sha256(source.read_bytes()).hexdigest()
        taken: dict[str, list[tuple[float, float]]] = {}
        for _ in range(runs):
            for name, work in (
                ("put", lambda: _put(house, source, digest)),
                ("package put", lambda: _package_put(source, folder / "body")),
                ("get", lambda: _get(house, digest, folder / "plain")),
                ("package get", lambda: _package_get(folder / "body", folder / "plain")),
            ):
                taken.setdefault(name, []).append(_timed(work))
            _forget(house, digest)
    medians = {name: [statistics.median(side) for side in zip(*times, strict=True)] for name, times in taken.items()}
    for name, (wall, cpu) in medians.items():
        say(f"{name:<12} {megabytes / wall:7.0f} MB/s wall {megabytes / cpu:7.0f} MB/s of CPU time")
    ratios = {}
    for name in ("put", "get"):
        for kind, at in (("wall", 0), ("CPU", 1)):
            ratios[f"{name} {kind}"] = medians[f"package {name}"][at] / medians[name][at]
            say(f"{name}: {ratios[f'{name} {kind}']:.2f} x the package's speed by {kind} time (aim: 0.7)")
    return ratios


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _put(house: House, source: Path, digest: str) -> None:
    with source.open("rb") as file:
        Vault(house).put(iter(lambda: file.read(_CHUNK), b""), digest)


def _get(house: House, digest: str, out: Path) -> None:
    decision = Decision(True, "bench", "", OPERATOR.id, Action.READ_FILE, "care", "care", "case:bench")
    with house.database.transaction() as connection:
        note_subjects(connection, digest, ["case:bench"])
        event = append_event(
            connection,
            at=house.clock(),
            actor=OPERATOR.id,
            kind="access-granted",
            subject="case:bench",
            body=decision.to_json(),
        )
    decision = replace(decision, event=event.number)
    with out.open("wb") as file:
        for piece in Vault(house).open(digest, decision).pieces():
            file.write(piece)
        _sync(file.fileno())


def _forget(house: House, digest: str) -> None:
    Vault(house).sweep(lambda held: held != digest, hours=0)


_KEY = X25519PrivateKey.generate().private_bytes_raw()
_PUBLIC = X25519PrivateKey.from_private_bytes(_KEY).public_key().public_bytes_raw()


def _package_put(source: Path, out: Path) -> None:
    with source.open("rb") as plain, out.open("wb") as file:
        lib.encrypt([(0, _KEY, _PUBLIC)], plain, file)
        file.flush()
        _sync(file.fileno())


def _package_get(body: Path, out: Path) -> None:
    with body.open("rb") as file, out.open("wb") as plain:
        lib.decrypt([(0, _KEY, None)], file, plain)
        plain.flush()
        _sync(plain.fileno())


def _sync(handle: int) -> None:
    os.fsync(handle)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
