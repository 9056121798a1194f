"""Averages of weights (`torch.optim.swa_utils`): models that average others, and the schedule that goes with them."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from itertools import chain
from typing import Any, Literal

from compat._autograd.modes import no_grad
from compat._dtype import int64
from compat._engine.program import captured
from compat._engine.value import from_number
from compat._ops.data import tensor
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor
from compat.nn.modules.batchnorm import _BatchNorm
from compat.nn.modules.module import Module
from compat.optim._update import update
from compat.optim.lr_scheduler.base import LRScheduler, Rate, one_per_group
from compat.optim.optimizer import Optimizer
from funcgrad.optim.averaging import lerp_all, mean_all
from funcgrad.typing import Array

__all__ = [
    "SWALR", "AveragedModel", "get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn", "get_swa_multi_avg_fn",
    "update_bn",
]

Average = Callable[[Tensor, Tensor, Any], Tensor]
Averages = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]


def _lerp(averages: list[Array], news: list[Array], **rest: Any) -> tuple[list[Array]]:
    return (lerp_all(averages, news, **rest),)


def _lerp_all(averages: Sequence[Tensor], news: Sequence[Tensor], weight: Any) -> None:
    """Move all averages towards the new values, by one operation."""
    update(_lerp, {"averages": averages, "news": news}, {"weight": weight}, {}, ("averages",))


def _mean(averages: list[Array], news: list[Array], **rest: Any) -> tuple[list[Array]]:
    return (mean_all(averages, news, **rest),)


def _is_inexact(value: Tensor) -> bool:
    return value.is_floating_point() or value.is_complex()


def _check_decay(decay: float) -> None:
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def get_ema_multi_avg_fn(decay: float = 0.999) -> Averages:
    """The exponential moving average of lists: `average = decay * average + (1 - decay) * new`, in place.

    Args:
      decay: Share of the old average.

    Returns:
      A function of the averages, the new values and how many were averaged, for `AveragedModel`.

    Raises:
      ValueError: if the decay is not in [0, 1].

    Source:
      PyTorch, `torch.optim.swa_utils.get_ema_multi_avg_fn`.
    """
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param_list: Sequence[Tensor], current_param_list: Sequence[Tensor], _: Any) -> None:
        if _is_inexact(ema_param_list[0]):
            _lerp_all(ema_param_list, current_param_list, 1 - decay)
            return
        for average, new in zip(ema_param_list, current_param_list, strict=True):
            average.copy_(average * decay + new * (1 - decay))

    return ema_update


def get_swa_multi_avg_fn() -> Averages:
    """The equal average of lists, in place: what `AveragedModel` does by default on accelerators.

    Returns:
      A function of the averages, the new values and how many were averaged. Integers make it raise RuntimeError.

    Source:
      PyTorch, `torch.optim.swa_utils.get_swa_multi_avg_fn`.
    """

    @no_grad()
    def swa_update(averaged_param_list: Sequence[Tensor], current_param_list: Sequence[Tensor],
                   num_averaged: Any) -> None:
        if _is_inexact(averaged_param_list[0]):
            _lerp_all(averaged_param_list, current_param_list, 1 / (num_averaged + 1))
            return
        for average, new in zip(averaged_param_list, current_param_list, strict=True):
            if isinstance(num_averaged, Tensor):
                average.addcdiv_(new - average, num_averaged + 1)
            else:
                average.add_(new - average, alpha=1 / (num_averaged + 1))

    return swa_update


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """The exponential moving average of one tensor: `decay * average + (1 - decay) * new`.

    Args:
      decay: Share of the old average.

    Returns:
      A function of the average, the new value and how many were averaged, for `AveragedModel`.

    Raises:
      ValueError: if the decay is not in [0, 1].

    Source:
      PyTorch, `torch.optim.swa_utils.get_ema_avg_fn`.
    """
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn() -> Average:
    """The equal average of one tensor.

    Returns:
      A function of the average, the new value and how many were averaged, for `AveragedModel`.

    Source:
      PyTorch, `torch.optim.swa_utils.get_swa_avg_fn`.
    """

    @no_grad()
    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of the model's, as many as `update_parameters` has seen.

    Args:
      model: The model; it is copied.
      device: Where the copy lives; where the model does if None.
      avg_fn: How an average takes in a new value, of `get_ema_avg_fn`'s kind.
      multi_avg_fn: How lists of averages take in new values in place, of `get_ema_multi_avg_fn`'s kind. Equal averages
        if both are None.
      use_buffers: Average the buffers too; else they are copied.

    Raises:
      AssertionError: if both functions are given.

    Example:
      >>> import compat as torch
      >>> model = torch.nn.Linear(1, 1)
      >>> average = torch.optim.swa_utils.AveragedModel(model)
      >>> for value in (1.0, 2.0, 6.0):
      ...     _ = torch.nn.init.constant_(model.weight, value)
      ...     average.update_parameters(model)
      >>> average.module.weight.item()
      3.0

    Source:
      PyTorch, `torch.optim.swa_utils.AveragedModel`; Izmailov et al. 2018.
    """

    n_averaged: Tensor

    def __init__(self, model: Module, device: Any = None, avg_fn: Average | None = None,
                 multi_avg_fn: Averages | None = None, use_buffers: bool = False) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=int64, device=device))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model returns.

        Args:
          *args: The model's arguments.
          **kwargs: The model's options.

        Returns:
          The model's result.
        """
        return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model: Module) -> None:
        """Take a model's parameters into the averages; the first ones are copied.

        Args:
          model: A model with the parameters and buffers of the first.
        """
        kinds = ("parameters", "buffers") if self.use_buffers else ("parameters",)
        averages, news = (list(chain.from_iterable(getattr(of, kind)() for kind in kinds))
                          for of in (self.module, model))
        news = [new.detach().to(average.device) for average, new in zip(averages, news, strict=False)]
        averages = [average.detach() for average in averages[:len(news)]]
        inside = captured() is not None  # a captured step knows no count: it computes both, and takes one
        count = 1 if inside else self.n_averaged.item()
        if count == 0:
            for average, new in zip(averages, news, strict=True):
                average.copy_(new)
        else:
            self._average(averages, news)
        if inside:
            for average, new in zip(averages, news, strict=True):
                average.copy_(ops.where((self.n_averaged == 0).to(average.device), new, average))
        if not self.use_buffers:
            for average, new in zip(self.module.buffers(), model.buffers(), strict=True):
                average.detach().copy_(new.detach().to(average.device))
        if inside:
            self.n_averaged.add_(1)
            return
        aval = self.n_averaged._value().aval
        # The count is known here and stays a number on the host: the next update reads it without running anything.
        self.n_averaged._write(from_number(count + 1, aval.dtype, aval.device))

    def _average(self, averages: list[Tensor], news: list[Tensor]) -> None:
        if self.avg_fn is not None:
            for average, new in zip(averages, news, strict=True):
                average.copy_(self.avg_fn(average, new, self.n_averaged.to(average.device)))
            return
        alike: defaultdict[Any, tuple[list[Tensor], list[Tensor]]] = defaultdict(lambda: ([], []))
        for average, new in zip(averages, news, strict=True):
            group = alike[average.device, average.dtype]
            group[0].append(average)
            group[1].append(new)
        for (device, _), group in alike.items():
            self._average_alike(*group, self.n_averaged.to(device))

    def _average_alike(self, averages: list[Tensor], news: list[Tensor], count: Tensor) -> None:
        if self.multi_avg_fn is not None:
            self.multi_avg_fn(averages, news, count)
        elif count.device.type != "cpu":
            get_swa_multi_avg_fn()(averages, news, count)
        elif _is_inexact(averages[0]):
            update(_mean, {"averages": averages, "news": news}, {"count": count}, {}, ("averages",))
        else:
            for average, new in zip(averages, news, strict=True):
                average.copy_(get_swa_avg_fn()(average, new, count))


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running statistics of a model's batch normalizations anew, as means over all batches.

    Args:
      loader: Batches; of a list or tuple the first element is the input.
      model: The model; it runs in training mode, and is in the mode it was in afterwards.
      device: Where the inputs go first; where they are if None.

    Source:
      PyTorch, `torch.optim.swa_utils.update_bn`.
    """
    momenta: dict[_BatchNorm, float | None] = {}
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.reset_running_stats()
            momenta[module] = module.momentum
    if not momenta:
        return
    was_training = model.training
    model.train()
    try:
        for module in momenta:
            module.momentum = None
        for batch in loader:
            inputs = batch[0] if isinstance(batch, list | tuple) else batch
            model(inputs if device is None else inputs.to(device))
    finally:
        for module, momentum in momenta.items():
            module.momentum = momentum
        model.train(was_training)


class SWALR(LRScheduler):
    """From the rates there are to constant ones for averaging, over some epochs.

    Args:
      optimizer: The optimizer whose groups are written to.
      swa_lr: The rate in the end, or a list of one a group.
      anneal_epochs: How many epochs it takes; 0 for at once.
      anneal_strategy: `"cos"` or `"linear"`.
      last_epoch: The epoch to resume from; -1 begins.

    Raises:
      ValueError: if the strategy is another, the epochs are negative, or the list is of another length.

    Source:
      PyTorch, `torch.optim.swa_utils.SWALR`.
    """

    def __init__(self, optimizer: Optimizer, swa_lr: float | Sequence[float], anneal_epochs: int = 10,
                 anneal_strategy: Literal["cos", "linear"] = "cos", last_epoch: int = -1) -> None:
        rates = one_per_group("swa_lr", optimizer, swa_lr)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        for rate, group in zip(rates, optimizer.param_groups, strict=True):
            group["swa_lr"] = rate
        self.anneal_epochs = anneal_epochs
        self._anneal_strategy = anneal_strategy
        super().__init__(optimizer, last_epoch)

    def anneal_func(self, t: float) -> float:
        """How far the rates have come after a share of the epochs.

        Args:
          t: The share, from 0 to 1.

        Returns:
          0 for the initial rates, 1 for those in the end.
        """
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t

    def get_lr(self) -> list[Rate]:
        """The rates of the present epoch from those of the epoch before; for `step` to call.

        Returns:
          One a group.
        """
        self._compat_warn_if_called_by_user()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = (self.anneal_func(max(0, min(1, at / max(1, self.anneal_epochs)))) for at in (step - 1, step))
        rates = []
        for group in self.optimizer.param_groups:
            rate, end = group["lr"], group["swa_lr"]
            initial = end if before == 1 else (rate - before * end) / (1 - before)
            rates.append(end * now + initial * (1 - now))
        return rates
