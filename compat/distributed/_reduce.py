"""What a reduction over processes computes."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import numpy as np

from compat._later import refuse


class RedOpType(enum.IntEnum):
    """The kinds of reduction."""

    SUM = 0
    AVG = 1
    PRODUCT = 2
    MIN = 3
    MAX = 4
    BAND = 5
    BOR = 6
    BXOR = 7
    PREMUL_SUM = 8

    def __str__(self) -> str:
        return f"RedOpType.{self.name}"


class ReduceOp:
    """Names the reductions: ``ReduceOp.SUM``, ``AVG``, ``PRODUCT``, ``MIN``, ``MAX``, ``BAND``, ``BOR``, ``BXOR``.

    Example:
      >>> torch.distributed.ReduceOp.SUM
      <RedOpType.SUM: 0>

    Source:
      PyTorch, ``torch.distributed.ReduceOp``.
    """

    RedOpType = RedOpType
    SUM, AVG, PRODUCT, MIN = RedOpType.SUM, RedOpType.AVG, RedOpType.PRODUCT, RedOpType.MIN
    MAX, BAND, BOR, BXOR = RedOpType.MAX, RedOpType.BAND, RedOpType.BOR, RedOpType.BXOR
    PREMUL_SUM = RedOpType.PREMUL_SUM


_BITWISE = (RedOpType.BAND, RedOpType.BOR, RedOpType.BXOR)
_SUMMABLE = frozenset("float32 float64 float16 bfloat16 int8 uint8 int32 int64 bool complex64 complex128".split())
_CASTS = {"int64": "Long", "int32": "Int", "int8": "Char", "uint8": "Byte", "bool": "Bool"}
_PAIRS: dict[RedOpType, np.ufunc] = {
    RedOpType.SUM: np.add, RedOpType.AVG: np.add, RedOpType.PRODUCT: np.multiply, RedOpType.MIN: np.minimum,
    RedOpType.MAX: np.maximum, RedOpType.BAND: np.bitwise_and, RedOpType.BOR: np.bitwise_or,
    RedOpType.BXOR: np.bitwise_xor,
}


def check(op: RedOpType, dtype: np.dtype, function: str) -> None:
    """Refuse what PyTorch's gloo does.

    Raises:
      ValueError: for anything but sums of complex numbers.
      RuntimeError: for dtypes that can't be reduced so.
    """
    if dtype.kind == "c" and op not in (RedOpType.SUM, RedOpType.AVG):
        raise ValueError(f"{function} does not support {op} on complex tensors")
    if op is RedOpType.PREMUL_SUM:
        refuse("torch.distributed.ReduceOp.PREMUL_SUM")
    if dtype.name not in _SUMMABLE:
        raise RuntimeError("Invalid scalar type")
    whole = dtype.kind in "biu"
    if op is RedOpType.AVG and whole:
        raise RuntimeError(f"result type Float can't be cast to the desired output type {_CASTS[dtype.name]}")
    if op in _BITWISE and not whole:
        raise RuntimeError(f"Cannot use ReduceOp.{op.name} with non-integral dtype")


def reduce(op: RedOpType, arrays: Sequence[np.ndarray], out: np.ndarray | None = None) -> np.ndarray:
    """The reduction of one array from each process, in the order of their ranks, so that all get the same bits.

    Args:
      op: The reduction.
      arrays: Of one dtype and shape.
      out: Where to put the result: one of the first two arrays, or a new one.

    Returns:
      The result.
    """
    total = np.empty(arrays[0].shape, arrays[0].dtype) if out is None else out
    with np.errstate(all="ignore"):
        if len(arrays) == 1:
            total[...] = arrays[0]
        else:
            _PAIRS[op](arrays[0], arrays[1], out=total)
        for a in arrays[2:]:
            _PAIRS[op](total, a, out=total)
        if op is RedOpType.AVG:
            np.divide(total, np.asarray(len(arrays), total.dtype), out=total)
    return total
