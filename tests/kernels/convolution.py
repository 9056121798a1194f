"""Rows of convolutions, their transposes, and sliding blocks."""

from typing import Any

from funcgrad.ops import convolution as K
from tests.kernel_table import Row, call
from tests.kernels._samples import wave

LOOSE = {"rtol": 1e-4, "atol": 1e-4, "why": "float32 sums over many taps, in another order"}


def _conv(name: str, *shapes: Any, errors: tuple = (), **kw: Any) -> Row:
    """Each of `shapes` is (input, weight, options); a bias goes with it."""
    kernel, transposed = getattr(K, name), "transpose" in name
    samples = []
    for x, w, options in shapes:
        channels = w[1] * options.get("groups", 1) if transposed else w[0]
        samples.append(call(wave(*x), wave(*w, step=0.61), wave(channels), **options))
    return Row(f"torch.nn.functional.{name}", kernel, samples, vmap=False, errors=errors, **(LOOSE | kw))


X, W, BIAS = wave(1, 2, 5, 5), wave(2, 2, 3, 3), wave(2)
WRONG = (
    call(X.astype("float64"), W),
    call(X, W, BIAS.astype("float64")),
    call(X, W, wave(3)),
    call(X, W, padding="same", stride=2),
    call(X, W, padding="no"),
    call(X, W, groups=2),
    call(X, W, groups=0),
    call(X, wave(3, 1, 3, 3), groups=2),
    call(X, W, stride=0),
    call(X, W, padding=-1),
    call(X, W, dilation=0),
    call(X, W, stride=(1, 1, 1)),
    call(wave(5, 5), W),
    call(wave(1, 3, 5, 5), W),
    call(wave(1, 2, 2, 2), W),
)
ROWS = [
    # narrow images of few channels: the banded product
    _conv(
        "conv2d",
        ((2, 3, 7, 8), (4, 3, 3, 3), {}),
        ((2, 3, 7, 8), (4, 3, 3, 3), {"stride": 2, "padding": 1}),
        ((2, 3, 9, 8), (4, 3, 3, 2), {"stride": (2, 1), "padding": (1, 0), "dilation": 2}),
        ((1, 3, 6, 6), (2, 3, 4, 3), {"padding": "same"}),
        ((3, 7, 8), (4, 3, 3, 3), {"padding": "valid"}),
        errors=WRONG,
    ),
    # wide ones: patches; groups; many channels, also with results smaller than the kernel
    _conv(
        "conv2d",
        ((1, 3, 5, 30), (2, 3, 3, 3), {"padding": 1, "stride": 2, "dilation": (1, 2)}),
        ((2, 4, 6, 7), (6, 2, 3, 3), {"groups": 2}),
        ((2, 4, 6, 7), (4, 1, 3, 3), {"groups": 4, "stride": 2, "padding": 1}),
        ((1, 8, 5, 30), (3, 8, 3, 3), {}),
        ((1, 8, 4, 4), (5, 8, 1, 1), {}),
        ((2, 9, 2, 2), (8, 9, 3, 3), {"padding": 1}),
        ((2, 9, 5, 6), (8, 9, 3, 2), {"stride": 2, "dilation": (1, 2)}),
    ),
    _conv(
        "conv1d",
        ((2, 3, 8), (4, 3, 3), {"stride": 2, "padding": 1}),
        ((1, 8, 40), (3, 8, 3), {"padding": 1}),
        ((1, 3, 40), (2, 3, 3), {"dilation": 2}),
        ((2, 4, 10), (8, 1, 3), {"groups": 4}),
        ((3, 8), (4, 3, 3), {}),
        errors=(call(wave(5), wave(2, 2, 3)),),
    ),
    _conv(
        "conv3d",
        ((1, 2, 4, 4, 5), (3, 2, 2, 3, 2), {"stride": (1, 2, 1), "padding": 1}),
        errors=(call(wave(1, 1, 2, 2, 2), wave(1, 1, 3, 3, 3)),),
    ),
    _conv(
        "conv_transpose2d",
        ((2, 3, 4, 5), (3, 2, 3, 3), {}),
        ((1, 3, 4, 4), (3, 2, 4, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
        ((1, 4, 3, 3), (4, 3, 3, 3), {"groups": 2, "stride": (2, 1), "dilation": 2, "output_padding": (1, 0)}),
        errors=(call(X, wave(3, 2, 3, 3)), call(X, W, output_padding=1), call(wave(5, 5), W), call(X, W, wave(3))),
    ),
    _conv("conv_transpose2d", ((1, 1, 2, 2), (1, 1, 7, 7), {"padding": 2, "stride": 2})),  # too many taps to unroll
    _conv("conv_transpose1d", ((2, 3, 5), (3, 2, 3), {"stride": 3, "padding": 1, "output_padding": 2})),
    _conv("conv_transpose3d", ((1, 2, 2, 3, 3), (2, 2, 2, 2, 2), {"stride": 2})),
    Row(
        "torch.nn.functional.unfold",
        K.unfold,
        [call(wave(2, 3, 5, 6), (2, 3), 1, 1, 2), call(wave(3, 5, 6), 2, 2)],
        vmap=False,
        errors=(call(X, 7),),
    ),
    Row(
        "torch.nn.functional.fold",
        K.fold,
        [call(wave(2, 12, 9), (5, 6), (2, 3), 1, 1, 2), call(wave(8, 12), (5, 6), 2, 2)],
        vmap=False,
        errors=(call(wave(1, 8, 3), (3, 3), 2), call(wave(1, 7, 4), (3, 3), 2)),
    ),
]
