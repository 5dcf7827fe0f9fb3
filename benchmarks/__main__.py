"""What `make bench` runs: `python -m benchmarks`. Measures, and says which aims hold."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import measure_all
from benchmarks.outcome import Outcome
from benchmarks.page import machine, put


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000, help="records of the one-person VCF")
    parser.add_argument("--gvcf-lines", type=int, default=10_000_000, help="lines of the gVCF")
    parser.add_argument("--runs", type=int, default=5, help="runs of each; the median counts")
    parser.add_argument("--keep", type=Path, help="folder for the data, made once and used again")
    parser.add_argument("--json", action="store_true", help="one JSON object per outcome")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    chosen = parser.parse_args(arguments)
    # One core for everybody: children inherit it.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    load = os.getloadavg()[0]
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="embla-bench-") as temporary:
        folder = (chosen.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        for outcome in measure_all(folder, records=chosen.records, gvcf_lines=chosen.gvcf_lines, runs=chosen.runs):
            outcomes.append(outcome)
            print(json.dumps(outcome.to_json()) if chosen.json else told(outcome), flush=True)
    rivals = (("bench", "cyvcf2"), ("afquery", "afquery"))
    about = f"{machine(max(load, os.getloadavg()[0]), *rivals)}, median of {chosen.runs}."
    if not chosen.json:
        print(f"\n{about}")
    if chosen.write:
        put("figures", table(outcomes, about))
    return 0


def told(outcome: Outcome) -> str:
    """One outcome for people."""
    lines = [f"\n{outcome.what}"]
    for measured in outcome.measured:
        whole = f"   (whole command {measured.whole:.2f} s)" if measured.whole is not None else ""
        worked = f"   (processor {_time(measured.processor)})" if measured.processor else ""
        lines.append(f"  {measured.name:<58} {_time(measured.seconds):>10}   {measured.rate:12,.0f}/s{worked}{whole}")
    if outcome.left_out:
        lines.append(f"  left out: {outcome.left_out}")
    lines += [f"  {says}: {_word(met, 'NOT MET')}" for says, met in outcome.verdicts()]
    return "\n".join(lines)


def table(outcomes: list[Outcome], about: str) -> str:
    """The figures for the page."""
    rows = [
        "| what | who | time | processor time | per second | whole command | aims |",
        "|---|---|---|---|---|---|---|",
    ]
    for outcome in outcomes:
        for measured in outcome.measured:
            first = measured is outcome.measured[0]
            aims = "; ".join(f"{says}: {_word(met, '**not met**')}" for says, met in outcome.verdicts())
            whole = f"{measured.whole:.2f} s" if measured.whole is not None else ""
            worked = _time(measured.processor) if measured.processor else ""
            cells = (outcome.what if first else "", measured.name, _time(measured.seconds), worked)
            rows.append(f"| {' | '.join((*cells, f'{measured.rate:,.0f}', whole, aims if first else ''))} |")
    return "\n".join([about, "", *rows, ""])


def _word(met: bool | None, missed: str) -> str:
    return "no aim" if met is None else "met" if met else missed


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 0.01 else f"{seconds * 1e6:.0f} us"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
