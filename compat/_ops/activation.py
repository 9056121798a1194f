"""Rows of the activation functions."""

import warnings
from typing import Any

from compat._ops.declare import composite, op, ops
from compat._ops.generate import without_example
from compat._ops.operator import Op
from funcgrad.ops import activation as K


def _functional(row: Op, *parameters: str, name: str | None = None) -> None:
    """Publish ``torch.nn.functional``'s spelling of an operator: `parameters` by position, then ``inplace``."""
    plain, replacing, count = row.fn, getattr(ops, row.name + "_"), len(parameters) + 1

    def function(input: Any, *args: Any, inplace: bool = False, **kwargs: Any) -> Any:
        if len(args) == count:
            args, inplace = args[:-1], args[-1]
        return (replacing if inplace else plain)(input, *args, **kwargs)

    function.__name__ = function.__qualname__ = name or row.name
    function.__doc__ = without_example(row.kernel.__doc__)
    composite(function, name=name or row.name, method=False, function=False, nn=True)


_relu = op(K.relu, saves="result", vjp=K.relu_vjp, inplace=True)
op(K.hardshrink, nn=True, out=True)
op(K.gelu, nn=True, method=False, function=False)
op(K.glu, nn=True, method=False, function=False)
op(K.logsigmoid, node="LogSigmoidBackward0", nn=True, method=False, function=False)
op(K.softplus, nn=True, method=False, function=False)
op(K.softsign, node="DivBackward0", nn=True, method=False, function=False)
op(K.tanhshrink, node="SubBackward0", nn=True, method=False, function=False)
op(K.prelu, node="PreluKernelBackward0", nn=True)

_private = {"method": False, "function": False, "inplace": True}
_functional(_relu)
_functional(op(K.relu6, node="HardtanhBackward0", **_private))
_functional(op(K.hardsigmoid, **_private))
_functional(op(K.hardswish, **_private))
_functional(op(K.silu, **_private))
_functional(op(K.mish, **_private))
_functional(op(K.leaky_relu, **_private), "negative_slope")
_functional(op(K.elu, **_private), "alpha")
_functional(op(K.selu, node="EluBackward0", method=False, inplace=True))
_functional(op(K.celu, method=False, inplace=True), "alpha")
_functional(op(K.threshold, method=False, inplace=True), "threshold", "value")
_hardtanh = op(K.hardtanh, **_private).fn
_softshrink = op(K.softshrink, method=False, function=False).fn


@composite(method=False, function=False, nn=True)
def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """`input` limited to ``[min_val, max_val]``; unlike ``clamp`` the derivative at the bounds is 0."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return (ops.hardtanh_ if inplace else _hardtanh)(input, min_val, max_val)


@composite(name="softshrink_nn", method=False, function=False, nn="softshrink")
def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """`input` moved towards 0 by `lambd`, 0 within ``[-lambd, lambd]``."""
    if not lambd >= 0 and input.is_floating_point():
        K.check_softshrink(input._value().aval.dtype, lambd)
    return _softshrink(input, lambd)


# ---------------------------------------------------------------- softmax

op(K.softmax, "_softmax", node="SoftmaxBackward0", saves="result", vjp=K.softmax_vjp, method=False, function=False)
op(
    K.log_softmax,
    "_log_softmax",
    node="LogSoftmaxBackward0",
    saves="result",
    vjp=K.log_softmax_vjp,
    method=False,
    function=False,
)


@composite(namespaces="special")
def softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """Exponentials normalised to sum 1 along `dim`; cast to `dtype` first if given."""
    return ops._softmax(input if dtype is None else input.to(dtype), dim)


@composite(namespaces="special")
def log_softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """Logarithm of ``softmax``."""
    return ops._log_softmax(input if dtype is None else input.to(dtype), dim)


def _implicit_dim(name: str, ndim: int, stacklevel: int) -> int:
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if ndim in (0, 1, 3) else 1


@composite(name="softmax_nn", method=False, function=False, nn="softmax")
def _softmax_nn(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """Exponentials normalised to sum 1 along `dim`."""
    return softmax(input, _implicit_dim("softmax", input.dim(), _stacklevel) if dim is None else dim, dtype)


@composite(name="log_softmax_nn", method=False, function=False, nn="log_softmax")
def _log_softmax_nn(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """Logarithm of ``softmax``."""
    return log_softmax(input, _implicit_dim("log_softmax", input.dim(), _stacklevel) if dim is None else dim, dtype)


@composite(method=False, function=False, nn=True)
def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """``softmax`` of the negated input."""
    return softmax(-input, _implicit_dim("softmin", input.dim(), _stacklevel) if dim is None else dim, dtype)
