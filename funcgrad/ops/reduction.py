"""Sums, products, extrema, moments, norms and scans.

`dim` is None for everything, a dimension, or several. Sums and products of bools and integers are int64. Where extrema
tie, `amax`, `amin` and the reductions over everything share the gradient equally, while those that return an index give
it to the element at that index.
"""

import math
from collections.abc import Callable, Hashable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from funcgrad.dtypes import (
    canonical,
    is_bool,
    is_complex,
    is_floating,
    is_integral,
    opmath,
    promote_float,
    real_dtype,
    scalar,
    sum_dtype,
    torch_name,
)
from funcgrad.ops._common import divide, not_implemented
from funcgrad.ops.pointwise_unary import abs as _abs
from funcgrad.ops.pointwise_unary import sgn
from funcgrad.shapes import wrap_dim, wrap_dims
from funcgrad.typing import Array, ArrayLike, Dim, DType


class Extrema(NamedTuple):
    """Extreme values and where they are."""

    values: Array
    indices: Array  # int64, of the shape of `values`


class MinMax(NamedTuple):
    """Smallest and largest values."""

    min: Array
    max: Array


def _cast(input: Array, dtype: DType | None) -> Array:
    return input if dtype is None else input.astype(canonical(dtype))


def _vector(input: Array) -> Array:
    """A 0-d array as one of a single element, so that dimension 0 exists."""
    return input.reshape(1) if input.ndim == 0 else input


def _squeezed(input: Array, dim: int, keepdim: bool, ndim: int) -> Array:
    """A result that kept dimension `dim`, without it unless `keepdim`; 0-d if the reduced array was."""
    return input.reshape(()) if ndim == 0 else input if keepdim else jnp.squeeze(input, dim)


def _iota(input: Array, dim: int) -> Array:
    # 32 bits where indices are compared; only results are int64
    return lax.broadcasted_iota(jnp.int32, input.shape, dim)


# ---------------------------------------------------------------- sums, products, moments


def sum(input: Array, dim: Dim = None, keepdim: bool = False, *, dtype: DType | None = None) -> Array:
    """Sum over `dim`; of bools and integers in int64.

    Example:
      >>> sum(jnp.ones((2, 3)), 1)
      Array([3., 3.], dtype=float32)
    """
    dims = wrap_dims(dim, input.ndim)
    x = _cast(input, sum_dtype(input.dtype) if dtype is None else dtype)
    return jnp.sum(x, dims, keepdims=keepdim)


def nansum(input: Array, dim: Dim = None, keepdim: bool = False, *, dtype: DType | None = None) -> Array:
    """Sum that counts nan as 0."""
    x = input if is_integral(input.dtype) else jnp.where(input != input, 0, input)
    return sum(x, dim, keepdim, dtype=dtype)


def mean(input: Array, dim: Dim = None, keepdim: bool = False, *, dtype: DType | None = None) -> Array:
    """Mean over `dim`; integers need a floating `dtype`."""
    wanted = np.dtype(input.dtype if dtype is None else dtype)
    if is_integral(wanted):
        which = "Input" if dtype is None else "Optional"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {which} dtype must be either a floating point or complex dtype. "
            f"Got: {torch_name(wanted)}"
        )
    dims = wrap_dims(dim, input.ndim)
    x = _cast(input, dtype)
    wide = x.astype(opmath(x.dtype))
    count = math.prod(x.shape[d] for d in dims)
    return divide(jnp.sum(wide, dims, keepdims=keepdim), scalar(count, wide.dtype)).astype(x.dtype)


def nanmean(input: Array, dim: Dim = None, keepdim: bool = False, *, dtype: DType | None = None) -> Array:
    """Mean of what is not nan."""
    if is_integral(input.dtype):
        raise RuntimeError(
            "nanmean(): expected input to have floating point or complex dtype but got " + torch_name(input.dtype)
        )
    count = sum(input == input, dim, keepdim)
    total = nansum(input, dim, keepdim, dtype=dtype)
    return total / count.astype(total.dtype)


def prod(input: Array, dim: int | None = None, keepdim: bool = False, *, dtype: DType | None = None) -> Array:
    """Product over one dimension or everything; its gradient is right at zeros too."""
    x = _cast(input, sum_dtype(input.dtype) if dtype is None else dtype)
    return jnp.prod(x, wrap_dims(dim, input.ndim), keepdims=keepdim)


def _var(input: Array, dim: Dim, correction: int | float | None, keepdim: bool, name: str) -> tuple[Array, Array]:
    """Variance and mean, the reduced dimensions kept, in the dtype of computation."""
    if is_integral(input.dtype):
        raise RuntimeError(f"{name} only support floating point and complex dtypes")
    dims = wrap_dims(dim, input.ndim)
    x = input.astype(opmath(input.dtype))
    count = math.prod(x.shape[d] for d in dims)
    center = divide(jnp.sum(x, dims, keepdims=True), scalar(count, x.dtype))
    gap = x - center
    squares = lax.real(gap * lax.conj(gap)) if is_complex(x.dtype) else gap * gap
    freedom = max(count - (1 if correction is None else correction), 0)
    total = jnp.sum(squares, dims, keepdims=True)
    if freedom == 0:  # 0/0 is nan; JAX would fold the constant to inf for a nonzero rest
        return total / jnp.zeros_like(total), center
    return divide(total, scalar(freedom, total.dtype)), center


def _finished(x: Array, like: Array, dim: Dim, keepdim: bool, complex_kept: bool = False) -> Array:
    dtype = like.dtype if complex_kept else real_dtype(like.dtype)
    return (x if keepdim else jnp.squeeze(x, wrap_dims(dim, like.ndim))).astype(dtype)


def var(input: Array, dim: Dim = None, *, correction: int | None = 1, keepdim: bool = False) -> Array:
    """Variance over `dim`, the squares divided by the count less `correction`."""
    return _finished(_var(input, dim, correction, keepdim, "std and var")[0], input, dim, keepdim)


def std(input: Array, dim: Dim = None, *, correction: int | None = 1, keepdim: bool = False) -> Array:
    """Standard deviation over `dim`; its derivative is 0 where it is 0.

    Example:
      >>> std(jnp.array([1.0, 2.0])).round(3)
      Array(0.707, dtype=float32)
    """
    return _finished(_root(_var(input, dim, correction, keepdim, "std and var")[0]), input, dim, keepdim)


@jax.custom_jvp
def _root(x: Array) -> Array:
    return lax.sqrt(x)


@_root.defjvp
def _root_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    out = _root(*primals)
    return out, jnp.where(out == 0, 0, tangents[0] / (2 * jnp.where(out == 0, 1, out)))


def var_mean(
    input: Array, dim: Dim = None, *, correction: int | None = 1, keepdim: bool = False
) -> tuple[Array, Array]:
    """Variance and mean over `dim`."""
    v, m = _var(input, dim, correction, keepdim, "var_mean")
    return _finished(v, input, dim, keepdim), _finished(m, input, dim, keepdim, True)


def std_mean(
    input: Array, dim: Dim = None, *, correction: int | None = 1, keepdim: bool = False
) -> tuple[Array, Array]:
    """Standard deviation and mean over `dim`."""
    v, m = _var(input, dim, correction, keepdim, "std_mean")
    return _finished(_root(v), input, dim, keepdim), _finished(m, input, dim, keepdim, True)


# ---------------------------------------------------------------- extrema


def _require_elements(name: str, input: Array, dims: tuple[int, ...] | None) -> None:
    """PyTorch's error for an extremum of nothing; `dims` is None for a reduction over everything."""
    if dims is None and input.size == 0:
        if name == "aminmax":
            raise RuntimeError(
                "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
            )
        message = f"{name}(): Expected reduction dim to be specified for input.numel() == 0."
        if name.startswith("arg"):
            raise IndexError(message)
        raise RuntimeError(message + " Specify the reduction dim with the 'dim' argument.")
    for d in dims or ():
        if input.ndim and input.shape[d] == 0:
            call = name if name == "aminmax" else name + "()"
            raise IndexError(f"{call}: Expected reduction dim {d} to have non-zero size.")


def _extremum(input: Array, dims: tuple[int, ...], keepdim: bool, largest: bool, nans: bool = False) -> Array:
    """Ties share the gradient. Where the result is nan, it is shared by all nans (`nans`), or nan for all elements."""
    if is_complex(input.dtype):
        raise not_implemented("max_values_cpu" if largest else "min_values_cpu", input.dtype)
    reduce = jnp.max if largest else jnp.min
    if not is_floating(input.dtype):
        return reduce(input, dims, keepdims=keepdim)

    @jax.custom_jvp
    def extremum(x: Array) -> Array:
        return reduce(x, dims, keepdims=True)

    @extremum.defjvp
    def extremum_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
        (x,), (t,) = primals, tangents
        out = extremum(x)
        hit, missed = x == out, jnp.zeros_like(t)
        if nans:
            hit |= (x != x) & (out != out)
        else:  # XLA drops the product of nan with a mask
            missed = t * jnp.where(out == out, 0, out)
        count = jnp.sum(hit, dims, keepdims=True).astype(x.dtype)
        return out, jnp.sum(jnp.where(hit, t / count, missed), dims, keepdims=True, dtype=x.dtype)

    out = extremum(input)
    return out if keepdim else jnp.squeeze(out, dims)


def amax(input: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """Largest element over `dim`; ties share the gradient."""
    dims = wrap_dims(dim, input.ndim)
    _require_elements("amax", input, None if dim is None or dim == () else dims)
    return _extremum(input, dims, keepdim, True)


def amin(input: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """Smallest element over `dim`; ties share the gradient."""
    dims = wrap_dims(dim, input.ndim)
    _require_elements("amin", input, None if dim is None or dim == () else dims)
    return _extremum(input, dims, keepdim, False)


def aminmax(input: Array, *, dim: int | None = None, keepdim: bool = False) -> MinMax:
    """Smallest and largest element; ties share the gradient."""
    dims = wrap_dims(dim, input.ndim)
    _require_elements("aminmax", input, None if dim is None else dims)
    return MinMax(_extremum(input, dims, keepdim, False), _extremum(input, dims, keepdim, True))


def _extremum_of_all(name: str, input: Array, largest: bool) -> Array:
    _require_elements(name, input, None)
    return _extremum(input, wrap_dims(None, input.ndim), False, largest, nans=True)


def max_all(input: Array) -> Array:
    """Largest of all elements, nan if any is; ties share the gradient."""
    return _extremum_of_all("max", input, True)


def min_all(input: Array) -> Array:
    """Smallest of all elements, nan if any is; ties share the gradient."""
    return _extremum_of_all("min", input, False)


def _picked(input: Array, index: Array, dim: int) -> Array:
    """Elements at `index` (which keeps `dim`): a gather whose derivative scatters.

    A one-hot sum instead of a gather is several times faster on CPU for the short dimensions met in practice, but would
    turn the infinities elsewhere into nan, hence the select before it.
    """
    hot = _iota(input, dim) == index
    return jnp.sum(jnp.where(hot, input, jnp.zeros_like(input)), dim, keepdims=True, dtype=input.dtype)


def _first_extreme(input: Array, dim: int, largest: bool) -> Array:
    """Index of the first extreme element (or first nan) along `dim`, which is kept."""
    x = lax.stop_gradient(input)
    x = x.astype(jnp.int32) if is_bool(x.dtype) else x
    top = (jnp.max if largest else jnp.min)(x, dim, keepdims=True)
    hit = (x == top) if is_integral(x.dtype) else (x == top) | (x != x)
    # two reductions of one operand each: XLA vectorises them, unlike argmax's reduction of pairs
    return jnp.min(jnp.where(hit, _iota(x, dim), x.shape[dim]), dim, keepdims=True)


def _extremum_at(name: str, input: Array, dim: int, keepdim: bool, largest: bool) -> Extrema:
    dim = wrap_dim(dim, input.ndim)
    _require_elements(name, input, (dim,))
    if is_complex(input.dtype):
        raise not_implemented(f"{name}_cpu", input.dtype)
    x = _vector(input)
    index = _first_extreme(x, dim, largest)
    if is_floating(x.dtype):
        values = _picked(x, index, dim)
    else:
        values = (jnp.max if largest else jnp.min)(x, dim, keepdims=True)
    return Extrema(*(_squeezed(r, dim, keepdim, input.ndim) for r in (values, index.astype(canonical("int64")))))


def max_dim(input: Array, dim: int, keepdim: bool = False) -> Extrema:
    """Largest element along `dim` and its index, the first of ties, which alone gets the gradient.

    Example:
      >>> max_dim(jnp.array([3, 1, 3]), 0)
      Extrema(values=Array(3, dtype=int32), indices=Array(0, dtype=int32))
    """
    return _extremum_at("max", input, dim, keepdim, True)


def min_dim(input: Array, dim: int, keepdim: bool = False) -> Extrema:
    """Smallest element along `dim` and its index, the first of ties, which alone gets the gradient."""
    return _extremum_at("min", input, dim, keepdim, False)


def _arg(name: str, input: Array, dim: int | None, keepdim: bool, largest: bool) -> Array:
    if is_complex(input.dtype) or is_bool(input.dtype):
        raise not_implemented(f"{name}_cpu", input.dtype)
    if dim is None:
        _require_elements(name, input, None)
        index = _first_extreme(input.reshape(-1), 0, largest).astype(canonical("int64"))
        return index.reshape((1,) * input.ndim if keepdim else ())
    dim = wrap_dim(dim, input.ndim)
    _require_elements(name, input, (dim,))
    index = _first_extreme(_vector(input), dim, largest).astype(canonical("int64"))
    return _squeezed(index, dim, keepdim, input.ndim)


def argmax(input: Array, dim: int | None = None, keepdim: bool = False) -> Array:
    """Index of the largest element, the first of ties, a nan before all; of the flattened array if `dim` is None."""
    return _arg("argmax", input, dim, keepdim, True)


def argmin(input: Array, dim: int | None = None, keepdim: bool = False) -> Array:
    """Index of the smallest element, the first of ties, a nan before all; of the flattened array if `dim` is None."""
    return _arg("argmin", input, dim, keepdim, False)


# ---------------------------------------------------------------- logic


def _truth(input: Array, result: Array) -> Array:
    """uint8 stays uint8, everything else becomes bool."""
    return result.astype(np.uint8) if input.dtype == np.uint8 else result


def all(input: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """Whether every element is nonzero; true of nothing."""
    return _truth(input, jnp.all(input != 0, wrap_dims(dim, input.ndim), keepdims=keepdim))


def any(input: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """Whether some element is nonzero."""
    return _truth(input, jnp.any(input != 0, wrap_dims(dim, input.ndim), keepdims=keepdim))


def count_nonzero(input: Array, dim: Dim = None) -> Array:
    """Number of nonzero elements, int64."""
    return sum(input != 0, dim)


# ---------------------------------------------------------------- logarithms and norms


def logsumexp(input: Array, dim: Dim, keepdim: bool = False) -> Array:
    """``log(sum(exp(input)))`` without overflow; -inf of nothing.

    Example:
      >>> logsumexp(jnp.array([0.0, 0.0]), 0).round(2)
      Array(0.69, dtype=float32)
    """
    (x,) = promote_float(input)
    dims = wrap_dims(dim, x.ndim)
    if math.prod(x.shape[d] for d in dims) == 0:
        return lax.log(jnp.sum(lax.exp(x), dims, keepdims=keepdim))
    real = lax.real(x) if is_complex(x.dtype) else x  # the imaginary part shall be the logarithm's own
    top = lax.stop_gradient(jnp.max(real, dims, keepdims=True))
    top = jnp.where(jnp.isfinite(top), top, 0)  # -inf - -inf would be nan
    total = lax.log(jnp.sum(lax.exp(x - top), dims, keepdims=True)) + top
    return total if keepdim else jnp.squeeze(total, dims)


def _power_norm(x: Array, p: float, dims: tuple[int, ...]) -> Array:
    """Norm of the magnitudes `x`, the reduced dimensions kept."""
    if p == math.inf:
        return jnp.max(x, dims, keepdims=True, initial=0)
    if p == -math.inf:
        return jnp.min(x, dims, keepdims=True)
    if p == 0:
        return jnp.sum(x != 0, dims, keepdims=True).astype(x.dtype)
    if p == 1:
        return jnp.sum(x, dims, keepdims=True)
    if p == 2:
        return lax.sqrt(jnp.sum(x * x, dims, keepdims=True))
    power = scalar(p, x.dtype)
    total = jnp.sum(lax.pow(x, jnp.broadcast_to(power, x.shape)), dims, keepdims=True)
    return lax.pow(total, jnp.broadcast_to(1 / power, total.shape))


def _norm_slope(x: Array, norm: Array, p: float, dims: tuple[int, ...]) -> Array:
    """Derivative of the norm with respect to the elements: 0 where the norm is not smooth, as PyTorch chooses."""
    if p == 0:
        return jnp.zeros_like(x)
    if p == 1:
        return sgn(x)
    safe = jnp.where(norm == 0, 1, norm)
    if p == 2:
        return jnp.where(norm == 0, 0, x / safe)
    size = _abs(x)
    if math.isinf(p):
        hit = size == norm
        return sgn(x) * hit / jnp.sum(hit, dims, keepdims=True).astype(size.dtype)
    ratio = jnp.where(size == 0, 1, size) / safe
    slope = sgn(x) * lax.pow(ratio, jnp.full_like(ratio, p - 1))
    return jnp.where((norm == 0) | (size == 0), 0, slope)


def vector_norm(
    x: Array, ord: Hashable = 2, dim: Dim = None, keepdim: bool = False, *, dtype: DType | None = None
) -> Array:
    """``sum(abs(x) ** ord) ** (1 / ord)``; inf, -inf and 0 give the largest, smallest and the number of nonzero ones.

    The derivative at 0 is 0.

    Example:
      >>> jax.grad(vector_norm)(jnp.zeros(2))
      Array([0., 0.], dtype=float32)
    """
    if is_integral(x.dtype) and dtype is None:
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {torch_name(x.dtype)}"
        )
    dims = wrap_dims(dim, x.ndim)
    p = float(ord)  # type: ignore[arg-type]
    if (p < 0 or p == math.inf) and math.prod(x.shape[d] for d in dims) == 0:
        if dim is None:
            raise RuntimeError(
                f"linalg.vector_norm cannot compute the {ord} norm on an empty tensor because the operation does not "
                "have an identity"
            )
    x = _cast(x, dtype)

    @jax.custom_jvp
    def norm(x: Array) -> Array:
        return _power_norm(_abs(x), p, dims)

    @norm.defjvp
    def norm_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
        out = norm(*primals)
        slope = _norm_slope(primals[0], out, p, dims)
        terms = jnp.real(jnp.conj(slope) * tangents[0])
        return out, jnp.sum(terms, dims, keepdims=True)

    out = norm(x.astype(opmath(x.dtype))).astype(real_dtype(x.dtype))
    return out if keepdim else jnp.squeeze(out, dims)


def dist(input: Array, other: Array, p: Hashable = 2) -> Array:
    """`vector_norm` of the difference."""
    return vector_norm(input - other, p)


# ---------------------------------------------------------------- scans


def _scan(scan: Callable, input: Array, dim: int, dtype: DType | None) -> Array:
    """A running sum or product, of 16-bit floats in float32: rounding at each step would add up."""
    dim = wrap_dim(dim, input.ndim)
    x = _vector(_cast(input, sum_dtype(input.dtype) if dtype is None else dtype))
    return scan(x.astype(opmath(x.dtype)), dim).astype(x.dtype).reshape(input.shape)


def cumsum(input: Array, dim: int, *, dtype: DType | None = None) -> Array:
    """Running sum along `dim`; of bools and integers in int64."""
    return _scan(lax.cumsum, input, dim, dtype)


def cumprod(input: Array, dim: int, *, dtype: DType | None = None) -> Array:
    """Running product along `dim`; its gradient is right at zeros too."""
    return _scan(lax.cumprod, input, dim, dtype)


def logcumsumexp(input: Array, dim: int) -> Array:
    """Running `logsumexp` along `dim`."""
    if is_integral(input.dtype):
        raise not_implemented("logcumsumexp_out_cpu", input.dtype)
    dim = wrap_dim(dim, input.ndim)
    x = _vector(input)
    if is_complex(x.dtype) and x.shape[dim]:
        return _complex_logcumsumexp(x, dim).reshape(input.shape)
    return lax.cumlogsumexp(x, dim).reshape(input.shape)


def _complex_logcumsumexp(x: Array, dim: int) -> Array:
    """One element after the other, as PyTorch does: the imaginary part, free up to 2 pi, depends on the order."""

    def step(total: Array, new: Array) -> tuple[Array, Array]:
        larger = lax.real(total) >= lax.real(new)
        high, low = jnp.where(larger, total, new), jnp.where(larger, new, total)
        total = high + jnp.log1p(jnp.exp(low - high))
        return total, total

    first, *rest = jnp.split(jnp.moveaxis(x, dim, 0), [1]) if x.shape[dim] > 1 else [jnp.moveaxis(x, dim, 0)]
    out = [first, *(lax.scan(step, first[0], r)[1] for r in rest)]
    return jnp.moveaxis(jnp.concatenate(out), 0, dim)


def _running(input: Array, dim: int, largest: bool) -> Extrema:
    dim = wrap_dim(dim, input.ndim)
    x = _vector(input)
    key = lax.stop_gradient(x.astype(jnp.int32) if is_bool(x.dtype) else x)
    best = (lax.cummax if largest else lax.cummin)(key, dim)
    hit = key == best if is_integral(key.dtype) else (key == best) | (key != key)
    index = lax.cummax(jnp.where(hit, _iota(x, dim), 0), dim)
    values = jnp.take_along_axis(x, index, dim)
    return Extrema(values.reshape(input.shape), index.astype(canonical("int64")).reshape(input.shape))


def cummax(input: Array, dim: int) -> Extrema:
    """Running maximum along `dim` and its index, the last of ties; nan from the first nan on."""
    return _running(input, dim, True)


def cummin(input: Array, dim: int) -> Extrema:
    """Running minimum along `dim` and its index, the last of ties; nan from the first nan on."""
    return _running(input, dim, False)


# ---------------------------------------------------------------- quantiles

_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(name: str, input: Array, q: ArrayLike, dim: int | None, keepdim: bool, interpolation: str) -> Array:
    if input.size == 0:
        raise RuntimeError("quantile() input tensor must be non-empty")
    if input.dtype not in (np.float32, np.float64):
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if isinstance(q, float | int):
        if not 0 <= q <= 1:
            raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
        q = scalar(q, input.dtype)
    if q.ndim > 1:
        raise RuntimeError("quantile() q must be a scalar or 1D tensor")
    if q.ndim and q.dtype != input.dtype:
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            + interpolation
        )
    wrapped = 0 if dim is None else wrap_dim(dim, input.ndim)
    x = jnp.moveaxis(input.reshape(-1) if dim is None else _vector(input), wrapped, -1)
    x = jnp.sort(x, axis=-1)
    levels = q.astype(x.dtype).reshape(-1)
    nans = lax.stop_gradient(x) != lax.stop_gradient(x)
    if name == "nanquantile":
        last = jnp.sum(~nans, -1, keepdims=True) - 1
    else:
        last = jnp.full((*x.shape[:-1], 1), x.shape[-1] - 1)
    rank = levels * jnp.maximum(last, 0).astype(x.dtype)  # (..., levels)
    if name == "quantile":
        # a nan, which is sorted last, is the result
        rank = jnp.where(jnp.any(nans, -1, keepdims=True), last.astype(x.dtype), rank)
    if interpolation == "nearest":
        rank = lax.round(rank, lax.RoundingMethod.TO_NEAREST_EVEN)
    if interpolation == "lower":
        rank = jnp.floor(rank)
    if interpolation == "higher":
        rank = jnp.ceil(rank)
    low, high = jnp.floor(rank), jnp.ceil(rank)
    below, above = (jnp.take_along_axis(x, r.astype(jnp.int32), -1) for r in (low, high))
    weight = jnp.full_like(rank, 0.5) if interpolation == "midpoint" else rank - low
    out = below + (above - below) * weight
    out = jnp.moveaxis(out, -1, 0)
    if keepdim:
        ones = (1,) * input.ndim if dim is None else tuple(1 if i == wrapped else n for i, n in enumerate(input.shape))
        out = out.reshape(len(levels), *ones)
    elif input.ndim == 0:
        out = out.reshape(len(levels))
    return out if q.ndim else out[0]


def quantile(
    input: Array, q: ArrayLike, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Array:
    """Quantiles of `input` along `dim`, one or a leading dimension of them; nan if there is a nan.

    Example:
      >>> quantile(jnp.array([1.0, 2.0, 4.0]), 0.75)
      Array(3., dtype=float32)
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation)


def nanquantile(
    input: Array, q: ArrayLike, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Array:
    """As `quantile`, of what is not nan."""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation)
