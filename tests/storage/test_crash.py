"""A writer that is killed at a random moment: every name it left is whole, and every acknowledged name is there."""

import hashlib
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from embla.storage import Folder

# Each file's bytes follow from its name, so a torn one shows. A line on stdout is an acknowledgement.
WRITER = """
import hashlib, sys
from embla.storage import Folder

def content(name):
    return hashlib.sha256(name.encode()).digest() * (1 + len(name) * 700)

store, first = Folder(sys.argv[1]), int(sys.argv[2])
now = store.get("CURRENT") if store.exists("CURRENT") else None
for n in range(first, first + 10_000):
    name = f"part{n % 7}/sub{n % 3}/file{n}"
    data = content(name)
    store.put(name, (data[i : i + 5000] for i in range(0, len(data), 5000)))
    print("put", name, flush=True)
    new = (b"%d:" % n) + content(str(n))
    assert store.swap("CURRENT", now, new)
    now = new
    print("swap", n, flush=True)
    if n % 5 == 0:
        store.delete(name)
        print("delete", name, flush=True)
"""


def content(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest() * (1 + len(name) * 700)


@pytest.mark.parametrize("seed", range(3))
def test_kill_9__leaves_whole_names_and_every_acknowledged_one(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    store = Folder(tmp_path / "store")
    kept: set[str] = set()
    deleted: set[str] = set()
    swapped = -1
    for life in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.path), str(life * 10_000)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        lines = [child.stdout.readline()]  # it runs
        time.sleep(rng.uniform(0.01, 0.25))
        child.send_signal(signal.SIGKILL)
        rest, _ = child.communicate()
        for line in (lines[0] + rest).splitlines(keepends=True):
            if not line.endswith("\n"):
                continue
            what, value = line.split()
            if what == "put":
                kept.add(value)
            elif what == "swap":
                swapped = int(value)
            else:
                kept.discard(value)
                deleted.add(value)

        names = set(store.list())

        # The last put and the last delete may have happened without their acknowledgement.
        missing = kept - names
        assert len(missing) <= 1 and all(int(name.rpartition("file")[2]) % 5 == 0 for name in missing)
        kept -= missing
        assert not deleted & names
        extra = names - kept - {"CURRENT"}
        assert len(extra) <= 1
        kept |= extra
        for name in names - {"CURRENT"}:
            assert store.get(name) == content(name)
        number, _, data = store.get("CURRENT").partition(b":")
        assert data == content(number.decode())
        assert int(number) in (swapped, swapped + 1, life * 10_000)

    store.sweep(older_than=0)
    assert not list(store.path.rglob(".tmp-*"))


def test_two_processes__both_increment_one_pointer_without_loss(tmp_path: Path) -> None:
    code = """
import sys
from embla.storage import Folder
store = Folder(sys.argv[1])
for _ in range(40):
    while True:
        seen = store.get("n")
        if store.swap("n", seen, str(int(seen) + 1).encode()):
            break
"""
    store = Folder(tmp_path)
    store.put("n", b"0")

    writers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(3)]

    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert store.get("n") == b"120"
