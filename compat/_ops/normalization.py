"""Rows of the normalisations."""

from compat._autograd.modes import no_grad
from compat._ops.declare import composite, op, ops
from compat._tensor.tensor import Tensor
from funcgrad.ops import normalization as K

_hidden = {"method": False, "function": False}

op(K.batch_norm_train, "_batch_norm_train", node="NativeBatchNormBackward0", nondiff="1 2", vjp=K.batch_norm_vjp,
   **_hidden)
op(K.batch_norm_eval, "_batch_norm_eval", node="NativeBatchNormBackward0", **_hidden)
op(K.running_average, "_running_average", differentiable=False, **_hidden)
op(K.layer_norm, node="NativeLayerNormBackward0", method=False, function=False)
op(K.group_norm, node="NativeGroupNormBackward0", method=False, function=False)
op(K.rms_norm, node="MulBackward0", method=False)


@composite(method=False, function=False)
def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """The normalised input, and the running mean and variance after this batch."""
    if input.numel() == 0:  # nothing is checked, and no batch there is whose statistics would count
        out = input.clone()
        out = out if weight is None else out * weight[0]
        return out if bias is None else out + bias[0], running_mean, running_var
    K.check_batch_norm(tuple(input.shape), running_mean, running_var, weight, bias, training)
    if not training:
        out = ops._batch_norm_eval(input, weight, bias, running_mean=running_mean, running_var=running_var, eps=eps)
        return out, running_mean, running_var
    out, mean, var = ops._batch_norm_train(input, weight, bias, eps)
    with no_grad():
        new = [
            None if old is None else ops._running_average(old, batch, momentum)
            for old, batch in ((running_mean, mean), (running_var, var))
        ]
    return out, new[0], new[1]
