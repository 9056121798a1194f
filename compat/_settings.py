"""Process-wide settings and small predicates of the ``torch`` namespace."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import jax

from compat import _dtype
from compat._autograd.backward import Once
from compat._capture.step import Step
from compat._engine.entry import matmul_precision, set_matmul_precision
from compat._ops.declare import ops
from compat._size import Size
from compat._tensor.tensor import Tensor
from funcgrad import dtypes
from funcgrad.shapes import broadcast_shapes as _broadcast_shapes

_PRECISIONS = {"highest": "highest", "high": "high", "medium": "default"}
_flags: dict[str, Any] = {"deterministic": False, "warn_only": False, "threads": None}


def set_warn_always(b: bool, /) -> None:
    """Whether warnings that usually come once come every time."""
    Once.always = bool(b)


def is_warn_always_enabled() -> bool:
    """Whether once-only warnings come every time."""
    return Once.always


def set_float32_matmul_precision(precision: str) -> None:
    """How exact float32 matrix products are: "highest", "high" or "medium"; entries traced from now on follow it."""
    if precision not in _PRECISIONS:
        raise RuntimeError(f"Invalid precision: {precision}")
    set_matmul_precision(_PRECISIONS[precision])


def get_float32_matmul_precision() -> str:
    """The precision set."""
    return next(k for k, v in _PRECISIONS.items() if v == matmul_precision())


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Remembered; XLA's CPU programs are deterministic as they are."""
    _flags["deterministic"], _flags["warn_only"] = mode, warn_only


def are_deterministic_algorithms_enabled() -> bool:
    """What ``use_deterministic_algorithms`` set."""
    return _flags["deterministic"]


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """What ``use_deterministic_algorithms`` set."""
    return _flags["warn_only"]


def set_num_threads(n: int, /) -> None:
    """Remembered; XLA takes its thread pool's size from the machine."""
    if n <= 0:
        raise RuntimeError("set_num_threads expects a positive integer")
    _flags["threads"] = n


def get_num_threads() -> int:
    """What ``set_num_threads`` set, or the number of processors."""
    return _flags["threads"] or os.cpu_count() or 1


set_num_interop_threads = set_num_threads
get_num_interop_threads = get_num_threads


def is_floating_point(input: Tensor) -> bool:
    """Whether the elements are floating point numbers."""
    return input.is_floating_point()


def is_complex(input: Tensor) -> bool:
    """Whether the elements are complex numbers."""
    return input.is_complex()


def is_inference(input: Tensor) -> bool:
    """Whether the tensor was made in inference mode."""
    return input.is_inference()


def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative numbers."""
    return input.is_signed()


def is_conj(input: Tensor) -> bool:
    """False: conjugation is not lazy here."""
    return False


def is_neg(input: Tensor) -> bool:
    """False: negation is not lazy here."""
    return False


def numel(input: Tensor) -> int:
    """The number of elements."""
    return input.numel()


def is_nonzero(input: Tensor) -> bool:
    """The truth of a tensor of one element."""
    return bool(input)


def typename(obj: Any, /) -> str:
    """The qualified name of a type; for tensors the legacy type's."""
    if isinstance(obj, Tensor):
        return obj.type()
    cls = obj if isinstance(obj, type) else type(obj)
    return f"{cls.__module__}.{cls.__qualname__}" if cls.__module__ not in ("", "builtins") else cls.__qualname__


def result_type(tensor1: Any, tensor2: Any) -> _dtype.dtype:
    """The dtype that arithmetic on the two gives."""
    given = [jax.ShapeDtypeStruct(x._aval.shape, x._aval.dtype) if isinstance(x, Tensor) else x
             for x in (tensor1, tensor2)]
    with jax.enable_x64(True):
        return _dtype.from_numpy(dtypes.result_type(*given))


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that these broadcast to."""
    each = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    try:
        return Size(_broadcast_shapes(*each))
    except RuntimeError:
        raise RuntimeError("Shape mismatch: objects cannot be broadcast to a single shape") from None


def compile(model: Callable | None = None, *, fullgraph: bool = False, dynamic: bool | None = None,
            backend: str | Callable = "inductor", mode: str | None = None, options: dict | None = None,
            disable: bool = False) -> Any:
    """The function as it is: the engine compiles what it runs. With ``fullgraph``, each call is one XLA program.

    With ``fullgraph=True`` the first call of a form runs as it is, the second is captured, and the calls after that
    do not run Python any more: a step's forward, backward, clipping and update become one program, to which the arrays
    of all tensors that it overwrites are given away. What it reads and writes is found out by capturing: parameters,
    gradients, buffers, an optimizer's state, arguments.

    A float or int among the arguments that turns out to change is an input, and so is what Python's arithmetic makes of
    it; where Python itself asks for its value (a comparison, ``range``, ``math.sqrt``), the answer is part of the step.

    A call is captured anew if arguments have other shapes, dtypes or structure, or other values where they are neither
    tensors nor such numbers; if a mode (grad, autocast), a module's attribute, a name or container that the function
    reads, a ``requires_grad`` or an option of an optimizer that is no float is another; or if a tensor was replaced. An
    optimizer's numbers, such as learning rates, are read afresh at every call, and new ones compile nothing. A
    scheduler may step in the function: that is done in Python at every call, and the program is given the rates; where
    they are tensors, only as the last thing that the step does with them. So may a ``GradScaler``, with its
    ``update()``: a step that it leaves out is computed and not kept.

    Random numbers are drawn on the device, from a key that the default generator, or a ``generator=``, seeds: they are
    reproducible, but others than without ``fullgraph``. Indices are not checked for being in range, except in the first
    call.

    A ``DataLoader`` among the arguments, or a list of three batches or more, is a loop: rounds that are recorded alike
    become one ``scan``.

    A module is returned as it is, and a function whose results can still be differentiated runs as it is: a backward
    pass that is called outside is no part of the step.

    Args:
      model: A function, or None to decorate one.
      fullgraph: Whether calls become whole programs.
      dynamic: Accepted; programs are compiled for shapes.
      backend: Accepted; there is one.
      mode: Accepted.
      options: Accepted.
      disable: Whether to return the function as it is, whatever else is given.

    Returns:
      The function, or a callable that captures it.

    Raises:
      RuntimeError: in a call with ``fullgraph``, naming the line, for what cannot be captured: reading a tensor's
        elements (``item()``, ``bool()``, ``numpy()``; LBFGS does so), changing what Python holds (a counter, a list),
        keeping a tensor that the step made, seeding a generator, a scheduler that looks at a loss
        (``ReduceLROnPlateau``), averaging over several processes (``DistributedDataParallel``). All tensors are as they
        were before the call.
      NotImplementedError: for arguments that share memory with each other or with a variable of the function.

    Example:
      >>> import compat as torch
      >>> w = torch.zeros(2, requires_grad=True)
      >>> optimizer = torch.optim.SGD([w], lr=0.5)
      >>> @torch.compile(fullgraph=True)
      ... def step(target):
      ...     optimizer.zero_grad()
      ...     loss = ((w - target) ** 2).sum()
      ...     loss.backward()
      ...     optimizer.step()
      ...     return loss
      >>> target = torch.tensor([1.0, 3.0])
      >>> [step(target).item() for _ in range(3)]
      [10.0, 0.0, 0.0]
      >>> w
      tensor([1., 3.], requires_grad=True)

    Source:
      PyTorch, ``torch.compile``.
    """
    if model is None:
        return lambda fn: compile(fn, fullgraph=fullgraph, disable=disable)
    if not fullgraph or disable or isinstance(getattr(model, "_parameters", None), dict):
        return model
    return Step(model)


class memory_format:  # noqa: N801 - torch's own name
    """How dimensions are laid out; accepted and without effect, XLA chooses layouts itself."""

    def __init__(self, name: str) -> None:
        """A format of this name."""
        self.name = name

    def __repr__(self) -> str:
        """Like ``torch.contiguous_format``."""
        return f"torch.{self.name}"


_FORMATS = ("contiguous_format", "preserve_format", "channels_last", "channels_last_3d")
FORMATS: dict[str, memory_format] = {n: memory_format(n) for n in _FORMATS}


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The Vandermonde matrix of a vector."""
    n = x.numel() if N is None else N
    powers = ops.arange(n) if increasing else ops.arange(n - 1, -1, -1)
    return ops.pow(x.unsqueeze(-1), powers)


__all__: Sequence[str] = ["FORMATS", "broadcast_shapes", "compile"]
