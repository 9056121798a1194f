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

def fft(input: Tensor, n: builtins.int | None = None, dim: builtins.int = -1, norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.fft``: the transform over one dimension."""
def fft2(input: Tensor, s: builtins.int | Sequence[builtins.int] | None = None, dim: builtins.int | Sequence[builtins.int] = ..., norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.fft2``: the transform over two dimensions."""
def fftfreq(n: builtins.int, d: builtins.float = 1.0, *, out: Any = None, **factory: Any) -> Tensor:
    """Frequencies of the spectrum of `n` samples at distance `d`."""
def fftn(input: Tensor, s: builtins.int | Sequence[builtins.int] | None = None, dim: builtins.int | Sequence[builtins.int] | None = None, norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.fftn``: the transform over several dimensions."""
def fftshift(input: Tensor, dim: Any = None) -> Tensor:
    """The zero frequency moved to the middle."""
def hfft(input: Tensor, n: builtins.int | None = None, dim: builtins.int = -1, norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.hfft``: the transform over one dimension."""
def hfft2(input: Tensor, s: builtins.int | Sequence[builtins.int] | None = None, dim: builtins.int | Sequence[builtins.int] = ..., norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.hfft2``: the transform over two dimensions."""
def hfftn(input: Tensor, s: builtins.int | Sequence[builtins.int] | None = None, dim: builtins.int | Sequence[builtins.int] | None = None, norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.hfftn``: the transform over several dimensions."""
def ifft(input: Tensor, n: builtins.int | None = None, dim: builtins.int = -1, norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.ifft``: the transform over one dimension."""
def ifft2(input: Tensor, s: builtins.int | Sequence[builtins.int] | None = None, dim: builtins.int | Sequence[builtins.int] = ..., norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.ifft2``: the transform over two dimensions."""
def ifftn(input: Tensor, s: builtins.int | Sequence[builtins.int] | None = None, dim: builtins.int | Sequence[builtins.int] | None = None, norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.ifftn``: the transform over several dimensions."""
def ifftshift(input: Tensor, dim: Any = None) -> Tensor:
    """`fftshift` undone."""
def ihfft(input: Tensor, n: builtins.int | None = None, dim: builtins.int = -1, norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.ihfft``: the transform over one dimension."""
def ihfft2(input: Tensor, s: builtins.int | Sequence[builtins.int] | None = None, dim: builtins.int | Sequence[builtins.int] = ..., norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.ihfft2``: the transform over two dimensions."""
def ihfftn(input: Tensor, s: builtins.int | Sequence[builtins.int] | None = None, dim: builtins.int | Sequence[builtins.int] | None = None, norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.ihfftn``: the transform over several dimensions."""
def irfft(input: Tensor, n: builtins.int | None = None, dim: builtins.int = -1, norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.irfft``: the transform over one dimension."""
def irfft2(input: Tensor, s: builtins.int | Sequence[builtins.int] | None = None, dim: builtins.int | Sequence[builtins.int] = ..., norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.irfft2``: the transform over two dimensions."""
def irfftn(input: Tensor, s: builtins.int | Sequence[builtins.int] | None = None, dim: builtins.int | Sequence[builtins.int] | None = None, norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.irfftn``: the transform over several dimensions."""
def rfft(input: Tensor, n: builtins.int | None = None, dim: builtins.int = -1, norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.rfft``: the transform over one dimension."""
def rfft2(input: Tensor, s: builtins.int | Sequence[builtins.int] | None = None, dim: builtins.int | Sequence[builtins.int] = ..., norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.rfft2``: the transform over two dimensions."""
def rfftfreq(n: builtins.int, d: builtins.float = 1.0, *, out: Any = None, **factory: Any) -> Tensor:
    """Frequencies of half the spectrum of `n` samples at distance `d`."""
def rfftn(input: Tensor, s: builtins.int | Sequence[builtins.int] | None = None, dim: builtins.int | Sequence[builtins.int] | None = None, norm: builtins.str | None = None, *, out: Any = None) -> Tensor:
    """``torch.fft.rfftn``: the transform over several dimensions."""
