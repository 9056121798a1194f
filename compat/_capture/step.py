"""The callable that ``torch.compile(fn, fullgraph=True)`` returns."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from compat._capture.guards import modes
from compat._capture.journal import capturing
from compat._capture.keys import Keys
from compat._capture.quick import MISS
from compat._capture.record import DIFFERENTIABLE, Recording
from compat._capture.replay import Replay
from compat._capture.results import take_apart
from compat._capture.rolling import LEAST_ROUNDS, Batches
from compat._engine.program import EAGER, Tracer, captured
from compat._tensor.tensor import Tensor

MAX_REPLAYS = 16  # of one form of arguments
MAX_FORMS = 128  # so that a number that is another at every call does not fill the memory
PATIENCE = 3  # runs in a row that turn out not to be the same step again


class _Form:
    """The captured steps for one form of arguments: their structure, and what is no tensor among them.

    Attributes:
      replays: The captured steps, the last used first.
      warm: Whether the function ran once: the first call makes what the later ones find (states, gradients).
      failures: How many runs in a row could not be captured.
      open: The modes in which results can be differentiated: the backward is not part of the step, which then runs as
        any other code does.
      leaves: What the arguments hold besides tensors, kept because forms are told apart by identity.
    """

    def __init__(self) -> None:
        self.replays: list[Replay] = []
        self.warm = False
        self.failures = 0
        self.open: set[tuple] = set()
        self.leaves: list[Any] = []


class Step:
    """A function whose calls are one XLA program each; see ``torch.compile``."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        functools.update_wrapper(self, fn)
        self._fn = self._torchdynamo_orig_callable = fn
        self._forms: dict[Any, _Form] = {}
        self._keys = Keys()
        self._last: tuple[int, Replay] | None = None

    def __get__(self, owner: Any, cls: type | None = None) -> Any:
        """As a method: one step an object."""
        if owner is None:
            return self
        bound = Step(self._fn.__get__(owner, cls))
        owner.__dict__[self._fn.__name__] = bound
        return bound

    def __reduce__(self) -> tuple:
        """A copy captures anew."""
        return Step, (self._fn,)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, without running it where a call like this one was captured."""
        with capturing:
            return self._call(args, kwargs)

    def _call(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        if not kwargs and args.__len__() < 8:
            for x in args:
                if x.__class__ is not Tensor:
                    break
            else:
                last = self._last
                if last is not None and last[0] == len(args):
                    result = last[1](args)
                    if result is not MISS:
                        return result
        return self._look(args, kwargs)

    def _look(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        if EAGER or captured() is not None:
            return self._fn(*args, **kwargs)
        args = tuple([Batches(x) if _gives_batches(x) else x for x in args])
        leaves: list[Any] = []
        form = take_apart((args, kwargs), leaves)
        tensors = [x for x in leaves if isinstance(x, Tensor) and not x._is_param]
        if any(x.requires_grad or isinstance(x._value().buf, Tracer) for x in tensors):
            return self._fn(*args, **kwargs)  # somebody else differentiates or traces
        key = (form, tuple([_key(x) for x in leaves]))
        found = self._forms.get(key)
        if found is None:
            if len(self._forms) >= MAX_FORMS:
                del self._forms[next(iter(self._forms))]
            found = self._forms[key] = _Form()
            found.leaves = [x for x in leaves if not isinstance(x, Tensor) or x._is_param]
        for k, replay in enumerate(found.replays):
            result = replay(tensors)
            if result is not MISS:
                if k:
                    found.replays.insert(0, found.replays.pop(k))
                if not kwargs and all(x.__class__ is Tensor for x in args):
                    self._last = len(args), replay
                return result
        return self._run(found, args, kwargs, form, tensors)

    def _run(self, found: _Form, args: tuple, kwargs: dict[str, Any], form: Any, tensors: list[Tensor]) -> Any:
        if not found.warm or modes() in found.open:
            result = self._fn(*args, **kwargs)
            found.warm = True
            return result
        leaves: list[Any] = []
        take_apart((args, kwargs), leaves)
        loose = any(replay.loose() for replay in found.replays)
        self._keys.of(None)  # there before the recording, which asks what it makes and keeps
        recording = Recording(self._keys, self._fn, found.failures >= PATIENCE, loose)
        recording.run(leaves, form)
        if recording.why is not None:
            if recording.why == DIFFERENTIABLE:
                found.open.add(recording.modes)
            else:
                found.failures += 1
            return recording.result_for(leaves)
        replay = Replay(recording)
        found.failures = 0
        found.replays.insert(0, replay)
        del found.replays[MAX_REPLAYS:]
        return replay.first_result(tensors)


def _gives_batches(x: Any) -> bool:
    """Whether an argument is a loader, or a list long enough to be a loop."""
    if x.__class__ is list:
        return len(x) >= LEAST_ROUNDS
    return hasattr(x, "dataset") and hasattr(x, "batch_size") and hasattr(x, "__iter__")


def _key(x: Any) -> Any:
    """What a call with another argument must have in common with this one; of tensors that comes later."""
    if isinstance(x, Tensor):
        return id(x) if x._is_param else Tensor
    if x is None or isinstance(x, bool | int | float | complex | str | bytes):
        return (type(x), x, str(x))  # -0.0 == 0.0
    return id(x)


__all__ = ["Step"]
