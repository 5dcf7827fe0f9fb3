"""What `make bench` runs: `python -m benchmarks`. Measures, and says which aims hold."""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.commands import PROJECT, python_of
from benchmarks.measure import measure_all
from benchmarks.outcome import Outcome

PAGE = PROJECT / "docs" / "benchmarks.md"
_BETWEEN = ("<!-- figures -->\n", "<!-- end of figures -->\n")


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
    about = machine(chosen.runs, max(load, os.getloadavg()[0]))
    if not chosen.json:
        print(f"\n{about}")
    if chosen.write:
        PAGE.write_text(page(PAGE.read_text(), outcomes, about))
    return 0


def told(outcome: Outcome) -> str:
    """One outcome for people."""
    lines = [f"\n{outcome.what}"]
    for measured in outcome.measured:
        whole = f"   (whole command {measured.whole:.2f} s)" if measured.whole is not None else ""
        lines.append(f"  {measured.name:<58} {_time(measured.seconds):>10}   {measured.rate:12,.0f}/s{whole}")
    if outcome.left_out:
        lines.append(f"  left out: {outcome.left_out}")
    lines += [f"  {says}: {'met' if met else 'NOT MET'}" for says, met in outcome.verdicts()]
    return "\n".join(lines)


def page(text: str, outcomes: list[Outcome], about: str) -> str:
    """The page with new figures between its marks."""
    rows = ["| what | who | time | per second | whole command | aims |", "|---|---|---|---|---|---|"]
    for outcome in outcomes:
        for measured in outcome.measured:
            first = measured is outcome.measured[0]
            aims = "; ".join(f"{says}: {'met' if met else '**not met**'}" for says, met in outcome.verdicts())
            whole = f"{measured.whole:.2f} s" if measured.whole is not None else ""
            cells = (outcome.what if first else "", measured.name, _time(measured.seconds), f"{measured.rate:,.0f}")
            rows.append(f"| {' | '.join((*cells, whole, aims if first else ''))} |")
    figures = "\n".join([about, "", *rows, ""])
    start, end = _BETWEEN
    before, after = text.split(start)[0], text.split(end)[-1]
    return f"{before}{start}{figures}{end}{after}"


def machine(runs: int, load: float) -> str:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    versions = [f"Embla {version('embla')}", f"Python {platform.python_version()}"]
    versions += [f"{name} {version(name)}" for name in ("numpy", "numba", "isal", "deflate")]
    for rivals, name in (("bench", "cyvcf2"), ("afquery", "afquery")):
        python = python_of(rivals)
        if python is not None:
            ask = [str(python), "-c", f"from importlib.metadata import version; print(version('{name}'))"]
            found_version = subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip()
            versions.append(f"{name} {found_version}")
    if shutil.which("bcftools"):
        ask = ["bcftools", "--version"]
        versions.append(subprocess.run(ask, capture_output=True, text=True, check=False).stdout.split("\n")[0])
    where = f"{found[1] if found else model}, one of {os.cpu_count()} cores, load average {load:.1f}"
    return f"{datetime.now(UTC):%Y-%m-%d}, {where}, median of {runs}. {', '.join(versions)}."


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 0.01 else f"{seconds * 1e6:.0f} us"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
