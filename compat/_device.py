"""torch.device: parsing and texts, the default device, and the jax devices behind them."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeAlias, TypeVar

import jax

_TYPES = (
    "cpu cuda ipu xpu mkldnn opengl opencl ideep hip ve fpga maia xla lazy vulkan mps meta hpu mtia privateuseone"
).split()
_PLATFORMS = {"cpu": "cpu", "cuda": "gpu", "xla": "tpu"}
_STRING = re.compile(r"([a-z_]+)(?::(0|[1-9][0-9]*))?")
_UNKNOWN = "Expected one of {} device type at start of device string: {}"
NO_CUDA = "Torch not compiled with CUDA enabled"
Fn = TypeVar("Fn", bound=Callable)
JaxDevice: TypeAlias = Any  # jax.Device, which checkers can't see


class device:  # noqa: N801 - torch's own name
    """Where a tensor lives: a kind of device and, optionally, which one of them.

    As a context manager, or as a decorator, it is the default device of the tensors made inside.

    Example:
      >>> device("cuda:1"), device("cpu").index
      (device(type='cuda', index=1), None)
    """

    __slots__ = ("type", "index")

    type: str
    index: int | None

    def __new__(cls, *args: object, **kwargs: object) -> device:
        """Parse ``device("cuda:1")``, ``device("cuda", 1)``, ``device(1)`` or ``device(another)``."""
        first, index = _arguments(args, kwargs)
        if isinstance(first, device):
            return first
        if isinstance(first, int):
            if _count("cuda") == 0:
                raise RuntimeError("Cannot access accelerator device when none is available.")
            return _interned("cuda", first)
        kind, parsed = _parse(first)
        if index is not None:
            if parsed is not None:
                raise RuntimeError(
                    f"type (string) must not include an index because index was passed explicitly: {first}"
                )
            if index < 0:
                raise RuntimeError("Device index must not be negative")
        return _interned(kind, parsed if index is None else index)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: devices are shared."""
        raise AttributeError(f"attribute '{name}' of 'torch.device' objects is not writable")

    def __repr__(self) -> str:
        """Return ``device(type='cuda', index=0)``."""
        return f"device(type='{self.type}'{'' if self.index is None else f', index={self.index}'})"

    def __str__(self) -> str:
        """Return ``cuda:0``."""
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        """Compare kinds and indexes; equal to no string."""
        if not isinstance(other, device):
            return NotImplemented
        return self.type == other.type and self.index == other.index

    def __hash__(self) -> int:
        """Hash kind and index."""
        return hash((self.type, self.index))

    def __reduce__(self) -> tuple:
        """Pickle as the constructor's arguments."""
        return device, ((self.type,) if self.index is None else (self.type, self.index))

    def __enter__(self) -> device:
        """Make this the default device."""
        _defaults.stack.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Restore the default device."""
        _defaults.stack.pop()

    def __call__(self, function: Fn) -> Fn:
        """Decorate a function so that it runs with this default device."""

        @functools.wraps(function)
        def run(*args: object, **kwargs: object) -> object:
            with self:
                return function(*args, **kwargs)

        return run  # pyright: ignore[reportReturnType]


class _Defaults(threading.local):
    """The default devices of a thread: that set by set_default_device, then those of open with-blocks."""

    def __init__(self) -> None:
        self.stack: list[device] = []


_defaults = _Defaults()
_set_default: list[device] = []  # process-wide, as the setting made in the main thread is what users expect


@functools.cache
def _interned(kind: str, index: int | None) -> device:
    made = object.__new__(device)
    object.__setattr__(made, "type", kind)
    object.__setattr__(made, "index", index)
    return made


def _arguments(args: tuple, kwargs: dict) -> tuple[device | str | int, int | None]:
    names = ("type", "index") if "device" not in kwargs else ("device", "index")
    given = dict(zip(names, args, strict=False)) | kwargs
    first, index = given.get(names[0]), given.get("index")
    known = isinstance(first, device | str | int) and not isinstance(first, bool)
    if known and len(args) == 2 and not isinstance(index, int):
        raise TypeError(f"device(): argument 'index' (position 2) must be int, not {type(index).__name__}")
    if not known or len(args) > 2 or set(given) - set(names) or not isinstance(index, int | None):
        kinds = ", ".join(type(a).__name__ for a in args)
        clash = "      didn't match because some of the arguments have invalid types: "
        clash = f"{clash}(!{kinds}!)\n" if len(args) == 1 else ""
        raise TypeError(
            f"device() received an invalid combination of arguments - got ({kinds}), but expected one of:\n"
            f" * (torch.device device)\n{clash} * (str type, int index = -1)\n"
        )
    return first, index  # pyright: ignore[reportReturnType]


def _parse(text: object) -> tuple[str, int | None]:
    if not text:
        raise RuntimeError("Device string must not be empty")
    matched = _STRING.fullmatch(str(text))
    if matched is None and str(text).isalpha():
        raise RuntimeError(_UNKNOWN.format(", ".join(_TYPES), text))
    if matched is None:
        raise RuntimeError(f"Invalid device string: '{text}'")
    if matched[1] not in _TYPES:
        raise RuntimeError(_UNKNOWN.format(", ".join(_TYPES), matched[1]))
    return matched[1], None if matched[2] is None else int(matched[2])


# ---------------------------------------------------------------- jax devices
@functools.cache
def _devices(kind: str) -> tuple[JaxDevice, ...]:
    if kind not in _PLATFORMS:
        return ()
    try:
        return tuple(jax.local_devices(backend=_PLATFORMS[kind]))
    except RuntimeError:  # jax's way to say that there is no such platform
        return ()


def _count(kind: str) -> int:
    return len(_devices(kind))


def device_count(kind: str = "cuda") -> int:
    """Return how many devices of a kind jax sees.

    Args:
      kind: ``"cpu"``, ``"cuda"`` or ``"xla"``.

    Returns:
      The number, 0 if the platform is missing.
    """
    return _count(kind)


def is_available(kind: str = "cuda") -> bool:
    """Return whether jax sees a device of a kind.

    Args:
      kind: ``"cpu"``, ``"cuda"`` or ``"xla"``.

    Returns:
      True if at least one is there.
    """
    return _count(kind) > 0


def jax_device(of: device) -> JaxDevice:
    """Return the jax device behind a device.

    Args:
      of: The device; without an index, the first of its kind.

    Returns:
      The jax device.

    Raises:
      AssertionError: PyTorch's text, for CUDA where there is none.
      RuntimeError: for an index beyond the last device.
      NotImplementedError: for the kinds that jax has no platform for.
    """
    found = _devices(of.type)
    if not found:
        if of.type == "cuda":
            raise AssertionError(NO_CUDA)
        raise NotImplementedError(
            f"Could not run 'aten::empty.memory_format' with arguments from the "
            f"'{of.type.upper()}' backend: jax has no such device here"
        )
    if of.type == "cpu":  # torch has one CPU whatever the index
        return found[0]
    if (of.index or 0) >= len(found):
        raise RuntimeError("CUDA error: invalid device ordinal" if of.type == "cuda" else f"invalid device: {of}")
    return found[of.index or 0]


def of_jax(where: JaxDevice) -> device:
    """Return the device of a jax device.

    Args:
      where: The jax device.

    Returns:
      ``device("cpu")``, or the kind and position of an accelerator.
    """
    kind = next((k for k, p in _PLATFORMS.items() if p == where.platform), "xla")
    return CPU if kind == "cpu" else _interned(kind, _devices(kind).index(where))


CPU = device("cpu")


# ---------------------------------------------------------------- the default device
def get_default_device() -> device:
    """Return the device of tensors made without saying where."""
    if _defaults.stack:
        chosen = _defaults.stack[-1]
    elif _set_default:
        chosen = _set_default[-1]
    else:
        return CPU
    return _interned(chosen.type, 0) if chosen.type == "cuda" and chosen.index is None else chosen


def set_default_device(device: device | str | int | None) -> None:
    """Set the device of tensors made without saying where.

    Args:
      device: The device; None for the CPU again.
    """
    _set_default[:] = [] if device is None else [parse(device)]


def parse(given: device | str | int | None) -> device:
    """Return the device a ``device=`` argument means, whether or not it is there.

    Args:
      given: A device, its text, the index of an accelerator, or None for the default device.

    Returns:
      The device.

    Raises:
      RuntimeError: PyTorch's text, for a text that names none.
    """
    if given is None:
        return get_default_device()
    return given if isinstance(given, device) else device(given)


def resolve(given: device | str | int | None) -> device:
    """Return the device to put a tensor on.

    Args:
      given: As for `parse`.

    Returns:
      The device.

    Raises:
      RuntimeError: PyTorch's text, for a text that names none.
      AssertionError: PyTorch's text, for CUDA where there is none.
    """
    where = parse(given)
    if where.type != "cpu":
        jax_device(where)
    return where
