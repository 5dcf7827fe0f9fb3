"""python -m benchmarks.pgx_recall FOLDER: a re-call after a change in one gene, CPU seconds for 1,000 genomes.

`called`: all genes of one genome out of the store, CPU seconds, the least of three turns.
The genomes are those of the gVCF extracts in FOLDER, reported into a home of their own; the figure is scaled to 1,000.
"""

import gzip
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from embla.composition import open_home
from embla.pgx import Release, nation, release
from embla.pgx.nation import recall
from embla.pgx.reading import read_kept
from embla.pgx.service import call_lines, genes_of
from embla.platform import OPERATOR, House, Settings
from embla.policy import Action, permit
from embla.registry import accepted_genomes, kept_lines_of_all
from embla.submission import receive_many
from tests.support.homes import agreed
from tests.support.laboratory import manifest, person, write_manifest

_TURNS = 40  # over thirteen genomes: 520 in all


def measure(extracts: list[Path], folder: Path) -> dict[str, float]:
    """CPU seconds of the first calling of all genes and of a re-call of CYP2C19, scaled to 1,000 genomes."""
    house = agreed(open_home(Settings(home=folder / "home", demo=True)))
    packages = []
    for number, path in enumerate(extracts, 1):
        name = f"N{number}"
        package = folder / name
        (package / "files").mkdir(parents=True)
        text = gzip.decompress(path.read_bytes()).decode()
        sample = path.name.split(".")[0]
        (package / "files" / f"{name}-p.g.vcf").write_text(text.replace(f"\t{sample}\n", f"\t{name}-p-B\n", 1))
        write_manifest(package, manifest(name, [person(f"{name}-p")], package))
        packages.append(package)
    accepted = sum(not isinstance(one, Exception) for _, one in receive_many(house, OPERATOR, packages))
    used = release()

    recall(house, OPERATOR, release=used)
    start = time.process_time()
    recall(house, OPERATOR, release=used)
    told = {"nothing due": time.process_time() - start}
    # Turn after turn over the same genomes as one re-call of many: advice is worked out once for a combination of
    # results, which a re-call of thirteen would pay for nearly each.
    known = used.functions["CYP2C19"] | {"*99": "x"}
    newer = replace(used, id="next", functions=used.functions | {"CYP2C19": known})
    seconds, done = _recalled(house, newer)
    told["recall"] = told["nothing due"] + seconds * 1000 / done
    return told | {"called": min(_called(house, used) for _ in range(3)), "genomes": accepted}


def _recalled(house: House, newer: Release) -> tuple[float, int]:
    """CPU seconds and genomes of what a re-call does for each that is due: read, call, compare, keep."""
    decision = permit(house.database, OPERATOR, Action.OPERATE, purpose="operation", clock=house.clock)
    with house.database.reading() as connection:
        by_name = {one.accession: one for one in accepted_genomes(connection)}
    work = nation._Work(newer, {gene.name: nation._digest(newer, gene) for gene in genes_of(newer, None)})
    contigs = sorted({newer.genes[name].contig for name in work.needed({"CYP2C19"})})
    start, done = time.process_time(), 0
    for _ in range(_TURNS):
        with house.database.reading() as connection:
            kept, told = nation._kept(connection, list(by_name)), nation._drugs(connection, list(by_name))
        rows, drugs = [], []
        for name, text in kept_lines_of_all(house, decision, list(by_name), contigs):
            if text is None:
                continue
            genome, due = by_name[name], ["CYP2C19"]
            new, lines = work.call(genome, text, due, kept[name])
            nation._change(genome, kept[name], new, told.get(name, {}), lines)
            rows += [nation._row(newer, work.digests[gene], genome, *one) for gene, one in new.items()]
            drugs.append({"genome": name, "person": genome.person, "told": json.dumps(told.get(name, {}) | lines)})
            done += 1
        with house.database.transaction() as connection:
            nation._keep(connection, {name: ["CYP2C19"] for name in by_name}, rows, drugs)
    return time.process_time() - start, done


def _called(house: House, used: Release) -> float:
    """CPU seconds a genome for all genes, from what its pack keeps to the calls."""
    decision = permit(house.database, OPERATOR, Action.OPERATE, purpose="operation", clock=house.clock)
    with house.database.reading() as connection:
        names = [one.accession for one in accepted_genomes(connection)]
    genes = genes_of(used, None)
    contigs = sorted({gene.contig for gene in genes})
    start, done = time.process_time(), 0
    for name, text in kept_lines_of_all(house, decision, names, contigs):
        if text is not None:
            lines, listed = read_kept(text, name, genes)
            done += bool([call_lines(used, gene, lines, "XX", listed) for gene in genes])
    return (time.process_time() - start) / done


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(measure(sorted(Path(sys.argv[1]).glob("*.g.vcf.gz")), Path(place)))
