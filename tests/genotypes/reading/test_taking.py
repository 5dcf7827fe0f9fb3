"""A genome is handed on contig by contig: nothing of one is held once the next is read, and order does not matter."""

import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from embla.errors import BadInput
from embla.genome import GRCH38
from embla.genotypes import ContigCalls, Policy, pack_digest, read_packs, specs_for
from embla.genotypes.files.packfile import PackFile
from embla.genotypes.model.pack import PackFacts
from embla.genotypes.prints import print_of
from embla.genotypes.reading import SampleSpec, file, read_genomes
from embla.genotypes.readying import Needs, ReadyHere, Readying, made_ready
from embla.genotypes.staging import NewGenome

from .conftest import vcf

Write = Callable[..., Path]

CONTIGS = ("chr1", "chr2", "chr10", "chrX")
NEEDS = Needs("GRCh38", Policy().digest(), "", None)


def lines(contig: str, words: tuple[str, ...] = ("PASS", "LowQual", "PASS", "q10;s50")) -> list[str]:
    return [f"{contig} {100 + 10 * i} A G {words[i % len(words)]} . GT:DP:GQ:AD 0/1:30:60:14,16" for i in range(200)]


def text(order: tuple[str, ...]) -> str:
    """Each contig meets the FILTER texts in another order."""
    words = {name: ("PASS", "LowQual", f"own{name}", "q10")[n:] + ("PASS",) for n, name in enumerate(CONTIGS)}
    return vcf([line for name in order for line in lines(name, words[name])])


def taken(path: Path, begin: Any = NEEDS.begin) -> Iterator[Any]:
    specs = [SampleSpec(spec.name, path, "XX", column=spec.column) for spec in specs_for([path])]
    for read in read_genomes(specs, begin, assembly=GRCH38, reference=None, policy=Policy()):
        yield read.made


def test_a_genome_made_ready_as_it_is_read__is_the_one_made_ready_from_memory(write: Write) -> None:
    path = write(text(CONTIGS))
    ((pack,), (ready,)) = [one.pack for one in packs(path)], list(taken(path))
    again = made_ready(NewGenome(ready.name, pack), NEEDS)

    assert ready.digest == again.digest == pack_digest(pack)
    assert ready.size == again.size and ready.problem is again.problem is None
    for name in ready.light:
        assert ready.light[name][0].key.tolist() == again.light[name][0].key.tolist()
        assert ready.light[name][1].end.tolist() == again.light[name][1].end.tolist()
    assert vars(ready.print()).keys() == vars(print_of(pack)).keys()
    assert ready.print().key.tolist() == print_of(pack).key.tolist()
    opened = PackFile(b"".join(ready.chunks()), "packs/x")
    assert opened.filters == pack.filters and opened.is_as_named()
    for name, calls in pack.contigs.items():
        back = opened.contig(name)
        assert back is not None and back.records.filter.tolist() == calls.records.filter.tolist()


def packs(path: Path) -> list[Any]:
    specs = [SampleSpec(spec.name, path, "XX", column=spec.column) for spec in specs_for([path])]
    return list(read_packs(specs, assembly=GRCH38, reference=None, policy=Policy()))


def test_the_order_of_contigs_in_a_file__makes_no_other_genome(write: Write) -> None:
    one, other = (list(taken(write(text(order), f"{order[0]}.vcf")))[0] for order in (CONTIGS, CONTIGS[::-1]))

    assert one.digest == other.digest
    assert one.print().key.tolist() == other.print().key.tolist()
    files = [PackFile(b"".join(ready.chunks()), "packs/x") for ready in (one, other)]
    assert files[0].filters == files[1].filters == ("PASS", "LowQual", "ownchr1", "q10", "ownchr2", "ownchr10")


def test_filters__of_more_kinds_than_a_byte_holds_on_several_contigs_come_back_and_verify(write: Write) -> None:
    many = {name: tuple(f"{name}F{i}" for i in range(199)) for name in CONTIGS[:3]}
    path = write(vcf([line for name, words in many.items() for line in lines(name, words)]))
    ((pack,), (ready,)) = [one.pack for one in packs(path)], list(taken(path))

    opened = PackFile(b"".join(ready.chunks()), "packs/x")

    assert len(pack.filters) == 3 * 199 and opened.filters == pack.filters
    assert opened.digest == pack_digest(pack) == pack_digest(opened.pack()) and opened.is_as_named()
    last = opened.contig("chr10")
    assert last is not None and pack.filters[int(last.records.filter[7])] == "chr10F7"


class Watching(Readying):
    """Knows which contigs' columns are still there when the next comes."""

    columns: list[Any]
    dropped: list[str]

    def contig(self, name: str, calls: ContigCalls, filters: tuple[str, ...]) -> None:  # type: ignore[override]
        gc.collect()
        assert not any(one() is not None for one in Watching.columns)
        Watching.columns += [weakref.ref(calls.records.pos), weakref.ref(calls.records.ad)]
        super().contig(name, calls, filters)

    def drop(self) -> None:
        Watching.dropped.append(self._name)
        super().drop()


def watching(spec: SampleSpec, facts: PackFacts) -> Watching:
    return Watching(NEEDS, spec.name, spec.attributes, facts, NEEDS.reference)


@pytest.fixture(autouse=True)
def nothing_watched() -> None:
    Watching.columns, Watching.dropped = [], []


def test_records_of_a_contig__are_let_go_before_the_next_is_handed_on(write: Write) -> None:
    (ready,) = taken(write(text(CONTIGS)), watching)

    assert len(Watching.columns) == 2 * len(CONTIGS)
    assert isinstance(ready, ReadyHere) and not Watching.dropped


def test_a_file_that_is_refused_half_way__leaves_nothing_held(write: Write) -> None:
    body = text(CONTIGS).rstrip("\n") + "\nchrX\t9000\t.\tA\tG\t.\tPASS\t.\tGT\tX/Y\n"

    with pytest.raises(BadInput):
        list(taken(write(body), watching))

    assert len(Watching.dropped) == 1


def test_blocks_that_turn_up_late__begin_again_and_drop_what_was_begun(write: Write) -> None:
    blocks = "chr2 5000 A <NON_REF> . END=5999 GT:DP:GQ:MIN_DP 0/0:30:60:30"
    (ready,) = taken(write(vcf([*lines("chr1"), blocks])), watching)

    assert ready.row.callability == "gvcf" and len(Watching.dropped) == 1


def test_samples_that_do_not_fit_together__are_read_in_passes_and_stay_the_same(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = tuple(f"S{n}" for n in range(4))
    cells = " ".join(["0/1:30:60:14,16"] * 4)
    body = [f"{name} {100 + 10 * i} A G PASS . GT:DP:GQ:AD {cells}" for name in CONTIGS for i in range(200)]
    path = write(vcf(body, samples=names))
    at_once = [ready.digest for ready in taken(path)]
    monkeypatch.setattr(file, "_MEMORY", 30_000)

    apart = [(ready.name, ready.digest) for ready in taken(path)]

    assert apart == list(zip(names, at_once, strict=True))


def test_a_genome_with_a_problem__is_not_packed_any_further_and_says_the_first(write: Write) -> None:
    elsewhere = Needs("GRCh38", "another policy", "", None)

    (ready,) = taken(write(text(CONTIGS)), elsewhere.begin)

    assert ready.problem is not None and "policy" in str(ready.problem) and ready.digest == "" and ready.size == 0
