"""The bill of materials: what runs when Embla runs, from the lock, as CycloneDX 1.5: `python tools/sbom.py`."""

import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements/core.txt"
# Free licences that a program under Apache-2.0 may stand on.
FREE = (
    "MIT", "BSD", "Apache", "PSF", "Python Software Foundation", "ISC", "MPL", "Mozilla", "0BSD", "Unlicense", "CC0",
    "ZPL", "HPND", "Zlib", "LLVM", "LGPL", "Lesser", "W3C",
)  # fmt: skip
# Packages whose metadata say nothing, looked up in the licence file of their sources.
KNOWN = {
    "pysam": "MIT", "numba": "BSD-2-Clause", "llvmlite": "BSD-2-Clause AND Apache-2.0 WITH LLVM-exception",
    "owlrl": "W3C-20150513",
}  # fmt: skip

# Packages of other platforms only, which are not installed here.
ELSEWHERE = {
    "async-timeout": "Apache-2.0",
    "cffi": "MIT",
    "colorama": "BSD-3-Clause",
    "exceptiongroup": "MIT",
    "greenlet": "MIT",
    "pycparser": "BSD-3-Clause",
    "typing-extensions": "PSF-2.0",
    "tzdata": "Apache-2.0",
}


@dataclass(frozen=True)
class Part:
    """A locked package. licence "" where nobody knows it; hashes are SHA-256 of its files."""

    name: str
    version: str
    licence: str
    hashes: tuple[str, ...]


@cache
def parts() -> tuple[Part, ...]:
    """Every package of the lock that belongs to this machine's platform or another's."""
    found = []
    for block in re.split(r"\n(?=[a-z0-9])", LOCK.read_text("utf-8")):
        head = re.match(r"([a-z0-9._-]+)==([^\s;\\]+)", block)
        if head:
            hashes = tuple(re.findall(r"sha256:([0-9a-f]{64})", block))
            found.append(Part(head.group(1), head.group(2), _licence(head.group(1)), hashes))
    return tuple(found)


def fits(licence: str) -> bool:
    """Is it one of the free licences?"""
    return any(word in licence for word in FREE)


def bill() -> dict[str, Any]:
    """The bill as CycloneDX 1.5 has it. No time and no serial number: the same lock gives the same bill."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "embla"}},
        "components": [
            {
                "type": "library",
                "name": part.name,
                "version": part.version,
                "purl": f"pkg:pypi/{part.name}@{part.version}",
                "licenses": [{"license": {"name": part.licence}}] if part.licence else [],
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in part.hashes],
            }
            for part in parts()
        ],
    }


def _licence(name: str) -> str:
    if name in KNOWN:
        return KNOWN[name]
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return ELSEWHERE.get(name, "")
    if told.get("License-Expression"):
        return str(told["License-Expression"])
    classified = [
        line.rpartition(" :: ")[2] for line in told.get_all("Classifier", []) if line.startswith("License ::")
    ]
    short = (told.get("License") or "").strip().partition("\n")[0][:80]
    return " AND ".join(classified) or short


if __name__ == "__main__":
    json.dump(bill(), sys.stdout, indent=1)
    print()
