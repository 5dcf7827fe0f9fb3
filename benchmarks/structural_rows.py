"""A region's structural events over everybody, from the rows in the database: sealed under a key for each genome.

    python -m benchmarks.structural_rows [--genomes 10000] [--each 10000] [--runs 5]

Each genome has its share of `each` events on chr21, the only contig that is written. Asked: 100,000 bases in the middle
(two or three pieces of 4 million bases over everybody), in a new connection each time; processor time, least of `runs`.
"""

import argparse
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from embla.composition import open_home
from embla.genome import GRCH38, Region
from embla.platform import Settings
from embla.registry import CountedGenome, ensure_person
from embla.structural import CallerSet, called, clusters_in, keep_set
from embla.structural.model.values import CALL, RUN, Rows

_CONTIG = 20
_MIDDLE = 24_000_000


def main() -> None:
    """Print one JSON line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--genomes", type=int, default=10_000)
    words.add_argument("--each", type=int, default=10_000)
    words.add_argument("--runs", type=int, default=5)
    given = words.parse_args()
    print(json.dumps(measure(given.genomes, given.each, given.runs)))


def measure(genomes: int, each: int, runs: int = 5, seed: int = 1) -> dict[str, Any]:
    """Write, ask, count; carriers of the events that were asked are compared with what was drawn."""
    rng = np.random.default_rng(seed)
    length = GRCH38.contigs[_CONTIG].length
    own = max(2, each * length // sum(contig.length for contig in GRCH38.contigs[:22]))
    everywhere = np.array([(place, 0, contig.length) for place, contig in enumerate(GRCH38.contigs)], RUN)
    region = Region("chr21", _MIDDLE, _MIDDLE + 100_000)
    with TemporaryDirectory(prefix="embla-bench-") as folder:
        house = open_home(Settings(home=Path(folder), demo=True, log_level="error"))
        people, inside, begun = [], 0, time.process_time()
        with house.database.transaction() as connection:
            for number in range(1, genomes + 1):
                one = CountedGenome(f"EMBG{number:011d}", f"P{number}", None, "1081", "heart", "XX", False, False,
                                    False, "north", "genome", "C1")  # fmt: skip
                rows = _calls(rng, own, length)
                inside += int(np.sum((rows["start"] < region.end) & (rows["end"] > region.start)))
                person = ensure_person(connection, laboratory="north", key=one.person, pseudonym=None, region=None,
                                       new_id=house.new_id, at=house.clock())  # fmt: skip
                found = CallerSet("sv", rows, everywhere, "bench", {})
                keep_set(connection, house.wrapping, one.accession, person, found, house.clock())
                people.append(one)
        written = time.process_time() - begun
        who_took, took, carriers = [], [], 0
        for _ in range(runs):
            with house.database.reading() as connection:
                begun = time.process_time()
                who = called(connection, house.wrapping, "sv", people)
                between = time.process_time()
                events = clusters_in(connection, who, region)
                took.append(time.process_time() - begun)
                who_took.append(between - begun)
            carriers = sum(one.tallies[0].carriers for one in events)
        size = sum(file.stat().st_size for file in Path(folder).glob("embla.db*"))
        house.database.close()
    return {
        "genomes": genomes, "calls_each": own, "written_ms_each": round(1e3 * written / genomes, 2),
        "people_ms": round(1e3 * min(who_took)), "question_ms": round(1e3 * min(took)), "mib": size >> 20,
        "events": len(events), "not_as_drawn": carriers - inside,
    }  # fmt: skip


def _calls(rng: np.random.Generator, own: int, length: int) -> Rows:
    """Events 5,000 bases apart, so that no two are one: a person has an event once."""
    event = rng.choice(length // 5_000 - 2, own, replace=False)
    event.sort()
    rows = np.zeros(own, CALL)
    rows["contig"] = rows["mate"] = _CONTIG
    rows["type"] = 1 + event % 2
    rows["start"] = 2_000 + event * 5_000 + rng.integers(-20, 21, own)
    rows["end"] = rows["start"] + 300 + (event * 37) % 2_000
    rows["alleles"] = 1
    return rows


if __name__ == "__main__":
    main()
