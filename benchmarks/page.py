"""docs/benchmarks.md: figures between their marks, and the machine they are of."""

import os
import platform
import re
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.commands import PROJECT, python_of

PAGE = PROJECT / "docs" / "benchmarks.md"


def put(section: str, figures: str) -> None:
    """New figures between the marks of a section of the page."""
    PAGE.write_text(replaced(PAGE.read_text(), section, figures))


def replaced(text: str, section: str, figures: str) -> str:
    """The page with these figures between the marks `<!-- section -->` and `<!-- end of section -->`."""
    start, end = f"<!-- {section} -->\n", f"<!-- end of {section} -->\n"
    before, rest = text.split(start)
    return f"{before}{start}{figures}{end}{rest.split(end)[1]}"


def machine(load: float, *rivals: tuple[str, str]) -> str:
    """Date, machine and versions; of each rival (environment, package) that is there, too."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    versions = [f"Embla {version('embla')}", f"Python {platform.python_version()}"]
    versions += [f"{name} {version(name)}" for name in ("numpy", "numba", "isal", "deflate")]
    for environment, name in rivals:
        python = python_of(environment)
        if python is not None:
            ask = [str(python), "-c", f"from importlib.metadata import version; print(version('{name}'))"]
            versions.append(f"{name} {subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip()}")
    if rivals and shutil.which("bcftools"):
        ask = ["bcftools", "--version"]
        versions.append(subprocess.run(ask, capture_output=True, text=True, check=False).stdout.split("\n")[0])
    where = f"{found[1] if found else model}, one of {os.cpu_count()} cores, load average {load:.1f}"
    return f"{datetime.now(UTC):%Y-%m-%d}, {where}. {', '.join(versions)}"
