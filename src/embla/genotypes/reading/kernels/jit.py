"""How kernels and the helpers inside them are compiled: one signature each, so that nothing is compiled twice.

Helpers go only into their callers, without a wrapper of their own.
"""

from collections.abc import Callable
from typing import Any, Final

from numba import config, from_dtype, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from embla import compiled
from embla.genotypes.reading.kernels import layout

HELPER: Final = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
KERNEL: Final = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}

i64: Any = types.int64
bool_: Any = types.boolean
none: Any = types.void
pair: Any = types.UniTuple(types.int64, 2)
u1: Any = types.Array(types.uint8, 1, "C")
u1_readonly: Any = types.Array(types.uint8, 1, "C", readonly=True)
u2: Any = types.Array(types.uint16, 1, "C")
i1: Any = types.Array(types.int8, 1, "C")
i4: Any = types.Array(types.int32, 1, "C")
i8: Any = types.Array(types.int64, 1, "C")
u1_2d: Any = types.Array(types.uint8, 2, "C")
i1_2d: Any = types.Array(types.int8, 2, "C")
i4_2d: Any = types.Array(types.int32, 2, "C")
i8_2d: Any = types.Array(types.int64, 2, "C")
lines: Any = types.Array(from_dtype(layout.LINE), 1, "C")
alleles: Any = types.Array(from_dtype(layout.ALLELE), 1, "C")
calls: Any = types.Array(from_dtype(layout.CALL), 1, "C")
blocks: Any = types.Array(from_dtype(layout.BLOCK), 1, "C")
entries: Any = types.Array(from_dtype(layout.ENTRY), 1, "C")


def helper(signature: Any, *, inline: bool = True) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function that only kernels call: late, when a kernel that calls it is compiled, and never otherwise.

    Numba would make one version for each literal among the arguments (`find(buf, 9, ...)`, `find(buf, 10, ...)`); here
    the first call compiles the one signature and shuts the door, which halves the time of a cold start.
    """

    def wrap(function: Callable[..., Any]) -> Any:
        dispatcher: Any = njit(forceinline=inline, **HELPER)(function)
        find_template = dispatcher.get_call_template

        def template(args: Any, keywords: Any) -> Any:
            if not dispatcher.overloads:
                dispatcher.compile(signature)
                dispatcher.disable_compile()
            return find_template(args, keywords)

        dispatcher.get_call_template = template
        return dispatcher

    return wrap


def kernel(signature: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function that Python calls, and keep it on disk. It must close over STAMP (see this folder's face)."""
    return compiled.kernel(signature, **KERNEL)


def _borrow(typing_context: Any, array: Any) -> Any:
    """The same array without its owner: the caller holds it, and helpers need not count references to it.

    Counting is atomic in Numba, and every helper that is not inlined does it: a third of the parser's time.
    """

    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        borrowed = context.make_array(signature.args[0])(context, builder, value=arguments[0])
        borrowed.meminfo = cgutils.get_null_value(borrowed.meminfo.type)
        borrowed.parent = cgutils.get_null_value(borrowed.parent.type)
        return borrowed._getvalue()

    return array(array), lower


borrow: Any = intrinsic(_borrow)


if getattr(config, "BOUNDSCHECK", None):
    # Of no one signature: some arrays may be written, the reference's bases may not.
    @njit(**HELPER)
    def byte_at(buf: Any, i: int) -> int:
        """The byte at `i`, 0 <= i, as a whole number."""
        return int(buf[i])

else:

    @intrinsic
    def byte_at(typing_context: Any, buf: Any, i: Any) -> Any:
        """The byte at `i`, 0 <= i, as a whole number; without the test for a negative index that Python asks for.

        NUMBA_BOUNDSCHECK=1 puts a checked read in its place.
        """

        def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, value=arguments[0]).data
            place = context.cast(builder, arguments[1], signature.args[1], types.int64)
            value = builder.load(builder.gep(data, [place]))
            return context.cast(builder, value, types.uint8, types.int64)

        return types.int64(buf, i), lower
