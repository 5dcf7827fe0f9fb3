"""`python -m bench [--records N] [--runs N] [--keep FOLDER] [--json]`: measure, print a table, say which aims hold."""

import argparse
import json
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Measured, Outcome, measure_all


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000, help="records of the one-person VCF")
    parser.add_argument("--runs", type=int, default=3, help="runs of each command; the best counts")
    parser.add_argument("--keep", type=Path, help="folder for the data, made once and used again")
    parser.add_argument("--json", action="store_true", help="one JSON object per outcome")
    chosen = parser.parse_args(arguments)
    # One core for everybody: children inherit it.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(prefix="embla-bench-") as temporary:
        folder = chosen.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for outcome in measure_all(folder, records=chosen.records, runs=chosen.runs):
            print(json.dumps(outcome.to_json()) if chosen.json else _told(outcome), flush=True)
    if not chosen.json:
        print(f"\n{platform.processor() or platform.machine()}, Python {platform.python_version()}, one core, "
              f"best of {chosen.runs}, {datetime.now(UTC):%Y-%m-%d}")  # fmt: skip
    return 0


def _told(outcome: Outcome) -> str:
    lines = [f"\n{outcome.what}"]
    lines += [f"  {_line(measured)}" for measured in outcome.measured]
    if outcome.left_out:
        lines.append(f"  left out: {outcome.left_out}")
    elif outcome.share is not None:
        verdict = "met" if outcome.met else "NOT MET"
        lines.append(f"  {outcome.share:.2f} of the rival's time; the aim is at most {outcome.aim:.2f}: {verdict}")
    return "\n".join(lines)


def _line(measured: Measured) -> str:
    return f"{measured.name:<58} {measured.seconds:8.2f} s   {measured.rate:12,.0f} records/s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
