"""What the tests of spread work share: files of seven samples, two stores to compare, and a job that may fail."""

import shutil
from pathlib import Path

from embla.errors import BadInput
from embla.genotypes import CohortStore
from embla.genotypes.cluster.site import Site

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
