"""10,000 genomes with 10,000 structural variants each, counted contig by contig: CPU time and the most memory held.

    python -m benchmarks.structural [--genomes 10000] [--each 10000] [--contigs 22]

Events are drawn from a spectrum (a common tenth makes most calls, the rest is rare), breakpoints up to 20 bases off.
Every cluster's carriers are checked against what was drawn.
"""

import argparse
import json
import resource
import time
from typing import Any

import numpy as np

from embla.genome import GRCH38, Karyotype
from embla.structural.model.counting import Looked, count_clusters
from embla.structural.model.values import CALL, RUN, Rows


def main() -> None:
    """Print one JSON line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--genomes", type=int, default=10_000)
    words.add_argument("--each", type=int, default=10_000)
    words.add_argument("--contigs", type=int, default=22, help="only the first so many: chr1 holds the most at once")
    given = words.parse_args()
    print(json.dumps(measure(given.genomes, given.each, contigs=given.contigs)))


def measure(genomes: int, each: int, seed: int = 1, contigs: int = 22) -> dict[str, Any]:
    """Draw and count autosomes, one at a time; CPU seconds of counting alone."""
    rng = np.random.default_rng(seed)
    total = sum(contig.length for contig in GRCH38.contigs[:22])
    everywhere = np.array([(place, 0, contig.length) for place, contig in enumerate(GRCH38.contigs)], RUN)
    looked = Looked((Karyotype.XX,) * genomes, np.zeros(genomes, np.int64), (everywhere,))
    calls = clusters = wrong = 0
    spent = 0.0
    for place, contig in enumerate(GRCH38.contigs[:contigs]):
        own = max(1, each * contig.length // total)
        rows, who, drawn = _contig(rng, place, contig.length, genomes, own)
        begun = time.process_time()
        found = count_clusters(rows, who, looked)
        spent += time.process_time() - begun
        calls, clusters = calls + len(rows), clusters + len(found)
        wrong += int(sorted(one.tallies[0].carriers for one in found) != drawn)
        del rows, who, found
    return {
        "genomes": genomes, "each": each, "calls": calls, "clusters": clusters, "contigs_not_as_drawn": wrong,
        "cpu_seconds": round(spent, 1), "calls_per_cpu_second": round(calls / max(spent, 1e-9)),
        "most_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }  # fmt: skip


def _contig(rng: np.random.Generator, place: int, length: int, genomes: int, own: int) -> tuple[Rows, Any, list[int]]:
    """`own` calls a genome on one contig; carriers of each event, sorted."""
    # Far enough apart that no two events are one: 5,000 bases, beyond the reach of 1,500.
    events = max(2, min(own * 8, length // 5_000 - 1))
    share = np.where(np.arange(events) % 10 == 0, 1.0, 0.02)
    share *= own / share.sum()
    carriers = np.minimum(rng.poisson(share * genomes), genomes)
    event = np.repeat(np.arange(events), carriers)
    who = np.concatenate([_people(rng, genomes, n) for n in carriers.tolist()])
    rows = np.zeros(len(event), CALL)
    rows["contig"] = rows["mate"] = place
    rows["type"] = 1 + event % 2
    size = 300 + (event * 37) % 3_000
    rows["start"] = 2_000 + event * 5_000 + rng.integers(-20, 21, len(event))
    rows["end"] = 2_000 + event * 5_000 + size + rng.integers(-20, 21, len(event))
    rows["alleles"] = 1
    return rows, who, sorted(carriers[carriers > 0].tolist())


def _people(rng: np.random.Generator, genomes: int, n: int) -> Any:
    """n different people: a stride that shares no divisor with their number gives each once."""
    first, stride = int(rng.integers(genomes)), int(rng.integers(1, max(2, genomes)))
    while np.gcd(stride, genomes) != 1:
        stride += 1
    return (first + stride * np.arange(n, dtype=np.int64)) % genomes


if __name__ == "__main__":
    main()
