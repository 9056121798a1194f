"""Schedules that multiply the rates by factors: by steps, linearly, exponentially, by a user's function."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from compat.optim.lr_scheduler.base import LRScheduler, Rate, function_state
from compat.optim.optimizer import Optimizer


class _ByFunction(LRScheduler):
    """A schedule given by one function for all groups, or one a group."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | list[Callable[[int], float]],
                 last_epoch: int = -1) -> None:
        self.optimizer = optimizer
        groups = len(optimizer.param_groups)
        if not isinstance(lr_lambda, list | tuple):
            self.lr_lambdas = [lr_lambda] * groups
        elif len(lr_lambda) != groups:
            raise ValueError(f"Expected {groups} lr_lambdas, but got {len(lr_lambda)}")
        else:
            self.lr_lambdas = list(lr_lambda)
        self._check_functions()
        super().__init__(optimizer, last_epoch)

    def _check_functions(self) -> None:
        """Refuse what cannot be called, where the schedule says so early."""

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer; of the functions, the attributes of those that are callable objects.

        Returns:
          A dictionary for `load_state_dict`.
        """
        state = super().state_dict()
        state["lr_lambdas"] = [function_state(function) for function in self.lr_lambdas]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a `state_dict()`; functions stay, callable objects take over their attributes.

        Args:
          state_dict: What `state_dict()` of the same kind of schedule returned.
        """
        self.__dict__.update({key: value for key, value in state_dict.items() if key != "lr_lambdas"})
        for function, attributes in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if attributes is not None:
                function.__dict__.update(attributes)


class LambdaLR(_ByFunction):
    """The initial rate times a function of the epoch.

    Args:
      optimizer: The optimizer whose groups are written to.
      lr_lambda: A function of the epoch, or a list of one a group.
      last_epoch: The epoch to resume from; -1 begins.

    Raises:
      ValueError: if there are not as many functions as groups.
    """

    def get_lr(self) -> list[Rate]:
        """The rates of the present epoch; for `step` to call."""
        self._compat_warn_if_called_by_user()
        return [base * function(self.last_epoch)
                for function, base in zip(self.lr_lambdas, self.base_lrs, strict=True)]


class MultiplicativeLR(_ByFunction):
    """The rate of the epoch before, times a function of the epoch.

    Args:
      optimizer: The optimizer whose groups are written to.
      lr_lambda: A function of the epoch, or a list of one a group.
      last_epoch: The epoch to resume from; -1 begins.

    Raises:
      TypeError: if `lr_lambda` is not a function.
      ValueError: if there are not as many functions as groups.
    """

    def _check_functions(self) -> None:
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(f"lr_lambda should be a function, but got {type(function).__name__}")

    def get_lr(self) -> list[Rate]:
        """The rates of the present epoch; for `step` to call."""
        self._compat_warn_if_called_by_user()
        if self._is_initial:
            return self._compat_present()
        return [group["lr"] * function(self.last_epoch)
                for function, group in zip(self.lr_lambdas, self.optimizer.param_groups, strict=True)]


class StepLR(LRScheduler):
    """Multiplies the rates by `gamma` every `step_size` epochs.

    Args:
      optimizer: The optimizer whose groups are written to.
      step_size: Epochs between two changes.
      gamma: The factor.
      last_epoch: The epoch to resume from; -1 begins.
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of the present epoch; for `step` to call."""
        self._compat_warn_if_called_by_user()
        unchanged = self.last_epoch == 0 or self.last_epoch % self.step_size != 0
        return self._compat_present() if unchanged else self._compat_scaled(self.gamma)

    def _get_closed_form_lr(self) -> list[Rate]:
        return [base * self.gamma ** (self.last_epoch // self.step_size) for base in self.base_lrs]


class MultiStepLR(LRScheduler):
    """Multiplies the rates by `gamma` at each of some epochs.

    Args:
      optimizer: The optimizer whose groups are written to.
      milestones: The epochs; one that is named twice counts twice.
      gamma: The factor.
      last_epoch: The epoch to resume from; -1 begins.
    """

    def __init__(self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1,
                 last_epoch: int = -1) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of the present epoch; for `step` to call."""
        self._compat_warn_if_called_by_user()
        if self.last_epoch not in self.milestones:
            return self._compat_present()
        return self._compat_scaled(self.gamma ** self.milestones[self.last_epoch])

    def _get_closed_form_lr(self) -> list[Rate]:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [base * self.gamma**passed for base in self.base_lrs]


class ConstantLR(LRScheduler):
    """Multiplies the rates by `factor` until epoch `total_iters`.

    Args:
      optimizer: The optimizer whose groups are written to.
      factor: The factor, at most 1.
      total_iters: The epoch at which the full rates return.
      last_epoch: The epoch to resume from; -1 begins.

    Raises:
      ValueError: if `factor` is not between 0 and 1.
    """

    def __init__(self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5,
                 last_epoch: int = -1) -> None:
        if factor > 1.0 or factor < 0:
            raise ValueError("Constant multiplicative factor expected to be between 0 and 1.")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of the present epoch; for `step` to call."""
        self._compat_warn_if_called_by_user()
        if self.last_epoch == 0:
            return self._compat_scaled(self.factor)
        return self._compat_present() if self.last_epoch != self.total_iters else self._compat_scaled(1.0 / self.factor)

    def _get_closed_form_lr(self) -> list[Rate]:
        over = self.last_epoch >= self.total_iters
        return [base * (self.factor + over * (1 - self.factor)) for base in self.base_lrs]


class LinearLR(LRScheduler):
    """Moves a factor of the rates linearly from `start_factor` to `end_factor` over `total_iters` epochs.

    Args:
      optimizer: The optimizer whose groups are written to.
      start_factor: The factor at first, in (0, 1].
      end_factor: The factor at the end, in [0, 1].
      total_iters: Epochs that it takes.
      last_epoch: The epoch to resume from; -1 begins.

    Raises:
      ValueError: if a factor is out of its range.
    """

    def __init__(self, optimizer: Optimizer, start_factor: float = 1.0 / 3, end_factor: float = 1.0,
                 total_iters: int = 5, last_epoch: int = -1) -> None:
        if start_factor > 1.0 or start_factor <= 0:
            raise ValueError("Starting multiplicative factor expected to be greater than 0 and less or equal to 1.")
        if end_factor > 1.0 or end_factor < 0:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of the present epoch; for `step` to call."""
        self._compat_warn_if_called_by_user()
        if self.last_epoch == 0:
            return self._compat_scaled(self.start_factor)
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._compat_present()
        rise = self.end_factor - self.start_factor
        before = self.total_iters * self.start_factor + (self.last_epoch - 1) * rise
        return self._compat_scaled(1.0 + rise / before)

    def _get_closed_form_lr(self) -> list[Rate]:
        rise = self.end_factor - self.start_factor
        factor = self.start_factor + rise * min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * factor for base in self.base_lrs]


class ExponentialLR(LRScheduler):
    """Multiplies the rates by `gamma` every epoch.

    Args:
      optimizer: The optimizer whose groups are written to.
      gamma: The factor.
      last_epoch: The epoch to resume from; -1 begins.
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of the present epoch; for `step` to call."""
        self._compat_warn_if_called_by_user()
        return self._compat_present() if self._is_initial else self._compat_scaled(self.gamma)

    def _get_closed_form_lr(self) -> list[Rate]:
        return [base * self.gamma**self.last_epoch for base in self.base_lrs]


class PolynomialLR(LRScheduler):
    """Lets the rates fall to zero over `total_iters` epochs, by a power of what is left.

    Args:
      optimizer: The optimizer whose groups are written to.
      total_iters: Epochs that it takes.
      power: The power; 1 is linear.
      last_epoch: The epoch to resume from; -1 begins.
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of the present epoch; for `step` to call."""
        self._compat_warn_if_called_by_user()
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._compat_present()
        left = 1.0 - self.last_epoch / self.total_iters
        left_before = 1.0 - (self.last_epoch - 1) / self.total_iters
        return self._compat_scaled((left / left_before) ** self.power)

    def _get_closed_form_lr(self) -> list[Rate]:
        left = 1.0 - min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * left**self.power for base in self.base_lrs]
