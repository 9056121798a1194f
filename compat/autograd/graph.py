"""Looking into the graph, and into what it saves."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from compat._autograd.node import Node
from compat._engine.program import ctx
from compat._hooks import RemovableHandle
from compat._later import absent
from compat._tensor.tensor import Tensor


class GradientEdge(NamedTuple):
    """Where gradients arrive: a node and one of its outputs."""

    node: Node
    output_nr: int


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge that computing a tensor's gradient goes through.

    Raises:
      RuntimeError: if the tensor requires no grad.
    """
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    node = tensor.grad_fn
    return GradientEdge(tensor._accumulator() if node is None else node, tensor.output_nr)


class saved_tensors_hooks:  # noqa: N801 - torch's own name
    """Inside, what operations save for backward is packed by one function and unpacked by another.

    Example:
      >>> import compat as torch
      >>> x = torch.tensor([2.0], requires_grad=True)
      >>> with torch.autograd.graph.saved_tensors_hooks(lambda t: t.numpy(force=True), torch.from_numpy):
      ...     y = x.exp().pow(2)
      >>> y.backward()

    Source:
      PyTorch, ``torch.autograd.graph.saved_tensors_hooks``.
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        """Remember the hooks."""
        self.hooks = pack_hook, unpack_hook

    def __enter__(self) -> None:
        """Use them from now on."""
        if _disabled:
            raise RuntimeError(_disabled[-1])
        ctx.saved_hooks = [*ctx.saved_hooks, self.hooks]

    def __exit__(self, *exc: object) -> None:
        """Use those before again."""
        ctx.saved_hooks = ctx.saved_hooks[:-1]


class save_on_cpu(saved_tensors_hooks):  # noqa: N801 - torch's own name
    """Inside, saved tensors are kept in host memory until backward.

    Source:
      PyTorch, ``torch.autograd.graph.save_on_cpu``.
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        """``pin_memory`` is accepted and means nothing here."""
        super().__init__(lambda t: (t.device, t.cpu()), lambda packed: packed[1].to(packed[0]))


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Inside, ``saved_tensors_hooks`` fails with this message."""
    if ctx.saved_hooks:
        raise RuntimeError(error_message)
    _disabled.append(error_message)
    try:
        yield
    finally:
        _disabled.pop()


_disabled: list[str] = []


def increment_version(tensor: Tensor | Sequence[Tensor]) -> None:
    """Count an in-place change that the tape cannot see."""
    for t in (tensor,) if isinstance(tensor, Tensor) else tensor:
        t._version_object().n += 1


@absent("torch.autograd.graph.allow_mutation_on_saved_tensors")
def allow_mutation_on_saved_tensors() -> Any:
    """Not available."""


class _MultiHandle(RemovableHandle):
    """Removes several hooks at once."""

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        super().__init__(OrderedDict())
        self.handles = handles

    def remove(self) -> None:
        """Remove all."""
        for h in self.handles:
            h.remove()


def register_multi_grad_hook(tensors: Sequence[Tensor], fn: Callable, *, mode: str = "all") -> RemovableHandle:
    """Call ``fn`` once per backward pass that reaches these tensors.

    Args:
      tensors: The tensors.
      fn: With ``mode="all"`` it gets the list of their gradients (None for those not reached) when the last that can
        arrive has arrived; with ``"any"`` the first gradient.
      mode: ``"all"`` or ``"any"``.

    Returns:
      A handle that removes the hook.

    Source:
      PyTorch, ``torch.autograd.graph.register_multi_grad_hook``.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    seen: dict[int, list[Any]] = {}

    def make(i: int) -> Callable[[Tensor], None]:
        def hook(g: Tensor) -> None:
            task = ctx.multi_grad
            first = task.id not in seen
            grads = seen.setdefault(task.id, [None] * len(tensors))
            grads[i] = g
            if mode == "any":
                if first:
                    task.finals.append(lambda: seen.pop(task.id, None))
                    fn(g)
                return
            if first:
                task.finals.append(lambda: fn(seen.pop(task.id)))

        return hook

    return _MultiHandle([t.register_hook(make(i)) for i, t in enumerate(tensors)])


__all__ = ["GradientEdge", "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks",
           "get_gradient_edge", "increment_version", "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks"]
