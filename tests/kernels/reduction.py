"""Rows of the reductions and scans."""

import math

import numpy as np

from funcgrad.ops import reduction as K
from tests.kernel_table import Row, call
from tests.kernels._samples import floats, ints, wave

X = wave(2, 3, 4)
M = floats([1, 5, 3], [5, 2, 5])
TIES = floats(3, 1, 3)
INTS = ints([3, 1, 2], [-1, 5, 5])
B = np.array([[True, False], [True, True]])
EMPTY = np.zeros(0, "float32")
HOLES = floats([1, float("nan"), 3], [float("nan"), float("nan"), float("nan")])
SCALAR = floats(2.5).reshape(())
I8, U8 = ints(100, 100, dtype="int8"), ints(0, 2, dtype="uint8")
F64 = np.dtype("float64")
DIMS = [
    call(X),
    call(X, 0),
    call(X, -1, True),
    call(X, (0, 2)),
    call(X, (1, 2), keepdim=True),
    call(SCALAR),
    call(SCALAR, 0),
]

SUMS = [
    Row(
        "torch.sum",
        K.sum,
        [*DIMS, call(INTS), call(I8), call(B), call(U8), call(X, dtype=F64), call(EMPTY), call(X, ()), call(B, 1)],
        errors=(call(X, 3), call(X, (0, 0)), call(X, -4)),
    ),
    Row("torch.nansum", K.nansum, [call(HOLES), call(HOLES, 1), call(INTS)]),
    Row(
        "torch.mean",
        K.mean,
        [*DIMS, call(INTS, dtype=F64), call(EMPTY)],
        errors=(call(INTS), call(B), call(X, 5), call(X, dtype=np.dtype("int64"))),
    ),
    Row("torch.nanmean", K.nanmean, [call(HOLES), call(HOLES[:1], 1)]),
    Row(
        "torch.prod",
        K.prod,
        [
            *(call(M), call(M, 0), call(M, 1, True), call(floats(0, 3, 2)), call(floats(0, 3, 0)), call(INTS), call(B)),
            *(call(EMPTY), call(floats([0, 2, 3], [1, 2, 3]), 1), call(SCALAR), call(M, 1, dtype=F64)),
        ],
        errors=(call(M, 2),),
    ),
    *(
        Row(
            f"torch.{name}",
            getattr(K, name),
            [
                *(
                    call(M),
                    call(M, 1),
                    call(M, 0, correction=0),
                    call(X, (0, 2), keepdim=True),
                    call(X, 1, correction=2),
                ),
                *(call(floats(2, 2, 2)), call(floats(1.0)), call(M.astype("float64"), 1)),
            ],
            errors=(call(INTS), call(M, 4)),
        )
        for name in ("var", "std", "var_mean", "std_mean")
    ),
]

EXTREMA = [
    *(
        Row(
            f"torch.{name}",
            getattr(K, name),
            [*DIMS, call(TIES), call(M, 1), call(INTS, 0), call(HOLES, 1), call(B, 1)],
            errors=(call(EMPTY), call(np.zeros((2, 0), "float32"), 1), call(X, 4)),
        )
        for name in ("amax", "amin")
    ),
    Row(
        "torch.aminmax",
        K.aminmax,
        [call(M), call(M, dim=1), call(TIES), call(INTS, dim=0, keepdim=True)],
        errors=(call(EMPTY),),
    ),
    *(
        Row(
            f"torch.{name}",
            getattr(K, f"{name}_all"),
            [call(M), call(TIES), call(INTS), call(B), call(HOLES), call(SCALAR)],
            errors=(call(EMPTY),),
        )
        for name in ("max", "min")
    ),
    *(
        Row(
            f"torch.{name}",
            getattr(K, f"{name}_dim"),
            [
                *(call(M, 1), call(M, 0), call(TIES, 0), call(M, -1, True), call(INTS, 1), call(B, 1), call(HOLES, 1)),
                *(call(SCALAR, 0), call(X, 1), call(floats([1, math.inf], [-math.inf, 2]), 1)),
            ],
            errors=(call(M, 3), call(np.zeros((2, 0), "float32"), 1)),
        )
        for name in ("max", "min")
    ),
    *(
        Row(
            f"torch.{name}",
            getattr(K, name),
            [
                call(M),
                call(M, 1),
                call(M, 0, True),
                call(INTS),
                call(HOLES),
                call(HOLES, 1),
                call(SCALAR),
                call(SCALAR, 0),
            ],
            grad=False,
            errors=(call(EMPTY), call(M, 3)),
        )
        for name in ("argmax", "argmin")
    ),
]

LOGIC = [
    *(
        Row(
            f"torch.{name}",
            getattr(K, name),
            [call(B), call(B, 0), call(U8), call(EMPTY), call(M, 1, True), call(HOLES), call(X, (0, 1))],
            grad=False,
        )
        for name in ("all", "any")
    ),
    Row("torch.count_nonzero", K.count_nonzero, [call(B), call(M, 0), call(INTS, (0, 1)), call(U8)], grad=False),
]

NORMS = [
    Row(
        "torch.logsumexp",
        K.logsumexp,
        [
            call(X, 0),
            call(X, (0, 1), True),
            call(floats(10, 10), 0),
            call(floats(-np.inf, 1.0), 0),
            call(INTS, 1),
            call(SCALAR, 0),
        ],
    ),
    Row(
        "torch.logsumexp",
        K.logsumexp,
        [call(floats(-np.inf, -np.inf), 0), call(floats(np.inf, 1.0), 0), call(floats(1000, 1000), 0)],
        grad=False,
    ),
    Row(
        "torch.linalg.vector_norm",
        K.vector_norm,
        [
            *(call(X, p, d) for p in (2, 1, 3, 0.5, math.inf, -math.inf, 0, 2.5) for d in (None, 1)),
            *(call(floats(0, 0)), call(floats(0, 0), 1), call(floats(0, 0), 3), call(floats(0, 0), math.inf)),
            *(
                call(floats(0, 2), 3),
                call(floats(0, 2), 1.5),
                call(TIES, math.inf),
                call(X, 2, (0, 2), True),
                call(EMPTY),
            ),
            *(call(X, dtype=F64), call(SCALAR)),
        ],
        errors=(call(INTS), call(X, 2, 5), call(EMPTY, math.inf)),
    ),
    Row("torch.dist", K.dist, [call(X, wave(4)), call(M, M), call(M, TIES, 1), call(M, TIES, 3)]),
]

SCANS = [
    Row(
        "torch.cumsum",
        K.cumsum,
        [call(X, 1), call(M, 0), call(INTS, 1), call(B, 0), call(M, 1, dtype=F64), call(SCALAR, 0)],
        errors=(call(M, 2),),
    ),
    Row("torch.cumprod", K.cumprod, [call(M, 1), call(floats([0, 2, 3], [2, 0, 0]), 1), call(INTS, 1), call(X, -1)]),
    Row("torch.logcumsumexp", K.logcumsumexp, [call(X, 1), call(M, 0)]),
    Row("torch.logcumsumexp", K.logcumsumexp, [call(floats(-np.inf, 1, 2), 0)], grad=False),
    *(
        Row(
            f"torch.{n}",
            getattr(K, n),
            [call(M, 1), call(TIES, 0), call(HOLES, 1), call(INTS, 1), call(X, -1), call(SCALAR, 0)],
        )
        for n in ("cummax", "cummin")
    ),
]

LEVELS = floats(0.0, 0.3, 0.5, 1.0)
QUANTILES = [
    *(
        Row(
            f"torch.{name}",
            getattr(K, name),
            [
                *(call(X, 0.25), call(X, 0.3, 1), call(X, LEVELS), call(X, LEVELS, 1), call(X, LEVELS, -1, True)),
                *(
                    call(X, 0.3, 2, True),
                    call(HOLES, 0.5, 1),
                    call(HOLES, 0.5),
                    call(SCALAR, 0.5),
                    call(X, 0.7, keepdim=True),
                ),
                *(call(M, 0.4, 1, interpolation=i) for i in ("lower", "higher", "midpoint", "nearest")),
            ],
            vmap=False,
            errors=(
                call(INTS, 0.5),
                call(X, 1.5),
                call(X, LEVELS.astype("float64")),
                call(X, 0.5, interpolation="no"),
                call(EMPTY, 0.5),
            ),
        )
        for name in ("quantile", "nanquantile")
    ),
]

ROWS = [*SUMS, *EXTREMA, *LOGIC, *NORMS, *SCANS, *QUANTILES]
