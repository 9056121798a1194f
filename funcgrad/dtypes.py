"""PyTorch's type promotion.

A result's dtype is decided by category first (bool < integer < floating < complex). Within a category arrays with
dimensions win over 0-d arrays, and those over Python numbers, so that ``float32 array * 2.5`` stays float32. Unlike
JAX's own promotion, int64 with float16 gives float16 whatever the widths, and a quotient of integers has the default
dtype.
"""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from funcgrad.typing import Array, DType

__all__ = [
    "can_cast",
    "canonical",
    "category",
    "default_dtype",
    "is_bool",
    "is_complex",
    "is_floating",
    "is_integral",
    "opmath",
    "promote",
    "promote_float",
    "promote_types",
    "real_dtype",
    "result_type",
    "scalar",
    "set_default_dtype",
    "sum_dtype",
    "torch_name",
]

_BOOL, _INT, _FLOAT, _COMPLEX = range(4)
_bfloat16 = np.dtype(jnp.bfloat16)
_UNSIGNED = (np.dtype("uint16"), np.dtype("uint32"), np.dtype("uint64"))

_NAMES = {
    "bool": "Bool",
    "uint8": "Byte",
    "int8": "Char",
    "int16": "Short",
    "int32": "Int",
    "int64": "Long",
    "uint16": "UInt16",
    "uint32": "UInt32",
    "uint64": "UInt64",
    "float16": "Half",
    "bfloat16": "BFloat16",
    "float32": "Float",
    "float64": "Double",
    "complex64": "ComplexFloat",
    "complex128": "ComplexDouble",
    "float8_e5m2": "Float8_e5m2",
    "float8_e4m3fn": "Float8_e4m3fn",
    "float8_e5m2fnuz": "Float8_e5m2fnuz",
    "float8_e4m3fnuz": "Float8_e4m3fnuz",
}


class _Default:
    """The dtype that Python floats become."""

    dtype = np.dtype("float32")


def default_dtype() -> np.dtype:
    """Return the dtype of Python floats and of quotients of integers, float32 unless changed."""
    return _Default.dtype


def set_default_dtype(d: DType) -> None:
    """Set the dtype of Python floats; `d` must be floating.

    Raises:
      TypeError: if `d` is not a floating dtype.
    """
    d = np.dtype(d)
    if not is_floating(d):
        raise TypeError("only floating-point types are supported as the default type")
    _Default.dtype = d


@cache
def category(d: np.dtype) -> int:
    """Rank of a dtype's kind: 0 bool, 1 integer, 2 floating, 3 complex."""
    if d == np.bool_:
        return _BOOL
    if jnp.issubdtype(d, jnp.integer):
        return _INT
    return _FLOAT if jnp.issubdtype(d, jnp.floating) else _COMPLEX


def is_bool(d: DType) -> bool:
    """True for bool."""
    return category(np.dtype(d)) == _BOOL


def is_integral(d: DType) -> bool:
    """True for integers and, as in PyTorch with ``includeBool``, for bool."""
    return category(np.dtype(d)) <= _INT


def is_floating(d: DType) -> bool:
    """True for real floating dtypes."""
    return category(np.dtype(d)) == _FLOAT


def is_complex(d: DType) -> bool:
    """True for complex dtypes."""
    return category(np.dtype(d)) == _COMPLEX


def torch_name(d: DType) -> str:
    """Name PyTorch's messages use: ``Float``, ``Long``, ``Bool`` ..."""
    return _NAMES[np.dtype(d).name]


def canonical(d: DType) -> np.dtype:
    """`d`, or its 32-bit relative where 64-bit types are switched off in JAX."""
    return np.dtype(jax.dtypes.canonicalize_dtype(d))


def real_dtype(d: DType) -> np.dtype:
    """Dtype of the parts of a complex dtype; others are returned as they are."""
    d = np.dtype(d)
    return np.dtype({"complex64": "float32", "complex128": "float64"}[d.name]) if category(d) == _COMPLEX else d


def _complex_dtype(d: np.dtype) -> np.dtype:
    return np.dtype("complex128" if d == np.float64 else "complex64")


def opmath(d: DType) -> np.dtype:
    """Dtype to compute in: float32 for the 16-bit floats, else `d`."""
    d = np.dtype(d)
    return np.dtype("float32") if category(d) == _FLOAT and d.itemsize < 4 else d


def sum_dtype(d: DType) -> np.dtype:
    """Dtype of a sum or product: int64 for bool and integers, else `d`."""
    return canonical("int64") if is_integral(d) else np.dtype(d)


@cache
def promote_types(a: np.dtype, b: np.dtype) -> np.dtype:
    """Smallest dtype that holds both, in PyTorch's lattice.

    Example:
      >>> promote_types(np.dtype("int64"), np.dtype("float16"))
      dtype('float16')
    """
    a, b = np.dtype(a), np.dtype(b)
    ca, cb = category(a), category(b)
    if a == b:
        return a
    if "float8" in a.name or "float8" in b.name:
        raise RuntimeError(
            f"Promotion for Float8 Types is not supported, attempted to promote {torch_name(a)} and {torch_name(b)}"
        )
    if max(ca, cb) == _INT and (a in _UNSIGNED or b in _UNSIGNED):
        raise RuntimeError(
            "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
            f"{torch_name(a)} and {torch_name(b)}"
        )
    if ca < cb:
        a, b, ca, cb = b, a, cb, ca
    if ca != cb:  # the higher category wins; a wide float still widens a complex
        return np.promote_types(a, _complex_dtype(b)) if ca == _COMPLEX and cb == _FLOAT else a
    if ca == _FLOAT and _bfloat16 in (a, b):
        other = b if a == _bfloat16 else a
        return other if other.itemsize > 2 else np.dtype("float32")
    return np.promote_types(a, b)


def can_cast(a: DType, b: DType) -> bool:
    """Whether casting from `a` to `b` stays within or goes up the categories.

    Example:
      >>> can_cast("float32", "int64"), can_cast("int64", "float32")
      (False, True)
    """
    ca, cb = category(np.dtype(a)), category(np.dtype(b))
    return not (ca == _COMPLEX and cb != _COMPLEX or ca == _FLOAT and cb <= _INT or ca == _INT and cb == _BOOL)


def _number_dtype(x: Any) -> np.dtype:
    if isinstance(x, bool | np.bool_):
        return np.dtype(bool)
    if isinstance(x, int):
        return np.dtype("int64")
    return _complex_dtype(default_dtype()) if isinstance(x, complex) else default_dtype()


def _combine(higher: np.dtype | None, lower: np.dtype | None) -> np.dtype | None:
    """Let `lower` (0-d arrays, numbers) raise the category of `higher` but not its width."""
    if higher is None or lower is None:
        return lower if higher is None else higher
    ch, cl = category(higher), category(lower)
    if ch == _COMPLEX:
        return higher
    if ch == _FLOAT:
        return _complex_dtype(higher) if cl == _COMPLEX else higher
    return promote_types(higher, lower) if ch == _BOOL or cl >= _FLOAT else higher


def result_type(*args: Any) -> np.dtype:
    """Dtype of arithmetic on arrays and Python numbers.

    Example:
      >>> result_type(jnp.ones(2, "int32"), 2.5)
      dtype('float32')
    """
    dims = zeros = numbers = None
    for x in args:
        if isinstance(x, bool | int | float | complex) and not isinstance(x, np.generic):
            d = _number_dtype(x)
            numbers = d if numbers is None else promote_types(numbers, d)
        elif jnp.ndim(x):
            dims = x.dtype if dims is None else promote_types(dims, x.dtype)
        else:
            zeros = x.dtype if zeros is None else promote_types(zeros, x.dtype)
    d = _combine(dims, _combine(zeros, numbers))
    assert d is not None, "result_type needs at least one argument"
    return canonical(d)


def promote(*args: Any) -> tuple[Array, ...]:
    """Cast arrays and Python numbers to their `result_type`; numbers become 0-d arrays."""
    d = result_type(*args)
    return tuple(jnp.asarray(x, d) for x in args)


def promote_float(*args: Any) -> tuple[Array, ...]:
    """As `promote`, with the default dtype in place of an integer or bool result."""
    d = result_type(*args)
    if category(d) <= _INT:
        d = canonical(default_dtype())
    return tuple(jnp.asarray(x, d) for x in args)


def scalar(x: Any, dtype: DType) -> Array:
    """A Python number or traced 0-d array as a 0-d array of `dtype`, so that it can't widen what it meets."""
    return jnp.asarray(x).astype(dtype) if isinstance(x, jax.Array) else jnp.asarray(x, dtype)
