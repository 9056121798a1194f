"""On a CPU convolutions are lowered by shape, and some operators have a backward rule: all equal what jax derives."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array, lax

from funcgrad.ops import pointwise
from funcgrad.ops.convolution import conv2d
from funcgrad.ops.normalization import batch_norm_train, batch_norm_vjp
from funcgrad.ops.recurrent import recurrent, recurrent_vjp

# channels in and out, width, kernel, stride, padding
CONVOLUTIONS = {
    "banded": (2, 3, 12, 3, 1, 1),
    "patches": (3, 24, 40, 3, 2, 1),
    "one element, few channels": (2, 3, 6, 1, 1, 0),
    "one element, many channels": (24, 12, 6, 1, 1, 0),
    "one element, strided": (24, 12, 7, 1, 2, 0),
    "one element, padded": (24, 12, 6, 1, 1, 2),
    "xla, padded": (24, 12, 9, 3, 1, 1),
    "xla, strided": (24, 12, 9, 3, 2, 1),
}


def drawn(*shape: int, seed: int = 0) -> Array:
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def same(a: Sequence[Array], b: Sequence[Array]) -> None:
    for x, y in zip(a, b, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-4)  # sums of hundreds of products


@pytest.mark.parametrize("kind", CONVOLUTIONS)
def test_convolutions(kind: str) -> None:
    c, out, size, kernel, stride, padding = CONVOLUTIONS[kind]
    x, w = drawn(2, c, size, size), drawn(out, c, kernel, kernel, seed=1)

    def plain(x: Array, w: Array) -> Array:
        pairs = [(padding, padding)] * 2
        return lax.conv_general_dilated(x, w, (stride, stride), pairs, dimension_numbers=("NCHW", "OIHW", "NCHW"))

    def ours(x: Array, w: Array) -> Array:
        return conv2d(x, w, stride=stride, padding=padding)

    expected, pull = jax.vjp(plain, x, w)
    got, our_pull = jax.vjp(ours, x, w)
    g = drawn(*expected.shape, seed=2)
    same((got, *our_pull(g)), (expected, *pull(g)))


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 5), (2, 3, 4, 5)])
@pytest.mark.parametrize("weighted", [True, False])
def test_batch_norm(shape: tuple[int, ...], weighted: bool) -> None:
    x, g, weight, bias = drawn(*shape), drawn(*shape, seed=1), drawn(3, seed=2), drawn(3, seed=3)
    if weighted:
        expected = jax.vjp(lambda *a: batch_norm_train(*a).output, x, weight, bias)[1](g)
    else:
        expected = jax.vjp(lambda x, bias: batch_norm_train(x, None, bias).output, x, bias)[1](g)
    same(batch_norm_vjp((g,), None, x, weight if weighted else None), expected)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("mode,gates", [("LSTM", 4), ("GRU", 3), ("RNN_TANH", 1)])
def test_recurrent(mode: str, gates: int, biased: bool, reverse: bool) -> None:
    length, n, width = 5, 3, 4
    given = [drawn(length, n, gates * width), drawn(n, width, seed=1), drawn(gates * width, width, seed=2),
             drawn(n, width, seed=3) if mode == "LSTM" else None,
             drawn(gates * width, seed=4) if biased else None]  # fmt: skip
    results, pull = jax.vjp(lambda *a: recurrent(*a, mode=mode, reverse=reverse), *given)
    cotangents = tuple(drawn(*r.shape, seed=5 + k) for k, r in enumerate(results))
    expected = [g for g in pull(cotangents) if g is not None]
    same(recurrent_vjp(cotangents, results, *given, mode=mode, reverse=reverse), expected)


ROW = np.arange(1, 17, dtype=np.float32)


@pytest.mark.parametrize("divisor", [255.0, ROW, ROW[:, None]], ids=["number", "row", "column"])
def test_division_by_few_numbers_is_rounded_once(divisor) -> None:
    """It is no product with reciprocals: 126 of the 256 quotients of bytes by 255 would be others."""
    x = np.arange(256, dtype=np.float32).reshape(16, 16)
    want = x / np.asarray(divisor, np.float32)
    for y in (divisor, jnp.broadcast_to(jnp.asarray(divisor, jnp.float32), x.shape)):
        np.testing.assert_array_equal(jax.jit(pointwise.div)(x, y), want)
        np.testing.assert_array_equal(jax.jit(lambda a, b: pointwise.div(a, jnp.broadcast_to(b, a.shape)))(x, y), want)
    (slope,) = jax.jit(lambda a, b, g: jax.vjp(lambda c: pointwise.div(c, b), a)[1](g))(x, divisor, x)
    np.testing.assert_array_equal(slope, want)
