"""Compile every kernel of the room once; Numba keeps the result on disk, keyed by source, version and processor."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import import_module
from multiprocessing import get_context
from typing import Final

# Kernels have explicit signatures: to import their module is to compile them, or to load what was compiled before.
# The longest first, so that the processes end together.
PARTS: Final = (
    ("reading files", ("embla.genotypes.reading.kernels.parse",)),
    ("counting", ("embla.genotypes.kernels", "embla.genotypes.plane_kernels")),
    (
        "annotating",
        (
            "embla.genotypes.annotating.splicing_kernels",
            "embla.genotypes.annotating.looking",
            "embla.genotypes.annotating.walking",
        ),
    ),
    (
        "settling calls",
        (
            "embla.genotypes.reading.kernels.runs",
            "embla.genotypes.reading.kernels.entries",
            "embla.genotypes.reading.inflating_kernels",
            "embla.genotypes.reading.keeping_kernels",
            "embla.genotypes.reading.settling_kernels",
            "embla.genotypes.checking_kernels",
        ),
    ),
    (
        "writing packs and planes",
        (
            "embla.genotypes.files.packcode_kernels",
            "embla.genotypes.files.column_kernels",
            "embla.genotypes.files.frame_kernels",
            "embla.genotypes.giving_kernels",
            "embla.genotypes.plane_writing",
            "embla.reference.twobit_kernels",
        ),
    ),
)
# A compiling process takes about 400 MB.
_MOST: Final = 4


def warm(told: Callable[[str, float], None] | None = None, *, processes: int | None = None) -> None:
    """Compile what is not compiled yet: half a minute the first time, a second after.

    `told(part, seconds)` hears of each part when it is done. Parts are compiled in as many processes as there are
    processors, at most four; with one, in this process.
    """
    most = processes or min(os.cpu_count() or 1, _MOST)
    if most == 1:
        for part, modules in PARTS:
            seconds = _compile(modules)
            if told is not None:
                told(part, seconds)
        return
    with ProcessPoolExecutor(most, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(_compile, modules): part for part, modules in PARTS}
        for done in as_completed(running):
            seconds = done.result()
            if told is not None:
                told(running[done], seconds)


def _compile(modules: tuple[str, ...]) -> float:
    """Import modules; seconds it took."""
    start = time.perf_counter()
    for module in modules:
        import_module(module)
    return time.perf_counter() - start
