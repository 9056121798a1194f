"""Rows of the special functions."""

import numpy as np

from funcgrad.ops import pointwise_unary as U
from funcgrad.ops import special as K
from tests.kernel_table import Row, call
from tests.kernels._samples import floats, ints, positive, unit, wave

X = wave(2, 5, start=-3.0, period=6.0)
P = positive(6)

_UNARY = {
    "erf": [X],
    "erfc": [X],
    "erfinv": [unit(6)],
    "lgamma": [P],
    "digamma": [P, floats(-0.5, -1.5)],
    "i0": [X],
    "sinc": [X, floats(0.0, 1.0, 2.0)],
    "special.i0e": [X],
    "special.i1": [X],
    "special.i1e": [X],
    "special.ndtr": [X],
    "special.ndtri": [floats(0.01, 0.3, 0.5, 0.9)],
    "special.log_ndtr": [X, floats(-20, -5, 0, 5)],
    "special.entr": [floats(-1, 0, 0.3, 2)],
    "special.erfcx": [X],
}
_LOOSE = {
    "sinc": "the derivative cancels near 0",
    "lgamma": "XLA's float32 lgamma near its zeros",
    "digamma": "float32 series of XLA and PyTorch differ in the last digits",
    "i0": "float32 polynomials differ in the last digits",
    "special.i1": "float32 polynomials differ in the last digits",
    "special.i1e": "float32 polynomials differ in the last digits",
    "special.log_ndtr": "float32 series differ in the last digits",
    "special.ndtri": "float32 polynomials differ in the last digits",
    "special.erfcx": "erfc times exp in float32",
    "erfinv": "float32 polynomials differ in the last digits",
    "erfc": "float32 polynomials differ in the last digits",
}

ROWS = [
    *(
        Row(
            f"torch.{name}",
            getattr(K, name.removeprefix("special.")),
            [call(x) for x in (*xs, xs[0].astype("float64"))]
            + ([call(ints(1, 2))] if name not in ("erfinv", "special.ndtri") else []),
            rtol=2e-4 if name in _LOOSE else 1e-5,
            atol=1e-5 if name in _LOOSE else 1e-6,
            why=_LOOSE.get(name, ""),
        )
        for name, xs in _UNARY.items()
    ),
    Row("torch.special.expit", U.sigmoid, [call(X)]),
    Row(
        "torch.xlogy",
        K.xlogy,
        [
            call(P, P[::-1].copy()),
            call(floats(0, 0, 1), floats(0, 2, 2)),
            call(2.0, P),
            call(P, 3.0),
            call(floats(0, 1), floats(np.nan, 1)),
        ],
    ),
    Row("torch.special.xlog1py", K.xlog1py, [call(P, unit(6)), call(floats(0, 0, 1), floats(-0.5, 2, 2))]),
    Row("torch.polygamma", K.polygamma, [call(n, P + 0.5) for n in (0, 1, 2)], rtol=1e-4, why="float32 zeta series"),
    Row("torch.mvlgamma", K.multigammaln, [call(P + 2, 3)], rtol=1e-4, why="sums of float32 lgamma"),
    Row("torch.special.gammainc", K.gammainc, [call(P, P[::-1].copy())], grad=False),
    Row("torch.special.gammaincc", K.gammaincc, [call(P, P[::-1].copy())], grad=False),
    Row("torch.special.zeta", K.zeta, [call(P + 1.5, P)], grad=False),
]
