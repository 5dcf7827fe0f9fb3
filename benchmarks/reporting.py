"""Encryption and upload of a package against the package crypt4gh alone: alternating, wall and CPU time.

python -m benchmarks.reporting [MEGABYTES] [RUNS]. The package encrypts a file into a file and decrypts it into one,
each synced. `encrypt` does what `embla submission encrypt` does: it also compares each file with the manifest's
SHA-256. `upload` sends the encrypted package over HTTP to a server, a process of its own as at a site, which opens it,
compares size and SHA-256 and keeps it, synced; it is held against the package's decryption, and its CPU time is that of
both sides.
`all` is both against both.
"""

import json
import os
import shutil
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from crypt4gh import lib
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from embla.app import serve
from embla.composition import open_home
from embla.platform import OPERATOR, House, Settings, create_account, issue_token
from embla.registry import Partner, add_agreement
from embla.submission import open_package
from embla.submission.client import Client
from embla.submission.model.acknowledgement import Acknowledgement
from embla.submission.sealed import encrypt_package
from embla.vault import public_key, read_public_key

_SECRET = X25519PrivateKey.generate().private_bytes_raw()
_PUBLIC = X25519PrivateKey.from_private_bytes(_SECRET).public_key().public_bytes_raw()


def main(megabytes: int = 128, runs: int = 5, say: Callable[[str], None] = print) -> dict[str, float]:
    """Ratios of speed, ours to the package's, by wall time and by CPU time; medians of `runs`."""
    with tempfile.TemporaryDirectory(prefix="embla-bench-") as temporary:
        folder = Path(temporary)
        house = open_home(Settings(home=folder / "home", demo=True, requests_per_minute=0, log_level="error"))
        token = _admit(house)
        source = _package(folder / "package", megabytes << 20)
        key = read_public_key(public_key(house))
        taken: dict[str, list[tuple[float, float]]] = {}
        server, port = _serve(house.home)
        client = Client(f"http://127.0.0.1:{port}", token)
        for _ in range(runs):
            shutil.rmtree(folder / "sealed", ignore_errors=True)
            shutil.rmtree(house.home / "incoming", ignore_errors=True)
            for name, work in (
                ("encrypt", lambda: encrypt_package(source, folder / "sealed", key)),
                ("package encrypt", lambda: _package_alone(source / "files" / "reads.bin", folder / "alone")),
                ("upload", lambda: _upload(client, folder / "sealed")),
                ("package upload", lambda: _package_opens(folder / "alone", folder / "opened")),
            ):
                taken.setdefault(name, []).append(_timed(work, server.pid or 0))
        server.terminate()
        server.join()
        house.database.close()
    medians = {name: [statistics.median(side) for side in zip(*times, strict=True)] for name, times in taken.items()}
    for name, (wall, cpu) in medians.items():
        say(f"{name:<16} {megabytes / wall:7.0f} MB/s wall {megabytes / cpu:7.0f} MB/s of CPU time")
    for name in ("", "package "):
        both = (medians[f"{name}encrypt"], medians[f"{name}upload"])
        medians[f"{name}all"] = [sum(side) for side in zip(*both, strict=True)]
    ratios = {}
    for name in ("encrypt", "upload", "all"):
        for kind, at in (("wall", 0), ("CPU", 1)):
            ratios[f"{name} {kind}"] = medians[f"package {name}"][at] / medians[name][at]
            say(f"{name}: {ratios[f'{name} {kind}']:.2f} x the package's speed by {kind} time (aim: 0.5)")
    return ratios


def _timed(work: Callable[[], object], server: int) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time() + _cpu_of(server)
    work()
    return time.perf_counter() - wall, time.process_time() + _cpu_of(server) - cpu


def _cpu_of(process: int) -> float:
    """Seconds of processor time of another process (proc_pid_stat(5), fields 14 and 15)."""
    told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def _admit(house: House) -> str:
    day = house.clock().date()
    add_agreement(
        house, OPERATOR, Partner("north", "North", "DK"), flow="reporting", reference="bench", drafted=day, signed=day
    )
    with house.database.transaction() as connection:
        at = house.clock()
        create_account(connection, "lab", display="Lab", roles=["lab"], laboratory="north", by=OPERATOR, at=at)
        return issue_token(connection, "lab", label="bench", by=OPERATOR, at=at)


def _package(folder: Path, size: int) -> Path:
    """A package of one large file of reads; nobody checks what is in it here."""
    (folder / "files").mkdir(parents=True)
    data = os.urandom(size)
    (folder / "files" / "reads.bin").write_bytes(data)
    listed = {"path": "files/reads.bin", "size": size, "sha256": sha256(data).hexdigest(), "format": "other"}
    specimen = {
        "id": "s",
        "taxon": 562,
        "organism": "E. coli",
        "host_reads_removed": True,
        "files": ["files/reads.bin"],
    }
    case = {"id": "c", "kind": "nonhuman", "patient_group": "heart", "opened": "2026-01-12"}
    said = {"schema_version": 2, "package": "B1", "type": "initial", "laboratory": "north", "case": case}
    (folder / "manifest.json").write_text(
        json.dumps(said | {"persons": [], "specimens": [specimen], "files": [listed]})
    )
    return folder


def _package_alone(source: Path, out: Path) -> None:
    with source.open("rb") as plain, out.open("wb") as file:
        lib.encrypt([(0, _SECRET, _PUBLIC)], plain, file)
        file.flush()
        os.fsync(file.fileno())


def _package_opens(body: Path, out: Path) -> None:
    with body.open("rb") as file, out.open("wb") as plain:
        lib.decrypt([(0, _SECRET, None)], file, plain)
        plain.flush()
        os.fsync(plain.fileno())


def _upload(client: Client, folder: Path) -> None:
    package = open_package(folder)
    begun = client.begin(package)
    if isinstance(begun, Acknowledgement) or not begun["missing"]:
        raise SystemExit("There was nothing to upload.")
    client.upload(package, folder, begun["missing"])


def _serve(home: Path) -> tuple[BaseProcess, int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    server = get_context("spawn").Process(target=_served, args=(home, port), daemon=True)
    server.start()
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return server, port
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The server does not answer.")


def _served(home: Path, port: int) -> None:
    serve(Settings(home=home, requests_per_minute=0, log_level="error"), "127.0.0.1", port)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
