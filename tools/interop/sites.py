"""The sites files as bcftools, tabix and vcfanno read them; the programs are Debian's."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tools.interop.differs import Differs, Equal, NotHere, same, timed
from tools.interop.writing import Written

FIELDS = ("EMBLA_AC", "EMBLA_AN", "EMBLA_NHOMALT", "EMBLA_NHEMI", "EMBLA_STATUS")
_NAMES = ("ac", "an", "nhomalt", "nhemi", "status")


def run(*words: str | Path, package: str) -> str:
    """What a program writes. NotHere without it, Differs when it fails."""
    if shutil.which(str(words[0])) is None:
        raise NotHere(str(words[0]), f"it is not installed: apt install {package}")
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise Differs(f"{words[0]} refuses it: {done.stderr.strip()[-400:]}")
    return done.stdout


def version(program: str, *words: str) -> str:
    """A program's name and the number that it gives itself; only its name where it is not here or gives none."""
    if shutil.which(program) is None:
        return program
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r"\d+\.\d[\w.-]*", done.stdout + done.stderr)
    return f"{program} {found[0]}" if found else program


def by_bcftools(written: Written) -> Iterable[Equal]:
    """`query` of VCF and BCF, `annotate` of a patient."""
    folder, wanted, tool = written.folder, _wanted(written), version("bcftools", "--version")
    form = "%CHROM\t%POS\t%REF\t%ALT\t" + "\t".join(f"%INFO/{f}" for f in FIELDS) + "\n"
    for name in ("release.vcf.gz", "release.bcf"):
        with timed() as took:
            text = run("bcftools", "query", "-f", form, folder / name, package="bcftools")
            same(f"bcftools query {name}", _rows(text), wanted)
        yield Equal(tool, f"query {name}", len(wanted), took())
    out = folder / "annotated.vcf.gz"
    columns = ",".join(f"INFO/{f}" for f in FIELDS)
    with timed() as took:
        run("bcftools", "annotate", "-a", written.release, "-c", columns, "-Oz", "-o", out, folder / "patient.vcf.gz",
            package="bcftools")  # fmt: skip
        n = _annotated(run("bcftools", "query", "-f", form, out, package="bcftools"), wanted)
    yield Equal(tool, "annotate a patient with release.vcf.gz", n, took())
    form = "%CHROM\t%POS\t%REF\t%ALT\t%INFO/AC\t%INFO/AN\t%INFO/NHOMALT\t%INFO/NHEMI\t%FILTER\n"
    exact = {}
    for s in written.expected["sites"]:
        numbers = (s["ac"], s["an"], s["nhomalt"], s["nhemi"], "PASS" if s["ac"] else "AC0")
        exact[s["contig"], s["pos"], s["ref"], s["alt"]] = numbers
    for name in ("sites.vcf.gz", "sites.bcf"):
        with timed() as took:
            text = run("bcftools", "query", "-f", form, folder / name, package="bcftools")
            same(f"bcftools query {name}", _rows(text), exact)
        yield Equal(tool, f"query {name}", len(exact), took())


def by_norm(written: Written) -> Equal:
    """`bcftools norm` finds every REF right and nothing to move or split."""
    if shutil.which("bcftools") is None:
        raise NotHere("bcftools", "it is not installed: apt install bcftools")
    words = ["bcftools", "norm", "-m", "-any", "-c", "e", "-f", str(written.reference), "-Ou"]
    words += ["-o", "/dev/null", str(written.release)]
    with timed() as took:
        done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=False)
    # "Lines   total/split/realigned/skipped:	N/0/0/0"
    told = (done.stderr.strip().splitlines() or [""])[-1]
    n = len(written.expected["release"])
    if done.returncode != 0 or told.rpartition("\t")[2].split("/") != [str(n), "0", "0", "0"]:
        raise Differs(f"bcftools norm: {done.stderr.strip()[-300:]}")
    return Equal(version("bcftools", "--version"), "norm release.vcf.gz: nothing to move or split", n, took())


def by_tabix(written: Written) -> Equal:
    """Places by the index; and the strip of what was read."""
    n = 0
    with timed() as took:
        for row in written.expected["release"][:: max(1, len(written.expected["release"]) // 50)]:
            place = f"{row['contig']}:{row['pos']}-{row['pos']}"
            text = run("tabix", written.release, place, package="tabix")
            lines = [line.split("\t") for line in text.splitlines()]
            if not any((f[1], f[3], f[4]) == (str(row["pos"]), row["ref"], row["alt"]) for f in lines):
                raise Differs(f"tabix does not find {place}")
            strip = run("tabix", written.folder / "release.read.bed.gz", place, package="tabix")
            same(f"somebody was read at {place}", bool(strip), row["an"] > 0)
            n += 1
    return Equal(version("tabix", "--version"), "release.vcf.gz and .read.bed.gz by index", n, took(), unit="places")


def by_vcfanno(written: Written) -> Equal:
    """A patient annotated with INFO fields; what the release does not have stays bare."""
    quoted = ", ".join(f'"{f}"' for f in FIELDS)
    ops = ", ".join(['"self"'] * len(FIELDS))
    config = written.folder / "vcfanno.toml"
    config.write_text(
        f'[[annotation]]\nfile = "{written.release}"\nfields = [{quoted}]\nnames = [{quoted}]\nops = [{ops}]\n'
    )
    with timed() as took:
        text = run("vcfanno", config, written.folder / "patient.vcf.gz", package="vcfanno")
        rows = []
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            fields = line.split("\t")
            info = dict(part.partition("=")[::2] for part in fields[7].split(";"))
            rows.append("\t".join([*(fields[i] for i in (0, 1, 3, 4)), *(info.get(f, ".") for f in FIELDS)]))
        n = _annotated("\n".join(rows), _wanted(written))
    return Equal(version("vcfanno"), "a patient with release.vcf.gz", n, took())


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
