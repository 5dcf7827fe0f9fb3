"""`python -m embla.reference.consequence_worker`: bcftools csq in a process of its own, for as long as it is asked.

One JSON object a line in, with the texts of the three files that csq reads; one a line out, with the INFO of each
record, or `{"error": ...}` where csq refuses, or `{"away": true}` where this machine had no room or time. csq is made
for commands: it may end its process, and it remembers from one call to the next where the last file ended. So each
question is answered in a fork of this process, which costs milliseconds; whoever asks sets the time. It ends with its
standard input.
"""

import json
import os
import re
import resource
import signal
import sys
import tempfile
from pathlib import Path
from typing import Final

import pysam.bcftools
from pysam.utils import SamtoolsError

_MOST_MEMORY: Final = 2 << 30  # bytes of addresses
_MOST_SECONDS: Final = 150  # of processor, for one question, should nobody be left to end it
_AWAY: Final = 75  # sysexits.h: a failure that passes
_PASSING: Final = frozenset({_AWAY, -signal.SIGKILL, -signal.SIGXCPU})
# "2x", a tab and ".. TEC"; pysam's error has the tab as it is written in Python.
_IGNORED: Final = re.compile(r"(\d+)x(?:\t|\\t)\.\. ")
# A frameshift's amino acids run to the protein's end, in every transcript: of the longest a megabyte for one allele.
_LONG: Final = re.compile(r"(\|[^|,;]{200})[^|,;]+")


def annotate(folder: Path, sequence: str, genes: str, records: str) -> list[str]:
    """INFO of each record of a VCF, in order, long words cut. pysam's SamtoolsError where csq refuses."""
    fasta, gff, given, answer = (folder / name for name in ("in.fa", "in.gff", "in.vcf", "out.vcf"))
    fasta.write_text(sequence)
    gff.write_text(genes)
    given.write_text(records)
    try:
        pysam.bcftools.csq(
            "--local-csq", "-f", str(fasta), "-g", str(gff), "-o", str(answer), str(given), catch_stdout=False
        )
    except SamtoolsError as error:
        if not _passed_over(str(error), genes):
            raise
        return ["." for line in records.splitlines() if not line.startswith("#")]
    if not answer.exists():
        raise ValueError("csq wrote nothing")
    rows, asked = (_rows(text) for text in (answer.read_text(), records))
    if [(*row[:2], *row[3:5]) for row in rows] != [(*row[:2], *row[3:5]) for row in asked]:
        raise ValueError("csq told other records than it was asked, or in another order")
    return [_LONG.sub(r"\1...", row[7]) for row in rows]


def _rows(vcf: str) -> list[list[str]]:
    return [line.split("\t") for line in vcf.splitlines() if not line.startswith("#")]


def _passed_over(words: str, genes: str) -> bool:
    """True where csq refused because each transcript is of a biotype that it passes over: beside other genes it would
    say nothing of these records. A transcript that it could not read is another thing."""
    ignored = sum(int(times) for times in _IGNORED.findall(words.partition("Ignored the following biotypes")[2]))
    return "No usable transcripts found" in words and ignored == genes.count("\ttranscript\t") > 0


def main() -> None:
    """Answer until nothing more is asked."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin.buffer:
        with tempfile.TemporaryDirectory(prefix="embla-csq-") as folder:
            sys.stdout.write(_in_a_fork(Path(folder), line) + "\n")
            sys.stdout.flush()


def _in_a_fork(folder: Path, line: bytes) -> str:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
            asked = json.loads(line)
            told = annotate(folder, asked["sequence"], asked["genes"], asked["records"])
            (folder / "told").write_text(json.dumps({"info": told}))
            code = 0
        except (OSError, MemoryError):
            code = _AWAY
        finally:
            os._exit(code)  # nothing of what this process has open may be written twice
    _, status = os.waitpid(child, 0)
    if status == 0:
        return (folder / "told").read_text()
    return json.dumps({"away": True} if os.waitstatus_to_exitcode(status) in _PASSING else {"error": status})


if __name__ == "__main__":
    main()
