"""python -m benchmarks.pgx_recall GENOMES: a re-call after a change in one gene, CPU seconds for 1,000 genomes.

GENOMES made persons are reported into a home of their own, each with alleles of its own in every gene: the reference on
three strands of five, else an allele in proportion to one over its rank. `embla pgx recall` is then asked as it is.
`recall` is scaled to 1,000 and rather too large: the more genomes, the more often advice was worked out already.
`called`: all genes of one genome out of the store, the least of three turns.
"""

import random
import re
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from embla.composition import open_home
from embla.demo.medicines import write_drug_genes
from embla.pgx import Release, release
from embla.pgx.model.lines import Places
from embla.pgx.nation import recall
from embla.pgx.reading import read_kept
from embla.pgx.service import call_lines, genes_of
from embla.platform import OPERATOR, House, Settings
from embla.policy import Action, permit
from embla.registry import accepted_genomes, kept_lines_of_all
from embla.submission import receive_many
from tests.support.homes import agreed
from tests.support.laboratory import manifest, person, write_manifest


def measure(genomes: int, folder: Path) -> dict[str, float]:
    """The figures by name; `nothing due`: a re-call that finds nothing to do, which is part of every one."""
    house = agreed(open_home(Settings(home=folder / "home", demo=True)))
    used = release()
    for _, outcome in receive_many(house, OPERATOR, _packages(genomes, used, folder)):
        if isinstance(outcome, Exception):
            raise outcome
    functions = used.functions | {"CYP2C19": used.functions["CYP2C19"] | {"*99": "x"}}
    newer = replace(used, id="next", functions=functions)
    first, _ = _recalled(house, used)
    idle, _ = _recalled(house, used)
    again, done = _recalled(house, newer)
    return {
        "first": idle + (first - idle) * 1000 / done,
        "nothing due": idle,
        "recall": idle + (again - idle) * 1000 / done,
        "called": min(_called(house, used) for _ in range(3)),
        "genomes": done,
    }


def _packages(genomes: int, used: Release, folder: Path) -> list[Path]:
    rng, made = random.Random(8), []
    for number in range(1, genomes + 1):
        name = f"N{number}"
        package = folder / name
        (package / "files").mkdir(parents=True)
        alleles = {}
        for gene in used.genes.values():
            ranks = [1 / (rank + 1) for rank in range(len(gene.alleles))]
            drawn = rng.choices(gene.alleles, ranks, k=2)
            pair = [gene.reference if rng.random() < 0.6 else one for one in drawn]
            alleles[gene.name] = (pair[0].name, pair[1].name)
        file = write_drug_genes(package / "files" / f"{name}-p.g.vcf", f"{name}-p-B", alleles)
        # As in the world no two lines have the same depth and quality: what is remembered of lines must not flatter.
        text = re.sub(
            r":34:99$", lambda _: f":{rng.randint(15, 60)}:{rng.randint(20, 99)}", file.read_text(), flags=re.M
        )
        file.write_text(text)
        write_manifest(package, manifest(name, [person(f"{name}-p", callability="assumed")], package))
        made.append(package)
    return made


def _recalled(house: House, by: Release) -> tuple[float, int]:
    start = time.process_time()
    made = recall(house, OPERATOR, release=by)
    return time.process_time() - start, made.genomes


def _called(house: House, used: Release) -> float:
    decision = permit(house.database, OPERATOR, Action.OPERATE, purpose="operation", clock=house.clock)
    with house.database.reading() as connection:
        names = [one.accession for one in accepted_genomes(connection)]
    genes = genes_of(used, None)
    contigs = sorted({gene.contig for gene in genes})
    start, done, places = time.process_time(), 0, Places(genes)
    for name, text in kept_lines_of_all(house, decision, names, contigs):
        if text is not None:
            lines, listed = read_kept(text, name, places)
            done += bool([call_lines(used, gene, lines, "XX", listed) for gene in genes])
    return (time.process_time() - start) / done


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(measure(int(sys.argv[1]), Path(place)))
