"""Rows of the pools."""

from typing import Any

import numpy as np

from funcgrad.ops import pooling as K
from tests.kernel_table import Row, call
from tests.kernels._samples import ints, positive, wave

IMAGE, LINE, VOLUME = wave(2, 3, 7, 8, step=1.37), wave(2, 3, 9, step=1.37), wave(1, 2, 4, 5, 6, step=1.37)
TIES = np.round(IMAGE)
NAN = np.where(np.arange(16).reshape(1, 1, 4, 4) == 5, np.nan, wave(1, 1, 4, 4))
ADAPTIVE = {1: (3, (1,)), 2: (3, (2, 1), (None, 4)), 3: ((2, 3, 1), 2)}


def _max(name: str, x: np.ndarray, *options: tuple, errors: tuple = ()) -> Row:
    """PyTorch gives indices if asked, the kernel always."""

    def kernel(*args: Any, return_indices: bool) -> Any:
        return getattr(K, name)(*args)

    samples = [call(x, *args, return_indices=True) for args in options]
    wrong = tuple(call(*args, return_indices=True) for args in errors)
    return Row(f"torch.nn.functional.{name}", kernel, samples, vmap=False, errors=wrong)


def _mean(name: str, *samples: Any, errors: tuple = (), **kw: Any) -> Row:
    return Row(f"torch.nn.functional.{name}", getattr(K, name), list(samples), vmap=False, errors=errors, **kw)


# kernel, stride, padding, dilation, ceil_mode of each
WINDOWS = (
    (2,),
    ((2, 4),),
    (2, 1),
    (3, 2, 1),
    (2, 2, 0, 1, True),
    (2, 1, 0, 2),
    (3, 2, 1, 1, True),
    ((1, 3), (1, 2), (0, 1)),
)
ROWS = [
    _max(
        "max_pool2d",
        IMAGE,
        *WINDOWS,
        errors=((wave(1, 1, 1), 2), (IMAGE, 2, 2, 2), (wave(5), 2), (IMAGE, 2, 0), (IMAGE, (2, 2, 2))),
    ),
    _max("max_pool2d", TIES, *WINDOWS),
    _max("max_pool2d", NAN, (2,)),
    _max("max_pool2d", IMAGE[0], (2, None, 1)),
    _max("max_pool2d", ints(*range(16)).reshape(1, 4, 4), (2,)),
    _max("max_pool1d", LINE, (2,), (3, 2, 1), errors=((wave(1, 1, 4), 5), (wave(4), 5), (wave(1, 4), 2, 2, 2))),
    _max("max_pool3d", VOLUME, (2,), (3, 1, 1), errors=((VOLUME, 7),)),
    _max("adaptive_max_pool1d", LINE, *[(s,) for s in ADAPTIVE[1]]),
    _max("adaptive_max_pool2d", TIES, *[(s,) for s in ADAPTIVE[2]]),
    _max("adaptive_max_pool3d", VOLUME, *[(s,) for s in ADAPTIVE[3]]),
    _mean(
        "avg_pool2d",
        call(IMAGE, 2),
        call(IMAGE, 3, 2, 1),
        call(IMAGE, 3, 2, 1, count_include_pad=False),
        call(IMAGE, 3, 2, 1, True),
        call(IMAGE, 3, 2, 1, True, False),
        call(IMAGE, 2, divisor_override=3),
        call(IMAGE[0], (2, 3)),
        errors=(call(IMAGE, 9), call(IMAGE, 2, 2, 2), call(IMAGE, 2, divisor_override=0)),
    ),
    _mean("avg_pool1d", call(LINE, 2), call(LINE, 3, 2, 1, True), errors=(call(wave(1, 1, 4), 5),)),
    _mean("avg_pool3d", call(VOLUME, 2), call(VOLUME, 3, 2, 1), errors=(call(wave(1, 1, 4, 4, 4), 5),)),
    _mean("adaptive_avg_pool1d", *[call(LINE, s) for s in ADAPTIVE[1]]),
    _mean(
        "adaptive_avg_pool2d",
        *[call(IMAGE, s) for s in ADAPTIVE[2]],
        call(IMAGE, 1),
        errors=(call(wave(4, 4), 2), call(IMAGE, (1, 2, 3))),
    ),
    _mean("adaptive_avg_pool3d", *[call(VOLUME, s) for s in ADAPTIVE[3]]),
    _mean("lp_pool1d", call(positive(2, 3, 9), 2.0, 2)),
    _mean(
        "lp_pool2d",
        call(positive(2, 3, 7, 8), 3.0, 2),
        call(positive(2, 3, 7, 8), 2.0, 3, 1),
        rtol=1e-4,
        atol=1e-5,
        why="powers in float32",
    ),
    _mean("lp_pool3d", call(positive(1, 2, 4, 4, 4), 2.0, 2)),
]
