"""``torch.testing``: comparison with tolerances that follow the dtypes, and random tensors for tests."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np

from compat import _dtype
from compat._later import later
from compat._ops import ops
from compat._tensor.tensor import Tensor, is_tensor

__getattr__ = later(__name__, "_internal _internal.common_utils")
__all__ = ["assert_allclose", "assert_close", "make_tensor"]

# (rtol, atol); dtypes that are not listed are compared exactly
_TOLERANCES = {
    "float16": (1e-3, 1e-5),
    "bfloat16": (1.6e-2, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex64": (1.3e-6, 1e-5),
    "complex128": (1e-7, 1e-7),
}
_OLD_TOLERANCES = {"float16": (1e-3, 1e-3), "float32": (1e-4, 1e-5), "float64": (1e-5, 1e-8)}


class _Options:
    """How two values are compared."""

    def __init__(
        self, rtol: float | None, atol: float | None, table: Mapping[str, tuple[float, float]], **on: bool
    ) -> None:
        if (rtol is None) != (atol is None):
            missing = "atol" if atol is None else "rtol"
            raise ValueError(f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}.")
        self.rtol, self.atol, self.table = rtol, atol, table
        self.equal_nan, self.subclasses = on["equal_nan"], on["allow_subclasses"]
        self.device, self.dtype, self.layout, self.stride = (
            on[n] for n in ("check_device", "check_dtype", "check_layout", "check_stride")
        )

    def tolerances(self, *dtypes: np.dtype) -> tuple[float, float]:
        """The given tolerances, or the widest of the dtypes'."""
        if self.rtol is not None and self.atol is not None:
            return self.rtol, self.atol
        each = [self.table.get(d.name, (0.0, 0.0)) for d in dtypes]
        return max(r for r, _ in each), max(a for _, a in each)


class _Mismatch(Exception):
    """What differs, and where in the containers."""

    def __init__(self, text: str, place: str, kind: type[Exception] = AssertionError) -> None:
        super().__init__(text)
        self.text, self.kind = text, kind
        self.place = place


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    r"""Fail unless ``|actual - expected| <= atol + rtol * |expected|`` everywhere, through containers.

    Args:
      actual: A tensor, array, number, or a sequence or mapping of them.
      expected: What it should be.
      allow_subclasses: Whether a subclass may stand for its base.
      rtol: Relative tolerance; the dtype's own if neither tolerance is given.
      atol: Absolute tolerance.
      equal_nan: Whether nans are equal.
      check_device: Whether devices must be equal.
      check_dtype: Whether dtypes must be equal.
      check_layout: Without effect: every tensor is strided.
      check_stride: Whether strides must be equal.
      msg: The error's text, or a function of the text.

    Raises:
      AssertionError: with the count and place of the differences.
      ValueError: if one tolerance is given without the other.

    Example:
      >>> assert_close(1.0, 1.0 + 1e-9)
    """
    options = _Options(
        rtol,
        atol,
        _TOLERANCES,
        equal_nan=equal_nan,
        allow_subclasses=allow_subclasses,
        check_device=check_device,
        check_dtype=check_dtype,
        check_layout=check_layout,
        check_stride=check_stride,
    )
    _assert(actual, expected, options, msg)


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """`assert_close` as it was: wider tolerances, no check of the dtype; deprecated by PyTorch."""
    warnings.warn(
        "`torch.testing.assert_allclose()` is deprecated since 1.12 and will be removed in a future release. "
        "Please use `torch.testing.assert_close()` instead.",
        FutureWarning,
        stacklevel=2,
    )
    actual, expected = (x if is_tensor(x) else ops.tensor(x) for x in (actual, expected))
    options = _Options(
        rtol,
        atol,
        _OLD_TOLERANCES,
        equal_nan=equal_nan,
        allow_subclasses=True,
        check_device=True,
        check_dtype=False,
        check_layout=True,
        check_stride=False,
    )
    _assert(actual, expected, options, msg or None)


def _assert(actual: Any, expected: Any, options: _Options, msg: Any) -> None:
    try:
        _compare(actual, expected, options, "")
    except _Mismatch as difference:
        text, kind = difference.text, difference.kind
        if difference.place:
            text += f"\n\nThe failure occurred for item {difference.place}"
        if msg is not None and kind is AssertionError:
            text = msg(text) if callable(msg) else msg
        raise kind(text) from None


def _compare(actual: Any, expected: Any, options: _Options, place: str) -> None:
    if is_tensor(actual) and is_tensor(expected):
        return _compare_tensors(actual, expected, options, place)
    if isinstance(actual, np.ndarray | np.generic) and isinstance(expected, np.ndarray | np.generic):
        return _compare_tensors(ops.tensor(actual), ops.tensor(expected), options, place)
    if isinstance(actual, bool) and isinstance(expected, bool):
        if actual is not expected:
            raise _Mismatch(f"Booleans mismatch: {actual} is not {expected}", place)
        return None
    if isinstance(actual, int | float | complex) and isinstance(expected, int | float | complex):
        return _compare_numbers(actual, expected, options, place)
    if _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            raise _Mismatch(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}", place)
        for i, (a, e) in enumerate(zip(actual, expected, strict=True)):
            _compare(a, e, options, f"{place}[{i}]")
        return None
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        return _compare_mappings(actual, expected, options, place)
    if actual is None or expected is None:
        if actual is not expected:
            raise _Mismatch(f"None mismatch: {actual} is not {expected}", place)
        return None
    raise _Mismatch(
        f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.", place, TypeError
    )


def _is_sequence(x: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(x, Sequence) and not isinstance(x, str)


def _compare_mappings(actual: Mapping, expected: Mapping, options: _Options, place: str) -> None:
    missing, additional = set(expected) - set(actual), set(actual) - set(expected)
    if missing or additional:
        text = "The keys of the mappings do not match:"
        if missing:
            text += f"\nMissing keys in the actual mapping: {sorted(missing)}"
        if additional:
            text += f"\nAdditional keys in the actual mapping: {sorted(additional)}"
        raise _Mismatch(text, place)
    for key in expected:
        _compare(actual[key], expected[key], options, f"{place}[{key!r}]")


def _compare_numbers(actual: Any, expected: Any, options: _Options, place: str) -> None:
    if options.dtype and type(actual) is not type(expected):
        raise _Mismatch(f"The (d)types do not match: {type(actual)} != {type(expected)}.", place)
    kinds = {int: "int64", float: "float64", complex: "complex128"}
    rtol, atol = options.tolerances(*(np.dtype(kinds[type(x)]) for x in (actual, expected)))
    both_nan = options.equal_nan and actual != actual and expected != expected
    difference = abs(actual - expected)
    if actual == expected or both_nan or difference <= atol + rtol * abs(expected) < np.inf:
        return
    raise _Mismatch(_scalars(actual, expected, difference, rtol, atol), place)


def _scalars(actual: Any, expected: Any, difference: Any, rtol: float, atol: float) -> str:
    exact = rtol == 0 and atol == 0
    relative = difference / abs(expected) if expected != 0 else np.inf
    return (
        f"Scalars are not {'equal' if exact else 'close'}!\n\nExpected {expected} but got {actual}.\n"
        f"Absolute difference: {difference}{'' if exact else f' (up to {atol} allowed)'}\n"
        f"Relative difference: {relative}{'' if exact else f' (up to {rtol} allowed)'}"
    )


def _compare_tensors(actual: Tensor, expected: Tensor, options: _Options, place: str) -> None:
    checks = [("shape", True), ("device", options.device), ("dtype", options.dtype)]
    for name, wanted in checks:
        a, e = getattr(actual, name), getattr(expected, name)
        if wanted and a != e:
            raise _Mismatch(f"The values for attribute '{name}' do not match: {_quoted(a)} != {_quoted(e)}.", place)
    if options.stride and actual.stride() != expected.stride():
        raise _Mismatch(
            f"The values for attribute 'stride()' do not match: {actual.stride()} != {expected.stride()}.", place
        )
    a, e = actual.detach()._host(), expected.detach()._host()
    rtol, atol = options.tolerances(a.dtype, e.dtype)
    a, e = _comparable(a, e)
    with np.errstate(all="ignore"):
        difference = np.abs(a - e)
        close = (a == e) | (np.isfinite(e) & (difference <= atol + rtol * np.abs(e)))
        if options.equal_nan:
            close = close | (np.isnan(a) & np.isnan(e))
        if np.all(close):
            return
        if a.ndim == 0:
            raise _Mismatch(_scalars(a.item(), e.item(), difference.item(), rtol, atol), place)
        relative = difference / np.abs(e)
        if not np.issubdtype(relative.dtype, np.inexact) or np.issubdtype(a.dtype, np.integer):
            relative = relative.astype(np.float32)
    raise _Mismatch(_tensors(close, difference, relative, rtol, atol), place)


def _quoted(x: Any) -> str:
    return f"torch.Size({list(x)})" if isinstance(x, tuple) else str(x)


def _comparable(a: np.ndarray, e: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if a.dtype != e.dtype:
        common = _dtype.to_numpy(_dtype.promote_types(_dtype.from_numpy(a.dtype), _dtype.from_numpy(e.dtype)))
        a, e = a.astype(common), e.astype(common)
    # differences of unsigned numbers and bools would wrap
    return (a.astype(np.int64), e.astype(np.int64)) if a.dtype.kind in "bui" else (a, e)


def _tensors(close: np.ndarray, difference: np.ndarray, relative: np.ndarray, rtol: float, atol: float) -> str:
    exact = rtol == 0 and atol == 0
    wrong, n = int(np.sum(~close)), close.size
    lines = [
        f"Tensor-likes are not {'equal' if exact else 'close'}!",
        "",
        f"Mismatched elements: {wrong} / {n} ({wrong / n:.1%})",
    ]
    for name, values, allowed in (("absolute", difference, atol), ("relative", relative, rtol)):
        values = np.where(close, np.zeros((), values.dtype), values)
        at = tuple(int(i) for i in np.unravel_index(_first_largest(values), values.shape))
        lines.append(
            f"Greatest {name} difference: {values[at].item()} at index {at}"
            + ("" if exact else f" (up to {allowed} allowed)")
        )
    return "\n".join(lines)


def _first_largest(values: np.ndarray) -> int:
    flat = values.astype(np.float64).ravel()
    nans = np.isnan(flat)
    return int(np.argmax(nans)) if nans.any() else int(np.argmax(flat))


def make_tensor(
    *shape: Any,
    dtype: _dtype.dtype,
    device: Any,
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Uniform numbers from ``[low, high)``; by default within nine of 0, unsigned ones below 10.

    Args:
      *shape: Sizes, also as one sequence.
      dtype: Of the elements.
      device: Where.
      low: Least value.
      high: Bound.
      requires_grad: Whether gradients are recorded.
      noncontiguous: Whether to leave gaps between the elements of the last dimension.
      exclude_zero: Whether zeros become the least positive (or one).
      memory_format: Without effect.

    Returns:
      The tensor.
    """
    size = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], Sequence) else tuple(shape)
    full = (*size[:-1], 2 * size[-1]) if noncontiguous and size else size
    if dtype is _dtype.bool_:
        out = ops.randint(0, 2, full, dtype=dtype, device=device)
    elif dtype.is_floating_point or dtype.is_complex:
        low, high = -9 if low is None else low, 9 if high is None else high
        real = {_dtype.complex64: _dtype.float32, _dtype.complex128: _dtype.float64}.get(dtype, dtype)
        parts = [ops.rand(full, dtype=real, device=device) * (high - low) + low for _ in range(1 + dtype.is_complex)]
        out = ops.complex(*parts) if dtype.is_complex else parts[0]
    else:
        low, high = (-9 if dtype.is_signed else 0) if low is None else int(low), 10 if high is None else int(high)
        out = ops.randint(low, high, full, dtype=dtype, device=device)
    if full != size:
        out = out[..., ::2]
    if exclude_zero:
        out[out == 0] = 1 if not dtype.is_floating_point else _dtype.finfo(dtype).tiny
    return out.requires_grad_() if requires_grad else out
