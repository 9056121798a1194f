"""What some operators ask of the tensors given as ``out=``: not to share memory with what is read, and one dtype."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from compat._tensor.views import overlaps
from funcgrad.dtypes import can_cast, torch_name

ITSELF = ("unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
          "Please clone() the tensor before performing the operation.")
INPUT = ("unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
         "location. Please clone() the tensor before performing the operation.")
# how PyTorch spells the types of C++
C_NAMES = {"bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int",
           "int64": "long int", "uint16": "unsigned short int", "uint32": "unsigned int",
           "uint64": "unsigned long int", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float",
           "float64": "double", "complex64": "c10::complex<float>",
           "complex128": "c10::complex<double>"}  # fmt: skip
# these read elements in another order than they write them, so not even ``out=input`` will do
_APART = frozenset(("cat", "gather", "index_select", "kthvalue", "masked_select", "take"))
_SAME_DTYPE = frozenset(("aminmax", "gather"))
_LIKE_INPUT = frozenset(("amax", "amin"))


def check_out(name: str, targets: Sequence[Any], results: Sequence[Any], tensors: Sequence[Any]) -> None:
    """Refuse what PyTorch refuses, before anything is written.

    Args:
      name: The operator.
      targets: The tensors given as ``out=``.
      results: The results' shapes and dtypes.
      tensors: What the operator reads; None stands for a number.

    Raises:
      RuntimeError: PyTorch's texts.
      TypeError: if what is given as ``out=`` is no tensor, or if a concatenation does not fit its dtype.
    """
    for t in targets:
        if not hasattr(t, "_aval"):
            raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(t).__name__}")
    if name == "cat" and not can_cast(results[0].dtype, targets[0]._aval.dtype):
        raise TypeError("torch.cat(): input types can't be cast to the desired output type "
                        f"{torch_name(targets[0]._aval.dtype)}")
    if name in _LIKE_INPUT and targets[0]._aval.dtype != results[0].dtype:
        raise RuntimeError(f"Expected the dtype for input and out to match, but got {torch_name(results[0].dtype)} for "
                           f"input's dtype and {torch_name(targets[0]._aval.dtype)} for out's dtype.")
    if name in _SAME_DTYPE:
        for t, r in zip(targets, results, strict=True):
            if t._aval.dtype != r.dtype:
                raise RuntimeError(f"Expected out tensor to have dtype {C_NAMES[r.dtype.name]}, but got "
                                   f"{C_NAMES[t._aval.dtype.name]} instead")
    if name in _APART:
        for t, r in zip(targets, results, strict=True):
            if overlaps(t) and (name != "cat" or tuple(t.shape) == tuple(r.shape)):  # cat resizes first
                raise RuntimeError(ITSELF)
            if any(x is not None and _share(t, tuple(r.shape), x) for x in tensors):
                raise RuntimeError(INPUT)


def _share(out: Any, shape: tuple[int, ...], x: Any) -> bool:
    """Whether `out`, once it has a shape, and `x` have an element in common.

    As in PyTorch, a tensor with gaps is not looked at.
    """
    count, resized = math.prod(shape), tuple(out.shape) != shape
    if count == 0:
        return False
    if out is x:  # even an empty one, which has elements once it is resized
        return True
    if x.numel() == 0:
        return False
    if out._st is None or out._st is not x._st or not (resized or _dense(out)) or not _dense(x):
        return False
    return _meet(_range(out, count), _range(x, x.numel()))


def check_inputs(target: Any, tensors: Sequence[Any]) -> None:
    """Refuse to write in place over part of what is read.

    Args:
      target: The tensor that is written to.
      tensors: What the operator reads, the target itself among it or not; None stands for a number.

    Raises:
      RuntimeError: if one of them shares some of the target's memory, but not the whole of it element by element. As
        in PyTorch, tensors with gaps are not looked at.
    """
    st = target._st
    if st is None:
        return
    for x in tensors:
        if x is not None and x is not target and x._st is st and _partly(target, x):
            raise RuntimeError(INPUT)


def _partly(a: Any, b: Any) -> bool:
    if not a.numel() or not b.numel() or not _dense(a) or not _dense(b):
        return False
    mine, other = (_range(t, t.numel()) for t in (a, b))
    return a.stride() != b.stride() if mine == other else _meet(mine, other)


def _range(t: Any, count: int) -> tuple[int, int]:
    """The bytes of the storage, from and to, that ``count`` elements without gaps take."""
    return t.storage_offset() * t.element_size(), (t.storage_offset() + count) * t.element_size()


def _meet(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _dense(t: Any) -> bool:
    """Whether the elements fill a range of memory without gaps."""
    last = sum((n - 1) * s for n, s in zip(t.shape, t.stride(), strict=True))
    return last + 1 == math.prod(t.shape)
