"""Schedules that move momentum against the rate: CyclicLR and OneCycleLR."""

import math
from collections.abc import Callable
from typing import Any, Literal

from compat.optim.lr_scheduler.base import (
    LRScheduler,
    Rate,
    check_optimizer,
    function_state,
    one_per_group,
    set_option,
)
from compat.optim.optimizer import Optimizer


class _WithMomentum(LRScheduler):
    """A schedule that may also write each group's momentum, or first beta."""

    cycle_momentum: bool
    use_beta1: bool

    def _check_momentum(self, optimizer: Optimizer) -> None:
        if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
            raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
        self.use_beta1 = "betas" in optimizer.defaults

    def _begin_momentum(self, highest: list[float], lowest: list[float]) -> None:
        for group, high, low in zip(self.optimizer.param_groups, highest, lowest, strict=True):
            self._write_momentum(group, high)
            group["max_momentum"] = high
            group["base_momentum"] = low

    def _write_momentum(self, group: dict[str, Any], momentum: float) -> None:
        if self.use_beta1:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum


class CyclicLR(_WithMomentum):
    """Moves the rates between two bounds, linearly up and down, and momentum the other way.

    Args:
      optimizer: The optimizer whose groups are written to.
      base_lr: The lower bound, or a list of one a group.
      max_lr: The upper bound, or a list of one a group.
      step_size_up: Steps of the rising half.
      step_size_down: Steps of the falling half; as many as up if None.
      mode: `"triangular"`, `"triangular2"` (half the height after each cycle) or `"exp_range"` (`gamma**steps`).
      gamma: The base of `"exp_range"`.
      scale_fn: Factor of the height instead of the mode's, a function of what `scale_mode` says.
      scale_mode: `"cycle"` (number of the cycle, from 1) or `"iterations"` (steps since the beginning).
      cycle_momentum: Whether momentum moves too.
      base_momentum: The lowest momentum, at the highest rate.
      max_momentum: The highest momentum, at the lowest rate.
      last_epoch: The step to resume from; -1 begins.

    Raises:
      ValueError: if the mode is unknown, or the optimizer has no momentum to move.

    Source:
      Smith 2017, "Cyclical learning rates for training neural networks".
    """

    def __init__(self, optimizer: Optimizer, base_lr: float | list[float], max_lr: float | list[float],
                 step_size_up: int = 2000, step_size_down: int | None = None,
                 mode: Literal["triangular", "triangular2", "exp_range"] = "triangular", gamma: float = 1.0,
                 scale_fn: Callable[[float], float] | None = None,
                 scale_mode: Literal["cycle", "iterations"] = "cycle", cycle_momentum: bool = True,
                 base_momentum: float | list[float] = 0.8, max_momentum: float | list[float] = 0.9,
                 last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        base_lrs = one_per_group("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
                set_option(group, "lr", lr)
        self.max_lrs = one_per_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError("mode is invalid and scale_fn is None")
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode
        self._set_scale_mode()
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._check_momentum(optimizer)
            self.base_momentums = one_per_group("base_momentum", optimizer, base_momentum)
            self.max_momentums = one_per_group("max_momentum", optimizer, max_momentum)
            if last_epoch == -1:
                self._begin_momentum(self.max_momentums, self.base_momentums)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def _set_scale_mode(self) -> None:
        if self._scale_fn_custom is None:
            self.scale_mode = "iterations" if self.mode == "exp_range" else "cycle"

    def scale_fn(self, x: float) -> float:
        """The factor of the height after `x` cycles, or iterations."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "exp_range":
            return self.gamma**x
        return 1 / (2.0 ** (x - 1)) if self.mode == "triangular2" else 1.0

    def get_lr(self) -> list[Rate]:
        """The rates of the present step, writing its momentum too; for `step` to call."""
        self._compat_warn_if_called_by_user()
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            bounds = zip(self.base_momentums, self.max_momentums, self.optimizer.param_groups, strict=True)
            for low, high, group in bounds:
                self._write_momentum(group, high - (high - low) * height * scale)
        return [low + (high - low) * height * scale for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer; of a user's scale function, the attributes of a callable object.

        Returns:
          A dictionary for `load_state_dict`.
        """
        state = super().state_dict()
        state["_scale_fn_custom"] = function_state(state.pop("_scale_fn_custom"))
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a `state_dict()`.

        Args:
          state_dict: What `state_dict()` of the same kind of schedule returned.
        """
        attributes = state_dict["_scale_fn_custom"]
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "_scale_fn_custom"})
        if attributes is not None and self._scale_fn_custom is not None:
            self._scale_fn_custom.__dict__.update(attributes)
        self._set_scale_mode()


def _phase(end: float, rate: tuple[str, str], momentum: tuple[str, str]) -> dict[str, Any]:
    return {"end_step": end, "start_lr": rate[0], "end_lr": rate[1],
            "start_momentum": momentum[0], "end_momentum": momentum[1]}


class OneCycleLR(_WithMomentum):
    """One cycle: from a low rate up to `max_lr`, down to almost nothing; momentum the other way.

    Args:
      optimizer: The optimizer whose groups are written to.
      max_lr: The highest rate, or a list of one a group.
      total_steps: Steps of the whole cycle; or give `epochs` and `steps_per_epoch`.
      epochs: Epochs of the cycle.
      steps_per_epoch: Steps of an epoch.
      pct_start: Share of the cycle in which the rate rises.
      anneal_strategy: `"cos"` or `"linear"`.
      cycle_momentum: Whether momentum moves too.
      base_momentum: The lowest momentum, or a list of one a group.
      max_momentum: The highest momentum, or a list of one a group.
      div_factor: `max_lr` over the initial rate.
      final_div_factor: The initial rate over the last.
      three_phase: Down to the initial rate first, and to the last rate in a phase of its own.
      last_epoch: The step to resume from; -1 begins.

    Raises:
      ValueError: if the length is not given, an option is out of range, or the optimizer has no momentum to move.

    Source:
      Smith and Topin 2018, "Super-convergence"; two phases as fastai does it.
    """

    def __init__(self, optimizer: Optimizer, max_lr: float | list[float], total_steps: int | None = None,
                 epochs: int | None = None, steps_per_epoch: int | None = None, pct_start: float = 0.3,
                 anneal_strategy: Literal["cos", "linear"] = "cos", cycle_momentum: bool = True,
                 base_momentum: float | list[float] = 0.85, max_momentum: float | list[float] = 0.95,
                 div_factor: float = 25.0, final_div_factor: float = 1e4, three_phase: bool = False,
                 last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        self.total_steps = self._length(total_steps, epochs, steps_per_epoch)
        self._schedule_phases = self._phases(pct_start, three_phase)
        if pct_start < 0 or pct_start > 1 or not isinstance(pct_start, float):
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self._anneal_func_type = anneal_strategy
        max_lrs = one_per_group("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for group, high in zip(optimizer.param_groups, max_lrs, strict=True):
                group["initial_lr"] = high / div_factor
                group["max_lr"] = high
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._check_momentum(optimizer)
            highest = one_per_group("max_momentum", optimizer, max_momentum)
            lowest = one_per_group("base_momentum", optimizer, base_momentum)
            if last_epoch == -1:
                self._begin_momentum(highest, lowest)
        super().__init__(optimizer, last_epoch)

    @staticmethod
    def _length(total_steps: int | None, epochs: int | None, steps_per_epoch: int | None) -> int:
        if total_steps is not None:
            given = {"total_steps": total_steps}
        elif epochs is not None and steps_per_epoch is not None:
            given = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
        else:
            raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        for name, value in given.items():
            if not isinstance(value, int) or value <= 0:
                raise ValueError(f"Expected positive integer {name}, but got {value}")
        return math.prod(given.values())

    def _phases(self, pct_start: float, three_phase: bool) -> list[dict[str, Any]]:
        rise = float(pct_start * self.total_steps) - 1
        up = _phase(rise, ("initial_lr", "max_lr"), ("max_momentum", "base_momentum"))
        last = self.total_steps - 1
        if not three_phase:
            return [up, _phase(last, ("max_lr", "min_lr"), ("base_momentum", "max_momentum"))]
        fall = float(2 * pct_start * self.total_steps) - 2
        return [up, _phase(fall, ("max_lr", "initial_lr"), ("base_momentum", "max_momentum")),
                _phase(last, ("initial_lr", "min_lr"), ("max_momentum", "max_momentum"))]

    def _anneal_func(self, start: Any, end: Any, share: float) -> Any:
        if self._anneal_func_type == "linear":
            return (end - start) * share + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)

    def get_lr(self) -> list[Rate]:
        """The rates of the present step, writing its momentum too; for `step` to call."""
        self._compat_warn_if_called_by_user()
        t, begin = self.last_epoch, 0.0
        if t > self.total_steps:
            raise ValueError(f"Tried to step {t} times. The specified number of total steps is {self.total_steps}")
        for phase in self._schedule_phases[:-1]:
            if t <= phase["end_step"]:
                break
            begin = phase["end_step"]
        else:
            phase = self._schedule_phases[-1]
        share = (t - begin) / (phase["end_step"] - begin)
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._anneal_func(group[phase["start_lr"]], group[phase["end_lr"]], share))
            if self.cycle_momentum:
                bounds = group[phase["start_momentum"]], group[phase["end_momentum"]]
                self._write_momentum(group, self._anneal_func(*bounds, share))
        return rates
