# Written by `python -m compat._stubs`; do not edit.
# ruff: noqa
import builtins
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Literal, NoReturn, TypeAlias, overload

from compat import return_types as _return_types
from compat._device import device as _Device
from compat._dtype import dtype as _DType
from compat._random import Generator as _Generator
from compat._settings import memory_format as _MemoryFormat
from compat._size import Size as _Size
from compat._tensor.layout import layout as _Layout
from compat._tensor.tensor import Tensor as Tensor


_Number: TypeAlias = builtins.int | builtins.float | builtins.complex

def bartlett(M: builtins.int, *more: Any, sym: builtins.bool = True, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """A triangle."""
def blackman(M: builtins.int, *more: Any, sym: builtins.bool = True, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """Two cosines."""
def cosine(M: builtins.int, *more: Any, sym: builtins.bool = True, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """Half a period of the sine."""
def exponential(M: builtins.int, *more: Any, sym: builtins.bool = True, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """Falls from the middle by e every `tau`."""
def gaussian(M: builtins.int, *more: Any, sym: builtins.bool = True, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """A bell curve."""
def general_cosine(M: builtins.int, *more: Any, sym: builtins.bool = True, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """Cosines of weights `a`."""
def general_hamming(M: builtins.int, *more: Any, sym: builtins.bool = True, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """One cosine."""
def hamming(M: builtins.int, *more: Any, sym: builtins.bool = True, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """One cosine."""
def hann(M: builtins.int, *more: Any, sym: builtins.bool = True, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """One cosine."""
def kaiser(M: builtins.int, *more: Any, sym: builtins.bool = True, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """Bessel functions of the order 0."""
def nuttall(M: builtins.int, *more: Any, sym: builtins.bool = True, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """Three cosines."""
