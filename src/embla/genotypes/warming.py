"""Compile every kernel of the room once; Numba keeps the result on disk, keyed by source, version and processor."""

import time
from collections.abc import Callable
from importlib import import_module
from typing import Final

# Kernels have explicit signatures: to import their module is to compile them, or to load what was compiled before.
PARTS: Final = (
    ("counting", ("embla.genotypes.kernels",)),
    ("writing planes", ("embla.genotypes.plane_writing",)),
    ("reading files", ("embla.genotypes.reading.kernels.parse",)),
    ("settling calls", ("embla.genotypes.reading.kernels.runs", "embla.genotypes.reading.kernels.entries")),
    ("annotating", ("embla.genotypes.annotating.kernels",)),
)


def warm(told: Callable[[str, float], None] | None = None) -> None:
    """Compile what is not compiled yet: half a minute the first time, a second after.

    `told(part, seconds)` hears of each part when it is done.
    """
    for part, modules in PARTS:
        start = time.perf_counter()
        for module in modules:
            import_module(module)
        if told is not None:
            told(part, time.perf_counter() - start)
