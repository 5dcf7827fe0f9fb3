"""What a store makes elsewhere, by a process that is killed: whole under its name or not there, and made again."""

import os
import random
import signal
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from embla.errors import NotFound, Refused
from embla.genome import Variant
from embla.genotypes import CohortStore, NewGenome, annotate, export_sites
from embla.genotypes.giving_back import write_genome
from embla.genotypes.rebuilding import rebuild
from embla.genotypes.verifying import verify
from tests.genotypes.store.spread import files, vcf
from tests.support.mortal import burn
from tests.support.packs import Call, Person, make_pack

SHARED = Variant("chr1", 1000, "A", "G")
PEOPLE = 9


@pytest.fixture
def store(tmp_path: Path) -> CohortStore:
    """Nine people in as many segments, so that a rebuild has something to merge."""
    store = CohortStore.create(tmp_path / "s")
    for number in range(PEOPLE):
        calls = (Call("chr1", 1000, "A", "G"), Call("chr1", 2000 + number, "C", "CACGTACGTACGTACGT"))
        store.add([NewGenome(f"N{number}", make_pack(Person(calls=calls)))])
    return store


def killed(work: Callable[[], object], *, calls: int = 0, seconds: float = 60.0) -> bool:
    """Do the work in a child that dies before its n-th call that changes the disk, or after so long. False when it
    ended before."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if calls:
                burn(calls)
            work()
            status = 0
        finally:
            os._exit(status)
    end = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
            return os.WIFSIGNALED(status)
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            end += 60
        time.sleep(0.001)


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.deep)])
def test_rebuild__that_is_killed_is_no_store_and_is_made_by_the_same_command(
    step: int, store: CohortStore, tmp_path: Path
) -> None:
    whole = rebuild(store.view(), tmp_path / "whole")
    deaths = unfinished = 0
    for n in count(1, step):
        new = tmp_path / f"new{n}"
        died = killed(lambda new=new: rebuild(CohortStore.open(store.path).view(), new), calls=n)
        deaths += died
        try:
            opened = CohortStore.open(new)
        except (NotFound, Refused) as error:
            unfinished += isinstance(error, Refused)
            assert died and (isinstance(error, NotFound) or "it lacks genomes" in str(error))
            opened = rebuild(store.view(), new)
        assert opened.view().count(SHARED)[0].ac == PEOPLE == len(opened.view())
        assert files(opened, sealed=False).keys() - {"LOCK"} == files(whole, sealed=False).keys() - {"LOCK"}
        with pytest.raises(Refused, match="is not empty"):
            rebuild(store.view(), new)
        if not died:
            break
    assert unfinished >= 3 and deaths > unfinished and list(verify(opened, recount=True)) == []


def test_rebuild__begun_anew_has_nobody_who_left_meanwhile(
    store: CohortStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(CohortStore, "finish", lambda self: os._exit(9))
        assert not os.WIFSIGNALED(os.waitpid(_forked(lambda: rebuild(store.view(), tmp_path / "new")), 0)[1])
    with pytest.raises(Refused, match="its rebuild died"):
        CohortStore.open(tmp_path / "new")
    store.remove(["N3"])

    new = rebuild(store.view(), tmp_path / "new")

    assert "N3" not in new.view().names and new.view().count(SHARED)[0].ac == PEOPLE - 1
    assert len(new.folder.list("packs/")) == len(new.folder.list("keys/")) == PEOPLE - 1
    assert list(verify(new, recount=True)) == []


def _forked(work: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    return child


def makers(store: CohortStore, folder: Path) -> dict[str, Callable[[Path], object]]:
    view = store.view()
    patient = vcf(folder / "patient.vcf", "P", *(f"chr1 {pos} . A G 9 PASS . GT 0/1" for pos in range(1000, 1400)))
    return {
        "sites.vcf.gz": partial(export_sites, view),
        "sites.bcf": partial(export_sites, view),
        "sites.parquet": partial(export_sites, view),
        "annotated.vcf.gz": lambda out: annotate(view, patient, out),
        "genome.vcf.gz": lambda out: write_genome(view.pack_file("N1"), "N1", out, policy=store.policy, reference=None),
    }


@pytest.mark.parametrize("name", ["sites.vcf.gz", "sites.bcf", "sites.parquet", "annotated.vcf.gz", "genome.vcf.gz"])
@pytest.mark.parametrize("kills", [0, pytest.param(40, marks=pytest.mark.deep)])
def test_file__whose_maker_is_killed_is_whole_or_not_there_and_the_next_one_sweeps(
    name: str, kills: int, store: CohortStore, tmp_path: Path
) -> None:
    make, folder, rng = makers(store, tmp_path)[name], tmp_path / "out", random.Random(5)
    folder.mkdir()
    out = folder / name
    make(out)  # compiles here what each child would compile
    wanted = {path.name: path.read_bytes() for path in folder.iterdir()}
    left, dies = 0, True
    for n in count(1):
        if not dies and not kills:
            break
        for path in folder.iterdir():
            if not path.name.startswith("."):
                path.unlink()
        if dies:  # before each call that changes the disk, until it ends before it is killed
            dies = killed(partial(make, out), calls=n)
        else:
            killed(partial(make, out), seconds=rng.random() / 20)
            kills -= 1
        for path in folder.iterdir():
            if not path.name.startswith("."):
                assert wanted[path.name] == path.read_bytes()
        left += any(path.name.startswith(".") for path in folder.iterdir())
    assert left >= 1, "nothing was ever left to sweep"

    make(out)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == wanted


def test_file__that_somebody_else_is_making_is_not_swept(store: CohortStore, tmp_path: Path) -> None:
    from embla.storage import begin_file, together

    out = tmp_path / "sites.vcf.gz"
    handle, part = begin_file(out)
    with together(out) as other:
        export_sites(store.view(), out)
        assert part.exists() and other.folder.is_dir()
    os.close(handle)

    export_sites(store.view(), out)

    assert not part.exists() and not list(tmp_path.glob(".*"))
