"""Rows of sorting, ranking, searching and counting."""

from typing import Any

from compat._ops.declare import composite, op, ops
from funcgrad.ops import sorting as K


def _pair(kernel: Any, name: str, public: str | None = None, **row: Any) -> Any:
    """A row whose results are values and their indices."""
    return op(kernel, name, returns=(public or name, "values indices"), nondiff="indices", **row)


_pair(K.sort, "sort", node=lambda a: "SortBackward1" if a["stable"] else "SortBackward0")
_pair(K.topk, "topk")
_pair(K.kthvalue, "kthvalue")
_pair(K.mode, "mode")
op(K.argsort, differentiable=False)
op(K.msort, node="SortBackward0", out=True)
op(K.searchsorted, differentiable=False, method=False, out=True)
op(K.bucketize, differentiable=False, method=False, out=True)
op(K.isin, differentiable=False, method=False, out=True)
op(K.histc, differentiable=False, out=True)
op(K.bincount, host=True, differentiable=False)

_hidden = {"method": False, "function": False}
op(K.median_all, "_median_all", node="MedianBackward0", **_hidden)
op(K.nanmedian_all, "_nanmedian_all", node="NanmedianBackward0", **_hidden)
_pair(K.median_dim, "_median_dim", "median", node="MedianBackward1", **_hidden)
_pair(K.nanmedian_dim, "_nanmedian_dim", "nanmedian", node="NanmedianBackward1", **_hidden)


@composite
def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Median of everything, or along `dim` with its index; the lower one of an even number."""
    return ops._median_all(input) if dim is None else ops._median_dim(input, dim, keepdim)


@composite
def nanmedian(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Median of what is not nan, of everything, or along `dim` with its index."""
    return ops._nanmedian_all(input) if dim is None else ops._nanmedian_dim(input, dim, keepdim)


# ---------------------------------------------------------------- distinct elements

op(K.unique, "_unique", host=True, **_hidden)
op(K.unique_consecutive, "_unique_consecutive", host=True, **_hidden)


def _asked(results: Any, return_inverse: bool, return_counts: bool) -> Any:
    output, inverse, counts = results
    picked = [output] + [inverse] * return_inverse + [counts] * return_counts
    return picked[0] if len(picked) == 1 else tuple(picked)


@composite
def unique(
    input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """Distinct elements in increasing order, or distinct slices along `dim`."""
    return _asked(ops._unique(input, dim=dim), return_inverse, return_counts)


@composite
def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The first of each run of equal elements, or of equal slices along `dim`."""
    return _asked(ops._unique_consecutive(input, dim=dim), return_inverse, return_counts)
