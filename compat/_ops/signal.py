"""Windows, and the short-time Fourier transform over them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from compat import _dtype
from compat._ops.declare import composite, ops
from compat._tensor.layout import strided
from compat._tensor.tensor import Tensor

_hidden = {"method": False, "function": False}


# ---------------------------------------------------------------- windows of the torch namespace


def _window(name: str, values: Callable[..., Tensor], doc: str, *parameters: float) -> None:
    """Publish a window: `values` of the positions 0 ... n - 1 of a symmetric window of n."""
    defaults = parameters

    def window(
        window_length: int,
        periodic: bool = True,
        *more: Any,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        pin_memory: bool = False,
        requires_grad: bool = False,
        **named: Any,
    ) -> Tensor:
        to = _dtype.get_default_dtype() if dtype is None else dtype
        if not to.is_floating_point:
            raise RuntimeError(
                f"{name} expects floating point dtypes, got: TensorOptions(dtype={_C_NAMES.get(to, to)}, "
                "device=cpu, layout=Strided (default), requires_grad=false (default), "
                "pinned_memory=false (default), memory_format=(nullopt))"
            )
        if window_length < 0:
            raise RuntimeError(f"{name} requires non-negative window_length, got window_length={window_length}")
        given = [*more, *named.values(), *defaults[len(more) + len(named) :]]
        if window_length <= 1:
            result = ops.ones(window_length)
        else:
            n = window_length + periodic
            result = values(ops.arange(n, dtype=_dtype.float64), n - 1, *given)[:window_length]
        result = result.to(dtype=to, device=device)
        return result.requires_grad_() if requires_grad else result

    window.__name__ = window.__qualname__ = name
    window.__doc__ = doc
    composite(window, method=False)


_C_NAMES = {_dtype.int32: "int", _dtype.int64: "long int", _dtype.bool_: "bool"}


def _cosines(k: Tensor, last: int, *weights: float) -> Tensor:
    """Sum of cosines with alternating signs."""
    parts = [w * (-1) ** i * ops.cos(k * (2 * math.pi * i / last)) for i, w in enumerate(weights)]
    return ops.stack(parts).sum(0)


def _bessel_ratio(k: Tensor, last: int, beta: float) -> Tensor:
    x = k * (2 / last) - 1
    inside = ops.clamp(1 - x * x, min=0)
    return ops.i0(beta * ops.sqrt(inside)) / ops.i0(ops.tensor(float(beta), dtype=_dtype.float64))


_window("hann_window", lambda k, last: _cosines(k, last, 0.5, 0.5), "A cosine from 0 over 1 to 0.")
_window("hamming_window", lambda k, last, a, b: _cosines(k, last, a, b), "``alpha - beta cos``.", 0.54, 0.46)
_window("blackman_window", lambda k, last: _cosines(k, last, 0.42, 0.5, 0.08).clamp(min=0), "Two cosines.")
_window("bartlett_window", lambda k, last: 1 - (k * (2 / last) - 1).abs(), "A triangle.")
_window("kaiser_window", _bessel_ratio, "Bessel functions of the order 0.", 12.0)


# ---------------------------------------------------------------- torch.signal.windows


def _check(name: str, M: int, dtype: Any, layout: Any) -> None:
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if layout is not None and layout is not strided:
        raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
    if dtype not in (_dtype.float32, _dtype.float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {dtype}")


def _scipy_window(name: str, values: Callable[..., Tensor], doc: str, **parameters: Any) -> None:
    """Publish a window: `values` of the positions, the last of them in the symmetric window, and the parameters."""

    def window(
        M: int,
        *more: Any,
        sym: bool = True,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        **named: Any,
    ) -> Tensor:
        unknown = set(named) - set(parameters)
        if unknown:
            raise TypeError(f"{name}() got an unexpected keyword argument '{min(unknown)}'")
        given = dict(parameters) | dict(zip(parameters, more, strict=False)) | named
        dtype = _dtype.get_default_dtype() if dtype is None else dtype
        _check(name, M, dtype, layout)
        checks = _PARAMETER_CHECKS.get(name)
        if checks is not None:
            checks(sym, **given)
        k, last = ops.arange(M, dtype=_dtype.float64), max(M - 1 if sym else M, 1)
        result = ops.ones(M) if M <= 1 else values(k, last, **given)
        result = result.to(dtype=dtype, device=device)
        return result.requires_grad_() if requires_grad else result

    window.__name__ = window.__qualname__ = name
    window.__doc__ = doc
    composite(window, name=f"signal_windows_{name}", namespaces=f"signal.windows:{name}", **_hidden)


def _check_exponential(sym: bool, center: float | None, tau: float) -> None:
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")


def _check_gaussian(sym: bool, std: float) -> None:
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")


def _check_kaiser(sym: bool, beta: float) -> None:
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")


def _check_cosines(sym: bool, a: Any) -> None:
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    if not a:
        raise ValueError("Coefficients cannot be empty")


_PARAMETER_CHECKS: dict[str, Callable[..., None]] = {
    "exponential": _check_exponential,
    "gaussian": _check_gaussian,
    "kaiser": _check_kaiser,
    "general_cosine": _check_cosines,
}


def _exponential(k: Tensor, last: int, center: float | None, tau: float) -> Tensor:
    middle = last / 2 if center is None else center
    return ops.exp(-(k - middle).abs() / tau)


_scipy_window("bartlett", lambda k, last: 1 - (k * (2 / last) - 1).abs(), "A triangle.")
_scipy_window("blackman", lambda k, last: _cosines(k, last, 0.42, 0.5, 0.08), "Two cosines.")
_scipy_window("cosine", lambda k, last: ops.sin((k + 0.5) * (math.pi / (last + 1))), "Half a period of the sine.")
_scipy_window("exponential", _exponential, "Falls from the middle by e every `tau`.", center=None, tau=1.0)
_scipy_window("gaussian", lambda k, last, std: ops.exp(-0.5 * ((k - last / 2) / std) ** 2), "A bell curve.", std=1.0)
_scipy_window("general_cosine", lambda k, last, a: _cosines(k, last, *a), "Cosines of weights `a`.", a=())
_scipy_window("general_hamming", lambda k, last, alpha: _cosines(k, last, alpha, 1 - alpha), "One cosine.", alpha=0.54)
_scipy_window("hamming", lambda k, last: _cosines(k, last, 0.54, 0.46), "One cosine.")
_scipy_window("hann", lambda k, last: _cosines(k, last, 0.5, 0.5), "One cosine.")
_scipy_window("kaiser", _bessel_ratio, "Bessel functions of the order 0.", beta=12.0)
_scipy_window(
    "nuttall", lambda k, last: _cosines(k, last, 0.3635819, 0.4891775, 0.1365995, 0.0106411), "Three cosines."
)


# ---------------------------------------------------------------- short-time Fourier transform


def _placed(window: Tensor | None, win_length: int, n_fft: int, like: Tensor) -> Tensor:
    """The window, ones if None, in the middle of a frame."""
    if window is None:
        real = {_dtype.complex64: _dtype.float32, _dtype.complex128: _dtype.float64}.get(like.dtype, like.dtype)
        window = ops.ones(win_length, dtype=real, device=like.device)
    left = (n_fft - win_length) // 2
    return (
        window if left == 0 and win_length == n_fft else ops.constant_pad_nd(window, (left, n_fft - win_length - left))
    )


def _check_stft(name: str, n_fft: int, hop: int, win_length: int, window: Tensor | None) -> None:
    if hop <= 0:
        raise RuntimeError(f"{name}: expected hop_length > 0, but got hop_length={hop}")
    if not 0 < win_length <= n_fft:
        raise RuntimeError(f"{name}: expected 0 < win_length <= n_fft, but got win_length={win_length}")
    if window is not None and tuple(window.shape) != (win_length,):
        raise RuntimeError(
            f"{name}: expected a 1D window tensor of size equal to win_length={win_length}, but got "
            f"window with size {list(window.shape)}"
        )


@composite
def stft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Tensor:
    """Spectra of overlapping frames: ``(*, frequencies, frames)``."""
    hop = n_fft // 4 if hop_length is None else hop_length
    length = n_fft if win_length is None else win_length
    if return_complex is None:
        if not (input.is_complex() or window is not None and window.is_complex()):
            raise RuntimeError(
                "stft requires the return_complex parameter be given for real inputs, and will further "
                "require that return_complex=True in a future PyTorch release."
            )
        return_complex = True
    if not (input.is_floating_point() or input.is_complex()) or input.dim() not in (1, 2):
        raise RuntimeError(
            f"stft(torch.{input.type().rpartition('.')[2]}[{', '.join(map(str, input.shape))}], n_fft={n_fft}"
            f"): expected a tensor of floating point or complex values"
            if input.dim() in (1, 2)
            else "stft: expected a 1D or 2D tensor"
        )
    _check_stft("stft", n_fft, hop, length, window)
    x = input if input.dim() == 2 else input.unsqueeze(0)
    if center:
        half = n_fft // 2
        x = ops.pad(x.unsqueeze(0), (half, half), pad_mode).squeeze(0)
    if not 0 < n_fft <= x.shape[-1]:
        raise RuntimeError(f"stft: expected 0 < n_fft < {x.shape[-1]}, but got n_fft={n_fft}")
    frames = x.unfold(-1, n_fft, hop) * _placed(window, length, n_fft, x)
    half_only = not frames.is_complex() if onesided is None else onesided
    norm = "ortho" if normalized else None
    spectrum = (ops.fft_rfft if half_only else ops.fft_fft)(frames, norm=norm).transpose(1, 2)
    spectrum = spectrum if input.dim() == 2 else spectrum.squeeze(0)
    return spectrum if return_complex else ops.view_as_real(spectrum)


@composite
def istft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Tensor:
    """The signal whose `stft` it is, in the least squares sense."""
    hop = n_fft // 4 if hop_length is None else hop_length
    size = n_fft if win_length is None else win_length
    if not input.is_complex():
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    _check_stft("istft", n_fft, hop, size, window)
    x = (input if input.dim() == 3 else input.unsqueeze(0)).transpose(1, 2)
    half_only = x.shape[-1] != n_fft if onesided is None else onesided
    norm = "ortho" if normalized else None
    if return_complex:
        frames = ops.fft_ifft(x, norm=norm)
    else:
        frames = ops.fft_irfft(x if half_only else x[..., : n_fft // 2 + 1], n_fft, norm=norm)
    w = _placed(window, size, n_fft, frames)
    total = n_fft + hop * (frames.shape[1] - 1)
    signal = _overlapped(frames * w, hop, total)
    weight = _overlapped((w * w).expand(1, frames.shape[1], n_fft), hop, total)
    start = n_fft // 2 if center else 0
    stop = start + length if length is not None else total - n_fft // 2 if center else total
    kept, weight = signal[:, start : min(stop, total)], weight[:, start : min(stop, total)]
    if bool((weight.abs().min() < 1e-11).item()):
        raise RuntimeError("istft(...) window overlap add min: 1")
    out = kept / weight
    if stop > total:
        warnings.warn(
            "The length of signal is shorter than the length parameter. Result is being padded with zeros in the "
            "tail. Please check your center and hop_length settings.",
            stacklevel=2,
        )
        out = ops.constant_pad_nd(out, (0, stop - total))
    return out if input.dim() == 3 else out.squeeze(0)


def _overlapped(frames: Tensor, hop: int, total: int) -> Tensor:
    """Sum of frames, each `hop` later than the one before."""
    batch, n, size = frames.shape
    at = (ops.arange(n).unsqueeze(1) * hop + ops.arange(size)).reshape(-1)
    return ops.index_add(frames.new_zeros((batch, total)), 1, at, frames.reshape(batch, n * size))
