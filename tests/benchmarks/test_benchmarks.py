"""The benchmarks run to their end on little data; what they say about time is not asserted here."""

import gzip
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import calls, commands, measure, packs
from benchmarks.__main__ import table, told
from benchmarks.gvcf import write_gvcf
from benchmarks.outcome import Answer, Measured, Outcome, Runner, compare
from benchmarks.page import replaced
from embla import cli


def test_outcome__is_met_at_its_aim_and_not_above() -> None:
    def met(seconds: float, peak: float, **aims: float) -> list[bool | None]:
        rival = Measured("rival", 3.0, 100, aim=1 / 3)
        outcome = Outcome("x", (Measured("ours", seconds, 100, peak=peak), rival), **aims)
        return [verdict for _, verdict in outcome.verdicts()]

    assert met(1.0, 5.0) == [True]
    assert met(1.1, 5.0, least_rate=100, most_memory=5) == [False, False, True]
    assert met(1.0, 6.0, least_rate=100, most_memory=5) == [True, True, False]
    assert Outcome("x", (Measured("ours", 1.0, 100),), left_out="not here").verdicts() == []


def test_outcome__without_an_aim_is_neither_met_nor_missed() -> None:
    outcome = Outcome("x", (Measured("ours", 6.0, 100), Measured("rival", 3.0, 100)))

    assert outcome.verdicts() == [("2.00 x the time of rival", None)]
    assert outcome.to_json()["verdicts"] == [{"says": "2.00 x the time of rival", "met": None}]
    for page in (told(outcome), table([outcome], "about")):
        assert "2.00 x the time of rival: no aim" in page
        assert "at most" not in page and ": met" not in page and "not met" not in page.lower()


def test_compare__contenders_take_turns_and_the_median_counts() -> None:
    turns: list[str] = []
    times = {"a": iter([5.0, 1.0, 2.0]), "b": iter([9.0, 9.0, 1.0])}

    def runner(name: str) -> Runner:
        return Runner(name, lambda: turns.append(name) or Answer(next(times[name])))

    first, second = compare([runner("a"), runner("b")], 10, 3)

    assert turns == ["a", "b"] * 3
    assert (first.seconds, second.seconds) == (2.0, 9.0)


def test_processor_time__is_told_beside_the_clock_where_both_sides_have_it() -> None:
    rival = Measured("rival", 1.0, 100, aim=3.0, processor=0.8)
    ours = Measured("ours", 3.3, 100, processor=2.0)

    assert Outcome("x", (ours, rival)).verdicts() == [
        ("3.30 x (by processor time 2.50 x) the time of rival (at most 3.0 x)", False)
    ]
    assert "processor" not in Outcome("x", (Measured("ours", 3.3, 100), rival)).verdicts()[0][0]


def test_compare__the_processor_time_of_a_command_is_what_it_worked_not_what_it_waited() -> None:
    busy = "import time\nwhile time.process_time() < 0.4: pass"
    commands = {"busy": busy, "waits": "import time; time.sleep(0.4)"}

    def runner(name: str) -> Runner:
        return Runner(name, lambda: commands_run([sys.executable, "-S", "-c", commands[name]]))

    works, waits = compare([runner("busy"), runner("waits")], 1, 1)

    assert works.processor >= 0.4 > waits.processor
    assert waits.seconds >= 0.4


def commands_run(command: Sequence[object]) -> None:
    """Run it; it says nothing."""
    subprocess.run([str(part) for part in command], check=True)


def in_this_process(command: Sequence[object], *, keep: bool = True) -> str:
    """What `commands.run` does, without starting Python for each command."""
    words = [str(part) for part in command]
    if words == [*measure.EMBLA, "warm"]:
        return ""  # the set-up has compiled everything; test_joint.py asks for this work
    if words[:3] == list(measure.EMBLA):
        assert cli.run(words[3:]) == 0
        return ""
    if words[:3] == list(measure.CALLS):
        return calls.call(words[3:])
    return subprocess.run(words, capture_output=True, check=True).stdout.decode("latin-1")


def test_measure_all__runs_every_command_and_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The rivals have environments of their own, which tests do not make.
    monkeypatch.setattr(measure, "python_of", lambda _: None)
    # A crew of workers takes seconds to begin; tests/genotypes/store/test_cluster.py has one, and measures with it.
    monkeypatch.setattr(measure, "crewing", lambda *asked: iter(()))
    for module in (commands, measure):
        monkeypatch.setattr(module, "run", in_this_process)

    outcomes = list(measure.measure_all(tmp_path, records=300, gvcf_lines=400, runs=1))

    ours = [outcome.measured[0].name.split(",")[0] for outcome in outcomes]
    assert ours[:5] == ["embla store add"] * 2 + ["embla store annotate"] * 3
    assert outcomes[0].left_out
    assert all(measured.seconds > 0 for outcome in outcomes for measured in outcome.measured)
    assert outcomes[-1].measured[0].records > 300
    written = replaced(
        "top\n<!-- figures -->\nold\n<!-- end of figures -->\nbottom\n", "figures", table(outcomes, "on this machine")
    )
    assert written.startswith("top\n<!-- figures -->\non this machine\n\n| what |")
    assert written.endswith("|\n<!-- end of figures -->\nbottom\n")
    assert "left out: cyvcf2" in told(outcomes[0])


def test_gvcf__has_as_many_lines_as_asked_and_is_one_that_the_store_takes(tmp_path: Path) -> None:
    path = tmp_path / "x.g.vcf.gz"
    write_gvcf(path, 1000)

    assert cli.run(["store", "create", str(tmp_path / "store")]) == 0
    assert cli.run(["store", "add", str(tmp_path / "store"), str(path)]) == 0
    with gzip.open(path, "rt") as file:
        assert sum(not line.startswith("#") for line in file) == 1000


def test_weights_of_packs__fall_with_what_the_store_has_learned(capsys: pytest.CaptureFixture[str]) -> None:
    assert packs.main(["--calls", "30000", "--runs", "2000", "--people", "400"]) == 0

    said = capsys.readouterr().out.splitlines()
    total = next(line for line in said if line.startswith("in all")).split()
    assert float(total[4]) < 0.8 * float(total[2])
