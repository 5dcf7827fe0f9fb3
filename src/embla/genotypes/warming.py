"""Compile every kernel of the room once; Numba keeps the result on disk, keyed by source, version and processor."""

from importlib import import_module
from importlib.util import find_spec
from typing import Final

# A module whose kernels have explicit signatures compiles them when imported; one with a `warm` does the rest there.
_MODULES: Final = ("embla.genotypes.kernels", "embla.genotypes.reading.kernels", "embla.genotypes.annotate")


def warm() -> None:
    """Compile what is not compiled yet: some seconds the first time, half a second after."""
    for name in _MODULES:
        if find_spec(name) is not None:
            module = import_module(name)
            if hasattr(module, "warm"):
                module.warm()
