"""The process beside and the worker in it: ended in time, started anew, and its answer goes to who asked."""

import json
from contextlib import suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from select import select
from time import sleep
from typing import Any

import pytest

from embla.errors import Unavailable
from embla.reference import beside as beside_module
from embla.reference import consequence_worker
from embla.reference.beside import Beside, Unanswered
from tests.reference.effects.askers import without_memory


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
            full.setattr(beside_module, "_asked", without_memory)
            with pytest.raises(MemoryError):
                asked.ask({"allele": 2})

        assert asked.ask({"allele": 3}) == {"allele": 3}
        asked.close()


def test_the_worker__gives_no_allele_what_csq_told_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def turned(*words: str, **_: object) -> None:
        lines = Path(words[-1]).read_text().splitlines(keepends=True)
        Path(words[words.index("-o") + 1]).write_text("".join([*lines[:-2], lines[-1], lines[-2]]))

    monkeypatch.setattr(consequence_worker.pysam.bcftools, "csq", turned)
    records = "#CHROM\n" + "".join(f"c0\t{pos}\t.\tA\tG\t.\t.\t.\n" for pos in (3, 4))

    with pytest.raises(ValueError, match="another order"):
        consequence_worker.annotate(tmp_path, ">c0\nAAAAAA\n", "", records)
