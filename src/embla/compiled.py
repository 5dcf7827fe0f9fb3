"""Compile a loop once and keep it on disk, so that every later program loads it and compiles nothing.

Numba's own way does the same, and four things besides that are mended here. It first makes ready for compiling, some
sixty modules and every rule of its types, a quarter of a second in each command that only wants what was kept: that is
left until something is compiled. It asks whether the loop's own file has changed, and not what the loop takes from
other files, helpers and numbers: these are compared, too. A file that was cut off, by a machine that lost its power,
stopped every program: it is compiled again. And on a folder that machines of different processors share, one could run
the code of another: what code is made for is in the names of its files.
"""

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from types import CodeType, FunctionType, ModuleType
from typing import Any, cast

import numpy as np
from numba import config, njit, types
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.registry import cpu_target
from numba.core.runtime.nrt import rtsys

_Wrap = Callable[[Callable[..., Any]], Any]
_log = logging.getLogger("embla.compiled")
_digests: dict[Any, bytes] = {}


class _Kept(FunctionCache):
    """What Numba keeps of a function, found by its file, Numba's version, the processor, and all that it is made of."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        made_for = repr((sorted(options.items()), machine())).encode()
        digest = sha256(_made_of(function) + made_for).hexdigest()[:16]
        # In the name of the file as well: Numba writes a file's row before the file, and who comes between them would
        # otherwise load what an older source gave, or what another machine that shares the folder has compiled.
        base = f"{self._impl.filename_base}.{digest}"
        stamp = self._impl.locator.get_source_stamp(), digest
        self._cache_file = IndexDataCacheFile(self._cache_path, base, stamp)  # type: ignore[no-untyped-call]

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What was kept for these types, or None."""
        # Numba would refresh the whole context here. Compiling does so by itself; code that is ready needs its memory
        # manager alone, which it is linked with.
        rtsys.initialize(target_context)
        try:
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except Exception as error:  # of a pickle that is damaged, whatever comes of it
            _log.debug("what was kept of %s is damaged (%s); it is compiled again", self._name, type(error).__name__)
            with suppress(OSError):
                self.flush()  # type: ignore[no-untyped-call]
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep it; where the disk takes nothing the program goes on with what it has compiled."""
        try:
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        except OSError as error:
            _log.warning("compiled loops cannot be kept (%s): every program compiles them again", error.strerror)


@cache
def machine() -> tuple[str, ...]:
    """What code is made for: kind of machine, processor, and what that can do."""
    return cast("tuple[str, ...]", cpu_target.target_context.codegen().magic_tuple())


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
            dispatcher._cache = _Kept(function, options)
        if signature is not None:
            with _without_collector():
                dispatcher.compile(signature)
                dispatcher.disable_compile()
        return dispatcher

    return wrap


def _made_of(function: Any) -> bytes:
    """Digest of a function's code and of the values it names: numbers, texts, arrays, and other functions' code. They
    are frozen into what is compiled. Only what is there when the function is defined can be."""
    if function in _digests:
        return _digests[function]
    _digests[function] = b"itself"  # where it is met again below
    own = sha256()
    cells = function.__closure__ or ()
    there = dict(zip(function.__code__.co_freevars, cells, strict=True))
    for code in _codes(function.__code__):
        own.update(code.co_code)
        own.update(repr([value for value in code.co_consts if not isinstance(value, CodeType)]).encode())
        own.update(" ".join((*code.co_names, *code.co_varnames, *code.co_freevars)).encode())
        for name in (*code.co_names, *code.co_freevars):
            cell = there.get(name)
            with suppress(ValueError):  # an empty cell
                value = cell.cell_contents if cell is not None else function.__globals__.get(name)
                own.update(name.encode() + _value(value, code.co_names))
    _digests[function] = own.digest()
    return _digests[function]


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of functions inside it."""
    yield code
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from _codes(value)


def _value(value: Any, names: tuple[str, ...]) -> bytes:
    """What stands for a value that a function names. Of a module, what is named of it."""
    function = getattr(value, "py_func", getattr(value, "_defn", value))
    if isinstance(function, FunctionType):
        return _made_of(function)
    if isinstance(value, ModuleType):
        parts = (name.encode() + _value(getattr(value, name), ()) for name in names if hasattr(value, name))
        return value.__name__.encode() + b"".join(parts)
    if isinstance(value, np.ndarray):
        return f"{value.dtype.str}{value.shape}".encode() + value.tobytes()
    if isinstance(value, types.Type):
        return str(value).encode()
    if value is None or isinstance(value, (bool, int, float, str, bytes, tuple, np.generic)):
        return repr(value).encode()
    return f"{type(value).__name__} {getattr(value, '__name__', '')}".encode()


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
