"""Grad modes: whether what is computed is recorded for backward(). They belong to a thread."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any

from compat._engine.program import ctx


class _Mode:
    """A context manager that also decorates functions, generators and (with a warning) classes."""

    def clone(self) -> _Mode:
        """A fresh instance with the same arguments."""
        return type(self)()

    def __call__(self, fn: Callable) -> Callable:
        """Run ``fn`` inside this mode, each time it is called."""
        if inspect.isclass(fn):
            warnings.warn(
                "Decorating classes is deprecated and will be disabled in future versions. You should only decorate "
                "functions or methods. To preserve the current behavior of class decoration, you can directly decorate "
                "the `__init__` method and nothing else.", FutureWarning, stacklevel=2)
            fn.__init__ = self(fn.__init__)  # type: ignore[misc]
            return fn
        clone = self.clone
        if inspect.isgeneratorfunction(fn):
            return _generator_in(clone, fn)

        @functools.wraps(fn)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with clone():  # type: ignore[attr-defined]
                return fn(*args, **kwargs)

        return inside


def _generator_in(clone: Callable[[], Any], fn: Callable) -> Callable:
    """Each resumption of the generator runs inside the mode; in between the caller's mode is in force."""

    @functools.wraps(fn)
    def inside(*args: Any, **kwargs: Any) -> Any:
        gen = fn(*args, **kwargs)
        try:
            with clone():
                sent = gen.send(None)
            while True:
                try:
                    request = yield sent
                except GeneratorExit:
                    with clone():
                        gen.close()
                    raise
                except BaseException as e:  # noqa: BLE001 - handed on to the generator, as `yield from` does
                    with clone():
                        sent = gen.throw(e)
                else:
                    with clone():
                        sent = gen.send(request)
        except StopIteration as e:
            return e.value

    return inside


class _BareDecorator(_Mode):
    """A mode that also decorates without parentheses."""

    def __new__(cls, orig_func: Callable | None = None) -> Any:
        """With a function: decorate it."""
        if orig_func is None:
            return super().__new__(cls)
        return cls()(orig_func)


class no_grad(_BareDecorator):  # noqa: N801 - torch's own name
    """Stop recording: results do not require grad and keep nothing for backward().

    Works as a context manager and as a decorator. Factories with ``requires_grad=True`` still make leaves inside.

    Example:
      >>> import compat as torch
      >>> x = torch.tensor([2.0], requires_grad=True)
      >>> with torch.no_grad():
      ...     y = x * 3
      >>> y.requires_grad
      False

    Source:
      PyTorch, ``torch.no_grad``.
    """

    def __enter__(self) -> None:
        """Switch recording off."""
        self.prev = ctx.grad
        ctx.grad = False

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Restore the mode before."""
        ctx.grad = self.prev


class enable_grad(_BareDecorator):  # noqa: N801 - torch's own name
    """Record again, inside a no_grad block.

    Source:
      PyTorch, ``torch.enable_grad``.
    """

    def __enter__(self) -> None:
        """Switch recording on."""
        self.prev = ctx.grad
        ctx.grad = True

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Restore the mode before."""
        ctx.grad = self.prev


class set_grad_enabled(_Mode):  # noqa: N801 - torch's own name
    """Switch recording on or off: at once when called, until exit as a context, per call as a decorator.

    Source:
      PyTorch, ``torch.set_grad_enabled``.
    """

    def __init__(self, mode: bool) -> None:
        """Take effect now."""
        self.prev = ctx.grad
        self.mode = mode
        ctx.grad = bool(mode)

    def __call__(self, fn: Callable) -> Callable:
        """Decorate: the switch made by building the decorator is undone."""
        ctx.grad = self.prev
        return super().__call__(fn)

    def __enter__(self) -> None:
        """Switch again, for instances that are reused."""
        ctx.grad = bool(self.mode)

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Restore the mode before the call."""
        ctx.grad = self.prev

    def __str__(self) -> str:
        """Like torch's."""
        return f"torch.set_grad_enabled(mode={self.mode})"

    __repr__ = __str__

    def clone(self) -> set_grad_enabled:
        """The same switch again, made where it is used."""
        return type(self)(self.mode)


class inference_mode(_Mode):  # noqa: N801 - torch's own name
    """Stop recording and make inference tensors, which can never enter a graph.

    Source:
      PyTorch, ``torch.inference_mode``.
    """

    def __new__(cls, mode: bool | Callable = True) -> Any:
        """With a function: decorate it."""
        if isinstance(mode, bool):
            return super().__new__(cls)
        return cls()(mode)

    def __init__(self, mode: bool = True) -> None:
        """``mode=False`` leaves inference mode inside."""
        self.mode = mode

    def __enter__(self) -> None:
        """Switch inference mode, and recording with it."""
        self.prev = ctx.grad, ctx.inference
        ctx.grad, ctx.inference = not self.mode, self.mode

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Restore both modes."""
        ctx.grad, ctx.inference = self.prev

    def clone(self) -> inference_mode:
        """The same mode again."""
        return type(self)(self.mode)


class set_multithreading_enabled(_Mode):  # noqa: N801 - torch's own name
    """Accepted; the backward pass records in the calling thread whatever the setting.

    Source:
      PyTorch, ``torch.autograd.set_multithreading_enabled``.
    """

    def __init__(self, mode: bool) -> None:
        """Remember the mode."""
        self.mode = mode

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Do nothing."""

    def clone(self) -> set_multithreading_enabled:
        """The same again."""
        return type(self)(self.mode)


def is_grad_enabled() -> bool:
    """Whether this thread records.

    Example:
      >>> import compat as torch
      >>> torch.is_grad_enabled()
      True
    """
    return ctx.grad


def is_inference_mode_enabled() -> bool:
    """Whether this thread is in inference mode."""
    return ctx.inference


class _Anomaly:
    """The process-wide switch of anomaly detection."""

    enabled = False
    check_nan = True


def is_anomaly_enabled() -> bool:
    """Whether backward() looks for nan and nodes remember where they were made."""
    return _Anomaly.enabled


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly detection looks for nan."""
    return _Anomaly.check_nan


class set_detect_anomaly:  # noqa: N801 - torch's own name
    """Switch anomaly detection on or off, at once or as a context.

    Source:
      PyTorch, ``torch.autograd.set_detect_anomaly``.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        """Take effect now."""
        self.prev = _Anomaly.enabled, _Anomaly.check_nan
        _Anomaly.enabled, _Anomaly.check_nan = mode, check_nan

    def __enter__(self) -> None:
        """Stay on."""

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Restore what was before."""
        _Anomaly.enabled, _Anomaly.check_nan = self.prev


class detect_anomaly:  # noqa: N801 - torch's own name
    """Inside, backward() fails at the first node that makes a nan, and says where its forward was.

    Source:
      PyTorch, ``torch.autograd.detect_anomaly``.
    """

    def __init__(self, check_nan: bool = True) -> None:
        """Warn: it is slow."""
        self.check_nan = check_nan
        self.prev = _Anomaly.enabled, _Anomaly.check_nan
        warnings.warn("Anomaly Detection has been enabled. This mode will increase the runtime and should only be "
                      "enabled for debugging.", stacklevel=2)

    def __enter__(self) -> None:
        """Switch detection on."""
        self.prev = _Anomaly.enabled, _Anomaly.check_nan
        _Anomaly.enabled, _Anomaly.check_nan = True, self.check_nan

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Restore what was before."""
        _Anomaly.enabled, _Anomaly.check_nan = self.prev


__all__ = ["detect_anomaly", "enable_grad", "inference_mode", "is_anomaly_check_nan_enabled", "is_anomaly_enabled",
           "is_grad_enabled", "is_inference_mode_enabled", "no_grad", "set_detect_anomaly", "set_grad_enabled",
           "set_multithreading_enabled"]
