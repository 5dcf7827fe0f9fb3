"""Consequences for a server: those of bcftools csq over whole files; bounded; what is not known is said."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from random import Random
from select import select
from threading import Event
from time import sleep
from typing import Any

import pytest
from typer.testing import CliRunner

from embla.errors import Unavailable
from embla.genome import Region, Variant
from embla.reference import Consequence, Effect, Effects, Genes, Reference, consequence_worker, demo_reference_paths
from embla.reference import beside as beside_module
from embla.reference import effects as effects_module
from embla.reference.beside import Beside, Unanswered
from embla.reference.cli import app
from embla.reference.effects import LONGEST, WORKER
from embla.reference.stretches import stretches
from tests.support.csq import whole_csq, with_parents_apart

DATA = Path(__file__).parents[1] / "data"
PATHS = demo_reference_paths()
DELETION = Variant("chr21", 43_774_279, "GGA", "G")
SPLICE = Variant("chr21", 43_774_760, "C", "G")


@pytest.fixture(scope="module")
def beside() -> Iterator[Beside]:
    made = Beside(WORKER, seconds=60, turn=60, rest=0)
    yield made
    made.close()


@pytest.fixture(scope="module")
def loaded(beside: Beside) -> Effects:
    return Effects(Reference.open(PATHS.fasta), Genes.open(PATHS.genes), beside)


def told(found: tuple[Consequence, ...], *, bare: bool = False) -> list[tuple[str, ...]]:
    return sorted(
        (one.transcript.split(".")[0] if bare else one.transcript, one.kind, one.biotype, one.strand, one.amino_acids)
        for one in found
    )


def drawn(count: int, reference: Reference, genes: Genes) -> list[Variant]:
    """Alleles in and beside exons of the slice, by chance: changes of one base, deletions and insertions."""
    dice, found = Random(5), []
    while len(found) < count:
        transcript = dice.choice(dice.choice(genes.all).transcripts)
        first, last = dice.choice(transcript.exons)
        start, size = dice.randrange(first - 12, last + 12), dice.choice([1, 1, 2, 3, 6, 7])
        bases = reference.fetch("chr21", start, start + size + 1)
        if set(bases) - set("ACGT"):
            continue
        new = "".join(dice.choice("ACGT") for _ in range(size))
        ref, alt = dice.choice([(bases[0], new[0]), (bases, bases[0]), (bases[0], bases[0] + new)])
        if ref != alt:
            found.append(Variant("chr21", start + 1, ref, alt))
    return found


def test_effects__of_alleles_drawn_by_chance_are_those_of_csq_over_the_whole_files(
    loaded: Effects, tmp_path: Path
) -> None:
    reference, genes = Reference.open(PATHS.fasta), Genes.open(PATHS.genes)
    variants = drawn(400, reference, genes)

    found = loaded.of(variants)

    truth = whole_csq(variants, reference, with_parents_apart(PATHS.genes, tmp_path), tmp_path)
    assert [told(found[one].consequences, bare=True) for one in truth] == [
        # What csq writes in full of a long protein is cut here.
        sorted((*rest, acids if len(acids) <= 200 else acids[:200] + "...") for *rest, acids in told(each))
        for each in truth.values()
    ]
    kinds = {kind for one in found.values() for each in one.consequences for kind in each.kind.split("&")}
    assert {"missense", "frameshift", "splice_region", "intron", "non_coding", "5_prime_utr"} <= kinds


def test_effects__of_the_132_sites_are_the_published_ones(loaded: Effects) -> None:
    rows = list(csv.DictReader((DATA / "hgvs" / "chr21_132sites_csq_and_hgvs.tsv").open(), delimiter="\t"))
    variants = [Variant(f"chr{row['chrom']}", int(row["pos"]), row["ref"], row["alt"]) for row in rows]

    found, genes = loaded.of(variants), Genes.open(PATHS.genes)

    for row, variant in zip(rows, variants, strict=True):
        mine = {one.transcript.split(".")[0]: one for one in found[variant].consequences}
        one = mine[row["transcript"].split(".")[0]]
        gene = genes.by_name(row["gene"])  # the table has the symbols of its day
        assert gene is not None
        assert (one.kind, one.amino_acids, one.gene) == (row["csq"], row["bcftools_aa"], gene.symbol)


def test_effects__near_a_gene_that_csq_passes_over_are_none_alone_as_beside_others(beside: Beside) -> None:
    reference, genes = Reference.open(PATHS.fasta), Genes.open(PATHS.genes)
    lone = Variant("chr21", 25_371_935, "T", "TCAGAGTA")
    assert [gene.biotype for gene in genes.overlapping(lone.region)] == ["TEC"]

    alone = Effects(reference, genes, beside).of([lone])

    assert alone == {lone: Effect()} == {lone: Effects(reference, genes, beside).of([lone, SPLICE])[lone]}


def test_the_worker__takes_no_transcript_that_csq_cannot_read_for_one_that_it_passes_over(tmp_path: Path) -> None:
    rows = [
        f"c\t.\t{kind}\t101\t300\t.\t+\t.\t{words}\n"
        for kind, words in [
            ("gene", "ID=gene:G;Name=G;biotype=TEC"),
            ("transcript", "ID=transcript:T;Parent=gene:G;biotype=TEC"),
            ("exon", "Parent=transcript:T"),
        ]
    ]
    records = "##fileformat=VCFv4.2\n##contig=<ID=c,length=400>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    records += "c\t150\t.\tA\tC\t.\t.\t.\nc\t160\t.\tA\tC\t.\t.\t.\n"
    asked = {"sequence": ">c\n" + "A" * 400 + "\n", "records": records}

    def told(genes: str) -> Any:
        return json.loads(consequence_worker._in_a_fork(tmp_path, json.dumps(asked | {"genes": genes}).encode()))

    assert told("".join(rows)) == {"info": [".", "."]}
    # Nothing was passed over, or not all of it: csq is then not taken at its word.
    assert told("").keys() == {"error"}
    words = "Ignored the following biotypes:\n\t1x\t.. TEC\nError: No usable transcripts found"
    assert consequence_worker._passed_over(words, "".join(rows))
    assert not consequence_worker._passed_over(words, "".join([*rows, rows[1]]))


def test_effects__carry_the_version_of_the_gene_models(loaded: Effects) -> None:
    (one,) = [each for each in loaded.of([DELETION])[DELETION].consequences if each.kind == "frameshift"]

    assert one.transcript == "ENST00000291568.5"


def test_effects__asked_out_of_order_and_again_are_the_same(loaded: Effects) -> None:
    """csq itself remembers where the last file ended and refuses one that begins before."""
    early, late = Variant("chr21", 25_592_904, "G", "C"), SPLICE

    first = [loaded.of([late])[late], loaded.of([early])[early]]

    fresh = Effects(loaded._reference, loaded._genes, loaded._beside)
    assert [fresh.of([early, late])[one] for one in (late, early)] == first


@pytest.mark.parametrize(
    ("variant", "reason"),
    [
        (Variant("chr21", 43_774_279, "TGA", "T"), "reference_not_loaded"),  # another base stands there
        (Variant("chr21", 100, "A", "C"), "reference_not_loaded"),  # N
        (Variant("chr1", 1_000_000, "A", "C"), "reference_not_loaded"),  # no such contig here
        (Variant("chr21", 43_774_279, "G", "G" + "A" * LONGEST), "too_long"),
    ],
)
def test_effects__that_cannot_be_known_say_why(loaded: Effects, variant: Variant, reason: str) -> None:
    assert loaded.of([variant])[variant] == Effect(reason=reason)


def test_effects__without_gene_models_or_reference_say_so(beside: Beside) -> None:
    reference, genes = Reference.open(PATHS.fasta), Genes.open(PATHS.genes)

    assert Effects(reference, None, beside).of([SPLICE])[SPLICE].reason == "genes_not_loaded"
    assert Effects(None, genes, beside).of([SPLICE])[SPLICE].reason == "reference_not_loaded"


def test_effects__of_genes_too_wide_together_are_asked_apart(loaded: Effects, monkeypatch: pytest.MonkeyPatch) -> None:
    both = [Variant("chr21", 25_592_904, "G", "C"), SPLICE]
    whole = loaded.of(both)
    monkeypatch.setattr(effects_module, "WIDEST", 50_000)

    apart = Effects(loaded._reference, loaded._genes, loaded._beside)

    assert apart.of(both) == whole
    monkeypatch.setattr(effects_module, "WIDEST", 5_000)
    again = Effects(loaded._reference, loaded._genes, loaded._beside).of(both)
    assert [again[one].reason for one in both] == ["too_long", ""]


class Refusing:
    """csq that cannot read one allele, or is away."""

    def __init__(self, real: Beside, never: Variant) -> None:
        self.real, self.never, self.away, self.asked = real, never, False, 0

    def ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked += 1
        if self.away:
            raise Unavailable("away")
        if f"\t{self.never.ref}\t{self.never.alt}\t" in question["records"]:
            return {"error": 256}
        return self.real.ask(question)


def test_effects__of_one_that_csq_refuses_hide_no_other_and_what_is_away_is_asked_again(
    loaded: Effects, beside: Beside
) -> None:
    csq = Refusing(beside, DELETION)
    asked = Effects(loaded._reference, loaded._genes, csq)  # type: ignore[arg-type]

    found = asked.of([DELETION, SPLICE])

    assert (found[DELETION].reason, found[SPLICE]) == ("refused", loaded.of([SPLICE])[SPLICE])
    before = csq.asked
    assert asked.of([DELETION, SPLICE]) == found and csq.asked == before
    csq.away = True
    other = Variant("chr21", 43_774_705, "C", "T")
    assert asked.of([other])[other].reason == "not_now"
    csq.away = False
    assert asked.of([other])[other].reason == ""


def test_effects__that_this_machine_had_no_room_for_are_no_refusal_of_csq(loaded: Effects, tmp_path: Path) -> None:
    class Full:
        """The process beside, on a disk that takes nothing."""

        def __init__(self) -> None:
            self.said: dict[str, Any] = {}

        def ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
            self.said = json.loads(consequence_worker._in_a_fork(tmp_path / "gone", json.dumps(question).encode()))
            return self.said

    full = Full()
    asked = Effects(loaded._reference, loaded._genes, full)  # type: ignore[arg-type]

    assert asked.of([SPLICE])[SPLICE].reason == "not_now" and full.said == {"away": True}
    assert json.loads(consequence_worker._in_a_fork(tmp_path, b"{}")).keys() == {"error"}


def test_beside__that_hangs_or_dies_is_ended_in_time_and_started_anew_after_a_rest(tmp_path: Path) -> None:
    (tmp_path / "echoing.py").write_text(
        "import json, sys, time\n"
        "for line in sys.stdin:\n"
        "    asked = json.loads(line)\n"
        "    time.sleep(asked.get('sleep', 0))\n"
        "    if asked.get('die'): sys.exit(3)\n"
        "    print(json.dumps({'size': len(line)}), flush=True)\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path))
        asked = Beside("echoing", seconds=0.5, starting=60, turn=1, rest=0)
        big = asked.ask({"text": "x" * 1_000_000})
        assert big["size"] > 1_000_000
        first = asked._process
        for question in ({"sleep": 60}, {"die": True}):
            with pytest.raises(Unanswered):
                asked.ask(question)
            assert asked._process is not None and asked._process is not first, "another is started at once"
            assert asked.ask({})["size"] > 0
        assert first is not None and first.poll() is not None
        # The third failure in a few minutes: now it rests, also for questions that are good.
        asked._rest = 60
        with pytest.raises(Unanswered):
            asked.ask({"die": True})
        with pytest.raises(Unavailable, match="not to be had"):
            asked.ask({})
        asked.close()


def test_beside__rests_longer_with_each_failure_and_at_most_so_long_and_forgets_old_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = [1_000.0]
    monkeypatch.setattr(beside_module.time, "monotonic", lambda: at[0])
    asked = Beside("nothing", rest=30)
    monkeypatch.setattr(asked, "_start", lambda: None)

    rests = []
    for _ in range(7):
        asked._fail()
        rests.append(asked._rests_until - at[0])
    at[0] += beside_module.WINDOW
    asked._fail()

    assert rests == [0, 2, 4, 8, 16, 30, 30] and asked._rests_until == at[0]


class Hanging:
    """csq that one allele hangs, as a server's process beside would tell it."""

    def __init__(self, real: Beside, *hangs: Variant) -> None:
        self.real, self.hangs, self.asked = real, hangs, 0

    def ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked += 1
        if any(f"\t{one.ref}\t{one.alt}\t" in question["records"] for one in self.hangs):
            raise Unanswered("late")
        return self.real.ask(question)


def test_effects__of_one_that_hangs_csq_are_remembered_as_such_for_ten_minutes_and_take_nothing_from_others(
    loaded: Effects, beside: Beside
) -> None:
    csq, at = Hanging(beside, DELETION), [0.0]
    asked = Effects(loaded._reference, loaded._genes, csq, now=lambda: at[0])  # type: ignore[arg-type]

    assert asked.of([DELETION])[DELETION].reason == "no_answer"
    assert asked.of([SPLICE, DELETION])[SPLICE] == loaded.of([SPLICE])[SPLICE]
    before = csq.asked
    assert asked.of([DELETION])[DELETION].reason == "no_answer" and csq.asked == before
    at[0] = 600.0
    csq.hangs = ()
    assert asked.of([DELETION]) == loaded.of([DELETION])


def test_effects__of_many_with_one_that_hangs_are_told_after_a_few_pages_and_no_page_asks_on_after_a_failure(
    loaded: Effects, beside: Beside
) -> None:
    start = DELETION.pos
    bases = Reference.open(PATHS.fasta).fetch("chr21", start, start + 150)
    variants = [Variant("chr21", start + n + 1, base, "A" if base != "A" else "C") for n, base in enumerate(bases)]
    csq = Hanging(beside, DELETION)
    asked = Effects(loaded._reference, loaded._genes, csq)  # type: ignore[arg-type]

    failed = []
    for _ in range(5):
        before = csq.asked
        found = asked.of([*variants, DELETION])
        failed.append(sum(one.reason == "not_now" for one in found.values()))
        assert csq.asked - before <= 10

    assert failed[0] == len(variants) + 1 and failed[-1] == 0 and failed == sorted(failed, reverse=True)
    assert {one: effect for one, effect in found.items() if one != DELETION} == loaded.of(variants)
    assert found[DELETION].reason == "no_answer"
    patient = Effects(loaded._reference, loaded._genes, csq, patience=8)  # type: ignore[arg-type]
    assert patient.of([*variants, DELETION]) == found


def test_effects__that_had_no_answer_are_kept_up_to_a_bound(loaded: Effects, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects_module, "_FAILED", 3)
    variants = drawn(8, loaded._reference, loaded._genes)  # type: ignore[arg-type]
    asked = Effects(loaded._reference, loaded._genes, Hanging(loaded._beside, *variants))  # type: ignore[arg-type]

    assert {asked.of([one])[one].reason for one in variants} <= {"no_answer", ""}
    assert len(asked._failed) <= 3


def test_beside__that_is_ended_takes_with_it_what_it_began_and_what_it_wrote(tmp_path: Path) -> None:
    (tmp_path / "forking.py").write_text(
        "import fcntl, os, sys, tempfile, time\n"
        "held = open(sys.path[-1] + '/held', 'w')\n"
        "for line in sys.stdin:\n"
        "    folder = tempfile.mkdtemp()\n"
        "    if os.fork() == 0:\n"
        "        fcntl.flock(held, fcntl.LOCK_EX)\n"
        "        open(held.name + '-where', 'w').write(folder)\n"
        "        time.sleep(60)\n"
        "        os._exit(0)\n"
        "    os.wait()\n".replace("sys.path[-1]", repr(str(tmp_path)))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path))
        asked = Beside("forking", seconds=2, starting=0, rest=0)
        with pytest.raises(Unavailable):
            asked.ask({})

    with (tmp_path / "held").open() as held:
        for _ in range(100):
            with suppress(BlockingIOError):
                flock(held, LOCK_EX | LOCK_NB)
                break
            sleep(0.05)
        else:
            pytest.fail("its fork is still there")
    assert not Path((tmp_path / "held-where").read_text()).exists()


def test_beside__whose_reader_is_interrupted_gives_its_answer_to_nobody_else(tmp_path: Path) -> None:
    (tmp_path / "repeating.py").write_text("import sys\nfor line in sys.stdin:\n    print(line, end='', flush=True)\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path))
        asked = Beside("repeating", seconds=60, rest=0)
        assert asked.ask({"allele": 1}) == {"allele": 1}
        process = asked._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        process.stdin.write(b'{"allele": 2}\n')
        select([process.stdout], [], [])
        with pytest.MonkeyPatch.context() as full:
            full.setattr(beside_module, "_asked", _without_memory)
            with pytest.raises(MemoryError):
                asked.ask({"allele": 2})

        assert asked.ask({"allele": 3}) == {"allele": 3}
        asked.close()


def _without_memory(*_: object) -> bytes:
    raise MemoryError


def test_the_command__tells_consequences_where_genes_are_given() -> None:
    names = ["ENST00000291568.5:c.67-1G>C", "nonsense", "21-25592904-G-C", "21-100-A-C"]
    run = CliRunner().invoke(app, ["resolve", *names, "--gff", str(PATHS.genes), "--json"])

    first, second, third, last = (json.loads(line) for line in run.stdout.splitlines())
    assert "splice_acceptor" in {one["kind"] for one in first["consequences"]}
    assert second["consequences"] == [] and run.exit_code == 0
    assert {one["kind"] for one in third["consequences"]} == {"missense"}
    assert (last["status"], last["consequences"]) == ("failed", [])


class Held:
    """csq whose first question waits until it is let go. `questions`: how many records each had."""

    def __init__(self, real: Beside, *hangs: Variant) -> None:
        self.real, self.hangs, self.let, self.begun = real, hangs, Event(), Event()
        self.questions: list[int] = []

    def ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        self.questions.append(sum(not line.startswith("#") for line in question["records"].splitlines()))
        self.begun.set()
        assert self.let.wait(60)
        if any(f"\t{one.ref}\t{one.alt}\t" in question["records"] for one in self.hangs):
            raise Unanswered("late")
        return self.real.ask(question)


def asked_at_once(asked: Effects, csq: Held, first: Variant, rest: Sequence[Variant]) -> list[dict[Variant, Effect]]:
    """What each thread was told: the first one's question is held until all others wait."""
    with ThreadPoolExecutor(len(rest) + 1) as threads:
        told = [threads.submit(asked.of, [first])]
        assert csq.begun.wait(60)
        told += [threads.submit(asked.of, [one]) for one in rest]
        for _ in range(600):
            if len(asked._waiting) == len(rest):
                break
            sleep(0.05)
        csq.let.set()
        return [one.result() for one in told]


def test_effects__that_threads_ask_at_once_are_one_question_and_each_has_its_own(
    loaded: Effects, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects_module, "TURN", 60)
    variants = drawn(24, loaded._reference, loaded._genes)  # type: ignore[arg-type]
    first, *rest = [*variants[:10], variants[3]]
    csq = Held(beside)
    asked = Effects(loaded._reference, loaded._genes, csq)  # type: ignore[arg-type]

    told = asked_at_once(asked, csq, first, rest)

    assert csq.questions == [1, len(set(rest))]
    assert told == [loaded.of([one]) for one in (first, *rest)]
    assert len({one.region.contig for one in stretches(rest, loaded._genes)}) == 1  # type: ignore[arg-type]
    assert len(stretches(rest, loaded._genes)) > 2, "of several genes"  # type: ignore[arg-type]
    assert not asked._waiting and not asked._busy


def test_effects__of_one_that_hangs_csq_fail_once_for_those_asked_with_it(
    loaded: Effects, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects_module, "TURN", 60)
    first, *rest = [one for one in drawn(8, loaded._reference, loaded._genes) if len(one.ref) == 1]  # type: ignore[arg-type]
    csq = Held(beside, DELETION)
    asked = Effects(loaded._reference, loaded._genes, csq)  # type: ignore[arg-type]

    told = asked_at_once(asked, csq, first, [*rest, DELETION])

    assert told[0] == loaded.of([first])
    assert [effect.reason for each in told[1:] for effect in each.values()] == ["not_now"] * (len(rest) + 1)
    csq.questions.clear()
    assert [asked.of([one]) for one in rest] == [loaded.of([one]) for one in rest]
    assert asked.of([DELETION])[DELETION].reason == "no_answer" and csq.questions == [1] * (len(rest) + 1)


def test_effects__whose_turn_does_not_come_are_told_so_and_wait_no_more(
    loaded: Effects, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects_module, "TURN", 0.1)
    csq = Held(beside)
    asked = Effects(loaded._reference, loaded._genes, csq)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(asked.of, [DELETION])
        assert csq.begun.wait(60)
        late = asked.of([SPLICE])
        csq.let.set()

        assert late[SPLICE].reason == "not_now" and not asked._waiting
        assert first.result() == loaded.of([DELETION]) and asked.of([SPLICE]) == loaded.of([SPLICE])


def test_effects__of_many_whose_genes_are_too_wide_together_hold_nobody_up_for_long(
    loaded: Effects, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects_module, "TURN", 60)
    monkeypatch.setattr(effects_module, "WIDEST", 50_000)
    csq = Held(beside)
    asked = Effects(loaded._reference, loaded._genes, csq, now=lambda: 1.5 * len(csq.questions))  # type: ignore[arg-type]
    rest = [one for one in drawn(60, loaded._reference, loaded._genes) if len(one.ref) == 1]  # type: ignore[arg-type]

    told = asked_at_once(asked, csq, SPLICE, rest)

    reasons = [effect.reason for each in told for effect in each.values()]
    assert len(csq.questions) == 3 and reasons[0] == "" and {"", "not_now"} <= set(reasons)
    assert all(asked.of([one])[one].reason in ("", "too_long") for one in rest), "the next time each is asked"


def test_the_worker__gives_no_allele_what_csq_told_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def turned(*words: str, **_: object) -> None:
        lines = Path(words[-1]).read_text().splitlines(keepends=True)
        Path(words[words.index("-o") + 1]).write_text("".join([*lines[:-2], lines[-1], lines[-2]]))

    monkeypatch.setattr(consequence_worker.pysam.bcftools, "csq", turned)
    records = "#CHROM\n" + "".join(f"c0\t{pos}\t.\tA\tG\t.\t.\t.\n" for pos in (3, 4))

    with pytest.raises(ValueError, match="another order"):
        consequence_worker.annotate(tmp_path, ">c0\nAAAAAA\n", "", records)


def test_effects__of_an_asker_that_fails_leave_nobody_waiting(loaded: Effects, beside: Beside) -> None:
    csq = Refusing(beside, DELETION)
    asked = Effects(loaded._reference, loaded._genes, csq)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csq, "ask", _without_memory)
        with pytest.raises(MemoryError):
            asked.of([SPLICE])

    assert asked.of([SPLICE]) == loaded.of([SPLICE]) and not asked._waiting


class Twice:
    """Chromosome 22 is chromosome 21 again, with genes of the same ids: as X and Y are in some files."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def fetch(self, contig: str, start: int, end: int) -> str:
        return str(self.real.fetch("chr21", start, end))

    def overlapping(self, region: Region) -> tuple[Any, ...]:
        return tuple(self.real.overlapping(replace(region, contig="chr21")))


def test_effects__of_two_chromosomes_are_one_question_also_where_they_have_genes_of_one_id(
    loaded: Effects, beside: Beside
) -> None:
    csq = Held(beside)
    csq.let.set()
    asked = Effects(Twice(loaded._reference), Twice(loaded._genes), csq)  # type: ignore[arg-type]
    variants = drawn(40, loaded._reference, loaded._genes)  # type: ignore[arg-type]
    again = [replace(one, contig="chr22") for one in variants]

    found = asked.of([*variants[::2], *again])

    assert csq.questions == [len({*variants[::2], *again})]
    assert [found[one] for one in again] == [loaded.of([one])[one] for one in variants]
    assert [found[one] for one in variants[::2]] == [loaded.of([one])[one] for one in variants[::2]]
