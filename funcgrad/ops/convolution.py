"""Convolutions, their transposes, and the sliding blocks they read.

On accelerators a convolution is XLA's own. XLA's CPU convolutions, and the gradients that it derives from them, are
several times slower than matrix products, so there the lowering is chosen by shape (`_lowering`):

- ``banded``: rows of the image times a banded matrix that holds the kernel once for every output column. It multiplies
  many zeros, but needs no copy of the patches; best for few channels and narrow images.
- ``patches``: the patches as rows of a matrix, for few channels and wide images, where a patch is one element, and for
  results smaller than the kernel, whose gradients by XLA take up to thirty times as long.
- ``taps``: a sum over the kernel's positions of shifted images, for depthwise kernels.
- ``xla``: everything else.

All are matrix products, slices and pads, whose gradients of any order are again of that kind.
"""

from collections.abc import Sequence
from itertools import product
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from funcgrad.dtypes import torch_name
from funcgrad.typing import Array

__all__ = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cpu_lowering",
    "fold",
    "unfold",
]

Lowering = Literal["xla", "banded", "patches", "taps"]
Pairs = tuple[tuple[int, int], ...]
_C_NAMES = {"float32": "float", "float64": "double", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
            "int64": "long int", "int32": "int"}  # fmt: skip
_BAND_ELEMENTS = 1 << 17  # a banded matrix of half a megabyte stays in the cache
_BAND_WASTE = 7  # columns multiplied for each that counts, up to which the band still wins
_BAND_PAIRS = 64  # input times output channels, above which XLA's own is nearly as fast and takes less memory
_PATCH_CHANNELS = 4
_MAX_TAPS = 36


def cpu_lowering() -> bool:
    """Whether programs are made for the CPU, where XLA's convolutions are slow."""
    return jax.default_backend() == "cpu"


# ---------------------------------------------------------------- arguments
def _tuple(name: str, value: int | Sequence[int], n: int) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,) * n
    value = tuple(value)
    if len(value) == 1:
        return value * n
    if len(value) != n:
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {n} values to match the convolution "
            f"dimensions, but got {name}={list(value)}"
        )
    return value


def _cross(sizes: Sequence[int]) -> str:
    return f"({' x '.join(map(str, sizes))})"


def _check(
    input: Array, weight: Array, bias: Array | None, stride: tuple, padding: tuple, dilation: tuple, groups: int,
    transposed: bool,
) -> None:  # fmt: skip
    """PyTorch's checks, in its order; `input` is batched."""
    shape = list(weight.shape)
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if min(dilation, default=1) <= 0:
        raise RuntimeError(f"dilation should be greater than zero, but got {list(dilation)}")
    if min(p for pair in padding for p in pair) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if shape[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size "
            f"{shape} instead"
        )
    if shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size [{shape}] instead"
        )
    channels = shape[0] if transposed else shape[1] * groups
    if input.shape[1] != channels:
        start = "transposed=1" if transposed else f"groups={groups}"
        raise RuntimeError(
            f"Given {start}, weight of size {shape}, expected input{list(input.shape)} to have {channels} channels, "
            f"but got {input.shape[1]} channels instead"
        )
    out = shape[1] * groups if transposed else shape[0]
    if bias is not None and bias.shape != (out,):
        start = "Given transposed=1, weight" if transposed else "Given weight"
        raise RuntimeError(
            f"{start} of size {shape}, expected bias to be 1-dimensional with {out} elements, but got bias of size "
            f"{list(bias.shape)} instead"
        )
    if transposed:
        return
    padded = [n + lo + hi for n, (lo, hi) in zip(input.shape[2:], padding, strict=True)]
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, shape[2:], strict=True)]
    if any(p < s for p, s in zip(padded, spans, strict=True)):
        raise RuntimeError(
            f"Calculated padded input size per channel: {_cross(padded)}. Kernel size: {_cross(spans)}. Kernel size "
            "can't be greater than actual input size"
        )


def _check_weight(input: Array, weight: Array, stride: tuple, named: bool = False) -> None:
    """PyTorch's errors for kernels of another number of dimensions; `named` is a padding given by name."""
    n, k = input.ndim, weight.ndim
    if k == n:
        return
    if k < 3:
        raise RuntimeError("weight should have at least three dimensions")
    if len(stride) > 1 and not named:  # one number would do for any convolution
        raise RuntimeError(
            f"expected stride to be a single integer value or a list of {k - 2} values to match the convolution "
            f"dimensions, but got stride={list(stride)}"
        )
    raise RuntimeError(
        f"Expected {k}-dimensional input for {k}-dimensional weight{'' if named else ' '}{list(weight.shape)}, but got "
        f"{n}-dimensional input of size {list(input.shape)} instead"
    )


def _check_dtypes(input: Array, weight: Array, bias: Array | None) -> None:
    if input.dtype != weight.dtype:
        raise RuntimeError(f"expected scalar type {torch_name(input.dtype)} but found {torch_name(weight.dtype)}")
    if bias is not None and bias.dtype != input.dtype:
        a, b = (_C_NAMES.get(x.dtype.name, x.dtype.name) for x in (input, bias))
        raise RuntimeError(f"Input type ({a}) and bias type ({b}) should be the same")


def _batched(name: str, input: Array, n: int) -> tuple[Array, bool]:
    if input.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input.shape)}"
        )
    return (input, False) if input.ndim == n + 2 else (input[None], True)


def _padding(
    padding: str | int | Sequence[int], kernel: tuple, stride: tuple, dilation: tuple
) -> Pairs:
    n = len(kernel)
    if not isinstance(padding, str):
        return tuple((p, p) for p in _tuple("padding", padding, n))
    if padding == "valid":
        return ((0, 0),) * n
    if padding != "same":
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    if any(s != 1 for s in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    totals = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    return tuple((t // 2, t - t // 2) for t in totals)


# ---------------------------------------------------------------- lowerings of a batched convolution
def _lowering(x: Array, w: Array, stride: tuple, pairs: Pairs, dilation: tuple, groups: int) -> Lowering:
    """Which lowering to use."""
    taps = int(np.prod(w.shape[2:]))
    if not cpu_lowering() or not jnp.issubdtype(x.dtype, jnp.floating):
        return "xla"
    if groups > 1:
        return "taps" if groups == x.shape[1] == w.shape[0] and taps <= _MAX_TAPS else "xla"
    if taps == 1:
        return "patches"
    if len(stride) > 2:
        return "xla"
    width, span = x.shape[-1] + sum(pairs[-1]), w.shape[-1]
    rows = w.shape[2] if len(stride) == 2 else 1
    elements = rows * w.shape[1] * width * w.shape[0] * (width // stride[-1])
    few = w.shape[0] * w.shape[1] <= _BAND_PAIRS
    if few and width <= _BAND_WASTE * span and elements <= _BAND_ELEMENTS:
        return "banded"
    padded = [n + lo + hi for n, (lo, hi) in zip(x.shape[2:], pairs, strict=True)]
    small = any(_out_size(*sizes) < sizes[1] for sizes in zip(padded, w.shape[2:], stride, dilation, strict=True))
    return "patches" if small or w.shape[1] <= _PATCH_CHANNELS else "xla"


def _out_size(n: int, kernel: int, stride: int, dilation: int) -> int:
    return (n - dilation * (kernel - 1) - 1) // stride + 1


def _out_sizes(x: Array, kernel: Sequence[int], stride: tuple, dilation: tuple) -> tuple[int, ...]:
    return tuple(map(_out_size, x.shape[2:], kernel, stride, dilation))


def _tap(x: Array, at: Sequence[int], sizes: Sequence[int], stride: tuple, dilation: tuple, first: int = 2) -> Array:
    """What kernel position `at` sees: a strided slice of the spatial dimensions, which begin at `first`."""
    cut = tuple(
        slice(i * d, i * d + (n - 1) * s + 1, s) for i, n, s, d in zip(at, sizes, stride, dilation, strict=True)
    )
    return x[(slice(None),) * first + cut]


def _banded(x: Array, w: Array, stride: tuple, dilation: tuple) -> Array:
    n, c, _, width = x.shape
    out, _, rows, cols = w.shape
    oh, ow = _out_sizes(x, (rows, cols), stride, dilation)
    # one where input column u meets kernel column k for output column v
    k, u, v = np.ogrid[:cols, :width, :ow]
    band = jnp.asarray(u == v * stride[1] + k * dilation[1], x.dtype)
    matrix = jnp.einsum("ocik,kuv->icuov", w, band).reshape(rows * c * width, out * ow)
    lines = x.transpose(0, 2, 1, 3)  # (n, h, c, w)
    blocks = [_tap(lines, (i,), (oh,), stride[:1], dilation[:1], 1) for i in range(rows)]
    y = jnp.concatenate(blocks, 2).reshape(n * oh, rows * c * width) @ matrix
    return y.reshape(n, oh, out, ow).transpose(0, 2, 1, 3)


def _patches(x: Array, w: Array, stride: tuple, dilation: tuple) -> Array:
    sizes = _out_sizes(x, w.shape[2:], stride, dilation)
    last = jnp.moveaxis(x, 1, -1)
    taps = [_tap(last, at, sizes, stride, dilation, 1) for at in product(*map(range, w.shape[2:]))]
    rows = jnp.concatenate(taps, -1).reshape(-1, len(taps) * w.shape[1])
    y = rows @ jnp.moveaxis(w, (0, 1), (-1, -2)).reshape(rows.shape[1], w.shape[0])
    return jnp.moveaxis(y.reshape(x.shape[0], *sizes, w.shape[0]), -1, 1)


def _depthwise(x: Array, w: Array, stride: tuple, dilation: tuple) -> Array:
    sizes, ones = _out_sizes(x, w.shape[2:], stride, dilation), (1,) * len(stride)
    out = jnp.zeros((*x.shape[:2], *sizes), x.dtype)
    for at in product(*map(range, w.shape[2:])):
        out = out + _tap(x, at, sizes, stride, dilation) * w[(slice(None), 0, *at)].reshape(-1, *ones)
    return out


def _xla(x: Array, w: Array, stride: tuple, pairs: Pairs, dilation: tuple, groups: int) -> Array:
    letters = "DHW"[3 - len(stride) :]
    return lax.conv_general_dilated(
        x, w, stride, pairs, rhs_dilation=dilation, feature_group_count=groups,
        dimension_numbers=(f"NC{letters}", f"OI{letters}", f"NC{letters}"),
    )  # fmt: skip


def _convolve(x: Array, w: Array, stride: tuple, pairs: Pairs, dilation: tuple, groups: int) -> Array:
    """Convolution of a batched input, padded by so many zeros before and after each spatial dimension."""
    kind = _lowering(x, w, stride, pairs, dilation, groups)
    if kind == "xla":  # whose forward pass is a third quicker than of an input padded before
        return _xla(x, w, stride, pairs, dilation, groups)
    if any(lo or hi for lo, hi in pairs):
        x = jnp.pad(x, ((0, 0), (0, 0), *pairs))
    if kind == "banded" and len(stride) == 1:
        return _banded(x[:, :, None], w[:, :, None], (1, *stride), (1, *dilation))[:, :, 0]
    if kind == "banded":
        return _banded(x, w, stride, dilation)
    if kind == "patches":
        return _patches(x, w, stride, dilation)
    return _depthwise(x, w, stride, dilation)


def _conv(
    n: int, input: Array, weight: Array, bias: Array | None, stride: int | Sequence[int],
    padding: str | int | Sequence[int], dilation: int | Sequence[int], groups: int,
) -> Array:  # fmt: skip
    x, unbatched = _batched(f"conv{n}d", input, n)
    stride, dilation = _tuple("stride", stride, n), _tuple("dilation", dilation, n)
    _check_weight(x, weight, stride, isinstance(padding, str))
    pairs = _padding(padding, weight.shape[2:], stride, dilation)
    _check(x, weight, bias, stride, pairs, dilation, groups, transposed=False)
    _check_dtypes(input, weight, bias)
    out = _convolve(x, weight, stride, pairs, dilation, groups)
    if bias is not None:
        out = out + bias.reshape(-1, *(1,) * n)
    return out[0] if unbatched else out


def conv1d(
    input: Array, weight: Array, bias: Array | None = None, stride: int | Sequence[int] = 1,
    padding: str | int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, groups: int = 1,
) -> Array:  # fmt: skip
    """Cross-correlation of ``(N, C, L)`` or ``(C, L)`` with kernels ``(O, C / groups, K)``."""
    return _conv(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Array, weight: Array, bias: Array | None = None, stride: int | Sequence[int] = 1,
    padding: str | int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, groups: int = 1,
) -> Array:  # fmt: skip
    r"""Cross-correlation of images with kernels.

    .. math:: y_{n,o,i,j} = b_o + \sum_{c,k,l} w_{o,c,k,l} x_{n,c,si+dk-p,sj+dl-p}

    Args:
      input: Images, ``(N, C, H, W)`` or ``(C, H, W)``.
      weight: Kernels, ``(O, C / groups, KH, KW)``.
      bias: One number per output channel, ``(O,)``.
      stride: Step s of the kernel, one number or (rows, columns).
      padding: Zeros p around the image, or ``"valid"``, or ``"same"`` for an output of the input's size.
      dilation: Distance d between the kernel's elements.
      groups: Number of groups of channels that are convolved separately.

    Returns:
      ``(N, O, H', W')`` with ``H' = floor((H + 2p - d (KH - 1) - 1) / s) + 1``, or without N.

    Raises:
      RuntimeError: if sizes, dtypes or options do not fit.

    Example:
      >>> conv2d(jnp.ones((1, 1, 3, 3)), jnp.ones((1, 1, 2, 2))).tolist()
      [[[[4.0, 4.0], [4.0, 4.0]]]]

    Source:
      PyTorch, ``torch.nn.functional.conv2d``.
    """
    return _conv(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Array, weight: Array, bias: Array | None = None, stride: int | Sequence[int] = 1,
    padding: str | int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, groups: int = 1,
) -> Array:  # fmt: skip
    """Cross-correlation of ``(N, C, D, H, W)`` with kernels ``(O, C / groups, KD, KH, KW)``."""
    return _conv(3, input, weight, bias, stride, padding, dilation, groups)


# ---------------------------------------------------------------- transposed
def _spread(columns: Array, kernel: Sequence[int], full: Sequence[int], stride: tuple, dilation: tuple) -> Array:
    """Add blocks ``(N, C, taps, *positions)`` where their taps lie in an image of spatial size `full`."""
    out, zero = None, jnp.zeros((), columns.dtype)
    for t, at in enumerate(product(*map(range, kernel))):
        edges = [(0, 0, 0), (0, 0, 0)]
        for i, n, m, s, d in zip(at, columns.shape[3:], full, stride, dilation, strict=True):
            edges.append((i * d, m - i * d - (n - 1) * s - 1, s - 1))
        piece = lax.pad(columns[:, :, t], zero, edges)
        out = piece if out is None else out + piece
    assert out is not None
    return out


def _crop(x: Array, padding: tuple, full: Sequence[int]) -> Array:
    return x[(..., *(slice(lo, m - hi) for (lo, hi), m in zip(padding, full, strict=True)))]


def _conv_transpose(
    n: int, input: Array, weight: Array, bias: Array | None, stride: int | Sequence[int], padding: int | Sequence[int],
    output_padding: int | Sequence[int], groups: int, dilation: int | Sequence[int],
) -> Array:  # fmt: skip
    x, unbatched = _batched(f"conv_transpose{n}d", input, n)
    stride, dilation = _tuple("stride", stride, n), _tuple("dilation", dilation, n)
    _check_weight(x, weight, stride)
    extra = _tuple("output_padding", output_padding, n)
    pairs = tuple((p, p) for p in _tuple("padding", padding, n))
    if any(e >= s and e >= d for e, s, d in zip(extra, stride, dilation, strict=True)):
        # a 1-D convolution is PyTorch's 2-D one with a first dimension of size 1
        names, lead = (("height", "width"), 1) if n == 1 else (("depth", "height", "width")[3 - n :], 0)
        text = " ".join(
            f"{what}_{name}: {v}"
            for what, values in (
                ("output_padding", (0,) * lead + extra),
                ("stride", (1,) * lead + stride),
                ("dilation", (1,) * lead + dilation),
            )
            for name, v in zip(names, values, strict=True)
        )
        raise RuntimeError(f"output padding must be smaller than either stride or dilation, but got {text}")
    _check(x, weight, bias, stride, pairs, dilation, groups, transposed=True)
    _check_dtypes(input, weight, bias)
    kernel = weight.shape[2:]
    grouped = weight.reshape(groups, -1, *weight.shape[1:])  # (g, in / g, out / g, *kernel)
    if cpu_lowering() and np.prod(kernel) <= _MAX_TAPS:
        # a matrix product gives what every input element adds to its block; the blocks are then laid over each other
        blocks = x.reshape(x.shape[0], groups, x.shape[1] // groups, int(np.prod(x.shape[2:])))
        taps = grouped.reshape(*grouped.shape[:3], -1)
        columns = jnp.einsum("ngip,giok->ngokp", blocks, taps)
        columns = columns.reshape(x.shape[0], weight.shape[1] * groups, taps.shape[-1], *x.shape[2:])
        full = [
            (m - 1) * s + d * (k - 1) + 1 + e
            for m, s, d, k, e in zip(x.shape[2:], stride, dilation, kernel, extra, strict=True)
        ]
        out = _crop(_spread(columns, kernel, full, stride, dilation), pairs, full)
    else:
        letters = "DHW"[3 - n :]
        swapped = jnp.flip(grouped.swapaxes(1, 2).reshape(-1, weight.shape[0] // groups, *kernel), range(2, n + 2))
        edges = [
            (d * (k - 1) - lo, d * (k - 1) - hi + e)
            for d, k, (lo, hi), e in zip(dilation, kernel, pairs, extra, strict=True)
        ]
        out = lax.conv_general_dilated(
            x, swapped, (1,) * n, edges, lhs_dilation=stride, rhs_dilation=dilation, feature_group_count=groups,
            dimension_numbers=(f"NC{letters}", f"OI{letters}", f"NC{letters}"),
        )  # fmt: skip
    if bias is not None:
        out = out + bias.reshape(-1, *(1,) * n)
    return out[0] if unbatched else out


def conv_transpose1d(
    input: Array, weight: Array, bias: Array | None = None, stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0, output_padding: int | Sequence[int] = 0, groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Array:  # fmt: skip
    """Adjoint of `conv1d`; kernels are ``(C, O / groups, K)``."""
    return _conv_transpose(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Array, weight: Array, bias: Array | None = None, stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0, output_padding: int | Sequence[int] = 0, groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Array:  # fmt: skip
    """Adjoint of `conv2d`: every element of the input adds its multiple of the kernel; ``(C, O / groups, KH, KW)``.

    Example:
      >>> conv_transpose2d(jnp.ones((1, 1, 2, 2)), jnp.ones((1, 1, 2, 2)), stride=2).shape
      (1, 1, 4, 4)
    """
    return _conv_transpose(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Array, weight: Array, bias: Array | None = None, stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0, output_padding: int | Sequence[int] = 0, groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Array:  # fmt: skip
    """Adjoint of `conv3d`; kernels are ``(C, O / groups, KD, KH, KW)``."""
    return _conv_transpose(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


# ---------------------------------------------------------------- sliding blocks
def _text(values: Sequence[int]) -> str:
    return f"({', '.join(map(str, values))})"


def unfold(
    input: Array, kernel_size: int | Sequence[int], dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0, stride: int | Sequence[int] = 1,
) -> Array:  # fmt: skip
    """The blocks a kernel sees, as columns: ``(N, C, H, W)`` to ``(N, C * KH * KW, blocks)``."""
    kernel, stride = _tuple("kernel_size", kernel_size, 2), _tuple("stride", stride, 2)
    dilation, pad = _tuple("dilation", dilation, 2), _tuple("padding", padding, 2)
    if input.ndim not in (3, 4) or 0 in input.shape[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for "
            f"input, but got: {list(input.shape)}"
        )
    x = input if input.ndim == 4 else input[None]
    x = jnp.pad(x, ((0, 0), (0, 0), *((p, p) for p in pad)))
    sizes = _out_sizes(x, kernel, stride, dilation)
    if min(sizes) < 1:
        raise RuntimeError(
            f"Given input with spatial size {_text(input.shape[-2:])}, kernel_size={_text(kernel)}, "
            f"dilation={_text(dilation)}, padding={_text(pad)}, calculated shape of the array of sliding blocks as "
            f"{_text(sizes)}, but its components must be at least one."
        )
    taps = [_tap(x, at, sizes, stride, dilation) for at in product(*map(range, kernel))]
    out = jnp.stack(taps, 2).reshape(x.shape[0], x.shape[1] * len(taps), sizes[0] * sizes[1])
    return out if input.ndim == 4 else out[0]


def fold(
    input: Array, output_size: int | Sequence[int], kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, stride: int | Sequence[int] = 1,
) -> Array:  # fmt: skip
    """Adjoint of `unfold`: sum the columns back into an image."""
    size, kernel = _tuple("output_size", output_size, 2), _tuple("kernel_size", kernel_size, 2)
    stride, dilation, pad = (
        _tuple("stride", stride, 2), _tuple("dilation", dilation, 2), _tuple("padding", padding, 2)
    )  # fmt: skip
    if input.ndim not in (2, 3) or 0 in input.shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(input.shape)}"
        )
    x = input if input.ndim == 3 else input[None]
    taps = kernel[0] * kernel[1]
    if x.shape[1] % taps:
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={x.shape[1]} and kernel_size={_text(kernel)}."
        )
    full = [n + 2 * p for n, p in zip(size, pad, strict=True)]
    positions = [_out_size(*a) for a in zip(full, kernel, stride, dilation, strict=True)]
    if positions[0] * positions[1] != x.shape[2]:
        raise RuntimeError(
            f"Given output_size={_text(size)}, kernel_size={_text(kernel)}, dilation={_text(dilation)}, "
            f"padding={_text(pad)}, stride={_text(stride)}, expected size of input's dimension 2 to match the "
            f"calculated number of sliding blocks {positions[0]} * {positions[1]} = {positions[0] * positions[1]}, but "
            f"got input.size(2)={x.shape[2]}."
        )
    columns = x.reshape(x.shape[0], x.shape[1] // taps, taps, *positions)
    out = _crop(_spread(columns, kernel, full, stride, dilation), tuple((p, p) for p in pad), full)
    return out if input.ndim == 3 else out[0]
