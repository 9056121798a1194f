"""Affine functions."""
from __future__ import annotations

from compat._autograd.modes import _Anomaly
from compat._engine.program import ctx
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor
from compat.nn.parameter import Parameter


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``, recorded with the nodes that PyTorch records for each number of dimensions."""
    if not isinstance(input, Tensor):
        raise TypeError(f"linear(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    if bias is None:
        return input.matmul(weight.t())
    shape = input._aval.shape
    # whether nobody watches what is recorded
    as_one = (input.__class__ is Tensor and (weight.__class__ is Parameter or weight.__class__ is Tensor)
              and not _Anomaly.enabled and not ctx.now.saved_hooks)
    if len(shape) == 2:
        return ops.linear(bias, input, weight) if as_one else ops.addmm(bias, input, weight.t())
    form = weight._aval.shape
    if len(form) != 2 or bias.dim() != 1 or not input.is_contiguous():
        return input.matmul(weight.t()) + bias
    if as_one and shape and 0 not in shape:
        rows = ops.linear(bias, input, weight)
    else:
        rows = ops.addmm(bias, input.view(-1, shape[-1]), weight.t())
    return rows.view(*shape[:-1], form[0])


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input1 @ weight[k] @ input2 + bias[k]`` for each k."""
    if input1.dim() != input2.dim():
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {input1.dim()} and {input2.dim()}")
    for d in range(input1.dim() - 1):
        if input1.shape[d] != input2.shape[d]:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {d}: got {input1.shape[d]} and "
                               f"{input2.shape[d]}")
    for size, given, which in ((weight.shape[1], input1, 1), (weight.shape[2], input2, 2)):
        if given.shape[-1] != size:
            raise RuntimeError(f"bilinear(): input{which} size does not match weight size: got {given.shape[-1]} but "
                               f"expected {size}")
    if bias is not None and bias.shape[0] != weight.shape[0]:
        raise RuntimeError(f"bilinear(): bias size does not match weight size: got {bias.shape[0]} but expected "
                           f"{weight.shape[0]}")
    out = ops.einsum("bi,kij,bj->bk", input1.reshape(-1, input1.shape[-1]), weight,
                     input2.reshape(-1, input2.shape[-1]))
    out = out.reshape(*input1.shape[:-1], weight.shape[0])
    return out if bias is None else out + bias
