"""Telling the processor of rows of memory that will be written soon; numba has no public name for it, LLVM has.

What each transfer reads and writes lies anywhere, so that waiting for memory is most of the time; see decision 0047.
Imported before loops are compiled; interpreted, `kernels.ahead` does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from graph.methods import kernels

BYTES_OF_LINE = 64
_TO_WRITE, _TO_KEEP, _DATA = 1, 3, 1


@intrinsic
def _fetch_line(context: Any, rows: Any, row: Any, byte: Any) -> Any:
    """Ask for the line of memory at a byte of a row: llvm.prefetch, LLVM Language Reference."""

    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        array = target.make_array(signature.args[0])(target, builder, given[0])
        start = builder.mul(target.cast(builder, given[1], signature.args[1], types.int64), _step(builder, array))
        offset = builder.add(start, target.cast(builder, given[2], signature.args[2], types.int64))
        address = builder.gep(builder.bitcast(array.data, cgutils.voidptr_t), [offset])
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [address.type, number, number, number])
        asked = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")  # type: ignore[no-untyped-call]
        builder.call(asked, [address, number(_TO_WRITE), number(_TO_KEEP), number(_DATA)])
        return target.get_dummy_value()

    return types.void(rows, row, byte), generate


def _step(builder: Any, array: Any) -> Any:
    return builder.extract_value(array.strides, 0)


@overload(kernels.ahead)
def _ahead(rows: Any, row: Any, first: Any) -> Callable[[Any, Any, Any], None]:
    """What `kernels.ahead` is where it is compiled."""

    def fetch(rows: Any, row: Any, first: Any) -> None:
        width = rows.shape[1] * rows.itemsize
        for byte in range(first * rows.itemsize, width, BYTES_OF_LINE):
            _fetch_line(rows, row, byte)  # type: ignore[call-arg]  # numba gives the context
        _fetch_line(rows, row, width - 1)  # type: ignore[call-arg]  # rows begin anywhere in a line

    return fetch
