"""A process that dies between any two changes of the folder leaves the state before, and no harm for the next one."""

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from embla.genome import Variant
from embla.genotypes import CohortStore, NewGenome
from embla.storage import Folder
from tests.support.packs import Call, Person, make_pack

FIRST = Person(calls=(Call("chr1", 1000, "A", "G"),))
SECOND = Person(calls=(Call("chr1", 1000, "A", "G"), Call("chr1", 2000, "C", "CACGTACGTACGTACGT")))
THIRD = Person("XY", calls=(Call("chr1", 3000, "C", "T"),))


class Crash(BaseException):
    """The process dies here."""


class FaultyFolder(Folder):
    """Dies at change number `left`, and stays dead."""

    left = 10**9

    def _step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Crash

    def put(self, name, data, *, private=False):
        self._step()
        return super().put(name, data, private=private)

    def delete(self, name):
        self._step()
        return super().delete(name)

    def swap(self, name, expected, new):
        self._step()
        return super().swap(name, expected, new)


def numbers(store: CohortStore) -> list[tuple[int, int]]:
    view = store.view()
    asked = [
        Variant("chr1", 1000, "A", "G"),
        Variant("chr1", 2000, "C", "CACGTACGTACGTACGT"),
        Variant("chr1", 3000, "C", "T"),
    ]
    return [(c.ac, c.an) for variant in asked for c in view.count(variant)]


def small_store(path: Path) -> CohortStore:
    store = CohortStore.create(path)
    store.add([NewGenome("A", make_pack(FIRST)), NewGenome("B", make_pack(THIRD))])
    return store


@pytest.mark.parametrize("how", ["add", "remove", "compact", "rename"])
def test_crash__at_every_change_leaves_the_old_numbers_and_the_next_writer_right(how: str, tmp_path: Path) -> None:
    k = 0
    while True:
        path = tmp_path / f"{how}{k}"
        store = small_store(path)
        if how == "compact":
            store.add([NewGenome("C", make_pack(SECOND))])
            store.remove(["B"])
        before = numbers(store)
        dying = CohortStore.open(FaultyFolder(path))
        dying.folder.left = k
        died = False
        try:
            if how == "add":
                dying.add([NewGenome("C", make_pack(SECOND))])
            elif how == "remove":
                dying.remove(["A"])
            elif how == "compact":
                dying.compact()
            else:
                dying.add([NewGenome("B2", make_pack(THIRD))])
        except Crash:
            died = True
        store = CohortStore.open(path)
        if how == "remove" and "A" not in store.view().names:
            # It died after the commit, before the key of what it removed was destroyed.
            before = numbers(store)
            assert before[0] == (0, 2), k
        elif died or how == "compact":
            assert numbers(store) == before, k
        # T19: another genome comes next, and has none of the dead one's alleles.
        store.add([NewGenome("D", make_pack(Person(calls=(Call("chr1", 3000, "C", "T"),))))])
        (_, _), (long_ac, _), (other_ac, _) = numbers(store)
        assert long_ac == (before[1][0] if died or how != "add" else 1)
        assert [p.sample for p in store.view().carriers(Variant("chr1", 3000, "C", "T"))][-1] == "D"
        store.compact()
        needed = {"store.json", "CURRENT", "LOCK", store.current().file, *store.view().content.files}
        packs = {f"packs/{digest}" for s in store.view().segments for digest in s.table.packs}
        packs |= {name.replace("packs/", "keys/") for name in packs}
        assert set(store.folder.list()) == needed | packs
        if not died:
            break
        k += 1
    assert k >= 2


CHILD = """
    import os, signal, sys
    sys.path[:0] = [{src!r}, {root!r}]
    from embla.genotypes import CohortStore, NewGenome
    from embla.storage import Folder
    from tests.support.packs import Call, Person, make_pack
    real = {{name: getattr(Folder, name) for name in ("put", "swap")}}
    left = [int(sys.argv[2])]
    def step(name):
        def run(self, *args, **how):
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            return real[name](self, *args, **how)
        return run
    for name in real:
        setattr(Folder, name, step(name))
    CohortStore.open(sys.argv[1]).add([NewGenome("C", make_pack(Person(calls=(Call("chr1", 1000, "A", "G"),))))])
"""


@pytest.mark.parametrize("k", [0, 2, 3])
def test_kill_minus_nine__leaves_the_old_state_and_no_lock(k: int, tmp_path: Path) -> None:
    store = small_store(tmp_path / "s")
    before = numbers(store)
    root = Path(__file__).parents[3]
    code = textwrap.dedent(CHILD).format(src=str(root / "src"), root=str(root))

    child = subprocess.run([sys.executable, "-c", code, str(tmp_path / "s"), str(k)], timeout=60, capture_output=True)

    assert child.returncode == -signal.SIGKILL, child.stderr
    assert numbers(CohortStore.open(tmp_path / "s")) == before
    CohortStore.open(tmp_path / "s").add([NewGenome("D", make_pack(SECOND))])
    assert numbers(CohortStore.open(tmp_path / "s"))[1][0] == 1


def test_reader__keeps_its_state_while_others_remove_and_compact(tmp_path: Path) -> None:
    store = small_store(tmp_path / "s")
    reading = CohortStore.open(tmp_path / "s").view()
    before = reading.count(Variant("chr1", 1000, "A", "G"))[0]

    store.remove(["A"])
    store.compact()

    assert reading.count(Variant("chr1", 1000, "A", "G"))[0] == before
    assert store.view().count(Variant("chr1", 1000, "A", "G"))[0].ac == 0


def test_sweeper__waits_for_a_writer_and_leaves_what_it_staged(tmp_path: Path) -> None:
    store = small_store(tmp_path / "s")
    with store.writing():
        staged = store.stage_add([NewGenome("C", make_pack(SECOND))])
        code = f"from embla.genotypes import CohortStore; CohortStore.open({str(tmp_path / 's')!r}).tidy()"
        other = subprocess.Popen(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")}
        )
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(2)
        store.publish(staged)
    assert other.wait(60) == 0

    assert numbers(CohortStore.open(tmp_path / "s"))[1] == (1, 6)


def test_publish__refuses_when_somebody_else_was_first(tmp_path: Path) -> None:
    from embla.errors import Conflict

    store = small_store(tmp_path / "s")
    staged = store.stage_add([NewGenome("C", make_pack(SECOND))])
    store.add([NewGenome("D", make_pack(THIRD))])

    with pytest.raises(Conflict):
        store.publish(staged)


def test_readers_in_threads__are_right_and_never_wait_for_a_writer(tmp_path: Path) -> None:
    store = small_store(tmp_path / "s")
    store.stage_add([NewGenome("X", make_pack(SECOND))])
    answers: list[list[tuple[int, int]]] = []

    with store.writing():
        threads = [threading.Thread(target=lambda: answers.append(numbers(store))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(answers) == 4

    assert answers == [numbers(store)] * 4


def test_old_states__are_let_go_so_that_erased_files_leave_the_disk(tmp_path: Path) -> None:
    store = small_store(tmp_path / "s")
    serving = CohortStore.open(tmp_path / "s")
    numbers(serving)
    for name in ("C", "D", "E"):
        store.add([NewGenome(name, make_pack(Person(calls=(Call("chr1", 9000 + ord(name), "A", "G"),))))])
    store.remove(["A"])
    store.compact()
    for _ in range(3):
        store.add([NewGenome(f"N{_}", make_pack(Person(calls=(Call("chr1", 9100 + _, "A", "G"),))))])
        numbers(serving)
    gc.collect()

    mapped = Path("/proc/self/maps").read_text() if Path("/proc/self/maps").exists() else ""

    assert not [line for line in mapped.splitlines() if str(tmp_path) in line and "(deleted)" in line]
