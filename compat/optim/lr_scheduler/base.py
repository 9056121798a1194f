"""What all schedules share: counting, writing rates into groups, warnings about the order of calls."""

import types
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeAlias

from compat._engine.program import Captured, captured
from compat._tensor.tensor import Tensor
from compat.optim.optimizer import Optimizer, to_scalar

Rate: TypeAlias = float | Tensor

EPOCH_DEPRECATION_WARNING = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from None, the closed "
    "form is used instead of the new chainable form, where available. Please open an issue if you are unable to "
    "replicate your use case: https://github.com/pytorch/pytorch/issues/new/choose."
)
_SEE_DOCS = "See more details at https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"
_STEP_OVERRIDDEN = (
    "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. Please, make sure "
    f"to call `optimizer.step()` before `lr_scheduler.step()`. {_SEE_DOCS}"
)
_WRONG_ORDER = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you should call "
    "them in the opposite order: `optimizer.step()` before `lr_scheduler.step()`.  Failure to do this will result in "
    f"PyTorch skipping the first value of the learning rate schedule. {_SEE_DOCS}"
)
_NO_INITIAL_LR = (
    "param 'initial_lr' is not specified in param_groups[{}] when resuming scheduler with last_epoch >= 0.\n"
    "This typically happens when:\n"
    "1. You're trying to resume training from a checkpoint but haven't properly loaded the optimizer state\n"
    "2. You're using last_epoch >= 0 for a fresh training run (not recommended)"
)
_USE_GET_LAST_LR = "To get the last learning rate computed by the scheduler, please use `get_last_lr()`."


def copied(value: Any) -> Any:
    """A tensor's copy, so that a later in-place change of the rate does not reach it; other values as they are."""
    return value.clone() if isinstance(value, Tensor) else value


def options(optimizer: Optimizer, key: str) -> list[Any]:
    """The value of one option in each group."""
    return [copied(group[key]) for group in optimizer.param_groups]


def set_option(group: dict[str, Any], key: str, value: Any) -> None:
    """Write an option; one that is a tensor is overwritten in place, for whoever else holds it."""
    if isinstance(group[key], Tensor):
        group[key].fill_(to_scalar(value))
    else:
        group[key] = value


def one_per_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """A value for each group, from a list of as many or from one for all.

    Raises:
      ValueError: if the list is of another length.
    """
    groups = optimizer.param_groups
    if not isinstance(value, list | tuple):
        value = [value] * len(groups)
    elif len(value) != len(groups):
        raise ValueError(f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} "
                         f"values, param_groups has {len(groups)}.")
    return [copied(v) for v in value]


def check_optimizer(optimizer: Any) -> None:
    """Refuse what is not an optimizer.

    Raises:
      TypeError: naming the type that came instead.
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def _notice_steps(optimizer: Optimizer) -> None:
    """Make the optimizer note that `step` was called, to warn about a scheduler that goes first."""
    if hasattr(optimizer.step, "_wrapped_by_lr_sched"):
        return
    function, alive = optimizer.step.__func__, weakref.ref(optimizer)

    @wraps(function)
    def step(*args: Any, **kwargs: Any) -> Any:
        owner = alive()
        owner._opt_called = True
        return function(owner, *args, **kwargs)

    step._wrapped_by_lr_sched = True  # pyright: ignore[reportAttributeAccessIssue]
    optimizer.step = step


def _hosted(step: Callable[..., Any]) -> Callable[..., Any]:
    """Let a captured step, in which a scheduler steps, know of it."""

    @wraps(step)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        if captured() is None:
            return step(self, *args, **kwargs)
        return Captured.watcher.host(self, lambda: step(self, *args, **kwargs))

    return wrapper


class LRScheduler:
    """A rule for the learning rates of an optimizer's groups; `step()` moves it on by one epoch (or batch).

    Subclasses define `get_lr`: the rates of the epoch `self.last_epoch`, computed from those of the epoch before, so
    that several schedules, and rates edited by hand, compose. `_get_closed_form_lr`, if defined, computes them from
    the epoch alone.

    Args:
      optimizer: The optimizer whose groups are written to.
      last_epoch: The epoch to resume from; -1 begins, and takes the groups' present rates for the initial ones.

    Raises:
      TypeError: if `optimizer` is not an optimizer.
      KeyError: when resuming with groups that have no `initial_lr`.
    """

    optimizer: Optimizer
    base_lrs: list[Rate]
    last_epoch: int
    _last_lr: list[Rate]
    _step_count: int
    _get_lr_called_within_step = False
    _is_initial = False
    _compat_hosted = True  # whether a captured step lets it step in Python, at every call

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = _hosted(cls.step)

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(_NO_INITIAL_LR.format(i))
        self.base_lrs = options(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        _notice_steps(optimizer)
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def state_dict(self) -> dict[str, Any]:
        """Everything that the schedule remembers, but the optimizer.

        Returns:
          A dictionary for `load_state_dict`.
        """
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a `state_dict()`.

        Args:
          state_dict: What `state_dict()` of the same kind of schedule returned.
        """
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list[Rate]:
        """The rates that the schedule wrote last, one a group."""
        return self._last_lr if captured() is None else Captured.watcher.rates(self)

    def get_lr(self) -> list[Rate]:
        """The rates of the present epoch from those of the epoch before; for `step` to call."""
        raise NotImplementedError

    @_hosted
    def step(self, epoch: int | None = None) -> None:
        """Move on to the next epoch and write its rates.

        Args:
          epoch: The epoch to go to instead; deprecated.
        """
        if self._step_count == 1:
            if not hasattr(self.optimizer.step, "_wrapped_by_lr_sched"):
                warnings.warn(_STEP_OVERRIDDEN, UserWarning, stacklevel=3)
            elif not getattr(self.optimizer, "_opt_called", False):
                warnings.warn(_WRONG_ORDER, UserWarning, stacklevel=3)
        self._step_count += 1
        if epoch is not None:
            warnings.warn(EPOCH_DEPRECATION_WARNING, UserWarning, stacklevel=3)
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        with self._compat_computing():
            if epoch is None:
                self.last_epoch += 1
                rates = self.get_lr()
            else:
                self.last_epoch = epoch
                rates = getattr(self, "_get_closed_form_lr", self.get_lr)()
        self._compat_write(rates)

    def _compat_write(self, rates: Sequence[Rate]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            set_option(group, "lr", rate)
        self._last_lr = options(self.optimizer, "lr")

    @contextmanager
    def _compat_computing(self) -> Iterator[None]:
        self._get_lr_called_within_step = True
        try:
            yield
        finally:
            self._get_lr_called_within_step = False

    def _compat_warn_if_called_by_user(self) -> None:
        if not self._get_lr_called_within_step:
            warnings.warn(_USE_GET_LAST_LR, UserWarning, stacklevel=3)

    def _compat_present(self) -> list[Rate]:
        return options(self.optimizer, "lr")

    def _compat_scaled(self, factor: float) -> list[Rate]:
        return [group["lr"] * factor for group in self.optimizer.param_groups]


_LRScheduler = LRScheduler  # the name before PyTorch 2.0


def function_state(function: Callable[..., Any] | None) -> dict[str, Any] | None:
    """What a state dict keeps of a user's function: the attributes of a callable object, nothing of a function."""
    return None if function is None or isinstance(function, types.FunctionType) else function.__dict__.copy()
