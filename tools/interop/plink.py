"""The PLINK freeze as plink2 reads it: `--validate`, and `--geno-counts` beside each person's own counts."""

from tools.interop.differs import Differs, Equal, same, timed
from tools.interop.sites import run, version
from tools.interop.writing import Written

_SEXED = ("x", "y", "par_x")
Counts = tuple[int, int, int, int, int, int]


def by_plink2(written: Written) -> Equal:
    """HOM_REF, HET, TWO_ALT, HAP_REF, HAP_ALT, MISSING of every variant."""
    with timed() as took:
        stem, out = written.folder / "plink2" / "genotypes", written.folder / "plink2-read"
        run("plink2", "--pfile", stem, "--validate", "--out", out, package="plink2")
        run("plink2", "--pfile", stem, "--geno-counts", "--out", out, package="plink2")
        lines = out.with_suffix(".gcount").read_text().splitlines()
        head = lines[0].split("\t")
        names = ("HOM_REF_CT", "HET_REF_ALT_CTS", "TWO_ALT_GENO_CTS", "HAP_REF_CT", "HAP_ALT_CTS", "MISSING_CT")
        columns = [head.index(name) for name in names]
        found = {
            f[head.index("ID")]: tuple(int(f[i]) for i in columns) for f in (line.split("\t") for line in lines[1:])
        }
        wanted = {}
        freeze = written.expected["freeze"]
        for (contig, pos, ref, alt, kind), calls in zip(freeze["variants"], freeze["calls"], strict=True):
            wanted[f"{contig}-{pos}-{ref}-{alt}"] = _plain(kind, calls, freeze["karyotypes"])
        if found.keys() != wanted.keys():
            raise Differs(f"plink2 has {len(found)} variants, the store {len(wanted)}")
        for name, counts in wanted.items():
            same(f"plink2 {name}", found[name], counts)
    return Equal(
        version("plink2", "--version"), "--validate, --geno-counts of the freeze", len(wanted), took(), unit="variants"
    )


def _plain(kind: str, calls: list[list[int]], karyotypes: list[str]) -> Counts:
    """Counted as PLINK does: by sex, and only who is male has a Y."""
    diploid, haploid, missing = [0, 0, 0], [0, 0], 0
    for (ac, an, copies), karyotype in zip(calls, karyotypes, strict=True):
        if kind == "y" and karyotype != "XY":
            continue
        if copies == 0 or an < copies or (kind in _SEXED and karyotype not in ("XX", "XY")):
            missing += 1
        elif copies == 2:
            diploid[ac] += 1
        else:
            haploid[ac] += 1
    return (*diploid, *haploid, missing)  # type: ignore[return-value]
