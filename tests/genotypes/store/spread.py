"""What the tests of spread work share: files of seven samples, two stores to compare, and a job that may fail."""

import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embla.errors import BadInput
from embla.genotypes import CohortStore, ContigCalls, NewGenome, readying, recounting, verify
from embla.genotypes.asking import tell_everything
from embla.genotypes.cluster import counting, windows
from embla.genotypes.cluster.crew import Crew
from embla.genotypes.cluster.site import Site
from embla.genotypes.merging import Part
from embla.genotypes.model import codes
from tests.support.packs import Call, Person, make_pack

HEAD = """##fileformat=VCFv4.2
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">
"""


def vcf(path: Path, names: str, *records: str) -> Path:
    lines = ["\t".join(f"#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT {names}".split())]
    path.write_text(HEAD + "\n".join([*lines, *("\t".join(record.split()) for record in records)]) + "\n")
    return path


def seven_samples(tmp_path: Path) -> Path:
    """Seven samples in four files, one of which repeats another's calls under a new name."""
    folder = tmp_path / "in"
    folder.mkdir()
    long = f"chr1 5000 . C C{'ACGT' * 9} 50 PASS . GT:DP:GQ"
    vcf(folder / "A.vcf", "A", "chr1 1000 . A G 50 PASS . GT:DP:GQ 0/1:30:60", f"{long} 1/1:30:60")
    block = "chr1 900 . N <NON_REF> . . END={} GT:DP:GQ 0/0:30:60"
    vcf(folder / "B.vcf", "B", block.format(4000), "chrX 90000000 . C T 50 PASS . GT:DP:GQ 1:30:60")
    names = "P Q R S"
    many = " ".join(["0/1:30:60", "1/1:9:60", "./.:0:0", "0/0:30:60"])
    vcf(folder / "M.vcf", names, f"chr1 1000 . A G,T 50 LowQual . GT:DP:GQ {many}", f"{long} {many}",
        f"chrM 3243 . A G 50 PASS . GT:DP:GQ {many}")  # fmt: skip
    shutil.copy(folder / "A.vcf", folder / "C.vcf")
    (folder / "C.vcf").write_text((folder / "A.vcf").read_text().replace("FORMAT\tA", "FORMAT\tC"))
    rows = ["sample path karyotype callability region", "A A.vcf XX assumed n", "P M.vcf XX assumed n",
            "B B.vcf XY gvcf s", *(f"{name} M.vcf XY assumed s" for name in "QRS"), "C C.vcf XX assumed n"]  # fmt: skip
    (folder / "samples.tsv").write_text("\n".join("\t".join(row.split()) for row in rows) + "\n")
    return folder / "samples.tsv"


def files(store: CohortStore, *, sealed: bool = True) -> dict[str, bytes]:
    """Every file; without `sealed`, of packs and keys the names only, as each pack has a random key."""
    names = store.folder.list()
    return {n: b"" if not sealed and n.startswith(("packs/", "keys/")) else store.folder.get(n) for n in names}


def two(tmp_path: Path) -> tuple[CohortStore, CohortStore]:
    return CohortStore.create(tmp_path / "a"), CohortStore.create(tmp_path / "b")


def failing(store: CohortStore, site: Site, job: int) -> int:
    if job == 99:
        raise BadInput("no such job", path="NAME.vcf")
    return job


def wrongly_encoded(path: Path) -> CohortStore:
    """Nine people whose packs and segments differ, with all hashes right: a recount has something to say of
    three contigs."""
    right = readying.part_of_calls

    def part(calls: ContigCalls | None, ordinal: int = 0) -> Part:
        good = right(calls, ordinal)
        return replace(good, entry=good.entry ^ np.uint16(codes.ADJ)) if len(good.key) else good

    store = CohortStore.create(path)
    shared = (Call("chr7", 2000, "C", "T"), Call("chrM", 3243, "A", "G", kind=codes.MT_HET, heteroplasmy=4_000))
    people = [Person(calls=(Call("chr1", 1000 + n, "A", "G"), *shared)) for n in range(9)]
    readying.part_of_calls = part
    try:
        for n, person in enumerate(people):
            store.add([NewGenome(f"N{n}", make_pack(person))])
    finally:
        readying.part_of_calls = right
    return store


def dying(store: CohortStore, site: Site, what: str) -> None:
    """Once in a store's life, in the middle of a job, as if the machine were gone."""
    mark = Path(f"{store.where}.{what}")
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


TELL, RECOUNT = counting.tell_windows, recounting.contig_problem


def dying_count(store: CohortStore, site: Site, job: counting.CountJob) -> str:
    told = TELL(store, site, job)
    dying(store, site, "count")
    return told


def dying_recount(store: CohortStore, site: Site, contig: str) -> str:
    problem = RECOUNT(store, site, contig)
    if contig == "chr7":  # the second of the three that have anything
        dying(store, site, "recount")
    return problem


def counts_and_recount_alike(store: CohortStore, workers: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole counts by a group and a recount, one process beside a crew of which two die in the middle of a job: every
    byte of every line, every sentence about what is wrong."""
    view = store.view()
    some = view.cohort('karyotype == "XX"')
    alone = "".join(tell_everything(view, some, "karyotype")), list(verify(store, recount=True))
    with monkeypatch.context() as patch:
        patch.setattr(windows, "_ENTRIES", 1)  # a job for each stretch
        patch.setattr(counting, "tell_windows", dying_count)
        patch.setattr(recounting, "contig_problem", dying_recount)
        spread = (
            "".join(tell_everything(view, some, "karyotype", crew=workers)),
            list(verify(store, recount=True, crew=workers)),
        )
    assert [Path(f"{store.where}.{what}").exists() for what in ("count", "recount")] == [True, True], "nobody died"
    assert spread == alone
    assert alone[0].count("\n") > 9 and len(alone[1]) == 3, "it had much to say"
