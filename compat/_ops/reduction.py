"""Rows of the reductions and scans, and the overloads of ``max``, ``var``, ``norm`` and their like."""

import warnings
from typing import Any

from compat._ops.declare import composite, op, ops
from compat._ops.generate import without_example
from funcgrad.dtypes import is_bool
from funcgrad.ops import reduction as K
from funcgrad.shapes import wrap_dims

_UNSET: Any = object()


def _numbered(name: str) -> Any:
    """PyTorch's nodes of reductions over everything end in 0, over dimensions in 1."""
    return lambda arguments: f"{name}Backward{int(arguments['dim'] is not None)}"


op(K.sum, node=_numbered("Sum"), out=True)
op(K.mean, node=_numbered("Mean"), out=True)
op(K.prod, node=_numbered("Prod"), out=True)
op(K.nansum, out=True)
op(K.nanmean, node="DivBackward0", out=True)
op(K.amax, out=True)
op(K.amin, out=True)
op(K.aminmax, returns=("aminmax", "min max"))
op(K.argmax, differentiable=False, out=True)
op(K.argmin, differentiable=False, out=True)
op(K.all, differentiable=False, out=True)
op(K.any, differentiable=False, out=True)
op(K.count_nonzero, differentiable=False)
op(K.logsumexp, out=True, namespaces="special")
op(K.cumsum, inplace=True, out=True)
op(K.cumprod, inplace=True, out=True)
op(K.logcumsumexp, out=True)
op(K.cummax, returns=("cummax", "values indices"), nondiff="indices")
op(K.cummin, returns=("cummin", "values indices"), nondiff="indices")
op(K.dist)
op(K.quantile, "_quantile", node="SqueezeBackward4", method=False, function=False)
op(K.nanquantile, "_nanquantile", node="SqueezeBackward4", method=False, function=False)
_hidden_norm = {"method": False, "function": False, "constant": lambda a: a["ord"] == 0}
op(K.vector_norm, "_vector_norm", node="LinalgVectorNormBackward0", **_hidden_norm)


def _quantiles(name: str) -> None:
    """Publish a quantile: a number `q` is checked here, as inside the program its value is not known."""
    kernel = getattr(K, name)
    private = "_" + name

    def function(
        input: Any,
        q: Any,
        dim: int | None = None,
        keepdim: bool = False,
        *,
        interpolation: str = "linear",
        out: Any = None,
    ) -> Any:
        if isinstance(q, int | float) and not 0 <= q <= 1:
            raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
        if interpolation in ("lower", "higher", "nearest") and hasattr(q, "detach"):
            q = q.detach()  # the chosen order statistic does not move with q
        result = getattr(ops, private)(input, q, dim, keepdim, interpolation=interpolation)
        return result if out is None else out.copy_(result)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = without_example(kernel.__doc__)
    composite(function, name=name)


_quantiles("quantile")
_quantiles("nanquantile")


# ---------------------------------------------------------------- max and min

op(K.max_all, "_max_all", node="MaxBackward1", method=False, function=False)
op(K.min_all, "_min_all", node="MinBackward1", method=False, function=False)
op(
    K.max_dim,
    "_max_dim",
    node="MaxBackward0",
    returns=("max", "values indices"),
    nondiff="indices",
    method=False,
    function=False,
)
op(
    K.min_dim,
    "_min_dim",
    node="MinBackward0",
    returns=("min", "values indices"),
    nondiff="indices",
    method=False,
    function=False,
)


def _write_both(out: Any, result: Any) -> Any:
    """Put a pair of results into ``out=``."""
    if out is None:
        return result
    for target, value in zip(out, result, strict=True):
        target.resize_(value.shape).copy_(value) if tuple(target.shape) != tuple(value.shape) else target.copy_(value)
    return type(result)(*out)


def _overloads(name: str, everything: str, along: str, pair: str, doc: str) -> Any:
    """``max`` and ``min``: of everything, along a dimension, or of two tensors."""

    def function(
        input: Any, dim: Any = _UNSET, keepdim: bool = False, *, other: Any = None, out: Any = None, axis: Any = _UNSET
    ) -> Any:
        dim = axis if dim is _UNSET else dim
        if other is None and hasattr(dim, "dim"):
            other = dim
        if other is not None:
            return getattr(ops, pair)(input, other) if out is None else getattr(ops, pair)(input, other, out=out)
        if dim is _UNSET:
            result = getattr(ops, everything)(input)
            return result if out is None else out.copy_(result)
        return _write_both(out, getattr(ops, along)(input, dim, keepdim))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return composite(function, name=name)


_overloads("max", "_max_all", "_max_dim", "maximum", "Largest element, of everything, along `dim`, or of two tensors.")
_overloads("min", "_min_all", "_min_dim", "minimum", "Smallest element, of everything, along `dim`, or of two tensors.")


# ---------------------------------------------------------------- moments

_hidden = {"method": False, "function": False}
op(K.var, "_var", node="VarBackward0", **_hidden)
op(K.std, "_std", node="StdBackward0", **_hidden)
op(K.var_mean, "_var_mean", node="VarMeanBackward0", **_hidden)
op(K.std_mean, "_std_mean", node="StdMeanBackward0", **_hidden)


def _moments(name: str, doc: str) -> Any:
    """A moment's overloads: ``(unbiased)``, ``(dim, unbiased, keepdim)`` and ``(dim, *, correction, keepdim)``."""
    private = "_" + name

    def function(
        input: Any,
        dim: Any = None,
        unbiased: Any = None,
        keepdim: bool = False,
        *,
        correction: Any = _UNSET,
        axis: Any = None,
        out: Any = None,
    ) -> Any:
        dim = axis if dim is None else dim
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if correction is _UNSET or correction is None:
            correction = 1 if unbiased is None or unbiased else 0
        size = 1
        for d in wrap_dims(dim, input.dim()):
            size *= input.shape[d]
        if size <= correction and input.is_floating_point():
            warnings.warn(
                f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
                "(input numel divided by output numel).",
                stacklevel=2,
            )
        result = getattr(ops, private)(input, dim, correction=correction, keepdim=keepdim)
        return result if out is None else out.copy_(result)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return composite(function, name=name)


_moments("var", "Variance, its divisor the count less `correction` (1, or 0 if not `unbiased`).")
_moments("std", "Standard deviation, its divisor the count less `correction` (1, or 0 if not `unbiased`).")
_moments("var_mean", "Variance and mean.")
_moments("std_mean", "Standard deviation and mean.")


# ---------------------------------------------------------------- norms


@composite
def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None, out: Any = None) -> Any:
    """Vector norm of order `p` over `dim`; ``"fro"`` is 2, ``"nuc"`` the sum of a matrix's singular values."""
    if p == "nuc":
        return ops.matrix_norm(input, "nuc", (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    order = 2.0 if p is None or p == "fro" else p.item() if hasattr(p, "item") else float(p)
    result = ops._vector_norm(input, order, dim, keepdim, dtype=dtype)
    return result if out is None else out.copy_(result)


@composite(method=False, function=False, namespaces="linalg")
def vector_norm(
    x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Any:
    """Norm of the elements as one vector, or over `dim`."""
    result = ops._vector_norm(x, ord, dim, keepdim, dtype=dtype)
    return result if out is None else out.copy_(result)


# ---------------------------------------------------------------- differences


@composite
def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours along `dim`, taken `n` times."""
    if input.dim() == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    if n == 0:
        return input.clone()
    parts = [x for x in (prepend, input, append) if x is not None]
    out = ops.cat(parts, dim) if len(parts) > 1 else input
    subtract = ops.logical_xor if is_bool(out._value().aval.dtype) else ops.sub
    for _ in range(min(n, out.shape[dim])):
        size = max(out.shape[dim] - 1, 0)
        after, before = out.narrow(dim, out.shape[dim] - size, size), out.narrow(dim, 0, size)
        out = subtract(after, before)
    return out
