"""Rows of decompositions, systems, norms and distances."""

import math
from typing import Any

import numpy as np

from funcgrad.ops import cholesky as H
from funcgrad.ops import covariance as C
from funcgrad.ops import distances as D
from funcgrad.ops import linalg as K
from tests.kernel_table import Row, call
from tests.kernels._samples import ints, wave

A = wave(3, 3, step=1.31) + 3 * np.eye(3, dtype="float32")
B = np.stack([A, A.T + wave(3, 3, step=0.3)])
TALL, WIDE = wave(4, 3, step=1.13), wave(3, 4, step=1.13)
SPD = A @ A.T / 4 + np.eye(3, dtype="float32")
LOWER = np.linalg.cholesky(SPD)
ONES, VECTOR, INT = wave(2, 3), wave(3), ints([1, 2], [3, 4])
NONSQUARE = (call(ONES), call(VECTOR))


def _row(name: str, *samples: Any, kernel: Any = None, errors: tuple = (), prefix: str = "linalg.", **kw: Any) -> Row:
    kw = {"rtol": 1e-3, "atol": 1e-4, "why": "float32 elimination, in another order", **kw}
    kernel = kernel or next(getattr(m, name) for m in (K, H, D) if hasattr(m, name))
    return Row(f"torch.{prefix}{name}", kernel, list(samples), errors=errors, **kw)


ROWS = [
    _row("inv", call(A), call(B), errors=(*NONSQUARE, call(INT))),
    _row("det", call(A), call(B), errors=NONSQUARE),
    _row("slogdet", call(A), call(B), errors=NONSQUARE),
    _row("logdet", call(A), call(-A), prefix=""),
    _row("pinv", call(A), call(TALL), call(TALL, atol=0.5), call(WIDE, rtol=0.3), errors=(call(VECTOR),)),
    _row(
        "solve",
        call(A, VECTOR),
        call(A, wave(3, 2)),
        call(B, wave(2, 3)),
        call(A, wave(2, 3), left=False),
        errors=(call(ONES, VECTOR), call(A, wave(4)), call(A, wave(4, 1))),
    ),
    _row(
        "solve_triangular",
        call(A, wave(3, 2), upper=True),
        call(A, wave(2, 3), upper=False, left=False),
        call(A, wave(3, 2), upper=False, unitriangular=True),
    ),
    _row(
        "cholesky",
        call(SPD),
        call(SPD, upper=True),
        call(SPD + wave(3, 3) * np.triu(np.ones(3), 1).astype("f")),
        errors=NONSQUARE,
    ),
    _row("cholesky_solve", call(wave(3, 2), LOWER), prefix=""),
    _row("cholesky_inverse", call(LOWER), prefix=""),
    _row("qr", call(A), call(TALL), errors=(call(VECTOR),)),
    _row("qr", call(TALL, "complete"), call(TALL, "r"), grad=False),
    _row("svdvals", call(A), call(B), call(TALL)),
    _row("eigvalsh", call(SPD), call(SPD + ONES[:1]), errors=NONSQUARE),
    _row("lu", call(A)),
    _row("lu_factor", call(A)),
    _row("matrix_exp", call(A / 4), call(B / 4), errors=NONSQUARE),
    _row("vander", call(VECTOR), call(VECTOR, N=4)),
    _row("vecdot", call(A, A + 1)),
    _row(
        "tensorinv",
        call(wave(2, 3, 6, step=1.31) + np.eye(6, dtype="f").reshape(2, 3, 6) * 4),
        errors=(call(wave(2, 3, 5)),),
    ),
    _row("tensorsolve", call(wave(2, 3, 6, step=1.31) + np.eye(6, dtype="f").reshape(2, 3, 6) * 4, ONES)),
    *(
        _row("matrix_norm", call(B, order), call(A, order, (1, 0), True), vmap=False)
        for order in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)
    ),
    _row("matrix_norm", call(np.zeros((2, 2), "float32")), errors=(call(A, "no"), call(A, 3), call(VECTOR))),
    _row(
        "norm",
        call(A),
        call(A, 1),
        call(A, "nuc"),
        call(VECTOR, 3),
        call(VECTOR, math.inf),
        call(B, dim=(0, 1)),
        vmap=False,
    ),
    _row("cond", call(A), vmap=False),
    _row("cond", call(A, 1), vmap=False, grad=False),  # PyTorch's own gradient fails
    _row("matrix_rank", call(B), call(np.ones((3, 3), "float32"))),
    _row("cov", call(wave(3, 5)), call(VECTOR), kernel=C.cov, prefix="", vmap=False),
    _row("corrcoef", call(wave(3, 5, step=1.3)), kernel=C.corrcoef, prefix="", vmap=False),
    _row("renorm", call(A, 2.0, 0, 1.0), prefix="", vmap=False),
    *(
        Row(
            "torch.cdist",
            D.cdist,
            [call(ONES, wave(4, 3, step=0.61), p), call(B, B, p)],
            vmap=False,
            atol=1e-5,
            errors=(call(VECTOR, ONES), call(ONES, wave(2, 2))),
        )
        for p in (1.0, 2.0, 3.0, math.inf)
    ),
    *(
        Row("torch.nn.functional.pdist", D.pdist, [call(TALL, p)], vmap=False, errors=(call(VECTOR),), atol=1e-5)
        for p in (1.0, 2.0, 3.0)
    ),
]
