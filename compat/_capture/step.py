"""The callable that ``torch.compile(fn, fullgraph=True)`` returns."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
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


class _Family:
    """Calls whose arguments differ only in numbers.

    Attributes:
      last: The numbers of the last one.
      varying: The positions of those that were others before.
      fixed: The positions of those whose value Python needs to know: a captured step holds for that one alone.
      warm: Whether the function ran for one of them.
    """

    def __init__(self) -> None:
        self.last: list[float] = []
        self.varying: set[int] = set()
        self.fixed: set[int] = set()
        self.warm = False

    def moving(self, numbers: list[float]) -> tuple[int, ...]:
        """The positions of the numbers that are inputs of a captured step."""
        if numbers != self.last:
            self.varying.update(i for i, (x, y) in enumerate(zip(numbers, self.last, strict=False)) if x != y)
            self.last = numbers
        return tuple(sorted(self.varying - self.fixed)) if self.varying else ()


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
        self._families: dict[Any, _Family] = {}
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
        numbers = [x for x in leaves if x.__class__ is float or x.__class__ is int]
        family, moving, given = None, (), []
        if numbers:
            family = _kept(self._families, key, _Family)
            moving = family.moving(numbers)
            given = [numbers[i] for i in moving]
            key = (key, *[None if i in moving else x or str(x) for i, x in enumerate(numbers)])  # -0.0 == 0.0
        found = _kept(self._forms, key, _Form)
        if not found.leaves:
            found.leaves = [x for x in leaves if not isinstance(x, Tensor) or x._is_param]
        if family is not None:
            found.warm |= family.warm and not family.fixed
            family.warm = True
        for k, replay in enumerate(found.replays):
            result = replay(tensors, given)
            if result is not MISS:
                if k:
                    found.replays.insert(0, found.replays.pop(k))
                if not kwargs and all(x.__class__ is Tensor for x in args):
                    self._last = len(args), replay
                return result
        if not found.warm or modes() in found.open:
            result = self._fn(*args, **kwargs)
            found.warm = True
            return result
        try:
            recording = self._record(found, leaves, form, moving)
        except (AttributeError, TypeError):
            if family is None or not given:
                raise
            family.fixed |= family.varying  # something takes real numbers only; if not, it will say so again
            return self._fn(*args, **kwargs)
        if family is not None and recording.numbers.fixed():
            family.fixed |= {moving[k] for k in recording.numbers.fixed()}
            del self._forms[key]
        if recording.why is not None:
            result = recording.result_for(leaves)
        else:
            replay = Replay(recording)
            result = replay.first_result(tensors)
            self._keep(replay, found, family)
        for d in recording.deferred:
            d.call()
        return result

    def _keep(self, replay: Replay, found: _Form, family: _Family | None) -> None:
        found.replays.insert(0, replay)
        if len(found.replays) > MAX_REPLAYS:
            found.replays.pop()
            if family is not None:
                family.fixed |= family.varying  # the step goes another way for each of them

    def _record(self, found: _Form, leaves: list[Any], form: Any, moving: Sequence[int]) -> Recording:
        loose = any(replay.loose() for replay in found.replays)
        recording = Recording(self._keys, self._fn, found.failures >= PATIENCE, loose)
        at = [i for i, x in enumerate(leaves) if x.__class__ is float or x.__class__ is int]
        recording.run(leaves, form, [at[i] for i in moving])
        if recording.why == DIFFERENTIABLE:
            found.open.add(recording.modes)
        else:
            found.failures = 0 if recording.why is None else found.failures + 1
        return recording


def _kept(where: dict[Any, Any], key: Any, make: Callable[[], Any]) -> Any:
    """The entry of a key, made if there is none; the first are forgotten when there are many."""
    found = where.get(key)
    if found is None:
        if len(where) >= MAX_FORMS:
            del where[next(iter(where))]
        found = where[key] = make()
    return found


def _gives_batches(x: Any) -> bool:
    """Whether an argument is a loader, or a list long enough to be a loop."""
    if x.__class__ is list:
        return len(x) >= LEAST_ROUNDS
    return hasattr(x, "dataset") and hasattr(x, "batch_size") and hasattr(x, "__iter__")


def _key(x: Any) -> Any:
    """What a call with another argument must have in common with this one; of tensors that comes later."""
    if isinstance(x, Tensor):
        return id(x) if x._is_param else Tensor
    if x.__class__ is float or x.__class__ is int:
        return x.__class__  # the value is looked at elsewhere
    if x is None or isinstance(x, bool | int | float | complex | str | bytes):
        return (type(x), x, str(x))  # -0.0 == 0.0
    return id(x)


__all__ = ["Step"]
