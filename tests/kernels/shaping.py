"""Rows of joining, repeating, padding and rearranging."""

from typing import Any

from funcgrad.ops import shaping as K
from tests.kernel_table import Row, call
from tests.kernels._samples import ints, wave

X, Y, V = wave(2, 3), wave(1, 3, step=0.7), wave(3)
IMAGE, LONG = wave(2, 3, 3, 4), ints(1, 2)


def _row(name: str, *samples: Any, kernel: Any = None, errors: tuple = (), **kw: Any) -> Row:
    return Row(f"torch.{name}", kernel or getattr(K, name), list(samples), errors=errors, **kw)


def _listed(kernel: Any) -> Any:
    return lambda *tensors, **kw: kernel(list(tensors), **kw)


ROWS = [
    _row(
        "cat",
        call([X, wave(0), Y]),
        call([X, X], -1),
        call([X, ints([1, 2, 3])]),
        vmap=False,
        errors=(call([]), call([X, wave(2, 2)]), call([X, V]), call([wave(), wave()]), call([V], 3)),
    ),
    _row("stack", call([X, X + 1]), call([X, X], -1), vmap=False, errors=(call([]), call([X, Y]), call([X], 5))),
    *(
        _row(name, call([V, V]), call([X, X]), call([wave(2, 2, 2), wave(2, 2, 2)]), vmap=False)
        for name in ("hstack", "vstack", "dstack", "column_stack")
    ),
    _row("block_diag", call(X, V, wave(1, 1)), kernel=_listed(K.block_diag), vmap=False, errors=(call(IMAGE),)),
    _row("flip", call(X, (0, 1)), call(X, (-1,)), vmap=False, errors=(call(X, (0, 0)), call(X, (5,)))),
    _row("fliplr", call(X), vmap=False, errors=(call(V),)),
    _row("flipud", call(X), vmap=False, errors=(call(wave()),)),
    _row(
        "roll",
        call(X, 1),
        call(X, (1, -2), (0, 1)),
        call(X, 2, 0),
        vmap=False,
        errors=(call(X, (1, 1), 0), call(X, 1, 5)),
    ),
    _row(
        "rot90",
        call(X),
        call(X, 3, (1, 0)),
        call(X, 2),
        vmap=False,
        errors=(call(X, 1, (0, 0)), call(X, 1, (0,)), call(V)),
    ),
    _row("tile", call(X, (2,)), call(X, (2, 1, 2)), vmap=False),
    _row("Tensor.repeat", call(X, (2, 1, 3)), kernel=K.repeat, vmap=False, errors=(call(X, (2,)), call(X, (-1, 2)))),
    _row("repeat_interleave", call(X, 2), call(X, 3, 1), call(X, 0, 0), vmap=False, errors=(call(X, -1),)),
    *(
        _row(
            "nn.functional.pad",
            call(wave(2, 3, 4), (1, 2), mode=mode),
            call(IMAGE, (1, 2, 0, 1), mode=mode),
            call(wave(1, 1, 3, 3, 4), (1, 1, 0, 1, 1, 0), mode=mode),
            call(wave(2, 3, 4), (-1, 2), mode=mode),
            kernel=K.pad,
            vmap=False,
            errors=(call(X, (1,), mode=mode),),
        )
        for mode in ("constant", "reflect", "replicate", "circular")
    ),
    _row(
        "nn.functional.pad",
        call(X, (-1, 2), value=3.0),
        call(LONG, (1, 1), value=7),
        kernel=K.pad,
        vmap=False,
        errors=(
            call(X, (1,) * 6),
            call(X, (-4, 0)),
            call(wave(1, 2, 3), (3, 0), mode="reflect"),
            call(wave(1, 2, 3), (4, 0), mode="circular"),
            call(X, (1, 1), mode="no"),
            call(V, (1, 0), mode="reflect"),
            call(X, (1, 0), mode="reflect", value=1.0),
        ),
    ),
    _row("tril", call(X), call(X, -1), call(IMAGE, 1), vmap=False, errors=(call(V),)),
    _row("triu", call(X), call(X, 1), call(IMAGE, -1), vmap=False, errors=(call(V),)),
    _row("diag", call(X), call(X, 1), call(X, -1), call(V), call(V, 2), vmap=False, errors=(call(IMAGE),)),
    _row("diag_embed", call(X), call(X, 1), call(X, -2), call(X, -1, 0, 2), vmap=False, errors=(call(X, 0, 0, 0),)),
    _row("diagflat", call(X), call(X, -1), vmap=False),
    _row(
        "cartesian_prod",
        call(V, LONG.astype("float32")),
        call(V),
        kernel=_listed(K.cartesian_prod),
        vmap=False,
        errors=(call(X),),
    ),
    _row("combinations", call(V), call(V, 3, True), call(V, 2, True), vmap=False, errors=(call(X),)),
    _row(
        "meshgrid",
        call(V, wave(2), indexing="ij"),
        call(V, wave(2), indexing="xy"),
        kernel=_listed(K.meshgrid),
        vmap=False,
        errors=(call(V, indexing="no"),),
    ),
    _row(
        "broadcast_tensors",
        call(wave(2, 1), V),
        kernel=_listed(K.broadcast_tensors),
        vmap=False,
        errors=(call(wave(2), V),),
    ),
    _row("nn.functional.one_hot", call(ints([1, 3], [0, 2]), 4), kernel=K.one_hot, errors=(call(V, 3),)),
    _row("nn.functional.channel_shuffle", call(wave(2, 4, 2, 3), 2), kernel=K.channel_shuffle, vmap=False),
]
