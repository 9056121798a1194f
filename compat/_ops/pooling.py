"""Rows of the pools, and their spellings with and without indices."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from compat._ops.declare import composite, op, ops
from compat._tensor.tensor import Tensor
from funcgrad.ops import fractional_pooling as fractional
from funcgrad.ops import pooling as K
from funcgrad.ops.pooling_checks import check_max_pool1d

Sizes = int | Sequence[int]
_hidden = {"method": False, "function": False}


def _adaptive_node(n: int) -> Callable[[dict[str, Any]], str]:
    def node(arguments: dict[str, Any]) -> str:
        size = arguments["output_size"]
        ones = (size,) if isinstance(size, int) else tuple(size)
        return "MeanBackward1" if all(s == 1 for s in ones) else f"AdaptiveAvgPool{n}DBackward0"

    return node


op(K.avg_pool1d, node="SqueezeBackward1", saves="none", method=False, nn=True)
op(K.avg_pool2d, node="AvgPool2DBackward0", saves="none", **_hidden, nn=True)
op(K.avg_pool3d, node="AvgPool3DBackward0", saves="none", **_hidden, nn=True)
op(K.adaptive_avg_pool1d, node="SqueezeBackward1", saves="none", method=False, nn=True)
op(K.adaptive_avg_pool2d, node=_adaptive_node(2), saves="none", **_hidden, nn=True)
op(K.adaptive_avg_pool3d, node=_adaptive_node(3), saves="none", **_hidden, nn=True)

_maxima = {**_hidden, "nondiff": "1"}
op(K.max_pool1d, "_max_pool1d", node="SqueezeBackward1", **_maxima)
op(K.max_pool2d, "_max_pool2d", node="MaxPool2DWithIndicesBackward0", **_maxima)
op(K.max_pool3d, "_max_pool3d", node="MaxPool3DWithIndicesBackward0", **_maxima)
op(K.adaptive_max_pool1d, "_adaptive_max_pool1d", node="SqueezeBackward1", **_maxima)
op(K.adaptive_max_pool2d, "_adaptive_max_pool2d", node="AdaptiveMaxPool2DBackward0", **_maxima)
op(K.adaptive_max_pool3d, "_adaptive_max_pool3d", node="AdaptiveMaxPool3DBackward0", **_maxima)
op(fractional.fractional_max_pool2d, "_fractional_max_pool2d", node="FractionalMaxPool2DBackward0", **_maxima)
op(fractional.fractional_max_pool3d, "_fractional_max_pool3d", node="FractionalMaxPool3DBackward0", **_maxima)


def _max_pool(name: str, doc: str) -> None:
    both = getattr(ops, "_" + name)

    def pool(
        input: Tensor,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        if name == "max_pool1d" and not return_indices:
            check_max_pool1d(tuple(input.shape), kernel_size, stride, padding, dilation, ceil_mode)
        values, indices = both(input, kernel_size, stride, padding, dilation, ceil_mode)
        return (values, indices) if return_indices else values

    _publish(pool, name, doc)


def _adaptive_max_pool(name: str, doc: str) -> None:
    both = getattr(ops, "_" + name)

    def pool(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
        values, indices = both(input, output_size)
        return (values, indices) if return_indices else values

    _publish(pool, name, doc)


def _publish(pool: Callable, name: str, doc: str) -> None:
    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = doc
    composite(pool, method=False, function=not name.startswith("adaptive") or name.endswith("1d"), nn=True)

    def with_indices(*args: Any, **kwargs: Any) -> Any:
        kwargs.pop("return_indices", None)
        return pool(*args, **kwargs, return_indices=True)

    with_indices.__name__ = with_indices.__qualname__ = name + "_with_indices"
    with_indices.__doc__ = doc
    composite(with_indices, method=False, function=name == "max_pool1d", nn=True)


for _n in (1, 2, 3):
    _max_pool(f"max_pool{_n}d", "Maximum of every window; with return_indices also its flat position.")
    _adaptive_max_pool(
        f"adaptive_max_pool{_n}d", "Maxima over a grid of windows that cover the input; optionally with flat positions."
    )


def _check_unpool(indices: Any, input: Any, output_size: tuple[int, ...]) -> None:
    """Raise PyTorch's error for an index outside the output."""
    size = math.prod(output_size)
    bad = (indices < 0) | (indices >= size)
    if bad.any():
        text = "x".join(map(str, output_size))
        raise RuntimeError(f"Found an invalid max index: {indices[bad].flat[0]} (output volumes are of size {text})")


for _kernel, _node in (
    (K.max_unpool1d, "SqueezeBackward1"),
    (K.max_unpool2d, "MaxUnpool2DBackward0"),
    (K.max_unpool3d, "MaxUnpool3DBackward0"),
):
    op(
        _kernel,
        "_" + _kernel.__name__,
        node=_node,
        check=_check_unpool,
        check_params="indices",
        saves="none",
        **_hidden,
    )
