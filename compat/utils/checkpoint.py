"""Trading time for memory: the forward of a part of the network runs again during backward."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from compat._amp.state import get_autocast_dtype, is_autocast_cache_enabled, is_autocast_enabled
from compat._autograd.backward import backward
from compat._autograd.function import Function
from compat._autograd.modes import enable_grad, is_grad_enabled
from compat._engine.program import Captured, captured, ctx
from compat._random import default_generator
from compat._tensor.tensor import Tensor
from compat.amp.autocast_mode import autocast


class CheckpointError(RuntimeError):
    """The second run of the function saved other tensors than the first."""


def noop_context_fn() -> tuple:
    """Two contexts that do nothing."""
    return contextlib.nullcontext(), contextlib.nullcontext()


class _Frame:
    """One checkpointed call: how to run it again, and what the second run saved."""

    def __init__(self, again: Callable[[], None]) -> None:
        self.again = again
        self.count = 0
        self.values: list[Tensor] | None = None

    def pack(self, t: Tensor) -> int:
        """Keep a number instead of the tensor."""
        self.count += 1
        return self.count - 1

    def unpack(self, i: int) -> Tensor:
        """Run the function again, once, and look the tensor up."""
        if self.values is None:
            collected: list[Tensor] = []
            before = ctx.saved_hooks
            ctx.saved_hooks = [(lambda t: collected.append(t.detach() if t._node is not None else t) or t, lambda t: t)]
            try:
                with enable_grad():
                    self.again()
            finally:
                ctx.saved_hooks = before
            if len(collected) != self.count:
                raise CheckpointError(
                    "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                    f"recomputation.\nNumber of tensors saved during forward: {self.count}\nNumber of tensors saved "
                    f"during recomputation: {len(collected)}.\n{_TIP}")
            self.values = collected
        return self.values[i]


_TIP = ("Tip: To see a more detailed error message, either pass `debug=True` to "
        "`torch.utils.checkpoint.checkpoint(...)` or wrap the code block with `with "
        "torch.utils.checkpoint.set_checkpoint_debug_enabled(True):` to enable checkpoint‑debug mode globally.")


def checkpoint(function: Callable, *args: Any, use_reentrant: bool | None = None,
               context_fn: Callable[[], tuple] = noop_context_fn, determinism_check: str = "default",
               debug: bool = False, preserve_rng_state: bool = True, early_stop: bool = True, **kwargs: Any) -> Any:
    """Call ``function`` without keeping what its backward needs; backward runs it again.

    Args:
      function: What to run.
      *args: Its arguments.
      use_reentrant: The old implementation, through an autograd Function; False is recommended.
      context_fn: Makes the contexts of the first and the second run.
      determinism_check: Accepted.
      debug: Accepted.
      preserve_rng_state: Whether the second run draws the same random numbers.
      early_stop: Accepted.
      **kwargs: Keyword arguments (not with ``use_reentrant=True``).

    Returns:
      What ``function`` returns.

    Source:
      PyTorch, ``torch.utils.checkpoint.checkpoint``.
    """
    if use_reentrant is None:
        warnings.warn("torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in "
                      "PyTorch "
                      "2.9, calling checkpoint without use_reentrant will raise an exception. use_reentrant=False is "
                      "recommended, but if you need to preserve the current default behavior, you can pass "
                      "use_reentrant=True. Refer to docs for more details on the differences between the two variants.",
                      stacklevel=2)
        use_reentrant = True
    if use_reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        return _Reentrant.apply(function, preserve_rng_state, *args)
    first, second = context_fn()
    state = _random_state() if preserve_rng_state else None
    inference = ctx.inference
    regions = _autocast_regions()

    def again() -> None:
        with _rng(state), regions(), second:
            function(*args, **kwargs)

    if not is_grad_enabled() or inference:
        with first:
            return function(*args, **kwargs)
    frame = _Frame(again)
    before = ctx.saved_hooks
    ctx.saved_hooks = [*before, (frame.pack, frame.unpack)]
    try:
        with first:
            return function(*args, **kwargs)
    finally:
        ctx.saved_hooks = before


def _autocast_regions() -> Callable[[], contextlib.ExitStack]:
    """What makes autocast for the second run what it is now."""
    settings = [
        (kind, get_autocast_dtype(kind), is_autocast_enabled(kind), is_autocast_cache_enabled())
        for kind in ("cuda", "cpu")
    ]

    def regions() -> contextlib.ExitStack:
        stack = contextlib.ExitStack()
        for given in settings:
            stack.enter_context(autocast(*given))
        return stack

    return regions


def _random_state() -> Any:
    """Where the random numbers stand: the default generator's state, or the number of draws in a captured step."""
    return default_generator.get_state() if captured() is None else Captured.watcher.position


@contextlib.contextmanager
def _rng(state: Any) -> Any:
    """The random numbers as they stood, for the length of the second run."""
    if state is None:
        yield
        return
    if captured() is not None:
        watcher = Captured.watcher
        watcher.position, before = state, watcher.position
        try:
            yield
        finally:
            watcher.position = before
        return
    now = default_generator.get_state()
    default_generator.set_state(state)
    try:
        yield
    finally:
        default_generator.set_state(now)


class _Reentrant(Function):
    """The implementation that runs a backward pass inside the backward pass."""

    @staticmethod
    def forward(ctx: Any, function: Callable, preserve: bool, *args: Any) -> Any:
        """Run without recording."""
        ctx.function, ctx.args, ctx.regions = function, args, _autocast_regions()
        ctx.state = _random_state() if preserve else None
        ctx.save_for_backward(*[a for a in args if isinstance(a, Tensor)])
        return function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Run again, recording, and differentiate."""
        saved = iter(ctx.saved_tensors)
        inputs = []
        for a in ctx.args:
            if isinstance(a, Tensor):
                a = next(saved)
                d = a.detach()
                d.requires_grad = a.requires_grad
                a = d
            inputs.append(a)
        with _rng(ctx.state), enable_grad(), ctx.regions():
            outs = ctx.function(*inputs)
        outs = (outs,) if isinstance(outs, Tensor) else outs
        pairs = [(o, g) for o, g in zip(outs, grads, strict=True) if isinstance(o, Tensor) and o.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([o for o, _ in pairs], [g for _, g in pairs])
        return (None, None, *[a.grad if isinstance(a, Tensor) else None for a in inputs])


def checkpoint_sequential(functions: Any, segments: int, input: Any, use_reentrant: bool | None = None,
                          **kwargs: Any) -> Any:
    """Checkpoint a sequence of modules in ``segments`` parts; the last part runs normally."""
    steps = list(functions.children()) if hasattr(functions, "children") else list(functions)

    def part(start: int, end: int) -> Callable:
        def run(x: Any) -> Any:
            for f in steps[start:end + 1]:
                x = f(x)
            return x

        return run

    size, end = len(steps) // segments, -1
    for start in range(0, size * (segments - 1), size):
        end = start + size - 1
        input = checkpoint(part(start, end), input, use_reentrant=use_reentrant, **kwargs)
    return part(end + 1, len(steps) - 1)(input)


__all__: Sequence[str] = ["CheckpointError", "checkpoint", "checkpoint_sequential", "noop_context_fn"]
