"""Updates as one recorded operation: what all optimizers but LBFGS share.

A step of a group is one multi-tensor operation, whatever the number of parameters: lists of tensors go in, and those
that change are rebound in place. Learning rates, betas and the like are number inputs, so that changing them compiles
nothing. A parameter's `step` is a 0-d tensor that stays a number on the host; the parameters of a group usually agree
on it, and then the program is given it once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import jax.numpy as jnp
import numpy as np

from compat._autograd.modes import enable_grad
from compat._autograd.node import attach_many
from compat._device import CPU
from compat._engine.entry import Entry
from compat._engine.live import Live
from compat._engine.program import captured, host_put, record, record_many
from compat._engine.value import Value, from_buffer, from_number
from compat._ops.declare import ops
from compat._ops.fused import fused, fused_entry
from compat._tensor.tensor import Tensor, make
from compat.optim.optimizer import Group, Optimizer, _use_grad_for_differentiable, restore_steps, step_dtype
from funcgrad.optim.scaling import unscale

State = dict[str, Any]
Lists = Mapping[str, Sequence[Tensor | None]]


class FusedOptimizer(Optimizer):
    """An optimizer whose step is one operation a group; subclasses say how state begins and which kernel runs."""

    _later_options: Mapping[str, Any] = {}  # options that optimizers saved by older versions do not have
    _hosted: Sequence[str] = ("step",)  # entries of a state that once were numbers
    _compat_live = True
    found_inf: Tensor  # while a GradScaler steps an optimizer that divides by its scale itself
    grad_scale: Tensor | None  # likewise; None if that is done already

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in self._later_options.items():
                group.setdefault(name, value)
        restore_steps(self, self._hosted)

    @_use_grad_for_differentiable
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters that have a gradient.

        Args:
          closure: Computes the loss and its gradients anew, and returns the loss; it is called once, first.

        Returns:
          What the closure returned, or None.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        if "found_inf" in self.__dict__:
            if captured() is not None:  # the values are known only when the step runs
                with unless(self.found_inf, self, gradients=True):
                    self._unscale()
                    self._update_groups()
                return loss
            if self.found_inf.item():
                return loss
            self._unscale()
        self._update_groups()
        return loss

    def _update_groups(self) -> None:
        for group in self.param_groups:
            params, grads = [], []
            for p in group["params"]:
                grad = p.grad
                if grad is not None:
                    params.append(p)
                    grads.append(grad)
            if params:
                self._update(group, params, grads)

    def _unscale(self) -> None:
        """Under a ``GradScaler``, with ``fused=True``: divide the gradients by the scale.

        PyTorch's fused kernels look at the flag themselves; here it is read, as for all other optimizers.
        """
        if self.grad_scale is not None:
            grads = [p.grad for group in self.param_groups for p in group["params"] if p.grad is not None]
            inverse = self.grad_scale.double().reciprocal().float()
            fused(unscale, {"grads": grads, "found_inf": [self.found_inf]}, {"inv_scale": inverse}, {},
                  ("grads", "found_inf"))

    def _update(self, group: Group, params: list[Tensor], grads: list[Tensor]) -> None:
        """Record the update of a group's parameters by their gradients."""
        raise NotImplementedError

    def _states(self, group: Group, params: list[Tensor]) -> list[State]:
        """The parameters' states, begun where there is none."""
        states = [self.state[p] for p in params]
        for p, state in zip(params, states, strict=True):
            if not state:
                self._begin(group, p, state)
        return states

    def _begin(self, group: Group, param: Tensor, state: State) -> None:
        """Fill the state of a parameter at its first update."""
        raise NotImplementedError


@contextmanager
def unless(flag: Tensor, optimizer: Optimizer, gradients: bool = False) -> Iterator[None]:
    """Undo what happens meanwhile to an optimizer's parameters and its state, in a captured step, if a flag is set.

    Args:
      flag: A number of shape ``()``, set if it is not 0.
      optimizer: The optimizer.
      gradients: Whether to undo it for the gradients, too.
    """
    tensors = [p for group in optimizer.param_groups for p in group["params"]]
    tensors += [p.grad for p in tensors if gradients and p.grad is not None]
    tensors += [x for s in optimizer.state.values() for x in s.values() if isinstance(x, Tensor)]
    before = [t._value() for t in tensors]
    yield
    kept: dict[tuple[int, int], Value] = {}  # what tensors had in common they still have
    condition = flag._value()
    for t, old in zip(tensors, before, strict=True):
        new = t._value()
        if new is old:
            continue
        if (id(old), id(new)) not in kept:
            e = _choices.get((condition.aval, old.aval))
            if e is None:
                e = Entry("unless", lambda flag, old, new: (jnp.where(flag != 0, old, new),),
                          [condition.aval, old.aval, old.aval])
                e.renews = (1,)
                _choices[condition.aval, old.aval] = e
            kept[id(old), id(new)] = record(e, condition, old, new)
        t._write(kept[id(old), id(new)])


def counter(fused: bool | None = False) -> Tensor:
    """A new `step` entry: 0, as a 0-d tensor whose value stays on the host."""
    return make(from_number(0.0, step_dtype(fused).numpy))


def hosted(value: Any, device: Any = CPU) -> Tensor:
    """A new 0-d entry of a state that, as `step`, stays a number on the host."""
    dtype = step_dtype().numpy
    return make(from_number(dtype.type(float(value)).item(), dtype, device))


def begun(param: Tensor, value: complex = 0.0, shape: tuple[int, ...] | None = None, dtype: Any = None) -> Tensor:
    """A new entry of a parameter's state, all `value`, of the parameter's shape and dtype unless others are given.

    A buffer that exists, not a recorded operation: so the first step is the same program as those after it.
    """
    aval = param._value().aval
    filled = np.full(aval.shape if shape is None else shape, value, aval.dtype if dtype is None else dtype)
    return make(from_buffer(host_put(filled, aval.device), aval.device))


def nothings(param: Tensor, count: int, shape: tuple[int, ...] | None = None) -> list[Tensor]:
    """So many entries like `begun`'s that are zeros: different to a program, but of one buffer.

    They have to be held until the program has run: it may overwrite a buffer that only it holds, and would this twice.
    """
    if not count:
        return []
    value = begun(param, shape=shape)._value()
    return [make(from_buffer(value.buf, value.aval.device)) for _ in range(count)]


def count_up(states: Sequence[State]) -> list[Tensor]:
    """Add one to the `step` of every state.

    Returns:
      The counts before: one tensor if the states agree, else one each.
    """
    if captured() is not None:
        return _count_up_inside(states)
    before: list[Any] = []  # the values of the counts
    following: dict[Any, Any] = {}  # what comes after each: one value for all that count alike, for values never change
    last = new = None
    for state in states:
        tensor = state["step"]
        value = tensor._value()
        if value is not last:  # the usual case is that all share one
            last, count = value, tensor._number()
            if count is None:
                count = tensor.item()
            key = count, value.aval
            if key not in following:
                following[key] = from_number(count + 1.0, value.aval.dtype, value.aval.device)
            new = following[key]
        before.append(value)
        tensor._write(new)
    return [make(value) for value in (before[:1] if len(following) == 1 else before)]


def _count_up_inside(states: Sequence[State]) -> list[Tensor]:
    """The same in a captured step, which counts itself."""
    before, following = [], {}
    for state in states:
        tensor = state["step"]
        value = tensor._value()
        if id(value) not in following:
            e = _increments.get(value.aval)
            if e is None:
                e = _increments[value.aval] = Entry("count_up", lambda x: (x + 1,), [value.aval])
            following[id(value)] = record(e, value)
        before.append(value)
        tensor._write(following[id(value)])
    return [make(value) for value in (before[:1] if len(following) == 1 else before)]


def advance(states: Sequence[State], names: Sequence[str], following: Callable[..., Sequence[Any]],
            options: Mapping[str, Any]) -> list[list[Tensor]]:
    """Replace entries that are numbers on the host, in every state, by those that follow them.

    Args:
      states: The states.
      names: The entries' names.
      following: ``following(*entries, **options)`` are the new entries of a state, asked once for all that agree: of
        NumPy's scalars, or of arrays in a captured step.
      options: Numbers, or tensors of one.

    Returns:
      For each name the entries before: one tensor if the states agree, else one each.
    """
    find = _inside if captured() is not None else _outside
    before: list[list[Value]] = []
    news: dict[Any, Sequence[Value]] = {}
    for state in states:
        entries = [state[name] for name in names]
        values = [entry._value() for entry in entries]
        for entry, new in zip(entries, find(news, entries, values, following, options), strict=True):
            entry._write(new)
        before.append(values)
    return [[make(value) for value in column] for column in zip(*(before[:1] if len(news) == 1 else before),
                                                               strict=True)]


def _outside(news: dict[Any, Sequence[Value]], entries: Sequence[Tensor], values: Sequence[Value],
             following: Callable[..., Sequence[Any]], options: Mapping[str, Any]) -> Sequence[Value]:
    """What follows a state's entries: numbers."""
    numbers = [entry.item() if value.num is None else value.num for entry, value in zip(entries, values, strict=True)]
    key = (*numbers, *(value.aval for value in values))
    if key not in news:
        types = [value.aval.dtype.type for value in values]
        results = following(*(kind(number) for kind, number in zip(types, numbers, strict=True)),
                            **{name: float(x) for name, x in options.items()})
        news[key] = [from_number(kind(result).item(), value.aval.dtype, value.aval.device)
                     for kind, result, value in zip(types, results, values, strict=True)]
    return news[key]


def _inside(news: dict[Any, Sequence[Value]], entries: Sequence[Tensor], values: Sequence[Value],
            following: Callable[..., Sequence[Any]], options: Mapping[str, Any]) -> Sequence[Value]:
    """The same in a captured step, which computes them itself."""
    key = tuple(map(id, values))
    if key not in news:
        ins = [*values, *(x._value() if isinstance(x, Tensor) else x if isinstance(x, Live) else float(x)
                          for x in options.values())]
        kinds = tuple(x.aval if isinstance(x, Value) else float for x in ins)
        e = _increments.get((following, kinds))
        if e is None:
            def raw(*given: Any) -> tuple[Any, ...]:
                numbers = (x.astype(np.float64) for x in given[len(values):])
                results = following(*given[:len(values)], **dict(zip(options, numbers, strict=True)))
                return tuple(x.astype(value.dtype) for x, value in zip(results, given, strict=False))

            e = _increments[following, kinds] = Entry("advance", raw, kinds)
        news[key] = record_many(e, ins)
    return news[key]


def each(numbers: list[Any], params: Sequence[Any]) -> list[Any]:
    """What `count_up` or `advance` gave, for every parameter."""
    return numbers if len(numbers) == len(params) else numbers * len(params)


def update(kernel: Callable[..., Any], lists: Lists, numbers: Mapping[str, Any], static: Mapping[str, Any],
           outputs: Sequence[str], differentiable: bool = False, apart: bool = True) -> None:
    """Record `kernel(**lists, **numbers, **static)` and write the lists named in `outputs` back in place.

    Args:
      kernel: Returns a tuple of lists, in the order of `outputs`.
      lists: Tensors by parameter name.
      numbers: Python numbers, or 0-d tensors, by parameter name.
      static: Flags by parameter name.
      outputs: Names of the lists that change.
      differentiable: Whether the new tensors shall have the update for their history.
      apart: Whether the kernel treats each position of the lists by itself.
    """
    numbers = {name: x if isinstance(x, Tensor | Live) else float(x) for name, x in numbers.items()}
    if not differentiable:
        fused(kernel, lists, numbers, static, outputs, apart)
        return
    # What is overwritten below is read through copies: the old values are what backward needs.
    lists, targets = {name: [t if t is None or name not in outputs else ops.clone(t) for t in ts]
                      for name, ts in lists.items()}, lists
    tensors = [t for ts in lists.values() for t in ts if t is not None]
    ins: list[Any] = [t._value() for t in tensors]
    key: list[Any] = [kernel]
    key += [(name, tuple(None if t is None else t._value().aval for t in ts)) for name, ts in lists.items()]
    for name, x in numbers.items():
        is_tensor = isinstance(x, Tensor)
        key.append((name, x._value().aval if is_tensor else float))
        ins.append(x._value() if is_tensor else x)
    key += [tuple(static.items()), tuple(outputs)]
    entry = _entries.get(tuple(key))
    if entry is None:
        entry = _entries[tuple(key)] = fused_entry(kernel, key, dict(static), outputs)
    news = [make(v) for v in record_many(entry, ins)]
    everything = [*tensors, *(x if isinstance(x, Tensor) else None for x in numbers.values())]
    if any(t is not None and t.requires_grad for t in everything):
        attach_many(entry, news, everything, ins, frozenset())
    for target, new in zip((t for name in outputs for t in targets[name] if t is not None), news, strict=True):
        target.copy_(new)


_entries: dict[tuple[Any, ...], Entry] = {}
_increments: dict[Any, Entry] = {}
_choices: dict[Any, Entry] = {}
