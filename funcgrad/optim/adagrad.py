"""Adagrad with PyTorch's rule: epsilon outside the root, a learning rate that may decay."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import optax

from funcgrad.optim._arithmetic import add, addcdiv, addcmul, as_complex, as_real, decay_gradients, wide
from funcgrad.optim._transformation import Hyperparameter, LearningRate, check_range, from_kernel, none_if_zero
from funcgrad.typing import Array, Number

__all__ = ["adagrad", "adagrad_step"]


def adagrad_step(
    params: Sequence[Array],
    grads: Sequence[Array],
    state_sums: Sequence[Array],
    steps: Sequence[Array],
    *,
    lr: Number,
    lr_decay: Number = 0.0,
    eps: Number = 1e-10,
    weight_decay: Number | None = None,
    maximize: bool = False,
) -> tuple[list[Array], list[Array], list[Array]]:
    """One step of Adagrad: ``param -= lr / (1 + steps * lr_decay) * grad / (sqrt(sum of grad**2) + eps)``.

    `steps` counts the updates made before this one, a 0-d float for each parameter. None for `weight_decay` leaves it
    out.

    Returns:
      The new parameters, sums of squares and step counts.

    Example:
      >>> w, sums, steps = adagrad_step([jnp.ones(1)], [jnp.full(1, 5.0)], [jnp.zeros(1)], [jnp.zeros(())], lr=0.1)
      >>> w[0].round(4), sums
      (Array([0.9], dtype=float32), [Array([25.], dtype=float32)])
    """
    grads = as_real(decay_gradients(params, grads, weight_decay, maximize))
    sums = [addcmul(total, grad, grad) for total, grad in zip(as_real(state_sums), grads, strict=True)]
    new = []
    for param, grad, total, step in zip(as_real(params), grads, sums, steps, strict=True):
        scale = add(jnp.sqrt(total), jnp.ones_like(total), eps)
        new.append(addcdiv(param, grad, scale, -wide(lr) / (1 + wide(step) * wide(lr_decay))))
    return as_complex(new, params), as_complex(sums, params), [step + 1 for step in steps]


def adagrad(
    lr: LearningRate = 1e-2,
    lr_decay: Hyperparameter = 0.0,
    weight_decay: Hyperparameter = 0.0,
    initial_accumulator_value: float = 0.0,
    eps: Hyperparameter = 1e-10,
    *,
    maximize: bool = False,
) -> optax.GradientTransformation:
    r"""Adagrad, PyTorch's rule.

    Answers "is ``step()`` always plain gradient descent?": no, each optimiser scales the gradients by its own rule.

    .. math:: s \leftarrow s + g^2, \qquad p \leftarrow p - \frac{\eta}{1 + (t - 1) d}\, g / (\sqrt{s} + \epsilon)

    Args:
      lr: Learning rate :math:`\eta`, or a schedule of the count of updates.
      lr_decay: Decay :math:`d` of the learning rate.
      weight_decay: Factor of the parameters added to their gradients.
      initial_accumulator_value: What the sums of squares begin with.
      eps: Added to the root, outside of it.
      maximize: Whether to climb instead of descend.

    Returns:
      An optax transformation; with weight decay its ``update`` needs the parameters.

    Raises:
      ValueError: if a number is out of its range.

    Example:
      >>> tx = adagrad(lr=0.1)
      >>> updates, state = tx.update(jnp.array([2.0]), tx.init(jnp.zeros(1)))
      >>> updates
      Array([-0.1], dtype=float32)

    Source:
      PyTorch, ``torch.optim.Adagrad``; Duchi et al. 2011.
    """
    check_range("learning rate", lr)
    check_range("lr_decay value", lr_decay)
    check_range("weight_decay value", weight_decay)
    check_range("initial_accumulator_value value", initial_accumulator_value)
    check_range("epsilon value", eps)
    decay = none_if_zero(weight_decay)

    def fill(param: Array) -> Array:
        is_complex = jnp.issubdtype(param.dtype, jnp.complexfloating)
        start = complex(initial_accumulator_value, initial_accumulator_value)
        return jnp.full_like(param, start if is_complex else initial_accumulator_value)

    def kernel(
        params: Sequence[Array], grads: Sequence[Array], sums: Sequence[Array], *, count: Array, lr: Any
    ) -> Sequence[Sequence[Any]]:
        steps = [count.astype(jnp.float32)] * len(grads)
        new, sums, _ = adagrad_step(
            params, grads, sums, steps, lr=lr, lr_decay=lr_decay, eps=eps, weight_decay=decay, maximize=maximize
        )
        return new, sums

    return from_kernel(kernel, {"sum": fill}, lr, reads_params=decay is not None)
