"""Verifying an exported log: makes one of any size, signed every thousand entries, and checks it with the public keys.

python -m benchmarks.log FOLDER: prints the seconds of CPU time that verifying took, the entries, and the most memory
held (MB).
"""

import json
import resource
import shutil
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.commands import told
from benchmarks.outcome import Answer, Outcome, Runner, compare
from embla.platform import Keyring, audit_file, read_public_keys
from embla.platform.ledger.entry import FIRST_HASH, canonical_body, entry_bytes, entry_hash
from embla.platform.ledger.merkle import Tree, leaf_hash

START = datetime(2026, 3, 2, tzinfo=UTC)
# What the access log keeps of one decision: some 300 bytes an entry.
_BODY = {"action": "live_count", "allowed": True, "legal_basis": "SUL 42 a", "purpose": "care", "rule": "clinician"}
# The aim of the issue: a million entries in under five seconds.
_LEAST = 200_000


def make_log(folder: Path, entries: int) -> None:
    """`log.jsonl` and `keys.json` in `folder`, as `embla log export` and `embla keys export` write them."""
    if (folder / "log.jsonl").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    ring = Keyring.of_home(folder)
    ring.prepare(START)
    tree, leaves, previous, body = Tree(), [], FIRST_HASH, canonical_body(_BODY)
    with (folder / "lines").open("wb") as lines:
        for number in range(1, entries + 1):
            at = f"2026-03-02T09:00:00.{number % 1_000_000:06d}Z"
            subject = f"case:{number % 5000:016d}"
            entry = entry_bytes((number, at, "clinician-capital", "access-granted", subject, number, body, previous))
            previous = entry_hash(entry)
            leaves.append(leaf_hash(entry))
            lines.write(entry + b"\n")
            if number % 1000 == 0 or number == entries:
                tree.extend(leaves)
                leaves = []
                says = {"log": "bench", "size": number, "root": tree.root().hex(), "head": previous}
                lines.write(ring.sign("checkpoint", says, at=START + timedelta(seconds=number)).text().encode() + b"\n")
    (folder / "keys.json").write_text(ring.public.text())
    header = {"format": "embla-log/1", "log": "bench", "size": entries, "head": previous}
    with (folder / "log.part").open("wb") as file, (folder / "lines").open("rb") as lines:
        file.write(json.dumps(header, separators=(",", ":")).encode() + b"\n")
        shutil.copyfileobj(lines, file)
    (folder / "lines").unlink()
    (folder / "log.part").rename(folder / "log.jsonl")


def verify(folder: Path) -> tuple[float, int]:
    """Seconds of CPU time, and how many entries there were."""
    keys = read_public_keys(folder / "keys.json")
    start = time.process_time()
    found = audit_file(folder / "log.jsonl", keys)
    return time.process_time() - start, found.size


def verifying(folder: Path, entries: int, runs: int) -> Outcome:
    """`embla verify LOG`, with the public keys alone, no rival."""
    place = folder / f"log-{entries}"
    make_log(place, entries)

    def once() -> Answer:
        return told([sys.executable, "-m", "benchmarks.log", place])

    contender = Runner("embla verify LOG --key KEYS, CPU time", once)
    return Outcome(f"Verify an exported log of {entries:,} entries", compare([contender], entries, runs), _LEAST)


if __name__ == "__main__":
    seconds, entries = verify(Path(sys.argv[1]))
    print(seconds, entries, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
