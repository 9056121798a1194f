"""PyTorch's learning-rate schedulers as optax schedules: functions from a count to a learning rate.

PyTorch's schedulers change an optimiser as they go; here the count is an argument, so that a schedule works traced, may
be asked about any step, and compiles once. The count is that of ``scheduler.step()`` calls: updates if called after
each batch; with `per_epoch`, epochs.
"""

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Literal

import jax.numpy as jnp

from funcgrad.typing import Array, ArrayLike

__all__ = [
    "Schedule",
    "constant_lr",
    "cosine_annealing_lr",
    "cosine_annealing_warm_restarts",
    "cyclic_lr",
    "exponential_lr",
    "lambda_lr",
    "linear_lr",
    "multi_step_lr",
    "one_cycle_lr",
    "per_epoch",
    "polynomial_lr",
    "sequential_lr",
    "step_lr",
]

Schedule = Callable[[ArrayLike], Array]
"""A function from a count, a Python or traced integer, to the learning rate, shape ``()``."""


def _steps(count: ArrayLike) -> Array:
    return jnp.asarray(count, dtype=float)


def constant_lr(lr: float, factor: float = 1 / 3, total_iters: int = 5) -> Schedule:
    """``lr * factor`` for the first `total_iters` counts, then ``lr``.

    Answers "must the learning rate stay what the optimiser began with?": no, any function of the count will do.

    Example:
      >>> [round(float(constant_lr(1.0, 0.5, 2)(count)), 4) for count in range(4)]
      [0.5, 0.5, 1.0, 1.0]
    """
    return lambda count: lr * jnp.where(jnp.asarray(count) < total_iters, factor, 1.0)


def linear_lr(lr: float, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5) -> Schedule:
    """``lr`` times a factor that moves linearly from `start_factor` to `end_factor` in `total_iters` counts.

    Answers "must the learning rate stay what the optimiser began with?".

    Example:
      >>> [round(float(linear_lr(1.0, 0.5, 1.0, 2)(count)), 4) for count in range(4)]
      [0.5, 0.75, 1.0, 1.0]
    """

    def schedule(count: ArrayLike) -> Array:
        progress = jnp.minimum(_steps(count), total_iters) / total_iters
        return lr * (start_factor + (end_factor - start_factor) * progress)

    return schedule


def step_lr(lr: float, step_size: int, gamma: float = 0.1) -> Schedule:
    """``lr`` multiplied by `gamma` once every `step_size` counts.

    Answers "must the learning rate stay what the optimiser began with?".

    Example:
      >>> [round(float(step_lr(1.0, 2, 0.5)(count)), 4) for count in range(5)]
      [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    return lambda count: lr * gamma ** (jnp.asarray(count) // step_size)


def multi_step_lr(lr: float, milestones: Sequence[int], gamma: float = 0.1) -> Schedule:
    """``lr`` multiplied by `gamma` at each of the `milestones`.

    Answers "must the learning rate stay what the optimiser began with?".

    Example:
      >>> [round(float(multi_step_lr(1.0, [1, 3], 0.5)(count)), 4) for count in range(4)]
      [1.0, 0.5, 0.5, 0.25]
    """
    sorted_milestones = tuple(sorted(milestones))
    return lambda count: lr * gamma ** jnp.sum(jnp.asarray(count) >= jnp.asarray(sorted_milestones))


def exponential_lr(lr: float, gamma: float) -> Schedule:
    """``lr * gamma**count``.

    Answers "must the learning rate stay what the optimiser began with?".

    Example:
      >>> [round(float(exponential_lr(1.0, 0.5)(count)), 4) for count in range(3)]
      [1.0, 0.5, 0.25]
    """
    return lambda count: lr * gamma ** _steps(count)


def polynomial_lr(lr: float, total_iters: int = 5, power: float = 1.0) -> Schedule:
    """``lr`` falling to 0 in `total_iters` counts, as a power of what is left.

    Answers "must the learning rate stay what the optimiser began with?".

    Example:
      >>> [round(float(polynomial_lr(1.0, 2, 2.0)(count)), 4) for count in range(4)]
      [1.0, 0.25, 0.0, 0.0]
    """
    return lambda count: lr * (1.0 - jnp.minimum(_steps(count), total_iters) / total_iters) ** power


def cosine_annealing_lr(lr: float, T_max: int, eta_min: float = 0.0) -> Schedule:
    """Half a cosine from ``lr`` to `eta_min` in `T_max` counts, and back.

    Answers "must the learning rate stay what the optimiser began with?".

    Example:
      >>> [round(float(cosine_annealing_lr(1.0, 2)(count)), 4) for count in range(4)]
      [1.0, 0.5, 0.0, 0.5]

    Source:
      PyTorch, ``CosineAnnealingLR``; Loshchilov and Hutter 2017.
    """
    return lambda count: eta_min + (lr - eta_min) * (1.0 + jnp.cos(math.pi * _steps(count) / T_max)) / 2.0


def cosine_annealing_warm_restarts(
    lr: float,
    T_0: int,
    T_mult: int = 1,
    eta_min: float = 0.0,
) -> Schedule:
    """Half a cosine from ``lr`` to `eta_min` over and over: in `T_0` counts, then each time in `T_mult` times as many.

    Answers "must the learning rate stay what the optimiser began with?".

    Example:
      >>> [round(float(cosine_annealing_warm_restarts(1.0, 2, 2)(count)), 4) for count in range(5)]
      [1.0, 0.5, 1.0, 0.8536, 0.5]

    Source:
      PyTorch, ``CosineAnnealingWarmRestarts``; Loshchilov and Hutter 2017.
    """
    # Restarts in a table: a logarithm in float32 would misplace some of them by one.
    lengths = [T_0]
    while T_mult > 1 and sum(lengths) < 2**31 - 1 - lengths[-1] * T_mult:
        lengths.append(lengths[-1] * T_mult)
    starts = [0, *accumulate(lengths)][: len(lengths)]

    def schedule(count: ArrayLike) -> Array:
        steps = jnp.asarray(count)
        period = jnp.sum(steps >= jnp.asarray(starts)) - 1
        length = jnp.asarray(lengths)[period]
        since = (steps - jnp.asarray(starts)[period]) % length
        return eta_min + (lr - eta_min) * (1.0 + jnp.cos(math.pi * since / length)) / 2.0

    return schedule


def cyclic_lr(
    base_lr: float,
    max_lr: float,
    step_size_up: int = 2000,
    step_size_down: int | None = None,
    mode: Literal["triangular", "triangular2", "exp_range"] = "triangular",
    gamma: float = 1.0,
) -> Schedule:
    """Straight lines up from `base_lr` to `max_lr` and down again, over and over.

    Answers "must the learning rate stay what the optimiser began with?". The height is halved with every cycle in
    mode ``"triangular2"`` and multiplied by `gamma` with every count in mode ``"exp_range"``.

    Raises:
      ValueError: for an unknown `mode`.

    Example:
      >>> [round(float(cyclic_lr(0.0, 1.0, 2)(count)), 4) for count in range(5)]
      [0.0, 0.5, 1.0, 0.5, 0.0]

    Source:
      PyTorch, ``CyclicLR``; Smith 2017.
    """
    if mode not in ("triangular", "triangular2", "exp_range"):
        raise ValueError("mode is invalid and scale_fn is None")
    down = step_size_up if step_size_down is None else step_size_down
    length = step_size_up + down

    def schedule(count: ArrayLike) -> Array:
        steps = jnp.asarray(count)
        cycle, since = steps // length, steps % length
        height = jnp.where(since <= step_size_up, since / step_size_up, (length - since) / down)
        if mode == "triangular2":
            height = height / 2.0**cycle
        elif mode == "exp_range":
            height = height * gamma ** _steps(count)
        return base_lr + (max_lr - base_lr) * height

    return schedule


def one_cycle_lr(
    max_lr: float,
    total_steps: int,
    pct_start: float = 0.3,
    anneal_strategy: Literal["cos", "linear"] = "cos",
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
    *,
    three_phase: bool = False,
) -> Schedule:
    """Up from ``max_lr / div_factor`` to `max_lr`, then down to nearly nothing, in `total_steps` counts.

    Answers "must the learning rate stay what the optimiser began with?". Past the end, where PyTorch raises, the
    last rate stays.

    Raises:
      ValueError: for an unknown `anneal_strategy`.

    Example:
      >>> [round(float(one_cycle_lr(1.0, 5, 0.4, "linear", 2.0)(count)), 4) for count in range(5)]
      [0.5, 1.0, 0.6667, 0.3334, 0.0001]

    Source:
      PyTorch, ``OneCycleLR``; Smith and Topin 2018.
    """
    if anneal_strategy not in ("cos", "linear"):
        raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
    low = max_lr / div_factor
    last = low / final_div_factor
    rise_end = pct_start * total_steps - 1.0
    if three_phase:
        phases = [(rise_end, low, max_lr), (2.0 * rise_end, max_lr, low), (total_steps - 1.0, low, last)]
    else:
        phases = [(rise_end, low, max_lr), (total_steps - 1.0, max_lr, last)]

    def schedule(count: ArrayLike) -> Array:
        steps, begin, rate = _steps(count), 0.0, jnp.asarray(low)
        for end, start_rate, end_rate in phases:
            share = jnp.clip((steps - begin) / (end - begin) if end > begin else 1.0, 0.0, 1.0)
            if anneal_strategy == "cos":
                annealed = end_rate + (start_rate - end_rate) / 2.0 * (1.0 + jnp.cos(math.pi * share))
            else:
                annealed = start_rate + (end_rate - start_rate) * share
            rate = jnp.where((steps > begin) | (begin == 0.0), annealed, rate)
            begin = end
        return rate

    return schedule


def lambda_lr(lr: float, factor: Callable[[ArrayLike], Array | float]) -> Schedule:
    """``lr * factor(count)``; `factor` is called with a traced count.

    Answers "must the learning rate stay what the optimiser began with?".

    Example:
      >>> [round(float(lambda_lr(1.0, lambda count: 1 / (1 + count))(count)), 4) for count in range(3)]
      [1.0, 0.5, 0.3333]
    """
    return lambda count: jnp.asarray(lr * factor(count))


def sequential_lr(schedules: Sequence[Schedule], milestones: Sequence[int]) -> Schedule:
    """One schedule after another: the next begins, at its own count 0, at each milestone.

    Answers "must the learning rate stay what the optimiser began with?".

    Raises:
      ValueError: unless there is one milestone fewer than schedules.

    Example:
      >>> both = sequential_lr([constant_lr(1.0, 0.1, 9), exponential_lr(1.0, 0.5)], [2])
      >>> [round(float(both(count)), 4) for count in range(5)]
      [0.1, 0.1, 1.0, 0.5, 0.25]
    """
    if len(milestones) != len(schedules) - 1:
        raise ValueError(
            "Sequential Schedulers expects number of schedulers provided to be one more than the number of "
            f"milestone points, but got number of schedulers {len(schedules)} and the number of milestones to be "
            f"equal to {len(milestones)}"
        )

    def schedule(count: ArrayLike) -> Array:
        steps = jnp.asarray(count)
        rate = schedules[0](steps)
        for milestone, following in zip(milestones, schedules[1:], strict=True):
            rate = jnp.where(steps < milestone, rate, following(jnp.maximum(steps - milestone, 0)))
        return rate

    return schedule


def per_epoch(schedule: Schedule, steps_per_epoch: int) -> Schedule:
    """The schedule with epochs for counts, for an optimiser that counts updates.

    Answers "must the learning rate stay what the optimiser began with?".

    Example:
      >>> [round(float(per_epoch(exponential_lr(1.0, 0.5), 2)(count)), 4) for count in range(5)]
      [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    return lambda count: schedule(jnp.asarray(count) // steps_per_epoch)
