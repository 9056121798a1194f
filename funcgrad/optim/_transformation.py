"""From a multi-tensor kernel to an optax transformation."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from funcgrad.typing import Array, ArrayLike, PyTree

__all__ = ["Hyperparameter", "LearningRate", "OptimizerState", "check_range", "from_kernel", "none_if_zero"]

LearningRate = float | Array | Callable[[Array], Array | float]
"""A number, a traced 0-d array (`optax.inject_hyperparams` hands one over) or a schedule of the count of updates."""


Hyperparameter = Any
"""A Python number, or a traced 0-d array such as `optax.inject_hyperparams` hands over."""

_NO_PARAMS = """{} needs the parameters' values, which `update` was not given.

    updates, state = tx.update(grads, state)            # too little
    updates, state = tx.update(grads, state, params)    # as it should be"""


class OptimizerState(NamedTuple):
    """What an optimiser remembers between steps."""

    count: Array  # () int32: updates made so far
    slots: dict[str, PyTree]  # by the entry's name in PyTorch's state dict; each a tree like the parameters'


def none_if_zero(value: ArrayLike) -> Any:
    """None for a Python zero, which then costs nothing; a traced number stays, whatever its value."""
    return None if isinstance(value, (int, float)) and value == 0 else value


def check_range(label: str, value: Any, *, below: float = math.inf, at_most: float = math.inf) -> None:
    """Raises PyTorch's ValueError for a Python number under 0, over `at_most` or not under `below`; others pass."""
    if isinstance(value, (int, float)) and not (0.0 <= value <= at_most and (value < below or below == math.inf)):
        raise ValueError(f"Invalid {label}: {value}")


def from_kernel(
    kernel: Callable[..., Sequence[Sequence[Any]]],
    slots: Mapping[str, Callable[[Array], Array]],
    lr: LearningRate,
    *,
    reads_params: bool,
    why: str = "weight decay",
) -> optax.GradientTransformation:
    """An optax transformation that runs `kernel` over the leaves of the trees.

    Args:
      kernel: Called as ``kernel(params, grads, *slot_lists, count=..., lr=...)``; returns the new parameters and
        then the new lists of the slots, each in the order of the leaves.
      slots: For each remembered entry, its name and what it begins as for one parameter; None where that has none.
      lr: Learning rate, or a schedule from the count of updates to it.
      reads_params: Whether the rule needs the parameters' values. If not, it runs on zeros in their place, so that
        the update is exactly what the rule adds, and ``params`` may be left out.
      why: What needs the parameters' values, for the message when they are left out.

    Returns:
      A transformation whose updates, added to the parameters, are the parameters PyTorch would have.
    """

    def init(params: PyTree) -> OptimizerState:
        filled = {name: jax.tree.map(fill, params) for name, fill in slots.items()}
        return OptimizerState(count=jnp.zeros((), jnp.int32), slots=filled)

    def update(updates: PyTree, state: Any, params: PyTree | None = None) -> tuple[PyTree, OptimizerState]:
        grads, structure = jax.tree.flatten(updates)
        if not reads_params:
            current = [jnp.zeros_like(grad) for grad in grads]
        elif params is None:
            raise ValueError(_NO_PARAMS.format(why))
        else:
            current = structure.flatten_up_to(params)
        # By name: a state that went through a jitted function has its entries sorted.
        remembered = [structure.flatten_up_to(state.slots[name]) for name in slots]
        rate = lr(state.count) if callable(lr) else lr
        new, *kept = kernel(current, grads, *remembered, count=state.count, lr=rate)
        changes = [after - before for after, before in zip(new, current, strict=True)]
        new_slots = {name: structure.unflatten(leaves) for name, leaves in zip(slots, kept, strict=True)}
        new_state = OptimizerState(count=jnp.asarray(optax.safe_increment(state.count)), slots=new_slots)
        return structure.unflatten(changes), new_state

    return optax.GradientTransformation(init, update)
