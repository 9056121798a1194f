"""Rows of resizing images and of reading them at points."""

from typing import Any

import numpy as np

from funcgrad.ops import resampling as K
from tests.kernel_table import Row, call
from tests.kernels._samples import ints, wave

IMAGE, LINE, VOLUME = wave(2, 2, 4, 5), wave(1, 2, 5), wave(1, 1, 2, 3, 4)
BYTES = (np.arange(120).reshape(2, 3, 4, 5) * 83 % 256).astype("uint8")
GRID = wave(2, 3, 3, 2, start=-1.2, period=2.4, step=0.331)
THETA = wave(2, 2, 3)
LOOSE = {"rtol": 1e-4, "atol": 1e-4, "why": "float32 positions"}


def _row(name: str, *samples: Any, errors: tuple = (), **kw: Any) -> Row:
    return Row(f"torch.nn.functional.{name}", getattr(K, name), list(samples), vmap=False, errors=errors, **kw)


def _sizes(mode: str) -> list[Any]:
    return [call(IMAGE, mode=mode, **k) for k in ({"size": (7, 3)}, {"scale_factor": 2}, {"scale_factor": [1.7, 0.6]})]


ROWS = [
    *(
        _row("interpolate", *_sizes(mode), **LOOSE)
        for mode in ("nearest", "nearest-exact", "bilinear", "bicubic", "area")
    ),
    *(
        _row(
            "interpolate",
            call(BYTES, size=(7, 3), mode=mode),
            call(BYTES, size=(2, 9), mode=mode, antialias=True),
            grad=False,
        )
        for mode in ("bilinear", "bicubic")
    ),
    _row("interpolate", call(BYTES, scale_factor=2), grad=False),
    *(
        _row(
            "interpolate",
            call(IMAGE, size=(7, 3), mode=mode, align_corners=True),
            call(IMAGE, size=(3, 9), mode=mode, antialias=True),
            call(IMAGE, scale_factor=1.3, mode=mode, recompute_scale_factor=True),
            **LOOSE,
        )
        for mode in ("bilinear", "bicubic")
    ),
    _row(
        "interpolate",
        call(LINE, size=8, mode="linear"),
        call(LINE, size=3),
        call(VOLUME, scale_factor=2),
        call(VOLUME, size=(3, 3, 6), mode="trilinear"),
        **LOOSE,
        errors=(
            call(IMAGE, size=3, scale_factor=2),
            call(IMAGE),
            call(IMAGE, size=3, align_corners=True),
            call(IMAGE, size=3, mode="no"),
            call(IMAGE, size=3, mode="linear"),
            call(LINE, size=3, mode="bilinear"),
            call(wave(3), size=3),
            call(IMAGE, size=(3,)),
            call(IMAGE, scale_factor=(3,)),
            call(IMAGE, size=0),
            call(wave(1, 2, 5).astype("int64"), size=3),
            call(BYTES[0], size=3, mode="linear"),
        ),
    ),
    _row(
        "pixel_shuffle",
        call(wave(2, 8, 2, 3), 2),
        call(np.zeros((1, 0, 2, 2), "float32"), 1),
        errors=(call(wave(1, 3, 1, 2), 2), call(wave(2, 2), 2)),
    ),
    _row("pixel_unshuffle", call(wave(2, 2, 4, 6), 2), errors=(call(wave(1, 1, 3, 2), 2),)),
    _row(
        "affine_grid",
        call(THETA, (2, 1, 3, 4), align_corners=True),
        call(THETA, (2, 1, 3, 4), align_corners=False),
        call(wave(2, 3, 4), (2, 1, 3, 4, 2), align_corners=False),
        errors=(call(wave(1, 2, 2), (1, 1, 2, 2)), call(ints([[1, 2, 3], [1, 2, 3]]), (1, 1, 2, 2))),
    ),
    *(
        _row(
            "grid_sample",
            *[
                call(IMAGE, GRID, mode, padding, corners)
                for padding in ("zeros", "border", "reflection")
                for corners in (True, False)
            ],
            **LOOSE,
        )
        for mode in ("bilinear", "nearest", "bicubic")
    ),
    _row(
        "grid_sample",
        call(VOLUME, wave(1, 2, 2, 3, 3, start=-1.1, period=2.2, step=0.331), align_corners=False),
        **LOOSE,
        errors=(
            call(IMAGE, np.zeros((2, 2, 2, 3), "float32")),
            call(IMAGE, GRID, mode="no"),
            call(IMAGE, GRID, padding_mode="no"),
            call(IMAGE, GRID[:1]),
        ),
    ),
]
