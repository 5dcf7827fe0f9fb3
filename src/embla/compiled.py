"""Compile a loop once and keep it on disk, so that every later program loads it and compiles nothing.

Numba's own way does the same but first makes ready for compiling: some sixty modules, and every rule of its types, a
quarter of a second in each command that only wants what was kept. That is left until something is compiled.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from numba import config, njit
from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys

_Wrap = Callable[[Callable[..., Any]], Any]


class _Kept(FunctionCache):
    """What Numba keeps of a function, under the same names and checked in the same way: source, version, processor."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What was kept for these types, or None."""
        # Numba would refresh the whole context here. Compiling does so by itself; code that is ready needs its memory
        # manager alone, which it is linked with.
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]


def kernel(signature: Any = None, **options: Any) -> _Wrap:
    """Compile a function for the types of `signature` when its module is imported, or load what was kept of it.

    Without a signature it is compiled, or loaded, for the types of its first call. `options` are those of Numba's njit.
    Where nothing can be kept (a read-only installation and no NUMBA_CACHE_DIR) it is compiled for this process alone.
    """

    def wrap(function: Callable[..., Any]) -> Any:
        dispatcher: Any = njit(**options)(function)
        if config.DISABLE_JIT:  # type: ignore[attr-defined]
            return dispatcher
        with suppress(RuntimeError):
            dispatcher._cache = _Kept(function)  # type: ignore[no-untyped-call]
        if signature is not None:
            with _without_collector():
                dispatcher.compile(signature)
                dispatcher.disable_compile()
        return dispatcher

    return wrap


@contextmanager
def _without_collector() -> Iterator[None]:
    """The compiler makes millions of objects and nearly no cycles, and looking for those is a tenth of its time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
