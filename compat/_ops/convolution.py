"""Rows of the convolutions and of the sliding blocks they read."""

from collections.abc import Callable
from typing import Any

from compat._ops.declare import composite, op, ops
from compat._tensor.tensor import Tensor
from funcgrad.ops import convolution as K


def _node(n: int) -> Callable[[dict[str, Any]], str]:
    """An input without batch gets one for the convolution, and loses it again."""
    return lambda arguments: "SqueezeBackward1" if len(arguments["input"].shape) == n + 1 else "ConvolutionBackward0"


for _n, _conv, _transposed in (
    (1, K.conv1d, K.conv_transpose1d),
    (2, K.conv2d, K.conv_transpose2d),
    (3, K.conv3d, K.conv_transpose3d),
):
    for _kernel in (_conv, _transposed):
        op(_kernel, node=_node(_n), saves="other", method=False, nn=True)

op(K.unfold, "im2col", node="Im2ColBackward0", saves="none", method=False, function=False, nn="unfold")
op(K.fold, "col2im", node="Col2ImBackward0", saves="none", method=False, function=False, nn="fold")


@composite(method=False, nn=True)
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """Convolution over the first dimension of ``(time, batch, channels)``, with weights ``(width, in, out)``."""
    out = ops.conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad)
    return out.permute(2, 0, 1)
