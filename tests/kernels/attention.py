"""Rows of attention."""

import numpy as np

from funcgrad.ops import attention as K
from tests.kernel_table import Row, call
from tests.kernels._samples import ints, wave

Q, KEY, V = wave(2, 2, 3, 4), wave(2, 2, 5, 4, step=0.61), wave(2, 2, 5, 6, step=0.83)
KEEP = wave(3, 5) > 0
KEEP[1] = False  # a query that may look nowhere
HEADS, SHARED = wave(1, 4, 3, 4), wave(1, 2, 5, 4, step=0.61)

ROWS = [
    Row(
        "torch.nn.functional.scaled_dot_product_attention",
        K.scaled_dot_product_attention,
        [
            call(Q, KEY, V),
            call(Q, KEY, V, is_causal=True),
            call(Q, KEY, V, scale=0.3),
            call(Q, KEY, V, KEEP),
            call(Q, KEY, V, wave(3, 5)),
            call(Q, KEY, V, wave(2, 1, 1, 5)),
            call(Q[0], KEY[0], V[0]),
            call(Q[0, 0], KEY[0, 0], V[0, 0]),
            call(HEADS, SHARED, SHARED + 1, enable_gqa=True),
        ],
        rtol=1e-4,
        atol=1e-5,
        why="exponentials of float32 sums",
        vmap=False,
        errors=(
            call(Q, KEY.astype("float64"), V),
            call(Q[0, 0, 0], KEY, V),
            call(Q, wave(2, 2, 5, 3), V),
            call(Q, KEY, V, ints([1])),
        ),
    ),
    Row(
        "torch.nn.functional.scaled_dot_product_attention",
        K.scaled_dot_product_attention,
        [call(Q, KEY, V, np.where(KEEP, 0, -np.inf).astype("float32"))],
        grad=False,
        vmap=False,
    ),
]
