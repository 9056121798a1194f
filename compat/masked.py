"""``torch.masked``: reductions and normalisations of the elements that a mask keeps, as functions of plain tensors.

What the mask (true: kept) leaves out is replaced by the operation's identity, so a slice without any kept element gives
the identity. ``MaskedTensor`` is a placeholder.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from compat import _dtype
from compat._dtype import iinfo
from compat._later import later
from compat._ops import namespace, ops
from compat._tensor.tensor import Tensor, is_tensor

__getattr__ = later(__name__, "maskedtensor")
__all__ = [
    "amax",
    "amin",
    "argmax",
    "argmin",
    "cumprod",
    "cumsum",
    "log_softmax",
    "logaddexp",
    "logsumexp",
    "mean",
    "median",
    "norm",
    "normalize",
    "prod",
    "softmax",
    "softmin",
    "std",
    "sum",
    "var",
]

_Dim = int | Sequence[int] | None


def _dims(dim: _Dim, ndim: int) -> tuple[int, ...]:
    """Dimensions in increasing order, each at most once; all of them for None and ``()``."""
    if dim is None or dim == ():
        return tuple(range(ndim))
    rank = max(ndim, 1)
    found: list[int] = []
    for d in (dim,) if isinstance(dim, int) else dim:
        if d in found:
            raise RuntimeError(f"dim={d} appears multiple times in the list of dims")
        if not -rank <= d < rank:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {d})")
        found.append(d % rank)
    return tuple(sorted(found))


def _kept(input: Tensor, mask: Any) -> Tensor:
    """The mask as bools, of the input's shape."""
    if not is_tensor(mask):
        raise ValueError("_input_mask requires explicit mask")
    if mask.dim() > input.dim():
        raise IndexError("_input_mask expected broadcastable mask (got mask dimensionality higher than of the input)")
    return mask.expand(input.shape).to(_dtype.bool_)


def _identity(name: str, input: Tensor) -> int | float:
    """What changes no result of an operation on the input's dtype."""
    if name in ("sum", "prod"):
        return int(name == "prod")
    smallest = name in ("amin", "argmin")
    if input.is_floating_point() or (name == "logsumexp" and input.is_complex()):
        return math.inf if smallest else -math.inf
    if input.dtype is _dtype.bool_ or input.is_complex():
        raise NotImplementedError(f"identity of {name} on {input.dtype} input")
    limits = iinfo(input.dtype)
    return limits.max if smallest else limits.min


def _filled(input: Tensor, mask: Any, fill: int | float) -> Tensor:
    return input if mask is None else ops.where(_kept(input, mask), input, input.new_full((), fill))


def _masked(name: str, input: Tensor, mask: Any) -> Tensor:
    """The input with the operation's identity where the mask does not hold."""
    return input if mask is None else _filled(input, mask, _identity(name, input))


def _wide(input: Tensor, dtype: Any) -> Any:
    """The dtype of a sum: int64 for integers of at most 32 bits and bools."""
    if dtype is not None:
        return dtype
    return input.dtype if input.is_floating_point() or input.is_complex() else _dtype.int64


def sum(
    input: Tensor, dim: _Dim = None, *, keepdim: bool | None = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """Sum of the kept elements over `dim`; 0 where none is kept.

    Example:
      >>> sum(torch.tensor([1, 2, 3]), 0, mask=torch.tensor([True, False, True]))
      tensor(4)

    Source: PyTorch, ``torch.masked.sum``.
    """
    x = _masked("sum", input, mask)
    return ops.sum(x, _dims(dim, input.dim()), bool(keepdim), dtype=_wide(input, dtype))


def prod(
    input: Tensor, dim: _Dim = None, *, keepdim: bool | None = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """Product of the kept elements over `dim`; 1 where none is kept.

    Source: PyTorch, ``torch.masked.prod``.
    """
    x = _masked("prod", input, mask).to(_wide(input, dtype))
    for d in reversed(_dims(dim, input.dim())):
        x = ops.prod(x, d, bool(keepdim))
    return x


def cumsum(input: Tensor, dim: int, *, dtype: Any = None, mask: Tensor | None = None) -> Tensor:
    """Running sum along `dim`, to which only the kept elements add.

    Source: PyTorch, ``torch.masked.cumsum``.
    """
    dtype = input.dtype if dtype is None else dtype
    return ops.cumsum(_masked("sum", input, mask), _dims(dim, input.dim())[0], dtype=dtype)


def cumprod(input: Tensor, dim: int, *, dtype: Any = None, mask: Tensor | None = None) -> Tensor:
    """Running product along `dim` of the kept elements.

    Source: PyTorch, ``torch.masked.cumprod``.
    """
    dtype = input.dtype if dtype is None else dtype
    return ops.cumprod(_masked("prod", input, mask), _dims(dim, input.dim())[0], dtype=dtype)


def _extreme(name: str, input: Tensor, dim: Any, keepdim: bool | None, dtype: Any, mask: Tensor | None) -> Tensor:
    found = getattr(ops, name)(_masked(name, input, mask), dim, bool(keepdim))
    return found.to(input.dtype if dtype is None else dtype)


def amax(
    input: Tensor, dim: _Dim = None, *, keepdim: bool | None = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """Largest of the kept elements over `dim`.

    Source: PyTorch, ``torch.masked.amax``.
    """
    return _extreme("amax", input, _dims(dim, input.dim()), keepdim, dtype, mask)


def amin(
    input: Tensor, dim: _Dim = None, *, keepdim: bool | None = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """Smallest of the kept elements over `dim`.

    Source: PyTorch, ``torch.masked.amin``.
    """
    return _extreme("amin", input, _dims(dim, input.dim()), keepdim, dtype, mask)


def argmax(
    input: Tensor,
    dim: int | None = None,
    *,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Tensor | None = None,
) -> Tensor:
    """Index of the largest kept element along `dim`, in the input's dtype as PyTorch has it.

    Source: PyTorch, ``torch.masked.argmax``.
    """
    return _extreme("argmax", input, dim, keepdim, dtype, mask)


def argmin(
    input: Tensor,
    dim: int | None = None,
    *,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Tensor | None = None,
) -> Tensor:
    """Index of the smallest kept element along `dim`, in the input's dtype as PyTorch has it.

    Source: PyTorch, ``torch.masked.argmin``.
    """
    return _extreme("argmin", input, dim, keepdim, dtype, mask)


def _count(input: Tensor, dim: _Dim, keepdim: bool, mask: Tensor | None) -> Tensor:
    """How many elements are kept over `dim`."""
    if mask is None:
        return sum(ops.ones(input.shape, dtype=_dtype.int64, device=input.device), dim, keepdim=keepdim)
    return ops.sum(_kept(input, mask), dim, keepdim)


def mean(
    input: Tensor, dim: _Dim = None, *, keepdim: bool | None = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """Mean of the kept elements over `dim`; nan where none is kept.

    Source: PyTorch, ``torch.masked.mean``.
    """
    source = "Input" if dtype is None else "Optional"
    dtype = input.dtype if dtype is None else dtype
    if not (dtype.is_floating_point or dtype.is_complex):
        raise ValueError(
            f"mean(): Could not infer output dtype. {source} dtype must be either a floating point or complex dtype. "
            f"Got: {dtype}"
        )
    return sum(input, dim, keepdim=keepdim, dtype=dtype, mask=mask) / _count(input, dim, bool(keepdim), mask)


def median(
    input: Tensor, dim: int = -1, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """Median of the kept elements along `dim`, the lower one of an even number.

    Raises:
      ValueError: if nothing is kept somewhere and the input is not floating point.

    Source: PyTorch, ``torch.masked.median``.
    """
    dtype = input.dtype if dtype is None else dtype
    floating = input.is_floating_point()
    x = _filled(input if floating else input.to(_dtype.float32), mask, math.nan)
    found = ops.nanmedian(x, _dims(dim, input.dim())[0], keepdim).values
    if floating:
        return found
    if ops.isnan(found).any():
        raise ValueError("masked median expects no fully masked out rows if dtype is not floating point")
    return found.to(dtype)


def logsumexp(
    input: Tensor, dim: _Dim = None, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """``log(sum(exp(input)))`` of the kept elements over `dim`.

    Source: PyTorch, ``torch.masked.logsumexp``.
    """
    dtype = input.dtype if dtype is None else dtype
    return ops.logsumexp(_masked("logsumexp", input, mask), _dims(dim, input.dim()), keepdim=keepdim).to(dtype)


def logaddexp(
    input: Tensor,
    other: Tensor,
    *,
    dtype: Any = None,
    input_mask: Tensor | None = None,
    other_mask: Tensor | None = None,
) -> Tensor:
    """``log(exp(input) + exp(other))``, each only where its own mask keeps it.

    Source: PyTorch, ``torch.masked.logaddexp``.
    """
    dtype = input.dtype if dtype is None else dtype
    x, y = _masked("logaddexp", input, input_mask), _masked("logaddexp", other, other_mask)
    return ops.logaddexp(x, y).to(dtype)


def norm(
    input: Tensor,
    ord: float | None = 2.0,
    dim: _Dim = None,
    *,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Tensor | None = None,
) -> Tensor:
    """Norm of order `ord` of the kept elements over `dim`.

    Source: PyTorch, ``torch.masked.norm``.
    """
    x = _filled(input, mask, math.inf if ord == -math.inf else 0)
    dtype = input.dtype if dtype is None else dtype
    vector_norm = namespace("linalg")["vector_norm"]
    return vector_norm(x, ord, _dims(dim, input.dim()), bool(keepdim), dtype=dtype)


def var(
    input: Tensor,
    dim: _Dim = None,
    unbiased: bool | None = None,
    *,
    correction: int | float | None = None,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Tensor | None = None,
) -> Tensor:
    """Variance of the kept elements over `dim`, its divisor their number less `correction`.

    Source: PyTorch, ``torch.masked.var``.
    """
    if unbiased is not None and correction is not None:
        raise AssertionError("Only one of unbiased and correction may be given")
    less = float(correction if correction is not None else unbiased is None or unbiased)
    dtype = input.dtype if dtype is None else dtype
    inexact = input.is_floating_point() or input.is_complex()
    if not inexact and dtype is input.dtype:
        dtype = _dtype.float32
    wide = dtype if dtype.is_floating_point or dtype.is_complex else _dtype.float32
    count = _count(input, dim, True, mask)
    center = sum(input, dim, keepdim=True, dtype=dtype, mask=mask) / count
    gap = input - center
    total = sum(gap * gap.conj(), dim, keepdim=keepdim, dtype=wide, mask=mask)
    if not keepdim:
        count = count.reshape(total.shape)
    if less:
        count = ops.clamp_min(count.to(wide.to_real() if wide.is_complex else wide) - less, 0)
    return (total / count).to(dtype)


def std(
    input: Tensor,
    dim: _Dim = None,
    unbiased: bool | None = None,
    *,
    correction: int | None = None,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Tensor | None = None,
) -> Tensor:
    """Standard deviation of the kept elements over `dim`: the root of `var`.

    Source: PyTorch, ``torch.masked.std``.
    """
    return ops.sqrt(var(input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype, mask=mask))


def _normalized(name: str, identity: str, input: Tensor, dim: int, dtype: Any, mask: Tensor | None) -> Tensor:
    x = _masked(identity, input, mask)
    along = namespace("nn.functional")[name]
    return along(x, _dims(dim, input.dim())[0], dtype=input.dtype if dtype is None else dtype)


def softmax(input: Tensor, dim: int, *, dtype: Any = None, mask: Tensor | None = None) -> Tensor:
    """Softmax of the kept elements along `dim`.

    Source: PyTorch, ``torch.masked.softmax``.
    """
    return _normalized("softmax", "amax", input, dim, dtype, mask)


def log_softmax(input: Tensor, dim: int, *, dtype: Any = None, mask: Tensor | None = None) -> Tensor:
    """Logarithm of the softmax of the kept elements along `dim`.

    Source: PyTorch, ``torch.masked.log_softmax``.
    """
    return _normalized("log_softmax", "amax", input, dim, dtype, mask)


def softmin(input: Tensor, dim: int, *, dtype: Any = None, mask: Tensor | None = None) -> Tensor:
    """Softmax of the negated kept elements along `dim`.

    Source: PyTorch, ``torch.masked.softmin``.
    """
    return _normalized("softmin", "amin", input, dim, dtype, mask)


def normalize(
    input: Tensor, ord: float, dim: int, *, eps: float = 1e-12, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The kept elements divided by their norm along `dim`, or by `eps` if that is larger; 0 elsewhere.

    Source: PyTorch, ``torch.masked.normalize``.
    """
    length = norm(input, ord, dim, keepdim=True, dtype=dtype, mask=mask)
    return _masked("sum", input, mask) / ops.maximum(length, length.new_full((), eps))
