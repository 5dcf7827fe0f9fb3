"""c. names to alleles, beside hgvs with cdot on the same transcripts and bases.

python -m benchmarks.names embla|hgvs NAMES FOLDER: prints the seconds of CPU time, the names, and the most memory (MB).
hgvs parses and maps to the genome; ours also gives the id and every name of the allele on every transcript.
"""

import random
import resource
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from benchmarks.commands import told
from benchmarks.outcome import Outcome, Runner, compare
from embla.reference import Reference, Resources, demo_reference_paths, resolve
from embla.reference.transcripts import Transcripts

# The aim of the issue: at most 1.2 times what hgvs alone takes.
_AIM = 1.2


def some_names(many: int) -> list[str]:
    """Distinct substitutions in and beside the coding exons of the built-in slice, seeded."""
    paths, rng = demo_reference_paths(), random.Random(5)
    reference = Reference.open(paths.fasta)
    exons = [(model, block) for model in Transcripts.open(paths.transcripts) if model.cds for block in model.blocks]
    found: dict[str, None] = {}
    while len(found) < many:
        model, block = rng.choice(exons)
        place = rng.randrange(block.start - 30, block.end + 30)
        base = reference.fetch(model.contig, place, place + 1)
        if base == "N" or not model.start <= place < model.end:
            continue
        other = rng.choice([letter for letter in "ACGT" if letter != base])
        change = f"{base}>{other}" if model.strand > 0 else f"{base}>{other}".translate(str.maketrans("ACGT", "TGCA"))
        found[f"{model.id}:c.{model.written(model.position(place))}{change}"] = None
    return list(found)


def reader(which: str, folder: Path) -> Callable[[str], object]:
    """What brings one name to the genome."""
    paths = demo_reference_paths()
    if which == "embla":
        resources = Resources.open(paths.fasta, paths.transcripts)
        return lambda name: resolve(name, resources).vrs_id
    from cdot.hgvs.dataproviders import FastaSeqFetcher, JSONDataProvider
    from hgvs.assemblymapper import AssemblyMapper
    from hgvs.parser import Parser

    plain = folder / "names.fa"
    if not plain.exists():
        bases = Reference.open(paths.fasta).array("chr21")
        assert bases is not None
        text = bases.tobytes().decode()
        plain.write_text(">NC_000021.9\n" + "\n".join(text[at : at + 60] for at in range(0, len(text), 60)) + "\n")
    provider = JSONDataProvider([str(paths.transcripts)], seqfetcher=FastaSeqFetcher(str(plain)))
    mapper, parser = AssemblyMapper(provider, assembly_name="GRCh38", alt_aln_method="splign"), Parser()
    return lambda name: mapper.c_to_g(parser.parse_hgvs_variant(name))


def main(which: str, many: int, folder: Path) -> None:
    names = some_names(many)
    read = reader(which, folder)
    read(names[0])
    start = time.process_time()
    for name in names:
        if not read(name):
            raise SystemExit(f"{name} was not read")
    print(time.process_time() - start, many, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def naming(folder: Path, runs: int, many: int = 20_000) -> Outcome:
    """Ours, and hgvs where it is installed."""

    def one(which: str) -> Callable[[], object]:
        return lambda: told([sys.executable, "-m", "benchmarks.names", which, str(many), str(folder)])

    contenders = [Runner("c. names to alleles, with id and all names", one("embla"))]  # type: ignore[arg-type]
    missing = find_spec("hgvs") is None or find_spec("cdot") is None
    if not missing:
        contenders.append(Runner("hgvs with cdot, to the genome alone", one("hgvs"), aim=_AIM))  # type: ignore[arg-type]
    left_out = "hgvs and cdot are not installed: make hgvs" if missing else ""
    return Outcome("Names of variants", compare(contenders, many, runs), left_out=left_out)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
