"""Rows of reading and writing at indices, and of tables looked up by index."""

from typing import Any

import numpy as np

from funcgrad.ops import embedding as E
from funcgrad.ops import indexing as K
from funcgrad.ops import view_scatter
from tests.kernel_table import Row, call
from tests.kernels._samples import floats, ints, wave

X, S, V = wave(4, 3), wave(3, 2, step=0.7), wave(3)
AT = ints([0, 2], [1, 1], [0, 0])
UNIQUE = ints([0, 2], [1, 0], [0, 1])
ROWS_AT = ints(0, 2, 2)
TIES, TIED = np.ones((2, 3), "float32"), floats([0, 1, 1], [1, 1, 1])
TIES_AT = ints([0, 0, 1], [1, 1, 2])
DOUBLE = np.ones((1, 1))


def _row(name: str, *samples: Any, kernel: Any = None, errors: tuple = (), **kw: Any) -> Row:
    short = name.split(".")[-1]
    kernel = kernel or getattr(K, short, None) or getattr(view_scatter, short)
    return Row(f"torch.{name}", kernel, list(samples), errors=errors, **kw)


ROWS = [
    _row(
        "gather",
        call(X, 1, AT),
        call(X, 0, AT),
        call(wave(), 0, ints(0, 0)),
        call(X, 1, AT.astype("int32")),
        vmap=False,
        errors=(call(X, 1, ints(0)), call(X, 1, ints([0], [0], [0], [0], [0])), call(X, 1, floats([0]))),
    ),
    _row(
        "scatter",
        call(X, 1, UNIQUE, S),
        call(X, 0, ints([0, 1, 2]), wave(1, 3)),
        call(X, 1, AT, 2.0),
        vmap=False,
        errors=(
            call(X, 1, ints([0, 0, 0]), DOUBLE.astype("float32")),
            call(X, 1, ints([0]), DOUBLE),
            call(X, 1, ints([0], [0], [0], [0], [0]), 1.0),
            call(X, 1, ints([0]), 1.0, reduce="no"),
        ),
    ),
    _row("scatter", call(X, 1, AT, S, reduce="add"), call(X, 1, AT, S, reduce="multiply"), grad=False, vmap=False),
    _row("scatter_add", call(X, 1, AT, S), vmap=False),
    *(
        _row(
            "scatter_reduce",
            call(X, 1, AT, S, reduce),
            call(X, 1, AT, S, reduce, include_self=False),
            call(TIES, 1, TIES_AT, TIED, reduce),
            vmap=False,
            rtol=1e-5,
            atol=1e-5,
        )
        for reduce in ("sum", "prod", "mean", "amax", "amin")
    ),
    _row(
        "scatter_reduce",
        call(ints([5, 7]), 1, ints([0, 0]), ints([2, 4]), "mean"),
        vmap=False,
        errors=(call(X, 1, AT, S, "no"),),
    ),
    _row(
        "index_select",
        call(X, 0, ROWS_AT),
        call(X, 1, ints(2)),
        call(wave(), 0, ints(0)),
        vmap=False,
        errors=(call(X, 0, ints([0])), call(X, 0, V)),
    ),
    _row(
        "index_add",
        call(X, 0, ROWS_AT, wave(3, 3), alpha=2),
        call(X, 1, ints(0, 1), wave(4, 2)),
        vmap=False,
        errors=(
            call(X, 0, ints(0), wave(2, 3)),
            call(X, 0, ints(0), wave(1, 2)),
            call(X, 0, ints(0), wave(1, 3).astype("float64")),
        ),
    ),
    _row(
        "index_copy",
        call(X, 0, ints(2, 0, 3), wave(3, 3)),
        vmap=False,
        errors=(
            call(X, 0, ints(0), wave(2, 3)),
            call(X, 0, ints(0), wave(1, 2)),
            call(X, 0, ints(0), wave(1, 3).astype("float64")),
        ),
    ),
    _row(
        "index_fill",
        call(X, 1, ints(0, -1), 2.0),
        call(X, 1, ints(0, 2), floats(3.0).reshape(())),
        vmap=False,
        errors=(call(X, 1, ints(0), V),),
    ),
    _row("index_reduce", call(X, 0, ROWS_AT, wave(3, 3), "amax"), call(X, 0, ROWS_AT, wave(3, 3), "mean"), vmap=False),
    _row(
        "index_put",
        call(X, [ints(0, -1, 2), ints(2, 1, 2)], V),
        call(X, [ints(0, 1)], wave(1)),
        call(X, [ints(0, -1, 0), ints(2, 1, 2)], V, True),
        vmap=False,
        errors=(call(X, [ints(0)], wave(2)), call(X, [ints(0)], V.astype("float64"))),
    ),
    _row("take", call(X, ints([0, -1], [3, 3])), vmap=False, errors=(call(X, V),)),
    _row("take_along_dim", call(X, ints([0, 2]), 1), call(X, ints(0, 2)), vmap=False, errors=(call(X, ints(0), 1),)),
    _row(
        "Tensor.put",
        call(X, ints(0, -1), wave(2)),
        call(X, ints(0, 0), wave(2), True),
        kernel=K.put,
        vmap=False,
        errors=(call(X, ints(0), wave(2)),),
    ),
    _row(
        "masked_scatter",
        call(X, X > 0, wave(12)),
        call(X, wave(3) > 0, wave(12)),
        vmap=False,
        errors=(call(X, X > 0, wave(12).astype("float64")),),
    ),
    _row("nonzero", call(ints([1, 0], [0, 2])), kernel=lambda x: K.nonzero(np.asarray(x)), jit=False, vmap=False),
    _row("select_scatter", call(X, wave(4), 1, -1), vmap=False, errors=(call(X, V, 0, 5), call(X, wave(2), 0, 0))),
    _row(
        "slice_scatter",
        call(X, wave(2, 3), 0, 1, 4, 2),
        call(X, wave(4, 1), 1, -1),
        vmap=False,
        errors=(call(X, wave(1, 1)),),
    ),
    _row(
        "diagonal_scatter",
        call(X, V, -1),
        call(wave(2, 3, 4), wave(2, 3), 1, 1, 2),
        vmap=False,
        errors=(call(X, wave(4)),),
    ),
    _row(
        "nn.functional.embedding",
        call(ints([0, 1], [2, 2]), X, padding_idx=1),
        call(ints([0, 1], [2, 2]), X, scale_grad_by_freq=True),
        kernel=E.embedding,
        vmap=False,
        errors=(call(floats(1), X), call(ints(0), V)),
    ),
    *(
        _row(
            "nn.functional.embedding_bag",
            call(ints(0, 1, 3, 3), X, ints(0, 3, 3), mode=mode),
            call(ints([0, 1], [3, 2]), X, mode=mode, padding_idx=3),
            kernel=E.embedding_bag,
            vmap=False,
        )
        for mode in ("sum", "mean", "max")
    ),
    _row(
        "nn.functional.embedding_bag",
        call(ints([0, 1], [3, 3]), X, mode="sum", per_sample_weights=wave(2, 2)),
        call(ints(0, 1, 3, 3), X, ints(0, 3, 4), include_last_offset=True),
        kernel=E.embedding_bag,
        vmap=False,
    ),
]
