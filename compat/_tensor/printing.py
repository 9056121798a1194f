"""How tensors print: PyTorch's text, character for character.

A tensor's numbers share one format, chosen from the numbers that will be shown: all integral (``1.``), fixed point, or
scientific when they span more than three decades or leave [1e-4, 1e8].
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from compat._device import CPU, device
from compat._dtype import bool_, default_complex_dtype, dtype, get_default_dtype, int64
from compat._engine.program import Tracer

if TYPE_CHECKING:
    from compat._tensor.tensor import Tensor


@dataclasses.dataclass
class PrintOptions:
    """What `set_printoptions` sets.

    Attributes:
      precision: Digits after the point.
      threshold: Elements beyond which a tensor is summarised.
      edgeitems: Elements shown at both ends of a summarised dimension.
      linewidth: Characters a line.
      sci_mode: Whether to use scientific notation; None decides by the numbers.
    """

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


OPTIONS = PrintOptions()
_PROFILES = {"default": PrintOptions(), "short": PrintOptions(precision=2, edgeitems=2),
             "full": PrintOptions(threshold=math.inf)}  # fmt: skip


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors print; what is None stays as it is, except ``sci_mode``, which then depends on the numbers.

    Args:
      precision: Digits after the point (4).
      threshold: Elements beyond which a tensor is summarised (1000).
      edgeitems: Elements shown at both ends of a summarised dimension (3).
      linewidth: Characters a line (80).
      profile: ``"default"``, ``"short"`` or ``"full"``, applied before the others.
      sci_mode: Whether to use scientific notation; None decides by the numbers.
    """
    if profile is not None and profile.lower() in _PROFILES:
        _assign(dataclasses.asdict(_PROFILES[profile.lower()]) | {"sci_mode": OPTIONS.sci_mode})
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    _assign({name: value for name, value in given.items() if value is not None} | {"sci_mode": sci_mode})


def get_printoptions() -> dict[str, object]:
    """Return the options by name."""
    return dataclasses.asdict(OPTIONS)


@contextmanager
def printoptions(**options: object) -> Iterator[None]:
    """Set print options inside a with-block.

    Args:
      **options: As for `set_printoptions`.

    Yields:
      Nothing; the former options are back afterwards.
    """
    before = get_printoptions()
    set_printoptions(**options)  # pyright: ignore[reportArgumentType]
    try:
        yield
    finally:
        _assign(before)


def _assign(options: dict[str, object]) -> None:
    for name, value in options.items():
        setattr(OPTIONS, name, value)


class _Format:
    """The common format of some numbers: ``self(value)`` is padded to the width of the widest finite one."""

    def __init__(self, values: np.ndarray) -> None:
        self.floating = values.dtype.kind == "f"
        self.integral, self.scientific, self.width = True, False, 1
        if not self.floating:
            self.width = max([1, *(len(str(v)) for v in values.ravel().tolist())])
            return
        shown = values[np.isfinite(values) & (values != 0)]
        if shown.size == 0:
            return
        magnitude = np.abs(shown.astype(np.float64))
        low, high = float(magnitude.min()), float(magnitude.max())
        self.integral = bool((shown == np.ceil(shown)).all())
        automatic = high / low > 1000.0 or high > 1.0e8 or low < 1.0e-4
        self.scientific = automatic if OPTIONS.sci_mode is None else OPTIONS.sci_mode
        self.width = max([1, *(len(self._text(v)) for v in shown.tolist())])

    def _text(self, value: object) -> str:
        if not self.floating:
            return str(value)
        if self.scientific:
            return f"{value:.{OPTIONS.precision}e}"
        if self.integral:
            return f"{value:.0f}" + ("." if math.isfinite(value) else "")  # pyright: ignore[reportArgumentType]
        return f"{value:.{OPTIONS.precision}f}"

    def __call__(self, value: object) -> str:
        return self._text(value).rjust(self.width)


class _ComplexFormat:
    """The formats of the real and the imaginary parts."""

    def __init__(self, values: np.ndarray) -> None:
        self.real, self.imag = _Format(values.real), _Format(values.imag)
        self.width = self.real.width + self.imag.width + 1

    def __call__(self, value: complex) -> str:
        imag = (self.imag(value.imag) + "j").lstrip()
        return self.real(value.real) + ("" if imag[0] in "+-" else "+") + imag


def _edges(array: np.ndarray) -> np.ndarray:
    """The elements a summarised tensor shows, as they decide its format."""
    edge = OPTIONS.edgeitems
    for dim, size in enumerate(array.shape):
        if size > 2 * edge:
            keep = np.r_[0:edge, size - edge : size]
            array = array.take(keep, axis=dim)
    return array


def _rows(array: np.ndarray, summarize: bool) -> list[np.ndarray | None]:
    """The first dimension's elements, None for those left out."""
    edge = OPTIONS.edgeitems
    if summarize and len(array) > 2 * edge:
        return [*array[:edge], None, *array[len(array) - edge :]]
    return list(array)


def _vector(array: np.ndarray, indent: int, summarize: bool, form: _Format | _ComplexFormat) -> str:
    per_line = max(1, math.floor((OPTIONS.linewidth - indent) / (form.width + 2)))
    texts = [" ..." if v is None else form(v.item()) for v in _rows(array, summarize)]
    lines = [", ".join(texts[i : i + per_line]) for i in range(0, len(texts), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _nested(array: np.ndarray, indent: int, summarize: bool, form: _Format | _ComplexFormat) -> str:
    if array.ndim == 0:
        return form(array.item())
    if array.ndim == 1:
        return _vector(array, indent, summarize, form)
    rows = _rows(array, summarize)
    texts = ["..." if row is None else _nested(row, indent + 1, summarize, form) for row in rows]
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(texts) + "]"


def format_values(array: np.ndarray, indent: int = 0) -> str:
    """Return the bracketed numbers of a tensor.

    Args:
      array: Its values.
      indent: The column where they start.

    Returns:
      For example ``"[1., 2.]"``; ``"[]"`` if there are none.
    """
    if array.size == 0:
        return "[]"
    if array.dtype.kind not in "biufc" or array.dtype == np.float16:  # bfloat16 and float8, which numpy can't format
        array = array.astype(np.float32)
    summarize = array.size > OPTIONS.threshold
    shown = _edges(array) if summarize else array
    form = _ComplexFormat(shown) if array.dtype.kind == "c" else _Format(shown)
    return _nested(array, indent, summarize, form)


def format_tensor(
    array: np.ndarray,
    of: dtype,
    *,
    shape: Sequence[int] | None = None,
    device: device = CPU,
    requires_grad: bool = False,
    grad_fn_name: str | None = None,
    is_parameter: bool = False,
    name: str = "tensor",
    contents: str | None = None,
) -> str:
    """Return the text of a tensor.

    Args:
      array: Its values.
      of: Its dtype.
      shape: Its shape; that of ``array`` if None.
      device: Where it lives; named unless it is the CPU.
      requires_grad: Whether it is a leaf that requires grad.
      grad_fn_name: The name of the node that made it, if any.
      is_parameter: Whether it is a parameter.
      name: What stands before the parenthesis: ``"tensor"``, or the name of a subclass.
      contents: What to show instead of the values.

    Returns:
      What ``repr`` of the tensor is in PyTorch.

    Example:
      >>> format_tensor(np.ones(2, "float32"), get_default_dtype(), requires_grad=True)
      'tensor([1., 1.], requires_grad=True)'
    """
    indent = len(name) + 1
    shape = array.shape if shape is None else tuple(shape)
    suffixes = []
    if device.type != "cpu":
        suffixes.append(f"device='{device}'")
    if 0 in shape:
        if len(shape) != 1:
            suffixes.append(f"size={shape}")
        plain = of is get_default_dtype()
    else:
        plain = of in (get_default_dtype(), default_complex_dtype(), int64, bool_)
    if not plain:
        suffixes.append(f"dtype={of}")
    if grad_fn_name is not None:
        suffixes.append(f"grad_fn=<{grad_fn_name}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    text = f"{name}(" + (format_values(array, indent) if contents is None else contents)
    text = _with_suffixes(text, suffixes, indent)
    if not is_parameter:
        return text
    return f"Parameter containing:\n{text}" if name == "tensor" else f"Parameter({text})"


def _with_suffixes(text: str, suffixes: list[str], indent: int) -> str:
    used = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if used + len(suffix) + 2 > OPTIONS.linewidth:
            text += ",\n" + " " * indent + suffix
            used = indent + len(suffix)
        else:
            text += ", " + suffix
            used += len(suffix) + 2
    return text + ")"


def describe(t: Tensor, contents: np.ndarray | None = None) -> str:
    """The text of a tensor."""
    v = t._value()
    if v.buf is not None and isinstance(v.buf, Tracer):
        return f"tensor(traced, shape={tuple(v.aval.shape)}, dtype={t.dtype})"
    node = t.grad_fn
    return format_tensor(t._host() if contents is None else contents, t.dtype, shape=tuple(v.aval.shape),
                         requires_grad=t.requires_grad, grad_fn_name=None if node is None else type(node).__name__,
                         device=t.device, is_parameter=t._is_param)
