"""Rows of the normalisations."""

import math
from typing import Any

import numpy as np

from funcgrad.ops import normalization as K
from tests.kernel_table import Row, call
from tests.kernels._samples import positive, wave

X, W, B, MEAN, VAR = wave(4, 6, 3, step=1.37), wave(6), wave(6, step=0.9), wave(6, step=0.6), positive(6)
FEATURES = wave(6, 3, step=0.7)


def _row(name: str, *samples: Any, kernel: Any = None, errors: tuple = (), **kw: Any) -> Row:
    return Row(
        f"torch.nn.functional.{name}",
        kernel or getattr(K, name),
        list(samples),
        rtol=1e-4,
        atol=1e-4,
        why="float32 variances, summed in another order",
        vmap=False,
        errors=errors,
        **kw,
    )


def _output(kernel: Any) -> Any:
    return lambda *args, **kw: kernel(*args, **kw)[0]


ROWS = [
    _row(
        "batch_norm",
        call(X, None, None, W, B, True),
        call(X, None, None, training=True, eps=0.1),
        kernel=_output(K.batch_norm),
        errors=(
            call(X, None, None),
            call(X, wave(3), wave(3)),
            call(X, MEAN, VAR, wave(3)),
            call(X, MEAN, VAR, W, wave(3)),
            call(wave(1, 2), None, None, training=True),
        ),
    ),
    _row("batch_norm", call(X, MEAN, VAR, W, B), call(X, MEAN, VAR), kernel=_output(K.batch_norm), grad=False),
    _row(
        "layer_norm",
        call(X, (6, 3), FEATURES, FEATURES + 1),
        call(X, (3,), eps=0.1),
        call(X, (3,), wave(3)),
        errors=(call(X, (4,)), call(X, (3,), wave(4)), call(X, ())),
    ),
    _row(
        "group_norm",
        call(X, 2, W, B),
        call(X, 3),
        call(wave(2, 4), 2),
        errors=(call(X, 4), call(X, 2, wave(3)), call(wave(2), 2)),
    ),
    _row("instance_norm", call(X), kernel=_output(K.instance_norm)),
    _row("rms_norm", call(X, (3,), wave(3)), call(X, (6, 3), eps=0.1), errors=(call(X, (4,)),)),
    _row("local_response_norm", call(X, 3), call(X, 2, 0.5), call(X, 4, beta=0.5, k=2.0), errors=(call(wave(2), 2),)),
    *(_row("normalize", call(X, p), call(X, p, 2)) for p in (2.0, 1.0, 3.0, math.inf)),
    _row("normalize", call(np.zeros((2, 3), "float32")), call(X, dim=0)),
]
