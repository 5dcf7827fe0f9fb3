"""Compiled loops that may be at hand: a service has loaded them, a command is done with one question before."""

import sys
from importlib import import_module
from typing import Any, Final

COUNTING: Final = "embla.genotypes.kernels"


def at_hand(module: str) -> Any:
    """A module that somebody has loaded, None where nobody has. Whole: importing it again waits for a thread that is
    still loading it, whose half `sys.modules` would give."""
    return import_module(module) if module in sys.modules else None
