"""Schedules along a cosine."""

import math
from typing import Any

from compat.optim.lr_scheduler.base import LRScheduler, Rate
from compat.optim.optimizer import Optimizer


class CosineAnnealingLR(LRScheduler):
    r"""Half a cosine from the initial rates down to `eta_min`, and up again.

    .. math:: \eta_t = \eta_{min} + (\eta_{max} - \eta_{min}) (1 + \cos(\pi t / T_{max})) / 2

    Args:
      optimizer: The optimizer whose groups are written to.
      T_max: Epochs from the initial rate to the lowest.
      eta_min: The lowest rate.
      last_epoch: The epoch to resume from; -1 begins.

    Source:
      Loshchilov and Hutter 2017, "SGDR", without the restarts.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of the present epoch; for `step` to call."""
        self._compat_warn_if_called_by_user()
        if self._is_initial:
            return self._compat_present()
        t, low, groups = self.last_epoch, self.eta_min, self.optimizer.param_groups
        if self._step_count == 1 and t > 0:
            return [low + (base - low) * (1 + math.cos(t * math.pi / self.T_max)) / 2 for base in self.base_lrs]
        if (t - 1 - self.T_max) % (2 * self.T_max) == 0:  # the epoch after the lowest: the ratio below would be 0 / 0
            up = [(base - low) * (1 - math.cos(math.pi / self.T_max)) / 2 for base in self.base_lrs]
            return [group["lr"] + rise for group, rise in zip(groups, up, strict=True)]
        ratio = (1 + math.cos(math.pi * t / self.T_max)) / (1 + math.cos(math.pi * (t - 1) / self.T_max))
        return [ratio * (group["lr"] - low) + low for group in groups]

    def _get_closed_form_lr(self) -> list[Rate]:
        t = self.last_epoch
        return [self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * t / self.T_max)) / 2
                for base in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    r"""Half a cosine from the initial rates down to `eta_min`, begun anew after `T_0`, `T_0 T_mult`, ... epochs.

    Args:
      optimizer: The optimizer whose groups are written to.
      T_0: Epochs until the first restart.
      T_mult: Factor of the time between two restarts.
      eta_min: The lowest rate.
      last_epoch: The epoch to resume from; -1 begins.

    Raises:
      ValueError: if `T_0` is not a positive integer, `T_mult` not an integer of at least 1, or `eta_min` no number.

    Source:
      Loshchilov and Hutter 2017, "SGDR".
    """

    def __init__(self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0,
                 last_epoch: int = -1) -> None:
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, float | int):
            raise ValueError(f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}")
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: Any = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of the present epoch; for `step` to call."""
        self._compat_warn_if_called_by_user()
        return [self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
                for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Move on, or to a given epoch, which may be fractional (after some of an epoch's batches).

        Args:
          epoch: The epoch; the next one if None.

        Raises:
          ValueError: if `epoch` is negative.
        """
        if epoch is None and self.last_epoch >= 0:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        else:
            epoch = 0 if epoch is None else epoch
            if epoch < 0:
                raise ValueError(f"Expected non-negative epoch, but got {epoch}")
            self._go_to(epoch)
        self.last_epoch = math.floor(epoch)
        with self._compat_computing():
            self._compat_write(self.get_lr())

    def _go_to(self, epoch: float) -> None:
        if epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:  # the restarts passed so far took a geometric series of epochs
            restarts = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**restarts - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**restarts
