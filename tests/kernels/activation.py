"""Rows of the activation functions."""

from typing import Any

import numpy as np

from funcgrad.ops import activation as K
from tests.kernel_table import Row, call
from tests.kernels._samples import floats, ints, wave

X = wave(3, 4, start=-4.0, period=8.0, step=0.71)
D = X.astype("float64")
KINKS = floats(-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0)
WIDE = floats(-100.0, -30.0, -20.5, 20.5, 30.0, 100.0)
NAN = float("nan")
IMAGE = wave(2, 4, 3)
LONG = ints(1, 2)


def _row(
    name: str, *more: Any, samples: tuple = (), errors: tuple = (call(LONG),), kernel: Any = None, **kw: Any
) -> Row:
    calls = [call(x, *more) for x in (X, KINKS, WIDE, D, floats(2.0).reshape(()))]
    return Row(f"torch.nn.functional.{name}", kernel or getattr(K, name), [*calls, *samples], errors=errors, **kw)


ROWS = [
    _row("relu", samples=(call(ints(-1, 0, 2)), call(floats(NAN))), errors=(call(np.array([True])),)),
    _row("relu6", errors=()),
    _row("hardtanh", samples=(call(X, -0.5, 2.0), call(floats(-1, 1, 0.5))), errors=()),
    _row("hardsigmoid"),
    _row("hardswish"),
    _row("leaky_relu", samples=(call(X, 0.3), call(KINKS, -0.2))),
    _row("elu", samples=(call(X, 0.5), call(KINKS, 2.0))),
    _row("selu"),
    _row("celu", samples=(call(X, 2.0),), errors=()),
    _row("gelu", samples=(call(X, approximate="tanh"),), errors=(call(LONG), call(X, approximate="no"))),
    _row("silu", samples=(call(X.astype("float16")),), rtol=2e-3, atol=2e-3, why="float16 has three digits"),
    _row("silu"),
    _row("mish"),
    _row("softplus", samples=(call(X, 2.0), call(X, 1.0, 2.0), call(KINKS, 0.5, 1.0))),
    _row("softsign", errors=()),
    _row("tanhshrink", errors=()),
    _row("hardshrink", samples=(call(X, 1.5),)),
    _row("softshrink", samples=(call(X, 1.5),)),
    _row("threshold", 0.1, -3.0, errors=()),
    _row("logsigmoid"),
    Row(
        "torch.nn.functional.prelu",
        K.prelu,
        [call(X, floats(0.3)), call(IMAGE, floats(0.1, 0.2, 0.3, 0.4)), call(X[0], floats(0.3))],
        vmap=False,
        errors=(call(IMAGE, floats(0.1, 0.2)), call(IMAGE, wave(2, 2)), call(X, floats(0.3, dtype="float64"))),
    ),
    Row(
        "torch.nn.functional.glu",
        K.glu,
        [call(X), call(IMAGE, 1)],
        errors=(call(wave(3)), call(floats(1.0).reshape(())), call(IMAGE, 3)),
    ),
    *(
        Row(
            f"torch.{name}",
            getattr(K, name),
            [
                *(
                    call(X, 0),
                    call(X, 1),
                    call(IMAGE, 1),
                    call(IMAGE, -1),
                    call(D, -1),
                    call(X, 1, np.dtype("float64")),
                ),
                *(
                    call(floats(1.0, -np.inf, 1.0), 0),
                    call(floats(-np.inf, -np.inf), 0),
                    call(floats(3.0).reshape(()), 0),
                ),
                *(call(ints(1, 2), 0, np.dtype("float32")), call(wave(2, 0), 1), call(100 * X, 1)),
            ],
            errors=(call(X, 2), call(LONG, 0)),
        )
        for name in ("softmax", "log_softmax")
    ),
    Row("torch.nn.functional.softmin", K.softmin, [call(X, 1)]),
]
