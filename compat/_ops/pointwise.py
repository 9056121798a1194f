"""Rows of the elementwise operators: arithmetic, functions of one argument, comparisons, logic, selection."""

from typing import Any

import jax
import numpy as np

from compat._autograd.node import node_class
from compat._engine.program import captured
from compat._ops.declare import composite, op, ops
from compat._ops.generate import without_example
from compat._ops.overloads import SCALAR_EITHER, SCALAR_SECOND, invalid_combination
from funcgrad.dtypes import torch_name
from funcgrad.ops import pointwise as K
from funcgrad.ops import pointwise_logic as L
from funcgrad.ops import pointwise_unary as U


def _is_number(argument: Any) -> bool:
    """Whether an argument of a call is a Python number: a row's ``node`` sees its type, or the default itself."""
    return isinstance(argument, type | bool | int | float | complex)


def _by_other(scalar: str, tensor: str, name: str = "other") -> Any:
    """A node's name that depends on whether an argument is a number or a tensor."""
    return lambda arguments: scalar if _is_number(arguments[name]) else tensor


_RSUB = ("(Tensor input, Tensor other, *, Number alpha = 1)", "(Tensor input, Number other, Number alpha = 1)")
_EITHER = ("(Tensor input, Tensor other, *, Tensor out = None)", "(Number self, Tensor other)",
           "(Tensor input, Number other, *, Tensor out = None)")

# ---------------------------------------------------------------- arithmetic

op(K.add, promote="input other", inplace=True, out=True, dunder="__add__", rdunder="__radd__")
op(K.sub, promote="input other", bools=True, inplace=True, out=True, dunder="__sub__", aliases="subtract")
op(K.rsub, promote="input other", bools=True, signatures=_RSUB, node=_by_other("RsubBackward1", "RsubBackward0"),
   dunder="__rsub__")
op(
    K.mul,
    promote="input other",
    opmath=True,
    inplace=True,
    out=True,
    dunder="__mul__",
    rdunder="__rmul__",
    aliases="multiply",
)
op(
    K.div,
    promote="input other",
    opmath=True,
    node=lambda a: "DivBackward2" if a["rounding_mode"] else "DivBackward0",
    inplace=True,
    out=True,
    dunder="__truediv__",
    aliases="divide true_divide",
)
op(K.maximum, promote="input other", out=True)
op(K.minimum, promote="input other", out=True)
op(K.fmax, promote="input other", out=True)
op(K.fmin, promote="input other", out=True)
op(K.hypot, promote="input other", inplace=True, out=True)
op(K.atan2, promote="input other", inplace=True, out=True, aliases="arctan2")
op(K.logaddexp, promote="input other", out=True)
op(K.logaddexp2, promote="input other", out=True)
op(K.nextafter, promote="input other", inplace=True, out=True)
op(K.gcd, promote="input other", inplace=True, out=True)
op(K.lcm, promote="input other", inplace=True, out=True)
op(K.heaviside, node="NotImplemented", inplace=True, out=True)
op(K.ldexp, promote="input other", inplace=True, out=True)
op(
    K.copysign,
    promote="input other",
    signatures=SCALAR_SECOND,
    node=_by_other("CopysignBackward1", "CopysignBackward0"),
    inplace=True,
    out=True,
)
op(K.addcmul, inplace=True, out=True)
op(K.addcdiv, inplace=True, out=True)
op(K.lerp, node=_by_other("LerpBackward0", "LerpBackward1", "weight"), inplace=True, out=True)
op(
    K.clamp,
    promote="input min max",
    node=lambda a: (
        "ClampBackward1" if all(a[k] is None or _is_number(a[k]) for k in ("min", "max")) else "ClampBackward0"
    ),
    inplace=True,
    out=True,
    aliases="clip",
)
op(
    K.clamp_min,
    promote="input min",
    node=_by_other("ClampMinBackward0", "ClampMinBackward1", "min"),
    inplace=True,
    out=True,
)
op(
    K.clamp_max,
    promote="input max",
    node=_by_other("ClampMaxBackward0", "ClampMaxBackward1", "max"),
    inplace=True,
    out=True,
)


# ---------------------------------------------------------------- quotients and remainders of integers


def _is_bool(x: Any) -> bool:
    return x._value().aval.dtype == np.bool_ if hasattr(x, "_value") else isinstance(x, bool)


def _refuse_zero(input: Any, other: Any) -> None:
    """Integers cannot be divided by zero; a tensor's value is looked at once."""
    if hasattr(input, "is_floating_point") and input._value().aval.inexact or isinstance(input, float):
        return
    if not hasattr(other, "_value"):
        zero = isinstance(other, int) and other == 0
    else:
        value = other._value()
        if value.aval.inexact or isinstance(value.buf, jax.core.Tracer) or "divisor" in (value.safe or ()):
            return
        if captured() is not None:  # the value is known only when the step runs
            return
        zero = not np.all(other._host())
        if not zero:
            value.safe = (value.safe or set()) | {"divisor"}
    if zero and not (_is_bool(input) and _is_bool(other)):  # of bools there are no quotients at all
        raise RuntimeError("ZeroDivisionError")


def _quotient(kernel: Any, dunder: str = "", **row: Any) -> None:
    """Publish an operator that refuses integer division by zero."""
    name = kernel.__name__
    row = {"promote": "input other", "method": False, "function": False, "inplace": True, **row}
    plain = op(kernel, "_" + name, **row).fn
    replacing = getattr(ops, f"_{name}_")

    def function(input: Any, other: Any, *, out: Any = None) -> Any:
        _refuse_zero(input, other)
        return plain(input, other) if out is None else plain(input, other, out=out)

    def inplace(input: Any, other: Any) -> Any:
        _refuse_zero(input, other)
        return replacing(input, other)

    def reflected(input: Any, other: Any) -> Any:
        return function(other, input)

    function.__doc__ = reflected.__doc__ = without_example(kernel.__doc__)
    inplace.__doc__ = f"In place: see ``{name}``."
    for spelling, f in ((name, function), (name + "_", inplace)):
        f.__name__ = f.__qualname__ = spelling
        composite(f, name=spelling)
    if dunder:
        for spelling, f in ((dunder, function), ("r" + dunder, reflected), ("i" + dunder, inplace)):
            composite(f, name=f"__{spelling}__", function=False)


def _no_derivative(node: Any, *_: Any) -> Any:
    raise RuntimeError(f"derivative for aten::{node.entry.name.lstrip('_')} is not implemented")


# the node of what PyTorch records but cannot differentiate
_unimplemented: Any = node_class("NotImplemented")
_unimplemented.name = lambda node: "torch::autograd::NotImplemented"
_unimplemented.run = _no_derivative
_unimplemented.plain = False

_quotient(K.floor_divide, "floordiv", node="NotImplemented")
_quotient(K.remainder, "mod", signatures=_EITHER, node=_by_other("RemainderBackward0", "RemainderBackward1"))
_quotient(K.fmod, signatures=SCALAR_SECOND, node=_by_other("FmodBackward0", "FmodBackward1"))


@composite(name="__rtruediv__", function=False)
def _reciprocal_times(input: Any, other: Any) -> Any:
    """``other / input``, which PyTorch computes as a reciprocal times a number."""
    return ops.mul(ops.reciprocal(input), other)


# ---------------------------------------------------------------- powers

# A small exponent is part of the operation, so that x ** 2 is a multiplication; other numbers, and tensors, are inputs.
# They are separate operators under one name.
op(K.pow_static, "_pow_static", node="PowBackward0", method=False, function=False, inplace=True)
op(
    K.pow,
    "_pow",
    promote="input exponent",
    signatures=SCALAR_EITHER["exponent"],
    node=_by_other("PowBackward2", "PowBackward1", "input"),
    method=False,
    function=False,
    inplace=True,
)


op(
    K.pow,
    "_pow_number",
    promote="input exponent",
    scalar_edge=False,
    node="PowBackward0",
    method=False,
    function=False,
    inplace=True,
)
_PLAIN = frozenset(range(-4, 9))  # integer exponents worth a program of their own


def _power(exponent: Any) -> str:
    if exponent.__class__ is int or exponent.__class__ is float:
        return "_pow_static" if exponent.__class__ is int and exponent in _PLAIN else "_pow_number"
    return "_pow"


@composite
def pow(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """``input ** exponent``; the derivative at exponent 0 is 0, also at input 0."""
    if exponent.__class__ is bool and _is_bool(input):
        # the one power of bools that there is: itself or True
        return ops.bitwise_or(input, not exponent) if out is None else ops.bitwise_or(input, not exponent, out=out)
    fn = getattr(ops, _power(exponent))
    return fn(input, exponent) if out is None else fn(input, exponent, out=out)


@composite
def pow_(input: Any, exponent: Any) -> Any:
    """In place: see ``pow``."""
    if exponent.__class__ is bool and _is_bool(input):
        return ops.bitwise_or_(input, not exponent)
    return getattr(ops, _power(exponent) + "_")(input, exponent)


@composite(function=False)
def __pow__(input: Any, exponent: Any) -> Any:
    """``input ** exponent``."""
    return pow(input, exponent)


@composite(function=False)
def __rpow__(input: Any, other: Any) -> Any:
    """``other ** input``."""
    return ops._pow(other, input)


@composite(function=False)
def __ipow__(input: Any, exponent: Any) -> Any:
    """``input **= exponent``."""
    return pow_(input, exponent)


def _is_complex(x: Any) -> bool:
    return x.is_complex() if hasattr(x, "is_complex") else isinstance(x, complex)


@composite
def float_power(input: Any, exponent: Any) -> Any:
    """Power computed in float64, or in complex128 if either operand is complex."""
    if not hasattr(input, "dtype") and not hasattr(exponent, "dtype"):
        raise invalid_combination("float_power", (input, exponent), SCALAR_EITHER["exponent"])
    wide = complex if any(_is_complex(x) for x in (input, exponent)) else float
    operands = [x.to(wide) if hasattr(x, "dtype") else wide(x) for x in (input, exponent)]
    return pow(*operands)


# ---------------------------------------------------------------- functions of one argument

_FROM_RESULT = {
    U.exp: U.exp_vjp,
    U.exp2: U.exp2_vjp,
    U.expm1: U.expm1_vjp,
    U.sqrt: U.sqrt_vjp,
    U.rsqrt: U.rsqrt_vjp,
    U.reciprocal: U.reciprocal_vjp,
    U.tan: U.tan_vjp,
    U.tanh: U.tanh_vjp,
    U.sigmoid: U.sigmoid_vjp,
}
_SPECIAL = {U.exp2: "special", U.expm1: "special", U.sigmoid: "special:expit nn.functional", U.tanh: "nn.functional"}
for _kernel, _vjp in _FROM_RESULT.items():
    op(_kernel, saves="result", vjp=_vjp, inplace=True, out=True, namespaces=_SPECIAL.get(_kernel, ""))

_ALIASES = {
    U.asin: "arcsin",
    U.acos: "arccos",
    U.atan: "arctan",
    U.asinh: "arcsinh",
    U.acosh: "arccosh",
    U.atanh: "arctanh",
    U.trunc: "fix",
}
_NODES = {U.deg2rad: "Deg2RadBackward0", U.rad2deg: "Rad2DegBackward0", U.square: "PowBackward0"}
for _kernel in (
    *(U.log, U.log2, U.log10, U.sin, U.cos, U.sinh, U.cosh),
    *(U.asin, U.acos, U.atan, U.asinh, U.acosh, U.atanh, U.deg2rad, U.rad2deg),
    *(U.floor, U.ceil, U.trunc, U.frac, U.sign, U.sgn, U.square, U.nan_to_num),
):
    op(_kernel, node=_NODES.get(_kernel), inplace=True, out=True, aliases=_ALIASES.get(_kernel, ""))
op(U.log1p, node="Log1PBackward0", inplace=True, out=True, namespaces="special")
op(U.abs, inplace=True, out=True, dunder="__abs__", aliases="absolute")
op(U.neg, inplace=True, out=True, dunder="__neg__", aliases="negative")
op(
    U.round,
    node=lambda a: "RoundBackward1" if a["decimals"] else "RoundBackward0",
    inplace=True,
    out=True,
    namespaces="special",
)
op(U.logit, inplace=True, out=True, namespaces="special")
op(U.angle, out=True)
op(U.conj, "conj_physical", inplace=True, out=True)
op(U.conj, "_conj", node="ConjBackward0", method=False, function=False)
op(U.polar, out=True, method=False)
op(U.complex, "_complex", node="ComplexBackward0", method=False, function=False)
op(U.clone)
op(K._to_copy, method=False, function=False)


@composite(name="complex", method=False)
def _complex_of_parts(real: Any, imag: Any, *, out: Any = None) -> Any:
    """Complex number from its parts, which must have one floating dtype; `out` must have the result's."""
    result = ops._complex(real, imag)
    if out is None:
        return result
    got, have = result._aval.dtype, out._aval.dtype
    if got != have:
        raise RuntimeError(f"Expected object of scalar type {torch_name(got)} but got scalar type {torch_name(have)} "
                           "for argument 'out'")
    return ops._complex(real, imag, out=out)


@composite
def positive(input: Any) -> Any:
    """`input` itself; bools are refused."""
    U.positive(input._value().aval)
    return input


@composite(function=False)
def __pos__(input: Any) -> Any:
    """``+input``."""
    return positive(input)


@composite
def conj(input: Any) -> Any:
    """Complex conjugate; a real tensor is returned as it is."""
    return ops._conj(input) if input.is_complex() else input


@composite(aliases="resolve_neg")
def resolve_conj(input: Any) -> Any:
    """`input`: conjugates are computed, never left pending."""
    return input


# ---------------------------------------------------------------- comparisons, logic, bits

_COMPARISONS = {
    L.eq: "",
    L.ne: "not_equal",
    L.lt: "less",
    L.le: "less_equal",
    L.gt: "greater",
    L.ge: "greater_equal",
}
for _kernel, _alias in _COMPARISONS.items():
    op(
        _kernel,
        promote="input other",
        signatures=SCALAR_SECOND,
        differentiable=False,
        inplace=True,
        out=True,
        dunder=f"__{_kernel.__name__}__",
        aliases=_alias,
    )
for _kernel in (L.logical_and, L.logical_or, L.logical_xor, L.logical_not):
    op(_kernel, differentiable=False, inplace=True, out=True)
for _kernel, _name in ((L.bitwise_and, "and"), (L.bitwise_or, "or"), (L.bitwise_xor, "xor")):
    op(
        _kernel,
        promote="input other",
        signatures=_EITHER,
        inplace=True,
        out=True,
        dunder=f"__{_name}__",
        rdunder=f"__r{_name}__",
    )
for _kernel, _name in ((L.bitwise_left_shift, "lshift"), (L.bitwise_right_shift, "rshift")):
    op(
        _kernel,
        promote="input other",
        signatures=_EITHER,
        inplace=True,
        out=True,
        dunder=f"__{_name}__",
        rdunder=f"__r{_name}__",
    )
op(L.bitwise_not, inplace=True, out=True, dunder="__invert__")
for _kernel in (L.isnan, L.isinf, L.isfinite, L.isreal):
    op(_kernel, differentiable=False)
for _kernel in (L.isposinf, L.isneginf, U.signbit):
    op(_kernel, differentiable=False, out=True)
op(L.isclose, "_isclose", differentiable=False, method=False, function=False)
op(L.equal, "_equal", differentiable=False, method=False, function=False)


@composite
def isclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether ``abs(input - other) <= atol + rtol * abs(other)``, element by element.

    Raises:
      RuntimeError: if the dtypes differ, or a tolerance is negative.
    """
    for name, bound in (("rtol", rtol), ("atol", atol)):
        if bound < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {bound:g}")
    return ops._isclose(input, other, rtol, atol, equal_nan)


@composite
def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and elements."""
    return tuple(input.shape) == tuple(other.shape) and bool(ops._equal(input, other).item())


@composite
def allclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether all elements of two tensors are close, see ``isclose``."""
    return bool(ops.isclose(input, other, rtol, atol, equal_nan).all().item())


# ---------------------------------------------------------------- selection

op(K.where, "_where", promote="input other", node="WhereBackward0", method=False, function=False)
op(
    K.masked_fill,
    node=_by_other("MaskedFillBackward0", "MaskedFillBackward1", "value"),
    inplace=True,
    function=True,
)


@composite(name="where", function=False)
def _where_method(input: Any, condition: Any, other: Any) -> Any:
    """`input` where `condition` holds, else `other`."""
    return ops._where(condition, input, other)


# after the method's, as this spelling is what ``ops.where`` shall be
@composite(method=False)
def where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """`input` where `condition` holds, else `other`; of a condition alone, the indices where it holds."""
    if input is None and other is None:
        return ops.nonzero(condition, as_tuple=True)
    return ops._where(condition, input, other) if out is None else ops._where(condition, input, other, out=out)
