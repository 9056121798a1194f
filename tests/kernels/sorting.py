"""Rows of sorting, searching and counting."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from funcgrad.ops import sorting as K
from tests.kernel_table import Row, call
from tests.kernels._samples import floats, ints, wave

X = wave(2, 3, 4)
M = floats([3, 1, 2], [5, 4, 6])
TIES = ints(3, 1, 2, 1)
NAN = float("nan")
HOLES = floats([1, NAN, 3, 0], [NAN, 4, 2, NAN])
SCALAR = floats(2.5).reshape(())


def _median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    return K.median_all(input) if dim is None else K.median_dim(input, dim, keepdim)


def _nanmedian(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    return K.nanmedian_all(input) if dim is None else K.nanmedian_dim(input, dim, keepdim)


def _on_host(kernel: Any, fields: str) -> Any:
    """A kernel over NumPy arrays, with those of its results that a call asks for."""

    def run(input: Any, **kwargs: Any) -> Any:
        result = kernel(
            np.asarray(input), **{k: np.asarray(v) if hasattr(v, "shape") else v for k, v in kwargs.items()}
        )
        if not fields:
            return result
        picked = [result[0]] + [r for r, f in zip(result[1:], fields.split(), strict=True) if kwargs.get(f)]
        return [jnp.asarray(r) for r in picked]

    return run


ROWS = [
    Row(
        "torch.sort",
        K.sort,
        [
            *(call(X), call(X, 0), call(X, 1, True), call(M, 1), call(HOLES), call(SCALAR)),
            *(call(HOLES, -1, True), call(ints(3, 2, 1)), call(np.array([True, False]))),
        ],
        errors=(call(X, 3),),
    ),
    Row("torch.argsort", K.argsort, [call(M), call(X, 0, True)], grad=False),
    Row("torch.msort", K.msort, [call(X)]),
    Row(
        "torch.topk",
        K.topk,
        [
            call(X, 2),
            call(X, 1, 0),
            call(M, 2, 1, False),
            call(HOLES, 2),
            call(HOLES[:1], 3, 1, False),
            call(ints(1, 5, 3), 2),
            call(M, 0),
        ],
        errors=(call(M, 4), call(M, 1, 2)),
    ),
    Row(
        "torch.kthvalue",
        K.kthvalue,
        [call(X, 2), call(M, 1, 0), call(M, 3, 1, True), call(ints(1, 5, 3), 2)],
        errors=(call(M, 4), call(M, 0)),
    ),
    Row(
        "torch.median",
        _median,
        [
            call(X),
            call(X, 1),
            call(M, 1, True),
            call(HOLES),
            call(HOLES[:1], 1),
            call(ints(4, 1, 3, 2)),
            call(floats(3, 1, 3, 4)),
            call(SCALAR),
        ],
    ),
    Row("torch.nanmedian", _nanmedian, [call(HOLES), call(HOLES, 1), call(M, 0), call(ints(4, 1, 3, 2))]),
    Row(
        "torch.mode",
        K.mode,
        [
            call(ints([1, 2, 2, 3], [4, 4, 5, 5])),
            call(floats([1, 5, 3], [5, 2, 5]), 1),
            call(floats(2, 1, 2, 1, 2)),
            call(M, 0, True),
        ],
    ),
    Row(
        "torch.searchsorted",
        K.searchsorted,
        [
            *(
                call(floats(1, 3, 5), floats(3, 4, 0, 9)),
                call(floats(1, 3, 5), floats(3, 4), right=True),
                call(ints(1, 3), 2),
            ),
            *(call(floats([1, 3], [2, 4]), floats([1, 2, 3], [2, 3, 5])), call(floats(1, 3), floats(3), side="right")),
            *(call(floats(1, 3), floats(3), out_int32=True), call(floats(3, 1), floats(2), sorter=ints(1, 0))),
        ],
        grad=False,
        vmap=False,
        errors=(
            call(floats([1, 3], [2, 4]), floats(1, 2)),
            call(floats(1, 3), floats(1), side="up"),
            call(floats(1, 3), floats(1), side="left", right=True),
        ),
    ),
    Row(
        "torch.bucketize",
        K.bucketize,
        [call(floats(0.5, 2.0), floats(1, 2)), call(X, floats(-1, 0, 1), right=True), call(3, ints(1, 3))],
        grad=False,
        vmap=False,
    ),
    Row(
        "torch.isin",
        K.isin,
        [
            call(TIES, ints(1, 7)),
            call(TIES, ints(1, 7), invert=True),
            call(TIES, 3),
            call(X, floats(-2.0)),
            call(TIES, ints()),
        ],
        grad=False,
        vmap=False,
    ),
    Row(
        "torch.histc",
        K.histc,
        [call(floats(1, 2, 1), 4, 0, 3), call(X, 5), call(X, 3, -1, 1), call(floats(2, 2), 4)],
        grad=False,
        errors=(call(X, 0), call(TIES)),
    ),
    Row(
        "torch.bincount",
        _on_host(K.bincount, ""),
        [call(TIES), call(TIES, minlength=6), call(TIES, weights=floats(1, 2, 3, 4)), call(ints())],
        grad=False,
        jit=False,
        errors=(call(ints(-1)), call(M), call(ints([1, 2])), call(TIES, weights=floats(1)), call(TIES, minlength=-1)),
    ),
    Row(
        "torch.unique",
        _on_host(K.unique, "return_inverse return_counts"),
        [
            *(call(TIES), call(TIES, return_inverse=True, return_counts=True), call(M), call(ints([1, 1], [2, 1]))),
            *(
                call(ints([1, 2], [0, 2], [1, 2]), dim=0, return_inverse=True, return_counts=True),
                call(floats(1, NAN, 1, NAN)),
            ),
            call(ints([1, 2, 1], [0, 2, 0]), dim=1, return_counts=True),
        ],
        grad=False,
        jit=False,
    ),
    Row(
        "torch.unique_consecutive",
        _on_host(K.unique_consecutive, "return_inverse return_counts"),
        [
            *(
                call(ints(1, 1, 2, 1)),
                call(ints(1, 1, 2, 1), return_inverse=True, return_counts=True),
                call(ints([1, 1], [1, 2])),
            ),
            call(ints([1, 2], [1, 2], [0, 2]), dim=0, return_inverse=True, return_counts=True),
        ],
        grad=False,
        jit=False,
    ),
]
