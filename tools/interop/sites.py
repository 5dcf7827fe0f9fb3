"""The sites files as bcftools, tabix and vcfanno read them; the programs are Debian's."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tools.interop.differs import Differs, Equal, NotHere, same
from tools.interop.writing import Written

FIELDS = ("EMBLA_AC", "EMBLA_AN", "EMBLA_NHOMALT", "EMBLA_NHEMI", "EMBLA_STATUS")
_NAMES = ("ac", "an", "nhomalt", "nhemi", "status")


def run(*words: str | Path, package: str) -> str:
    """What a program writes. NotHere without it, Differs when it fails."""
    if shutil.which(str(words[0])) is None:
        raise NotHere(f"{words[0]} is not installed: apt install {package}")
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise Differs(f"{words[0]} refuses it: {done.stderr.strip()[-400:]}")
    return done.stdout


def by_bcftools(written: Written) -> Iterable[Equal]:
    """`query` of VCF and BCF, `annotate` of a patient, `norm` against the reference."""
    folder, wanted = written.folder, _wanted(written)
    form = "%CHROM\t%POS\t%REF\t%ALT\t" + "\t".join(f"%INFO/{f}" for f in FIELDS) + "\n"
    for name in ("release.vcf.gz", "release.bcf"):
        text = run("bcftools", "query", "-f", form, folder / name, package="bcftools")
        same(f"bcftools query {name}", _rows(text), wanted)
        yield Equal("bcftools", f"query {name}", len(wanted))
    out = folder / "annotated.vcf.gz"
    columns = ",".join(f"INFO/{f}" for f in FIELDS)
    run("bcftools", "annotate", "-a", written.release, "-c", columns, "-Oz", "-o", out, folder / "patient.vcf.gz",
        package="bcftools")  # fmt: skip
    yield Equal(
        "bcftools", "annotate", _annotated(run("bcftools", "query", "-f", form, out, package="bcftools"), wanted)
    )
    form = "%CHROM\t%POS\t%REF\t%ALT\t%INFO/AC\t%INFO/AN\t%INFO/NHOMALT\t%INFO/NHEMI\t%FILTER\n"
    exact = {}
    for s in written.expected["sites"]:
        numbers = (s["ac"], s["an"], s["nhomalt"], s["nhemi"], "PASS" if s["ac"] else "AC0")
        exact[s["contig"], s["pos"], s["ref"], s["alt"]] = numbers
    for name in ("sites.vcf.gz", "sites.bcf"):
        same(
            f"bcftools query {name}",
            _rows(run("bcftools", "query", "-f", form, folder / name, package="bcftools")),
            exact,
        )
        yield Equal("bcftools", f"query {name}", len(exact))


def by_norm(written: Written) -> Equal:
    """`bcftools norm` finds every REF right and nothing to move or split, where there is sequence."""
    if shutil.which("bcftools") is None:
        raise NotHere("bcftools is not installed: apt install bcftools")
    contigs, reference = written.expected["reference"], written.folder / "reference.fa"
    words = ["bcftools", "norm", "-m", "-any", "-c", "e", "-r", ",".join(contigs), "-f", str(reference), "-Ou"]
    words += ["-o", "/dev/null", str(written.release)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=False)
    # "Lines   total/split/realigned/skipped:	N/0/0/0"
    told = (done.stderr.strip().splitlines() or [""])[-1]
    n = sum(row["contig"] in contigs for row in written.expected["release"])
    if done.returncode != 0 or told.rpartition("\t")[2].split("/") != [str(n), "0", "0", "0"]:
        raise Differs(f"bcftools norm: {done.stderr.strip()[-300:]}")
    return Equal("bcftools", "norm finds nothing to move or split", n)


def by_tabix(written: Written) -> Equal:
    """Each place by the index; and the strip of what was read."""
    n = 0
    for row in written.expected["release"][:: max(1, len(written.expected["release"]) // 50)]:
        place = f"{row['contig']}:{row['pos']}-{row['pos']}"
        text = run("tabix", written.release, place, package="tabix")
        lines = [line.split("\t") for line in text.splitlines()]
        if not any((f[1], f[3], f[4]) == (str(row["pos"]), row["ref"], row["alt"]) for f in lines):
            raise Differs(f"tabix does not find {place}")
        strip = run("tabix", written.folder / "release.read.bed.gz", place, package="tabix")
        same(f"somebody was read at {place}", bool(strip), row["an"] > 0)
        n += 1
    return Equal("tabix", "places by index", n)


def by_vcfanno(written: Written) -> Equal:
    """A patient annotated with INFO fields; what the release does not have stays bare."""
    quoted = ", ".join(f'"{f}"' for f in FIELDS)
    ops = ", ".join(['"self"'] * len(FIELDS))
    config = written.folder / "vcfanno.toml"
    config.write_text(
        f'[[annotation]]\nfile = "{written.release}"\nfields = [{quoted}]\nnames = [{quoted}]\nops = [{ops}]\n'
    )
    text = run("vcfanno", config, written.folder / "patient.vcf.gz", package="vcfanno")
    rows = []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        fields = line.split("\t")
        info = dict(part.partition("=")[::2] for part in fields[7].split(";"))
        rows.append("\t".join([*(fields[i] for i in (0, 1, 3, 4)), *(info.get(f, ".") for f in FIELDS)]))
    return Equal("vcfanno", "annotated", _annotated("\n".join(rows), _wanted(written)))


def _wanted(written: Written) -> dict[Any, Any]:
    return {
        (r["contig"], r["pos"], r["ref"], r["alt"]): tuple(r[name] for name in _NAMES)
        for r in written.expected["release"]
    }


def _rows(text: str) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for line in text.splitlines():
        contig, pos, ref, alt, *values = line.split("\t")
        key = (contig, int(pos), ref, alt)
        if key in found:
            raise Differs(f"{key} is there twice")
        found[key] = (*(None if v == "." else int(v) for v in values[:4]), values[4])
    return found


def _annotated(text: str, wanted: dict[Any, Any]) -> int:
    found = _rows(text)
    bare = (None, None, None, None, ".")
    for key, values in found.items():
        same(f"annotated {key}", values, wanted.get(key, bare))
    if not wanted.keys() <= found.keys():
        raise Differs("the annotated file lost records")
    return len(found)
