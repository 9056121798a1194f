"""``torch.fft``: all transforms from three operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compat._ops.declare import composite, op, ops
from compat._tensor.tensor import Tensor
from funcgrad.dtypes import is_complex
from funcgrad.ops import fourier as K
from funcgrad.shapes import wrap_dims

_hidden = {"method": False, "function": False}


def _count(dim: int | Sequence[int]) -> int:
    return 1 if isinstance(dim, int) else len(dim)


def _c2c_node(arguments: Any) -> str:
    several = arguments["dim"] is None or _count(arguments["dim"]) > 1
    if several or is_complex(arguments["input"].dtype):
        return "FftC2CBackward0"
    # PyTorch inverts real numbers' spectrum as the conjugate of the transform
    return "FftR2CBackward0" if arguments["forward"] else "ConjBackward0"


op(K.c2c, "fft_c2c", node=_c2c_node, **_hidden)


def _r2c_node(arguments: Any) -> str:
    if arguments["forward"]:
        return "FftR2CBackward0"
    return "ConjBackward0" if arguments["dim"] is not None and _count(arguments["dim"]) == 1 else "FftC2CBackward0"


op(K.r2c, "fft_r2c", node=_r2c_node, **_hidden)
op(K.c2r, "fft_c2r", node="FftC2RBackward0", **_hidden)

# name: operator, and its further arguments
_KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "fft": ("fft_c2c", {"forward": True}),
    "ifft": ("fft_c2c", {"forward": False}),
    "rfft": ("fft_r2c", {"forward": True, "name": "rfft"}),
    "irfft": ("fft_c2r", {"forward": False}),
    "hfft": ("fft_c2r", {"forward": True}),
    "ihfft": ("fft_r2c", {"forward": False, "name": "ihfft"}),
}


def _transforms(kind: str, operator: str, more: dict[str, Any]) -> None:
    """Publish a transform of one dimension, of two and of several."""

    def one(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Tensor:
        result = getattr(ops, operator)(input, None if n is None else (n,), (dim,), norm, **more)
        return result if out is None else ops._into(out, result)

    def two(
        input: Tensor,
        s: int | Sequence[int] | None = None,
        dim: int | Sequence[int] = (-2, -1),
        norm: str | None = None,
        *,
        out: Any = None,
    ) -> Tensor:
        return several(input, s, dim, norm, out=out)

    def several(
        input: Tensor,
        s: int | Sequence[int] | None = None,
        dim: int | Sequence[int] | None = None,
        norm: str | None = None,
        *,
        out: Any = None,
    ) -> Tensor:
        result = getattr(ops, operator)(input, s, dim, norm, **more)
        return result if out is None else ops._into(out, result)

    for fn, suffix, over in (
        (one, "", "one dimension"),
        (two, "2", "two dimensions"),
        (several, "n", "several dimensions"),
    ):
        fn.__name__ = fn.__qualname__ = kind + suffix
        fn.__doc__ = f"``torch.fft.{kind}{suffix}``: the transform over {over}."
        composite(fn, name=f"fft_{kind}{suffix}", namespaces=f"fft:{kind}{suffix}", **_hidden)


for _kind, (_operator, _more) in _KINDS.items():
    _transforms(_kind, _operator, _more)


@composite(name="fft_fftfreq", namespaces="fft:fftfreq", **_hidden)
def fftfreq(n: int, d: float = 1.0, *, out: Any = None, **factory: Any) -> Tensor:
    """Frequencies of the spectrum of `n` samples at distance `d`."""
    result = ops.cat([ops.arange(0, (n + 1) // 2), ops.arange(-(n // 2), 0)]).to(
        factory.get("dtype") or ops.zeros(0).dtype
    ) * (1.0 / (n * d))
    result = result.to(factory["device"]) if factory.get("device") is not None else result
    return result.requires_grad_(factory.get("requires_grad", False)) if out is None else ops._into(out, result)


@composite(name="fft_rfftfreq", namespaces="fft:rfftfreq", **_hidden)
def rfftfreq(n: int, d: float = 1.0, *, out: Any = None, **factory: Any) -> Tensor:
    """Frequencies of half the spectrum of `n` samples at distance `d`."""
    result = ops.arange(0, n // 2 + 1).to(factory.get("dtype") or ops.zeros(0).dtype) * (1.0 / (n * d))
    result = result.to(factory["device"]) if factory.get("device") is not None else result
    return result.requires_grad_(factory.get("requires_grad", False)) if out is None else ops._into(out, result)


@composite(name="fft_fftshift", namespaces="fft:fftshift", **_hidden)
def fftshift(input: Tensor, dim: Any = None) -> Tensor:
    """The zero frequency moved to the middle."""
    dims = wrap_dims(dim, input.dim())
    return ops.roll(input, [input.shape[d] // 2 for d in dims], list(dims))


@composite(name="fft_ifftshift", namespaces="fft:ifftshift", **_hidden)
def ifftshift(input: Tensor, dim: Any = None) -> Tensor:
    """`fftshift` undone."""
    dims = wrap_dims(dim, input.dim())
    return ops.roll(input, [(input.shape[d] + 1) // 2 for d in dims], list(dims))
